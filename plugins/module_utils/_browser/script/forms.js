// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Fills fields and reads them back. An item: {name, inside, part, text}; part: the name of one of several boxes.
(z) => {
  const YES = ["true", "ja", "aan"];
  const NO = ["false", "nee", "uit", ""];
  const MONTHS = ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"];

  // What has to be pressed or typed for real, by the caller.
  const real = (field) => {
    if (field.matches("[role=combobox]:not(select)")) return "combobox";
    if (field.matches("[role=listbox]:not(select)")) return "listbox";
    return null;
  };
  const boxes = (item) => {
    const wanted = z.name(item.name);
    const part = z.name(item.part);
    const around = z.deep(document, "fieldset,[role=group]").filter((one) => z.legendName(one) === wanted);
    const cells = z.deep(document, "td,dd,[role=cell],[role=gridcell]").filter((one) => {
      const label = one.previousElementSibling;
      return label && z.name(z.text(label, z.CONTROL)) === wanted && z.fieldsIn(one).length > 1;
    });
    const labels = z.deep(document, "label,legend,span,div,p,strong,b").filter((one) => !one.querySelector(z.FIELD) && z.name(z.text(one)) === wanted);
    const parents = labels.map((one) => {
      let box = one.parentElement;
      for (let level = 0; box && level < 3 && z.fieldsIn(box).length < 2; level++) box = box.parentElement;
      return box;
    }).filter((one) => one && z.fieldsIn(one).length <= 4);
    const groups = [...around, ...cells, ...parents];
    const insides = item.inside === null ? null : z.insides(item.inside);
    return z.fields().filter((one) => {
      if (insides && !insides.some((has) => has(one))) return false;
      const names = z.fieldNames(one);
      const own = (names.includes(part) || ["placeholder", "title"].some((at) => z.attribute(one, at) === part)) && groups.some((group) => z.inTree(one, group));
      return (own || names.includes(`${wanted} ${part}`) || names.includes(`${part} ${wanted}`)) && z.usable(one);
    });
  };
  // {count, off, how}: how: null for what this script fills, else what the caller has to do for real.
  const look = (item) => {
    const found = item.part === null ? z.find({ kind: "field", name: item.name, inside: item.inside, value: null }) : null;
    const hits = found ? found.hits : boxes(item).filter((one) => !z.disabled(one));
    const one = hits[0] ?? null;
    return { one, count: hits.length, off: found?.off ?? 0, locked: Boolean(one?.readOnly && !real(one)), how: one ? real(one) : null };
  };
  z.look = (items) => items.map((item) => {
    const { count, off, locked, how } = look(item);
    return { count, off, locked, how };
  });
  let listField = null;
  z.keepField = (item) => Boolean((listField = z.keep(look(item).one)));

  // Setting ------------------------------------------------------------------------------------------------------------
  const setter = (element, property) => {
    // React puts a setter of its own on the element, and only looks at what went round it.
    const view = element.ownerDocument.defaultView;
    const kinds = { select: view.HTMLSelectElement, textarea: view.HTMLTextAreaElement };
    return Object.getOwnPropertyDescriptor((kinds[element.localName] ?? view.HTMLInputElement).prototype, property).set;
  };
  const tell = (element, ...names) => {
    for (const name of names) {
      const made = name === "input" ? new InputEvent("input", { bubbles: true, composed: true, inputType: "insertText" })
        : new Event(name, { bubbles: true, composed: true });
      element.dispatchEvent(made);
    }
  };
  const choice = (texts, wanted) => {
    const found = texts.flatMap((text, at) => (z.name(text) === z.name(wanted) ? [at] : []));
    return found.length === 1 ? found[0] : -1;
  };
  const partTexts = (item) => {
    const number = Number(item.text);
    const month = MONTHS[number - 1];
    return item.month && month ? [item.text, String(number), month, month.slice(0, 3)] : [item.text, String(number)];
  };
  const select = (field, item) => {
    const options = [...field.options].map((one) => (one.disabled || one.closest("optgroup")?.disabled ? "" : one.label || one.text));
    const texts = item.part === null ? [item.text] : partTexts(item);
    const lower = (list) => (item.part === null ? list : list.map((one) => one.toLowerCase()));
    const at = texts.map((text) => choice(lower(options), text)).find((one) => one >= 0) ?? -1;
    if (at < 0) return "choice";
    field.focus();
    setter(field, "selectedIndex").call(field, at);
    tell(field, "input", "change");
    field.blur();
    return "done";
  };
  const radio = (field, item) => {
    const group = z.radios(field).filter((one) => !z.disabled(one));
    const at = choice(group.map(z.fieldText.radioName), item.text);
    if (at < 0) return "choice";
    if (!group[at].checked) group[at].click();
    return "done";
  };
  const wantedBox = (field, text) => {
    const word = z.name(text);
    if (YES.includes(word) || z.fieldNames(field).includes(word)) return true;
    return NO.includes(word) ? false : null;
  };
  const isChecked = (field) => field.checked ?? field.getAttribute("aria-checked") === "true";
  const checkbox = (field, item) => {
    const wanted = wantedBox(field, item.text);
    if (wanted === null) return "choice";
    if (isChecked(field) !== wanted) field.click();
    return "done";
  };
  const isBox = (field) => field.type === "checkbox" || field.matches("[role=checkbox],[role=switch]");
  const radioDivs = (field, item) => {
    const all = z.deep(field, "[role=radio],input[type=radio]");
    const at = choice(all.map((one) => (one.localName === "input" ? z.fieldText.radioName(one) : z.contentName(one))), item.text);
    if (at < 0) return "choice";
    all[at].click();
    return "done";
  };
  const write = (field, item) => {
    field.focus();
    if (field.matches("input,textarea")) {
      // Nobody can type more than this; what is cut is seen when it is read back.
      const text = field.maxLength >= 0 ? item.text.slice(0, field.maxLength) : item.text;
      setter(field, "value").call(field, text);
    } else field.textContent = item.text;
    tell(field, "input", "change");
    field.blur();
    return "done";
  };
  const put = (field, item) => {
    if (field.localName === "select") return select(field, item);
    if (field.type === "radio") return radio(field, item);
    if (field.matches("[role=radiogroup]")) return radioDivs(field, item);
    if (isBox(field)) return checkbox(field, item);
    if (field.type === "file") return "choice";
    return write(field, item);
  };
  // After what scripts do at once; a timer would wait longer each time.
  const later = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      done();
    };
    channel.port2.postMessage(null);
  });
  // Fills one after the other, because a choice may show or replace a field. Stops at the first that it cannot fill.
  z.fill = async (items) => {
    const ends = [];
    for (const item of items) {
      const { one, count, locked, how } = look(item);
      if (count !== 1 || locked || how) return ends;
      ends.push(put(one, item));
      if (ends.at(-1) !== "done") return ends;
      await later();
    }
    return ends;
  };
  // left: milliseconds for what the page does when a field is left; not if it could not fill all.
  z.fillAll = async ({ items, left }) => {
    const ends = await z.fill(items);
    if (ends.length === items.length && ends.at(-1) === "done") await new Promise((done) => setTimeout(done, left));
    return ends;
  };

  // Reading back -------------------------------------------------------------------------------------------------------
  const shownText = (field, item) => {
    if (isBox(field)) return isChecked(field) === wantedBox(field, item.text) ? item.text : "";
    if (field.matches("[role=radiogroup]")) {
      const one = z.deep(field, "[role=radio][aria-checked=true],input[type=radio]:checked")[0];
      return one ? (one.localName === "input" ? z.fieldText.radioName(one) : z.contentName(one)) : "";
    }
    if (field.matches("[role=listbox]:not(select)")) return z.deep(field, "[role=option][aria-selected=true]").map(z.contentName).join(", ");
    return z.fieldText(field);
  };
  const sameChoice = (shown, item) => (item.part === null ? z.name(shown) === z.name(item.text)
    : partTexts(item).map((one) => one.toLowerCase()).includes(z.name(shown).toLowerCase()));
  // {there, equal, text, hint}. equal: null for what was typed, which the caller compares; hint: the form of its dates.
  z.readBack = (items) => items.map((item) => {
    const { one, count } = look(item);
    if (count !== 1) return { there: count, equal: false, text: "", hint: "" };
    const typed = one.matches("input:not([type=radio],[type=checkbox]),textarea") && !real(one);
    if (!typed) return { there: 1, equal: sameChoice(shownText(one, item), item), text: "", hint: "" };
    return { there: 1, equal: null, text: one.value, hint: one.placeholder ?? "" };
  });
  z.leave = (element) => element.blur();

  // Choices of a list made of other elements -----------------------------------------------------------------------------
  // How many shown options of the kept field are called so; the one is kept.
  z.option = ({ text }) => {
    const field = listField;
    const id = field.getAttribute("aria-controls") ?? field.getAttribute("aria-owns");
    const list = id ? field.getRootNode().getElementById?.(id) ?? document.getElementById(id) : null;
    const from = field.matches("[role=listbox]") ? field : list;
    const all = (from ? z.deep(from, "[role=option]") : z.deep(document, "[role=listbox] [role=option],[role=option]"));
    const hits = all.filter((one) => z.contentName(one) === z.name(text) && z.visible(one) && !z.disabled(one));
    return { count: hits.length, keep: hits.length === 1 && Boolean(z.keep(hits[0])) };
  };
}
