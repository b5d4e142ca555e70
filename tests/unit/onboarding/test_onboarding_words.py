# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table where a person's word, a mail of VZVZ and two clocks meet; and what closes a mail for good."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import UNDOABLE, WORDS, Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Answer, Observed, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import STEPS
from ansible_collections.gbz.zorgid.tests.support.decisions import CHANGED, SENT, Row, check
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NOW,
    POLICY,
    SHOWN_BY_PORTAL,
    all_but,
    answer,
    days,
    known_until,
    portal,
    said,
    seen,
    submission,
    with_step,
    with_words,
    word,
)
from ansible_collections.gbz.zorgid.tests.support.word_rows import MINUTE, ROWS

UNKNOWN = answer("unknown", 5, problem="not_recognised")


def waiting(step: str, ago: float, who: str = "vzvz") -> Milestone:
    return Milestone(step, "waiting", days(ago).isoformat(), who, "do it")


def twice(known: Known) -> Known:
    """A second document was mailed, ten days ago."""
    second = submission("organisation_document", documents_before=1)
    return dataclasses.replace(known, submissions={**known.submissions, "organisation_document": second})


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_decision(row: Row) -> None:
    check(row)


def test_who_can_log_in_can_export_the_list_of_users() -> None:
    early, late = known_until("activation_qr_received"), known_until("identity_activated")
    assert (early.can_log_in, late.can_log_in) == (False, True)
    assert with_words(early, word("registered_before", 1)).can_log_in


# A mail that was not understood: work for a person, until something later says what it was.


def warned(known: Known, observed: Observed) -> tuple[list[str], bool]:
    found = plan(known, observed, POLICY, NOW)
    step = found.step("application_confirmed")
    reported = [one.mail for one in (step.trouble, *step.warnings) if one and one.mail]
    return reported, found.remind


def test_it_is_somebodys_work_and_nobody_is_reminded() -> None:
    assert warned(SENT, seen(answers=(UNKNOWN,))) == ([UNKNOWN.message_id], False)
    # What asks nothing of anybody is no work.
    for nothing in ("auto_reply", "delivery_report"):
        assert warned(SENT, seen(answers=(answer("unknown", problem=nothing),))) == ([], True)


@pytest.mark.parametrize(
    ("known", "more", "open_still"),
    [
        # A later mail of VZVZ that only follows.
        (SENT, (answer("document_confirmed", 4),), False),
        (SENT, (answer("document_confirmed", 6),), True),
        (SENT, (answer("follow_up_link", 4),), False),
        # That the application was received says nothing of what came before.
        (SENT, (answer("application_confirmed", 4),), True),
        # Nobody proves who sent it.
        (SENT, (answer("document_confirmed", 4, proven=False),), True),
        # A person's later word about a step that VZVZ writes about.
        (with_step(SENT, said("application_confirmed", 1)), (), False),
        (with_step(SENT, said("application_confirmed", 6)), (), True),
        (with_words(known_until("application_confirmed"), word("undone", 1, "document_sent")), (), False),
        (with_words(known_until("application_confirmed"), word("done", 1, "follow_up_submitted")), (), False),
        (with_words(known_until("application_confirmed"), word("done", 1, "certificate_checked")), (), True),
        (with_words(known_until("application_confirmed"), word("moved", 1)), (), True),
    ],
)
def test_what_comes_later_closes_it(known: Known, more: tuple[Answer, ...], open_still: bool) -> None:
    reported, remind = warned(known, seen(answers=(UNKNOWN, *more)))
    assert (UNKNOWN.message_id in reported, remind) == (open_still, not open_still)


def test_who_speaks_after_the_dossier_saw_it_has_read_it_however_near() -> None:
    """The clocks of the mail server and the dossier are two: five minutes would decide nothing."""
    spoken = with_step(SENT, said("application_confirmed", 5 - 5 * MINUTE))
    assert warned(spoken, seen(answers=(UNKNOWN,))) == ([UNKNOWN.message_id], False)
    read = dataclasses.replace(UNKNOWN, seen_at=days(5 - 3 * MINUTE))
    assert warned(spoken, seen(answers=(read,))) == ([], True)


