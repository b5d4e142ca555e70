# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail to the people of an organisation: what is due according to its dossier, each message exactly once."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection

from ...module_utils._common.errors import ZorgidError
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.model import Dossier
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import outgoing
from ...module_utils._intake.hosts import check_environment
from ...module_utils._intake.outgoing import SmtpSettings
from ...module_utils._report.people import Named, Notice, due
from .action import Options, Result
from .once import mail_once
from .opening import open_dossier

#: What is wrong with one person's address, and keeps nobody else from being told.
_PERSONAL = ("recipient_refused", "address_invalid")


def send_notices(
    options: Options, *, check_mode: bool, diff_mode: bool, planned: Collection[Named] | None = None
) -> Result:
    """The action ``onboarding_notices``. ``planned``: the notices that a plan said would go (step, kind, role); what
    became due since then waits for the next plan."""
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
        notices = [] if stopped else _due(dossier, now, options, planned)
        addresses = _addresses(organisation, options["vzvz_address"])
        check_environment(options["environment"], [settings.host, *(addresses[one.role] for one in notices)])
        told, wrong = [], None
        for notice in notices:
            one = _shown(notice)
            told.append(one)
            try:
                address = addresses[notice.role]
                one["status"] = "would_send" if check_mode else _send(store, organisation, notice, address, settings)
            except ZorgidError as error:
                one |= {"status": "failed", "error_code": error.code}
                wrong = wrong or (notice, error)
                if error.code not in _PERSONAL:
                    wrong = notice, error
                    break  # the server's trouble is everybody's
    result: Result = {
        "changed": any(one["status"] in ("sent", "would_send") for one in told),
        "ura": organisation.ura,
        "notices": told,
    }
    if stopped:
        what = "is withdrawn" if stopped.word == "withdrawn" else "is held"
        result["silent"] = f"Nobody is mailed: {organisation.ura} {what} ({said.told(stopped)})"
    if diff_mode and told:
        lines = [f"{one['kind']} for {one['role']}: {one['subject']}\n" for one in told]
        result["diff"] = {"before": "", "after": "".join(lines)}
    if wrong:
        raise _failed(organisation, *wrong, result)
    return result


def _due(dossier: Dossier, now: datetime.datetime, options: Options, planned: Collection[Named] | None) -> list[Notice]:
    return due(dossier, now, options["reminder_days"], options["escalation_days"], planned=planned)


def _failed(organisation: Organisation, notice: Notice, reason: ZorgidError, result: Result) -> ZorgidError:
    """With what became of the others. One person's address is named by its role."""
    if reason.code not in _PERSONAL:
        reason.details = {**reason.details, **result}
        return reason
    return ZorgidError(
        reason.code,
        f"The {notice.kind} for the {notice.role} of {organisation.ura} could not be mailed",
        expected="an address that the mail server takes",
        found=reason.message,
        action=f"correct the address of the {notice.role} in the inventory",
        details=result,
    )


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
