// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Small helpers that make elements; text never becomes markup.

export function h(naam, eigenschappen = {}, ...kinderen) {
  const element = document.createElement(naam);
  for (const [sleutel, waarde] of Object.entries(eigenschappen)) {
    if (waarde === false || waarde === undefined || waarde === null) continue;
    if (sleutel.startsWith("on")) element.addEventListener(sleutel.slice(2), waarde);
    else element.setAttribute(sleutel, waarde === true ? "" : waarde);
  }
  element.append(...kinderen.flat().filter((kind) => kind !== null && kind !== undefined && kind !== false));
  return element;
}

const PADEN = {
  plus: "M12 5v14M5 12h14",
  export: "M12 4v11M7 10l5 5 5-5M5 20h14",
  ververs: "M20 12a8 8 0 1 1-2.3-5.7M20 4v5h-5",
  uit: "M10 4H5v16h5M14 8l5 4-5 4M19 12H9",
  terug: "M15 5l-7 7 7 7",
  sluit: "M6 6l12 12M18 6L6 18",
  pauzeren: "M8 5v14M16 5v14",
  hervatten: "M7 5l12 7-12 7z",
  afmelden: "M5 5l14 14M8 3h8v8M16 15v6H8V10",
  uitnodigen: "M3 6h18v12H3zM3 7l9 7 9-7",
  weg: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

export function icoon(naam) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const pad = document.createElementNS(svg.namespaceURI, "path");
  pad.setAttribute("d", PADEN[naam]);
  svg.append(pad);
  return svg;
}

// A button that is only an icon: its name is for who cannot see it, and for who waits with the mouse.
export const icoonknop = (naam, label, doe, meer = {}) =>
  h("button", { type: "button", class: "icoon", "aria-label": label, title: label, onclick: doe, ...meer }, icoon(naam));

export const knop = (tekst, doe, meer = {}) => h("button", { type: "button", onclick: doe, ...meer }, tekst);

// A message that goes away by itself.
export function bericht(tekst) {
  const regel = h("div", { class: "bericht" }, tekst);
  document.getElementById("berichten").append(regel);
  setTimeout(() => regel.remove(), 2000);
}

// Asks before something happens; true if the person wants it.
export function bevestig(titel, tekst, ja, gevaar = true) {
  return new Promise((klaar) => {
    const dialoog = h(
      "dialog",
      { class: "vraag", "aria-labelledby": "vraag-titel", role: "alertdialog" },
      h("h2", { id: "vraag-titel" }, titel),
      h("p", {}, tekst),
      h(
        "div",
        { class: "rij eind" },
        knop("Annuleren", () => dialoog.close("nee"), { class: "stil" }),
        knop(ja, () => dialoog.close("ja"), { class: gevaar ? "gevaar" : "" }),
      ),
    );
    dialoog.addEventListener("close", () => {
      dialoog.remove();
      klaar(dialoog.returnValue === "ja");
    });
    document.body.append(dialoog);
    dialoog.showModal();
  });
}

// Tabs: [[name, panel], …]. Returns the element; its toon(n) opens one.
export function tabbladen(label, bladen) {
  const knoppen = bladen.map(([naam, paneel], nummer) => {
    paneel.setAttribute("role", "tabpanel");
    paneel.id = `blad-${label}-${nummer}`.replaceAll(" ", "-");
    paneel.setAttribute("aria-label", naam);
    return h(
      "button",
      { type: "button", role: "tab", "aria-controls": paneel.id, onclick: () => toon(nummer), onkeydown: (toets) => pijl(toets, nummer) },
      naam,
    );
  });
  const pijl = (toets, nummer) => {
    const stap = { ArrowRight: 1, ArrowLeft: -1 }[toets.key];
    if (!stap) return;
    const naar = (nummer + stap + knoppen.length) % knoppen.length;
    toon(naar);
    knoppen[naar].focus();
  };
  const toon = (welke) =>
    bladen.forEach(([, paneel], nummer) => {
      paneel.hidden = nummer !== welke;
      knoppen[nummer].setAttribute("aria-selected", String(nummer === welke));
      knoppen[nummer].tabIndex = nummer === welke ? 0 : -1;
    });
  const element = h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": label }, knoppen), bladen.map(([, paneel]) => paneel));
  element.toon = toon;
  toon(0);
  return element;
}
