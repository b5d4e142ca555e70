# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the three portal actions share: options in, accounts from wherever they are, results out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible.utils.display import Display

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import demand, needs
from ...module_utils._common.ura import Ura
from ...module_utils._portal import desired, keeping
from ...module_utils._portal.connection import Settings
from ...module_utils._portal.model import PORTAL_ROLES, Account, Actual, clean
from ...module_utils._portal.planner import Rules
from ...module_utils._portal.scim import ScimDriver
from .action import Options, Result, ZorgidAction
from .portal_lists import listed, with_source
from .portal_seen import NO_DOSSIER, links_of, note_seen, portal_dossier

if TYPE_CHECKING:
    from ...module_utils._dossier.store import DossierStore

with needs("PyYAML"):
    import yaml

_DISPLAY = Display()
NOBODY: frozenset[str] = frozenset()
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
    with portal_dossier(options, read_only=action.check_mode) as store:
        result = _keep_noted(action, options, source, rules_of(options, ura, roles, source, store), store)
    if options["full"]:
        # Those that purge removed are not wanted.
        for item, account in zip(result["results"], source.accounts, strict=False):
            item["account"] = account
    return with_source(result, source)


def rules_of(
    options: Options, ura: str, roles: tuple[str, ...], source: desired.Source, store: DossierStore | None
) -> Rules:
    return Rules(
        ura,
        roles,
        purge=options["purge"],
        max_removals=options["max_removals"],
        reactivate=options["reactivate"],
        offboarded=store.words.offboarded(ura, (one["external_id"] for one in source.accounts)) if store else NOBODY,
        shared=links_of(store) if store else None,
        place=source.place,
    )


def _keep_noted(
    action: ZorgidAction, options: Options, source: desired.Source, rules: Rules, store: DossierStore | None
) -> Result:
    """Keep the accounts, and have the dossier know what was seen and how far the steps are."""
    wanted, kind = source.accounts, "employees" if "employee" in rules.roles else "administrators"
    noted = note_seen(store, options, listed=(f"list:{kind}", wanted))
    seen = _Seen(rules)
    result = (_clicked if options["driver"] == "worklist" else _kept)(action, options, wanted, seen)
    if store is None and any(_links(item) for item in result["results"]):
        noted.append(NO_DOSSIER)
    if noted:
        result["warnings"] = [*result.get("warnings", []), *noted]
    if store is not None and not action.check_mode and seen.members is not None:
        from .portal_steps import record_kept

        try:
            record_kept(store, options, wanted, seen.members, seen.rules, changed=seen.changed)
        except ZorgidError as error:
            _told_too(result, error)
    return result


def _links(item: dict[str, Any]) -> bool:
    return item["status"] in ("created", "linked") or (item["status"], item["message"]) == ("todo", "created")


@dataclass
class _Seen:
    """What is known when all is done. members: as the portal showed them last, where a dossier is to know of them.
    changed: whether the portal was changed."""

    rules: Rules
    members: list[Actual] | None = None
    changed: bool = False


def _clicked(action: ZorgidAction, options: Options, wanted: list[Account], seen: _Seen) -> Result:
    from ...module_utils._portal import worklist

    export, folder = _needed(options, "export_path"), _needed(options, "worklist_dir")
    seen.members = []
    result = worklist.keep(export, folder, wanted, seen.rules, check_mode=action.check_mode, members=seen.members)
    if options.get("invitations_dir"):
        _invite(action, options, wanted, lambda: worklist.read_export(export), result)
    return result


def _kept(action: ZorgidAction, options: Options, wanted: list[Account], seen: _Seen) -> Result:
    ura = seen.rules.ura
    driver = scim_driver(options)
    try:
        driver.connect(ura, seen.rules.roles)
        seen.rules = replace(seen.rules, owner=driver.owner)
        kept = keeping.keep(
            driver,
            wanted,
            seen.rules,
            check_mode=action.check_mode,
            tell=_progress(ura),
            remember=bool(options["dossier_url"]),
        )
        seen.members, seen.rules = kept.members, replace(seen.rules, linked=kept.linked)
        seen.changed = kept.changed
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
        _told_too(result, error)


def _told_too(result: Result, error: ZorgidError) -> None:
    result.setdefault("error_code", error.code)
    result.setdefault("msg", str(error))
    result["failed"] = True


def read_accounts(options: Options, *, check_mode: bool) -> Result:
    """portal_accounts_info."""
    notes: list[str] = []
    found = members_of(options, notes=notes)
    with portal_dossier(options, read_only=check_mode) as store:
        notes += note_seen(store, options, members=("portal_members", found))
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
    driver = scim_driver(options)
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


def scim_driver(options: Options) -> ScimDriver:
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


def _progress(ura: str) -> Callable[[int, int], None]:
    """A line every five seconds, and none for a run that is over before."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 5:
            last = time.monotonic()
            _DISPLAY.display(f"portal {ura}: {done} of {total} changes made")

    return tell
