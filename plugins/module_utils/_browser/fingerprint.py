# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a portal's pages looked like when a person checked the map, to see that they still do. Pure.

A page is remembered by the names of its fields, choices, buttons and columns: never a value, a row, a heading, a link
or a line, in which the portal shows people. Names of the session and of the person whose page it is are replaced
before they are stored or shown, and so are mail addresses and numbers.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .._common.errors import ZorgidError
from .._common.text import printable
from .names import Fill, PageMap, Target
from .window import Part, Versions

#: Most parts of a page, choices of a field, and letters of a name; more is no page of a form.
MOST_PARTS, MOST_CHOICES, MOST_LETTERS = 400, 200, 120
#: Most differences that an error names; the others are counted.
MOST_NAMED = 8

What = Literal["field", "button", "column"]
#: Roles that are neither a field nor a button nor a column. Every other role counts as a field.
_PASSED = frozenset({
    "heading", "link", "menu", "menubar", "menuitem", "dialog", "alertdialog", "alert", "status", "img", "image",
    "navigation", "tab", "tablist", "table", "grid", "row", "cell", "main", "banner", "region", "form", "group", "line",
    "frame", "download",
})  # fmt: skip
_SPACES = re.compile(r"\s+")
_ADDRESS = re.compile(r"\S*@\S*")
_DIGITS = re.compile(r"\d+")
#: Shorter values are not replaced: they are parts of too many words.
_SHORTEST = 3


class Seen(NamedTuple):
    """A part of a page as it is remembered. choices: only of a field for which the map has words: others may be people.
    always: False if it was on some of the pages of this name only, such as a button for one state of a phone."""

    what: What
    name: str
    required: bool = False
    choices: tuple[str, ...] = ()
    always: bool = True


Pages = Mapping[str, Sequence[Seen]]


@dataclass(frozen=True)
class Remembered:
    """The pages on the way of a map. digest: of the map. pages: role of the session (our word) -> name of the page
    (``places.py``) -> parts. versions: the pair of Playwright and browser that passed the self-test. on: the day."""

    digest: str
    versions: Versions
    on: str
    pages: Mapping[str, Pages]


class Difference(NamedTuple):
    """What a page shows otherwise than when it was remembered. of: the field of a choice. was: the name before, of a
    renamed one. stops: whether nothing may be changed."""

    kind: Literal["new", "missing", "renamed", "required", "optional"]
    what: Literal["field", "choice", "button", "column"]
    name: str
    was: str = ""
    of: str = ""
    stops: bool = True

    @property
    def sentence(self) -> str:
        thing = f"{self.what} '{self.name}'" + (f" of '{self.of}'" if self.of else "")
        if self.kind == "renamed":
            return f"{self.what} '{self.was}'" + (f" of '{self.of}'" if self.of else "") + f" is now '{self.name}'"
        if self.kind in ("required", "optional"):
            return f"{thing} is {self.kind} now"
        return f"{self.kind} {thing}"


def worded(page_map: PageMap) -> frozenset[str]:
    """The fields whose choices are words of the map, and so nobody's data; normalised."""
    ways = page_map.changes.values()
    fills = [item for way in ways for item in way.items if isinstance(item, Fill)]
    return frozenset(
        normalised(fill.field.name) for fill in fills if fill.choices or fill.source in ("role", "document")
    )


def filled(page_map: PageMap) -> frozenset[str]:
    """All fields that the map fills in; normalised."""
    ways = page_map.changes.values()
    return frozenset(normalised(item.field.name) for way in ways for item in way.items if isinstance(item, Fill))


def names_of(page_map: PageMap) -> list[str]:
    """All that the map calls by its name: things on the pages, columns, choices, words."""
    found: dict[str, None] = {}

    def look(value: object) -> None:
        if isinstance(value, Target):
            found.update(dict.fromkeys(one for one in (value.name, value.inside, value.value) if one))
        elif isinstance(value, Fill):
            look(value.field)
            found.update(dict.fromkeys((*value.choices.values(), *value.parts)))
        elif isinstance(value, tuple):
            for one in value:
                look(one)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                one = getattr(value, field.name)
                if field.name in ("columns", "beside"):
                    found.update(dict.fromkeys(one))
                look(one)

    look(page_map)
    look(tuple(page_map.changes.values()))
    for words in page_map.words.values():
        found.update(dict.fromkeys(words))
    return [name for name in found if not set(name) & set("{}*")]


