# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is told what and when."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS, Dossier, Milestone, Submission
from ansible_collections.gbz.zorgid.plugins.module_utils._report import texts
from ansible_collections.gbz.zorgid.plugins.module_utils._report.dates import day
from ansible_collections.gbz.zorgid.plugins.module_utils._report.notices import Notice, due
from ansible_collections.gbz.zorgid.tests.support.report_dossiers import ALL, WAITS, dossier

BEGAN = datetime.datetime(2026, 11, 1, 12, 0, tzinfo=datetime.UTC)


def waiting(done: int, **more: Any) -> Dossier:
    return dossier(done=done, state="waiting", since=BEGAN.isoformat(), **more)


def after(one: Dossier, days: float, **options: int) -> list[Notice]:
    """What is due after so many days, without the milestones."""
    found = due(one, BEGAN + datetime.timedelta(days=days), **options)
    return [notice for notice in found if notice.kind != "status"]


def sent(notice: Notice) -> Submission:
    digest, kind = notice.digest, notice.submission
    return Submission(1, "90000101", kind, digest, "<1@zorgid.invalid>", "done", {}, BEGAN.isoformat())


@pytest.mark.parametrize(
    ("days", "kind", "number", "role"),
    [
        (0, "request", "0", "portal_administrator"),
        (6.9, "request", "0", "portal_administrator"),
        (7, "reminder", "1", "portal_administrator"),
        (20.9, "reminder", "2", "portal_administrator"),
        (21, "escalation", "escalation", "representative"),
        (400, "escalation", "escalation", "representative"),
    ],
)
def test_a_wait_is_asked_reminded_and_escalated(days: float, kind: str, number: str, role: str) -> None:
    one = waiting(8)
    (notice,) = after(one, days)
    assert (notice.kind, notice.number, notice.role) == (kind, number, role)
    assert notice.submission == f"notice:identity_activated:{number}"
    one.submissions.append(sent(notice))
    assert after(one, days) == []


def test_the_days_are_the_users() -> None:
    assert [one.kind for one in after(waiting(8), 3, reminder_days=2, escalation_days=4)] == ["reminder"]
    assert [one.kind for one in after(waiting(8), 4, reminder_days=2, escalation_days=4)] == ["escalation"]


def test_vzvz_is_asked_only_when_it_takes_long() -> None:
    assert after(waiting(5), 6) == []
    (notice,) = after(waiting(5), 7)
    assert notice.role == "vzvz"
    assert notice.subject.startswith("Herinnering: ZORG-ID Smart, Huisartsenpraktijk De Linde: Beoordeel")
    assert "Kenmerk: VZ-2026-0042" in notice.text


def test_a_new_wait_is_told_again() -> None:
    one = waiting(11)
    one.submissions.append(sent(after(one, 1)[0]))
    assert after(one, 1) == []
    later = (BEGAN + datetime.timedelta(days=30)).isoformat()
    step = one.milestones["employees_active"]
    one.milestones["employees_active"] = Milestone(step.step, "waiting", later, step.who, step.what)
    assert [notice.kind for notice in after(one, 31)] == ["request"]


def test_a_step_that_fails_and_waits_by_turns_asks_once_a_day() -> None:
    one = waiting(11)
    (asked,) = after(one, 0)
    reported = dataclasses.replace(sent(asked), evidence={"kind": "request", "role": asked.role})
    one.submissions.append(reported)
    step = one.milestones["employees_active"]
    hour = (BEGAN + datetime.timedelta(hours=1)).isoformat()
    one.milestones["employees_active"] = Milestone(step.step, "waiting", hour, step.who, step.what)
    assert after(one, 0.1) == []
    assert [notice.kind for notice in after(one, 1)] == ["request"]
    # Somebody else, whose turn it is now, is told at once.
    one.milestones["employees_active"] = Milestone(step.step, "waiting", hour, "representative", step.what)
    assert [notice.role for notice in after(one, 0.1)] == ["representative"]


def test_the_portal_administrator_passes_on() -> None:
    for done, words in ((10, "ZORG-ID Portaal beheerder"), (11, "Zorgmedewerkers")):
        (notice,) = after(waiting(done), 8)
        assert notice.role == "portal_administrator"
        assert f"wacht sinds 01-11-2026 op: {words}. Wilt u dit doorgeven?" in notice.text


def test_an_unknown_role_is_the_providers_to_sort_out() -> None:
    (notice,) = after(waiting(8, who="Johanna", what="Bel a@b.example"), 1)
    assert notice.role == "provider"
    assert "Johanna" not in notice.text
    assert "Bel …" in notice.text


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_every_message_is_complete(done: int) -> None:
    one = waiting(done)
    for days in (1, 8, 22):
        for notice in due(one, BEGAN + datetime.timedelta(days=days)):
            assert notice.role in texts.ROLES
            assert "\n" not in notice.subject
            assert not {"{", "}", "None"} & set(notice.text + notice.subject)
            assert "\n\n\n" not in notice.text
            assert notice.text.startswith("Geachte heer, mevrouw,\n\n")
            assert notice.text.endswith("\n\nMet vriendelijke groet,\n")
            assert "URA-nummer: 90000101\n" in notice.text
    assert WAITS[STEPS[done]] in texts.ROLES


class TestTheRepresentative:
    def status(self, one: Dossier) -> list[Notice]:
        return [notice for notice in due(one, BEGAN) if notice.kind == "status"]

    def test_hears_of_the_furthest_milestone_once(self) -> None:
        one = waiting(5)
        (notice,) = self.status(one)
        assert (notice.step, notice.role) == ("document_sent", "representative")
        assert "Nu is aan zet: VZVZ. Beoordeel het organisatiedocument" in notice.text
        one.submissions.append(sent(notice))
        assert self.status(one) == []

    def test_does_not_hear_of_an_earlier_one_afterwards(self) -> None:
        one = dossier(done=ALL)
        one.submissions.append(sent(self.status(one)[0]))
        one.milestones["employees_active"] = Milestone(
            "employees_active", "waiting", BEGAN.isoformat(), "employees", "x"
        )
        assert self.status(one) == []
        assert self.status(dossier(done=ALL, submissions=one.submissions)) == []

    def test_hears_nothing_before_there_is_something(self) -> None:
        assert self.status(dossier(done=2)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T23:30:00+00:00", "25-11-2026"),
        ("2026-06-30T22:30:00Z", "01-07-2026"),
        ("2026-11-24", "24-11-2026"),
        ("soon", ""),
        (None, ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_days_are_those_of_the_netherlands(text: str | None, expected: str) -> None:
    assert day(text) == expected
