# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver may ask of a browser's window. ``process.Browser`` is the real one, in a process of its own.

Every function raises ``ZorgidError``; its text is ours and contains no value of a page. Codes:
``browser_lost`` (the browser or its process ended), ``browser_timeout``, ``page_not_as_mapped`` (no visible thing of
that name, or more than one), ``page_host_refused`` (a page of a host that the map does not name),
``page_request_refused`` (a click wanted to send something that it may not send), ``portal_session_over``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from .names import ExportPage, Fill, ListPage, Step, Target

#: what may be sent: nothing but GET, HEAD and OPTIONS; what a login needs; exactly one request
Sending = Literal["nothing", "login", "one"]
#: which list of ``Way`` was shown after the last click; none: none of them, or nobody knows
Sign = Literal["done", "refused", "person", "over", "none"]


class Sent(NamedTuple):
    """How the last click ended. requests: sent to the portal, 0 or 1. digest: SHA-256 of method, address and body.
    status: of the answer; None without one. sign: which list of ``Way`` was shown, or ``none`` (also after a timeout).
    """

    requests: int
    digest: str
    status: int | None
    sign: Sign


class Here(NamedTuple):
    """over: whether the session is over. fits: of each choice, whether its lines are shown."""

    over: bool
    fits: Sequence[bool]


class Rows(NamedTuple):
    """A table, all pages together. total: as the portal says; None if it does not."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: int | None


class Part(NamedTuple):
    """A named thing of a page, for ``propose`` and the fingerprint: no value of a person. role: ARIA's, or ``column``,
    ``menu``, ``download`` (a link to a file). choices: of a select or a group of radio buttons. required: as the page
    marks it."""

    role: str
    name: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Launch:
    """How a browser is started. hosts: host names, with ``:port`` where it is not 443; nothing else is reached. path:
    the program; None: Chromium, Chrome or Edge, wherever it is installed. timeout: seconds for each page. state: of
    ``Window.state``, to go on with a session. uid: the user that runs the browser; for tests as root, which no browser
    with a sandbox is started as."""

    start: str
    hosts: Sequence[str]
    path: str | None = None
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    timeout: float = 30
    state: bytes | None = None
    uid: int | None = None


@dataclass(frozen=True)
class Versions:
    """Of Playwright and of the browser."""

    playwright: str
    browser: str


class Window(Protocol):
    """One window of one person. Values of people come in as texts, already in the form of the portal's words."""

    @property
    def versions(self) -> Versions: ...

    def start(self) -> None:
        """Open the map's first page."""

    def walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        *,
        sending: Sending = "nothing",
    ) -> None:
        """Click these steps in turn. values: of the person, for ``row``."""

    def walk_on(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        if_shown: Sequence[Target],
        over: Sequence[Target],
        templates: Sequence[str],
        choices: Sequence[Mapping[str, str]],
    ) -> Here | None:
        """``walk`` if all of ``if_shown`` and the first step, which has no row, are shown now; then ``here``. None:
        they are not shown, and nothing was clicked."""

    def shown(self, targets: Sequence[Target], *, wait: float = 0) -> int | None:
        """The place of the first target that is shown, within ``wait`` seconds; None: none of them. Never an error for
        a missing one."""

    def here(self, over: Sequence[Target], templates: Sequence[str], choices: Sequence[Mapping[str, str]]) -> Here:
        """Where we are now. over: what is shown when the session is over. templates: as of ``lines``, for each of
        these choices of values."""

    def lines(self, templates: Sequence[str], values: Mapping[str, str]) -> bool:
        """Whether for each template exactly one line of the page is that template with these values."""

    def beside(self, names: Sequence[str]) -> Mapping[str, str]:
        """The values that stand beside these names; ``page_not_as_mapped`` for a missing one."""

    def fill(self, fills: Sequence[Fill], texts: Sequence[str]) -> Sequence[str]:
        """Fill these fields, then read all of them back. Returns the names of the fields that show something else.
        Dates are given as ``1990-01-31``, and compared as dates."""

    def ready(
        self,
        last: Target,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> None:
        """Begin to look at the page as ``last`` does just before its click, and return at once: for what has to be
        done before that click and takes a while. ``last`` uses what was seen if that was just now, and raises what was
        wrong."""

    def last(
        self,
        last: Target,
        confirm: Target | None,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> Sent:
        """The last click: sends at most one request that changes something, exactly once. Raises only if certainly
        nothing was sent."""

    def rows(self, page: ListPage) -> Rows:
        """All rows of the list, through all its pages."""

    def download(self, page: ExportPage) -> Path:
        """The exported file, in the private folder of this run."""

    def picture(self, target: Target) -> bytes:
        """A PNG of this image, as large as the page shows it."""

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        """A PNG of how this page is built (``drawing.py``), in which only ``words`` can be read. None for a page that
        shows one of ``never``, or is not the portal's."""

    def outline(self, known: Sequence[str]) -> Sequence[Part]:
        """The named things of this page: headings, fields, buttons, links of menus, columns. No values, no rows, and no
        name of the session's person or of a person whose data this window was given. known: the map's own names."""

    def self_test(self) -> Sequence[str]:
        """What fails on the bundled page of odd forms with this browser. The window is left on that page."""

    def state(self) -> bytes:
        """What the browser would need to go on with this session later: cookies and storage, as JSON."""

    def escape(self) -> None:
        """Leave a dialog that is open, as a person does with the key Escape; without one, nothing. Not for a question
        about the session: that is answered by its person."""

    def close(self) -> None:
        """End the browser and remove its private folder; also after an error, and maybe more than once."""
