// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// "Persoon toevoegen": a dialog with three tabs.

import { bericht, bevestig, h, icoonknop, knop, tabbladen } from "./dom.js";
import { datum, keuze, veld } from "./velden.js";
import { vraag } from "./verbinding.js";
import { BEWIJZEN, fout, ROLLEN, WEGEN } from "./woorden.js";

export const gegevensvelden = () => [
  veld("personeelsnr", "Personeelsnr."),
  veld("roepnaam", "Roepnaam", { required: true }),
  veld("achternaam", "Achternaam", { required: true }),
  datum("geboortedatum", "Geb.datum"),
  veld("email", "E-mail werk", { type: "email" }),
];
export const beroepsvelden = () => [
  veld("uzi", "UZI-nr.", { inputmode: "numeric" }),
  veld("rolcode", "UZI-rolcode"),
  veld("agb", "AGB-nr.", { inputmode: "numeric" }),
];

// The values of fields; null if a date is none (which is then said at the field).
export function waarden(velden) {
  const gevonden = {};
  let goed = true;
  for (const element of velden) {
    element.fout = "";
    if (element.value === null) {
      element.fout = fout("day");
      goed = false;
    }
    gevonden[element.naam] = element.value;
  }
  return goed ? gevonden : null;
}

// Says at the fields what the server found wrong with them, and in the line what it said of the whole.
export function meldFouten(weigering, velden, regel) {
  for (const element of velden) if (weigering.velden?.[element.naam]) element.fout = fout(weigering.velden[element.naam]);
  regel.textContent = fout(weigering.code);
}

export function toevoegen() {
  return new Promise((klaar) => {
    const persoon = gegevensvelden();
    const beroep = beroepsvelden();
    const weg = keuze("vastgesteld", "Hoe vastgesteld", WEGEN, "", { required: true });
    const bewijs = [
      keuze("bewijs", "Soort bewijs", BEWIJZEN, "", { required: true }),
      datum("bewijsTot", "Bewijs geldig t/m", { required: true }),
      datum("gezien", "Datum controle", { required: true }),
    ];
    const rol = keuze("rol", "Rol", ROLLEN, "gebruiker", { required: true });
    const bijBewijs = h("div", { hidden: true }, bewijs);
    weg.addEventListener("change", () => (bijBewijs.hidden = weg.value !== "bewijs"));
    const groepen = [persoon, beroep, [weg, ...bewijs, rol]];
    const regel = h("p", { class: "fout", role: "alert" });
    const bladen = tabbladen("Persoon toevoegen", [
      ["Persoon", h("div", {}, persoon)],
      ["Beroep", h("div", {}, beroep)],
      ["Vaststelling", h("div", {}, weg, bijBewijs, rol)],
    ]);
    const alles = () => groepen.flat().filter((element) => weg.value === "bewijs" || !bewijs.includes(element));
    const naarFout = () => {
      const nummer = groepen.findIndex((groep) => groep.some((element) => element.melding.textContent));
      if (nummer < 0) return;
      bladen.toon(nummer);
      groepen[nummer].find((element) => element.melding.textContent).focus();
    };

    const bewaar = async () => {
      regel.textContent = "";
      const gegeven = waarden(alles());
      if (!gegeven) return naarFout();
      opslaan.disabled = true;
      try {
        const gemaakt = await vraag("personen", { method: "POST", body: gegeven });
        bericht(gemaakt.bekend ? "Persoon gekoppeld (was al bekend)" : "Persoon toegevoegd");
        dialoog.close("ja");
      } catch (weigering) {
        if (weigering.status !== 401) meldFouten(weigering, alles(), regel);
        naarFout();
      }
      opslaan.disabled = false;
    };
    const weggooien = async () => {
      const iets = [...persoon, ...beroep].some((element) => element.value !== "");
      if (!iets || (await bevestig("Invoer weggooien?", "Wat u hebt ingevuld, gaat verloren.", "Weggooien"))) dialoog.close("nee");
    };
    const opslaan = knop("Toevoegen", bewaar);
    const dialoog = h(
      "dialog",
      {
        class: "paneel",
        "aria-labelledby": "toevoegen-titel",
        oncancel: (gebeurtenis) => {
          gebeurtenis.preventDefault();
          weggooien();
        },
        onkeydown: (toets) => {
          if (toets.key === "Enter" && toets.target.closest("zi-veld, zi-datum")) bewaar();
        },
        oninput: () => (regel.textContent = ""),
        onchange: () => (regel.textContent = ""),
      },
      h("div", { class: "rij" }, h("h2", { id: "toevoegen-titel" }, "Persoon toevoegen"), icoonknop("sluit", "Sluiten", weggooien)),
      bladen,
      regel,
      h("div", { class: "rij eind" }, opslaan),
    );
    dialoog.addEventListener("close", () => {
      dialoog.remove();
      klaar(dialoog.returnValue === "ja");
    });
    document.body.append(dialoog);
    dialoog.showModal();
    persoon[0].focus();
  });
}
