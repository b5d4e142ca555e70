// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Everybody in one list, of which only what is in sight exists as rows.

import { bericht, h, icoonknop } from "./dom.js";
import { toevoegen } from "./toevoegen.js";
import { keuze, veld } from "./velden.js";
import { iedereen } from "./verbinding.js";
import { ROLLEN, STANDEN } from "./woorden.js";

const HOOGTE = 56;
const EXTRA = 6;
const MEESTE = 30;
const KOLOMMEN = [
  ["naam", "Naam", (wie) => naamVan(wie)],
  ["personeelsnr", "Personeelsnr.", (wie) => wie.personeelsnr],
  ["rol", "Rol", (wie) => ROLLEN[wie.rol]],
  ["app", "App", (wie) => STANDEN[wie.app]],
];
const UITVOER = ["personeelsnr", "roepnaam", "achternaam", "geboortedatum", "e-mail", "uzi", "rolcode", "agb", "rol", "app"];
const vergelijk = new Intl.Collator("nl", { numeric: true }).compare;

// What was searched for last, so that "back" shows the same list.
const bewaard = {};
export const vergeetLijst = () => Object.assign(bewaard, { zoek: "", stand: "", kolom: 0, richting: 1, boven: 0 });
vergeetLijst();

export const naamVan = (wie) => `${wie.roepnaam} ${wie.achternaam}`.trim();

// One cell of the exported list: quoted, and never a formula.
function cel(tekst) {
  const veilig = /^[=+\-@\t]/.test(tekst) ? `'${tekst}` : tekst;
  return `"${veilig.replaceAll('"', '""')}"`;
}

