# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a page map in a person's session, propose one, or remember the portal's pages. It changes nothing there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from .._browser import fingerprint, places, remembered
from .._browser.fingerprint import Remembered
from .._browser.names import PageMap
from .._browser.page_map import read_map
from .._browser.window import Launch, Versions, Window
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.libraries import demand
from .._portal.access import PortalAccess
from .._portal.browser_login import Show, log_in, log_out
from .._portal.diagnosis import Diagnosis, diagnosis_of, where_drawn
from .._portal.page_looks import ENDS, Looked, Values, look, sample
from .._portal.page_proposal import draft, look_around
from .._portal.page_reading import read_pages

State = Literal["check", "propose", "remember"]
Opener = Callable[[Launch], Window]


@dataclass(frozen=True)
class LookAtPages:
    """portal: ``map_path`` and the person whose session it is; a permission is not needed to look. organisation: its
    name. draft_path: the file of a proposal; None: beside the map."""

    portal: PortalAccess
    state: State = "check"
    organisation: str = ""
    draft_path: str | None = None


@dataclass
class PagesLooked:
    """role: of the session. pages: what was found. draft, draft_path: of a proposal. differences: from the pages
    that were remembered before. notes: about images (``diagnose``). failure: why the map cannot be used, or was not
    remembered."""

    map_name: str
    changed: bool = False
    role: str = ""
    versions: Versions | None = None
    pages: list[Looked] = field(default_factory=list)
    draft: str = ""
    draft_path: str = ""
    remembered: str = ""
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: ZorgidError | None = None


def look_at_pages(
    command: LookAtPages, show: Show, *, check_mode: bool = False, opener: Opener | None = None, pause: float = 1
) -> PagesLooked:
    """show: shows the code of the login. pause: as in ``log_in``. Errors: ``options_invalid,
    page_map_invalid, browser_pair_unfit``, those of the login and of ``Window``; a map that does not
    fit is ``PagesLooked.failure``."""
    demand()
    path = command.portal.needed("map_path", command.portal.browser.map_path)
    page_map = read_map(path, begun=command.state == "propose")
    session = session_of(command.portal, command.organisation)
    found = PagesLooked(Path(page_map.path).name)
    with opened(command.portal, page_map, opener) as window:
        found.versions = window.versions
        if command.state == "remember":
            _demand_fit(window)
        diagnosis = diagnosis_of(command.portal.browser.diagnose, page_map, window, session)
        found.role = log_in(
            window,
            page_map,
            person_name=session["person"],
            ura=session["ura"],
            organisation=session["organisation"],
            show=show,
            timeout=command.portal.browser.login_timeout,
            pause=pause,
            diagnosis=diagnosis,
        )
        try:
            if command.state == "propose":
                found.draft = draft(look_around(window, page_map, session))
            else:
                people, unread = _people(window, page_map, diagnosis)
                found.pages = [*look(window, page_map, session, people, diagnosis), *unread]
        except ZorgidError as error:
            raise (diagnosis.of(error) if diagnosis else error) from None
        finally:
            log_out(window, page_map)
    found.notes = diagnosis.notes if diagnosis else []
    if command.state == "propose":
        return _proposed(command, page_map, found, check_mode)
    found.differences = _since(page_map, found)
    if not all(page.good for page in found.pages):
        found.failure = _unfit(page_map, found)
    elif command.state == "remember":
        _remember(page_map, found, check_mode)
    return found


def session_of(portal: PortalAccess, organisation: str) -> Mapping[str, str]:
    """Whose session it is, for the login and for what is left out. Error: ``options_invalid``."""
    person = portal.needed("portal_person", portal.browser.person)
    name = portal.needed(f"the name of {person} in portal_people", portal.browser.person_name)
    return {"person": name, "ura": portal.ura.digits, "organisation": organisation}


