# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mailed invitations, each once, and reminders until the phone is active; the dossier knows what was sent."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.ura import Ura
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import outgoing
from ...module_utils._intake.outgoing import SmtpSettings
from ...module_utils._portal import invitations, inviting
from ...module_utils._portal.model import Account
from .action import Options, Result, ZorgidAction
from .once import mail_once
from .opening import open_dossier
from .portal import members_of
from .portal_lists import listed, with_source

#: what is wrong with one person's address, and not with the server
_PERSONAL = ("address_invalid", "email_missing", "recipient_refused")


def invite(action: ZorgidAction, options: Options, planned: Mapping[str, int] | None = None) -> Result:
    """The action ``employee_invitations``. ``planned``: how many a plan said would be ``invited`` and ``reminded``; no
    more than that are mailed, the others are ``later``. Whose list has no address, the plan has told."""
    settings = SmtpSettings(**options["smtp"], ca_path=options["ca_path"], timeout=options["timeout"])
    outgoing.check_address(settings.sender, "sender")
    source = listed(action, options)
    waiting = inviting.to_invite(source.accounts, members_of(options, since=True))
    results: list[Result] = []
    stopped: ZorgidError | None = None
    with open_dossier(options, read_only=action.check_mode) as store:
        if waiting:
            store.words.demand_going(Ura.of(options["ura"]).digits)
        mailing = _Mailing(store, settings, options, action.check_mode, planned)
        for account, since in waiting:
            told: Result = {"external_id": account["external_id"], "status": "failed", "message": ""}
            results.append(told)
            try:
                if stopped is not None:
                    raise stopped
                told["status"] = mailing.serve(account, since)
            except ZorgidError as error:
                told |= {"message": str(error), "error_code": error.code}
                if error.code not in _PERSONAL:
                    stopped = error  # the server's trouble is everybody's
    summary = dict(Counter(item["status"] for item in results))
    changed = bool(summary.get("invited") or summary.get("reminded"))
    result: Result = {"changed": changed, "results": results, "summary": summary}
    failed = [
        item
        for item in results
        if item["status"] == "failed" and not (planned is not None and item["error_code"] == "email_missing")
    ]
    if failed:
        first = failed[0]
        msg = f"{len(failed)} of {len(results)} invitations failed; results says which and why."
        result |= {
            "failed": True,
            "error_code": stopped.code if stopped else "invitations_failed",
            "msg": f"{msg} The first, {first['external_id']}: {first['message']}",
        }
    return with_source(result, source)


class _Mailing:
    def __init__(
        self,
        store: DossierStore,
        settings: SmtpSettings,
        options: Options,
        check_mode: bool,
        planned: Mapping[str, int] | None,
    ) -> None:
        self._left = None if planned is None else Counter(planned)
        self._store, self._settings, self._check_mode = store, settings, check_mode
        self._ura = Ura.of(options["ura"]).digits
        self._reminders = int(options["reminders"])
        self._patience = datetime.timedelta(days=options["remind_after_days"])

    def serve(self, account: Account, since: str) -> str:
        """Send what is due to one person. since: when the portal began to wait for this enrolment."""
        if not account.get("email"):
            raise ZorgidError(
                "email_missing",
                "The account has no e-mail address",
                action="add it, or hand out the letter",
                expected="an address to mail the invitation to",
                found="nothing",
            )
        outgoing.check_address(account["email"], "employee")
        digest = inviting.digest_of(self._ura, account["external_id"], since)
        now = datetime.datetime.now(datetime.UTC)
        status, number = inviting.due(
            lambda number: self._store.submission(self._ura, inviting.kind_of(number), digest),
            now,
            self._reminders,
            self._patience,
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
            subject, text = invitations.mail(account, self._ura, number)
            return outgoing.compose(
                message_id=message_id,
                sender=self._settings.sender,
                recipient=account["email"],
                subject=subject,
                text=text,
                attachments={"uitnodiging-zorg-id.html": invitations.letter(account, self._ura)},
                at=at,
            ).as_bytes()

        claim = (self._ura, inviting.kind_of(number), digest)
        mail_once(self._store, claim, account["email"], self._settings, composed)
