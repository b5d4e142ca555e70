// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// One person: tabs for data, role and app.

import { bericht, bevestig, h, icoon, icoonknop, knop, tabbladen } from "./dom.js";
import { naamVan } from "./personen.js";
import { beroepsvelden, gegevensvelden, meldFouten, waarden } from "./toevoegen.js";
import { keuze } from "./velden.js";
import { vraag } from "./verbinding.js";
import { ACTIES, dag, fout, ROLLEN, STANDEN, WEGEN } from "./woorden.js";

export async function toonPersoon(vlak, id, ik, blad = 0) {
  const pad = `personen/${encodeURIComponent(id)}`;
  let wie;
  try {
    wie = await vraag(pad);
  } catch (weigering) {
    if (weigering.status === 401) return;
    vlak.replaceChildren(terug(), h("h1", { tabindex: -1 }, "Niet gevonden"), h("p", {}, fout(weigering.code)));
    return;
  }
  const opnieuw = (nummer) => toonPersoon(vlak, id, ik, nummer);

  // Gegevens ----------------------------------------------------------------------------------------------------------
  const velden = [...gegevensvelden(), ...beroepsvelden()];
  for (const element of velden) element.value = wie[element.naam];
  const regel = h("p", { class: "fout", role: "alert" });
  const bewaarGegevens = async () => {
    regel.textContent = "";
    const gegeven = waarden(velden);
    if (!gegeven) return;
    try {
      await vraag(pad, { method: "PATCH", body: gegeven, headers: { "If-Match": wie.versie } });
      bericht("Gegevens bewaard");
      await opnieuw(0);
    } catch (weigering) {
      if (weigering.status !== 401) meldFouten(weigering, velden, regel);
    }
  };
  const gegevens = h("div", {}, h("div", { class: "kolommen" }, velden), regel, knop("Bewaren", bewaarGegevens));

  // Rol ---------------------------------------------------------------------------------------------------------------
  const rol = keuze("rol", `Rol bij ${ik.organisatie}`, ROLLEN, wie.rol);
  const rolregel = h("p", { class: "fout", role: "alert" });
  const doe = async (melding, doen, daarna) => {
    rolregel.textContent = appregel.textContent = "";
    try {
      await doen();
      bericht(melding);
      await daarna();
    } catch (weigering) {
      if (weigering.status !== 401) rolregel.textContent = appregel.textContent = fout(weigering.code);
    }
  };
  const ontkoppel = async () => {
    const tekst = `${naamVan(wie)} hoort dan niet meer bij ${ik.organisatie}. De identiteit zelf blijft bestaan.`;
    if (!(await bevestig("Ontkoppelen?", tekst, "Ontkoppelen"))) return;
    await doe(`${naamVan(wie)} ontkoppeld`, () => vraag(`${pad}/koppeling`, { method: "DELETE" }), () => (location.hash = "#/personen"));
  };
  const toegang = h(
    "div",
    {},
    rol,
    rolregel,
    h(
      "div",
      { class: "rij" },
      knop("Rol bewaren", () =>
        doe("Rol bewaard", () => vraag(`${pad}/rol`, { method: "PATCH", body: { rol: rol.value } }), () => opnieuw(1)),
      ),
      knop("Ontkoppelen", ontkoppel, { class: "stil gevaar" }),
    ),
  );

  // App ---------------------------------------------------------------------------------------------------------------
  const appregel = h("p", { class: "fout", role: "alert" });
  const acties = wie.kan.map((naam) => {
    const [woord, titel, gevolg, melding] = ACTIES[naam];
    const doen = async () => {
      if (!(await bevestig(titel, gevolg, woord, naam === "afmelden"))) return;
      await doe(melding, () => vraag(`${pad}/app`, { method: "POST", body: { actie: naam } }), () => opnieuw(2));
    };
    return icoonknop(naam, woord, doen);
  });
  const sinds = wie.sinds ? ` sinds ${dag(wie.sinds)}` : "";
  const app = h(
    "div",
    {},
    h("p", {}, h("span", { class: `chip ${wie.app}` }, STANDEN[wie.app]), sinds),
    h("p", {}, `Vastgesteld: ${WEGEN[wie.vastgesteld] ?? "niet bekend"}`),
    h("div", { class: "gereedschap", role: "toolbar", "aria-label": "App" }, acties),
    appregel,
  );

  const bladen = tabbladen("Persoon", [
    ["Gegevens", gegevens],
    ["Toegang", toegang],
    ["App", app],
  ]);
  vlak.replaceChildren(
    terug(),
    h("div", { class: "rij" }, h("h1", { tabindex: -1 }, naamVan(wie)), h("span", { class: `chip ${wie.app}` }, STANDEN[wie.app])),
    bladen,
  );
  bladen.toon(blad);
}

const terug = () => h("a", { class: "terug", href: "#/personen" }, icoon("terug"), "Personen");
