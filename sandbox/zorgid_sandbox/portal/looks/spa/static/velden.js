// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Form fields as elements of their own, each with an open shadow root.

import { h } from "./dom.js";
import { dag, isoDag } from "./woorden.js";

const OPMAAK = new CSSStyleSheet();
OPMAAK.replaceSync(`
  :host { display: block; margin-bottom: .9rem; } * { box-sizing: border-box; }
  .label { display: block; font-size: .85rem; color: #4a5568; margin-bottom: .2rem; }
  input, .kies { font: inherit; width: 100%; min-height: 2.6rem; padding: .5rem .7rem; border: 1px solid #b6c0cf; border-radius: 10px;
    background: white; color: inherit; }
  input:focus-visible, .kies:focus-visible { outline: 3px solid #7fd1c7; border-color: #00796b; }
  [aria-invalid=true] { border-color: #c62828; }
  .fout { color: #c62828; font-size: .85rem; margin: .2rem 0 0; min-height: 0; }
  .doos { position: relative; } .kies { cursor: pointer; display: flex; justify-content: space-between; gap: .5rem; }
  .kies span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .kies::after { content: "▾"; color: #4a5568; }
  .lijst { position: absolute; z-index: 5; left: 0; right: 0; top: 100%; margin-top: 2px; background: white; border: 1px solid #b6c0cf;
    border-radius: 10px; box-shadow: 0 6px 20px #0003; max-height: 15rem; overflow: auto; }
  .lijst[hidden] { display: none; } [role=option] { padding: .55rem .8rem; cursor: pointer; overflow-wrap: anywhere; }
  [role=option].op, [role=option]:hover { background: #e0f2f0; } [role=option][aria-selected=true] { font-weight: 600; }
`);

let volgnummer = 0;

class Basis extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: true }).adoptedStyleSheets = [OPMAAK];
    this.nummer = ++volgnummer;
  }

  get naam() {
    return this.getAttribute("name");
  }

  get label() {
    return this.getAttribute("label") + (this.hasAttribute("required") ? " *" : "");
  }

  // What is wrong with the field, as a sentence; "" if nothing is.
  set fout(tekst) {
    this.melding.textContent = tekst;
    this.doel.setAttribute("aria-invalid", String(Boolean(tekst)));
  }
}

// <zi-veld label name [type] [required]>: one line of text.
class Veld extends Basis {
  connectedCallback() {
    if (this.doel) return;
    const id = `veld-${this.nummer}`;
    this.doel = h("input", {
      id,
      type: this.getAttribute("type") ?? "text",
      placeholder: this.getAttribute("placeholder"),
      inputmode: this.getAttribute("inputmode"),
      maxlength: 120,
      autocomplete: "off",
      "aria-required": this.hasAttribute("required") ? "true" : null,
      "aria-describedby": `fout-${this.nummer}`,
      oninput: () => (this.fout = ""),
    });
    this.doel.value = this.begin ?? "";
    this.melding = h("p", { class: "fout", id: `fout-${this.nummer}`, "aria-live": "polite" });
    this.shadowRoot.append(h("label", { class: "label", for: id }, this.label), this.doel, this.melding);
    this.klaar?.();
  }

  get value() {
    return this.doel ? this.doel.value.trim() : (this.begin ?? "");
  }

  set value(tekst) {
    if (this.doel) this.doel.value = tekst;
    else this.begin = tekst;
  }
}

// <zi-datum>: a date, typed as dd-mm-jjjj. value is an ISO date, "" or null (no date).
class Datum extends Veld {
  klaar() {
    this.doel.placeholder = "dd-mm-jjjj";
    this.doel.inputMode = "numeric";
    this.doel.addEventListener("blur", () => {
      const iso = isoDag(this.doel.value);
      if (iso) this.doel.value = dag(iso);
    });
  }

  get value() {
    return isoDag(super.value);
  }

  set value(iso) {
    super.value = dag(iso);
  }
}

// <zi-keuze label name>: a choice out of a few, made of boxes. keuzes: value → text.
class Keuze extends Basis {
  keuzes = {};
  gekozen = "";

