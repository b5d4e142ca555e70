# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the rows of a table into hosts of an inventory: which are usable, their names and variables. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.organisation import SHAPE, check_organisation
from .._common.ura import Ura
from .columns import title_of
from .customer_table import CustomerRow, Problem
from .names import group_name, host_name
from .yaml_text import Expression

#: variables in the working folder's group_vars, used where the table has no value
SHARED = {
    "care_application": Expression("{{ gbz_care_application }}"),
    "provider": Expression("{{ gbz_provider }}"),
    "people.technical_administrator": Expression("{{ gbz_technical_administrator }}"),
}
#: the variables in a host's own vault
#: One map is for many organisations. Without the variable the driver says what it misses.
_BROWSER = Expression("{{ {'driver': 'browser'} | combine(gbz_portal_browser | default({})) }}")
PASSPHRASE, PIN, TOKEN = "vault_key_passphrase", "vault_pkcs11_pin", "vault_portal_token"
_PERSON = {"first_name": "A", "last_name": "B", "email": "a@b.example", "phone": "+31301234567"}
_STAND_INS: Mapping[str, Any] = {
    "care_application": {"vendor": "A", "name": "B", "version": "1"},
    "provider": {"name": "A", "email": "a@b.example", "phone": "+31301234567"},
    "people.technical_administrator": _PERSON,
}


@dataclass(frozen=True)
class Customer:
    """secrets: names of the variables in its own vault."""

    row: int
    name: str
    host: str
    ura: str
    group: str
    server: str
    variables: dict[str, Any]
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    row: int
    name: str
    problem: Problem


def customers_of(rows: Iterable[CustomerRow], known: Mapping[str, str]) -> tuple[list[Customer], list[Refused]]:
    """known: existing host -> its URA as eight digits. A row with the URA of an existing host keeps that host's name.

    The names of servers are reserved first: an organisation with a server's name would be the same host to Ansible,
    and would get the server's login."""
    rows = tuple(rows)
    refused: list[Refused] = []
    usable: list[CustomerRow] = []
    by_ura: dict[str, list[CustomerRow]] = defaultdict(list)
    for row in rows:
        problems = [*row.problems, *_problems_of(row)]
        # One problem per column, a fault of the cell first: a missing field would only be its consequence.
        seen: set[str] = set()
        for problem in problems:
            if problem.place not in seen:
                refused.append(Refused(row.number, row.name, problem))
            seen.add(problem.place)
        if digits := digits_of(row):
            by_ura[digits].append(row)
        if not problems:
            usable.append(row)
    hosts: dict[str, list[str]] = defaultdict(list)
    for host, digits in known.items():
        hosts[digits].append(host)
    # Host names in DNS are not case-sensitive.
    servers = {server.lower() for row in rows if (server := row.own.get("certificate_host", ""))}
    taken = {*known, *servers}
    found: list[Customer] = []
    for row in usable:
        digits = digits_of(row)
        if twice := _ura_problem(row, by_ura[digits], hosts[digits]):
            refused.append(Refused(row.number, row.name, twice))
            continue
        if (server := row.own.get("certificate_host", "").lower()) and server in {one.lower() for one in known}:
            what = f"an organisation has the name {server} in the inventory"
            action = "write the server's whole DNS name"
            refused.append(Refused(row.number, row.name, Problem(title_of("certificate_host"), what, action)))
            continue
        wanted = row.host.lower()
        if wanted and row.host not in hosts[digits] and (wanted in {one.lower() for one in taken} or hosts[digits]):
            what = f"the organisation is {hosts[digits][0]} already" if hosts[digits] else "another host has it"
            refused.append(Refused(row.number, row.name, Problem(title_of("host"), what, "leave the cell empty")))
            continue
        host = (hosts[digits] or [row.host or host_name(row.own["name"], digits, taken)])[0]
        taken.add(host)
        found.append(_customer(row, host))
    groups = {one.group: group_name(one.group, taken) for one in found if one.group}
    return [_in_group(one, groups) for one in found], sorted(refused, key=lambda one: one.row)


