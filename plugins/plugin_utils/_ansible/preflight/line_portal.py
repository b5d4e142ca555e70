# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line portal. With scim: the organisation and role of each token, and once for all the server's capabilities. With
worklist: the export, its columns and its age. No account is read from a portal, and none is changed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from urllib.parse import urlsplit

from ....module_utils._common.moments import parse, written_at
from ....module_utils._common.text import printable
from ....module_utils._net.url_policy import check_environment
from ....module_utils._onboarding.observed import Portal
from ....module_utils._portal.access import PortalAccess
from ....module_utils._portal.model import PORTAL_ROLES
from ....module_utils._portal.session import connected
from ....module_utils._preflight import portals
from ....module_utils._preflight.finding import Finding
from ....module_utils._use_cases.portal_milestones import CHANGE
from ....module_utils._use_cases.portal_notes import also_of
from ..onboarding import arguments, showing
from ..onboarding.portal_look import server_of
from ..onboarding.remembering import remembered_of
from ..portal import access_of
from .looking import Looking

#: Steps of the portal that a person may have recorded as done.
_BY_PERSON = ("administrators_registered", "employees_registered")


def look(looking: Looking) -> Iterator[Finding]:
    given = looking.given.get("portal") or {}
    if not given.get("driver"):
        return
    environment = str(looking.given["environment"])
    url = str(given.get("url") or "")
    if url and (trouble := portals.environment_differs(url, environment)):
        # A token is never sent to the portal of another environment.
        yield Finding.stop("portal", trouble)
        return
    check_environment(environment, [url] if url else [])
    host = str(looking.action.task_vars.get("inventory_hostname") or "")
    access = access_of(looking.options("portal_accounts_info", arguments.portal(looking.given)), host)
    if access.acts_as == "worklist":
        if access.driver == "browser":
            yield Finding.look("portal", portals.incomplete(access.browser.missing))
        if access.driver == "worklist" or access.export_path:
            yield from _export(looking, access)
    elif access.driver == "browser":
        yield _pages(access, environment)
    elif url and not access.is_configured:
        yield Finding.waits("portal", "no token yet; the portal administrator makes one")
    else:
        yield _token(looking, access)


def _pages(access: PortalAccess, environment: str) -> Finding:
    """The map and the permission; no browser is started."""
    from ....module_utils._browser.places import read_seen
    from ....module_utils._portal.browser_opening import agreed

    page_map, permission = agreed(access.site())
    if trouble := portals.environment_differs(page_map.start, environment):
        return Finding.stop("portal", trouble)
    seen = read_seen(page_map)
    if seen is None or seen.digest != page_map.digest:
        return Finding.look("portal", portals.not_remembered())
    login = f"{permission.person} logs in: {access.browser.command}"
    return Finding.waits("portal", f"browser: permission until {permission.until.isoformat()}; {login}")


def _token(looking: Looking, access: PortalAccess) -> Finding:
    driver = access.open(known=lambda one: server_of(one, access, looking.shared))
    roles = PORTAL_ROLES if looking.given.get("administrators") else ("employee",)
    with connected(driver, access.ura.digits, roles) as connection:
        return portals.token(_host(access.url or ""), connection.role)


def _host(url: str) -> str:
    try:
        return printable(urlsplit(url).netloc.rpartition("@")[2], 60)
    except ValueError:
        return "?"


def _export(looking: Looking, access: PortalAccess) -> Iterator[Finding]:
    # Its libraries are slow to import and rarely needed.
    from ....module_utils._portal.export_reading import missing_columns, read_export

    path = access.needed("export_path", access.export_path)
    if access.export_is_awaited and not (looking.store and remembered_of(looking.store, looking.ura).can_log_in):
        yield Finding.waits("portal", "worklist: no export yet; after identity_activated")
        return
    members = read_export(path)
    others = also_of(looking.store, access)
    at = written_at(path)
    portal = Portal(at or looking.now, by_click=True, also_of=others[0] if others else None, members=len(members))
    day = showing.style().day(portal.as_of, looking.now)
    yield portals.export(
        portal,
        day=day,
        missing=missing_columns(members),
        changed=_changed(looking),
        dated=at is not None,
        now=looking.now,
    )


def _changed(looking: Looking) -> datetime.datetime | None:
    """The last change in the portal by the dossier: made by a program, or recorded by a person."""
    if looking.store is None:
        return None
    dossier = looking.store.read(looking.ura)
    times = [looking.store.observations.noted_at(looking.ura, CHANGE)]
    times += [
        one.attested.at
        for name, one in dossier.milestones.items()
        if name in _BY_PERSON and one.state == "done" and one.attested is not None
    ]
    return max(filter(None, (parse(one, zone=datetime.UTC) for one in times)), default=None)
