// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown, and which visible things have a name. Whole names only; the caller counts over all frames.
(z) => {
  const HEADING = "h1,h2,h3,h4,h5,h6,[role=heading]";
  const MENU = "nav,[role=navigation],[role=menubar],[role=menu],[role=tablist]";
  const ITEM = "a,button,summary,[role=link],[role=button],[role=menuitem],[role=tab]";
  const DIALOG = "dialog[open],[role=dialog],[role=alertdialog]";
  const ALERT =
    "[role=alert],[role=status],[role=alertdialog],output,[aria-live=assertive],[aria-live=polite],[class*=toast i],[class*=snackbar i]";
  // What "*" means: something went wrong. Not each status of a list, and not what stood there before.
  const URGENT = "[role=alert],[role=alertdialog],[aria-live=assertive]";
  const IMAGE = "img,svg,canvas,[role=img],input[type=image]";
  const SECTION = "section,article,aside,main,nav,dialog,[role=region],[role=dialog],[role=alertdialog],[role=main],[role=tabpanel]";
  const GROUP =
    "fieldset,details,form,section,article,aside,nav,[role=navigation],[role=group],[role=radiogroup],[role=region],[role=form],[role=dialog]," +
    "[role=alertdialog],[role=tabpanel],dialog[open],[role=rowgroup]";
  const BUTTON = "button,summary,input[type=button],input[type=submit],input[type=reset],input[type=image],[role=button],[role=tab]";
  Object.assign(z, { HEADING, MENU, DIALOG, ALERT, URGENT });

  // Visible ------------------------------------------------------------------------------------------------------------
  const sized = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.height > 1) return true;
    // Around something that floats or is placed an element itself may have no height.
    return box.width + box.height > 1 && [...element.children].slice(0, 20).some((one) => {
      const inner = one.getBoundingClientRect();
      return inner.width > 1 && inner.height > 1;
    });
  };
  z.visible = (element) => {
    if (!element.isConnected || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (!sized(element)) return false;
    const box = element.getBoundingClientRect();
    let scrolled = false;
    for (let one = element; one; one = z.parent(one)) {
      if (one.getAttribute("aria-hidden") === "true" || one.inert) return false;
      if (one === element || one === document.body || one === document.documentElement) continue;
      const style = getComputedStyle(one);
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) scrolled = true;
      if (/hidden|clip/.test(style.overflowX + style.overflowY) && style.display !== "contents") {
        const outer = one.getBoundingClientRect();
        if (outer.width <= 1 || outer.height <= 1) return false;
      }
    }
    return scrolled || (box.right + scrollX > 0 && box.bottom + scrollY > 0);
  };
  // A box that is drawn by its label is shown when the label is.
  const fieldVisible = (element) => {
    if (element.type === "radio" || element.type === "checkbox") {
      return z.visible(element) || z.labelsOf(element).some(z.visible);
    }
    return z.visible(element);
  };
  const modals = () => z.once("modals", () => {
    const open = z.deep(document, "dialog:modal,[aria-modal=true]").filter((one) => one.matches("dialog:modal") || (one.matches(DIALOG) && z.visible(one)));
    if (open.length < 2) return open;
    const inner = open.filter((one) => !open.some((other) => other !== one && z.inTree(other, one)));
    const top = inner.filter((one) => {
      const box = one.getBoundingClientRect();
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return hit && (z.inTree(hit, one) || z.inTree(one, hit));
    });
    return top.length ? top : inner;
  });
  // Whether no modal dialog lies over it.
  z.reachable = (element) => {
    const open = modals();
    return !open.length || open.some((one) => z.inTree(element, one));
  };
  z.disabled = (element) => element.matches(":disabled") || z.near(element, "[aria-disabled=true]") !== null;

  // Inside -------------------------------------------------------------------------------------------------------------
  z.level = (heading) => Number(heading.getAttribute("aria-level") ?? heading.localName.slice(1)) || 2;
  const lifted = (element, root) => {
    let one = element;
    while (one && one.getRootNode() !== root) one = one.getRootNode().host;
    return one;
  };
  const follows = (first, second) => Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);
  // What follows a heading until the next one of its level or above, within its section.
  z.sectionOf = (heading) => {
    const root = heading.getRootNode();
    const around = heading.parentElement?.closest(SECTION);
    const next = [...(around ?? root).querySelectorAll(HEADING)].find(
      (one) => follows(heading, one) && z.level(one) <= z.level(heading) && z.visible(one));
    return (element) => {
      const one = lifted(element, root);
      return Boolean(one) && (heading.contains(one) || (follows(heading, one) && (!around || around.contains(one)) &&
        (!next || (!next.contains(one) && follows(one, next)))));
    };
  };
  z.insides = (name) => {
    const wanted = z.name(name);
    const groups = z.deep(document, GROUP).filter((one) => dialogName(one) === wanted || z.legendName(one) === wanted);
    const headings = called(HEADING, z.contentNames, wanted);
    const rows = z.deep(document, "tbody").filter((one) => {
      const first = one.rows[0];
      return first && first.cells.length === 1 && z.name(z.text(first)) === wanted;
    });
    return [
      ...[...groups, ...rows].filter(z.visible).map((one) => (element) => element !== one && z.inTree(element, one)),
      ...headings.filter(z.visible).map(z.sectionOf),
    ];
  };
  // For the caller: whether this frame is shown, and lies inside the thing of that name.
  z.frame = ([element, inside]) => {
    if (inside !== null || z.isSpared(element)) z.drawAll();
    return {
      shown: z.visible(element) && z.reachable(element),
      inside: inside !== null && (z.legendName(element) === z.name(inside) || z.insides(inside).some((has) => has(element))),
    };
  };

  // Kinds --------------------------------------------------------------------------------------------------------------
  const dialogName = (one) => {
    if (!one.matches(DIALOG)) return "";
    const heading = z.deep(one, HEADING).find(z.isDrawn);
    return z.ariaName(one) || (heading ? z.contentName(heading) : "") || z.attribute(one, "title");
  };
  z.dialogName = dialogName;
  const plain = (one, role) => !one.hasAttribute("role") || one.getAttribute("role") === role;
  // An alert is known by its whole text without buttons, or by one of its lines.
  z.alertNames = (one) => [z.name(z.text(one, z.CONTROL)), ...z.linesIn(one).map((line) => z.name(line.text))].filter(Boolean);
  z.usable = (one) => fieldVisible(one) && z.reachable(one);
  const called = (selector, names, wanted) => z.deep(document, selector).filter((one) => !z.isInSparedRow(one) && names(one).includes(wanted));
  const urgent = (one) => one.matches(URGENT) && !z.isOld(one);
  z.fields = () => z.once("fields", () => {
    const seen = new Set();
    return z.deep(document, z.FIELD).filter((one) => {
      if (one.type !== "radio") return true;
      const first = z.radios(one)[0];
      return first === one && !seen.has(first) && seen.add(first);
    });
  });
  const kinds = {
    heading: (wanted) => called(HEADING, z.contentNames, wanted),
    link: (wanted) => called("a,[role=link]", z.contentNames, wanted).filter((one) => plain(one, "link")),
    button: (wanted) => called(BUTTON, z.contentNames, wanted).filter((one) => plain(one, "button") || plain(one, "tab")),
    menu: (wanted) => called(ITEM, z.contentNames, wanted).filter((one) => z.near(one, MENU)),
    dialog: (wanted) => called(DIALOG, (one) => [dialogName(one)], wanted),
    alert: (wanted) => z.deep(document, ALERT).filter((one) => (wanted === "*" ? urgent(one) && z.alertNames(one).length : z.alertNames(one).includes(wanted))),
    image: (wanted) => called(IMAGE, (one) => [z.imageName(one)], wanted),
    field: (wanted) => z.fields().filter((one) => z.fieldNames(one).includes(wanted)),
    table: (wanted) => z.tables({ kind: "table", name: wanted }),
    below: (wanted) => z.linesOf(wanted).flatMap(z.imagesBelow),
    line: (wanted) => z.linesOf(wanted),
    native: () => [],
    beside: (wanted) => z.besides(wanted).map((one) => one.element),
  };
  const PRESSED = new Set(["link", "button", "menu", "field"]);
  // {hits, off}: what is there; off: how many more are there but disabled.
  z.find = (target) => {
    const wanted = z.name(target.name);
    let found = wanted ? kinds[target.kind](wanted) : [];
    if (target.kind === "beside" && target.value !== null) {
      found = z.besides(wanted).filter((one) => one.value === z.norm(target.value)).map((one) => one.element);
    }
    if (target.inside !== null) {
      const insides = z.insides(target.inside);
      found = found.filter((one) => insides.some((has) => has(one)));
    }
    // A message and a line are seen under a dialog, too, and so is a dialog under another.
    const over = ["alert", "dialog", "line"].includes(target.kind);
    const shown = target.kind === "field" ? fieldVisible : z.visible;
    found = [...new Set(found)].filter((one) => shown(one) && (over || z.reachable(one)));
    const off = PRESSED.has(target.kind) ? found.filter(z.disabled) : [];
    return { hits: found.filter((one) => !off.includes(one)), off: off.length };
  };
  const sameButCapitals = (target) => {
    const wanted = z.name(target.name).toLowerCase();
    const selector = { heading: HEADING, link: "a,[role=link]", button: BUTTON, menu: ITEM }[target.kind];
    return Boolean(selector) && z.deep(document, selector).some((one) => z.contentName(one).toLowerCase() === wanted && z.visible(one));
  };
  // Counts, for the caller; keep: the one that was found can be asked for with `kept`. past: also what was shown before.
  let kept = null;
  // aim: where to press the one that was found, too.
  z.count = async ({ targets, keep, past, aim }) => {
    if (targets.some(z.mayBeSpared)) await z.drawn();
    const counts = () => targets.map((target) => counted(target, keep, past));
    let found = counts();
    if (keep && found.some((one) => !one.count) && (await z.drawn())) found = counts();
    if (aim) for (const one of found) one.at = one.count === 1 ? await z.aim() : null;
    return found;
  };
  const counted = (target, keep, past) => {
    const { hits, off } = z.find(target);
    if (keep) kept = hits[0] ?? null;
    const was = past && z.wasShown(target);
    return { count: hits.length, off, was, capitals: !hits.length && !off && Boolean(keep) && sameButCapitals(target) };
  };
  z.keep = (element) => (kept = element);
  z.kept = () => kept;
}
