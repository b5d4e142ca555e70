# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From desired and actual accounts to a list of changes. Pure: no clock but the date given, no network, no driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

from . import model
from .matching import Index, match
from .model import ATTRIBUTES, Account, Actual, Change, Result, composed, family_name
from .removals import guard, keep_an_administrator, names_nobody, stays


@dataclass(slots=True)
class Rules:
    """What one run may do.

    roles: the roles this list keeps; members with another role are never purged. max_removals: an absolute number
    (``25``) or a percentage of the organisation's members with these roles (``10%``), rounded up, at least one.
    reactivate: a present account that is blocked is unblocked, one that is revoked is invited again; without it a
    block stays, because another organisation may have set it (a block counts for all). today: for the WID check.
    owner: the portal's id of whose token is used, where the portal tells. offboarded: external ids that a person
    offboarded and nobody rehired. linked: external ids whose identity is another organisation's too; shared: whether
    that of a portal's id is; both beside those of which the portal says so. place: what the n-th account of the list
    is called.
    """

    ura: str
    roles: tuple[str, ...] = ("employee",)
    purge: bool = False
    max_removals: str = "10%"
    reactivate: bool = False
    today: date = field(default_factory=date.today)
    owner: str | None = None
    offboarded: Set[str] = frozenset()
    linked: Set[str] = frozenset()
    shared: Callable[[str], bool] | None = None
    place: Callable[[int], str] = "Account {}".format


@dataclass(slots=True)
class Plan:
    """changes to make; settled: results already known, by position. An account in neither is unchanged and has nothing
    to say (at 100,000 accounts a result for each would be fifteen megabytes). staying: members that purge would remove
    and that stay, with the reason."""

    changes: list[Change]
    settled: dict[int, Result]
    staying: list[Result] = field(default_factory=list)


def plan(
    desired: list[Account],
    actual: list[Actual],
    rules: Rules,
    keys: Set[str] | None = None,
    members: dict[int, Actual] | None = None,
) -> Plan:
    """Compare; see ``Rules``. Errors that stop the whole list: ``accounts_empty, max_removals_exceeded,
    administrator_last, max_removals_invalid``. Refusals of one account become failed results. keys: the external ids of
    the whole list when ``desired`` is a part of it, so that a twin is not taken for its brother. members gets which
    member each account is, by position."""
    if rules.purge and not any(account["state"] != "absent" for account in desired):
        raise names_nobody()
    index = Index(actual)
    if keys is None:
        keys = external_ids(desired)
    matched: dict[str, int] = {}  # by something else than the external id
    spared: set[str] = set()
    changes: list[Change] = []
    settled: dict[int, Result] = {}
    for position, account in enumerate(desired, 1):
        external_id = account["external_id"]
        found = index.external.get(external_id)
        if external_id in rules.offboarded and account["state"] != "absent":
            settled[position] = Result(
                external_id, model.FAILED, f"{rules.place(position)} {_OFFBOARDED}", "account_offboarded"
            )
            continue
        if external_id in index.doubled:
            spared.update(item["id"] for item in index.doubled[external_id])
            settled[position] = Result(
                external_id,
                model.FAILED,
                f"{len(index.doubled[external_id])} accounts of the portal have this external id. "
                "Take it away from all but one",
                "account_ambiguous",
            )
            continue
        if found is None:
            found, candidates, why = match(account, index, keys)
            code = "account_ambiguous"
            if found is None and not why and account["state"] != "absent":
                candidates = index.near(account, keys)
                if candidates:
                    why, code = f"{rules.place(position)} {_NEAR}", "account_near_match"
            if why:
                spared.update(item["id"] for item in candidates)
                settled[position] = Result(external_id, model.FAILED, why, code)
                continue
        if found is not None and found["external_id"] != external_id:
            other = matched.setdefault(found["id"], position)
            if other != position:
                spared.add(found["id"])
                settled[position] = Result(
                    external_id,
                    model.FAILED,
                    f"Accounts {other} and {position} of the list fit the same account of the portal. "
                    "Give each its UZI number or write their external ids into the portal",
                    "account_ambiguous",
                )
                continue
        if members is not None and found is not None:
            members[position] = found
        outcome = _compare(account, found, position, rules)
        if isinstance(outcome, Change):
            changes.append(outcome)
        elif outcome is not None:
            settled[position] = outcome
    scope = [item for item in actual if item["role"] in rules.roles]
    if rules.purge:
        for item in scope:
            kept = item["external_id"] in keys or item["id"] in matched or item["id"] in spared
            if not kept and not item.get("gone"):
                changes.append(Change(model.UNLINKED, model.clean(item["external_id"] or item["id"]), 0, None, item))
    guard(changes, len(scope), rules.max_removals)
    keep_an_administrator(changes, actual)
    planned = Plan(changes, settled)
    for change, result in stays(changes, actual, rules.owner):
        changes.remove(change)
        if change.position:
            settled[change.position] = result
        else:
            planned.staying.append(result)
    return planned


_OFFBOARDED = (
    "names somebody who was offboarded, and nobody is linked again because a list still names them. Take the row out; "
    "for somebody who is back, record the word rehired with this external id, or give the new number of the HR system"
)
_NEAR = (
    "looks like a member of the organisation that has another external id: the same last name and date of birth, or "
    "the same mail address and date of birth (or a name, where a date is missing). For the same person, write the new "
    "external id into the portal; for another person, list that one too"
)
_ANOTHER = (
    "has the external id of another person of the portal: name and date of birth both differ, and an identity with its "
    "phone is never turned into somebody else's. For another person, give the number of their own; when the number is "
    "used again, offboard the former person first and then record the word rehired. For the same person, correct one "
    "of the two in the portal"
)
_SHARED = (
    "The portal has this person for another organisation too, or knew them before they were linked here: name, date of "
    "birth and mail address stay as they are, and are changed in the portal by hand"
)


