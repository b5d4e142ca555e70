# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of VZVZ's step plan as data: what each needs, what proves it, what this collection can do for it.

Read as one page: ``TABLE``. Everything that decides (``deciding.py``) goes by these rows; deleting one turns tests red.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a run can do to the world. Each is one action with its milestone; the value is its name on every screen."""

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
    """What an effect needs to be seen good in this run before it is planned; the value names the observation."""

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

    ``event``: it happens once and stays true (False: a condition, which can end). ``after``: the steps that have to be
    done before. ``actor``: who does it where no effect can. ``tag``: of the effects, for ``--tags``. ``number``: VZVZ's
    step. ``case``: its use case, where one is known.
    """

    name: str
    number: str
    event: bool
    after: tuple[str, ...]
    actor: str
    tag: str
    proof: str
    case: str = ""


TABLE: tuple[Step, ...] = (
    Step("prepared", "1", False, (), "technical_administrator", "prepare", "the inventory describes it completely"),
    Step(
        "certificate_checked",
        "1",
        False,
        ("prepared",),
        "technical_administrator",
        "certificate",
        "a UZI server certificate of this URA, judged good; its key opens",
    ),
    Step(
        "application_submitted",
        "2",
        True,
        ("prepared",),
        "technical_administrator",
        "application",
        "the form's confirmation, or a person's word",
        "HA-004",
    ),
    Step(
        "document_signed",
        "3",
        True,
        ("application_submitted", "certificate_checked"),
        "technical_administrator",
        "document",
        "a document that verifies, or a person's word",
    ),
    Step(
        "document_sent",
        "3",
        True,
        ("document_signed",),
        "technical_administrator",
        "document",
        "the mail server took this document, or a person's word",
    ),
    Step(
        "application_confirmed",
        "3",
        True,
        ("document_sent",),
        "vzvz",
        "mailbox",
        "VZVZ's mail about the document that counts now, or a person's word",
        "BA-004",
    ),
    Step(
        "follow_up_submitted",
        "4",
        True,
        ("application_confirmed",),
        "portal_administrator",
        "follow_up",
        "the form's confirmation, or a person's word",
    ),
    Step(
        "activation_qr_received",
        "4",
        True,
        ("follow_up_submitted",),
        "vzvz",
        "activation",
        "VZVZ's mail with the code, or a person's word",
        "BA-007",
    ),
    Step(
        "identity_activated",
        "6",
        True,
        ("activation_qr_received",),
        "portal_administrator",
        "activation",
        "the portal shows an administrator of this organisation whose phone is active, or a person's word",
        "BA-007",
    ),
    Step(
        "administrators_registered",
        "7",
        False,
        ("identity_activated",),
        "portal_administrator",
        "administrators",
        "each listed administrator and operator stands in the portal",
        "HA-002, HA-006",
    ),
    Step(
        "employees_registered",
        "7",
        False,
        ("identity_activated",),
        "portal_operator",
        "employees",
        "each listed employee stands in the portal",
        "HA-008, HA-010",
    ),
    Step(
        "employees_active",
        "7",
        False,
        ("employees_registered",),
        "employees",
        "employees",
        "each listed employee stands in the portal and has an active phone",
        "EU-005",
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

#: What each effect needs, in the order in which a person would put it right. Nothing is planned before all of it was
#: seen good; nothing else holds it back.
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
    # The organisation says whom to mail; employees stand in their list.
    Effect.SEND_NOTICES: (Need.ORGANISATION, Need.SMTP),
    Effect.INVITE: (Need.PORTAL, Need.SMTP),
}
