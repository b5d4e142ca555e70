# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails each invitation once, and reminders until the phone is active; the dossier has the sent mails."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .._common.errors import ZorgidError
from .._common.moments import now
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._mail import smtp_mail
from .._mail.smtp_mail import SmtpSettings
from .._portal import invitations, inviting
from .._portal.access import PortalAccess
from .._portal.desired import Listed
from .._portal.model import Account
from .._portal.source import Source
from .delivery import mail_once
from .read_accounts import members_of

#: Errors of one person's address, not of the server.
_PERSONAL = ("address_invalid", "email_missing", "recipient_refused")
_SHARED = ZorgidError(
    "mailbox_shared",
    "The mail address is another person's of the list too, so no personal letter goes there",
    expected="an address of this person alone",
    found="one address of two people",
    action="add it in the HR system, or hand out the letter",
)


@dataclass(frozen=True)
class SendInvitations:
    """``employees``: the list. ``organisation``: its name, for the text. ``reminders``: maximum number after the
    invitation; ``patience``: time after the previous mail."""

    dossier: DossierPlace
    portal: PortalAccess
    smtp: SmtpSettings
    employees: Listed
    organisation: str = ""
    reminders: int = inviting.REMINDERS
    patience: datetime.timedelta = datetime.timedelta(days=inviting.REMIND_AFTER_DAYS)


@dataclass(frozen=True)
class Invited:
    """One employee. ``status``: invited, reminded, waiting, overdue, later (not in the plan), skipped (another person
    has the same address) or failed; ``failure``: why, for the last two."""

    external_id: str
    status: str
    failure: ZorgidError | None = None


@dataclass(frozen=True)
class InvitationsOutcome:
    """``source``: the list as it was read. ``failed``: those that need a person. ``server_failure``: the error of the
    mail server, which affects all."""

    source: Source
    results: tuple[Invited, ...]
    failed: tuple[Invited, ...] = ()
    server_failure: ZorgidError | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number by status, in the order of the first occurrence."""
        return dict(Counter(one.status for one in self.results))


def send_invitations(
    command: SendInvitations, *, check_mode: bool, planned: Mapping[str, int] | None = None
) -> InvitationsOutcome:
    """``planned``: how many the plan announced as ``invited`` and ``reminded``; no more are mailed, the others are
    ``later``. The plan reports missing addresses. Errors: those of the list, of the portal and of the dossier."""
    source = command.employees.read()
    waiting = inviting.to_invite(source.accounts, members_of(command.portal, since=True))
    results: list[Invited] = []
    stopped: ZorgidError | None = None
    with command.dossier.open(read_only=check_mode) as store:
        if waiting:
            store.words.demand_going(command.portal.ura.digits)
        mailing = _Mailing(command, store, check_mode, planned)
        for account, since in waiting:
            name = account["external_id"]
            if stopped is not None:
                results.append(Invited(name, "failed", stopped))
                continue
            if account.get("email") and account.get("shared_mailbox"):
                results.append(Invited(name, "skipped", _SHARED))
                continue
            try:
                results.append(Invited(name, mailing.serve(account, since)))
            except ZorgidError as error:
                results.append(Invited(name, "failed", error))
                if error.code not in _PERSONAL:
                    stopped = error
    in_the_plan = ("email_missing",) if planned is not None else ()
    failed = tuple(
        one for one in results if one.status == "failed" and one.failure and one.failure.code not in in_the_plan
    )
    return InvitationsOutcome(source, tuple(results), failed, stopped)


class _Mailing:
    def __init__(
        self, command: SendInvitations, store: DossierStore, check_mode: bool, planned: Mapping[str, int] | None
    ) -> None:
        self._left = None if planned is None else Counter(planned)
        self._command, self._store, self._check_mode = command, store, check_mode
        self._ura = command.portal.ura.digits

    def serve(self, account: Account, since: str) -> str:
        """Send the mail that is due to one person. since: when the portal began to wait for this enrolment."""
        if not account.get("email"):
            raise ZorgidError(
                "email_missing",
                "The account has no e-mail address",
                action="add it, or hand out the letter",
                expected="an address to mail the invitation to",
                found="nothing",
            )
        smtp_mail.check_address(account["email"], "employee")
        digest = inviting.enrolment_digest(self._ura, account["external_id"], since)
        status, number = inviting.due(
            lambda number: self._store.submission(self._ura, inviting.submission_kind(number), digest),
            now(),
            self._command.reminders,
            self._command.patience,
        )
        if status not in ("invited", "reminded"):
            return status
        if self._left is not None:
            if self._left[status] < 1:
                return "later"
            self._left[status] -= 1
        if not self._check_mode:
            self._send(account, number, digest)
        return status

    def _send(self, account: Account, number: int, digest: str) -> None:
        def composed(message_id: str, at: datetime.datetime) -> bytes:
            subject, text = invitations.mail(account, self._ura, number, self._command.organisation)
            return smtp_mail.compose(
                message_id=message_id,
                sender=self._command.smtp.sender,
                recipient=account["email"],
                subject=subject,
                text=text,
                attachments={
                    "uitnodiging-zorg-id.html": invitations.letter(account, self._ura, self._command.organisation)
                },
                at=at,
            ).as_bytes()

        claim = (self._ura, inviting.submission_kind(number), digest)
        mail_once(self._store, claim, account["email"], self._command.smtp, composed)
