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
  // While a page is parsed, changes come by the thousand: all of it is looked at together a moment later.
  let whole = false;
  const look = () => {
    clearTimeout(timer);
    timer = null;
    if (whole && document.documentElement) {
      for (const root of z.roots(document.documentElement)) {
        if (root !== document.documentElement) watch(root);
        for (const one of root.querySelectorAll(BOTH)) if (waiting.size <= AT_ONCE) waiting.add(one);
      }
      whole = false;
    }
    const elements = waiting;
    waiting = new Set();
    for (const one of elements) {
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
    if (document.readyState === "loading") {
      whole = true;
      soon(100);
      return;
    }
    const touched = new Map();
    for (const change of changes) {
      for (const one of change.addedNodes) touched.set(one.nodeType === 1 ? one : one.parentElement, true);
      const target = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      if (change.type !== "childList" && !touched.has(target)) touched.set(target, false);
      if (touched.size > AT_ONCE) break;
    }
    for (const [one, added] of touched) if (one?.isConnected) note(one, added);
  });
  const watch = (root) => {
    if (watched.has(root)) return;
    watched.add(root);
    observer.observe(root, {
      subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ["role", "hidden", "open", "class", "style", "aria-hidden", "aria-live"],
    });
    for (const one of root.querySelectorAll(BOTH)) note(one, false);
  };
  watch(document);

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
