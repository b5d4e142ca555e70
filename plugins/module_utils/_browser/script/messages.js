// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Remembers which messages and dialogs were shown since `forget`, also when they vanished: in this document's memory only.
(z) => {
  const MOST = 200;
  const AT_ONCE = 500;
  let seen = [];
  let waiting = new Set();
  let timer = null;
  const watched = new WeakSet();

  let old = new WeakMap();
  const remember = (kind, names, urgent) => {
    for (const name of names) {
      if (name && seen.length < MOST && !seen.some((one) => one.kind === kind && one.name === name && one.urgent === urgent)) {
        seen.push({ kind, name, urgent });
      }
    }
  };
  const BOTH = `${z.ALERT},${z.DIALOG}`;
  // While a page is parsed, changes come by the thousand: they are not watched, but all of it is looked at from time to time.
  const isParsed = () => document.readyState !== "loading";
  let whole = false;
  const look = () => {
    clearTimeout(timer);
    timer = null;
    if (whole) {
      if (isParsed()) observe(document);
      for (const root of document.documentElement ? z.roots(document.documentElement) : []) {
        if (root !== document.documentElement) watch(root);
        for (const one of root.querySelectorAll(BOTH)) if (waiting.size <= AT_ONCE) waiting.add(one);
      }
      whole = !isParsed();
      if (whole) soon(100);
    }
    const elements = waiting;
    waiting = new Set();
    for (const one of elements) {
      if (z.isSpared(one)) z.drawAll();
      if (!z.visible(one)) continue;
      if (one.matches(z.ALERT)) remember("alert", z.alertNames(one).map((name) => name.slice(0, 500)), one.matches(z.URGENT) && !z.isOld(one));
      if (one.matches(z.DIALOG)) remember("dialog", [z.dialogName(one)], false);
    }
  };
  const later = () => {
    try { look(); } catch { /* a page beyond every bound: the next call says so */ }
  };
  const soon = (milliseconds) => {
    timer ??= setTimeout(later, milliseconds);
  };
  const note = (element, added) => {
    if (waiting.size > AT_ONCE) return;
    for (let one = element; one; one = z.parent(one)) if (one.matches(BOTH)) waiting.add(one);
    for (const one of [...element.querySelectorAll(BOTH)].slice(0, 50)) waiting.add(one);
    if (added) for (const one of [element, ...element.querySelectorAll("*")]) if (one.shadowRoot) watch(one.shadowRoot);
    if (waiting.size) soon(10);
  };
  const observer = new MutationObserver((changes) => {
    const touched = new Map();
    for (const change of changes) {
      for (const one of change.addedNodes) touched.set(one.nodeType === 1 ? one : one.parentElement, true);
      const target = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      if (change.type !== "childList" && !touched.has(target)) touched.set(target, false);
      if (touched.size > AT_ONCE) break;
    }
    for (const [one, added] of touched) if (one?.isConnected) note(one, added);
  });
  const observe = (root) => {
    if (watched.has(root)) return false;
    watched.add(root);
    observer.observe(root, {
      subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ["role", "hidden", "open", "class", "style", "aria-hidden", "aria-live"],
    });
    return true;
  };
  const watch = (root) => {
    if (!observe(root)) return;
    for (const one of root.querySelectorAll(BOTH)) note(one, false);
  };
  if (isParsed()) watch(document);
  else {
    whole = true;
    soon(100);
    document.addEventListener("DOMContentLoaded", () => {
      observe(document); // what is there already is found with all the rest
      clearTimeout(timer);
      timer = null;
      soon(10);
    }, { capture: true, once: true });
  }

  z.isOld = (element) => old.get(element) === z.text(element);
  z.forget = () => {
    look();
    seen = [];
    old = new WeakMap(z.deep(document, z.ALERT).filter(z.visible).map((one) => [one, z.text(one)]));
    return null;
  };
  z.wasShown = (target) => {
    look();
    const wanted = z.name(target.name);
    return seen.some((one) => one.kind === target.kind && (wanted === "*" ? one.urgent : one.name === wanted));
  };
}
