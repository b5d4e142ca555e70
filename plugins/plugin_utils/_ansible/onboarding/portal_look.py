# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes an organisation's portal. The server's own capabilities are read once per run for all organisations."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
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
    can_log_in: bool = True,
    host: str = "",
) -> Seen[Portal]:
    """``options``: those of portal_accounts_info. ``submissions``: of the dossier, for earlier invitations.
    ``letters_dir``: folder of letters for employees. ``can_log_in``: as for ``ObservePortal``. ``host``: of the
    organisation in the inventory, for commands."""
    command = ObservePortal(
        access_of(options, host),
        None if administrators_list is None else Listed(rows=administrators_list),
        employees,
        Bounds(purge=purge),
        letters_dir,
        can_log_in,
    )
    return observe_portal(
        command, store=store, submissions=submissions, known=lambda driver: server_of(driver, command.portal, shared)
    )


def employees_of(given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Listed | None:
    """The list of employees; None if none is set."""
    listed = arguments.employee_accounts(given)
    if listed["accounts_path"] is None:
        return None
    return list_file(listed["accounts_path"], listed["list_mapping"], listed["list_roots"], task_vars)


def shared_list(given: Mapping[str, Any]) -> str:
    """``Host.list_file``: for a list with a mapping, which several organisations may share."""
    listed = arguments.employee_accounts(given)
    if not listed["accounts_path"] or not listed["list_mapping"]:
        return ""
    path = os.path.realpath(str(listed["accounts_path"]))
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"{digest} {printable(Path(path).name, 80)}"


def server_of(driver: ScimDriver, portal: PortalAccess, shared: OncePerRun) -> Server | None:
    """The portal's capabilities, read by one organisation for all. None if that one got no answer, perhaps because of
    its own token: then each organisation reads them itself and gets its own error."""

    def read() -> Any:
        try:
            return driver.server()
        except (ZorgidError, OSError):
            return None

    # Everything that identifies a server and the connection to it.
    server = (portal.url, portal.ca_path, portal.client_cert, portal.client_key, portal.validate_certs)
    capabilities = shared.get({"portal": channel(shared, "portal", *server)}, read)
    return Server(capabilities[0], Offer(*capabilities[1])) if capabilities else None
