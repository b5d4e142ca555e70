# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the parts of a page map: things on a page, steps and fields."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from typing import Final, cast

from .map_nodes import Node, Notes, nearest, shown
from .names import Fill, Kind, ListPage, Step, Target, When
from .written_days import EXPECTED, is_form

DATES: Final = ("date_of_birth", "document_expires", "checked_at")
#: our fields that may be typed or chosen
PERSON: Final = (
    "id", "external_id", "first_name", "family_name", "date_of_birth", "email", "uzi_number", "role_code", "agb_code",
    "role", "document", "document_expires", "checked_at",
)  # fmt: skip
ORGANISATION: Final = ("organisation", "ura")
CLICKS: Final = ("link", "button", "menu")
SIGNS: Final = ("heading", "dialog", "alert", "line", "beside")
_CHOICES: Final = ("always", "wid", "self")
_TYPED: Final = ("dd-mm-jjjj", "dd-mm-yyyy", "ddmmjjjj", "ddmmyyyy", "yyyy-mm-dd", "jjjj-mm-dd", "yyyymmdd", "jjjjmmdd")
_BRACES = re.compile(r"\{([^{}]*)\}")


def template(notes: Notes, node: Node, what: str, known: Collection[str], needed: Collection[str] = ()) -> str:
    """A line of text with ``{...}`` of these names; the needed ones have to be in it."""
    text = notes.text(node, what)
    found = _BRACES.findall(text)
    for name in found:
        if name not in known:
            notes.wrong(node.line, f"{what} has the placeholder {{{name}}}{nearest(name, known)}")
    if text and re.search(r"[{}]", _BRACES.sub("", text)):
        notes.wrong(node.line, f"{what} has a brace without its other half")
    for name in needed:
        if text and name not in found:
            notes.wrong(node.line, f"{what} needs the placeholder {{{name}}}")
    return text


def target(
    notes: Notes, node: Node, what: str, kinds: Sequence[str], more: Sequence[str] = (), *, fields: Sequence[str] = ()
) -> Target:
    """One thing of a page. kinds: those that are possible here. more: further keys of the node, which the caller reads.
    fields: our fields that may stand in the name as placeholders."""
    known = notes.mapping(node, what, (*kinds, "in", *more))
    there = [kind for kind in kinds if kind in known]
    if len(there) != 1:
        if node.keys is not None:
            notes.wrong(node.line, f"{what} needs exactly one of {', '.join(kinds)}")
        return Target("heading", "")
    (kind,) = there
    inside = notes.text(known["in"], f"in of {what}") if "in" in known else None
    if kind == "beside":
        name, value = _beside(notes, known[kind], what)
        return Target("beside", name, inside, value)
    label = f"{kind} of {what}"
    name = (
        template(notes, known[kind], label, fields) if kind in ("heading", "line") else notes.text(known[kind], label)
    )
    if "*" in name and kind == "alert" and name != "*":
        notes.wrong(known[kind].line, f'{label} is compared whole; only "*" alone means any')
    return Target(cast(Kind, "button" if kind == "press" else kind), name, inside)


def _beside(notes: Notes, node: Node, what: str) -> tuple[str, str]:
    found = notes.pairs(node, f"beside of {what}")
    if node.keys is not None and len(found) != 1:
        notes.wrong(node.line, f"beside of {what} needs exactly one name and its value")
    for name, value in found.items():
        return name, notes.text(value, f"{shown(name)} in beside of {what}")
    return "", ""


def targets(notes: Notes, node: Node | None, what: str, kinds: Sequence[str] = SIGNS) -> tuple[Target, ...]:
    if node is None:
        return ()
    return tuple(target(notes, one, what, kinds) for one in notes.items(node, what))


