# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any organisation at all, for Hypothesis: its dossier, what a run sees of it, what the variables say."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known, Word
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    ABSENT,
    GOOD,
    NOT_ASKED,
    Answer,
    Certificate,
    DocumentSeen,
    Observed,
    Seen,
    Trouble,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import TAGS, Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import TABLE
from ansible_collections.gbz.zorgid.plugins.module_utils._report.texts import ASKS
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    CONTENT,
    DIGEST,
    HOST,
    NOW,
    THUMBPRINT,
    accounts,
    days,
    done,
    known_until,
    portal,
    said,
    submission,
    with_step,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = [step.name for step in TABLE]
#: Each wait that the board has words for.
WAITS = sorted(ASKS)
BAD: Seen[Any] = Seen.bad("something_wrong", "Something is wrong")


def ago() -> st.SearchStrategy[datetime.datetime]:
    return st.sampled_from([days(count) for count in (0.001, 1, 3, 9.999, 10, 10.001, 11, 30)])


@st.composite
def words(draw: st.DrawFn) -> Word:
    name = draw(
        st.sampled_from(["hold", "go_on", "withdrawn", "undone", "registered_before", "lost", "moved", "rehired"])
    )
    return Word(name, draw(ago()), draw(st.sampled_from(["", "activation_code", "document_sent", HOST])))


@st.composite
def dossiers(draw: st.DrawFn) -> Known:
    known = known_until(draw(st.sampled_from([None, *NAMES])))
    for _count in range(draw(st.integers(0, 2))):
        step = draw(st.sampled_from(NAMES))
        known = with_step(known, draw(st.sampled_from([done(step), said(step, 2), said(step, 20)])))
    submissions = dict(known.submissions)
    for kind in ("application_form", "organisation_document", "follow_up_form"):
        if draw(st.integers(0, 4)) == 0:
            submissions[kind] = submission(
                kind, draw(st.sampled_from(["sending", "done", "elsewhere"])), documents_before=draw(st.integers(0, 1))
            )
    if draw(st.booleans()):
        step, who = draw(st.sampled_from(WAITS))
        known = with_step(known, Milestone(step, "waiting", draw(ago()).isoformat(), who, "do it"))
    for kind in draw(st.lists(st.sampled_from(["notice:document_sent:status", "notice:application_confirmed:status"]))):
        submissions[kind] = submission(kind)
    return dataclasses.replace(
        known,
        submissions=submissions,
        words=tuple(draw(st.lists(words(), max_size=3))),
        code_kept=draw(st.booleans()),
        code_for=draw(st.sampled_from([None, "p", "q"])),
        link_for=draw(st.sampled_from([None, "p", "q"])),
        portal_changed_at=draw(st.sampled_from([None, days(1)])),
        unusable=draw(st.sampled_from([None, None, None, None, Trouble("dossier_damaged", "a row")])),
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    kind = draw(
        st.sampled_from(
            [
                "application_confirmed",
                "document_confirmed",
                "document_rejected",
                "follow_up_link",
                "activation_qr",
                "unknown",
            ]
        )
    )
    problem = "not_recognised" if kind == "unknown" else None
    at = draw(st.one_of(st.none(), ago()))
    return Answer(kind, at, f"<{draw(st.integers(0, 99))}@vzvz.example>", None, problem, draw(st.booleans()))


@st.composite
def lists(draw: st.DrawFn) -> Any:
    wanted, registered = draw(st.integers(0, 3)), draw(st.integers(0, 4))
    stop = draw(st.sampled_from([None, None, Trouble("max_removals_exceeded", "too many")]))
    # Somebody is registered only as long as not all who are wanted are.
    register = [{"register": 1}] if registered < wanted else []
    operations = draw(st.sampled_from([{}, {}, *register, {"unlink": 2}]))
    return accounts(wanted, registered, draw(st.integers(0, registered)), operations=operations, stop=stop)


def looked(good: Seen[Any]) -> st.SearchStrategy[Seen[Any]]:
    return st.sampled_from([good, good, good, BAD, NOT_ASKED])


@st.composite
def portals(draw: st.DrawFn) -> Seen[Any]:
    shown = portal(
        by_click=draw(st.booleans()),
        as_of=draw(ago()),
        also_of=draw(st.sampled_from([None, None, "90000202"])),
        administrator_active=draw(st.booleans()),
        members=draw(st.integers(0, 3)),
        administrators=draw(st.one_of(st.none(), lists())),
        employees=draw(st.one_of(st.none(), lists())),
        invitations=draw(st.sampled_from([{}, {}, {"invited": 2, "waiting": 1}, {"reminded": 1, "enrolled": 1}])),
    )
    return draw(looked(Seen.good(shown)))


@st.composite
def observations(draw: st.DrawFn) -> Observed:
    certificate = Certificate(draw(st.sampled_from([THUMBPRINT, "9" * 64])), NOW + datetime.timedelta(days=500))
    differs = draw(st.sampled_from(["unchanged", "new", "certificate", "content"]))
    document = DocumentSeen(DIGEST, THUMBPRINT, differs, draw(st.sampled_from([CONTENT, "d" * 64])))
    return Observed(
        organisation=draw(looked(Seen.good("De Linde"))),
        certificate=draw(looked(Seen.good(certificate))),
        key=draw(looked(GOOD)),
        document=draw(looked(Seen.good(document))),
        mailbox=draw(st.one_of(looked(GOOD), st.just(ABSENT))),
        smtp=draw(st.one_of(looked(GOOD), st.just(ABSENT))),
        application_form=draw(looked(GOOD)),
        follow_up_form=draw(looked(GOOD)),
        portal=draw(portals()),
        answers=tuple(draw(st.lists(answers(), max_size=3))),
        person=draw(st.sampled_from([None, "p", "q"])),
    )


def policies() -> st.SearchStrategy[Policy]:
    tags = st.sampled_from([frozenset({"all"}), frozenset({"all"}), *(frozenset({tag}) for tag in TAGS)])
    return st.builds(Policy, st.just(HOST), st.just("production"), st.booleans(), tags, notices=st.booleans())


situations = given(dossiers(), observations(), policies())
