# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare one account with its member: the change, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from . import model
from .model import (
    ATTRIBUTES,
    Account,
    AccountResult,
    AccountState,
    AccountStatus,
    Actual,
    Change,
    DeviceChange,
    Role,
    composed,
    family_name,
)
from .rules import Rules

_ANOTHER = (
    "has the external id of another person of the portal: name and date of birth both differ, and an identity with its "
    "phone is never given to another person. If it is another person, give their own number; if the number is used "
    "again, offboard the former person first and then record the word rehired. If it is the same person, correct the "
    "name or the date of birth in the portal"
)
_SHARED = (
    "In the portal this person also belongs to another organisation, or was known before they were linked here: name, "
    "date of birth and mail address are not changed; change them in the portal by hand"
)


def change_of(account: Account, found: Actual | None, position: int, rules: Rules) -> Change | AccountResult | None:
    """The change, or a result with the reason why none is made; None if nothing differs."""
    external_id, state = account["external_id"], account["state"]
    if found is None:
        if state == "absent":
            return None
        if state in ("blocked", "revoked"):
            return AccountResult(
                external_id,
                model.FAILED,
                f"The organisation has no such account, so nothing can be {state}",
                "account_unknown",
            )
        refusal = _registration_refusal(account, rules.today)
        if refusal:
            return AccountResult(external_id, model.FAILED, refusal[1], refusal[0])
        return Change(model.CREATED, external_id, position, account, None)
    if found["role"] not in rules.roles and "employee" in rules.roles:
        if state == "absent":
            return AccountResult(
                external_id,
                model.FAILED,
                f"This person is {found['role']}: remove that role with portal_administrators first",
                "account_is_administrator",
            )
        account = {**account, "role": cast(Role, found["role"])}  # stays as in the portal
    if state == "absent":
        if found.get("gone"):
            return None
        return Change(model.UNLINKED, external_id, position, account, found)
    fields = _differences(account, found)
    if fields and _is_another(fields, account, found):
        return AccountResult(external_id, model.FAILED, f"{rules.place(position)} {_ANOTHER}", "account_of_another")
    device, status, note = _device(state, found, rules.reactivate)
    if fields and _PERSONAL & fields.keys() and _is_shared(external_id, found, rules):
        fields = {name: pair for name, pair in fields.items() if name not in _PERSONAL}
        note = note or _SHARED
    if not fields and not device:
        return AccountResult(external_id, model.UNCHANGED, note) if note else None
    return Change(status or model.UPDATED, external_id, position, account, found, fields, device)


#: fields of an identity that are the same for all organisations and by which a person is recognised
_PERSONAL = frozenset({"first_name", "last_name", "date_of_birth", "email"})


def _is_another(fields: Mapping[str, tuple[object, object]], account: Account, found: Actual) -> bool:
    """Whether these changes would turn an identity into another person. Filling an empty field is not a change; if the
    dates of birth cannot be compared, first and last name together decide."""
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


def _device(
    state: AccountState, found: Actual, reactivate: bool
) -> tuple[DeviceChange | None, AccountStatus | None, str]:
    revoked = found["device"] == "revoked"
    blocked = not revoked and (found["device"] == "blocked" or not found.get("active", True))
    if state == "blocked":
        return (None, None, "") if blocked or revoked else ("blocked", model.BLOCKED, "")
    if state == "revoked":
        return (None, None, "") if revoked else ("revoked", model.REVOKED, "")
    if (blocked or revoked) and not reactivate:
        word = "revoked" if revoked else "blocked"
        return None, None, f"This person is {word} in the portal and stays {word}: reactivate is not set"
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
    if (
        "first_name" not in unknown
        and first != found["first_name"]
        and composed(first) != composed(found["first_name"] or "")
    ):
        fields["first_name"] = (found["first_name"], first)
    if (
        "last_name" not in unknown
        and last != found["last_name"]
        and composed(last) != composed(found["last_name"] or "")
    ):
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
        return "identification_future", "The date of the WID check is in the future"
    if record["checked_by"] == account["external_id"]:
        return "identification_own", "Nobody checks their own identity document: another operator must do the WID check"
    return None
