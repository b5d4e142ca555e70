// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Beheerteam (who administers) and API-sleutels (keys for systems).

import { bericht, bevestig, h, icoonknop, knop } from "./dom.js";
import { naamVan } from "./personen.js";
import { meldFouten, waarden } from "./toevoegen.js";
import { keuze, veld } from "./velden.js";
import { iedereen, vraag } from "./verbinding.js";
import { dag, fout, ROLLEN, ROLLEN_SERVER } from "./woorden.js";

const lijst = (label, koppen, rijen) =>
  h(
    "table",
    { "aria-label": label },
    h("thead", {}, h("tr", {}, koppen.map((kop) => h("th", { scope: "col" }, kop)))),
    h("tbody", {}, rijen.map((cellen) => h("tr", {}, cellen.map((cel) => h("td", {}, cel))))),
  );

export async function toonTeam(vlak, ik) {
  const alle = await iedereen();
  const rijen = alle
    .filter((wie) => wie.rol !== "gebruiker")
    .map((wie) => [h("a", { href: `#/personen/${wie.id}` }, naamVan(wie)), ROLLEN[wie.rol]]);
  const delen = [h("h1", { tabindex: -1 }, "Beheerteam"), lijst("Beheerteam", ["Naam", "Rol"], rijen)];
  if (ROLLEN_SERVER[ik.rol] === "organisatie") {
    const zoek = veld("zoek", "Zoek een gebruiker", { type: "search" });
    const gevonden = h("ul", { class: "gevonden", "aria-label": "Gevonden" });
    const { functioneel, organisatie } = ROLLEN;
    const rol = keuze("rol", "Nieuwe rol", { functioneel, organisatie }, "functioneel");
    const regel = h("p", { class: "fout", role: "alert" });
    const wijsAan = async (wie) => {
      if (!(await bevestig("Aanwijzen?", `${naamVan(wie)} wordt ${ROLLEN[rol.value].toLowerCase()}.`, "Aanwijzen", false))) return;
      try {
        await vraag(`personen/${wie.id}/rol`, { method: "PATCH", body: { rol: rol.value } });
        bericht(`${naamVan(wie)} aangewezen`);
        await toonTeam(vlak, ik);
      } catch (weigering) {
        if (weigering.status !== 401) regel.textContent = fout(weigering.code);
      }
    };
    zoek.addEventListener("input", () => {
      const tekst = zoek.value.toLocaleLowerCase("nl");
      const treffers = tekst
        ? alle.filter((wie) => wie.rol === "gebruiker" && `${naamVan(wie)} ${wie.personeelsnr}`.toLocaleLowerCase("nl").includes(tekst))
        : [];
      gevonden.replaceChildren(
        ...treffers.slice(0, 8).map((wie) =>
          h("li", {}, `${naamVan(wie)} ${wie.personeelsnr} `, icoonknop("plus", `${naamVan(wie)} aanwijzen`, () => wijsAan(wie))),
        ),
      );
    });
    delen.push(h("section", { class: "kaart" }, h("h2", {}, "Iemand aanwijzen"), rol, zoek, gevonden, regel));
  }
  vlak.replaceChildren(...delen);
}

export async function toonSleutels(vlak) {
  const sleutels = await vraag("sleutels");
  const weg = async (een) => {
    if (!(await bevestig("Sleutel intrekken?", `${een.naam} kan daarna niet meer bij ZORG-ID.`, "Intrekken"))) return;
    try {
      await vraag(`sleutels/${een.nummer}`, { method: "DELETE" });
      bericht("Sleutel ingetrokken");
    } catch (weigering) {
      if (weigering.status === 401) return;
      bericht(fout(weigering.code));
    }
    await toonSleutels(vlak);
  };
  const rijen = sleutels.map((een) => [
    een.naam,
    ROLLEN[ROLLEN_SERVER[een.rol]] ?? "Register",
    dag(een.tot),
    een.weg ? "ingetrokken" : icoonknop("weg", `${een.naam} intrekken`, () => weg(een)),
  ]);
  const naam = veld("naam", "Waarvoor", { required: true });
  const dagen = veld("dagen", "Dagen geldig", { required: true, inputmode: "numeric" });
  dagen.value = "90";
  const regel = h("p", { class: "fout", role: "alert" });
  const maak = async () => {
    regel.textContent = "";
    try {
      const { sleutel } = await vraag("sleutels", { method: "POST", body: waarden([naam, dagen]) });
      await eenKeer(sleutel);
      await toonSleutels(vlak);
    } catch (weigering) {
      if (weigering.status !== 401) meldFouten(weigering, [naam, dagen], regel);
    }
  };
  vlak.replaceChildren(
    h("h1", { tabindex: -1 }, "API-sleutels"),
    sleutels.length ? lijst("API-sleutels", ["Waarvoor", "Rechten", "Tot en met", ""], rijen) : h("p", {}, "Nog geen sleutels."),
    h("section", { class: "kaart" }, h("h2", {}, "Nieuwe sleutel"), naam, dagen, regel, knop("Maken", maak)),
  );
}

// Shows a new key until the person says that it is kept.
function eenKeer(sleutel) {
  return new Promise((klaar) => {
    const dialoog = h(
      "dialog",
      { class: "vraag", "aria-labelledby": "sleutel-titel", oncancel: (gebeurtenis) => gebeurtenis.preventDefault() },
      h("h2", { id: "sleutel-titel" }, "Bewaar deze sleutel nu"),
      h("p", {}, "U ziet hem maar één keer."),
      h("code", {}, sleutel),
      h("div", { class: "rij eind" }, knop("Bewaard", () => dialoog.close())),
    );
    dialoog.addEventListener("close", () => {
      dialoog.remove();
      klaar();
    });
    document.body.append(dialoog);
    dialoog.showModal();
  });
}
