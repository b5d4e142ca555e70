# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table where a person's word, a mail of VZVZ and two clocks meet; and what closes a mail for good."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Attestation, Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.said import UNDOABLE, WORDS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Answer, Observed, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan, State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import STEPS
from onboarding_support import (
    NOW,
    POLICY,
    THUMBPRINT,
    answer,
    days,
    done,
    known_until,
    portal,
    said,
    seen,
    submission,
    with_step,
    with_words,
    word,
)
from test_onboarding_table import CHANGED, F, L, M, Row, check

SENT = known_until("document_sent")
MINUTE = 1 / 24 / 60
UNKNOWN = answer("unknown", 5, problem="not_recognised")
#: A day is kept as its midnight in UTC.
TODAY = NOW.replace(hour=0)


def said_at(step: str, at: datetime.datetime) -> Milestone:
    return Milestone(
        step, "done", at.isoformat(), attested=Attestation("technical_administrator", at.isoformat(), "by telephone")
    )


def waiting(step: str, ago: float, who: str = "vzvz") -> Milestone:
    return Milestone(step, "waiting", days(ago).isoformat(), who, "do it")


def twice(known: Known) -> Known:
    """A second document was mailed, ten days ago."""
    second = submission("organisation_document", documents_before=1)
    return dataclasses.replace(known, submissions={**known.submissions, "organisation_document": second})


ROWS = [
    # 24. The later of the two counts; what a clock could decide either way is asked.
    Row(
        "a rejection of about the same time as a person's word",
        with_step(SENT, said("application_confirmed", 2)),
        seen(answers=(answer("document_rejected", 2 - 5 * MINUTE),)),
        (),
        {"application_confirmed": State.LOOK},
        {"application_confirmed": "answer_undecided"},
    ),
    Row(
        "a rejection of the day of a person's word",
        with_step(SENT, said_at("application_confirmed", TODAY)),
        seen(answers=(Answer("document_rejected", NOW, "<r@vzvz.example>"),)),
        (),
        {"application_confirmed": State.LOOK},
        {"application_confirmed": "answer_undecided"},
    ),
    Row(
        "a confirmation of about the same time says the same",
        with_step(SENT, said("application_confirmed", 2)),
        seen(answers=(answer("document_confirmed", 2 - 5 * MINUTE),)),
        (),
        {"application_confirmed": State.DONE},
    ),
    # 13. The way back without a correction: VZVZ was wrong, or wants the same once more.
    Row(
        "rejected, and a person wants the same mailed once more",
        with_words(with_step(SENT, Milestone("document_sent")), word("undone", 1, "document_sent")),
        seen(answers=(answer("document_rejected"),)),
        (M,),
        {"application_confirmed": State.WAIT},
    ),
    Row(
        "the mail counts no more: signed anew already, mailed by this run",
        with_words(
            with_step(
                with_step(SENT, Milestone("document_sent")),
                done("document_signed", 0.5, sha256="e" * 64, certificate=THUMBPRINT),
            ),
            word("undone", 1, "document_sent"),
        ),
        seen(),
        (M,),
        {"document_signed": State.DONE},
    ),
    Row(
        "a dossier from before effect and step were one record: mailed, and no step says it",
        with_step(SENT, Milestone("document_sent")),
        seen(),
        (M,),  # the delivery finds it done and records the step
        {"document_signed": State.DONE},
    ),
    # 20. The way on after another person was named.
    Row(
        "the link was for the former person and is void",
        with_words(known_until("application_confirmed"), word("lost", 3, "activation_code")),
        seen(person="now", answers=(answer("follow_up_link", 5),)),
        (),
        {"follow_up_submitted": State.WAIT},
    ),
    Row(
        "VZVZ sent another link",
        with_words(known_until("application_confirmed"), word("lost", 3, "activation_code")),
        seen(person="now", answers=(answer("follow_up_link", 5), answer("follow_up_link", 1))),
        (F,),
    ),
    Row(
        "the letter was lost",
        with_words(known_until("activation_qr_received"), word("lost", 3, "activation_letter")),
        seen(answers=(answer("activation_qr", 20), answer("activation_qr", 1))),
        (L,),
    ),
    Row(
        "a phone that was lost before anybody activated voids the code",
        with_words(known_until("activation_qr_received"), word("lost", 3, "phone")),
        seen(answers=(answer("activation_qr", 20),)),
        (),
        {"activation_qr_received": State.WAIT, "identity_activated": State.LATER},
    ),
    Row(
        "a phone that is lost later voids no code that was used",
        with_words(known_until("identity_activated"), word("lost", 3, "phone")),
        seen(answers=(answer("activation_qr", 20),), portal=Seen.good(portal())),
        (),
        {"activation_qr_received": State.DONE, "employees_active": State.DONE},
    ),
    Row(
        "the new code came at about the time of the loss",
        with_words(known_until("activation_qr_received"), word("lost", 3, "activation_code")),
        seen(answers=(answer("activation_qr", 3 - 5 * MINUTE),)),
        (),
        {"activation_qr_received": State.LOOK},
        {"activation_qr_received": "answer_undecided"},
    ),
    # 12. Registered before is no proof that somebody can log in, where the portal says that nobody can.
    Row(
        "registered before, and the portal shows nobody who can log in",
        with_words(known_until(None), word("registered_before")),
        seen(portal=Seen.good(portal(administrator_active=False, administrators=None, employees=None))),
        (),
        {"activation_qr_received": State.DONE, "identity_activated": State.WAIT, "employees_registered": State.LATER},
    ),
    Row(
        "registered before, and nobody looks into the portal",
        with_words(known_until(None), word("registered_before")),
        seen(),
        (),
        {"identity_activated": State.DONE, "employees_registered": State.WAIT},
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_decision(row: Row) -> None:
    check(row)


# A mail that was not understood: work for a person, until something later says what it was.


def warned(known: Known, observed: Observed) -> tuple[list[str], bool]:
    found = plan(known, observed, POLICY, NOW)
    step = found.step("application_confirmed")
    told = [one.mail for one in (step.trouble, *step.warnings) if one and one.mail]
    return told, found.remind


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
    told, remind = warned(known, seen(answers=(UNKNOWN, *more)))
    assert (UNKNOWN.message_id in told, remind) == (open_still, not open_still)


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
    assert trouble.message == "A mail of ours did not arrive"
    assert "document_sent" not in trouble.record


@pytest.mark.parametrize(
    ("came", "remind"),
    [(days(1), False), (days(5), True), (None, False)],
)
def test_mail_of_nobody_may_be_anybodys_answer(came: datetime.datetime | None, remind: bool) -> None:
    """Only of who waits for one: it came after the wait began, or nobody knows when."""
    known = with_step(SENT, waiting("application_confirmed", 3))
    assert plan(known, seen(nobodys=(came,)), POLICY, NOW).remind is remind
    ready = known_until("identity_activated")
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
        told = dict(part.split("=", 1) for part in record.split(" attested_how")[0].split())
        assert told.get("word", "done") in WORDS
        assert told.get("undoes", "lost") in UNDOABLE
        assert told.get("step", "prepared") in STEPS
        assert set(told) <= {"word", "undoes", "step", "subject", "attested_by", "attested_at", "resolve", "arrived"}


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
