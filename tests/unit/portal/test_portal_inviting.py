# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is invited now, who is reminded, and who waits: counted for a plan as it is sent by a run."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Submission
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.inviting import (
    due,
    enrolment_digest,
    invitations_due,
    submission_kind,
)

URA = "90000101"
NOW = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC)
WEEK = datetime.timedelta(days=7)


def account(name: str, **more: Any) -> dict[str, Any]:
    reported = {"first_name": name, "last_name": "Vos", "registration": "self", "state": "present"}
    return {"external_id": name, "email": f"{name}@linde.example", **reported, **more}


def member(name: str, device: str = "invited", since: str = "2026-11-01") -> dict[str, Any]:
    return {"external_id": name, "device": device, "since": since}


def mailed(name: str, number: int, ago: float, state: str = "done", since: str = "2026-11-01") -> Submission:
    at = (NOW - datetime.timedelta(days=ago)).isoformat()
    return Submission(1, URA, submission_kind(number), enrolment_digest(URA, name, since), "<1@x>", state, {}, at)


def counted(wanted: list[Any], members: list[Any], sent: list[Submission], **more: Any) -> dict[str, int]:
    return dict(invitations_due(URA, wanted, members, sent, NOW, **more))


def test_nothing_personal_is_mailed_to_a_mailbox_of_two() -> None:
    wanted = [account("a", shared_mailbox=True), account("b")]
    assert counted(wanted, [member("a"), member("b")], []) == {"shared": 1, "invited": 1}
    assert counted(wanted, [], [], enrols=["a", "b"]) == {"shared": 1, "enrolled": 1}


@pytest.mark.parametrize(
    ("sent", "status", "number"),
    [
        ([], "invited", 0),
        ([(0, 6.9, "done")], "waiting", 0),
        ([(0, 7, "done")], "reminded", 1),
        ([(0, 9, "done"), (1, 2, "done")], "waiting", 1),
        ([(0, 30, "done"), (1, 8, "done")], "reminded", 2),
        ([(0, 30, "done"), (1, 20, "done"), (2, 8, "done")], "overdue", 2),
        # A run that died may have sent it: the same mail again, the same one for its reader.
        ([(0, 30, "sending")], "invited", 0),
        ([(0, 30, "done"), (1, 1, "intended")], "reminded", 1),
        ([(0, 30, "elsewhere")], "waiting", 0),
    ],
)
def test_what_is_due_to_one_person(sent: list[tuple[int, float, str]], status: str, number: int) -> None:
    known = {which: mailed("a", which, ago, state) for which, ago, state in sent}
    assert due(known.get, NOW, 2, WEEK) == (status, number)
    assert counted([account("a")], [member("a")], list(known.values())) == {status: 1}


def test_each_is_counted_by_the_own_enrolment() -> None:
    wanted = [account(name) for name in "abc"]
    members = [member("a"), member("b", since="2026-11-20"), member("c", "active")]
    sent = [mailed("a", 0, 1), mailed("b", 0, 1)]  # b has to enrol again since then
    assert counted(wanted, members, sent) == {"waiting": 1, "invited": 1}


def test_who_is_registered_in_this_run_is_counted_apart() -> None:
    wanted = [
        account("a"),
        account("b"),
        account("c", email=None),
        account("d", registration="operator"),
        account("e", state="absent"),
    ]
    assert counted(wanted, [member("a")], [], enrols=["b", "c", "d", "e"]) == {
        "invited": 1,
        "enrolled": 1,
        "unreachable": 1,
    }
    # Who enrols again is no one of now as well.
    assert counted([account("a")], [member("a")], [], enrols=["a"]) == {"enrolled": 1}


def test_without_an_address_nothing_can_be_mailed() -> None:
    assert counted([account("a", email=None)], [member("a")], []) == {"unreachable": 1}


def test_the_rhythm_is_the_users() -> None:
    sent = [mailed("a", 0, 2)]
    assert counted([account("a")], [member("a")], sent, patience=datetime.timedelta(days=1)) == {"reminded": 1}
    assert counted([account("a")], [member("a")], sent, reminders=0, patience=datetime.timedelta(0)) == {"overdue": 1}
