# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mail to people a plan announces: one row for each situation, and what keeps mail back."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import runs, screen, telling
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    ABSENT,
    NOT_ASKED,
    DocumentSeen,
    Observed,
    Seen,
    Trouble,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan, State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect, Need
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    ALL_DONE,
    CONTENT,
    HOST,
    NOW,
    POLICY,
    SHOWN_BY_PORTAL,
    accounts,
    all_but,
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

TELLS = dataclasses.replace(POLICY, notices=True)
SEND, INVITE = Effect.SEND_NOTICES, Effect.INVITE
BAD: Seen[Any] = Seen.bad("smtp_login_refused", "The mail server refuses the login")
FRESH = seen(document=Seen.good(DocumentSeen(None, None, "new", CONTENT)))
UNREAD: Seen[Any] = Seen.bad("imap_unreachable", "The mailbox cannot be read")


def waits(known: Known, step: str, who: str, ago: float) -> Known:
    return with_step(known, Milestone(step, "waiting", days(ago).isoformat(), who, "do it"))


def announced(known: Known, *steps: str) -> Known:
    """Of these milestones the representative was told."""
    reported = {f"notice:{step}:status": submission(f"notice:{step}:status") for step in steps}
    return dataclasses.replace(known, submissions={**known.submissions, **reported})


def shows(**more: Any) -> Observed:
    return seen(portal=Seen.good(portal(**more)))


SENT = announced(known_until("document_sent"), "document_sent")
CONFIRMED = announced(known_until("application_confirmed"), "application_confirmed")
ASKED = announced(known_until("follow_up_submitted"), "application_confirmed")
ACTIVE = announced(all_but(*SHOWN_BY_PORTAL), "identity_activated")
#: As an older version recorded it, without evidence (wrong decisions 1 and 22).
GREEN = announced(known_until(ALL_DONE), "identity_activated")
UNKNOWN = answer("unknown", problem="not_recognised")

READY = ("employees_active", "status", "representative")
TO_VZVZ = "application_confirmed", "reminder", "vzvz"