#: Fields of a person, and of a session, whose values are left out. Words such as a role are the same for many people.
_PRIVATE = ("person", "organisation", "ura", "id", "external_id", "first_name", "last_name", "family_name", "email")


def hidden_of(*values: Mapping[str, str]) -> dict[str, str]:
    """The values to leave out, by what is written instead: of the session (``person, organisation, ura``), and of the
    person whose page it is."""
    return {f"{{{name}}}": one[name] for one in values for name in _PRIVATE if one.get(name)}


def page_of(outlines: Sequence[Sequence[Part]], words: frozenset[str], hidden: Mapping[str, str]) -> tuple[Seen, ...]:
    """One page, of what was seen of it: once, or for several people. hidden: as ``hidden_of``."""
    return merged_page([list(_parts(outline, words, hidden)) for outline in outlines])


def merged_page(read: Sequence[Sequence[Seen]]) -> tuple[Seen, ...]:
    """One page, of what was seen of it for several people."""
    found: dict[tuple[str, str, int], list[Seen]] = {}
    for parts in read:
        for key, part in _numbered(parts):
            found.setdefault(key, []).append(part)
    merged = []
    for those in found.values():
        choices = dict.fromkeys(choice for one in those for choice in one.choices)
        always = len(those) == len(read)
        merged.append(
            those[0]._replace(required=any(one.required for one in those), choices=tuple(choices), always=always)
        )
    return tuple(merged)


def compare(
    page: Sequence[Seen],
    outline: Sequence[Part],
    *,
    words: frozenset[str],
    mapped: frozenset[str],
    hidden: Mapping[str, str],
) -> list[Difference]:
    """``words`` and ``mapped``: ``worded`` and ``filled`` of the map. A new field stops if it is required; a missing
    one if it was required or the map fills it in. A choice, button or column that is new, missing or renamed always
    stops. What does not stop is told."""
    return compared(page, list(_parts(outline, words, hidden)), mapped)


def compared(page: Sequence[Seen], parts: Sequence[Seen], mapped: frozenset[str]) -> list[Difference]:
    """As ``compare``, with parts that are ready to be remembered."""
    before = dict(_numbered(page))
    now = dict(_numbered(parts))
    differences = list(_renamed_and_others(before, now, mapped))
    for key, old in before.items():
        if (new := now.get(key)) is None:
            continue
        if new.required != old.required:
            differences.append(
                Difference("required" if new.required else "optional", old.what, old.name, stops=new.required)
            )
        differences += _of_choices(old, new)
    return differences


def demand_same(differences: Sequence[Difference], place: str) -> list[str]:
    """The sentences of what differs and does not stop. Error: ``portal_pages_differ``, which names all that does."""
    stopping = [one.sentence for one in differences if one.stops]
    if stopping:
        rest = len(stopping) - MOST_NAMED
        raise ZorgidError(
            "portal_pages_differ",
            f"The portal's page '{place}' is not as it was when it was remembered, so nothing is changed",
            expected="the fields, choices, buttons and columns of the day on which a person checked the map",
            found="; ".join(stopping[:MOST_NAMED]) + (f"; and {rest} more" if rest > 0 else ""),
            action="look at the page in the portal, correct the map if it needs it, then let portal_map check and "
            "remember the pages again",
        )
    return [one.sentence for one in differences]


def normalised(name: str) -> str:
    """A name for comparison, as the finder in the page does it: NFKC, without soft hyphens, marks and case."""
    text = unicodedata.normalize("NFKC", name).replace("\u00ad", "")
    text = re.sub(r"[\u2010-\u2015]", "-", text)
    text = re.sub(r"\((niet )?verplicht\)|[*:]", " ", text, flags=re.IGNORECASE)
    return _SPACES.sub(" ", text).strip().casefold()


