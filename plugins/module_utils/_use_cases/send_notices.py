# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails the notices that are due by the dossier to the people of an organisation, each exactly once."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from .._common.errors import ZorgidError
from .._common.moments import now
from .._common.organisation import Organisation
from .._dossier import said
from .._dossier.limits import DayLimit
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._mail import smtp_mail
from .._mail.smtp_mail import SmtpSettings
from .._net.url_policy import check_environment
from .._report.notices import Named, Notice, due
from .delivery import mail_once

#: Errors of one person's address, which do not stop mail to others.
_PERSONAL = ("recipient_refused", "address_invalid")
_STOPPED = {"withdrawn": "is withdrawn", "hold": "is held"}


@dataclass(frozen=True)
class SendNotices:
    """``reminder_days``, ``escalation_days``: days until a reminder, and until the mail to the representative.
    ``vzvz_address``: for reminders to VZVZ."""

    dossier: DossierPlace
    smtp: SmtpSettings
    organisation: Organisation
    environment: str
    vzvz_address: str
    reminder_days: int = 7
    escalation_days: int = 21


@dataclass(frozen=True)
class NoticeResult:
    """``elsewhere``: another run has sent it or works on it. ``error_code``: why it failed."""

    notice: Notice
    status: Literal["would_send", "sent", "elsewhere", "failed"]
    error_code: str = ""


@dataclass(frozen=True)
class NoticesOutcome:
    """``silent``: why nobody is mailed. ``failure``: the error of one notice; the others are still sent, unless it is
    an error of the server, which affects all."""

    ura: str
    notices: tuple[NoticeResult, ...] = ()
    silent: str = ""
    failure: ZorgidError | None = None

    @property
    def changed(self) -> bool:
        return any(one.status in ("sent", "would_send") for one in self.notices)


def send_notices(
    command: SendNotices,
    *,
    check_mode: bool,
    planned: Collection[Named] | None = None,
    day: DayLimit | None = None,
) -> NoticesOutcome:
    """``planned``: the notices that the plan announced (step, kind, role); those that became due later wait for the
    next plan. ``day``: as for ``DossierStore.claim``. Errors: ``environment_mismatch``, and those of the dossier."""
    organisation = command.organisation
    with command.dossier.open(read_only=check_mode) as store:
        dossier = replace(store.read(organisation.ura), name=organisation.name)
        stopped = said.withdrawn(dossier.words) or said.held(dossier.words)
        days = command.reminder_days, command.escalation_days
        notices = [] if stopped else due(dossier, now(), *days, planned=planned)
        addresses = _addresses(command)
        check_environment(command.environment, [command.smtp.host, *(addresses[one.role] for one in notices)])
        results: list[NoticeResult] = []
        wrong: tuple[Notice, ZorgidError] | None = None
        for notice in notices:
            try:
                status = "would_send" if check_mode else _send(command, store, notice, addresses[notice.role], day)
                results.append(NoticeResult(notice, status))
            except ZorgidError as error:
                results.append(NoticeResult(notice, "failed", error.code))
                wrong = wrong or (notice, error)
                if error.code not in _PERSONAL:
                    wrong = notice, error
                    break
    silent = (
        f"Nobody is mailed: {organisation.ura} {_STOPPED[stopped.word]} ({said.said_by(stopped)})" if stopped else ""
    )
    return NoticesOutcome(organisation.ura, tuple(results), silent, _failure(organisation, *wrong) if wrong else None)


def _failure(organisation: Organisation, notice: Notice, reason: ZorgidError) -> ZorgidError:
    """The message names the role instead of the address."""
    if reason.code not in _PERSONAL:
        return reason
    return ZorgidError(
        reason.code,
        f"The {notice.kind} for the {notice.role} of {organisation.ura} could not be mailed",
        expected="an address that the mail server accepts",
        found=reason.message,
        action=f"correct the address of the {notice.role} in the inventory",
    )


def _addresses(command: SendNotices) -> dict[str, str]:
    people = command.organisation.people
    return {
        "technical_administrator": people.technical_administrator.email,
        "portal_administrator": people.portal_administrator.email,
        "representative": people.representative.email,
        "provider": command.organisation.provider.email,
        "vzvz": command.vzvz_address,
    }


def _send(
    command: SendNotices, store: DossierStore, notice: Notice, address: str, day: DayLimit | None
) -> Literal["sent", "elsewhere"]:
    provider = command.organisation.provider
    smtp_mail.check_address(address, notice.role)

    def composed(message_id: str, at: datetime.datetime) -> bytes:
        return smtp_mail.compose(
            message_id=message_id,
            sender=command.smtp.sender,
            recipient=address,
            subject=notice.subject,
            text=f"{notice.text}\n{provider.name}\n{provider.email}, {provider.phone}\n",
            attachments={},
            at=at,
        ).as_bytes()

    mailed = mail_once(
        store,
        (command.organisation.ura, notice.submission, notice.digest),
        address,
        command.smtp,
        composed,
        evidence_of=lambda _receipt: {"kind": notice.kind, "role": notice.role},
        day=day,
    )
    return "sent" if mailed.receipt else "elsewhere"
