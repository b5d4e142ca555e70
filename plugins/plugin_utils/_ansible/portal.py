# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the three portal actions share: options in, accounts from wherever they are, results out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible.utils.display import Display

from ...module_utils._common.errors import ZorgidError, kind
from ...module_utils._common.libraries import demand, needs
from ...module_utils._common.ura import Ura
from ...module_utils._portal import desired, keeping
from ...module_utils._portal.connection import Settings
from ...module_utils._portal.model import PORTAL_ROLES, Account, Actual, clean
from ...module_utils._portal.planner import Rules
from ...module_utils._portal.scim import ScimDriver
from .action import Options, Result, ZorgidAction
from .portal_seen import note_seen

with needs("PyYAML"):
    import yaml

_DISPLAY = Display()
_MARKS = ("{{", "{%", "{#")
_INFO = ("id", "external_id", "role", "device")
_FULL = ("first_name", "last_name", "date_of_birth", "email")


def keep_accounts(action: ZorgidAction, options: Options, *, administrators: bool) -> Result:
    """portal_administrators and employee_accounts."""
    # The task runs in a process of its own; looking for cycles among 100,000 plain dicts costs more than the work.
    gc.disable()
    ura = _ura(options)
    roles = PORTAL_ROLES if administrators else ("employee",)
    if administrators:
        source = desired.Source(desired.from_list(options["administrators"], administrators=True))
    else:
        source = listed(action, options)
    wanted = source.accounts
    rules = Rules(
        ura,
        roles,
        purge=options["purge"],
        max_removals=options["max_removals"],
        reactivate=options["reactivate"],
    )
    kind = "administrators" if administrators else "employees"
    noted = note_seen(options, check_mode=action.check_mode, listed=(f"list:{kind}", wanted))
    result = (_clicked if options["driver"] == "worklist" else _kept)(action, options, wanted, rules)
    if noted:
        result["warnings"] = [*result.get("warnings", []), *noted]
    if options["full"]:
        for item, account in zip(result["results"], wanted, strict=False):  # those that purge removed are not wanted
            item["account"] = account
    return with_source(result, source)


def _clicked(action: ZorgidAction, options: Options, wanted: list[Account], rules: Rules) -> Result:
    from ...module_utils._portal import worklist

    export, folder = _needed(options, "export_path"), _needed(options, "worklist_dir")
    result = worklist.keep(export, folder, wanted, rules, check_mode=action.check_mode)
    if options.get("invitations_dir"):
        _invite(action, options, wanted, lambda: worklist.read_export(export), result)
    return result


def _kept(action: ZorgidAction, options: Options, wanted: list[Account], rules: Rules) -> Result:
    ura = rules.ura
    driver = _scim(options)
    try:
        driver.connect(ura, rules.roles)
        kept = keeping.keep(driver, wanted, rules, check_mode=action.check_mode, tell=_progress(ura))
        result: Result = {
            "changed": kept.changed,
            "results": [item.as_dict() for item in kept.results],
            "summary": kept.summary,
        }
        failed = kept.summary.get("failed", 0)
        if failed:
            first = next(item for item in kept.results if item.status == "failed")
            result |= {
                "failed": True,
                "error_code": "accounts_failed",
                "msg": f"{failed} of {len(kept.results)} accounts failed; results says which and why. "
                f"The first, {first.external_id}: {first.message}.",
            }
        if options.get("invitations_dir"):
            made = [change for change in kept.changes if change.actual is None] if action.check_mode else []
            new = [{"external_id": change.external_id, "device": "invited"} for change in made]
            _invite(action, options, wanted, lambda: [*driver.read(ura), *new], result)
    finally:
        driver.close()
    if action.diff_mode:
        result["diff"] = [
            {
                "before_header": f"{ura} {change.external_id}",
                "after_header": f"{ura} {change.external_id} ({change.status})",
                "before": yaml.safe_dump(before, allow_unicode=True),
                "after": yaml.safe_dump(after, allow_unicode=True),
            }
            for change in kept.changes
            for before, after in [keeping.before_and_after(change, full=options["full"])]
        ]
    return result


def _invite(
    action: ZorgidAction, options: Options, wanted: list[Account], members: Callable[[], list[Actual]], result: Result
) -> None:
    """Keep the letters. What became of the accounts is told even when this fails."""
    from ...module_utils._portal import invitations  # what few runs use is imported by those

    folder, ura = options["invitations_dir"], _ura(options)
    try:
        demand()
        written, result["invitations"] = invitations.keep_letters(
            folder, ura, wanted, members(), check_mode=action.check_mode
        )
        result["changed"] = result["changed"] or written
    except ZorgidError as error:
        result.setdefault("error_code", error.code)
        result.setdefault("msg", str(error))
        result["failed"] = True