function uitvoeren(personen) {
  const regels = personen.map((wie) => [
    wie.personeelsnr, wie.roepnaam, wie.achternaam, wie.geboortedatum, wie.email, wie.uzi, wie.rolcode, wie.agb,
    ROLLEN[wie.rol], STANDEN[wie.app],
  ]);
  const tekst = [UITVOER, ...regels].map((regel) => regel.map(cel).join(",")).join("\r\n");
  const bron = URL.createObjectURL(new Blob(["\ufeff", tekst, "\r\n"], { type: "text/csv;charset=utf-8" }));
  const link = h("a", { href: bron, download: `personen-${new Date().toISOString().slice(0, 10)}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(bron), 10_000);
  bericht(`${personen.length} personen geëxporteerd`);
}

export async function toonPersonen(vlak) {
  let alle = [];
  let gezien = [];
  const telling = h("p", { class: "telling", "aria-live": "polite" }, "Laden…");
  const zoek = veld("zoek", "Zoeken", { type: "search", placeholder: "naam of personeelsnr." });
  const stand = keuze("stand", "App", { "": "Alle", ...STANDEN }, bewaard.stand);
  const uit = icoonknop("export", "Exporteren", () => uitvoeren(gezien), { disabled: true });
  const rijen = h("div", { class: "rijen", role: "rowgroup" });
  const koppen = KOLOMMEN.map(([, naam], nummer) =>
    h("div", { role: "columnheader", class: "cel" }, h("button", { type: "button", onclick: () => sorteer(nummer) }, naam)),
  );
  const kop = h("div", { role: "row", class: "kop", "aria-rowindex": 1 }, koppen);
  const rooster = h(
    "div",
    { class: "rooster", role: "grid", "aria-label": "Personen", "aria-colcount": KOLOMMEN.length, "aria-busy": "true", tabindex: 0 },
    h("div", { role: "rowgroup", class: "vast" }, kop),
    rijen,
  );

  const teken = () => {
    rijen.style.height = `${gezien.length * HOOGTE}px`;
    const begin = Math.max(0, Math.floor(rooster.scrollTop / HOOGTE) - EXTRA);
    const aantal = Math.min(MEESTE, Math.ceil(rooster.clientHeight / HOOGTE) + 2 * EXTRA);
    const actief = document.activeElement?.closest?.("[data-id]")?.dataset.id;
    rijen.replaceChildren(
      ...gezien.slice(begin, begin + aantal).map((wie, nummer) => {
        const cellen = KOLOMMEN.map(([sleutel, , waarde], kolom) =>
          h(
            "div",
            { role: kolom ? "gridcell" : "rowheader", class: `cel ${sleutel}` },
            kolom === 0
              ? h("a", { href: `#/personen/${wie.id}` }, waarde(wie))
              : sleutel === "app"
                ? h("span", { class: `chip ${wie.app}` }, waarde(wie))
                : waarde(wie) || "–",
          ),
        );
        const rij = h("div", { role: "row", class: "rij-persoon", "aria-rowindex": begin + nummer + 2, "data-id": wie.id }, cellen);
        rij.style.transform = `translateY(${(begin + nummer) * HOOGTE}px)`;
        return rij;
      }),
    );
    if (actief) rijen.querySelector(`[data-id="${CSS.escape(actief)}"] a`)?.focus({ preventScroll: true });
    bewaard.boven = rooster.scrollTop;
  };

  const kies = () => {
    const woorden = zoek.value.toLocaleLowerCase("nl").split(/\s+/).filter(Boolean);
    const waarde = KOLOMMEN[bewaard.kolom][2];
    bewaard.zoek = zoek.value;
    bewaard.stand = stand.value;
    gezien = alle
      .filter((wie) => !stand.value || wie.app === stand.value)
      .filter((wie) => {
        const tekst = `${naamVan(wie)} ${wie.personeelsnr}`.toLocaleLowerCase("nl");
        return woorden.every((woord) => tekst.includes(woord));
      })
      .sort((een, ander) => bewaard.richting * vergelijk(waarde(een) || "\uffff", waarde(ander) || "\uffff"));
    const deel = gezien.length === alle.length ? "" : ` van ${alle.length}`;
    telling.textContent = gezien.length ? `${gezien.length}${deel} personen` : `Niemand gevonden (${alle.length} personen in totaal)`;
    uit.disabled = !gezien.length;
    uit.title = `${gezien.length} personen exporteren`;
    uit.setAttribute("aria-label", uit.title);
    rooster.setAttribute("aria-rowcount", gezien.length + 1);
    koppen.forEach((element, nummer) =>
      element.setAttribute("aria-sort", nummer !== bewaard.kolom ? "none" : bewaard.richting > 0 ? "ascending" : "descending"),
    );
    teken();
  };

  const sorteer = (kolom) => {
    bewaard.richting = bewaard.kolom === kolom ? -bewaard.richting : 1;
    bewaard.kolom = kolom;
    rooster.scrollTop = 0;
    kies();
  };

  const laad = async () => {
    rooster.setAttribute("aria-busy", "true");
    alle = await iedereen();
    rooster.setAttribute("aria-busy", "false");
    kies();
  };

  let straks;
  zoek.addEventListener("input", () => {
    clearTimeout(straks);
    straks = setTimeout(() => {
      rooster.scrollTop = 0;
      kies();
    }, 200);
  });
  stand.addEventListener("change", () => {
    rooster.scrollTop = 0;
    kies();
  });
  rooster.addEventListener("scroll", () => requestAnimationFrame(teken));
  new ResizeObserver(teken).observe(rooster);
  rooster.addEventListener("click", (muis) => {
    const rij = muis.target.closest("[data-id]");
    if (rij && !muis.target.closest("a")) location.hash = `#/personen/${rij.dataset.id}`;
  });
  rooster.addEventListener("keydown", (toets) => {
    const stap = { ArrowDown: 1, ArrowUp: -1 }[toets.key];
    if (!stap) return;
    const links = [...rijen.querySelectorAll("a")];
    const nu = links.indexOf(document.activeElement);
    (links[nu + stap] ?? (nu < 0 ? links[0] : undefined))?.focus();
    toets.preventDefault();
  });

  vlak.replaceChildren(
    h(
      "div",
      { class: "rij" },
      h("h1", { tabindex: -1 }, "Personen"),
      h(
        "div",
        { class: "gereedschap", role: "toolbar", "aria-label": "Lijst" },
        icoonknop("plus", "Persoon toevoegen", async () => (await toevoegen()) && laad(), { class: "icoon hoofd" }),
        uit,
        icoonknop("ververs", "Lijst verversen", laad),
      ),
    ),
    h("div", { class: "filters" }, zoek, stand),
    telling,
    rooster,
  );
  zoek.value = bewaard.zoek;
  const boven = bewaard.boven;
  await laad();
  rooster.scrollTop = boven;
  teken();
}
