# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions portal_administrators, employee_accounts and portal_accounts_info: options as commands, outcomes as
results."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.utils.display import Display

from ...module_utils._common.letterhead import PORTALS, Letterhead
from ...module_utils._common.libraries import needs
from ...module_utils._common.text import printable
from ...module_utils._common.ura import Ura
from ...module_utils._onboarding import commands
from ...module_utils._portal.access import PortalAccess
from ...module_utils._portal.browser_access import BrowserAccess
from ...module_utils._portal.changes_shown import before_and_after
from ...module_utils._portal.model import Actual, Change, clean
from ...module_utils._portal.rules import Bounds
from ...module_utils._use_cases import keep_accounts as keeping
from ...module_utils._use_cases import read_accounts as reading
from ...module_utils._use_cases.keep_accounts import AccountsKept, KeepAccounts
from ...module_utils._use_cases.read_accounts import AccountsRead, ReadAccounts
from .action import Options, Result, ZorgidAction
from .opening import place_of
from .portal_lists import administrators_of, employees_of

with needs("PyYAML"):
    import yaml

_DISPLAY = Display()


def access_of(options: Options, host: str = "") -> PortalAccess:
    """The options of ``options/portal.py``. host: of the organisation in the inventory, for commands in messages."""
    return PortalAccess(
        Ura.of(options["ura"]),
        driver=options["driver"],
        url=options["portal_url"],
        token=options["token"],
        token_path=options["token_path"],
        ca_path=options["ca_path"],
        client_cert=options["client_cert"],
        client_key=options["client_key"],
        validate_certs=options["validate_certs"],
        timeout=options["timeout"],
        export_path=options.get("export_path"),
        worklist_dir=options.get("worklist_dir"),
        head=Letterhead(
            printable(options.get("organisation_name") or ""),
            PORTALS.get(options.get("environment") or "", ""),
            printable(options.get("contact") or ""),
        ),
        browser=_browser_of(options, host),
    )


def _browser_of(options: Options, host: str) -> BrowserAccess:
    """Without these options, as for invitations, the driver ``browser`` acts as ``worklist``."""
    if "map_path" not in options:
        return BrowserAccess()
    return BrowserAccess(
        options["map_path"],
        options["permission_path"],
        options["permission_key_path"],
        options["portal_person"],
        {str(number): printable(str(name)) for number, name in options["portal_people"].items()},
        options["browser_path"],
        options["max_changes"],
        options["login_timeout"],
        options["keep_session"],
        options["diagnose"],
        has_journal=bool(options.get("dossier_url") and options.get("dossier_key")),
        key=options.get("dossier_key"),
        command=" ".join(commands.command("portal_login", host, {})),
    )


@dataclass(frozen=True)
class _Shown:
    """The shown part of a result. full: with the accounts, and personal data in a diff."""

    full: bool = False
    diff: bool = False


def keep_accounts(action: ZorgidAction, options: Options, *, administrators: bool) -> Result:
    """portal_administrators and employee_accounts."""
    # The task has its own process; to search 100,000 plain dicts for cycles would take longer than the work.
    gc.disable()
    command, shown = keeping_command_of(action, options, administrators=administrators)
    kept = keeping.keep_accounts(command, check_mode=action.check_mode, tell=_progress(command.portal.ura.digits))
    return kept_result_of(kept, command.portal.ura.digits, shown)


def keeping_command_of(action: ZorgidAction, options: Options, *, administrators: bool) -> tuple[KeepAccounts, _Shown]:
    host = str(action.task_vars.get("inventory_hostname") or "")
    command = KeepAccounts(
        access_of(options, "" if host == "localhost" else host),
        administrators_of(action, options) if administrators else employees_of(action, options),
        administrators,
        Bounds(options["purge"], options["max_removals"], options["reactivate"]),
        options.get("invitations_dir") or None,
        place_of(options),
    )
    return command, _Shown(options["full"], action.diff_mode)


def kept_result_of(kept: AccountsKept, ura: str, shown: _Shown) -> Result:
    hides = kept.private_key and not shown.full
    result: Result = {
        "changed": kept.changed,
        "results": [item.as_dict() for item in kept.results],
        "summary": kept.summary,
    }
    if kept.by_hand or kept.worklists:
        result["worklists"] = kept.worklists
    if kept.invitations is not None:
        result["invitations"] = (
            sorted({str(Path(one).parent) for one in kept.invitations}) if hides else kept.invitations
        )
    if kept.failure:
        result |= {"failed": True, "error_code": kept.failure.code, "msg": kept.failure.message}
    if shown.diff and not kept.by_hand:
        result["diff"] = [
            {
                "before_header": f"{ura} {name}",
                "after_header": f"{ura} {name} ({change.status})",
                "before": yaml.safe_dump(_without_key(before) if hides else before, allow_unicode=True),
                "after": yaml.safe_dump(_without_key(after) if hides else after, allow_unicode=True),
            }
            for change in kept.changes
            for before, after in [before_and_after(change, full=shown.full)]
            for name in [_name_of(change, kept) if hides else change.external_id]
        ]
    if shown.full:
        # zip stops before the accounts that purge removed, which are not in the list.
        for item, account in zip(result["results"], kept.wanted, strict=False):
            item["account"] = account
    if kept.read:
        result["read"] = kept.read
    if kept.warnings:
        result["warnings"] = kept.warnings
    return result


def _name_of(change: Change, kept: AccountsKept) -> str:
    return kept.results[change.position - 1].external_id if change.position else "a member"


def _without_key(values: dict[str, Any]) -> dict[str, Any]:
    return {name: "***" if name == "external_id" else value for name, value in values.items()}


def read_accounts(options: Options, *, check_mode: bool) -> Result:
    """portal_accounts_info."""
    command, full = reading_command_of(options)
    return read_result_of(reading.read_accounts(command, check_mode=check_mode), full=full)


def reading_command_of(options: Options) -> tuple[ReadAccounts, bool]:
    """The command, and whether to return all data of each account."""
    return ReadAccounts(access_of(options), options["external_ids"], place_of(options)), options["full"]


def read_result_of(found: AccountsRead, *, full: bool) -> Result:
    accounts = [_account_of(item, full) for item in found.members]
    result: Result = {"accounts": accounts, "count": len(accounts), "devices": found.devices}
    return {**result, "warnings": found.warnings} if found.warnings else result


def _account_of(item: Actual, full: bool) -> dict[str, Any]:
    account: dict[str, Any] = {
        "id": _cleaned(item["id"]),
        "external_id": _cleaned(item["external_id"]),
        "role": _cleaned(item["role"]),
        "device": _cleaned(item["device"]),
    }
    if full:
        account["first_name"] = _cleaned(item["first_name"])
        account["last_name"] = _cleaned(item["last_name"])
        account["date_of_birth"] = _cleaned(item["date_of_birth"])
        account["email"] = _cleaned(item["email"])
    account["active"] = item.get("active", True)
    if full:
        account["attributes"] = {clean(name): _cleaned(value) for name, value in item["attributes"].items()}
    return account


def _cleaned(text: str | None) -> str | None:
    return clean(text) if text else text


def _progress(ura: str) -> Callable[[int, int], None]:
    """A line every five seconds; none for a shorter run."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 5:
            last = time.monotonic()
            _DISPLAY.display(f"portal {ura}: {done} of {total} changes made")

    return tell
