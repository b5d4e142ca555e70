# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look at an organisation's portal: what the server says of itself is asked once per run for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Portal, Seen
from ....module_utils._portal.access import PortalAccess
from ....module_utils._portal.desired import Listed
from ....module_utils._portal.rules import Bounds
from ....module_utils._portal.scim import ScimDriver, Server
from ....module_utils._portal.scim_answers import Offer
from ....module_utils._use_cases.observe_portal import ObservePortal, observe_portal
from ..action import Options
from ..portal import access_of
from ..portal_lists import list_file
from . import arguments
from .channel import channel
from .shared import OncePerRun

if TYPE_CHECKING:
    from ....module_utils._dossier.model import Submission
    from ....module_utils._dossier.store import DossierStore


def look(
    options: Options,
    *,
    shared: OncePerRun,
    administrators_list: list[Any] | None,
    employees: Listed | None,
    purge: bool,
    store: DossierStore | None,
    submissions: Sequence[Submission] = (),
    letters_dir: str | None = None,
) -> Seen[Portal]:
    """``options``: those of portal_accounts_info. ``submissions``: of the dossier, for who was invited before.
    ``letters_dir``: of letters for employees."""
    command = ObservePortal(
        access_of(options),
        None if administrators_list is None else Listed(rows=administrators_list),
        employees,
        Bounds(purge=purge),
        letters_dir,
    )
    return observe_portal(
        command, store=store, submissions=submissions, known=lambda driver: _server(driver, command.portal, shared)
    )


def employees_of(given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Listed | None:
    """The list of employees; None where none is set."""
    listed = arguments.employee_accounts(given)
    if listed["accounts_path"] is None:
        return None
    return list_file(listed["accounts_path"], listed["list_mapping"], listed["list_roots"], task_vars)


def _server(driver: ScimDriver, portal: PortalAccess, shared: OncePerRun) -> Server | None:
    """What the portal says of itself, which one organisation asks for all. None where that one got no answer, perhaps
    because of its own token: then each asks for itself, and is told its own trouble."""

    def read() -> Any:
        try:
            return driver.server()
        except (ZorgidError, OSError):
            return None

    # What a server and the way to it are named by.
    server = (portal.url, portal.ca_path, portal.client_cert, portal.client_key, portal.validate_certs)
    told = shared.get({"portal": channel(shared, "portal", *server)}, read)
    return Server(told[0], Offer(*told[1])) if told else None
