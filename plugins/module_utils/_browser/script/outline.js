// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// The named things of a page without a value of a person. What is left out, and why: `outline` in in_page.py.
(z) => {
  // Also in a page without an address, where no address of a link can be made whole.
  const where = (link) => link.pathname || (link.getAttribute("href") ?? "").split(/[?#]/)[0];
  const MOST = 1000;
  const MOST_CHOICES = 20;
  const LIST = "li,article,dd,[role=listitem],[role=article],[role=option],[role=log]";
  const BANNER = "header,footer,[role=banner],[role=contentinfo]";
  const OF_PEOPLE = /\b(gebruiker|medewerker|beheerder|persoon|personeel|naam|collega|account|contactpersoon)(s|en|namen)?\b/iu;
  // Of surnames, and of every other text.
  const PREFIXES = new Set("aan al bij de den der des di du el en het in la le los nl of onder op over te ten ter tot uit van vom von voor zu zum zur".split(" "));
  const words = (text) => z.norm(text).toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

  // The values of this page, as words with one blank between: cells of data, values beside names, contents of fields.
  const valuesOf = (sure) => {
    const found = new Set();
    const add = (text) => {
      const value = words(text).join(" ");
      if (value.length > 2 && !sure.has(z.name(text))) found.add(value);
    };
    for (const table of z.deep(document, "table,[role=table],[role=grid],[role=treegrid]").slice(0, 50)) {
      if (!z.isData(table)) continue;
      for (const cell of z.deep(table, "td,[role=cell],[role=gridcell]").slice(0, 20000)) add(z.cellText(cell));
    }
    for (const line of z.linesIn(document.body)) add(/^[^:]{1,60}:\s*(.+)$/u.exec(line.text)?.[1] ?? "");
    for (const one of z.deep(document, "dd").slice(0, 2000)) add(z.text(one));
    for (const one of z.deep(document, "input:not([type=hidden],[type=button],[type=submit],[type=reset],[type=radio],[type=checkbox]),textarea").slice(0, 2000)) add(one.value);
    return found;
  };
  z.outline = ({ known, given }) => {
    const sure = new Set(known.map(z.name));
    const values = valuesOf(sure);
    const numbers = new Set(given.filter((one) => /\d/u.test(one)).map((one) => words(one).join(" ")).filter((one) => one.length > 2));
    const ofPeople = new Set(given.filter((one) => !/\d/u.test(one)).flatMap(words).filter((one) => one.length > 1 && !PREFIXES.has(one)));
    // Whether a whole value stands in it.
    const quotes = (name, those = values) => {
      const all = words(name).slice(0, 30);
      return all.some((_one, from) => all.slice(from, from + 8).some((_other, more) => those.has(all.slice(from, from + more + 1).join(" "))));
    };
    const likely = (name) => /@|\d{4}/u.test(name) || words(name).some((one) => ofPeople.has(one)) || quotes(name, numbers);
    const personal = (name) => likely(name) || quotes(name);
    const titles = z.deep(document, z.HEADING).filter((one) => z.level(one) === 1).map(z.contentName);
    const ofMenu = (one) => Boolean(z.near(one, z.MENU));
    const parts = [];
    const add = (role, name, more = {}) => parts.length < MOST && parts.push({ role, name: name.slice(0, 200), required: false, choices: [], ...more });

    const items = z.deep(document, "a,[role=link],button,summary,input[type=button],input[type=submit],[role=button],[role=menuitem],[role=tab]")
      .filter((one) => !z.inData(one) && z.visible(one));
    const named = new Set(items.filter((one) => ofMenu(one)).map(z.contentName).filter((name) => sure.has(name) || !personal(name)));
    for (const one of titles) if (!sure.has(one) && !named.has(one)) values.add(words(one).join(" "));
    for (const one of items) {
      const name = z.contentName(one);
      const listed = ofMenu(one) ? null : z.near(one, `${LIST},${BANNER}`);
      if (!name || !(sure.has(name) || (!listed && !personal(name)))) continue;
      const link = one.localName === "a" || one.getAttribute("role") === "link";
      const file = link && (one.hasAttribute("download") || /\.(csv|xlsx?|ods|zip|pdf)$/iu.test(where(one)));
      add(ofMenu(one) ? "menu" : file ? "download" : link ? "link" : "button", name);
    }
    for (const one of z.deep(document, z.HEADING)) {
      if (z.inData(one) || !z.visible(one)) continue;
      const name = z.contentName(one);
      const first = z.level(one) === 1;
      const kept = sure.has(name) || named.has(name) || (!first && !personal(name) && !z.near(one, LIST) && !z.near(one, BANNER));
      // The heading of one person's page is that person's name.
      if (kept || first) add("heading", kept ? name : "");
    }
    for (const one of z.fields()) {
      if (z.inData(one) || !z.usable(one)) continue;
      const [name] = z.fieldNames(one);
      // What labels say is not made of values, but may be made of what a person is told.
      if (!name || !(sure.has(name) || !likely(name))) continue;
      const group = z.radios(one);
      const required = group.some((own) => own.required || own.getAttribute("aria-required") === "true") || isMarked(one);
      let choices = one.localName === "select" ? [...one.options].map((own) => z.name(own.label || own.text)) : [];
      if (one.type === "radio") choices = group.map(z.fieldText.radioName);
      const open = choices.length <= MOST_CHOICES && !OF_PEOPLE.test(name);
      choices = choices.filter((own) => own && (sure.has(own) || (open && !likely(own))));
      add(one.getAttribute("role") ?? (one.localName === "input" ? one.type : one.localName), name, { required, choices });
    }
    for (const table of z.tables({ name: "" })) if (z.visible(table)) for (const name of z.columns(table)) add("column", name);
    return parts;
  };
  const isMarked = (field) => z.labelsOf(field).some((one) => /\*\s*$|\((verplicht|required)/iu.test(z.norm(one.textContent)));
}
