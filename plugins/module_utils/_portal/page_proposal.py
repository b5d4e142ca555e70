# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A draft of a page map: the names on the first page, on each page of its menu, and on each page to which a link there
leads. Never a value, a row or a choice that may be a person; a person completes the draft with the portal open beside
it. No button is pressed, and nothing is downloaded."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .._browser import fingerprint
from .._browser.fingerprint import Seen
from .._browser.names import PageMap, Step, Target
from .._browser.window import Part, Window
from .._common.errors import ZorgidError
from .._common.libraries import needs
from .export_form import export_form
from .model import ATTRIBUTES
from .page_looks import ENDS, Values

with needs("PyYAML>=6.0"):
    import yaml

#: Most pages that are opened.
MOST_PAGES = 40
#: Fields whose choices are words of a portal. Those of other fields may be people.
_WORDED = frozenset({"rol", "status", "identificatie", "soort document", "type document"})
#: Further words that end a session; a draft has no complete map yet.
_LEAVES = ("uitlog", "log uit", "afmeld", "log out", "logout", "sign out")
_MENUS = frozenset({"menu", "menuitem"})
#: Words of a portal. A link or a heading without one of them may be somebody's name, so it is neither opened nor told.
_OURS = re.compile(
    r"\b(?:accounts?|activiteiten|administrators?|alle|apparaat|apparaten|autorisaties|beheer|beheerders?|collega|csv|"
    r"details?|download(?:en|s)?|excel|export|exporteren|gebruikers?|gegevens|identificatie|leden|lid|lijst|log|logboek|"
    r"medewerkers?|nieuwe?|organisaties?|overzicht|personeel|personen|persoon|registreren|registratie|rol|rollen|status|"
    r"telefoons?|toestel(?:len)?|toevoegen|zoeken|aanmaken|aanmelden|inschrijven|instellingen|volgende|vorige|xlsx|"
    r"add|all|create|devices?|employees?|list|members?|new|next|previous|register|roles?|search|settings|users?)\b"
)
#: Parts of words: a file, which is left alone; a change that some portals make with a link.
_FILES = ("export", "download", "csv", "xlsx", "excel", "pdf")
_CHANGES = (
    "verwijder", "intrek", "blokk", "koppel", "uitnodig", "verstuur", "verzend", "reset", "herstel", "activeer",
    "delete", "remove", "revoke", "block", "unlink", "invite", "send", "bevestig", "confirm", "accept", "wissel",
)  # fmt: skip


class Page(NamedTuple):
    """A page of the draft. way: from the page after the login. headings, links, files: names on it. left_out: how many
    links and headings are not told. code: why it could not be opened."""

    way: tuple[Target, ...]
    parts: tuple[Seen, ...] = ()
    headings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    left_out: int = 0
    code: str = ""


def look_around(window: Window, page_map: PageMap, session: Values) -> list[Page]:
    """The present page, each page of its menu, and each page to which a link of one of these leads. Errors: those that
    end the session."""
    return _Around(window, page_map, session).look()