def read_accounts(options: Options, *, check_mode: bool) -> Result:
    """portal_accounts_info."""
    notes: list[str] = []
    found = members_of(options, notes=notes)
    notes += note_seen(options, check_mode=check_mode, members=("portal_members", found))
    wanted = options["external_ids"]
    if wanted is not None:
        found = [item for item in found if item["external_id"] in set(wanted)]
    states: dict[str, int] = {}
    for item in found:
        state = item["device"] if item.get("active", True) or item["device"] == "revoked" else "blocked"
        states[state] = states.get(state, 0) + 1
    accounts = [_told(item, options["full"]) for item in found]
    told: Result = {"accounts": accounts, "count": len(accounts), "devices": states}
    return {**told, "warnings": notes} if notes else told


def members_of(options: Options, *, since: bool = False, notes: list[str] | None = None) -> list[Actual]:
    """The organisation's members, from the portal or from its export; since: with that of the device's state. notes
    gets what a person has to know about how the export was read."""
    ura = _ura(options)
    if options["driver"] == "worklist":
        from ...module_utils._portal import worklist

        return worklist.read_export(_needed(options, "export_path"), notes)
    driver = _scim(options)
    try:
        driver.connect(ura)
        return driver.read(ura, since=since)
    finally:
        driver.close()


def _told(item: Actual, full: bool) -> dict[str, Any]:
    names = (*_INFO, *_FULL) if full else _INFO
    told: dict[str, Any] = {name: clean(item[name]) if item[name] else item[name] for name in names}
    told["active"] = item.get("active", True)
    if full:
        told["attributes"] = {clean(name): value and clean(value) for name, value in item["attributes"].items()}
    return told


def _scim(options: Options) -> ScimDriver:
    if not options["token"] and not options["token_path"]:
        raise ZorgidError(
            "options_invalid",
            "The portal needs credentials",
            expected="token or token_path",
            found="neither",
            action="make a token on the portal's page and give it as token",
        )
    names = ("token", "token_path", "ca_path", "client_cert", "client_key", "validate_certs", "timeout")
    settings = Settings(_needed(options, "portal_url"), **{name: options[name] for name in names})
    return ScimDriver(settings)


def _needed(options: Options, name: str) -> str:
    if not options[name]:
        raise ZorgidError(
            "options_invalid",
            f"The driver {options['driver']} needs {name}",
            expected=name,
            found="nothing",
            action=f"give {name}",
        )
    return str(options[name])


def _ura(options: Options) -> str:
    return Ura.of(options["ura"]).digits


def listed(action: ZorgidAction, options: Options) -> desired.Source:
    """The employees, from wherever they are listed."""
    if options["accounts_path"]:
        return desired.read_file(options["accounts_path"])
    if options["accounts_variable"]:
        return desired.Source(desired.from_list(_raw_variable(action, options["accounts_variable"])))
    return desired.Source(desired.from_list(options["accounts"]))


def with_source(result: Result, source: desired.Source) -> Result:
    """The result, with what was read of a file; what a person has to know about that is a warning."""
    if source.read:
        result["read"] = source.read
    if source.notes:
        result["warnings"] = [*result.get("warnings", []), *source.notes]
    return result


def _raw_variable(action: ZorgidAction, name: str) -> list[Any]:
    """The variable without templating the whole of it: ten thousand accounts as an argument cost over ten seconds.

    Only texts that hold an expression are rendered, by Ansible's own rules of trust; vaulted ones are decrypted.
    """
    if name not in action.task_vars:
        raise ZorgidError(
            "accounts_unreadable",
            f"There is no variable {name}",
            expected="the name of a variable of this host",
            found="nothing",
            action="correct accounts_variable",
        )
    template: Callable[[Any], Any] = action._templar.template
    value = action.task_vars[name]
    if not isinstance(value, list | tuple):
        value = template(value)
    if not isinstance(value, list | tuple):
        raise ZorgidError(
            "accounts_unreadable",
            f"The variable {name} holds no list",
            expected="a list of accounts",
            found=kind(value),
            action="correct the variable",
        )
    return [_plain(item, template) for item in value]


def _plain(value: Any, template: Callable[[Any], Any]) -> Any:
    if isinstance(value, str):
        return str(template(value)) if "{" in value and any(mark in value for mark in _MARKS) else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, template) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, template) for item in value]
    return str(value) if type(value).__name__ == "EncryptedString" else value


def _progress(ura: str) -> Callable[[int, int], None]:
    """A line every five seconds, and none for a run that is over before."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 5:
            last = time.monotonic()
            _DISPLAY.display(f"portal {ura}: {done} of {total} changes made")

    return tell