def step(notes: Notes, node: Node, what: str, listed: ListPage | None) -> Step:
    """One click. listed: the list, for rows."""
    columns = listed.columns if listed else {}
    options = ("tab", "sends")
    if node.keys is not None and "row" in node.keys:
        known = notes.mapping(node, what, ("row", "click", "in", *options), ("click",))
        field = notes.text(known["row"], f"row of {what}")
        title = next((title for title, name in columns.items() if name == field), None)
        if field and title is None:
            notes.wrong(node.line, f"row of {what} has to be a field of list.columns, and {shown(field)} is not one")
        click = notes.text(known["click"], f"click of {what}") if "click" in known else ""
        inside = notes.text(known["in"], f"in of {what}") if "in" in known else None
        found, row = Target("link", click, inside, title), field
    else:
        found, row = target(notes, node, what, (*CLICKS, "press"), ("row", *options)), ""
        known = node.keys or {}
    if "tab" in known:
        notes.one_of(known["tab"], f"tab of {what}", ("new",))
    made = Step(found, row or None, "tab" in known, notes.flag(known.get("sends"), f"sends of {what}"))
    return dataclasses.replace(made, following=listed.next, total=listed.total) if row and listed else made


def steps(notes: Notes, node: Node | None, what: str, listed: ListPage | None = None) -> tuple[Step, ...]:
    if node is None:
        return ()
    return tuple(step(notes, one, what, listed) for one in notes.items(node, what))


def items(notes: Notes, node: Node | None, what: str, sources: Sequence[str] = PERSON) -> tuple[Fill | Step, ...]:
    """Fields, and clicks between them."""
    if node is None:
        return ()
    found: list[Fill | Step] = []
    for one in notes.items(node, what):
        is_click = one.keys is not None and "field" not in one.keys and not {"press", *CLICKS}.isdisjoint(one.keys)
        found.append(step(notes, one, what, None) if is_click else _fill(notes, one, what, sources))
    return tuple(found)


def _fill(notes: Notes, node: Node, what: str, sources: Sequence[str]) -> Fill:
    known = notes.mapping(node, what, ("field", "with", "choose", "when", "as", "keys", "in"), ("field",))
    if "field" not in known:
        return Fill(Target("field", ""))
    name = template(notes, known["field"], f"field of {what}", (*PERSON, *ORGANISATION))
    what = f"field {shown(name)}" if name else what
    inside = notes.text(known["in"], f"in of {what}") if "in" in known else None
    source = notes.one_of(known["with"], f"with of {what}", sources) if "with" in known else None
    if ("with" in known) == ("choose" in known):
        notes.wrong(node.line, f"{what} needs either with or choose")
    choices: dict[str, str] = {}
    if "choose" in known:
        chosen = notes.mapping(known["choose"], f"choose of {what}", _CHOICES)
        choices = {ours: notes.text(one, f"{ours} of {what}") for ours, one in chosen.items()}
        if known["choose"].keys is not None and set(choices) not in ({"always"}, {"wid"}, {"self"}, {"wid", "self"}):
            notes.wrong(known["choose"].line, f"choose of {what} needs always alone, or wid, self or both")
    when = notes.one_of(known["when"], f"when of {what}", _CHOICES) if "when" in known else "always"
    parts: tuple[str, ...] = ()
    if "as" in known:
        parts = tuple(notes.text(one, f"as of {what}") for one in notes.items(known["as"], f"as of {what}"))
        if len(parts) != 3 or len(set(parts)) != 3:
            notes.wrong(known["as"].line, f"as of {what} needs the names of three boxes: day, month, year")
    keys = notes.one_of(known["keys"], f"keys of {what}", _TYPED) if "keys" in known else None
    if (parts or keys) and source not in DATES:
        notes.wrong(node.line, f"as and keys are for dates only ({', '.join(DATES)}), not for {what}")
    if parts and keys:
        notes.wrong(node.line, f"{what} has as and keys; one of them is enough")
    return Fill(Target("field", name, inside), source or None, choices, cast(When, when or "always"), parts, keys)


def day_form(notes: Notes, node: Node | None, what: str) -> str:
    """The form of the days on a page or in a file."""
    if node is None:
        return "yyyy-mm-dd"
    found = notes.text(node, what)
    if found and not is_form(found):
        notes.wrong(node.line, f"{what} has to be {EXPECTED}")
    return found
