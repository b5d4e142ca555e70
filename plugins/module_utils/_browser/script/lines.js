// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of text (a text node, or what a block shows in one line), values beside names, pictures below lines.
(z) => {
  const MOST_LINES = 200000;
  const NO_TEXT = new Set(["script", "style", "template", "noscript", "head", "datalist", "iframe", "object", "svg", "option"]);

  // All lines that are drawn in an element: {text, nodes: [{text, element}], element}. Controls are left out.
  // only: elements outside of which no line is wanted.
  z.linesIn = (root, only = null) => {
    const lines = [];
    let line = null;
    const end = () => {
      if (line) {
        line.text = z.norm(line.raw);
        if (line.text && lines.length < MOST_LINES) lines.push(line);
      }
      line = null;
    };
    const walk = (node) => {
      if (node.nodeType === 3) {
        const text = z.norm(node.data);
        if (!text && !line) return;
        line ??= { raw: "", nodes: [], element: node.parentElement };
        line.raw += node.data.slice(0, 5000);
        if (text) line.nodes.push({ text, element: node.parentElement });
      } else if (node.nodeType === 1) {
        if (NO_TEXT.has(node.localName) || node.getAttribute("aria-hidden") === "true") return;
        if (node !== root && node.matches(z.CONTROL)) return;
        if (node.localName === "br") return end();
        if (!z.isDrawn(node)) return;
        const apart = !z.inline(node);
        if (apart) end();
        if (apart && only && !only.has(node)) return;
        for (const child of z.children(node)) walk(child);
        if (apart) end();
      }
    };
    walk(root);
    end();
    return lines;
  };
  const everywhere = () => (document.body ? z.once("lines", () => z.linesIn(document.body)) : []);
  // The lines of which a text may be a part of `wanted`: to see what all thousand rows of a list look like takes long.
  const PLAIN = /^\s*[!-~]*(?: [!-~]+)*\s*$/;
  const linesLike = (wanted) => {
    const only = new Set();
    for (const root of z.roots(document)) {
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        let text = PLAIN.test(node.data) ? node.data.trim() : z.norm(node.data);
        if (!text) continue;
        if (!wanted.includes(text) && /[*:)]/.test(text)) text = z.name(text);
        // What begins with a mark of its own becomes a letter with the text before it.
        if (!wanted.includes(text) && !/^\p{M}/u.test(text)) continue;
        for (let one = z.parent(node); one && !only.has(one); one = z.parent(one)) only.add(one);
      }
    }
    return document.body && only.has(document.body) ? z.linesIn(document.body, only) : [];
  };
  // The elements of the lines that `fits`; a line counts once, its text nodes only when the line itself does not fit.
  const lineElements = (fits, lines = everywhere()) => lines.flatMap((line) => {
    if (fits(line.text)) return [line.nodes.length === 1 ? line.nodes[0].element : line.element];
    return line.nodes.filter((node) => fits(node.text)).map((node) => node.element);
  }).filter((one) => one && z.visible(one));
  z.linesOf = (wanted) => lineElements((text) => text === wanted || z.name(text) === wanted, linesLike(wanted));
  z.lineCounts = async ({ texts }) => {
    if (texts.some(z.lineMayBeSpared)) await z.drawn();
    return texts.map((text) => {
      const wanted = z.norm(text);
      return wanted ? lineElements((one) => one === wanted, linesLike(wanted)).length : 0;
    });
  };
  // The numbers in the lines that are this template.
  z.lineNumbers = ({ template }) => {
    const names = [];
    const pattern = z.norm(template).split(/(\{\w+\})/).map((part) => {
      if (!/^\{\w+\}$/.test(part)) return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      names.push(part.slice(1, -1));
      return "(\\d{1,3}(?:\\.\\d{3})+|\\d{1,9})";
    }).join("");
    const whole = new RegExp(`^${pattern}$`, "u");
    const found = [];
    lineElements((text) => {
      const match = whole.exec(text);
      if (match) found.push(Object.fromEntries(names.map((name, at) => [name, Number(match[at + 1].replace(/\./g, ""))])));
      return Boolean(match);
    });
    return found;
  };

  // The large pictures that follow a line, until the next heading.
  z.imagesBelow = (line) => {
    const after = (one) => line.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    const root = line.getRootNode();
    const next = [...root.querySelectorAll(z.HEADING)].find((one) => after(one) && z.visible(one));
    const top = line.getBoundingClientRect().top;
    return [...root.querySelectorAll("img,svg,canvas,[role=img],input[type=image]")].filter((one) => {
      const box = one.getBoundingClientRect();
      if (one.parentElement?.closest("svg,[role=img]")) return false;
      return after(one) && !(next && next.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) &&
        box.width >= 48 && box.height >= 48 && box.top >= top;
    });
  };

  // Beside -------------------------------------------------------------------------------------------------------------
  z.fieldText = (field) => {
    if (field.localName === "select") return z.norm([...field.selectedOptions].map((one) => one.label || one.text).join(", "));
    if (field.type === "radio") {
      const chosen = z.radios(field).find((one) => one.checked);
      return chosen ? z.fieldText.radioName(chosen) : "";
    }
    if (field.matches("input,textarea")) return z.norm(field.value);
    return z.bare(z.text(field));
  };
  // Without the hint in small print that a label may end with.
  z.fieldText.radioName = (radio) => z.name(z.labelsOf(radio).map((one) => z.text(one, `${z.CONTROL},small`)).join(" ")) || z.ariaName(radio) || z.textAfter(radio) || z.name(radio.value);
  // {value, field}: field: it stands in a field, where it may be about to be changed.
  const inField = (field) => ({ value: z.fieldText(field), field: true });
  const valueIn = (cell) => {
    const value = z.text(cell, z.CONTROL);
    const field = value ? null : cell.matches(z.FIELD) ? cell : cell.querySelector(z.FIELD);
    return field ? inField(field) : { value, field: false };
  };
  const valueAfter = (element) => {
    const dt = element.closest("dt");
    if (dt) {
      const values = [];
      for (let one = dt.nextElementSibling; one && one.localName === "dd"; one = one.nextElementSibling) values.push(one);
      return values.length === 1 ? valueIn(values[0]) : null;
    }
    const cell = element.closest("td,th,[role=rowheader],[role=cell],[role=gridcell]");
    if (cell) {
      if (cell.matches("[scope=col],thead *") || !cell.nextElementSibling) return null;
      return valueIn(cell.nextElementSibling);
    }
    const label = element.closest("label");
    if (label) return label.control ? inField(label.control) : valueNext(label);
    return valueNext(element);
  };
  // Beside in one line, or the other one of a pair.
  const valueNext = (element) => {
    const siblings = [...(element.parentElement?.children ?? [])].filter((one) => one.localName !== "br" && z.isDrawn(one));
    const at = siblings.indexOf(element);
    const pairs = siblings.length === 2 || (getComputedStyle(element.parentElement).display.endsWith("grid") && siblings.length % 2 === 0);
    const pair = pairs && at % 2 === 0;
    if (!z.inline(element)) return pair ? valueIn(siblings[at + 1]) : null;
    for (let one = element.nextSibling; one; one = one.nextSibling) {
      if (one.nodeType === 3 && z.norm(one.data)) return { value: z.norm(one.data).replace(/^:\s*/, ""), field: false };
      if (one.nodeType === 1 && one.localName !== "br" && z.isDrawn(one)) return pair || z.inline(one) ? valueIn(one) : null;
    }
    return null;
  };
  // {element, value} for every place where this name stands with a value beside it. Fields count only without another.
  z.besides = (wanted, lines = everywhere()) => {
    const found = [];
    for (const [at, line] of lines.entries()) {
      const start = `${wanted}:`;
      const whole = z.name(line.text);
      if (line.text.startsWith(start) && line.text.length > start.length && !line.element.closest("dt,th,label")) {
        found.push({ element: line.element, value: z.norm(line.text.slice(start.length)), field: false });
        continue;
      }
      const node = whole === wanted ? line.nodes[0] : line.nodes.find((one) => z.name(one.text) === wanted);
      if (!node) continue;
      let element = node.element;
      while (element.parentElement && !element.matches("td,th,dt,label") && z.name(z.text(element.parentElement, z.CONTROL)) === wanted) {
        element = element.parentElement;
      }
      if (z.name(z.text(element, z.CONTROL)) !== wanted) {
        // A name in a line of its own, with its value in the next line of the same block.
        const next = lines[at + 1];
        if (whole === wanted && next && element.contains(next.element)) found.push({ element, value: next.text, field: false });
        continue;
      }
      const beside = valueAfter(element);
      if (beside !== null) found.push({ element, ...beside });
    }
    const known = new Set();
    const shown = found.filter((one) => z.visible(one.element) && !known.has(one.element) && known.add(one.element));
    const texts = shown.filter((one) => !one.field);
    return texts.length ? texts : shown;
  };
  z.beside = ({ names }) => {
    const lines = everywhere();
    return names.map((name) => {
      const found = z.besides(z.name(name), lines).filter((one) => z.reachable(one.element));
      return { count: found.length, value: found[0]?.value ?? null };
    });
  };
}
