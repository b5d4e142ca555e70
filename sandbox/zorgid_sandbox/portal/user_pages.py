# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of the members of an organisation: the list, one person."""

from __future__ import annotations

from html import escape
from typing import Any

from .fields import Form
from .html import DEVICES, ROLES, hidden, section
from .page_faults import AS_EVER, Orders
from .registering import data_form
from .views import EXTENSION

User = dict[str, Any]

#: what is asked about twice where that is ordered (and unlinking)
UNSURE = ("block", "revoke")
#: what can be done with a device in this state; with any other: invite again
ACTIONS: dict[str, list[str]] = {"invited": [], "active": ["block", "revoke"], "blocked": ["unblock", "revoke"]}
WORDS = {"block": "Blokkeren", "unblock": "Deblokkeren", "revoke": "Intrekken", "invite": "Opnieuw uitnodigen"}


def state_of(user: User) -> str:
    return str(user[EXTENSION].get("device", {}).get("state", "none"))


def role_of(user: User) -> str:
    return str(user[EXTENSION]["memberships"][0]["role"])


def email_of(user: User) -> str:
    return next((item.get("value", "") for item in user.get("emails", [])), "")


def listing(users: list[User], orders: Orders = AS_EVER, page: int = 1, only: str = "") -> str:
    """The list of users; page: of an ordered list in pages; only: actief | inactief, of an ordered filter."""
    if only:
        users = [user for user in users if (state_of(user) == "active") == (only == "actief")]
    users = sorted(users, key=lambda user: user["userName"].casefold())
    shown, turn = _page(users, orders, page, only)
    rows = "".join(
        f'<tr><td><a href="/portal/users/{user["id"]}">{escape(user["userName"])}</a></td>'
        f"<td>{escape(user.get('externalId', ''))}</td>"
        f"<td>{escape(orders.renamed('word', ROLES[role_of(user)]))}</td>"
        f'<td><span class="state {state_of(user)}">{escape(orders.renamed("word", DEVICES[state_of(user)]))}'
        "</span></td></tr>"
        for user in shown
    )
    titles = ("Gebruiker", "Personeelsnummer", "Rol", "Status")
    head = "".join(f'<th scope="col">{escape(orders.renamed("list", title))}</th>' for title in titles)
    tab = ' target="_blank" rel="noopener"' if orders.get("new_tab") else ""
    export = '"/portal/users/export"' if orders.get("export_prepared") else '"/portal/users.csv" download'
    filters = ""
    if orders.get("similar_names"):
        links = (("inactief", "Inactief"), ("actief", "Actief"), ("", "Alle"))
        filters = "<p>" + " · ".join(f'<a href="/portal/users?only={key}">{word}</a>' for key, word in links) + "</p>"
    return (
        f'<h1>Gebruikers</h1><p><a href="/portal/users/new"{tab}>Nieuwe gebruiker</a> · '
        f"<a href={export}>Lijst exporteren (CSV)</a></p>{filters}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{turn}"
    )


def _page(users: list[User], orders: Orders, page: int, only: str) -> tuple[list[User], str]:
    """The rows of a page, and the line below them."""
    pages = orders.get("list_pages")
    if pages is None:
        return users, ""
    size, total = max(1, pages["size"]), len(users)
    first = (page - 1) * size
    shown = users[first : first + size]
    line = f"<p>{first + 1 if shown else 0}–{first + len(shown)} van {total}</p>"
    before, after = page - 1, page + 1
    if pages["lost"]:
        before, after = before - (before == pages["lost"]), after + (after == pages["lost"])
    more = f"&amp;only={only}" if only else ""
    if before >= 1:
        line += f'<a href="/portal/users?page={before}{more}" rel="prev">Vorige</a> '
    if (after - 1) * size < total:
        line += f'<a href="/portal/users?page={after}{more}" rel="next">Volgende</a>'
    if page == pages["short"]:
        shown = shown[:-1]
    return shown, f'<nav aria-label="Bladeren">{line}</nav>'


def one(user: User, organisation: str, ura: str, forms: Form) -> str:
    """One person, with the forms to change what can be changed."""
    extension, key = user[EXTENSION], user["id"]
    method = extension.get("identification", {}).get("method")
    facts = {
        "Personeelsnummer": user.get("externalId"),
        "Geboortedatum": extension.get("dateOfBirth"),
        "E-mailadres": email_of(user),
        "Geïdentificeerd": {"wid": "WID-controle door beheerder", "self": "zelfregistratie"}.get(method),
        "Status": forms.orders.renamed("word", DEVICES[state_of(user)]),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(str(value or '–'))}</dd>" for name, value in facts.items())
    roles = forms.choice("Rol", "role", {**ROLES, "none": "Rol verwijderen (ontkoppelen)"}, role_of(user))
    where = f"<p>{escape(organisation)} (URA {escape(ura)})</p>"
    note = '<p class="note">Blokkeren en intrekken gelden voor alle organisaties.</p>'
    if forms.asks():
        role = forms.form(f"/portal/users/{key}/sure", roles + hidden("do", "role"), "Rol opslaan", method="get")
    else:
        sure = ' data-sure="De gebruiker wordt ontkoppeld."'
        role = forms.form(f"/portal/users/{key}/role", roles, "Rol opslaan", sure)
    return (
        f'<p><a href="/portal/users">Gebruikers</a></p><h1>{escape(user["userName"])}</h1><dl>{listed}</dl>'
        f"<h2>Beheer</h2>{section('Gegevens', data_form(forms, f'/portal/users/{key}/data', user))}"
        f"{section('Organisatie(s)', where + role)}{section('Telefoon', note + _buttons(user, forms))}"
    )


def _buttons(user: User, forms: Form) -> str:
    """What can be done with the phone. An ordered `both_buttons` shows the button that does not fit, too."""
    fitting = ACTIONS.get(state_of(user), ["invite"])
    both, shown = forms.orders.get("both_buttons"), list(fitting)
    if both and {"block", "unblock"} & set(fitting):
        shown = ["unblock", "block", *(action for action in fitting if action == "revoke")]
    buttons = ""
    for action in shown:
        sure = f' data-sure="{WORDS[action]}: dit geldt voor alle organisaties."' if action in UNSURE else ""
        path, off = f"/portal/users/{user['id']}", bool(both) and action not in fitting
        if action in UNSURE and forms.asks():
            form = forms.form(f"{path}/sure", hidden("do", action), WORDS[action], method="get")
        else:
            form = forms.form(f"{path}/device", hidden("action", action), WORDS[action], sure)
        wrong = both["wrong"] if both else ""
        buttons += form.replace("<button ", "<button disabled ") if off and wrong == "disabled" else form
    return buttons


def sure_page(user: User, forms: Form, do: str, role: str) -> str:
    """ "Weet u het zeker?" before a change: do is an action of the phone, or role."""
    path = f"/portal/users/{user['id']}"
    what = "Rol opslaan" if do == "role" else WORDS[do]
    given = hidden("role", role) if do == "role" else hidden("action", do)
    yes = forms.form(f"{path}/{'role' if do == 'role' else 'device'}", given + hidden("sure", "yes"), "Ja")
    no = forms.form(path, "", "Nee", method="get")
    return section("Weet u het zeker?", f"<p>{escape(user['userName'])}: {what}.</p>{yes}{no}", 1)