class _Around:
    def __init__(self, window: Window, page_map: PageMap, session: Values) -> None:
        self._window, self._hidden = window, fingerprint.hidden_of(session)
        self._known = fingerprint.names_of(page_map)
        self._own = {fingerprint.normalised(value) for value in session.values() if value}
        self._leaving = {fingerprint.normalised(step.target.name) for step in page_map.login.leave}

    def look(self) -> list[Page]:
        outline = self._window.outline(self._known)
        pages = [self._page((), outline)]
        tried: set[str] = set()
        for name in self._names(outline, _MENUS):
            tried.add(fingerprint.normalised(name))
            pages.append(self._opened((Target("menu", name),)))
        # The first page last: no click leads back to it, and its links often stand on a page of the menu, too.
        for page in (*pages[1:], pages[0]):
            for name in page.links:
                if fingerprint.normalised(name) not in tried and len(pages) < MOST_PAGES and not _changes(name):
                    tried.add(fingerprint.normalised(name))
                    pages.append(self._opened((*page.way, Target("link", name))))
        return pages

    def _opened(self, way: tuple[Target, ...]) -> Page:
        try:
            self._window.walk([Step(target) for target in way], {})
            # A page that is called as the link to it has no person's name there.
            outline = self._window.outline([*self._known, *(target.name for target in way)])
        except ZorgidError as error:
            # What a link wanted to send was not sent, and the next one may lead to a page.
            if error.code in ENDS and error.code != "page_request_refused":
                raise
            return Page(way, code=error.code)
        return self._page(way, outline)

    def _page(self, way: tuple[Target, ...], outline: Sequence[Part]) -> Page:
        sure = {fingerprint.normalised(name) for name in (*self._known, *(target.name for target in way))}
        sure |= {fingerprint.normalised(name) for name in self._names(outline, _MENUS)}
        headings, links, files = (self._names(outline, {role}) for role in ("heading", "link", "download"))
        ours = [[one for one in names if _is_ours(one, sure)] for names in (headings, links)]
        files += [one for one in ours[1] if _has(one, _FILES)]
        return Page(
            way,
            fingerprint.page_of([outline], _WORDED, self._hidden),
            tuple(ours[0]),
            tuple(one for one in ours[1] if one not in files),
            tuple(one for one in dict.fromkeys(files) if _is_ours(one, sure)),
            len(headings) + len(links) - len(ours[0]) - len(ours[1]),
        )

    def _names(self, outline: Sequence[Part], roles: Collection[str]) -> list[str]:
        """The names of these, without those that end the session or are a person's."""
        found: dict[str, str] = {}
        for part in outline:
            name = fingerprint.normalised(part.name)
            if part.role.lower() not in roles or not name or name in self._own or name in self._leaving:
                continue
            text = " ".join(part.name.split())
            if not _has(name, _LEAVES) and fingerprint.shown(text, self._hidden) == text:
                found.setdefault(name, text)
        return list(found.values())


def _is_ours(name: str, sure: Collection[str]) -> bool:
    return fingerprint.normalised(name) in sure or bool(_OURS.search(name.casefold()))


def _has(name: str, parts: Sequence[str]) -> bool:
    return any(part in name.casefold() for part in parts)


def _changes(name: str) -> bool:
    return _has(name, _CHANGES)


def draft(pages: Sequence[Page]) -> str:
    """YAML to copy from: the parts of a map that these pages have. Every name is compared whole."""
    proposals = [_proposal(page) for page in pages]
    head = (
        "# A draft by gbz.zorgid.portal_map: the names on the portal's pages, and no value of a person.\n"
        "# Copy what is needed into the page map (docs/page_map.md), and read each name on the page itself.\n"
        "# `with: FILL_IN` is a field whose meaning nobody knows yet; our fields are in docs/page_map.md.\n"
        "# `table`: candidates for list.table; `click`: for export.click, not downloaded; `links`: further ways.\n"
        "# `left_out`: links and headings that may be somebody's name; read these on the page.\n"
    )
    return head + yaml.safe_dump({"pages": proposals}, allow_unicode=True, sort_keys=False, width=120)


def _proposal(page: Page) -> Mapping[str, Any]:
    way = [{target.kind: target.name} for target in page.way]
    proposal: dict[str, Any] = {"open": way or "the first page after the login"}
    if page.code:
        return {**proposal, "not_opened": page.code}
    ours = {portals: own for own, portals in ATTRIBUTES.items()}
    known = {fingerprint.normalised(title): ours.get(name, name) for title, name in export_form().columns.items()}
    fields = [_field(part, known) for part in page.parts if part.what == "field"]
    columns = {
        part.name: known.get(fingerprint.normalised(part.name), "FILL_IN")
        for part in page.parts
        if part.what == "column"
    }
    buttons = [{"button": part.name} for part in page.parts if part.what == "button"]
    headings = [{"heading": name} for name in page.headings]
    named: dict[str, Any] = {
        "table" if columns else "headings": headings,
        "columns": columns,
        "fill": fields,
        "buttons": buttons,
        "click": [{"link": name} for name in page.files],
        "links": [{"link": name} for name in page.links],
        "left_out": page.left_out,
    }
    return proposal | {name: value for name, value in named.items() if value}


def _field(part: Seen, known: Mapping[str, str]) -> Mapping[str, Any]:
    ours = known.get(fingerprint.normalised(part.name), "FILL_IN")
    # A map writes the family name with its prefix into one field.
    field: dict[str, Any] = {"field": part.name, "with": "family_name" if ours == "last_name" else ours}
    if part.required:
        field["required"] = True
    return field | ({"choices": list(part.choices)} if part.choices else {})