def digits_of(row: CustomerRow) -> str:
    """The URA as eight digits; '' for a row without a valid URA number."""
    try:
        return Ura.of(row.own.get("ura")).digits
    except ZorgidError:
        return ""


def _ura_problem(row: CustomerRow, rows: list[CustomerRow], hosts: list[str]) -> Problem | None:
    if len(rows) > 1:
        others = ", ".join(str(one.number) for one in rows if one is not row)
        return Problem("URA", f"row {others} has the same number", "correct one of them; neither is used")
    if len(hosts) > 1:
        return Problem("URA", f"{' and '.join(hosts[:5])} of the folder have it", "take one of the two out")
    return None


def _problems_of(row: CustomerRow) -> Iterator[Problem]:
    """Problems of the organisation's data, by column of the table."""
    own = organisation_of(row.own)
    stand_ins = dict(_STAND_INS)
    for path, value in SHARED.items():
        if _at(own, path) == value:
            _put(own, path, stand_ins[path])
    try:
        check_organisation(own)
    except ZorgidError as error:
        for problem in error.details["problems"]:
            path, what, expected = problem["field"], problem["problem"], problem["expected"]
            number = str(_at(own, path) or "")
            short = path in ("kvk_number", "agb_code") and number.isdigit() and len(number) < 8
            lost = f"{len(number)} digits; Excel takes zeros away from the beginning" if short else ""
            yield Problem(
                title_of(path),
                {"is missing": "it is empty"}.get(what, f"it has {lost}" if lost else f"it {what}"),
                f"write {expected.removeprefix('a text: ')}",
            )


def organisation_of(own: Mapping[str, Any]) -> dict[str, Any]:
    """The organisation's own fields; a field that is empty in the table gets the shared variable."""
    found: dict[str, Any] = {}
    for name in SHAPE:
        value = own.get(name)
        if name == "people":
            people = dict(value or {})
            found[name] = {role: people.get(role, {}) for role in SHAPE["people"]}
        elif value is not None or isinstance(SHAPE[name], Mapping):
            found[name] = value if value is not None else {}
    for path, expression in SHARED.items():
        if not _at(found, path):
            _put(found, path, expression)
    return found


def _customer(row: CustomerRow, host: str) -> Customer:
    own = row.own
    variables: dict[str, Any] = {"zorgid_onboarding_organisation": organisation_of(own)}
    secrets: list[str] = []
    if certificate := dict(own.get("certificate", {})):
        if certificate["source"] == "file":
            certificate["passphrase"] = Expression(f"{{{{ {PASSPHRASE} }}}}")
            secrets.append(PASSPHRASE)
        elif certificate["source"] == "pkcs11":
            certificate["pkcs11_module"] = Expression("{{ gbz_pkcs11_module }}")
            certificate["pkcs11_pin"] = Expression(f"{{{{ {PIN} }}}}")
            secrets.append(PIN)
        variables["zorgid_onboarding_certificate"] = certificate
    server = own.get("certificate_host", "")
    if server:
        variables["zorgid_onboarding_certificate_host"] = server
    if portal := dict(own.get("portal", {})):
        if portal["driver"] == "scim":
            portal["token"] = Expression(f"{{{{ {TOKEN} }}}}")
            secrets.append(TOKEN)
        variables["zorgid_onboarding_portal"] = _BROWSER if portal["driver"] == "browser" else portal
    if accounts := own.get("accounts"):
        variables["zorgid_onboarding_accounts_path"] = accounts
    if mapping := own.get("list_mapping"):
        variables["zorgid_onboarding_list_mapping"] = mapping
    return Customer(row.number, row.name, host, own["ura"], row.group, server, variables, tuple(secrets))


def _in_group(one: Customer, groups: Mapping[str, str]) -> Customer:
    group = groups.get(one.group, "")
    return Customer(one.row, one.name, one.host, one.ura, group, one.server, one.variables, one.secrets)


def _at(data: Mapping[str, Any], path: str) -> Any:
    found: Any = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        data = data[name]
    data[last] = value
