# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal, or its export, shows of one organisation against both of its lists. It changes and notes nothing."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.trouble import in_words
from ....module_utils._common.ura import Ura
from ....module_utils._onboarding.observed import Accounts, Look, Portal, Seen, Trouble
from ....module_utils._portal import desired
from ....module_utils._portal.answers import Offer
from ....module_utils._portal.comparison import compare
from ....module_utils._portal.inviting import invitations_due, letters_of
from ....module_utils._portal.model import PORTAL_ROLES, Actual
from ....module_utils._portal.scim import ScimDriver, Server
from ..action import Options
from ..portal import rules_of, scim_driver
from ..portal_seen import also_of, canonical
from ..portal_steps import shown_by
from .channel import channel
from .shared import OncePerRun

if TYPE_CHECKING:
    from ....module_utils._dossier.model import Submission
    from ....module_utils._dossier.store import DossierStore

#: of the actions that keep accounts, where the options are those of one that reads
_DEFAULTS = {"max_removals": "10%", "reactivate": False}
#: what a server and the way to it are named by
_SERVER = ("portal_url", "ca_path", "client_cert", "client_key", "validate_certs")


def look(
    options: Options,
    *,
    shared: OncePerRun,
    administrators_list: list[Any] | None,
    accounts_path: str | None,
    purge: bool,
    store: DossierStore | None,
    submissions: Sequence[Submission] = (),
    letters_dir: str | None = None,
) -> Seen[Portal]:
    """``options``: those of portal_accounts_info, with max_removals and reactivate where they are not the defaults.
    ``submissions``: of the dossier, for who was invited before. ``letters_dir``: of letters for employees."""
    given = {**_DEFAULTS, **options, "purge": purge}
    if (administrators_list is None and accounts_path is None) or not _is_configured(given):
        return Seen(Look.ABSENT)
    try:
        return Seen.good(_looked(given, shared, administrators_list, accounts_path, store, submissions, letters_dir))
    except ZorgidError as error:
        return Seen(Look.BAD, trouble=Trouble.of(error))
    except OSError as error:
        return Seen(Look.BAD, trouble=_inaccessible(error))


def _is_configured(options: Mapping[str, Any]) -> bool:
    if options.get("driver") == "scim":
        return bool(options.get("portal_url") and (options.get("token") or options.get("token_path")))
    return options.get("driver") == "worklist" and bool(options.get("export_path"))


def _looked(
    options: Options,
    shared: OncePerRun,
    administrators_list: list[Any] | None,
    accounts_path: str | None,
    store: DossierStore | None,
    submissions: Sequence[Submission],
    letters_dir: str | None,
) -> Portal:
    ura = Ura.of(options["ura"]).digits
    members, owner, demand = _members(options, shared, ura)

    at = datetime.datetime.now(datetime.UTC)
    invited: dict[str, int] = {}
    letters: Mapping[str, Any] | None = None

    def counted(kind: str, roles: tuple[str, ...], read: Callable[[], desired.Source]) -> Accounts:
        try:
            demand(roles)
            source = read()
            rules = rules_of(options, ura, roles, source, store)
            rules.owner = owner
            digest = (store.observations.keyed(ura, f"list:{kind}", canonical(source.accounts)) or "") if store else ""
        except ZorgidError as error:
            return Accounts(0, stop=Trouble.of(error))
        except OSError as error:
            return Accounts(0, stop=_inaccessible(error))
        enrols: list[str] = []
        found = compare(source.accounts, members, rules, digest, enrols)
        if kind == "employees" and options["driver"] == "scim":
            invited.update(invitations_due(ura, source.accounts, members, submissions, at, enrols=enrols))
            nonlocal letters
            letters = letters_of(ura, source.accounts, members) if found.stop is None else None
        return found

    lists: dict[str, Accounts] = {}
    if administrators_list is not None:
        told = administrators_list
        lists["administrators"] = counted(
            "administrators", PORTAL_ROLES, lambda: desired.Source(desired.from_list(told, administrators=True))
        )
    if accounts_path is not None:
        path = accounts_path
        lists["employees"] = counted("employees", ("employee",), lambda: desired.read_file(path))
    others = also_of(store, options)
    shown = shown_by(options, members, others[0] if others else None, at, lists)
    lost = letters_dir is not None and letters is not None and _are_lost(letters, Path(letters_dir), ura)
    return dataclasses.replace(shown, invitations=invited, letters_lost=lost)


def _are_lost(letters: Mapping[str, Any], folder: Path, ura: str) -> bool:
    """By their names alone: to draw one takes longer than all that is looked at."""
    return letters.keys() != {path.name for path in folder.glob(f"{ura}-*.html")}


def _members(
    options: Options, shared: OncePerRun, ura: str
) -> tuple[list[Actual], str | None, Callable[[tuple[str, ...]], None]]:
    """The members, read once; the id of whose token it is; what says whether the token may keep these roles."""
    if options["driver"] == "worklist":
        from ....module_utils._portal import worklist

        return worklist.read_export(options["export_path"]), None, lambda _roles: None
    driver = scim_driver(options)
    try:
        driver.connect(ura, server=_server(driver, options, shared))
        return driver.read(ura, since=True), driver.owner, lambda roles: driver.demand(ura, roles)
    finally:
        driver.close()


def _server(driver: ScimDriver, options: Options, shared: OncePerRun) -> Server | None:
    """What the portal says of itself, which one organisation asks for all. None where that one got no answer, perhaps
    because of its own token: then each asks for itself, and is told its own trouble."""

    def read() -> Any:
        try:
            return driver.server()
        except (ZorgidError, OSError):
            return None

    told = shared.get({"portal": channel(shared, "portal", *(options[name] for name in _SERVER))}, read)
    return Server(told[0], Offer(*told[1])) if told else None


def _inaccessible(error: OSError) -> Trouble:
    return Trouble(
        "file_inaccessible",
        f"{error.filename or 'A file'} cannot be used",
        expected="a file that this user may read",
        found=in_words(error),
        action="correct the path, or the rights of the user who runs Ansible",
    )
