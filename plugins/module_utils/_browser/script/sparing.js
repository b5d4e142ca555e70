// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// On a page that follows a change only the first rows of a long table are drawn until somebody needs the others: to lay out
// a list of a thousand people takes longer than all else, and only a message and a link are looked for. Only a look that
// says `sparing` may find them before all rows are drawn, and not if they could be in a row that is not.
(z) => {
  const FIRST = 50;
  // Milliseconds; until then the page has been left.
  const LONGEST = 2000;
  // Milliseconds for rows that fade in.
  const MOVES = 600;
  const REST = `tbody > tr:nth-child(n + ${FIRST + 1})`;
  // What a row shows of these is written in it. Of anything else it is not known.
  const WRITTEN = new Set(["heading", "link", "button", "menu", "dialog", "alert", "line"]);
  // What is seen elsewhere than it is written, or lies over all of the page.
  const ODD = "iframe,object,embed,dialog,input[role],[aria-labelledby],[aria-modal],[role=dialog],[role=alertdialog]";
  const NAMES = ["aria-label", "title", "alt", "value"];
  const SAID = NAMES.map((name) => `[${name}]`).join(",");
  let sheet = null;
  let timer = null;
  // For a document that begins.
  z.spare = () => {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(`${REST} { display: none }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    timer = setTimeout(z.drawAll, LONGEST);
  };
  // Whether that changed anything.
  z.drawAll = () => {
    if (!sheet) return false;
    const old = sheet;
    sheet = null;
    clearTimeout(timer);
    changes.disconnect();
    old.replaceSync(""); // the page may have given it to a shadow root, too
    document.adoptedStyleSheets = [...document.adoptedStyleSheets].filter((one) => one !== old);
    return document.querySelector(REST) !== null;
  };
  // The same, until rows that fade in or move are where they stay; what turns for ever is not waited for.
  z.drawn = async () => {
    if (!z.drawAll()) return false;
    z.begin(); // what was found out before may not hold any more
    const late = new Promise((done) => setTimeout(done, MOVES));
    const moves = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    await Promise.race([late, Promise.allSettled(moves.map((one) => one.finished))]);
    return true;
  };
  z.isSpared = (element) => sheet !== null && z.near(element, REST) !== null;
  // The same of one of many: not for each of a thousand links of a list it has to be found out what it is called. False
  // also for what lies deeper; that is looked at.
  const rest = () => z.once("rest", () => new Set(document.querySelectorAll(REST)));
  z.isInSparedRow = (element) => sheet !== null && rest().has(element.closest("tr"));

  // All that is written in the rows that are not drawn; null: not all of it can be seen. Kept until the page changes.
  let kept;
  const changes = new MutationObserver(() => (kept = undefined));
  const written = () => {
    if (kept === undefined || changes.takeRecords().length) kept = read();
    return kept;
  };
  const read = () => {
    changes.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    const texts = [...document.querySelectorAll(REST)].map((row) => row.textContent);
    // Looked for everywhere first: few elements have any of these, and a selector for those in the rows takes long.
    for (const one of document.querySelectorAll(`${ODD},${SAID}`)) {
      if (!one.closest(REST)) continue;
      if (one.matches(ODD)) return null;
      texts.push(...NAMES.map((name) => one.getAttribute(name) ?? ""));
    }
    const plain = texts.join("\n");
    if (!/[^\n\r\t -~]/.test(plain)) return plain;
    // As it stands, too: a sign of the next cell may become one with the last letter.
    return texts.flatMap((text) => [text, text.normalize("NFKC")]).join("\n").replace(/[\p{Cf}\u034f]/gu, "");
  };
  // Whether a row that is not drawn could have it: the longest word of its name stands there.
  z.mayBeSpared = (target) => {
    if (!sheet || !document.querySelector(REST)) return false;
    if (target.inside !== null || !WRITTEN.has(target.kind)) return true;
    if (z.roots(document).some((root) => root.host && z.isSpared(root.host))) return true;
    const rest = written();
    if (rest === null) return true;
    if (target.kind === "alert" && target.name === "*") return z.deep(document, z.ALERT).some(z.isSpared);
    const words = z.name(target.name).match(/[\p{L}\p{N}]+/gu) ?? [];
    return !words.length || rest.includes(words.reduce((one, other) => (other.length > one.length ? other : one)));
  };
  // The same of a line, all of which stands there.
  z.lineMayBeSpared = (text) => {
    if (!sheet || !document.querySelector(REST)) return false;
    if (z.roots(document).some((root) => root.host && z.isSpared(root.host))) return true;
    const rest = written();
    return rest === null || squeezed(rest).includes(squeezed(text));
  };
  const squeezed = (text) => text.normalize("NFKC").replace(/[\p{Cf}\u034f]/gu, "").replace(/[\p{Pd}\u2212\u2043]/gu, "-").replace(/\s+/gu, "");
}
