# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the driver ``browser`` of what the user configured: the map, the permission, and the session that is there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from .._browser import places
from .._browser.names import PageMap
from .._browser.page_map import read_map
from .._browser.permission import Permission, read_permission
from .._browser.process import open_window
from .._browser.window import Launch, Versions
from .._common.errors import ZorgidError
from .browser import BrowserDriver
from .browser_access import BrowserAccess
from .browser_journal import Journal, Unwritten
from .browser_run import BrowserRun, Compare, Live
from .diagnosis import diagnosis_of
from .kept_session import KeptSession
from .page_reading import read_pages
from .worklists import Worklists

#: seconds that a run waits for the browser, which another organisation of the same run may have
_PATIENCE = 600


@dataclass(frozen=True)
class Site:
    """Whose portal it is and how it is reached; as ``PortalAccess``. organisation: its name."""

    ura: str
    browser: BrowserAccess
    organisation: str = ""
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    timeout: float = 30


def driver_of(
    site: Site, *, live: Live | None, confirmed: bool, worklists: Worklists | None, journal: Journal | None
) -> BrowserDriver:
    """site: nothing is missing. live: the session that is there; None: the one that is kept. worklists: None if nothing
    is changed. journal: None for a reading that proves nothing. Errors: ``page_map_invalid``, ``permission_invalid``.
    """
    browser = site.browser
    page_map, permission = agreed(site)
    return BrowserDriver(
        BrowserRun(
            session=(lambda: live) if live else partial(kept, site, page_map),
            pages=read_pages,
            journal=journal or Unwritten(),
            person=permission.person,
            person_name=browser.person_name,
            command=browser.command,
            permitted=permission.changes,
            organisation=site.organisation,
            confirmed=confirmed,
            max_changes=browser.max_changes,
            comparing=partial(_comparing, site, page_map) if worklists else None,
            worklists=worklists,
        )
    )


def agreed(site: Site) -> tuple[PageMap, Permission]:
    """The map, and what was agreed about it. Errors: ``page_map_invalid``, ``permission_invalid``."""
    browser = site.browser
    page_map = read_map(str(browser.map_path))
    permission = read_permission(
        str(browser.permission_path),
        str(browser.permission_key_path),
        page_map.digest,
        ura=site.ura,
        person=str(browser.person),
        today=date.today(),
    )
    return page_map, permission


def launch_of(site: Site, page_map: PageMap, state: bytes | None = None) -> Launch:
    """state: of a session to go on with."""
    return Launch(
        page_map.start,
        page_map.hosts,
        site.browser.browser_path,
        site.ca_path,
        site.client_cert,
        site.client_key,
        site.validate_certs,
        site.timeout,
        state,
    )


def kept_session(site: Site, page_map: PageMap) -> KeptSession | None:
    """Where a session of this organisation and person is kept; None if none may be."""
    browser = site.browser
    if not browser.keep_session or not browser.key or not browser.person:
        return None
    return KeptSession(browser.key, site.ura, browser.person, page_map.digest)


def kept(site: Site, page_map: PageMap) -> Live | None:
    """A window with the session that was kept; None, and no browser is started, if there is none."""
    session = kept_session(site, page_map)
    state = session.state() if session else None
    if session is None or state is None:
        return None
    since = time.monotonic()
    while True:
        try:
            window = open_window(launch_of(site, page_map, state))
            diagnosis = diagnosis_of(site.browser.diagnose, page_map, window, _session(site))
            return Live(window, page_map, forget=session.forget, diagnosis=diagnosis)
        except ZorgidError as error:
            if error.code != "browser_busy" or time.monotonic() - since > _PATIENCE:
                raise
            time.sleep(1)


def _comparing(site: Site, page_map: PageMap, versions: Versions, role: str) -> Compare:
    return places.comparing(page_map, versions, role, _session(site))


def _session(site: Site) -> Mapping[str, str]:
    return {"person": site.browser.person_name, "ura": site.ura, "organisation": site.organisation}