ROWS: list[tuple[str, Known, Observed, set[tuple[str, str, str]]]] = [
    # Milestones and waits
    (
        "the document goes out in this run: the representative is told, VZVZ is not asked yet",
        known_until(None),
        FRESH,
        {("document_sent", "status", "representative")},
    ),
    ("it was told before", SENT, seen(), set()),
    ("VZVZ waits for a week", waits(SENT, "application_confirmed", "vzvz", 8), seen(), {TO_VZVZ}),
    (
        "VZVZ waits for three weeks",
        waits(SENT, "application_confirmed", "vzvz", 22),
        seen(),
        {("application_confirmed", "escalation", "representative")},
    ),
    (
        "VZVZ confirmed meanwhile: it is not reminded, the representative is told",
        waits(SENT, "application_confirmed", "vzvz", 8),
        seen(answers=(answer("document_confirmed"),)),
        {("application_confirmed", "status", "representative")},
    ),
    (
        "the letter is made in this run: its reader is asked",
        ASKED,
        seen(answers=(answer("activation_qr"),)),
        {("identity_activated", "request", "portal_administrator")},
    ),
    (
        "the portal shows an active administrator",
        waits(announced(known_until("activation_qr_received"), "application_confirmed"), "identity_activated", "x", 8),
        shows(employees=accounts(2, 2, 1)),
        {
            ("identity_activated", "status", "representative"),
            ("employees_active", "request", "portal_administrator"),
        },
    ),
    ("all is done", ACTIVE, shows(), {READY}),
    ("all is done and was told", announced(ACTIVE, "employees_active"), shows(), set()),
    # Wrong decision 1: the board was green and the representative was mailed
    (
        "the export shows a stranger, and none of the two who are listed",
        GREEN,
        shows(by_click=True, members=2, employees=accounts(2, 0, 0)),
        {("employees_registered", "request", "portal_administrator")},
    ),
    (
        "the export shows only the administrator, and a worklist is made",
        GREEN,
        shows(by_click=True, members=1, employees=accounts(2, 0, 0, operations={"register": 2})),
        {("employees_registered", "request", "portal_administrator")},
    ),
    (
        "the export shows nobody: that is for the provider to look at",
        GREEN,
        shows(by_click=True, members=0, administrators=accounts(1, 0, 0), employees=accounts(2, 0, 0)),
        set(),
    ),
    (
        "all are registered in this run, nobody is active",
        ACTIVE,
        shows(employees=accounts(2, 0, 0, operations={"register": 2})),
        {("employees_active", "request", "portal_administrator")},
    ),
    # Wrong decision 22: the list came out empty
    ("the list contains nobody", GREEN, shows(employees=accounts(0, 0, 0)), set()),
    (
        "the list that contains nobody would unlink the last one",
        GREEN,
        shows(employees=accounts(0, 0, 0, stop=Trouble("accounts_empty", "The list contains nobody"))),
        set(),
    ),
    # Wrong decision 3: VZVZ has answered
    (
        "a mail of VZVZ was not understood",
        waits(SENT, "application_confirmed", "vzvz", 8),
        seen(answers=(UNKNOWN,)),
        set(),
    ),
    (
        "a mail of VZVZ was not understood, and another step waits for it",
        waits(ASKED, "activation_qr_received", "vzvz", 8),
        seen(answers=(answer("document_confirmed", 9), UNKNOWN)),
        set(),
    ),
    (
        "a mail was not understood, and it stands still for long",
        waits(ASKED, "activation_qr_received", "vzvz", 30),
        seen(answers=(UNKNOWN,)),
        set(),
    ),
    (
        "the same with all mail understood",
        waits(ASKED, "activation_qr_received", "vzvz", 8),
        seen(answers=(answer("document_confirmed", 9),)),
        {("activation_qr_received", "reminder", "vzvz")},
    ),
    (
        "the mailbox could not be read",
        waits(ASKED, "activation_qr_received", "vzvz", 8),
        seen(mailbox=UNREAD),
        set(),
    ),
    (
        "the mailbox could not be read, and the portal administrator may have told it",
        waits(
            announced(known_until("activation_qr_received"), "application_confirmed"),
            "identity_activated",
            "portal_administrator",
            8,
        ),
        seen(mailbox=UNREAD),
        set(),
    ),
    (
        "the mailbox could not be read: what the portal shows does not come by mail",
        waits(ACTIVE, "employees_active", "employees", 8),
        dataclasses.replace(shows(employees=accounts(2, 2, 1)), mailbox=UNREAD),
        {("employees_active", "reminder", "portal_administrator")},
    ),
    # What the provider has to look at stands on its own screen
    (
        "nothing proves who sent VZVZ's mail",
        SENT,
        seen(answers=(answer("document_confirmed", proven=False),)),
        {("application_confirmed", "request", "provider")},
    ),
    ("VZVZ rejected the document", SENT, seen(answers=(answer("document_rejected"),)), set()),
    (
        "another run is submitting",
        known_until(
            "certificate_checked", submissions={"application_form": submission("application_form", "elsewhere", 0)}
        ),
        FRESH,
        set(),
    ),
    # Nobody is mailed
    ("held", with_words(known_until("document_sent"), word("hold")), seen(), set()),
    ("withdrawn", with_words(known_until("document_sent"), word("withdrawn")), seen(), set()),
    (
        "a dossier that may not be used",
        dataclasses.replace(known_until("document_sent"), unusable=Trouble("dossier_changed", "a row")),
        seen(),
        set(),
    ),
    ("no mail server is configured", known_until("document_sent"), seen(smtp=ABSENT), set()),
    (
        "a person's word for the end",
        with_step(ACTIVE, said("employees_active")),
        seen(portal=Seen(NOT_ASKED.look)),
        {READY, ("employees_registered", "request", "portal_administrator")}
        | {("administrators_registered", "request", "portal_administrator")},
    ),
]


