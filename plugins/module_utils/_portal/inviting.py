# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is invited, and which mail is due to them now. Pure, so that the run sends exactly what the plan counts."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .folder import safe
from .model import Account, Actual, family_name, person_key

if TYPE_CHECKING:
    from .._dossier.model import Submission

REMINDERS, REMIND_AFTER_DAYS = 2, 7


def to_invite(desired: Sequence[Account], actual: Sequence[Actual]) -> list[tuple[Account, str]]:
    """Present accounts with registration ``self`` whose phone is not active yet, and since when the portal waits for
    this enrolment (empty if it does not say): a person who has to enrol again is invited again."""
    by_id: dict[str, str] = {}
    by_person: dict[tuple[str, str, str] | None, str] = {}  # members without an external id
    for item in actual:
        if item["device"] in ("none", "invited") and item.get("active", True):
            since = item.get("since", "")
            if item["external_id"]:
                by_id[item["external_id"]] = since
            else:
                by_person[person_key(item["first_name"], item["last_name"], item["date_of_birth"])] = since
    by_person.pop(None, None)
    found = []
    for account in desired:
        if account["registration"] == "self" and account["state"] == "present":
            waits = by_id.get(account["external_id"])
            if waits is None and by_person:
                key = person_key(account["first_name"], family_name(account), account.get("date_of_birth"))
                waits = by_person.get(key)
            if waits is not None:
                found.append((account, waits))
    return found


def letters_of(ura: str, desired: Sequence[Account], actual: Sequence[Actual]) -> dict[str, Account]:
    """The accounts that get a letter, by the name of its file. ``ura`` in eight digits."""
    return {f"{ura}-{safe(account['external_id'])}.html": account for account, _since in to_invite(desired, actual)}


def enrolling(external_id: str) -> Actual:
    """A person whom a plan registers, or lets enrol again, as the portal will show them afterwards."""
    return {
        "id": "", "version": None, "external_id": external_id, "first_name": None, "last_name": None,
        "date_of_birth": None, "email": None, "attributes": {}, "role": "employee", "device": "invited",
    }  # fmt: skip


def submission_kind(number: int) -> str:
    """The kind of the submission; number 0 is the invitation, then the reminders."""
    return f"invitation:{number}"


def enrolment_digest(ura: str, external_id: str, since: str) -> str:
    """The digest of one enrolment: another enrolment gets another invitation. ``ura`` in eight digits."""
    return hashlib.sha256(f"{ura} {external_id} {since}".encode()).hexdigest()


def _unserved(account: Account) -> str | None:
    """Why nothing is mailed to this person: the name under which they are counted."""
    if not account.get("email"):
        return "unreachable"
    return "shared" if account.get("shared_mailbox") else None


def due(
    sent: Callable[[int], Submission | None],
    now: datetime.datetime,
    reminders: int,
    patience: datetime.timedelta,
) -> tuple[str, int]:
    """What is due to one person, and the number of the mail: invited, reminded, waiting, or overdue when all reminders
    are sent. ``sent``: the submission of a number in the dossier."""
    number = 0
    for number in range(reminders + 1):
        known = sent(number)
        if known is None or known.state in ("intended", "sending"):
            return ("reminded" if number else "invited"), number
        if known.state == "elsewhere" or now - datetime.datetime.fromisoformat(known.since) < patience:
            return "waiting", number
    return "overdue", number


def invitations_due(
    ura: str,
    wanted: Sequence[Account],
    members: Sequence[Actual],
    submissions: Iterable[Submission],
    now: datetime.datetime,
    *,
    enrols: Iterable[str] = (),
    reminders: int = REMINDERS,
    patience: datetime.timedelta = datetime.timedelta(days=REMIND_AFTER_DAYS),
) -> Mapping[str, int]:
    """How many are invited, reminded, waiting and overdue, how many have no address (``unreachable``),
    and how many have the address of another person (``shared``).

    ``members`` with ``since``. ``enrols``: ids of people whom the accounts' plan registers, or lets enrol again; they
    are ``enrolled``, and are invited after that was done. ``submissions``: of the whole dossier.
    """
    known = {(one.kind, one.digest): one for one in submissions}
    counts: Counter[str] = Counter()
    new = set(enrols)
    others = [item for item in members if item["external_id"] not in new]
    for account, since in to_invite(wanted, others):
        if (unserved := _unserved(account)) is not None:
            counts[unserved] += 1
            continue
        mine = enrolment_digest(ura, account["external_id"], since)
        sent = {number: known.get((submission_kind(number), mine)) for number in range(reminders + 1)}
        counts[due(sent.get, now, reminders, patience)[0]] += 1
    for account, _since in to_invite(wanted, [enrolling(name) for name in new]):
        counts[_unserved(account) or "enrolled"] += 1
    return dict(counts)
