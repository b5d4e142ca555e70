# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's desk: confirms applications, assesses documents, sends the follow-up link and the activation code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .. import portal
from ..intake import store as intake
from ..smtp import store as smtp
from ..state import address
from . import letters
from .judge import DocumentRefusedError, judge


def act(state: Path) -> Iterator[str]:
    """Do everything that is waiting at the desk; one line for each action."""
    yield from _applications(state)
    yield from _documents(state)
    yield from _links(state)
    yield from _activations(state)


def _references(state: Path) -> dict[str, str]:
    """URA to the reference of its first application."""
    found: dict[str, str] = {}
    for form in intake.forms(state, "application"):
        found.setdefault(form.ura, form.reference)
    return found


def _applications(state: Path) -> Iterator[str]:
    for form in intake.forms(state, "application"):
        if form.handled is None:
            letters.send(state, "application_confirmed", ura=form.ura, reference=form.reference)
            intake.mark_handled(state, form)
            yield f"VZVZ confirms the application {form.reference} of URA {form.ura}."


def _documents(state: Path) -> Iterator[str]:
    references = _references(state)
    judged = {mail.digest: mail for mail in smtp.mails(state, "document") if mail.verdict and mail.digest}
    for mail in smtp.mails(state, "document"):
        if mail.handled is not None:
            continue
        if earlier := judged.get(mail.digest or ""):
            smtp.mark_handled(state, mail, "duplicate", earlier.ura)
            yield f"VZVZ has the document of URA {earlier.ura} already and puts the second mail aside."
            continue
        reference = f"ZS-{mail.at[:4]}-D{mail.id:04}"
        try:
            ura = judge(state, mail.document())
        except DocumentRefusedError as refused:
            reference = references.get(refused.ura or "", reference)
            letters.send(state, "document_rejected", ura=refused.ura, reference=reference, reason=refused.reason)
            smtp.mark_handled(state, mail, "rejected", refused.ura, refused.reason)
            yield f"VZVZ rejects the document of URA {refused.ura or '(unreadable)'}: {refused.reason}"
        else:
            letters.send(state, "document_confirmed", ura=ura, reference=references.get(ura, reference))
            smtp.mark_handled(state, mail, "accepted", ura)
            yield f"VZVZ checks and accepts the document of URA {ura}."
        if mail.digest:
            judged[mail.digest] = next(one for one in smtp.mails(state, "document") if one.id == mail.id)


def _links(state: Path) -> Iterator[str]:
    accepted = {mail.ura for mail in smtp.mails(state, "document") if mail.verdict == "accepted"}
    linked = intake.linked(state)
    for form in intake.forms(state, "application"):
        if form.ura in accepted and form.ura not in linked:
            linked.add(form.ura)
            secret = intake.issue_link(state, form.ura, form.fields["naam_zorgaanbieder"])
            link = f"{address(state, 'intake')['base']}/vervolgformulier/{secret}"
            letters.send(state, "follow_up_link", ura=form.ura, reference=form.reference, link=link)
            yield f"VZVZ mails the link to the follow-up form to URA {form.ura}."


def _activations(state: Path) -> Iterator[str]:
    applications = {form.ura: form for form in reversed(intake.forms(state, "application"))}
    for form in intake.forms(state, "follow_up"):
        if form.handled is not None:
            continue
        application = applications[form.ura]
        person = {
            "first_name": form.fields["voornaam"],
            "last_name": form.fields["achternaam"],
            "date_of_birth": form.fields["geboortedatum"],
            "email": form.fields["email"],
        }
        name = application.fields["naam_zorgaanbieder"]
        code = portal.issue_activation(state, form.ura, person, name)
        letters.send(state, "activation_qr", ura=form.ura, reference=application.reference, qr=code)
        intake.mark_handled(state, form)
        yield f"VZVZ issues the activation code of URA {form.ura} and mails it as a QR code."
