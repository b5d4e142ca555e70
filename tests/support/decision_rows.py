# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table: one row for each situation that the docs name."""

from __future__ import annotations

import dataclasses
import datetime

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    ABSENT,
    NOT_ASKED,
    Certificate,
    Seen,
    Trouble,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Need
from ansible_collections.gbz.zorgid.tests.support.decisions import (
    CHANGED,
    FRESH,
    KE,
    RENEWED,
    SENT,
    A,
    D,
    F,
    L,
    M,
    Row,
    S,
    bad,
)
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    CONTENT,
    NOW,
    POLICY,
    SHOWN_BY_PORTAL,
    THUMBPRINT,
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

ROWS = [
    # The ordinary road
    Row("a new organisation", known_until(None), FRESH, (A, S, M), {"application_confirmed": State.WAIT}),
    Row(
        "VZVZ has not answered yet",
        SENT,
        seen(),
        (),
        {"application_confirmed": State.WAIT, "follow_up_submitted": State.LATER},
    ),
    Row(
        "VZVZ confirmed", SENT, seen(answers=(answer("document_confirmed"),)), (), {"application_confirmed": State.DONE}
    ),
    Row(
        "the link has come",
        known_until("application_confirmed"),
        seen(answers=(answer("follow_up_link"),)),
        (F,),
        {"activation_qr_received": State.WAIT},
    ),
    Row("the code has come", known_until("follow_up_submitted"), seen(answers=(answer("activation_qr"),)), (L,)),
    Row(
        "the portal administrator has to scan",
        known_until("activation_qr_received", code_kept=True),
        seen(portal=Seen.good(portal(administrator_active=False, members=0, administrators=None, employees=None))),
        (),
        {"identity_activated": State.WAIT},
    ),
    Row(
        "the portal shows an active administrator",
        known_until("activation_qr_received", code_kept=True),
        seen(portal=Seen.good(portal())),
        (D,),
        {"administrators_registered": State.DONE, "employees_active": State.DONE},
    ),
    Row(
        "all is done",
        all_but(*SHOWN_BY_PORTAL),
        seen(portal=Seen.good(portal())),
        (),
        {"employees_active": State.DONE},
    ),
    Row(
        "nobody has looked yet: all that the effects need is asked for at once",
        known_until(None),
        dataclasses.replace(FRESH, key=NOT_ASKED, smtp=NOT_ASKED, application_form=NOT_ASKED),
        (),
        looks=frozenset({Need.KEY, Need.SMTP, Need.APPLICATION_FORM}),
    ),
    # 1. The worklist's export shows a stranger, and none of the two that are listed.
    Row(
        "an export that shows none of the listed employees is no proof",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(by_click=True, employees=accounts(2, 0, 0, operations={"register": 2})))),
        (KE,),
        {"employees_registered": State.WAIT, "employees_active": State.LATER},
    ),
    Row(
        "an export that holds the administrator alone is no proof",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(by_click=True, members=1, employees=accounts(2, 0, 0)))),
        (),
        {"employees_registered": State.WAIT, "employees_active": State.LATER},
    ),
    Row(
        "an export from before the last change proves nothing",
        known_until("identity_activated", portal_changed_at=days(1)),
        seen(portal=Seen.good(portal(by_click=True, as_of=days(2)))),
        (),
        {"employees_active": State.LATER},
        {"administrators_registered": "export_too_old"},
    ),
    Row(
        "an export that is another organisation's proves nothing",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(by_click=True, also_of="90000202"))),
        (),
        {"employees_active": State.LATER},
        {"administrators_registered": "export_of_another"},
    ),
    Row(
        "an export that shows nobody",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(by_click=True, members=0, administrator_active=False))),
        (),
        {},
        {"administrators_registered": "export_shows_nobody"},
    ),
    Row(
        "all are registered and one has yet to activate the app",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(employees=accounts(2, 2, 1)))),
        (),
        {"employees_registered": State.DONE, "employees_active": State.WAIT},
    ),
    # 2. Who was offboarded is not linked again.
    Row(
        "an offboarded person still stands on the list",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(employees=accounts(2, 2, 2, returning=1)))),
        (),
        {"employees_registered": State.DONE},
        warns={"employees_registered": "account_offboarded"},
    ),
    # 3. A mail that was not understood is work for a person, and VZVZ is not reminded.
    Row(
        "a mail of VZVZ was not understood",
        SENT,
        seen(answers=(answer("unknown", problem="not_recognised"),)),
        (),
        {"application_confirmed": State.LOOK},
        {"application_confirmed": "not_recognised"},
        remind=False,
    ),
    # 4. The form went out before anybody knew that the key does not open.
    Row(
        "the key does not open",
        known_until(None),
        dataclasses.replace(FRESH, key=bad("passphrase_wrong")),
        (),
        {"application_submitted": State.LATER, "document_signed": State.LATER},
        {"certificate_checked": "passphrase_wrong"},
    ),
    # 5. The form went out, and then the mail server refused.
    Row(
        "the mail server refuses the login",
        known_until(None),
        dataclasses.replace(FRESH, smtp=bad("smtp_login_refused")),
        (),
        # At the first step that it holds back: what holds something back is told.
        {"application_submitted": State.STOP},
        {"application_submitted": "smtp_login_refused"},
    ),
    Row(
        "the mail server refuses the login of who has signed",
        known_until("document_signed"),
        seen(smtp=bad("smtp_login_refused")),
        (),
        {},
        {"document_sent": "smtp_login_refused"},
    ),
    # 6. A phone number of the provider changed: nothing that VZVZ has is replaced.
    Row(
        "the inventory differs from the document that VZVZ has",
        known_until("application_confirmed"),
        seen(document=Seen.good(CHANGED)),
        (),
        {"document_signed": State.DONE, "document_sent": State.DONE},
        warns={"document_signed": "document_differs"},
    ),
    Row(
        "the inventory differs from a document that was not sent yet",
        known_until("document_signed"),
        seen(document=Seen.good(CHANGED)),
        (S, M),
    ),
    Row(
        "a person said that the mail counts no more, and nothing differs: the same document is mailed once more",
        with_words(
            with_step(known_until("application_confirmed"), Milestone("document_sent")),
            word("undone", 1, "document_sent"),
        ),
        seen(),
        (M,),
        {"application_confirmed": State.WAIT},
    ),
    Row(
        "a person said that the mail counts no more, and the document differs: signed and mailed anew",
        with_words(
            with_step(known_until("application_confirmed"), Milestone("document_sent")),
            word("undone", 1, "document_sent"),
        ),
        seen(document=Seen.good(CHANGED)),
        (S, M),
        {"application_confirmed": State.WAIT},
    ),
    Row(
        "the certificate was renewed",
        known_until("application_confirmed"),
        seen(certificate=RENEWED, document=Seen.good(dataclasses.replace(CHANGED, differs="certificate"))),
        (S, M),
        {"application_confirmed": State.WAIT},
    ),
    # 10. `--tags document` on a new dossier signed and mailed without an application.
    Row(
        "tags leave the application out",
        known_until(None),
        FRESH,
        (),
        {"application_submitted": State.LATER, "document_signed": State.LATER, "document_sent": State.LATER},
        policy=dataclasses.replace(POLICY, run_tags=frozenset({"document"})),
    ),
    Row(
        "tags leave the mail out",
        known_until("application_submitted"),
        FRESH,
        (),
        {"document_signed": State.LATER},
        policy=dataclasses.replace(POLICY, skip_tags=frozenset({"document"})),
    ),
    # 12. A configured token is no activation; an organisation that was registered before has an entry state.
    Row(
        "a token without an active administrator",
        known_until("activation_qr_received"),
        seen(portal=Seen.good(portal(administrator_active=False, administrators=None, employees=None))),
        (),
        {"identity_activated": State.WAIT, "employees_registered": State.LATER},
    ),
    Row(
        "registered before, by a person's word",
        with_words(known_until(None), word("registered_before")),
        seen(portal=Seen.good(portal())),
        (),
        {"application_submitted": State.DONE, "identity_activated": State.DONE, "employees_active": State.DONE},
    ),
    Row(
        "the portal has members and the dossier knows nothing",
        known_until(None),
        dataclasses.replace(FRESH, portal=Seen.good(portal())),
        (),
        {"application_submitted": State.LOOK},
        {"application_submitted": "registered_before_unsaid"},
    ),
    Row(
        "the same when an earlier run recorded what the portal shows",
        dataclasses.replace(
            known_until(None),
            steps={
                "identity_activated": done("identity_activated", proof="portal"),
                "employees_active": done("employees_active", accounts=2),
            },
        ),
        dataclasses.replace(FRESH, portal=Seen.good(portal())),
        (),
        {"application_submitted": State.LOOK},
        {"application_submitted": "registered_before_unsaid"},
    ),
    Row(
        "signed anew because a person asked, and another run is mailing it",
        with_words(
            with_step(
                dataclasses.replace(
                    SENT, submissions={"organisation_document": submission("organisation_document", "elsewhere", 0)}
                ),
                done("document_signed", 0.5, sha256="e" * 64, certificate=THUMBPRINT, content=CONTENT),
            ),
            word("undone", 1, "document_sent"),
        ),
        seen(),
        (),
        {"document_sent": State.WAIT},
    ),
    # 13. A rejection has a code, a reason first, and a way back to a corrected document.
    Row(
        "VZVZ rejected the document",
        SENT,
        seen(answers=(answer("document_rejected"),)),
        (),
        {"document_signed": State.DONE},
        {"application_confirmed": "document_rejected"},
    ),
    Row(
        "rejected, and corrected in the inventory",
        SENT,
        seen(answers=(answer("document_rejected"),), document=Seen.good(CHANGED)),
        (S, M),
        {"application_confirmed": State.WAIT},
    ),
    # 17, and mail that nothing proves
    Row(
        "nothing proves the sender",
        SENT,
        seen(answers=(answer("document_confirmed", proven=False),)),
        (),
        {},
        {"application_confirmed": "sender_not_proven"},
    ),
    # 20. The letter with the former person's code was addressed to the new one.
    Row(
        "the portal administrator changed after the code came",
        known_until("activation_qr_received", code_for="before", code_kept=True),
        seen(person="now"),
        (),
        {"identity_activated": State.LATER},
        {"activation_qr_received": "person_changed"},
    ),
    Row(
        "the portal administrator changed after the link came",
        known_until("application_confirmed", link_for="before"),
        seen(person="now", answers=(answer("follow_up_link"),)),
        (),
        {},
        {"follow_up_submitted": "person_changed"},
    ),
    Row(
        "the code was lost and VZVZ sent another one",
        with_words(known_until("activation_qr_received"), word("lost", 3, "activation_code")),
        seen(answers=(answer("activation_qr", 20), answer("activation_qr", 1))),
        (L,),
    ),
    Row(
        "the code was lost",
        with_words(known_until("activation_qr_received"), word("lost", 3, "activation_code")),
        seen(answers=(answer("activation_qr", 20),)),
        (),
        {"activation_qr_received": State.WAIT},
    ),
    # 21. A dossier from before the application, and an answer to it in the mailbox.
    Row(
        "VZVZ answers what the dossier never sent",
        known_until("certificate_checked"),
        dataclasses.replace(FRESH, answers=(answer("application_confirmed"),)),
        (),
        {"application_submitted": State.LOOK, "document_sent": State.LATER},
        {"application_submitted": "dossier_behind"},
    ),
    Row(
        "the mailbox cannot be read: VZVZ may have answered",
        known_until("follow_up_submitted"),
        seen(mailbox=bad("imap_login_refused")),
        (),
        {"activation_qr_received": State.STOP},
        {"activation_qr_received": "imap_login_refused"},
        remind=False,
    ),
    Row(
        "the mailbox cannot be read: nothing is submitted",
        known_until(None),
        dataclasses.replace(FRESH, mailbox=bad("imap_login_refused")),
        (),
        {"application_submitted": State.STOP},
        {"application_submitted": "imap_login_refused"},
        remind=False,
    ),
    # 22. An empty list removes nobody and is never done.
    Row(
        "a list that contains nobody",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(employees=accounts(0, 0, 0)))),
        (),
        {"employees_active": State.LATER},
        {"employees_registered": "accounts_empty"},
    ),
    Row(
        "a list that may not be carried out",
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(employees=accounts(stop=Trouble("max_removals_exceeded", "too many"))))),
        (),
        {"employees_active": State.LATER},
        {"employees_registered": "max_removals_exceeded"},
    ),
    # 23. Leavers leave today, whatever else is broken.
    Row(
        "an expired certificate holds back no leaver",
        known_until("identity_activated"),
        seen(
            certificate=bad("certificate_expired"),
            mailbox=bad("imap_unreachable"),
            portal=Seen.good(portal(employees=accounts(2, 3, 2, operations={"unlinked": 1}))),
        ),
        (KE,),
        {"employees_registered": State.DO},
        {"certificate_checked": "certificate_expired"},
        remind=False,
    ),
    Row(
        "a broken portal holds back no application",
        known_until(None),
        dataclasses.replace(FRESH, portal=bad("portal_unreachable")),
        (A, S, M),
        {},
        {"administrators_registered": "portal_unreachable"},
    ),
    # 24. VZVZ rejects what a person recorded as confirmed.
    Row(
        "a rejection after a person's word counts",
        with_step(SENT, said("application_confirmed", 5)),
        seen(answers=(answer("document_rejected", 2),)),
        (),
        {},
        {"application_confirmed": "document_rejected"},
    ),
    Row(
        "a person's word after a rejection counts",
        with_step(SENT, said("application_confirmed", 1)),
        seen(answers=(answer("document_rejected", 2),)),
        (),
        {"application_confirmed": State.DONE},
    ),
    # What is in doubt
    Row(
        "a form of which nobody knows whether it arrived",
        known_until("certificate_checked", submissions={"application_form": submission("application_form", "sending")}),
        FRESH,
        (),
        {"document_signed": State.LATER},
        {"application_submitted": "submission_uncertain"},
    ),
    Row(
        "a mail of which nobody knows whether it arrived is repeated as it was",
        dataclasses.replace(
            known_until("document_signed"),
            submissions={"organisation_document": submission("organisation_document", "sending")},
        ),
        seen(),
        (M,),
    ),
    Row(
        "another run is submitting",
        known_until(
            "certificate_checked", submissions={"application_form": submission("application_form", "elsewhere", 0)}
        ),
        FRESH,
        (),
        {"application_submitted": State.WAIT},
    ),
    Row(
        "another run has been at the application since yesterday",
        known_until(
            "certificate_checked", submissions={"application_form": submission("application_form", "elsewhere", 1)}
        ),
        FRESH,
        (),
        {"application_submitted": State.LOOK},
        {"application_submitted": "submission_elsewhere"},
    ),
    Row(
        "another run is submitting the follow-up form",
        known_until(
            "application_confirmed", submissions={"follow_up_form": submission("follow_up_form", "elsewhere", 0)}
        ),
        seen(answers=(answer("follow_up_link"),)),
        (),
        {"follow_up_submitted": State.WAIT, "activation_qr_received": State.LATER},
    ),
    Row(
        "VZVZ answers what the dossier never sent, and a person has said that it was submitted",
        with_step(known_until("certificate_checked"), said("application_submitted", 0.1)),
        dataclasses.replace(FRESH, answers=(answer("follow_up_link", 1),)),
        (S, M),
        {"application_submitted": State.DONE},
    ),
    Row(
        "sent again, and the clocks cannot tell which one VZVZ means",
        dataclasses.replace(
            SENT,
            submissions={
                **SENT.submissions,
                "organisation_document": submission("organisation_document", documents_before=1),
            },
        ),
        seen(answers=(answer("document_rejected", 10.001),)),
        (),
        {},
        {"application_confirmed": "answer_undecided"},
    ),
    Row(
        "sent again, and the rejection is of the one before",
        dataclasses.replace(
            SENT,
            submissions={
                **SENT.submissions,
                "organisation_document": submission("organisation_document", documents_before=1),
            },
        ),
        seen(answers=(answer("document_rejected", 12),)),
        (),
        {"application_confirmed": State.WAIT},
    ),
    Row(
        "sent again after a renewal: the link of then says nothing of this document",
        dataclasses.replace(
            with_step(known_until("activation_qr_received"), Milestone("application_confirmed")),
            submissions={
                **SENT.submissions,
                "organisation_document": submission("organisation_document", documents_before=1),
            },
        ),
        seen(answers=(answer("follow_up_link", 20), answer("activation_qr", 15))),
        (),
        {"application_confirmed": State.WAIT, "activation_qr_received": State.DONE},
    ),
    # People's words for the whole
    Row("held", with_words(SENT, word("hold")), seen(), (), note="dossier_held", remind=False),
    Row("held, and going on again", with_words(SENT, word("hold", 3), word("go_on", 2)), seen(), ()),
    Row(
        "withdrawn: the code is destroyed and nothing else happens",
        with_words(known_until("activation_qr_received", code_kept=True), word("withdrawn")),
        seen(portal=Seen.good(portal(employees=accounts(2, 1, 1, operations={"register": 1})))),
        (D,),
        note="organisation_withdrawn",
        remind=False,
    ),
    Row(
        "withdrawn and undone",
        with_words(known_until("application_confirmed"), word("withdrawn", 3), word("undone", 2)),
        seen(answers=(answer("follow_up_link"),)),
        (F,),
    ),
    Row(
        "a dossier that may not be used",
        dataclasses.replace(SENT, unusable=Trouble("dossier_whose_unknown", "nobody said whose it is")),
        seen(),
        (),
        note="dossier_whose_unknown",
        remind=False,
    ),
    # What is not configured is work for people
    Row(
        "without a mail server a person mails the document",
        known_until("application_submitted"),
        dataclasses.replace(FRESH, smtp=ABSENT),
        (S,),
        {"document_sent": State.WAIT},
    ),
    Row(
        "without a driver a person registers",
        known_until("identity_activated"),
        seen(),
        (),
        {"employees_registered": State.WAIT, "employees_active": State.LATER},
    ),
    Row(
        "the certificate ends before VZVZ can judge",
        known_until(None),
        dataclasses.replace(FRESH, certificate=Seen.good(Certificate(THUMBPRINT, NOW + datetime.timedelta(days=5)))),
        (),
        {"application_submitted": State.LATER},
        {"certificate_checked": "certificate_ends_too_soon"},
    ),
    Row(
        "the organisation's data are incomplete: the portal goes on",
        known_until("identity_activated"),
        seen(
            organisation=bad("organisation_invalid"),
            portal=Seen.good(portal(employees=accounts(2, 1, 1, operations={"register": 1}))),
        ),
        (KE,),
        {},
        {"prepared": "organisation_invalid"},
    ),
    Row(
        "signed by hand: it is sent as it is",
        with_step(known_until("application_submitted"), said("document_signed")),
        seen(document=Seen.good(CHANGED)),
        (M,),
        {"document_signed": State.DONE},
    ),
    Row(
        "a step that comes later was done by hand",
        with_step(known_until("application_submitted"), done("follow_up_submitted")),
        FRESH,
        (S, M),
        {"follow_up_submitted": State.DONE},
    ),
]