@pytest.mark.parametrize(("known", "observed", "mails"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_notices(known: Known, observed: Observed, mails: set[tuple[str, str, str]]) -> None:
    found = plan(known, observed, TELLS, NOW)
    assert {(one.step, one.kind, one.role) for one in found.mails} == mails
    assert (SEND in found.effects) is bool(mails)
    silent = plan(known, observed, POLICY, NOW)
    assert (silent.mails, silent.mailing) == ((), ())
    assert silent.steps == found.steps


def test_the_user_decides_after_how_many_days() -> None:
    known = waits(SENT, "application_confirmed", "vzvz", 3)
    found = plan(known, seen(), TELLS, NOW)
    dossier = telling.dossier_of(known)
    assert telling.notices(dossier, found, NOW) == ()
    assert [one.kind for one in telling.notices(dossier, found, NOW, 2)] == ["reminder"]
    assert [one.kind for one in telling.notices(dossier, found, NOW, 2, 3)] == ["escalation"]


# What it needs

NEW_WAIT = announced(ASKED, "application_confirmed"), seen(answers=(answer("activation_qr"),))


def line(found: Plan, name: str = "notices") -> tuple[State, str | None, bool]:
    (mine,) = (one for one in found.mailing if one.step == name)
    return mine.state, mine.trouble.code if mine.trouble else None, mine.left_out


def test_a_mail_server_is_tried_where_something_is_due_and_only_there() -> None:
    known, observed = NEW_WAIT
    found = plan(known, dataclasses.replace(observed, smtp=NOT_ASKED), TELLS, NOW)
    assert Need.SMTP in found.looks
    assert (found.mails, line(found)) == ((), (State.LATER, None, False))
    quiet = plan(SENT, seen(smtp=NOT_ASKED), TELLS, NOW)
    assert quiet.looks == frozenset()


def test_a_broken_mail_server_is_an_error_that_is_told_once() -> None:
    known, observed = NEW_WAIT
    found = plan(known, dataclasses.replace(observed, smtp=BAD), TELLS, NOW)
    assert (found.mails, line(found)) == ((), (State.STOP, "smtp_login_refused", False))
    assert found.turn is found.mailing[0]
    # Where the document cannot leave either, that line says it.
    found = plan(SENT, dataclasses.replace(FRESH, smtp=BAD), TELLS, NOW)
    assert [part.step for part in found.parts if part.trouble] == []
    stopped = plan(known_until("document_signed"), seen(smtp=BAD, portal=Seen.good(_inviting())), TELLS, NOW)
    assert [part.step for part in stopped.parts if part.trouble] == ["document_sent"]
    assert line(stopped, "invitations") == (State.LATER, None, False)
    # Both lines lack it: the first says so.
    both = plan(known_until("identity_activated"), seen(smtp=BAD, portal=Seen.good(_inviting())), TELLS, NOW)
    assert [part.step for part in both.parts if part.trouble] == ["notices"]
    run = runs.RunPlan({HOST: both})
    assert run.status() == (2, "errors")
    shown = screen.table(run, environment="test", now=NOW, style=screen.Style(), title="plan")
    assert shown.count("[smtp_login_refused]") == 1


def test_the_tags_of_a_run_hold_it_back() -> None:
    known, observed = waits(SENT, "application_confirmed", "vzvz", 8), seen(smtp=NOT_ASKED)
    for tags in ({"run_tags": frozenset({"document"})}, {"skip_tags": frozenset({"notices"})}):
        found = plan(known, observed, dataclasses.replace(TELLS, **tags), NOW)
        assert (found.looks, found.effects) == (frozenset(), ())
        assert (found.mails, line(found)) == ((), (State.LATER, None, True))
    only = plan(*NEW_WAIT, dataclasses.replace(TELLS, run_tags=frozenset({"notices"})), NOW)
    # The letter is left out, so its reader is not asked to scan the code.
    assert only.effects == ()


# Invitations


def _inviting(**more: Any) -> Any:
    counts = {"invited": 2, "reminded": 1, "enrolled": 3, "waiting": 4, "overdue": 1}
    return portal(**{"employees": accounts(10, 10, 3), "invitations": counts, **more})


def mailed(observed: Observed, policy: Policy = TELLS, known: Known = GREEN) -> list[tuple[str, int]]:
    found = plan(known, observed, policy, NOW)
    assert (INVITE in found.effects) is any(one.effect is INVITE for one in found.mails)
    return [(one.kind, one.count) for one in found.mails if one.effect is INVITE]


REGISTERS = accounts(10, 7, 3, operations={"register": 3})


@pytest.mark.parametrize(
    ("observed", "policy", "expected"),
    [
        (seen(portal=Seen.good(_inviting())), TELLS, [("invitation", 2), ("reminder", 1)]),
        # Who is registered in this run is invited in this run.
        (seen(portal=Seen.good(_inviting(employees=REGISTERS))), TELLS, [("invitation", 5), ("reminder", 1)]),
        (
            seen(portal=Seen.good(_inviting(employees=REGISTERS))),
            dataclasses.replace(TELLS, run_tags=frozenset({"notices"})),
            [("invitation", 2), ("reminder", 1)],
        ),
        (seen(portal=Seen.good(_inviting())), dataclasses.replace(TELLS, run_tags=frozenset({"employees"})), []),
        (seen(portal=Seen.good(_inviting(by_click=True))), TELLS, []),
        (seen(portal=Seen.good(_inviting(employees=None))), TELLS, []),
        (seen(portal=Seen.bad("portal_unreachable")), TELLS, []),
        (
            seen(portal=Seen.good(_inviting(employees=accounts(9, stop=Trouble("accounts_invalid", "row 3"))))),
            TELLS,
            [],
        ),
        (seen(portal=Seen.good(_inviting(also_of="90000202"))), TELLS, []),
        # Employees do not wait for the organisation's data, nor for its certificate or mailbox.
        (
            seen(
                portal=Seen.good(_inviting()),
                organisation=Seen.bad("organisation_invalid"),
                certificate=Seen.bad("certificate_expired"),
                mailbox=UNREAD,
            ),
            TELLS,
            [("invitation", 2), ("reminder", 1)],
        ),
    ],
)
def test_the_invitations(observed: Observed, policy: Policy, expected: list[tuple[str, int]]) -> None:
    assert mailed(observed, policy) == expected


def test_who_has_no_address_is_told_and_is_no_reason_for_a_run() -> None:
    for counts, effects in (({"unreachable": 2}, 0), ({"unreachable": 2, "invited": 1}, 1)):
        found = plan(
            announced(GREEN, "employees_active"), seen(portal=Seen.good(_inviting(invitations=counts))), TELLS, NOW
        )
        (mine,) = (one for one in found.mailing if one.step == "invitations")
        assert [one.code for one in mine.warnings] == ["email_missing"]
        assert "2 of the employees" in mine.warnings[0].message
        assert len(mine.effects) == effects


def test_whose_mailbox_is_another_persons_too_is_told_beside_it() -> None:
    portal = Seen.good(_inviting(invitations={"unreachable": 1, "shared": 2}))
    found = plan(announced(GREEN, "employees_active"), seen(portal=portal), TELLS, NOW)
    (mine,) = (one for one in found.mailing if one.step == "invitations")
    assert [one.code for one in mine.warnings] == ["email_missing", "mailbox_shared"]
    assert mine.effects == ()


def test_nobody_of_an_organisation_that_is_held_is_invited() -> None:
    assert mailed(seen(portal=Seen.good(_inviting())), known=with_words(GREEN, word("hold"))) == []


def test_notices_wait_for_the_organisations_data_that_say_whom_to_mail() -> None:
    observed = seen(portal=Seen.good(_inviting()), organisation=Seen.bad("organisation_invalid", "It lacks people"))
    found = plan(ACTIVE, observed, TELLS, NOW)
    assert [one.effect for one in found.mails] == [INVITE, INVITE]
    assert [part.step for part in found.parts if part.trouble] == ["prepared"]


# The run as a whole


def host(name: str, known: Known, observed: Observed) -> runs.Host:
    return runs.Host(dataclasses.replace(TELLS, host=name), known, observed)


def many(count: int) -> list[runs.Host]:
    """Each asks one person and tells one, and destroys the code that was used."""
    return [
        host(
            f"h{number}",
            dataclasses.replace(
                known_until("activation_qr_received"), ura=str(90000100 + number), host=f"h{number}", code_kept=True
            ),
            seen(portal=Seen.good(_inviting())),
        )
        for number in range(count)
    ]


def test_the_sum_counts_mails_and_the_line_their_kinds() -> None:
    run = runs.decide(many(1), NOW)
    (one,) = run.plans.values()
    assert [part.because for part in one.mailing] == ["1 status mail, 1 request", "2 invitations, 1 reminder"]
    assert one.effects[-2:] == (SEND, INVITE)
    assert (run.counts[SEND], run.counts[INVITE]) == (2, 3)
    shown = screen.table(run, environment="test", now=NOW, style=screen.Style(), title="plan")
    assert "1 used code destroyed, 1 status mail, 1 request, 2 invitations, 1 reminder." in shown


def test_mail_alone_is_work() -> None:
    known = waits(SENT, "application_confirmed", "vzvz", 8)
    run = runs.decide([host(HOST, known, seen())], NOW)
    assert run.work == (HOST,)
    assert run.status(fail_on_changes=True) == (2, "changes")


@pytest.mark.parametrize(
    ("bounds", "held"),
    [
        (runs.RunBounds(), 0),
        (runs.RunBounds(notices="10"), 0),
        (runs.RunBounds(notices="9"), 1),
        (runs.RunBounds(notices="100%"), 3),
        (runs.RunBounds(notices="10", notices_today=3), 2),
        (runs.RunBounds(notices="10", notices_today=30), 5),
        (runs.RunBounds(notices="0"), 5),
    ],
)
def test_the_notices_of_a_day_have_a_bound(bounds: runs.RunBounds, held: int) -> None:
    run = runs.decide(many(5), NOW, bounds={"": bounds})
    stopped = [one for one in run.plans.values() if line(one) == (State.STOP, "notices_bounded", False)]
    assert len(stopped) == held
    assert len(run.errors) == held
    for one in stopped:
        assert SEND not in one.effects
        assert [mail.effect for mail in one.mails] == [INVITE, INVITE]
        # The steps go on.
        assert Effect.DESTROY_CODE in one.effects


def test_a_document_that_a_bound_stops_is_announced_to_nobody() -> None:
    hosts = [
        host(name, dataclasses.replace(known_until(None), ura=ura), FRESH)
        for name, ura in (("a", "90000101"), ("b", "90000202"))
    ]
    run = runs.decide(hosts, NOW, bounds={"": runs.RunBounds(documents="1")})
    assert [(one.step, one.kind) for one in run.plans["a"].mails] == [("document_sent", "status")]
    assert run.plans["b"].mails == ()
    assert run.plans["b"].mailing == ()


def test_a_percentage_is_of_the_dossier_and_what_it_holds_back_is_an_error_after_the_run_too() -> None:
    """One organisation by --limit, and five documents left today: of ten organisations one more may."""
    known = dataclasses.replace(known_until(None), ura="90000101")
    held, free = (
        runs.decide([host("a", known, FRESH)], NOW, bounds={"": runs.RunBounds(today=5, organisations=count)})
        for count in (1, 10)
    )
    assert (held.errors, free.errors) == (("a",), ())
    after = plan(known, FRESH, TELLS, NOW)
    assert after.effects
    stands = runs.still_bounded(after, held.plans["a"])
    assert Effect.SUBMIT_APPLICATION not in stands.effects
    trouble = stands.step("document_sent").trouble
    assert trouble is not None
    assert trouble.code == "documents_bounded"
    assert runs.still_bounded(after, free.plans["a"]) == after
    (mine,) = many(1)
    unsent = runs.decide([mine], NOW, bounds={"": runs.RunBounds(notices="0")}).plans["h0"]
    recorded = dataclasses.replace(unsent, mailing=(), mails=())
    assert line(runs.still_bounded(recorded, unsent)) == (State.STOP, "notices_bounded", False)


def test_who_is_stopped_as_a_whole_is_sure_of_nothing() -> None:
    """Also where somebody asks for the mails of such a plan alone."""
    known = waits(known_until("document_sent", code_kept=True), "application_confirmed", "vzvz", 8)
    observed = seen(portal=Seen.good(_inviting()))
    stopped = [plan(with_words(known, word(name)), observed, TELLS, NOW) for name in ("hold", "withdrawn")]
    twins = runs.decide([host(HOST, known, observed), host("copy", known, observed)], NOW)
    for one in (*stopped, twins.plans["copy"]):
        assert telling.notices(telling.dossier_of(known), one, NOW) == ()
        assert telling.invitations(one, observed) == ()


def test_a_twin_mails_nobody() -> None:
    hosts = [host("delinde", known_until("document_sent"), seen()), host("copy", known_until("document_sent"), seen())]
    run = runs.decide(hosts, NOW)
    assert len(run.plans["delinde"].mails) == 1
    assert run.plans["copy"].mails == ()


def test_a_copy_of_a_wait_keeps_its_age_and_what_was_done_its_day() -> None:
    known = waits(with_step(SENT, done("document_sent", 9)), "application_confirmed", "vzvz", 8)
    after = telling.expected(telling.dossier_of(known), plan(known, seen(), TELLS, NOW), NOW)
    assert after.milestones["application_confirmed"].since == days(8).isoformat()
    assert after.milestones["document_sent"].since == days(9).isoformat()
    other = waits(SENT, "application_confirmed", "provider", 8)
    after = telling.expected(telling.dossier_of(other), plan(other, seen(), TELLS, NOW), NOW)
    wait = after.milestones["application_confirmed"]
    assert (wait.who, wait.since) == ("vzvz", NOW.isoformat())
    stopped = plan(SENT, seen(answers=(answer("document_rejected"),)), TELLS, NOW)
    after = telling.expected(telling.dossier_of(SENT), stopped, NOW)
    assert after.milestones["application_confirmed"].error_code == "document_rejected"