def external_ids(desired: Iterable[Account]) -> Set[str]:
    return {account["external_id"] for account in desired}


def _compare(account: Account, found: Actual | None, position: int, rules: Rules) -> Change | Result | None:
    external_id, state = account["external_id"], account["state"]
    if found is None:
        if state == "absent":
            return None
        if state in ("blocked", "revoked"):
            return Result(
                external_id,
                model.FAILED,
                f"The organisation has no such account, so nothing can be {state}",
                "account_unknown",
            )
        refusal = _registration_refusal(account, rules.today)
        if refusal:
            return Result(external_id, model.FAILED, refusal[1], refusal[0])
        return Change(model.CREATED, external_id, position, account, None)
    if found["role"] not in rules.roles and "employee" in rules.roles:
        if state == "absent":
            return Result(
                external_id,
                model.FAILED,
                f"This person is {found['role']}: remove that role with portal_administrators first",
                "account_is_administrator",
            )
        account = {**account, "role": found["role"]}
    if state == "absent":
        if found.get("gone"):
            return None
        return Change(model.UNLINKED, external_id, position, account, found)
    fields = _differences(account, found)
    if fields and _is_another(fields, account, found):
        return Result(external_id, model.FAILED, f"{rules.place(position)} {_ANOTHER}", "account_of_another")
    device, status, note = _device(state, found, rules.reactivate)
    if fields and _PERSONAL & fields.keys() and _is_shared(external_id, found, rules):
        fields = {name: pair for name, pair in fields.items() if name not in _PERSONAL}
        note = note or _SHARED
    if not fields and not device:
        return Result(external_id, model.UNCHANGED, note) if note else None
    return Change(status or model.UPDATED, external_id, position, account, found, fields, device)


#: what an identity has in common for all organisations, and a person is known by
_PERSONAL = frozenset({"first_name", "last_name", "date_of_birth", "email"})


def _is_another(fields: Mapping[str, tuple[object, object]], account: Account, found: Actual) -> bool:
    """Whether these changes would make somebody else of an identity. What is only filled in is no change; where the
    dates of birth cannot be compared, first and last name together tell."""
    first, last = (name in fields and bool(fields[name][0]) for name in ("first_name", "last_name"))
    if not first and not last:
        return False
    if account.get("date_of_birth") and found["date_of_birth"]:
        return "date_of_birth" in fields
    return first and last


def _is_shared(external_id: str, found: Actual, rules: Rules) -> bool:
    return bool(
        found.get("shared") or external_id in rules.linked or (rules.shared is not None and rules.shared(found["id"]))
    )


def _device(state: str, found: Actual, reactivate: bool) -> tuple[str | None, str | None, str]:
    revoked = found["device"] == "revoked"
    blocked = not revoked and (found["device"] == "blocked" or not found.get("active", True))
    if state == "blocked":
        return (None, None, "") if blocked or revoked else ("blocked", model.BLOCKED, "")
    if state == "revoked":
        return (None, None, "") if revoked else ("revoked", model.REVOKED, "")
    if (blocked or revoked) and not reactivate:
        word = "revoked" if revoked else "blocked"
        return None, None, f"This person is {word} in the portal and stays so: reactivate is not set"
    if blocked:
        return "unblocked", model.UNBLOCKED, ""
    return ("invited", model.UPDATED, "") if revoked else (None, None, "")


def _differences(account: Account, found: Actual) -> dict[str, tuple[object, object]]:
    fields: dict[str, tuple[object, object]] = {}
    unknown = found.get("unknown", ())
    last = family_name(account)
    if account["external_id"] != found["external_id"] and "external_id" not in unknown:
        fields["external_id"] = (found["external_id"], account["external_id"])
    first = account["first_name"]
    if first != found["first_name"] and composed(first) != composed(found["first_name"] or ""):
        fields["first_name"] = (found["first_name"], first)
    if last != found["last_name"] and composed(last) != composed(found["last_name"] or ""):
        fields["last_name"] = (found["last_name"], last)
    born = account.get("date_of_birth")
    if born is not None and born != found["date_of_birth"] and "date_of_birth" not in unknown:
        fields["date_of_birth"] = (found["date_of_birth"], born)
    email = account.get("email")
    same = email is None or email == found["email"] or email.casefold() == (found["email"] or "").casefold()
    if not same and "email" not in unknown:
        fields["email"] = (found["email"], email)
    if account["role"] != found["role"]:
        fields["role"] = (found["role"], account["role"])
    for name, kind in ATTRIBUTES.items():
        value = account.get(name)
        if value is not None and value != found["attributes"].get(kind) and name not in unknown:
            fields[name] = (found["attributes"].get(kind), value)
    return fields


def _registration_refusal(account: Account, today: date) -> tuple[str, str] | None:
    """HA-008: registering a person needs a WID record of a valid document that somebody else checked."""
    if account["registration"] == "self" or account["role"] == "administrator":
        return None
    record = account.get("identification")
    if record is None:
        return (
            "identification_missing",
            "Registration by an operator needs the record of the WID check (identification)",
        )
    if record["document_expires"] < today.isoformat() or record["document_expires"] < record["checked_at"][:10]:
        return "identification_expired", "The identity document of the WID check has expired"
    if record["checked_at"][:10] > today.isoformat():
        return "identification_future", "The WID check lies in the future"
    if record["checked_by"] == account["external_id"]:
        return "identification_own", "Nobody checks their own identity document: another operator must do the WID check"
    return None
