# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that wait for an approval. They are rows of the journal that belong to no organisation, and change no table.

``plan_kept`` and ``plan_used`` say who and when, and stay. ``plan_hosts`` only serves to say what differs; its content
is erased when it is not needed any more. No row names an organisation.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.moments import iso
from .._common.text import printable
from . import records, schema
from .checks import check_text, check_ura
from .erasure import forget_rows
from .journal import append, payload_of
from .rows import fetched
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _JOURNAL = schema.journal.c
    _EVENTS = ("plan_kept", "plan_hosts", "plan_used")
    _ROWS = (
        sa.select(_JOURNAL.seq, _JOURNAL.at, _JOURNAL.event, _JOURNAL.payload)
        .where(_JOURNAL.ura == "", sa.or_(*(_JOURNAL.event == one for one in _EVENTS)), _JOURNAL.payload.is_not(None))
        .order_by(_JOURNAL.seq)
    )
    _LAST = sa.select(sa.func.max(_JOURNAL.seq)).where(_JOURNAL.ura == sa.bindparam("of"))

#: How long a plan may be carried out.
VALID = datetime.timedelta(hours=4)
_SHOWN = 200


@dataclass(frozen=True)
class By:
    """Who asked for a plan, or approved it; ``job``: where a controller can be asked about it."""

    name: str
    job: str = ""


@dataclass(frozen=True)
class KeptPlan:
    """``run`` and ``hosts`` as ``_onboarding.digest.Kept``; ``until``: the last moment at which it may be used."""

    digest: str
    by: By
    until: str
    run: str = ""
    hosts: Mapping[str, str] | None = None


class Plans:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def place(self, ura: str) -> int:
        """The number of the organisation's last row in the journal; 0 if it has none."""
        check_ura(ura)
        with self._transactions.database.reading() as connection:
            found = fetched(connection, _LAST, of=records.spelling(connection, ura))
            return int(found[0][0] or 0) if found else 0

    def keep(self, digest: str, run: str, hosts: Mapping[str, str], by: By) -> KeptPlan:
        """Record a plan. The same plan again is valid from now, also if it was used before: somebody asked for it once
        more, and somebody has to approve it once more."""
        check_text(requester=by.name, job=by.job)
        with self._transactions.changing() as (connection, at):
            if not self._transactions.read_only:
                forget_rows(connection, at, _old(connection, at))
                append(connection, at, "", "plan_kept", {"digest": digest, **_who(by)})
                append(connection, at, "", "plan_hosts", {"digest": digest, "run": run, "hosts": dict(hosts)})
        return KeptPlan(digest, by, _until(at), run, hosts)

    def find(self, digest: str) -> KeptPlan:
        """Errors: ``plan_unknown``, ``plan_used``, ``plan_expired``."""
        with self._transactions.changing() as (connection, at):
            return _usable(connection, digest, at)

    def use(self, digest: str, by: By) -> KeptPlan:
        """Record that the plan is carried out now; only one run can do that. Errors: as ``find``."""
        check_text(approver=by.name, job=by.job)
        with self._transactions.changing() as (connection, at):
            found = _usable(connection, digest, at)
            if not self._transactions.read_only:
                usage = {"digest": digest, **_who(by), "requester": found.by.name}
                append(connection, at, "", "plan_used", usage)
            return found


def _who(by: By) -> dict[str, str]:
    return {"by": printable(by.name, _SHOWN), **({"job": printable(by.job, _SHOWN)} if by.job else {})}


def _usable(connection: sa.Connection, digest: str, at: str) -> KeptPlan:
    found: KeptPlan | None = None
    used: tuple[str, str] | None = None
    for _seq, when, event, payload in _rows(connection):
        if payload.get("digest") != digest:
            continue
        if event == "plan_kept":
            by = By(str(payload.get("by") or ""), str(payload.get("job") or ""))
            found, used = KeptPlan(digest, by, _until(when)), None
        elif event == "plan_used":
            used = (when, str(payload.get("by") or ""))
        elif found:
            found = KeptPlan(digest, found.by, found.until, str(payload.get("run")), dict(payload.get("hosts") or {}))
    if found is None:
        raise ZorgidError(
            "plan_unknown",
            "The dossier has no plan with this digest, so nothing was done",
            expected="the digest that ansible-playbook gbz.zorgid.plan -e zorgid_plan_keep=true shows",
            found=printable(digest, 80) or "nothing",
            action="copy the whole digest; the plan has to be of this dossier",
        )
    if used:
        raise ZorgidError(
            "plan_used",
            "This plan was carried out already, so nothing was done",
            expected="a plan that was not carried out yet",
            found=f"one that was, since {used[0]}",
            action="make a plan again, and let somebody approve that",
        )
    if at > found.until:
        raise ZorgidError(
            "plan_expired",
            "This plan is too old, so nothing was done",
            expected=f"at most {VALID.seconds // 3600} hours between the plan and its approval",
            found=f"a plan that could be carried out until {found.until}",
            action="make a plan again, and let somebody approve that",
        )
    return found


def _rows(connection: sa.Connection) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    for seq, at, event, payload in fetched(connection, _ROWS):
        content = payload_of(seq, payload)
        if isinstance(content, dict):
            yield seq, str(at), str(event), content


def _old(connection: sa.Connection, at: str) -> list[tuple[int, str]]:
    """The rows ``plan_hosts`` of plans that can no longer be carried out."""
    return [
        (seq, "") for seq, when, event, _payload in _rows(connection) if event == "plan_hosts" and _until(when) < at
    ]


def _until(at: str) -> str:
    return iso(datetime.datetime.fromisoformat(at) + VALID)
