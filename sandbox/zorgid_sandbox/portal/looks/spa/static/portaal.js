// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The frame: logging in, what the address names, and the end of a session that nobody uses.

import { toonSleutels, toonTeam } from "./beheer.js";
import { h, icoonknop, knop } from "./dom.js";
import { toonPersonen, vergeetLijst } from "./personen.js";
import { toonPersoon } from "./persoon.js";
import { keuze } from "./velden.js";
import { ingelogd, onthoud, opVerlopen, vraag, zonderVraag } from "./verbinding.js";
import { fout, ROLLEN, ROLLEN_SERVER } from "./woorden.js";

const WAARSCHUW_NA = 13 * 60_000;
const BEDENKTIJD = 60;
const app = document.getElementById("app");
const MENU = [
  ["#/personen", "Personen"],
  ["#/beheerteam", "Beheerteam"],
  ["#/sleutels", "API-sleutels"],
];
let ik = null;
let vlak = null;
let beurt = 0;

// Logging in ------------------------------------------------------------------------------------------------------------

function tekenCode(rijen) {
  const maat = rijen.length + 8;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${maat} ${maat}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "Code om mee in te loggen");
  svg.setAttribute("class", "code");
  svg.setAttribute("shape-rendering", "crispEdges");
  const pad = document.createElementNS(svg.namespaceURI, "path");
  const stukken = rijen.flatMap((rij, y) => [...rij].map((punt, x) => (punt === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : "")));
  pad.setAttribute("d", stukken.join(""));
  svg.append(pad);
  return svg;
}

async function toonInloggen(melding = "") {
  const mijn = ++beurt;
  ik = null;
  vlak = null;
  for (const dialoog of document.querySelectorAll("dialog")) dialoog.remove();
  document.title = "Inloggen – Mijn ZORG-ID";
  const plek = h("div", { class: "plek" }, "Even geduld…");
  app.replaceChildren(
    h(
      "main",
      { class: "inloggen" },
      h("div", { class: "merk" }, "Mijn ZORG-ID"),
      h("h1", {}, "Inloggen"),
      melding && h("p", { class: "fout", role: "alert" }, melding),
      h("p", {}, "Scan de code met de ZORG-ID app en geef akkoord."),
      plek,
    ),
  );
  try {
    const { id, geheim, code } = await vraag("aanmelding", { method: "POST", body: {} });
    plek.replaceChildren(tekenCode(code));
    for (;;) {
      await new Promise((verder) => setTimeout(verder, 1500));
      if (mijn !== beurt) return;
      const antwoord = await vraag(`aanmelding/${encodeURIComponent(id)}`, { headers: { "X-Geheim": geheim } }).catch((weigering) => {
        if (weigering.code === "offline") return { stand: "wacht" };
        throw weigering;
      });
      if (antwoord.stand === "verlopen") {
        plek.replaceChildren(h("p", {}, "De code is verlopen."), knop("Nieuwe code", () => toonInloggen()));
        return;
      }
      if (antwoord.stand === "klaar") {
        onthoud(antwoord.sleutel);
        ik = await vraag("ik");
        toonKader();
        return;
      }
    }
  } catch (weigering) {
    plek.replaceChildren(h("p", { class: "fout", role: "alert" }, fout(weigering.code)), knop("Opnieuw", () => toonInloggen()));
  }
}

// Inside ----------------------------------------------------------------------------------------------------------------

function toonKader() {
  const wissel = keuze("organisatie", "Organisatie", Object.fromEntries(ik.organisaties.map(({ ura, naam }) => [ura, naam])), ik.ura);
  wissel.addEventListener("change", async () => {
    try {
      ik = await vraag("ik/organisatie", { method: "POST", body: { ura: wissel.value } });
      // The person whose page this was is not of the other organisation.
      naarBegin();
      toonKader();
    } catch {
      wissel.value = ik.ura;
    }
  });
  vlak = h("main", { id: "inhoud" });
  app.replaceChildren(
    h(
      "header",
      {},
      h("div", { class: "merk" }, "Mijn ZORG-ID"),
      h("nav", { "aria-label": "Menu" }, MENU.map(([pad, naam]) => h("a", { href: pad }, naam))),
      h(
        "div",
        { class: "wie" },
        ik.organisaties.length > 1 ? wissel : h("strong", {}, ik.organisatie),
        h("span", {}, `${ik.naam} – ${ROLLEN[ROLLEN_SERVER[ik.rol]]}`),
        icoonknop("uit", "Uitloggen", () => uitloggen("")),
      ),
    ),
    vlak,
  );
  toonPlek();
}