  connectedCallback() {
    if (this.doel) return;
    const n = this.nummer;
    this.tekst = h("span", { id: `waarde-${n}` });
    this.doel = h(
      "div",
      {
        class: "kies",
        role: "combobox",
        tabindex: 0,
        "aria-haspopup": "listbox",
        "aria-expanded": "false",
        "aria-controls": `lijst-${n}`,
        "aria-labelledby": `label-${n} waarde-${n}`,
        onclick: () => this.open(this.lijst.hidden),
        onkeydown: (toets) => this.toets(toets),
        onblur: () => this.open(false),
      },
      this.tekst,
    );
    this.lijst = h("div", { class: "lijst", role: "listbox", id: `lijst-${n}`, hidden: true, "aria-labelledby": `label-${n}` });
    this.opties = Object.entries(this.keuzes).map(([waarde, tekst], nummer) =>
      h(
        "div",
        {
          role: "option",
          id: `optie-${n}-${nummer}`,
          "data-waarde": waarde,
          // The press must not take the focus away before the click arrives.
          onmousedown: (muis) => muis.preventDefault(),
          onclick: () => this.kies(waarde),
        },
        tekst,
      ),
    );
    this.lijst.append(...this.opties);
    this.melding = h("p", { class: "fout", "aria-live": "polite" });
    this.shadowRoot.append(
      h("span", { class: "label", id: `label-${n}` }, this.label),
      h("div", { class: "doos" }, this.doel, this.lijst),
      this.melding,
    );
    this.value = this.gekozen;
  }

  get value() {
    return this.gekozen;
  }

  set value(waarde) {
    this.gekozen = waarde;
    if (!this.doel) return;
    this.tekst.textContent = this.keuzes[waarde] ?? "Kies…";
    for (const optie of this.opties) optie.setAttribute("aria-selected", String(optie.dataset.waarde === waarde));
  }

  kies(waarde) {
    this.value = waarde;
    this.fout = "";
    this.open(false);
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  open(ja) {
    this.lijst.hidden = !ja;
    this.doel.setAttribute("aria-expanded", String(ja));
    this.wijs(ja ? Math.max(0, this.opties.findIndex((optie) => optie.dataset.waarde === this.gekozen)) : -1);
  }

  wijs(nummer) {
    this.bij = nummer;
    this.opties.forEach((optie, eigen) => optie.classList.toggle("op", eigen === nummer));
    if (nummer < 0) this.doel.removeAttribute("aria-activedescendant");
    else {
      this.doel.setAttribute("aria-activedescendant", this.opties[nummer].id);
      this.opties[nummer].scrollIntoView({ block: "nearest" });
    }
  }

  toets(toets) {
    const dicht = this.lijst.hidden;
    const stap = { ArrowDown: 1, ArrowUp: -1 }[toets.key];
    if (stap && dicht) this.open(true);
    else if (stap) this.wijs(Math.min(this.opties.length - 1, Math.max(0, this.bij + stap)));
    else if (toets.key === "Enter" || toets.key === " ") {
      if (dicht) this.open(true);
      else this.kies(this.opties[this.bij].dataset.waarde);
    } else if (toets.key === "Escape" && !dicht) this.open(false);
    else return;
    toets.preventDefault();
    toets.stopPropagation();
  }
}

customElements.define("zi-veld", Veld);
customElements.define("zi-datum", Datum);
customElements.define("zi-keuze", Keuze);

export const veld = (naam, label, meer = {}) => h("zi-veld", { name: naam, label, ...meer });
export const datum = (naam, label, meer = {}) => h("zi-datum", { name: naam, label, ...meer });

export function keuze(naam, label, keuzes, gekozen = "", meer = {}) {
  const element = document.createElement("zi-keuze");
  for (const [sleutel, waarde] of Object.entries({ name: naam, label, ...meer })) if (waarde !== false) element.setAttribute(sleutel, waarde);
  element.keuzes = keuzes;
  element.gekozen = gekozen;
  return element;
}
