# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the portal or its export. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from urllib.parse import urlsplit

from .._onboarding.observed import Portal, Trouble
from .._onboarding.portal_steps import proves_nothing
from .finding import Finding

#: First label of the host name of VZVZ's portals -> environment. Other hosts do not show their environment.
_ENVIRONMENTS = {"productie": "production", "acceptatie": "acceptance"}
_VZVZ = ".zorg-id.nl"
#: Environment of the portal -> environments whose certificates it accepts.
_FITS = {"production": ("production",), "acceptance": ("acceptance", "test")}


def environment_differs(url: str, environment: str) -> Trouble | None:
    """The trouble if portal and certificates are of different environments; None if they fit or the address does not
    show it."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    of = _ENVIRONMENTS.get(host.partition(".")[0]) if host.endswith(_VZVZ) else None
    if of is None or environment in _FITS[of]:
        return None
    return Trouble(
        "portal_environment_differs",
        f"The portal {host} is that of {of}, and certificates of {environment} are configured",
        f"a portal and certificates of one environment (zorgid_onboarding_environment: {environment})",
        f"the portal of {of}, the certificates of {environment}",
        "correct zorgid_onboarding_portal.url or zorgid_onboarding_environment",
    )


def incomplete(missing: Sequence[str]) -> Trouble:
    """The driver ``browser`` lacks something."""
    return Trouble(
        "portal_not_configured",
        "The driver browser acts as worklist: not everything that it needs is given",
        "all that docs/browser.md names",
        f"missing: {', '.join(missing)}",
        "give it in zorgid_onboarding_portal, or choose driver: worklist",
    )


def not_remembered() -> Trouble:
    """Nobody looked at the portal's pages with this page map."""
    return Trouble(
        "page_map_not_remembered",
        "The portal's pages were not remembered with this page map, so nothing would be changed",
        "the pages of this page map, remembered after a good check",
        "none, or those of another version of the page map",
        "ansible-playbook gbz.zorgid.portal_map with -e state=check, then with -e state=remember",
    )


def token(host: str, role: str | None) -> Finding:
    """A token that the portal accepted for this organisation. ``role``: None if the portal does not report it."""
    return Finding.ok("portal", f"scim {host}: token of this organisation, role {role or 'not told'}", role=role or "")


def export(
    portal: Portal,
    *,
    day: str,
    missing: Sequence[str],
    changed: datetime.datetime | None,
    dated: bool,
    now: datetime.datetime,
) -> Finding:
    """``portal``: the content of the export. ``day``: of the export, for messages. ``missing``: titles of optional
    columns that it lacks. ``changed``: the last change that the dossier has. ``dated``: whether the date of the file
    can be trusted."""
    if trouble := proves_nothing(portal, changed):
        return Finding.look("portal", trouble)
    if not dated:
        trouble = Trouble(
            "export_too_old",
            "Nobody can say how old the portal's export is",
            "a file that was written before now",
            "a file of the future",
            "check the clocks of both machines, and make a new export in the portal",
        )
        return Finding.look("portal", trouble)
    days = max(0, (now - portal.as_of).days)
    columns = f"without {', '.join(missing)}" if missing else "columns complete"
    age = "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} old"
    return Finding.ok("portal", f"worklist: export of {day} ({age}), {columns}", as_of=portal.as_of.isoformat())
