# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of the members of an organisation: the list, the exported list, one person."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import Any

from .html import DEVICES, ROLES, form, options
from .registering import data_form
from .views import EXTENSION

User = dict[str, Any]

COLUMNS = (
    "Gebruikersnaam",
    "Voornaam",
    "Achternaam",
    "Geboortedatum",
    "E-mailadres",
    "Rol",
    "Status",
    "Personeelsnummer",
)
#: what can be done with a device in this state; with any other: invite again
ACTIONS = {"invited": [], "active": ["block", "revoke"], "blocked": ["unblock", "revoke"]}
WORDS = {"block": "Blokkeren", "unblock": "Deblokkeren", "revoke": "Intrekken", "invite": "Opnieuw uitnodigen"}


def _state(user: User) -> str:
    return str(user[EXTENSION].get("device", {}).get("state", "none"))


def _role(user: User) -> str:
    return str(user[EXTENSION]["memberships"][0]["role"])


def _email(user: User) -> str:
    return next((item.get("value", "") for item in user.get("emails", [])), "")


def listing(users: list[User]) -> str:
    rows = "".join(
        f'<tr><td><a href="/portal/users/{user["id"]}">{escape(user["userName"])}</a></td>'
        f"<td>{escape(user.get('externalId', ''))}</td>"
        f"<td>{ROLES[_role(user)]}</td>"
        f'<td><span class="state {_state(user)}">{DEVICES[_state(user)]}</span></td></tr>'
        for user in sorted(users, key=lambda user: user["userName"].casefold())
    )
    return (
        '<h1>Gebruikers</h1><p><a href="/portal/users/new">Nieuwe gebruiker</a> · '
        '<a href="/portal/users.csv" download>Lijst exporteren (CSV)</a></p>'
        "<table><thead><tr><th>Gebruiker</th><th>Personeelsnummer</th><th>Rol</th><th>Status</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def table(users: list[User]) -> str:
    """The exported list, as CSV with semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for user in users:
        name = user.get("name", {})
        cells = [
            user["userName"],
            name.get("givenName", ""),
            name.get("familyName", ""),
            user[EXTENSION].get("dateOfBirth", ""),
            _email(user),
            ROLES[_role(user)],
            DEVICES[_state(user)],
            user.get("externalId", ""),
        ]
        # A spreadsheet would run a cell that starts like a formula.
        writer.writerow([f"'{cell}" if str(cell).startswith(("=", "+", "-", "@", "\t")) else cell for cell in cells])
    return text.getvalue()


def one(user: User, organisation: str, ura: str, csrf: str) -> str:
    """One person, with the forms to change what can be changed. csrf: the hidden token of the forms."""
    extension, key, state = user[EXTENSION], user["id"], _state(user)
    method = extension.get("identification", {}).get("method")
    facts = {
        "Personeelsnummer": user.get("externalId"),
        "Geboortedatum": extension.get("dateOfBirth"),
        "E-mailadres": _email(user),
        "Geïdentificeerd": {"wid": "WID-controle door beheerder", "self": "zelfregistratie"}.get(method),
        "Status": DEVICES[state],
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(str(value or '–'))}</dd>" for name, value in facts.items())
    roles = options({**ROLES, "none": "Rol verwijderen (ontkoppelen)"}, _role(user))
    select = f'<select name="role">{roles}</select>'
    buttons = "".join(
        form(
            f"/portal/users/{key}/device", csrf, f'<input type="hidden" name="action" value="{action}">', WORDS[action]
        )
        for action in ACTIONS.get(state, ["invite"])
    )
    return (
        f'<p><a href="/portal/users">Gebruikers</a></p><h1>{escape(user["userName"])}</h1><dl>{listed}</dl>'
        f"<h2>Beheer</h2><h3>Gegevens</h3>{data_form(f'/portal/users/{key}/data', csrf, user)}"
        f"<h3>Organisatie(s)</h3><p>{escape(organisation)} (URA {ura})</p>"
        f"{form(f'/portal/users/{key}/role', csrf, select, 'Opslaan')}"
        f'<h3>Telefoon</h3><p class="note">Blokkeren en intrekken gelden voor alle organisaties.</p>{buttons}'
    )