async function toonPlek() {
  if (!ingelogd() || !vlak) return;
  const mijn = ++beurt;
  // A view that is late must not write over the one that was asked for after it.
  const eigen = h("div", {});
  vlak.replaceChildren(eigen);
  const [, waar = "personen", id] = location.hash.split("/");
  for (const link of app.querySelectorAll("nav a"))
    if (link.getAttribute("href") === `#/${waar}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  try {
    if (waar === "personen" && id) await toonPersoon(eigen, decodeURIComponent(id), ik);
    else if (waar === "beheerteam") await toonTeam(eigen, ik);
    else if (waar === "sleutels") await toonSleutels(eigen);
    else await toonPersonen(eigen);
  } catch (weigering) {
    if (weigering.status === 401) return;
    eigen.replaceChildren(
      h("h1", { tabindex: -1 }, "Niet gelukt"),
      h("p", { class: "fout", role: "alert" }, fout(weigering.code)),
      knop("Opnieuw", toonPlek),
    );
  }
  if (mijn !== beurt) return;
  const titel = eigen.querySelector("h1");
  document.title = `${titel.textContent} – Mijn ZORG-ID`;
  if (!document.querySelector("dialog[open]")) titel.focus({ preventScroll: true });
}

// What the last view was, is nobody's business after it.
function naarBegin() {
  history.replaceState(null, "", "#/personen");
  vergeetLijst();
}

async function uitloggen(melding) {
  await vraag("sessie", { method: "DELETE" }).catch(() => {});
  onthoud(null);
  naarBegin();
  toonInloggen(melding);
}

// A session that nobody uses -------------------------------------------------------------------------------------------

let bezig = Date.now();
for (const soort of ["pointerdown", "keydown", "scroll"]) addEventListener(soort, () => (bezig = Date.now()), { capture: true, passive: true });

function waarschuw() {
  const teller = h("strong", {}, String(BEDENKTIJD));
  const begin = Date.now();
  const dialoog = h(
    "dialog",
    { class: "vraag", id: "nog-daar", role: "alertdialog", "aria-labelledby": "nog-daar-titel" },
    h("h2", { id: "nog-daar-titel" }, "Bent u er nog?"),
    h("p", {}, "U wordt uitgelogd over ", teller, " seconden."),
    h(
      "div",
      { class: "rij eind" },
      knop("Uitloggen", () => uitloggen(""), { class: "stil" }),
      knop("Ingelogd blijven", () => dialoog.close(), { autofocus: true }),
    ),
  );
  const klok = setInterval(() => {
    const over = BEDENKTIJD - Math.floor((Date.now() - begin) / 1000);
    teller.textContent = String(Math.max(0, over));
    if (dialoog.isConnected && over <= 0) uitloggen("U bent uitgelogd omdat u een tijd niets hebt gedaan.");
    if (!dialoog.isConnected || over <= 0) clearInterval(klok);
  }, 1000);
  dialoog.addEventListener("close", () => {
    dialoog.remove();
    bezig = Date.now();
    vraag("ik").catch(() => {});
  });
  document.body.append(dialoog);
  dialoog.showModal();
}

setInterval(() => {
  if (!ingelogd() || document.getElementById("nog-daar")) return;
  if (Date.now() - bezig > WAARSCHUW_NA) waarschuw();
  // Somebody who types for long asks nothing of the server, which must not forget the session meanwhile.
  else if (zonderVraag() > 4 * 60_000 && Date.now() - bezig < 4 * 60_000) vraag("ik").catch(() => {});
}, 5000);

opVerlopen((code) => toonInloggen(fout(code)));
addEventListener("hashchange", toonPlek);
toonInloggen();