# --------------------------------------------------------------------------------------------------------------------


def _parts(outline: Sequence[Part], words: frozenset[str], hidden: Mapping[str, str]) -> Iterator[Seen]:
    if len(outline) > MOST_PARTS:
        raise ZorgidError(
            "portal_pages_differ",
            "The portal's page has too many fields, buttons and columns to be compared",
            expected=f"at most {MOST_PARTS}",
            found=f"{len(outline):,}",
            action="look at the page in the portal, and correct the way in the map",
        )
    for part in outline:
        what = kind_of(part)
        if what is None:
            continue
        choices: tuple[str, ...] = ()
        if what == "field" and normalised(part.name) in words:
            choices = tuple(dict.fromkeys(shown(one, hidden) for one in part.choices[:MOST_CHOICES]))
        yield Seen(what, shown(part.name, hidden), part.required and what == "field", choices)


def kind_of(part: Part) -> What | None:
    """None for what is not remembered."""
    role = part.role.lower()
    if role in _PASSED or not part.name.strip():
        return None
    return "column" if role in ("column", "columnheader") else "button" if role == "button" else "field"


def shown(name: str, hidden: Mapping[str, str]) -> str:
    """A name as it is remembered: without what is hidden, addresses and digits."""
    text = printable(_SPACES.sub(" ", unicodedata.normalize("NFKC", name).replace("\u00ad", "")), MOST_LETTERS)
    # The longest first: a family name may be a part of an organisation's name.
    for instead, value in sorted(hidden.items(), key=lambda pair: -len(pair[1])):
        value = _SPACES.sub(" ", unicodedata.normalize("NFKC", value)).strip()
        if len(value) >= _SHORTEST:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", instead, text, flags=re.IGNORECASE)
    return _DIGITS.sub("#", _ADDRESS.sub("{address}", text)).strip()


def _numbered(parts: Sequence[Seen] | Iterator[Seen]) -> Iterator[tuple[tuple[str, str, int], Seen]]:
    """Each part with its kind, its name and its number among those of that name: a page may have two 'Opslaan'."""
    counts: dict[tuple[str, str], int] = {}
    for part in parts:
        key = (part.what, normalised(part.name))
        counts[key] = counts.get(key, 0) + 1
        yield (*key, counts[key]), part


def _renamed_and_others(
    before: Mapping[tuple[str, str, int], Seen], now: Mapping[tuple[str, str, int], Seen], mapped: frozenset[str]
) -> Iterator[Difference]:
    """Missing and new parts; two of the same kind that stand at the same place are one renamed part."""
    old, new = list(before), list(now)
    renamed: set[tuple[str, str, int]] = set()
    for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "replace" or end - start != last - first:
            continue
        for was, key in zip(old[start:end], new[first:last], strict=True):
            if was[0] == key[0] and was not in now and key not in before and before[was].always:
                renamed |= {was, key}
                part, became = before[was], now[key]
                stops = part.what != "field" or part.required or became.required or was[1] in mapped
                yield Difference("renamed", part.what, became.name, was=part.name, stops=stops)
    for key, part in before.items():
        if key not in now and key not in renamed and part.always:
            stops = part.what != "field" or part.required or key[1] in mapped
            yield Difference("missing", part.what, part.name, stops=stops)
    for key, part in now.items():
        if key not in before and key not in renamed:
            yield Difference("new", part.what, part.name, stops=part.what != "field" or part.required)


def _of_choices(old: Seen, new: Seen) -> Iterator[Difference]:
    if not old.choices and not new.choices:
        return
    was = {normalised(one): one for one in old.choices}
    have = {normalised(one): one for one in new.choices}
    gone = [name for name in was if name not in have] if old.always else []
    come = [name for name in have if name not in was]
    if len(gone) == len(come) == 1:
        yield Difference("renamed", "choice", have[come[0]], was=was[gone[0]], of=old.name)
        return
    yield from (Difference("missing", "choice", was[name], of=old.name) for name in gone)
    yield from (Difference("new", "choice", have[name], of=old.name) for name in come)
