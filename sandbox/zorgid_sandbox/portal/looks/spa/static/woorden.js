// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The words of this look.

export const ROLLEN = {
  gebruiker: "Gebruiker",
  functioneel: "Functioneel beheerder",
  organisatie: "Organisatiebeheerder",
};
export const ROLLEN_SERVER = { employee: "gebruiker", operator: "functioneel", administrator: "organisatie" };
export const STANDEN = {
  zonder: "Zonder app",
  wacht: "Wacht op activatie",
  actief: "App actief",
  gepauzeerd: "Gepauzeerd",
  afgemeld: "Afgemeld",
};
export const WEGEN = { bewijs: "Ik heb het identiteitsbewijs gezien", app: "De persoon zelf, in de app" };
export const BEWIJZEN = { paspoort: "Paspoort", id_kaart: "ID-kaart", rijbewijs: "Rijbewijs" };

// What can be done with somebody's app: word on the button, question, effect, message.
export const ACTIES = {
  pauzeren: ["Pauzeren", "App pauzeren?", "De app werkt dan bij geen enkele organisatie, tot u hervat.", "App gepauzeerd"],
  hervatten: ["Hervatten", "App hervatten?", "De app werkt dan weer bij alle organisaties.", "App hervat"],
  afmelden: [
    "App afmelden",
    "App voorgoed afmelden?",
    "De identiteit op de telefoon vervalt bij alle organisaties. Daarna is een nieuwe uitnodiging nodig.",
    "App afgemeld",
  ],
  uitnodigen: ["Opnieuw uitnodigen", "Opnieuw uitnodigen?", "De persoon kan de app dan opnieuw activeren.", "Uitnodiging verstuurd"],
};

const FOUTEN = {
  missing: "Verplicht",
  choose: "Kies een mogelijkheid",
  day: "Geen datum: dd-mm-jjjj",
  future: "Ligt in de toekomst",
  past: "Is verstreken",
  expired: "Het bewijs is verlopen",
  email: "Geen e-mailadres",
  days: "1 t/m 365",
  fields: "Kijk de velden na.",
  unknown: "Dit bestaat niet (meer).",
  changed: "Intussen door iemand anders gewijzigd. Open de persoon opnieuw.",
  number_taken: "Dit personeelsnr. is al vergeven.",
  member: "Deze persoon staat al in uw organisatie.",
  several: "Er zijn meer personen met deze naam en geb.datum: vul het UZI-nr. in.",
  uzi_taken: "Dit UZI-nr. is van iemand anders.",
  not_allowed: "Dit mag alleen een organisatiebeheerder.",
  last: "Er moet een organisatiebeheerder overblijven.",
  identify: "Geef op hoe de persoon is vastgesteld.",
  phone: "Dat kan nu niet met deze app.",
  no_access: "U bent nergens beheerder.",
  session: "Uw sessie is verlopen. Log opnieuw in.",
  rights: "Uw toegang is beëindigd.",
  offline: "Geen verbinding. Probeer het opnieuw.",
};

export const fout = (code) => FOUTEN[code] ?? "Dat is niet gelukt.";

// dd-mm-jjjj of an ISO date.
export const dag = (iso) => (iso ? iso.slice(0, 10).split("-").reverse().join("-") : "");

// The ISO date of what was typed; "" of nothing; null if it is no date.
export function isoDag(tekst) {
  if (!tekst.trim()) return "";
  const deel = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$/.exec(tekst.trim());
  if (!deel) return null;
  const [, d, m, j] = deel;
  const iso = `${j}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`;
  const echt = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(echt.getTime()) && echt.toISOString().startsWith(iso) ? iso : null;
}
