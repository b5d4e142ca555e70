// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Where to press what was kept, and a guard: a press that would land on something else does nothing.
(z) => {
  const PRESS = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
  // Milliseconds; a page that draws nothing for so long, or a thing that keeps moving, is the caller's.
  const MOST_WAIT = 200;
  const MOST_FRAMES = 5;
  let aimed = null;

  const release = () => {
    aimed = null;
    for (const one of PRESS) removeEventListener(one, guard, true);
  };
  // The first event decides whether the others may go on: what was pressed may go away before the last one.
  const guard = (event) => {
    if (!aimed || !event.isTrusted) return;
    if (!aimed.missed && event.composedPath().includes(aimed.element)) {
      aimed.begun = true;
      if (event.type === "click") release();
      return;
    }
    if (aimed.begun) return;
    aimed.missed = true;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const watch = (element, begun) => {
    aimed = { element, missed: false, begun };
    for (const one of PRESS) addEventListener(one, guard, true);
  };
  const frame = () => new Promise((done) => {
    const late = setTimeout(() => done(false), MOST_WAIT);
    requestAnimationFrame(() => {
      clearTimeout(late);
      done(true);
    });
  });
  const middle = (element) => {
    const box = [...element.getClientRects()].find((one) => one.width > 1 && one.height > 1);
    return box ? { x: box.left + box.width / 2, y: box.top + box.height / 2 } : null;
  };
  const inSight = (at) => at.x >= 0 && at.y >= 0 && at.x < document.documentElement.clientWidth && at.y < innerHeight;
  const topAt = ({ x, y }) => {
    let hit = document.elementFromPoint(x, y);
    for (let inner = hit; inner?.shadowRoot && (inner = inner.shadowRoot.elementFromPoint(x, y)) && inner !== hit;) hit = inner;
    return hit;
  };
  // {x, y} in this frame, once the kept element stands still and nothing lies over it; null: not for certain.
  z.aim = async () => {
    const at = await aimAt(z.kept());
    if (!at && z.kept()) watch(z.kept(), true); // the caller presses it: only seen whether that is a click on it
    return at;
  };
  const aimAt = async (element) => {
    release();
    let at = element?.isConnected ? middle(element) : null;
    if (at && !inSight(at)) {
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      at = middle(element);
    }
    for (let turn = 0; at && turn < MOST_FRAMES; turn++) {
      const before = at;
      if (!(await frame()) || !element.isConnected) return null;
      at = middle(element);
      if (!at || at.x !== before.x || at.y !== before.y) continue;
      const hit = inSight(at) ? topAt(at) : null;
      if (!hit || !z.inTree(hit, element) || !z.visible(element) || z.disabled(element)) return null;
      watch(element, false);
      return at;
    }
    return null;
  };
  // Whether the last press was no click on what was aimed at.
  z.missed = () => aimed !== null;
}
