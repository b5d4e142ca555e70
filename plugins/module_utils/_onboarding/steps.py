# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of VZVZ's step plan as data: what each needs, what proves it, what this collection can do for it.

``TABLE`` has all of them; ``deciding.py`` decides by its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .._dossier.model import StepName


class Effect(StrEnum):
    """A change that a run makes outside the controller. Each is one action with its step; the value is its name on
    screens."""

    SUBMIT_APPLICATION = "submit_application"
    SIGN_DOCUMENT = "sign_document"
    MAIL_DOCUMENT = "mail_document"
    SUBMIT_FOLLOW_UP = "submit_follow_up"
    MAKE_LETTER = "make_letter"
    DESTROY_CODE = "destroy_code"
    KEEP_ADMINISTRATORS = "keep_administrators"
    KEEP_EMPLOYEES = "keep_employees"
    SEND_NOTICES = "send_notices"
    INVITE = "invite"


class Need(StrEnum):
    """An observation that has to be good in this run before an effect is planned; the value is its name in
    ``Observed``."""

    ORGANISATION = "organisation"
    CERTIFICATE = "certificate"
    KEY = "key"
    DOCUMENT = "document"
    MAILBOX = "mailbox"
    SMTP = "smtp"
    APPLICATION_FORM = "application_form"
    FOLLOW_UP_FORM = "follow_up_form"
    PORTAL = "portal"


@dataclass(frozen=True)
class Step:
    """One row.

    ``event``: it happens once and stays true (False: a condition, which can end); a step that only a person's statement
    proves is an event, unless it can end. ``after``: the steps that have to be done before. ``actor``: who does it if
    no effect can. ``tag``: for ``--tags``; a step without effects has that of its neighbours. ``number``: the step in
    VZVZ's step plan. ``case``: VZVZ's use case, if known. ``by_mail``: the answer may come by mail, so nobody is
    reminded while a mailbox cannot be read or a mail was not recognised.
    """

    name: StepName
    number: str
    event: bool
    after: tuple[str, ...]
    actor: str
    tag: str
    proof: str
    case: str = ""
    by_mail: bool = False


TABLE: tuple[Step, ...] = (
    Step("prepared", "1", False, (), "technical_administrator", "prepare", "the inventory is complete"),
    Step(
        "certificate_checked",
        "1",
        False,
        ("prepared",),
        "technical_administrator",
        "certificate",
        "a valid UZI server certificate of this URA number with a key that opens",
    ),
    Step(
        "application_submitted",
        "2",
        True,
        ("prepared",),
        "technical_administrator",
        "application",
        "the form's confirmation, or a statement by a person",
        "BA-004",
        by_mail=True,
    ),
    Step(
        "document_signed",
        "3",
        True,
        ("application_submitted", "certificate_checked"),
        "technical_administrator",
        "document",
        "a document with a valid signature, or a statement by a person",
        by_mail=True,
    ),
    Step(
        "document_sent",
        "3",
        True,
        ("document_signed",),
        "technical_administrator",
        "document",
        "the mail server accepted this document, or a statement by a person",
        by_mail=True,
    ),
    Step(
        "application_confirmed",
        "3",
        True,
        ("document_sent",),
        "vzvz",
        "mailbox",
        "VZVZ's mail about the current document, or a statement by a person",
        "BA-004",
        by_mail=True,
    ),
    Step(
        "follow_up_submitted",
        "4",
        True,
        ("application_confirmed",),
        "portal_administrator",
        "follow_up",
        "the form's confirmation, or a statement by a person",
        by_mail=True,
    ),
    Step(
        "activation_qr_received",
        "4",
        True,
        ("follow_up_submitted",),
        "vzvz",
        "activation",
        "VZVZ's mail with the code, or a statement by a person",
        "BA-007",
        by_mail=True,
    ),
    Step(
        "identity_activated",
        "6",
        True,
        ("activation_qr_received",),
        "portal_administrator",
        "activation",
        ("the portal shows an administrator of this organisation with an active phone, or a statement by a person"),
        "BA-007",
        by_mail=True,
    ),
    Step(
        "administrators_registered",
        "7",
        False,
        ("identity_activated",),
        "portal_administrator",
        "administrators",
        "each listed administrator and operator is registered in the portal",
        "HA-002, HA-006",
    ),
    Step(
        "employees_registered",
        "7",
        False,
        ("identity_activated",),
        "portal_operator",
        "employees",
        "each listed employee is registered in the portal",
        "HA-008, HA-010",
    ),
    Step(
        "employees_active",
        "7",
        False,
        ("employees_registered",),
        "employees",
        "employees",
        "each listed employee is registered in the portal and has an active phone",
    ),
)

#: The step that an effect is about.
STEP_OF: dict[Effect, str] = {
    Effect.SUBMIT_APPLICATION: "application_submitted",
    Effect.SIGN_DOCUMENT: "document_signed",
    Effect.MAIL_DOCUMENT: "document_sent",
    Effect.SUBMIT_FOLLOW_UP: "follow_up_submitted",
    Effect.MAKE_LETTER: "activation_qr_received",
    Effect.DESTROY_CODE: "identity_activated",
    Effect.KEEP_ADMINISTRATORS: "administrators_registered",
    Effect.KEEP_EMPLOYEES: "employees_registered",
    # Lines below the steps.
    Effect.SEND_NOTICES: "notices",
    Effect.INVITE: "invitations",
}

STEPS: dict[str, Step] = {step.name: step for step in TABLE}

#: The needs of each effect, in the order in which a person would correct them. An effect is planned if and only if all
#: of them are good.
NEEDS: dict[Effect, tuple[Need, ...]] = {
    Effect.SUBMIT_APPLICATION: (
        Need.ORGANISATION,
        Need.CERTIFICATE,
        Need.KEY,
        Need.DOCUMENT,
        Need.MAILBOX,
        Need.SMTP,
        Need.APPLICATION_FORM,
    ),
    Effect.SIGN_DOCUMENT: (Need.ORGANISATION, Need.CERTIFICATE, Need.KEY, Need.DOCUMENT, Need.MAILBOX, Need.SMTP),
    Effect.MAIL_DOCUMENT: (Need.ORGANISATION, Need.MAILBOX, Need.SMTP),
    Effect.SUBMIT_FOLLOW_UP: (Need.ORGANISATION, Need.MAILBOX, Need.FOLLOW_UP_FORM),
    Effect.MAKE_LETTER: (Need.ORGANISATION, Need.MAILBOX),
    Effect.DESTROY_CODE: (),
    Effect.KEEP_ADMINISTRATORS: (Need.PORTAL,),
    Effect.KEEP_EMPLOYEES: (Need.PORTAL,),
    # Notices go to people in the organisation's variables, invitations to the list of employees.
    Effect.SEND_NOTICES: (Need.ORGANISATION, Need.SMTP),
    Effect.INVITE: (Need.PORTAL, Need.SMTP),
}
