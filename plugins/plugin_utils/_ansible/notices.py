# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail to the people of an organisation: what is due according to its dossier, each message exactly once."""

from __future__ import annotations

import dataclasses
import datetime

from ...module_utils._common.errors import ZorgidError
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import outgoing
from ...module_utils._intake.hosts import check_environment
from ...module_utils._intake.outgoing import SmtpSettings
from ...module_utils._report.people import Notice, due
from .action import Options, Result
from .once import mail_once
from .opening import open_dossier


def send_notices(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """The action ``onboarding_notices``."""
    for name in ("reminder_days", "escalation_days"):
        if options[name] < 1:
            raise ZorgidError(
                "options_invalid",
                f"{name} is not a number of days",
                expected="1 or more",
                found=str(options[name]),
                action=f"correct {name}",
            )
    settings = SmtpSettings(**options["smtp"], ca_path=options["ca_path"], timeout=options["timeout"])
    outgoing.check_address(settings.sender, "sender")
    organisation = check_organisation(options["organisation"])
    with open_dossier(options, read_only=check_mode) as store:
        dossier = dataclasses.replace(store.read(organisation.ura), name=organisation.name)
        now = datetime.datetime.now(datetime.UTC)
        stopped = said.withdrawn(dossier.words) or said.held(dossier.words)
        notices = [] if stopped else due(dossier, now, options["reminder_days"], options["escalation_days"])
        addresses = _addresses(organisation, options["vzvz_address"])
        check_environment(options["environment"], [settings.host, *(addresses[one.role] for one in notices)])
        told, refused = [], []
        for notice in notices:
            status = "would_send"
            if not check_mode:
                try:
                    status = _send(store, organisation, notice, addresses[notice.role], settings)
                except ZorgidError as error:
                    if error.code not in ("recipient_refused", "address_invalid"):
                        raise
                    # One wrong address keeps nobody else from being told.
                    refused.append((notice, error))
                    continue
            told.append({**_shown(notice), "status": status})
    result: Result = {
        "changed": any(one["status"] != "elsewhere" for one in told),
        "ura": organisation.ura,
        "notices": told,
    }
    if stopped:
        what = "is withdrawn" if stopped.word == "withdrawn" else "is held"
        result["silent"] = f"Nobody is mailed: {organisation.ura} {what} ({said.told(stopped)})"
    if diff_mode and told:
        lines = [f"{one['kind']} for {one['role']}: {one['subject']}\n" for one in told]
        result["diff"] = {"before": "", "after": "".join(lines)}
    if refused:
        notice, reason = refused[0]
        raise ZorgidError(
            reason.code,
            f"The {notice.kind} for the {notice.role} of {organisation.ura} could not be mailed",
            expected="an address that the mail server takes",
            found=reason.message,
            action=f"correct the address of the {notice.role} in the inventory",
            details=result,
        )
    return result


def _addresses(organisation: Organisation, vzvz: str) -> dict[str, str]:
    people = organisation.people
    return {
        "technical_administrator": people.technical_administrator.email,
        "portal_administrator": people.portal_administrator.email,
        "representative": people.representative.email,
        "provider": organisation.provider.email,
        "vzvz": vzvz,
    }


def _send(store: DossierStore, organisation: Organisation, notice: Notice, address: str, settings: SmtpSettings) -> str:
    """``sent``, or ``elsewhere`` when another run has sent it or is at it."""
    provider = organisation.provider
    outgoing.check_address(address, notice.role)

    def composed(message_id: str, at: datetime.datetime) -> bytes:
        return outgoing.compose(
            message_id=message_id,
            sender=settings.sender,
            recipient=address,
            subject=notice.subject,
            text=f"{notice.text}\n{provider.name}\n{provider.email}, {provider.phone}\n",
            attachments={},
            at=at,
        ).as_bytes()

    mailed = mail_once(
        store,
        (organisation.ura, notice.submission, notice.digest),
        address,
        settings,
        composed,
        told=lambda _delivery: {"kind": notice.kind, "role": notice.role},
    )
    return "sent" if mailed.delivery else "elsewhere"


def _shown(notice: Notice) -> Result:
    return {"step": notice.step, "kind": notice.kind, "role": notice.role, "subject": notice.subject}