def test_a_report_of_non_delivery_says_how_to_mail_anew_and_is_closed_by_that() -> None:
    report = dataclasses.replace(answer("undelivered", 9, problem="not_delivered"), proven=False)
    trouble = plan(SENT, seen(answers=(report,)), POLICY, NOW).step("application_confirmed").trouble
    assert trouble
    assert (trouble.code, trouble.record.split(" attested")[0]) == ("not_delivered", "word=undone step=document_sent")
    # The first document's report; the second one left ten days ago.
    old = dataclasses.replace(report, received_at=days(12), seen_at=days(11))
    assert warned(twice(SENT), seen(answers=(old,))) == ([], True)
    assert warned(twice(SENT), seen(answers=(report,)))[1] is False
    # Where the dossier says about which mail it is, no clock decides.
    ours = dataclasses.replace(old, ours="organisation_document")
    assert warned(twice(SENT), seen(answers=(ours,)))[1] is False
    assert warned(SENT, seen(answers=(dataclasses.replace(report, closed=True),))) == ([], True)
    # Of a mail that was understood, nobody can say that it needs nothing.
    rejected = dataclasses.replace(answer("document_rejected"), closed=True)
    assert plan(SENT, seen(answers=(rejected,)), POLICY, NOW).step("application_confirmed").trouble
    forged = dataclasses.replace(answer("document_rejected"), proven=False)
    asked = plan(SENT, seen(answers=(forged,)), POLICY, NOW).step("application_confirmed").trouble
    assert asked
    assert asked.code == "sender_not_proven"
    looked = dataclasses.replace(forged, closed=True)
    assert plan(SENT, seen(answers=(looked,)), POLICY, NOW).step("application_confirmed").trouble is None
    # A request to a person that came back is no reason to send VZVZ another document.
    notice = dataclasses.replace(report, ours="notice:identity_activated:0")
    trouble = plan(SENT, seen(answers=(notice,)), POLICY, NOW).step("application_confirmed").trouble
    assert trouble
    assert trouble.message == "A mail that we sent did not arrive"
    assert "document_sent" not in trouble.record


@pytest.mark.parametrize(
    ("came", "remind"),
    [(days(1), False), (days(5), True), (None, False)],
)
def test_mail_of_nobody_may_be_anybodys_answer(came: datetime.datetime | None, remind: bool) -> None:
    """Only of who waits for one: it came after the wait began, or nobody knows when."""
    known = with_step(SENT, waiting("application_confirmed", 3))
    assert plan(known, seen(nobodys=(came,)), POLICY, NOW).remind is remind
    ready = all_but(*SHOWN_BY_PORTAL)
    assert plan(ready, seen(nobodys=(came,), portal=Seen.good(portal())), POLICY, NOW).remind


# Words


def test_every_word_that_a_plan_asks_for_can_be_said() -> None:
    """The dossier's action takes them; nothing of a plan waits for a word that nobody can say."""
    doubtful = known_until("activation_qr_received", code_for="before")
    situations: list[Plan] = [
        plan(known, observed, POLICY, NOW)
        for known in (SENT, doubtful, twice(SENT), known_until(None), with_words(SENT, word("hold")))
        for observed in (
            seen(answers=(UNKNOWN, answer("document_rejected")), person="now", portal=Seen.good(portal())),
            seen(answers=(answer("undelivered", problem="not_delivered"),), document=Seen.good(CHANGED)),
            seen(answers=(answer("follow_up_link", proven=False),)),
        )
    ]
    troubles = [one for found in situations for step in found.steps for one in (step.trouble, *step.warnings) if one]
    asked = [one.record for one in troubles if one.record] + [found.note.record for found in situations if found.note]
    assert len(set(asked)) > 4
    for record in asked:
        reported = dict(part.split("=", 1) for part in record.split(" attested_how")[0].split())
        assert reported.get("word", "done") in WORDS
        assert reported.get("undoes", "lost") in UNDOABLE
        assert reported.get("step", "prepared") in STEPS
        assert set(reported) <= {
            "word",
            "undoes",
            "step",
            "subject",
            "attested_by",
            "attested_at",
            "resolve",
            "arrived",
        }


def test_a_rejection_names_its_mail_and_no_reason_of_it() -> None:
    """Decision 0163: the reason is shown on the terminal alone. The board, plan.md and this say in which mail it is."""
    rejected = answer("document_rejected")
    trouble = plan(SENT, seen(answers=(rejected,)), POLICY, NOW).step("application_confirmed").trouble
    assert trouble
    assert (trouble.code, trouble.mail, trouble.mail_at) == (
        "document_rejected",
        rejected.message_id,
        rejected.received_at,
    )
    assert "board" not in str(trouble)
