// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Tables by the titles of their columns; lists that draw only the rows in sight are scrolled through.
(z) => {
  const MOST_ROWS = 100000;
  const LONGEST_WAIT = 60000;
  const TABLE = "table,[role=table],[role=grid],[role=treegrid]";
  const CELL = "[role=cell],[role=gridcell],[role=columnheader],[role=rowheader],td,th";

  const native = (table) => table.localName === "table" && !table.querySelector(":scope [role=row]");
  const rowsOf = (table) => {
    const all = native(table) ? [...table.rows] : z.deep(table, "[role=row],tr").filter((one) => z.near(z.parent(one), TABLE) === table);
    return all.slice(0, MOST_ROWS + 1);
  };
  const cellsOf = (row) => (row.localName === "tr" && !row.querySelector("[role=gridcell],[role=cell]") ? [...row.cells]
    : z.deep(row, CELL).filter((one) => z.near(z.parent(one), "[role=row],tr") === row));
  const title = (cell) => z.name(z.bare(z.ariaName(cell) || z.text(cell, "input,select,textarea")));
  // Without buttons, unless a button is all there is.
  z.cellText = (cell) => {
    if (!cell.firstElementChild && !cell.shadowRoot) return z.norm(cell.textContent);
    const text = z.text(cell, z.CONTROL);
    if (text) return text;
    const field = cell.querySelector("select,input:not([type=hidden]),textarea");
    return field && !/^(checkbox|radio)$/.test(field.type) ? z.fieldText(field) : z.text(cell);
  };
  // The place of a cell: by aria-colindex, else counted with colspan.
  const places = (cells) => {
    let at = 0;
    return cells.map((cell) => {
      const own = Number(cell.getAttribute("aria-colindex"));
      const place = own > 0 ? own - 1 : at;
      at = place + (cell.colSpan || 1);
      return place;
    });
  };
  const heads = (cells) => cells.length > 0 && cells.every((one) => one.matches("th,[role=columnheader],thead *") || !z.cellText(one));
  const header = (rows) => rows.slice(0, 10).filter((row) => row.closest("thead") || heads(cellsOf(row)));
  // {row, places} of the header that has each of these titles exactly once, or null.
  const headerWith = (table, titles) => {
    for (const row of header(rowsOf(table))) {
      const cells = cellsOf(row).filter(z.isDrawn);
      const names = cells.map(title);
      const at = places(cells);
      if (titles.every((one) => names.filter((name) => name === one).length === 1)) {
        return { row, places: titles.map((one) => at[names.indexOf(one)]) };
      }
    }
    return null;
  };
  z.columns = (table) => header(rowsOf(table)).flatMap((row) => cellsOf(row).filter(z.isDrawn).map(title)).filter(Boolean);
  const headOf = (table) => {
    const heads = z.once("heads", () => new Map());
    if (!heads.has(table)) heads.set(table, header(rowsOf(table)));
    return heads.get(table);
  };
  z.isData = (table) => headOf(table).length > 0;
  // Whether an element lies in a row of data (not in a table that only lays out a form).
  z.inData = (element) => {
    const row = z.near(element, "tr,[role=row]");
    const table = row && z.near(row, TABLE);
    return Boolean(table) && z.isData(table) && !headOf(table).includes(row);
  };

  const captionOf = (table) => {
    const caption = table.localName === "table" ? table.caption : null;
    return z.ariaName(table) || (caption ? z.name(z.text(caption)) : "") || z.attribute(table, "title");
  };
  const headingBefore = (table) => {
    const all = [...table.getRootNode().querySelectorAll(z.HEADING)].filter(
      (one) => table.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING && z.visible(one));
    return all.length ? z.contentName(all.at(-1)) : "";
  };
  // By caption, label, or the heading before it; a heading also names the tables of its whole section. "": all of them.
  z.tables = (target) => {
    const wanted = z.name(target.name);
    const all = z.deep(document, TABLE).filter((one) => !z.near(z.parent(one), TABLE) || z.isData(one));
    if (!wanted) return all;
    if (target.kind !== "heading") return all.filter((one) => captionOf(one) === wanted || headingBefore(one) === wanted);
    const sections = z.deep(document, z.HEADING).filter((one) => z.contentName(one) === wanted && z.visible(one)).map(z.sectionOf);
    return all.filter((one) => captionOf(one) === wanted || sections.some((has) => has(one)));
  };
  const shownTables = (target, titles) => {
    const insides = target.inside === null ? null : z.insides(target.inside);
    return z.tables(target).filter((one) => (!insides || insides.some((has) => has(one))) && z.visible(one) && z.reachable(one))
      .map((table) => ({ table, head: headerWith(table, titles) })).filter((one) => one.head);
  };

  // Rows ---------------------------------------------------------------------------------------------------------------
  // {index, texts, cells} of each row of data that is drawn now.
  const drawn = (table, titles) => {
    const head = headerWith(table, titles);
    if (!head) return [];
    const carried = new Map();
    const made = [];
    for (const row of rowsOf(table)) {
      if (row === head.row || row.closest("thead,tfoot") || !z.isDrawn(row)) continue;
      const cells = cellsOf(row);
      if (!cells.length || heads(cells)) continue;
      // A cell across the whole row is a message or the name of a group.
      if (cells.length === 1 && head.places.length > 1 && (cells[0].colSpan || 1) > 1) continue;
      const at = new Map();
      let place = 0;
      for (const cell of cells) {
        while (carried.get(place)?.left > 0) at.set(place, carried.get(place++).cell);
        const own = Number(cell.getAttribute("aria-colindex"));
        if (own > 0) place = own - 1;
        for (let span = Math.min(cell.colSpan || 1, 1000); span > 0; span--, place++) {
          at.set(place, cell);
          if (cell.rowSpan > 1) carried.set(place, { cell, left: cell.rowSpan });
        }
      }
      while (carried.get(place)?.left > 0) at.set(place, carried.get(place++).cell);
      for (const one of carried.values()) one.left--;
      const used = head.places.map((one) => at.get(one) ?? null);
      const texts = used.map((one) => (one ? z.cellText(one) : ""));
      if (texts.every((one) => !one)) continue;
      made.push({ index: Number(row.getAttribute("aria-rowindex")) || null, texts, cells: used, row });
    }
    return made;
  };
  const scroller = (table) => {
    for (let one = rowsOf(table).at(-1) ?? table; one; one = z.parent(one)) {
      if (one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)) return one;
    }
    return document.scrollingElement;
  };
  // Whether rows may be missing: the table says that it has more, leaves room for them, or scrolls by itself.
  const mayHaveMore = (table, rows, box) => {
    const said = Number(table.getAttribute("aria-rowcount"));
    if (said === -1 || said > rowsOf(table).length) return true;
    if (box !== document.scrollingElement) return true;
    return rowsOf(table).some((row) => !z.norm(row.textContent) && row.getBoundingClientRect().height > 100);
  };
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  // Calls `each` with what is drawn at every place of the list; false ends it.
  const through = async (table, titles, each) => {
    const box = scroller(table);
    const first = drawn(table, titles);
    if (!mayHaveMore(table, first, box)) return void each(first, null);
    const until = performance.now() + LONGEST_WAIT;
    const start = box.scrollTop;
    const signs = () => drawn(table, titles).map((one) => one.index ?? one.texts.join("\t")).join("\n");
    let quiet = 0;
    box.scrollTop = 0;
    await pause(40);
    for (let moved = -1; performance.now() < until;) {
      const rows = drawn(table, titles);
      if (each(rows, box.scrollTop) === false) return;
      const before = rows.map((one) => one.index ?? one.texts.join("\t")).join("\n");
      moved = box.scrollTop;
      box.scrollTop += Math.max(20, Math.floor(box.clientHeight * 0.7));
      if (box.scrollTop !== moved) {
        quiet = 0;
        await pause(16);
        // A list that draws later than it scrolls is given time, as long as nothing changed.
        for (let turn = 0; turn < 2 && signs() === before; turn++) await pause(16);
      } else {
        // The end, unless more comes when its end is seen.
        if (++quiet > 3) { box.scrollTop = start; return; }
        await pause(60);
      }
    }
    throw new z.Limit("a list that does not end");
  };
  const busy = (table) => z.near(table, "[aria-busy=true]") !== null || z.deep(table, "[aria-busy=true]").length > 0;
  // {tables, rows, whole}: of this frame. whole: false when rows are missing for certain.
  z.rows = async ({ target, columns }) => {
    const titles = columns.map(z.name);
    const found = shownTables(target, titles);
    if (found.length !== 1 || busy(found[0].table)) return { tables: found.length === 1 ? 0 : found.length, rows: [], whole: true };
    const { table } = found[0];
    const byIndex = new Map();
    const byTexts = new Map();
    const order = [];
    await through(table, titles, (rows) => {
      const here = new Map();
      for (const one of rows) {
        if (one.index !== null) {
          if (!byIndex.has(one.index)) order.push(one);
          byIndex.set(one.index, one);
          continue;
        }
        const key = JSON.stringify(one.texts);
        here.set(key, (here.get(key) ?? 0) + 1);
        // The same words twice are two rows only where both are seen at once.
        if (here.get(key) > (byTexts.get(key) ?? 0)) {
          byTexts.set(key, here.get(key));
          order.push(one);
        }
      }
      if (order.length > MOST_ROWS) throw new z.Limit("more than 100,000 rows");
    });
    const indexes = [...byIndex.keys()].sort((a, b) => a - b);
    const said = Number(table.getAttribute("aria-rowcount"));
    const whole = !(said > 0 && order.length + header(rowsOf(table)).length < said) &&
      (!indexes.length || indexes.at(-1) - indexes[0] + 1 === indexes.length);
    if (indexes.length === order.length) order.sort((a, b) => a.index - b.index);
    return { tables: 1, rows: order.map((one) => one.texts), whole };
  };
  // The link in one column of the one row whose cell in another is this value; it is kept.
  z.rowLink = async ({ target, column, value, link }) => {
    const titles = [...new Set([z.name(column), z.name(link)])];
    const found = shownTables(target, titles);
    if (found.length !== 1 || busy(found[0].table)) return { tables: found.length === 1 ? 0 : found.length, rows: 0, links: 0 };
    const { table } = found[0];
    const wanted = z.norm(value);
    const seen = new Map();
    const fits = (one) => Boolean(wanted) && one.texts[0] === wanted;
    await through(table, titles, (rows, top) => {
      const here = new Map();
      for (const one of rows.filter(fits)) {
        // By all that it says: a namesake far away, who is never drawn together with this one, is another row.
        const words = z.norm(one.row.textContent);
        here.set(words, (here.get(words) ?? 0) + 1);
        const key = one.index ?? `${words} ${here.get(words)}`;
        if (!seen.has(key)) seen.set(key, top);
      }
    });
    if (seen.size !== 1) return { tables: 1, rows: seen.size, links: 0 };
    const top = [...seen.values()][0];
    let rows = drawn(table, titles).filter(fits);
    // A list that draws only what is in sight: the row may be gone, or its element be another row now.
    for (let turn = 0; top !== null && !rows.length && turn < 20; turn++) {
      scroller(table).scrollTop = top;
      await pause(30);
      rows = drawn(table, titles).filter(fits);
    }
    const cell = rows.length === 1 ? rows[0].cells.at(-1) : null;
    const links = cell ? z.deep(cell, "a,button,[role=link],[role=button]").filter((one) => z.visible(one) && z.reachable(one) && !z.disabled(one)) : [];
    z.keep(links[0] ?? null);
    return { tables: 1, rows: rows.length, links: links.length };
  };
}
