// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What is seen of a page, as a tree without any text of it: a text is its number among the given words, or DOTS. What
// is done with it: drawing.py.
(z) => {
  const DOTS = -1;
  const MOST = 3000; // parts
  const MOST_LOOKED = 20000; // nodes
  const MOST_ROWS = 10; // of one table or list
  const DEEPEST = 80;
  const LONGEST = 300; // letters of an element that may be one word
  const NEVER = new Set("script style template noscript head datalist title meta link base option optgroup param source track".split(" "));
  const IMAGES = "img,picture,svg,canvas,video,audio,object,embed,meter,progress,map,input[type=image],[role=img]";
  const EDITED = "textarea,[contenteditable=''],[contenteditable=true],[contenteditable=plaintext-only],[role=textbox],[role=searchbox],[role=spinbutton]";
  const BUTTON = "button,summary,[role=button],[role=tab],[role=menuitem],input[type=button],input[type=submit],input[type=reset]";
  const NAMED = new Set("p ul ol li dl dt dd table caption tr th td label fieldset legend hr br".split(" "));

  const unseen = (element) => {
    if (z.isContents(element)) return false;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return true;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (/hidden|clip/.test(style.overflowX + style.overflowY) && (box.width <= 1 || box.height <= 1)) return true;
    return box.width > 0 && box.right + scrollX <= 0;
  };
  const sized = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const kindOf = (element) => {
    const role = element.getAttribute("role");
    if (/^h[1-6]$/.test(element.localName) || role === "heading") return `h${Math.min(6, Math.max(1, z.level(element)))}`;
    if (element.matches(z.DIALOG)) return "dialog";
    if (element.matches("[role=alert],[role=alertdialog],[role=status]")) return "alert";
    if (element.matches(BUTTON)) return "button";
    if (element.localName === "a" || role === "link") return "link";
    if (element.matches("nav,[role=navigation],[role=menubar]")) return "nav";
    if (element.matches("[role=combobox],[role=listbox]")) return "choice";
    return NAMED.has(element.localName) ? element.localName : "part";
  };
  // How it lies: a word of ours, and for a grid the number of its columns.
  const layOf = (element) => {
    const style = getComputedStyle(element);
    const display = style.display;
    if (/^(inline-)?flex$/.test(display)) return [style.flexDirection.startsWith("column") ? "column" : "flex", 0];
    if (/^(inline-)?grid$/.test(display)) {
      return ["grid", Math.min(12, Math.max(1, style.gridTemplateColumns.split(" ").filter((one) => one !== "none").length))];
    }
    if (display === "table-row") return ["row", 0];
    if (display === "table-cell") return ["cell", 0];
    if (display === "table" || display === "inline-table") return ["table", 0];
    if (/^table-(row|header|footer)-group$/.test(display)) return ["group", 0];
    if (/^inline-/.test(display)) return ["inblock", 0];
    return [/^(inline|contents|ruby)/.test(display) ? "inline" : "block", 0];
  };

  // argument: the words, and the elements of frames that are drawn too.
  z.drawing = ({ words, frames }) => {
    const known = new Map();
    words.forEach((one, at) => known.has(z.name(one)) || known.set(z.name(one), at));
    const numberOf = (text) => known.get(text) ?? known.get(text.replace(/\d+/g, "#")) ?? DOTS;
    const textOf = (text) => {
      const name = z.name(text);
      return name ? numberOf(name) : null;
    };
    let parts = 0;
    let looked = 0;
    let cut = false;
    const full = () => (parts >= MOST || looked >= MOST_LOOKED) && (cut = true);

    const leaf = (kind, text = null) => ({ kind, lay: "inblock", columns: 0, parts: text === null ? [] : [text] });
    const imageName = (element) => {
      const found = textOf(z.imageName(element));
      return found === DOTS ? null : found;
    };
    const field = (element) => {
      const input = element.localName === "input" || element.localName === "textarea";
      const value = input ? element.value : z.norm(element.textContent);
      if (value) return leaf("field", DOTS);
      return leaf("field", input ? textOf(element.getAttribute("placeholder")) : null);
    };
    const choice = (element) => {
      const those = element.multiple || element.size > 1 ? [...element.options].slice(0, 20) : [...element.selectedOptions];
      return { ...leaf("choice"), parts: those.map((one) => textOf(one.label || one.text)).filter((one) => one !== null) };
    };
    const control = (element) => {
      const kind = element.localName === "input" ? element.type : "";
      if (element.localName === "iframe" || element.localName === "frame") return { ...leaf("frame"), frame: frames.indexOf(element) };
      if (element.matches(IMAGES)) return leaf("image", imageName(element));
      if (kind === "checkbox" || kind === "radio") return leaf("box");
      if (kind === "button" || kind === "submit" || kind === "reset") return leaf("button", textOf(z.contentName(element)));
      if (kind || element.localName === "input" || element.matches(EDITED)) return field(element);
      return element.localName === "select" ? choice(element) : null;
    };
    // An element whose whole text is a word of the map, maybe in several pieces.
    const asOne = (element) => {
      if (!element.firstElementChild || element.textContent.length > LONGEST) return DOTS;
      if (element.querySelector("input,select,textarea,iframe,[contenteditable]")) return DOTS;
      const text = z.name(z.text(element));
      return text ? numberOf(text) : DOTS;
    };

    const put = (into, one) => {
      // How many texts a name has is not told.
      if (one === DOTS && into.at(-1) === DOTS) return;
      parts += 1;
      into.push(one);
    };
    const walk = (node, into, deep) => {
      if (full() || (looked += 1) > MOST_LOOKED) return;
      if (node.nodeType === 3) {
        const text = textOf(node.data);
        if (text !== null) put(into, text);
        return;
      }
      if (node.nodeType !== 1 || NEVER.has(node.localName) || unseen(node)) return;
      if (node.localName === "input" && node.type === "hidden") return;
      const whole = control(node);
      if (whole) return void (z.isContents(node) || !sized(node) || put(into, whole));
      const kind = kindOf(node);
      const [lay, columns] = layOf(node);
      const here = { kind, lay, columns, parts: [] };
      const one = asOne(node);
      if (one !== DOTS) put(here.parts, one);
      else if (deep >= DEEPEST) put(here.parts, DOTS);
      else {
        let rows = 0;
        for (const child of z.children(node)) {
          const row = child.nodeType === 1 && child.matches("tr,li,article,[role=row],[role=listitem],[role=option]");
          if (row && (rows += 1) > MOST_ROWS) {
            put(here.parts, leaf("more"));
            break;
          }
          walk(child, here.parts, deep + 1);
        }
      }
      if (!here.parts.length) {
        const controls = /^(button|link|choice)$/.test(kind);
        const name = controls ? textOf(z.contentName(node)) : null;
        if (name !== null) put(here.parts, name);
        // A closed shadow root cannot be read.
        else if (node.localName.includes("-") && !node.shadowRoot && sized(node)) return put(into, leaf("closed"));
        else if (!controls && !/^(hr|br|td|th)$/.test(kind)) return;
      }
      // A part that only holds one part is that part.
      const [only] = here.parts;
      if (kind === "part" && here.parts.length === 1 && (typeof only === "number" ? lay === "inline" : lay === "block" && only.lay === "block")) {
        return put(into, only);
      }
      put(into, here);
    };
    const found = [];
    walk(document.body ?? document.documentElement, found, 0);
    if (cut) found.push(leaf("more"));
    return found;
  };
}
