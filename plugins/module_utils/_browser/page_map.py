# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a page map. Error: ``page_map_invalid``, with every mistake of the file and its line (docs/page_map.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast, get_args

from .._common.errors import ZorgidError
from .._common.text import printable
from . import map_sense
from .map_nodes import Node, Notes, load, shown
from .map_parts import (
    CLICKS,
    ORGANISATION,
    PERSON,
    day_form,
    items,
    steps,
    target,
    targets,
    template,
)
from .names import ChangeKind, ExportPage, Here, ListPage, LoginPage, OnePage, PageMap, Target, Way

MAX_LINES: Final = 60
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "role": ("employee", "operator", "administrator"),
    "device": ("none", "invited", "active", "blocked", "revoked"),
    "document": ("passport", "identity_card", "driving_licence"),
}
#: our fields that a list or an export may show
COLUMNS: Final = (
    "id", "external_id", "first_name", "last_name", "date_of_birth", "email", "role", "device", "uzi_number",
    "role_code", "agb_code",
)  # fmt: skip
ENCODINGS: Final = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")
_WAY: Final = ("open", "one", "only_when", "fill", "last", "confirm", "done", "refused", "person")
_TOP: Final = ("map", "portal", "words", "login", "here", "list", "export", "one", "changes")


def read_map(path: str | Path, *, begun: bool = False) -> PageMap:
    """The page map of this file. Nothing of it is a template or code; names are data. begun: it may have neither list
    nor export, because it is being written."""
    file = Path(path)
    notes = Notes(lambda found: _invalid(file, found))
    node, data = load(file, notes, lines=MAX_LINES)
    top = notes.mapping(node, "the map", _TOP, ("map", "portal", "words", "login", "here"))
    if "map" in top:
        notes.one_of(top["map"], "map (the version of the format)", ("1",))
    start, hosts, seen, seen_by = _portal(notes, top.get("portal"))
    listed = _list(notes, top.get("list"))
    found = PageMap(
        path=str(file),
        digest=hashlib.sha256(data).hexdigest(),
        start=start,
        hosts=hosts,
        seen=seen,
        seen_by=seen_by,
        words=_words(notes, top.get("words")),
        login=_login(notes, top.get("login")),
        here=_here(notes, top.get("here")),
        list=listed,
        export=_export(notes, top.get("export"), listed),
        one=_one(notes, top.get("one"), listed),
        changes=_changes(notes, top.get("changes"), listed),
    )
    map_sense.check(notes, found, node, begun=begun)
    notes.check()
    return found


def _invalid(file: Path, found: str) -> ZorgidError:
    return ZorgidError(
        "page_map_invalid",
        f"The page map {printable(file.name, 100)} cannot be used",
        expected=f"a YAML file of at most {MAX_LINES} lines, as docs/page_map.md describes",
        found=found,
        action="correct the page map with the portal's pages beside it; nothing was opened or changed",
    )


def _portal(notes: Notes, node: Node | None) -> tuple[str, tuple[str, ...], str, str]:
    if node is None:
        return "", (), "", ""
    names = ("start", "hosts", "seen", "seen_by")
    known = notes.mapping(node, "portal", names, names)
    hosts = notes.items(known["hosts"], "portal.hosts") if "hosts" in known else ()
    start, seen, seen_by = (
        notes.text(known[name], f"portal.{name}") if name in known else "" for name in ("start", "seen", "seen_by")
    )
    return start, tuple(notes.text(one, "portal.hosts") for one in hosts), seen, seen_by


def _words(notes: Notes, node: Node | None) -> dict[str, dict[str, str]]:
    known = notes.mapping(node, "words", tuple(WORDS), ("role", "device")) if node else {}
    found: dict[str, dict[str, str]] = {}
    for kind, one in known.items():
        found[kind] = {}
        folded: dict[str, str] = {}
        for word, ours in notes.pairs(one, f"words.{kind}").items():
            own = notes.one_of(ours, f"{shown(word)} in words.{kind}", WORDS[kind])
            # The state of a phone is only read, so a portal may have two words for one; the others are also chosen.
            if own and kind != "device" and own in found[kind].values():
                notes.wrong(one.lines[word], f"words.{kind} has two words for {own}, and one of them has to be chosen")
            if (twin := folded.setdefault(word.casefold(), word)) != word:
                notes.wrong(one.lines[word], f"{shown(word)} and {shown(twin)} in words.{kind} are the same word")
            found[kind][word] = own
    return found


def _login(notes: Notes, node: Node | None) -> LoginPage:
    names = ("page", "qr", "over", "leave")
    known = notes.mapping(node, "login", names, names) if node else {}
    page = target(notes, known["page"], "login.page", ("heading", "line", "button")) if "page" in known else _NOTHING
    code = target(notes, known["qr"], "login.qr", ("image", "below")) if "qr" in known else _NOTHING
    over = targets(notes, known.get("over"), "login.over")
    return LoginPage(page, code, over, steps(notes, known.get("leave"), "login.leave"))


_NOTHING: Final = Target("heading", "")


