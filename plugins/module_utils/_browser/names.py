# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a page map: what a portal's pages are called, in the portal's own words. Data only.

Every name is compared whole, after both sides were normalised (``script/names.js``): never a part of a name, never the
first of several. Fields of people (``with`` in the file) have these names: ``id`` (the name that the portal shows),
``external_id, first_name, family_name`` (with its prefix), ``date_of_birth, email, uzi_number, role_code, agb_code,
role, document, document_expires, checked_at, organisation, ura``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

#: heading: h1-h6 or role=heading. line: a line of text, also a template. image: by alternative text. below: the image
#: under the line of that name. native: the browser's own confirm(), by its whole text. beside: a value beside a name.
Kind = Literal[
    "heading", "link", "button", "menu", "dialog", "alert", "line", "image", "below", "native", "beside", "field",
    "table",
]  # fmt: skip
#: the changes that a map may describe. update: the data of a person; role: the role of a member
ChangeKind = Literal["register", "update", "appoint", "role", "unlink", "block", "unblock", "revoke", "invite"]
#: which accounts a fill applies to
When = Literal["always", "wid", "self"]


@dataclass(frozen=True)
class Target:
    """One thing on a page. name: whole, or a template with ``{...}`` for a line or a heading; ``*`` for an alert: any.
    inside: the group, dialog, frame or section (a heading and what follows it) of this name. value: of ``beside``, what
    has to stand there."""

    kind: Kind
    name: str
    inside: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Step:
    """A click on the way to a page. row: the person's field that names the row of a table: ``target.value`` is the
    title of the column whose cell has to be equal to it (from ``list.columns``), ``target.name`` that of the column
    whose link is clicked, ``target.inside`` the table; following, total: ``list.next`` and ``list.total``, to look for
    the row on all pages. new_tab: it opens in another tab, which is the page from then on. sends: the click sends a
    POST of its own, which changes nothing of any account."""

    target: Target
    row: str | None = None
    new_tab: bool = False
    sends: bool = False
    following: Target | None = None
    total: str | None = None


@dataclass(frozen=True)
class Fill:
    """One field. source: the person's field; None with ``choices`` only. choices: our word -> the portal's choice
    (``always``: for everybody; ``wid``, ``self``: how the person is identified). parts: names of several boxes for a
    date: ``("dag", "maand", "jaar")``. keys: typed key by key in this form (``dd-mm-jjjj``), for masks. names: the
    values of the placeholders in the field's name, which no error tells."""

    field: Target
    source: str | None = None
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    when: When = "always"
    parts: tuple[str, ...] = ()
    keys: str | None = None
    names: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """The name of the field on the page."""
        text = self.field.name
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@dataclass(frozen=True)
class Way:
    """One kind of change. one: it starts on the page of the person (``PageMap.one``). items: fills, and presses between
    them, in order. last: the only click that changes anything. confirm: what the portal asks after it. done: signs that
    it went well, only a sign: the proof is the next reading. refused: signs that the portal refused. person: a question
    that only a person answers. only_when: states of the phone (ours)."""

    open: tuple[Step, ...]
    items: tuple[Fill | Step, ...]
    last: Target
    one: bool = False
    confirm: Target | None = None
    done: tuple[Target, ...] = ()
    refused: tuple[Target, ...] = ()
    person: tuple[Target, ...] = ()
    only_when: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListPage:
    """The list of members. columns: title -> our field. next: the link to the following page; None: there is one page.
    total: a line as ``{from}-{to} van {total}``. date: as in ``ExportPage``."""

    open: tuple[Step, ...]
    table: Target
    columns: Mapping[str, str]
    next: Target | None = None
    total: str | None = None
    date: str = "yyyy-mm-dd"


@dataclass(frozen=True)
class ExportPage:
    """The exported list. ready: the link that appears when the portal has made the file. date: ``yyyy-mm-dd`` or
    ``dd-mm-jjjj`` and the like. fresh: it shows a change at once. encoding: of a CSV, if it is not found by itself."""

    open: tuple[Step, ...]
    click: Target
    columns: Mapping[str, str]
    date: str = "yyyy-mm-dd"
    fresh: bool = True
    ready: Target | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class OnePage:
    """The page of one person. same: has to be on the page before anything is clicked; beside: name -> our field. date:
    as in ``ExportPage`` (``written_days.day_of`` reads it)."""

    open: tuple[Step, ...]
    same: Target
    beside: Mapping[str, str]
    date: str = "yyyy-mm-dd"


@dataclass(frozen=True)
class LoginPage:
    """page: the login page. qr: the picture to scan. over: signs that the session ends or ended. leave: logging out."""

    page: Target
    qr: Target
    over: tuple[Target, ...]
    leave: tuple[Step, ...]


@dataclass(frozen=True)
class Here:
    """Lines that say where and who: templates with ``{ura}``, ``{id}``, ``{role}`` (the portal's word). switch: how a
    person with several organisations changes to this one; ``with: organisation`` or ``ura``."""

    organisation: str
    person: str
    switch: tuple[Fill | Step, ...] = ()


@dataclass(frozen=True)
class PageMap:
    """A map. digest: SHA-256 of the file. words: of ``role``, ``device`` and ``document``: the portal's -> ours."""

    path: str
    digest: str
    start: str
    hosts: Sequence[str]
    seen: str
    seen_by: str
    words: Mapping[str, Mapping[str, str]]
    login: LoginPage
    here: Here
    list: ListPage | None
    export: ExportPage | None
    one: OnePage | None
    changes: Mapping[ChangeKind, Way]

    def portal_word(self, kind: str, ours: str) -> str | None:
        """The portal's word for ours."""
        return next((word for word, own in self.words.get(kind, {}).items() if own == ours), None)
