# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the steps of a change in the portal for a person, with the portal's own terms, as a page and as a table."""

from __future__ import annotations

import csv
import hashlib
import io
from itertools import groupby
from typing import NamedTuple

from .._common.csv_cells import protected
from .._common.html_page import render_page
from .._common.letterhead import BLANK, Letterhead
from . import model
from .model import Change, family_name


class Task(NamedTuple):
    """A change and its steps. look: it was perhaps made already, so a person looks, and does not do it."""

    change: Change
    clicks: list[str]
    look: bool = False


ROLE_WORDS = {"employee": "Medewerker", "operator": "Beheerder", "administrator": "Administrator"}
FIELD_WORDS = {
    "external_id": "Personeelsnummer",
    "first_name": "Voornaam",
    "last_name": "Achternaam",
    "date_of_birth": "Geboortedatum",
    "email": "E-mailadres",
    "uzi_number": "UZI-nummer",
    "role_code": "Rolcode",
    "agb_code": "AGB-code",
}
DOCUMENT_WORDS = {"passport": "paspoort", "identity_card": "identiteitskaart", "driving_licence": "rijbewijs"}
DEVICE_WORDS = {
    "blocked": "Blokkeren",
    "unblocked": "Deblokkeren",
    "revoked": "Intrekken",
    "invited": "Opnieuw uitnodigen",
}
WHAT = {
    model.CREATED: "Registreren",
    model.UPDATED: "Wijzigen",
    model.UNLINKED: "Ontkoppelen",
    model.BLOCKED: "Blokkeren",
    model.UNBLOCKED: "Deblokkeren",
    model.REVOKED: "Intrekken",
}
LOOK = "Eerst kijken, niet zelf doen"
SMARTCARD = (
    "Let op: heeft deze persoon een ZORG-ID Smartcard, dan wordt die geblokkeerd "
    "(smartcard en ZORG-ID Mobiel gaan niet samen)"
)


def turn(change: Change) -> tuple[bool, int]:
    """The order of changes: lost phones first; removals of roles last, after others have their roles."""
    order = (model.BLOCKED, model.REVOKED, model.UNBLOCKED, model.UPDATED, model.CREATED, model.UNLINKED)
    return change.removes, order.index(change.status)


def operator(change: Change) -> str:
    """Who has to make the change: the operator who did the WID check registers the person; empty: anybody with the
    right role."""
    record = change.wanted.get("identification")
    if change.actual is None and change.wanted.get("registration") == "operator" and record:
        return record["checked_by"]
    return ""


def look_first(change: Change) -> Task:
    """For a change that was sent once and that no reading has shown."""
    where = f"Gebruikers → {change.actual['id']}" if change.actual else "Gebruikers: zoek deze persoon"
    clicks = [
        where,
        f"Deze wijziging is misschien al gedaan: {WHAT[change.status].lower()}. Voer haar niet nog een keer uit",
        "Staat het er? Dan is het klaar; de volgende keer ziet het programma het",
        "Staat het er niet? Geef dat door aan uw ICT-dienstverlener, die het vastlegt",
    ]
    return Task(change, clicks, look=True)


def _what(task: Task) -> str:
    return LOOK if task.look else WHAT[task.change.status]


def steps(change: Change) -> list[str]:
    """The steps in the portal for one account, in order."""
    desired = change.wanted
    if change.actual is None:
        return _registration(change)
    clicks = [f"Gebruikers → {change.actual['id']} → Beheer"]
    if change.status == model.UNLINKED:
        return [*clicks, "Organisatie(s): kies Rol verwijderen (ontkoppelen)", "Rol opslaan"]
    for field, (before, after) in change.fields.items():
        if field == "role":
            clicks.append(f"Organisatie(s): rol {ROLE_WORDS[before]} → {ROLE_WORDS[after]}; Rol opslaan")
        else:
            if field == "date_of_birth":
                before, after = before and _day(before), _day(after)
            clicks.append(f"{FIELD_WORDS[field]}: {before or '(leeg)'} → {after}; Gegevens opslaan")
    if change.device:
        clicks.append(f"Telefoon: {DEVICE_WORDS[change.device]} (geldt voor alle organisaties)")
    if "role" in change.fields and desired.get("role") in model.PORTAL_ROLES:
        clicks.append(SMARTCARD)
    return clicks


def _registration(change: Change) -> list[str]:
    desired = change.wanted
    clicks = [f"Gebruikers → Nieuwe gebruiker: {desired['first_name']} {family_name(desired)}"]
    for field, word in FIELD_WORDS.items():
        value = family_name(desired) if field == "last_name" else str(desired.get(field) or "")
        if value:
            clicks.append(f"{word}: {_day(value) if field == 'date_of_birth' else value}")
    record = desired.get("identification")
    if desired.get("registration") == "operator" and record:
        kind = DOCUMENT_WORDS.get(record["document_type"], record["document_type"])
        expires, checked = _day(record["document_expires"]), _day(record["checked_at"])
        clicks.append(f"WID-controle: {kind}, geldig tot {expires}, op {checked}")
    elif desired["role"] != "administrator":
        clicks.append("Kies zelfregistratie; de medewerker krijgt een uitnodiging")
    clicks.append(f"Rol: {ROLE_WORDS[desired['role']]}; Opslaan")
    return [*clicks, SMARTCARD] if desired["role"] in model.PORTAL_ROLES else clicks


def _day(text: str) -> str:
    """``1990-01-02`` in the Dutch form: ``02-01-1990``."""
    return f"{text[8:10]}-{text[5:7]}-{text[:4]}"


def table(tasks: list[Task]) -> bytes:
    """The list for a spreadsheet: one row per account, with columns to sign off."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Nr", "Personeelsnummer", "Wat", "Klikken", "Gedaan door", "Datum"])
    for number, task in enumerate(tasks, 1):
        cells = [str(number), task.change.external_id, _what(task), " | ".join(task.clicks), "", ""]
        writer.writerow([protected(cell) for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()


def page(ura: str, kind: str, who: str, tasks: list[Task], head: Letterhead = BLANK) -> bytes:
    """The list as a page, to tick off on a screen or on paper; it needs no network."""
    numbered = groupby(enumerate(tasks, 1), lambda one: _what(one[1]))
    groups = [
        (what, [{"number": number, "title": _title(one.change), "clicks": one.clicks} for number, one in found])
        for what, found in numbered
    ]
    one = "een administrator" if kind == "administrators" else "een beheerder of administrator"

    def digest(listed: str) -> str:
        # The key under which the browser stores the ticks: another list starts without ticks.
        return hashlib.sha256(f"{ura} {kind} {who} {listed}".encode()).hexdigest()[:32]

    return render_page(
        __package__,
        "worklist.html.j2",
        ura=ura,
        head=head,
        groups=groups,
        count=len(tasks),
        whose=f"de beheerder met personeelsnummer {who}, die de WID-controles heeft gedaan" if who else one,
        digest=digest,
    )


def _title(change: Change) -> str:
    if change.actual and change.actual["first_name"] and change.actual["last_name"]:
        name = f"{change.actual['first_name']} {change.actual['last_name']}"
    elif change.desired:
        name = f"{change.desired['first_name']} {family_name(change.desired)}"
    else:  # a list that shows no names, or a person with one name
        name = change.actual["id"] if change.actual else ""
    return f"{name} ({change.external_id})"