@contextmanager
def opened(
    portal: PortalAccess, page_map: PageMap, opener: Opener | None, state: bytes | None = None
) -> Iterator[Window]:
    """A window for these pages; it is closed at the end. opener: None: a real browser. state: of a kept session."""
    # Imported here, because few runs use it.
    from .._portal.browser_opening import launch_of

    window = (opener or _open_window)(launch_of(portal.site(), page_map, state))
    try:
        yield window
    finally:
        window.close()


def _open_window(launch: Launch) -> Window:
    # Imported here, because few runs use it.
    from .._browser.process import open_window

    return open_window(launch)


def _demand_fit(window: Window) -> None:
    wrong = window.self_test()
    if wrong:
        raise ZorgidError(
            "browser_pair_unfit",
            "This browser with this Playwright fails the self-test of the finder, so it is not used",
            expected="every case of the self-test page",
            found=f"{len(wrong)} wrong: {', '.join(wrong[:10])}",
            action="use another version of the browser; tell the makers of this collection which one fails",
        )


def _people(window: Window, page_map: PageMap, diagnosis: Diagnosis | None) -> tuple[list[Values], list[Looked]]:
    """One person for each state of a phone, for ways that begin on a person's page. The members are read as a run reads
    them, so that columns and words are checked too; what cannot be read is a page that does not fit."""
    found = []
    try:
        reading = read_pages(window, page_map)
    except ZorgidError as error:
        if error.code in ENDS:
            raise
        why = f"{error.message}: {error.found or 'nothing was read'}"
        return [], [Looked("members", code=error.code, why=why, image=where_drawn(diagnosis, error.code))]
    for member in reading.members:
        names = ("id", "external_id", "first_name", "last_name", "email", "device")
        values = {name: str(member.get(name) or "") for name in names}
        found.append({**values, "family_name": values["last_name"]})
    wrong = [] if reading.complete else [Looked("members", code="portal_incomplete", why="rows and total differ")]
    return sample(found), wrong


def _since(page_map: PageMap, found: PagesLooked) -> list[str]:
    """What differs from the pages remembered before, in words."""
    seen = places.read_seen(page_map)
    if seen is None or seen.digest != page_map.digest:
        return []
    before = seen.pages.get(found.role, {})
    differences = []
    for page in found.pages:
        if page.place in before and page.parts:
            differs = fingerprint.compared(before[page.place], page.parts, fingerprint.filled(page_map))
            differences += [f"{page.place}: {one.sentence}" for one in differs]
    return differences


def _unfit(page_map: PageMap, found: PagesLooked) -> ZorgidError:
    wrong = [page for page in found.pages if not page.good]
    return ZorgidError(
        "page_map_unfit",
        f"The page map {Path(page_map.path).name} does not fit the portal's pages; nothing was remembered",
        expected="each thing of the map once on its page",
        found=f"{len(wrong)} of {len(found.pages)} pages do not fit: {', '.join(page.place for page in wrong)}",
        action="correct the map with the page open beside it, then run gbz.zorgid.portal_map again",
    )


def _remember(page_map: PageMap, found: PagesLooked, check_mode: bool) -> None:
    if found.versions is None:
        raise AssertionError("a window was open")
    pages = {page.place: page.parts for page in found.pages}
    now = Remembered(page_map.digest, found.versions, date.today().isoformat(), {found.role: pages})
    before = places.read_seen(page_map)
    if before is not None:
        kept = remembered.merged(before, now)
        # The day alone is no news.
        now = before if remembered.same(before, kept) else kept
    found.remembered = str(places.seen_path(page_map))
    found.changed = before != now
    if not check_mode:
        places.write_seen(page_map, now)


def _proposed(command: LookAtPages, page_map: PageMap, found: PagesLooked, check_mode: bool) -> PagesLooked:
    path = Path(command.draft_path or f"{page_map.path}.draft.yml")
    data = found.draft.encode()
    found.draft_path = str(path)
    found.changed = not path.exists() or path.read_bytes() != data
    if found.changed and not check_mode:
        write_atomic(path, data)
    return found