def _here(notes: Notes, node: Node | None) -> Here:
    known = (
        notes.mapping(node, "here", ("organisation", "person", "switch"), ("organisation", "person")) if node else {}
    )
    lines = []
    for name in ("organisation", "person"):
        what = f"here.{name}"
        inner = notes.mapping(known[name], what, ("line",), ("line",)) if name in known else {}
        known_here = ("ura", "id", "role", "organisation")
        line = template(notes, inner["line"], f"line of {what}", known_here) if inner else ""
        ways = ("{ura}", "{organisation}") if name == "organisation" else ("{id}",)
        if line and not any(way in line for way in ways):
            notes.wrong(known[name].line, f"line of {what} needs the placeholder {' or '.join(ways)}")
        lines.append(line)
    return Here(lines[0], lines[1], items(notes, known.get("switch"), "here.switch", ORGANISATION))


def _columns(notes: Notes, node: Node | None, what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for title, one in (notes.pairs(node, what) if node else {}).items():
        field = notes.one_of(one, f"{shown(title)} in {what}", COLUMNS)
        if field and field in found.values():
            notes.wrong(one.line, f"{what} has two columns for {field}")
        if field:
            found[title] = field
    return found


def _list(notes: Notes, node: Node | None) -> ListPage | None:
    if node is None:
        return None
    known = notes.mapping(
        node, "list", ("open", "table", "columns", "next", "total", "date"), ("open", "table", "columns")
    )
    total = None
    if "total" in known:
        inner = notes.mapping(known["total"], "list.total", ("line",), ("line",))
        if inner:
            total = template(notes, inner["line"], "line of list.total", ("from", "to", "total"), ("total",))
    return ListPage(
        open=steps(notes, known.get("open"), "list.open"),
        table=target(notes, known["table"], "list.table", ("heading", "table")) if "table" in known else _NOTHING,
        columns=_columns(notes, known.get("columns"), "list.columns"),
        next=target(notes, known["next"], "list.next", ("link", "button")) if "next" in known else None,
        total=total,
        date=day_form(notes, known.get("date"), "list.date"),
    )


def _export(notes: Notes, node: Node | None, listed: ListPage | None) -> ExportPage | None:
    if node is None:
        return None
    names = ("open", "click", "ready", "date", "fresh", "columns", "encoding")
    known = notes.mapping(node, "export", names, ("open", "click", "columns"))
    return ExportPage(
        open=steps(notes, known.get("open"), "export.open", listed),
        click=target(notes, known["click"], "export.click", CLICKS) if "click" in known else _NOTHING,
        columns=_columns(notes, known.get("columns"), "export.columns"),
        date=day_form(notes, known.get("date"), "export.date"),
        fresh=notes.flag(known.get("fresh"), "export.fresh", default=True),
        ready=target(notes, known["ready"], "export.ready", ("link", "button")) if "ready" in known else None,
        encoding=notes.one_of(known["encoding"], "export.encoding", ENCODINGS) if "encoding" in known else None,
    )


def _one(notes: Notes, node: Node | None, listed: ListPage | None) -> OnePage | None:
    if node is None:
        return None
    known = notes.mapping(node, "one", ("open", "same", "date"), ("open", "same"))
    same, beside = _NOTHING, {}
    if "same" in known:
        same = target(notes, known["same"], "one.same", ("heading", "line"), ("beside",), fields=PERSON)
        inner = (known["same"].keys or {}).get("beside")
        for name, one in (notes.pairs(inner, "beside of one.same") if inner else {}).items():
            beside[name] = notes.one_of(one, f"{shown(name)} in beside of one.same", PERSON)
    date = day_form(notes, known.get("date"), "one.date")
    return OnePage(steps(notes, known.get("open"), "one.open", listed), same, beside, date)


def _changes(notes: Notes, node: Node | None, listed: ListPage | None) -> dict[ChangeKind, Way]:
    known = notes.mapping(node, "changes", get_args(ChangeKind)) if node else {}
    return {cast(ChangeKind, kind): _way(notes, one, f"changes.{kind}", listed) for kind, one in known.items()}


def _way(notes: Notes, node: Node, what: str, listed: ListPage | None) -> Way:
    known = notes.mapping(node, what, _WAY, ("last", "done"))
    only_when = notes.items(known["only_when"], f"only_when of {what}") if "only_when" in known else ()
    confirm = ("native", "button", "link")
    return Way(
        open=steps(notes, known.get("open"), f"open of {what}", listed),
        items=items(notes, known.get("fill"), f"fill of {what}"),
        last=target(notes, known["last"], f"last of {what}", CLICKS) if "last" in known else _NOTHING,
        one=notes.flag(known.get("one"), f"one of {what}"),
        confirm=target(notes, known["confirm"], f"confirm of {what}", confirm) if "confirm" in known else None,
        done=targets(notes, known.get("done"), f"done of {what}"),
        refused=targets(notes, known.get("refused"), f"refused of {what}"),
        person=targets(notes, known.get("person"), f"person of {what}"),
        only_when=tuple(notes.one_of(one, f"only_when of {what}", WORDS["device"]) for one in only_when),
    )
