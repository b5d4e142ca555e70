// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Texts and names, normalised. Capitals are kept: names of people are compared by this same rule.
(z) => {
  // What a page has too much of; its text is ours.
  z.Limit = class extends Error {};
  const LONGEST = 2000;
  const MOST_ELEMENTS = 1000000;
  const NO_TEXT = new Set(["script", "style", "template", "noscript", "head", "datalist", "iframe", "object"]);
  const MARK = /(^\*\s*)|(\s*(\*|:|\((verplicht|verplicht veld|niet verplicht|optioneel|required|not required|optional)\)))+$/giu;
  z.CONTROL =
    "input,select,textarea,button,[role=button],[role=combobox],[role=listbox],[role=textbox],[role=searchbox]," +
    "[role=spinbutton],[role=checkbox],[role=radio],[role=switch],[contenteditable=''],[contenteditable=true]";

  // What is normal already, as nearly all of a page is.
  const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;
  // Of the elements that can have no shadow root (DOM standard, "attach a shadow root"), those that a list has thousands of.
  const ROOTLESS = "td,tr,a";
  // NFKC, nothing that is not seen, every blank one blank, every hyphen and dash "-".
  z.norm = (text) => {
    const some = typeof text === "string" && text.length <= LONGEST ? text : String(text ?? "").slice(0, LONGEST + 1);
    return PLAIN.test(some) ? some : some.normalize("NFKC").replace(/[\p{Cf}\u034f]/gu, "")
      .replace(/[\p{Pd}\u2212\u2043]/gu, "-").replace(/\s+/gu, " ").trim();
  };
  // Also without the marks of a required field or a colon.
  z.name = (text) => {
    const whole = z.norm(text);
    return /[*:)]/.test(whole) ? whole.replace(MARK, "").trim() || whole : whole;
  };
  z.attribute = (element, name) => (element.hasAttribute(name) ? z.name(element.getAttribute(name)) : "");

  z.parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  z.inTree = (element, ancestor) => {
    for (let one = element; one; one = z.parent(one)) if (one === ancestor) return true;
    return false;
  };
  z.near = (element, selector) => {
    for (let one = element; one; one = z.parent(one)) if (one.matches(selector)) return one;
    return null;
  };
  // What was found out about the document is kept during one call of ours, as long as the document stays as it is.
  let known = new Map();
  const changes = new MutationObserver(() => known.clear());
  z.begin = () => known.clear();
  z.once = (key, make) => {
    if (changes.takeRecords().some((one) => one.attributeName !== "value")) known.clear();
    if (!known.has(key)) known.set(key, make());
    return known.get(key);
  };
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true };
  // Like querySelectorAll, into open shadow roots.
  z.roots = (root) => (root === document ? z.once("roots", () => {
    const all = rootsOf(document);
    changes.disconnect();
    for (const one of all) changes.observe(one, WATCHED);
    return all;
  }) : rootsOf(root));
  const rootsOf = (root) => {
    const all = [root];
    let seen = 0;
    for (let at = 0; at < all.length; at++) {
      seen += all[at].querySelectorAll("*").length;
      if (seen > MOST_ELEMENTS) throw new z.Limit("more than a million elements");
      for (const one of all[at].querySelectorAll(`:not(${ROOTLESS})`)) if (one.shadowRoot) all.push(one.shadowRoot);
      if (all[at].shadowRoot && at === 0) all.push(all[at].shadowRoot);
    }
    return all;
  };
  const deep = (root, selector) => z.roots(root).flatMap((one) => [...one.querySelectorAll(selector)]);
  z.deep = (root, selector) => (root === document ? z.once(`deep ${selector}`, () => deep(root, selector)) : deep(root, selector));

  z.isContents = (element) => element.localName === "slot" || getComputedStyle(element).display === "contents";
  z.isDrawn = (element) => element.checkVisibility({ visibilityProperty: true }) || z.isContents(element);
  z.inline = (element) => /^(inline|contents|ruby)/.test(getComputedStyle(element).display);
  z.children = (node) => {
    if (node.shadowRoot) return node.shadowRoot.childNodes;
    if (node.localName === "slot") {
      const given = node.assignedNodes();
      if (given.length) return given;
    }
    return node.childNodes;
  };

  // The text that is seen of an element. skip: a selector of what is left out.
  z.text = (element, skip) => {
    if (!element.firstElementChild && !element.shadowRoot && element.localName !== "slot") return z.norm(element.textContent);
    let out = "";
    const walk = (node) => {
      if (out.length > LONGEST) return;
      if (node.nodeType === 3) out += node.data;
      else if (node.nodeType === 1) {
        if (node !== element) {
          if (NO_TEXT.has(node.localName) || node.getAttribute("aria-hidden") === "true") return;
          if (node.getAttribute("role") === "tooltip" || !z.isDrawn(node)) return;
          if (skip && node.matches(skip)) return void (out += " ");
          const label = node.getAttribute("aria-label") ?? node.getAttribute("alt");
          if (label) return void (out += ` ${label} `);
        }
        if (node.localName === "svg") return void (out += ` ${node.querySelector("title")?.textContent ?? ""} `);
        if (node.localName === "br") return void (out += " ");
        const apart = node !== element && !z.inline(node) ? " " : "";
        out += apart;
        for (const child of z.children(node)) walk(child);
        out += apart;
      }
    };
    walk(element);
    return z.norm(out);
  };

  const byIds = (element) => !element.hasAttribute("aria-labelledby") ? "" :
    element.getAttribute("aria-labelledby").split(/\s+/).filter(Boolean).slice(0, 10)
      .map((id) => element.getRootNode().getElementById?.(id)).filter(Boolean)
      // What a list of choices contains itself is its value, not its name.
      .filter((one) => one === element || !(element.matches("[role=combobox]") && element.contains(one)))
      .map((one) => (one.checkVisibility() ? z.text(one, z.CONTROL) : z.norm(one.textContent))).join(" ");
  z.ariaName = (element) => z.name(byIds(element)) || z.attribute(element, "aria-label");
  // Of a heading, link, button, menu item, choice: what readers are told, what is seen, or a title.
  z.contentNames = (element) => {
    const input = element.localName === "input";
    const seen = input ? z.name(element.value) || z.attribute(element, "alt") : z.name(z.text(element, "select,textarea,input"));
    const names = [z.ariaName(element), seen].filter(Boolean);
    return names.length ? names : [z.attribute(element, "title")].filter(Boolean);
  };
  z.contentName = (element) => z.contentNames(element)[0] ?? "";
  // Without the signs of an order or of a list that opens, at its end.
  z.bare = (text) => text.replace(/\s*[\u25b2-\u25c5\u2190-\u21ff\u2303\u2304]+$/u, "");
  z.imageName = (element) =>
    z.ariaName(element) || z.attribute(element, "alt") || z.name(element.querySelector?.("title")?.textContent) ||
    z.attribute(element, "title");
  z.legendName = (group) => {
    const legend = group.localName === "fieldset" ? group.querySelector(":scope > legend") : null;
    const summary = group.localName === "details" ? group.querySelector(":scope > summary") : null;
    const one = legend ?? summary;
    return z.ariaName(group) || (one ? z.name(z.text(one, z.CONTROL)) : "") || z.attribute(group, "title");
  };

  // The browser's own list of a field's labels goes through the whole document each time.
  z.labelsOf = (field) => {
    const all = z.once("labels", () => {
      const found = new Map();
      for (const label of z.deep(document, "label")) {
        if (label.control) found.set(label.control, [...(found.get(label.control) ?? []), label]);
      }
      return found;
    });
    return all.get(field) ?? [];
  };

  // Fields -------------------------------------------------------------------------------------------------------------
  z.FIELD =
    "input:not([type=hidden],[type=button],[type=submit],[type=reset],[type=image]),select,textarea,[role=textbox]," +
    "[role=searchbox],[role=spinbutton],[role=combobox],[role=listbox],[role=checkbox],[role=switch],[role=radiogroup]," +
    "[contenteditable=''],[contenteditable=true]";
  z.fieldsIn = (element) => z.deep(element, z.FIELD).filter((one) => one.type === "radio" || z.isDrawn(one));
  z.radios = (one) => {
    if (one.localName !== "input" || one.type !== "radio") return [one];
    if (!one.name) return [...(one.closest("fieldset,[role=radiogroup]") ?? one.parentElement).querySelectorAll("input[type=radio]")];
    const all = one.getRootNode().querySelectorAll("input[type=radio]");
    return [...all].filter((other) => other.name === one.name && other.form === one.form);
  };
  // Whether this element has no other field in it than these.
  const only = (element, group) => z.fieldsIn(element).every((one) => group.some((own) => own === one || own.contains(one) || one.contains(own)));
  const before = (element) => {
    for (let one = element.previousSibling; one; one = one.previousSibling) {
      if (one.nodeType === 3 && z.norm(one.data)) return z.name(one.data);
      if (one.nodeType !== 1 || /^(br|legend)$/.test(one.localName) || NO_TEXT.has(one.localName) || !z.isDrawn(one)) continue;
      if (one.matches(z.CONTROL) || one.querySelector(z.CONTROL)) return "";
      const text = z.name(z.text(one));
      if (text) return text;
    }
    return "";
  };
  // The text of the cell before, of the dt before a dd, or right before.
  z.nameBefore = (element, group) => {
    const cell = element.closest("td,[role=cell],[role=gridcell],dd");
    if (cell && only(cell, group)) {
      let label = cell.previousElementSibling;
      while (label && cell.localName === "dd" && label.localName === "dd") label = label.previousElementSibling;
      if (label && !label.querySelector(z.FIELD)) return z.name(z.text(label));
    }
    for (let one = element, level = 0; one && level < 4; one = one.parentElement, level++) {
      const text = before(one);
      if (text) return text;
      if (!one.parentElement || one.parentElement.matches("form,fieldset,td,dd,body,section,main") || !only(one.parentElement, group)) break;
    }
    return "";
  };
  // A box without a label has its words behind it.
  z.textAfter = (box) => {
    for (let one = box.nextSibling; one; one = one.nextSibling) {
      if (one.nodeType === 3 && z.norm(one.data)) return z.name(one.data);
      if (one.nodeType !== 1) continue;
      return one.matches("br," + z.CONTROL) || one.querySelector(z.CONTROL) || !z.inline(one) ? "" : z.name(z.text(one));
    }
    return "";
  };
  const together = (group) => {
    let one = group[0];
    while (one && !group.every((other) => one.contains(other))) one = one.parentElement;
    return one === group[0] ? one.parentElement : one;
  };
  // All names that this field may be called by.
  z.fieldNames = (field) => {
    const names = z.once("names", () => new Map());
    if (!names.has(field)) names.set(field, namesOf(field));
    return names.get(field);
  };
  const namesOf = (field) => {
    const group = z.radios(field);
    const names = [];
    const add = (text) => text && !names.includes(text) && names.push(text);
    if (field.type === "radio") {
      const around = field.closest("fieldset,[role=radiogroup],[role=group]");
      if (around && only(around, group)) add(z.legendName(around));
      const box = together(group);
      if (!names.length && box) add(z.ariaName(box) || z.nameBefore(box, group));
      return names;
    }
    const labels = z.labelsOf(field).filter((one) => z.isDrawn(one)).map((one) => z.text(one, z.CONTROL));
    add(z.name(labels.join(" ")));
    labels.forEach((one) => add(z.name(one)));
    add(z.ariaName(field));
    if (names.length) return names;
    if (field.matches("[role=radiogroup]")) add(z.legendName(field));
    const wrapped = field.labels === undefined ? field.closest("label") : null;
    if (wrapped) add(z.name(z.text(wrapped, z.CONTROL)));
    if (!names.length && field.type === "checkbox") add(z.textAfter(field));
    if (!names.length) add(z.nameBefore(field, group));
    const host = field.getRootNode().host;
    if (!names.length && host && only(host.shadowRoot, group)) {
      const given = [...host.getRootNode().querySelectorAll("label")].filter((one) => one.control === host || (host.id && one.htmlFor === host.id));
      add(z.ariaName(host) || z.name(given.map((one) => z.text(one, z.CONTROL)).join(" ")) || z.attribute(host, "label"));
    }
    if (!names.length) add(z.attribute(field, "placeholder") || z.attribute(field, "title") || z.attribute(field, "alt"));
    return names;
  };
}
