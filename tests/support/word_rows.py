# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table, its second part: people's words, clocks and what was sent twice."""

from __future__ import annotations

import datetime

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Attestation, Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Answer, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.tests.support.decisions import SENT, F, L, M, Row
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NOW,
    THUMBPRINT,
    answer,
    done,
    known_until,
    portal,
    said,
    seen,
    with_step,
    with_words,
    word,
)

MINUTE = 1 / 24 / 60
#: A day is kept as its midnight in UTC.
TODAY = NOW.replace(hour=0)


def said_at(step: str, at: datetime.datetime) -> Milestone:
    return Milestone(
        step, "done", at.isoformat(), attested=Attestation("technical_administrator", at.isoformat(), "by telephone")
    )


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
