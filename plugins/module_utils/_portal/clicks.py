# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change in the portal as a person makes it: the clicks, in the portal's own words, as a page and as a table."""

from __future__ import annotations

import csv
import hashlib
import html
import io

from .._common.csv_cells import protected
from . import model
from .model import Change, family_name

Task = tuple[Change, list[str]]

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
SMARTCARD = (
    "Let op: heeft deze persoon een ZORG-ID Smartcard, dan wordt die geblokkeerd "
    "(smartcard en ZORG-ID Mobiel gaan niet samen)"
)


def turn(change: Change) -> tuple[bool, int]:
    """A lost phone first; what takes a role away last, when the others have theirs."""
    order = (model.BLOCKED, model.REVOKED, model.UNBLOCKED, model.UPDATED, model.CREATED, model.UNLINKED)
    return change.removes, order.index(change.status)


def operator(change: Change) -> str:
    """Who has to do it: the operator who did the WID check registers the person; empty: anybody with the right role."""
    account = change.desired or {}
    if change.actual is None and account.get("registration") == "operator":
        return str((account.get("identification") or {}).get("checked_by", ""))
    return ""


def steps(change: Change) -> list[str]:
    """The clicks of one account, in order."""
    desired = change.desired or {}
    if change.actual is None:
        return _registration(change)
    clicks = [f"Gebruikers → {change.actual['id']} → Beheer"]
    if change.status == model.UNLINKED:
        return [*clicks, "Organisatie(s): kies Rol verwijderen (ontkoppelen)", "Opslaan"]
    for field, (before, after) in change.fields.items():
        if field == "role":
            clicks.append(f"Organisatie(s): rol {ROLE_WORDS[before]} → {ROLE_WORDS[after]}; Opslaan")
        else:
            if field == "date_of_birth":
                before, after = before and _day(before), _day(after)
            clicks.append(f"{FIELD_WORDS[field]}: {before or '(leeg)'} → {after}; Opslaan")
    if change.device:
        clicks.append(f"Telefoon: {DEVICE_WORDS[change.device]} (geldt voor alle organisaties)")
    if "role" in change.fields and desired.get("role") in model.PORTAL_ROLES:
        clicks.append(SMARTCARD)
    return clicks


def _registration(change: Change) -> list[str]:
    desired = change.desired or {}
    clicks = [f"Gebruikers → Nieuwe gebruiker: {desired['first_name']} {family_name(desired)}"]
    for field, word in FIELD_WORDS.items():
        value = family_name(desired) if field == "last_name" else desired.get(field)
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
    """``1990-01-02`` as the Netherlands writes it: ``02-01-1990``."""
    return f"{text[8:10]}-{text[5:7]}-{text[:4]}"


def table(tasks: list[Task]) -> bytes:
    """For a spreadsheet: one row per account, with columns to sign off."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Nr", "Personeelsnummer", "Wat", "Klikken", "Gedaan door", "Datum"])
    for number, (change, clicks) in enumerate(tasks, 1):
        cells = [str(number), change.external_id, WHAT[change.status], " | ".join(clicks), "", ""]
        writer.writerow([protected(cell) for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()


STYLE = """
:root { color-scheme: light; --line: #d5dbe1; --soft: #5b6875; --done: #eef6f0 }
body { font: 16px/1.5 system-ui, sans-serif; color: #17202a; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
header p { margin: .25rem 0; color: var(--soft) } #count { color: #17202a; font-weight: 600 }
progress { width: 100%; height: .6rem; accent-color: #1f7a3d }
ol.tasks { list-style: none; margin: 0; padding: 0 }
ol.tasks > li { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 .6rem;
  break-inside: avoid }
ol.tasks > li:has(:checked) { background: var(--done) } li:has(:checked) > ol { color: var(--soft) }
label { display: flex; gap: .6rem; align-items: center; cursor: pointer; overflow-wrap: anywhere }
input { width: 1.2rem; height: 1.2rem; flex: none; accent-color: #1f7a3d }
li > ol { margin: .4rem 0 0; padding-left: 3rem } li > ol li { overflow-wrap: anywhere }
footer { margin-top: 2rem; display: none }
@media print { body { margin: 0; max-width: none; font-size: 11pt } progress, #count { display: none }
  footer { display: block } }
"""
#: ticks stay in this browser, under the digest of the list: another list starts empty
SCRIPT = """
const boxes = [...document.querySelectorAll("input")], key = document.body.dataset.list;
let ticks = {}; try { ticks = JSON.parse(localStorage.getItem(key)) || {} } catch {}
const show = () => { const done = boxes.filter(box => box.checked).length;
  document.querySelector("progress").value = done;
  document.getElementById("count").textContent = `${done} van ${boxes.length} afgevinkt` };
boxes.forEach((box, number) => { box.checked = !!ticks[number]; box.addEventListener("change", () => {
  ticks[number] = box.checked; try { localStorage.setItem(key, JSON.stringify(ticks)) } catch {} show() }) });
show();
"""


def page(ura: str, kind: str, who: str, tasks: list[Task]) -> bytes:
    """The list to tick off on a screen or on paper; it needs no network."""
    parts, last = [], None
    for number, (change, clicks) in enumerate(tasks, 1):
        if WHAT[change.status] != last:
            parts.append(("</ol>" if last else "") + f'<h2>{WHAT[change.status]}</h2><ol class="tasks">')
            last = WHAT[change.status]
        listed = "".join(f"<li>{html.escape(click)}</li>" for click in clicks)
        parts.append(
            f'<li><label><input type="checkbox"> <strong>{number}.</strong> '
            f"<span>{html.escape(_title(change))}</span></label><ol>{listed}</ol></li>"
        )
    body = "".join(parts) + "</ol>"
    one = "een administrator" if kind == "administrators" else "een beheerder of administrator"
    whose = f"de beheerder met personeelsnummer {html.escape(who)}, die de WID-controles deed" if who else one
    digest = hashlib.sha256(f"{ura} {kind} {who} {body}".encode()).hexdigest()[:32]
    return f"""<!DOCTYPE html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Werklijst ZORG-ID {ura}</title><style>{STYLE}</style></head>
<body data-list="{digest}"><header><h1>Werklijst ZORG-ID-portaal</h1>
<p>URA {ura}, voor {whose}. Werk in deze volgorde en vink af wat klaar is.</p>
<p>Exporteer daarna in het portaal de lijst Gebruikers opnieuw: die bewijst wat gedaan is.</p>
<p id="count">{len(tasks)} handelingen</p><progress max="{len(tasks)}" value="0"></progress></header>
<main>{body}</main><footer><p>Gedaan door: ______________________ Datum: ______________</p></footer>
<script>{SCRIPT}</script></body></html>
""".encode()


def _title(change: Change) -> str:
    person = change.actual or change.desired or {}
    last = person["last_name"] if change.actual else family_name(person)
    return f"{person['first_name']} {last} ({change.external_id})"
