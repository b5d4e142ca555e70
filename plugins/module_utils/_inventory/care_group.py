# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a care group from one file: the shared fields, each location's own fields, and the path of its HR export."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.organisation import check_organisation
from .._common.ura import Ura
from .._portal.desired import Listed, from_list
from .customer_table import CustomerRow, read_customers
from .customers import digits_of
from .names import group_name, host_name

PLUGIN = "gbz.zorgid.care_group"
TOP = ("plugin", "shared", "locations", "table")
#: keys of a location, besides organisation, lists and administrators -> the variable of the role
PLACES = {
    "certificate": "zorgid_onboarding_certificate",
    "certificate_host": "zorgid_onboarding_certificate_host",
    "portal": "zorgid_onboarding_portal",
}
#: the paths in them, relative to the file
_PATHS = {"certificate": ("certificate_path", "key_path", "pkcs11_module"), "portal": ("export_path",)}
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Location:
    """One host: its name, and the variables of the role zorgid_onboarding. group, remarks: from the table."""

    host: str
    variables: dict[str, Any]
    group: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def certificate_host(self) -> str:
        return str(self.variables.get(PLACES["certificate_host"], ""))


def read(data: object, folder: Path) -> list[Location]:
    """The locations of the file's content and of the table that it names; paths in both are relative to ``folder``.

    Errors: ``care_group_invalid`` lists every mistake with its location (never a value: it may be personal data);
    ``table_unreadable``.
    """
    given = data if isinstance(data, Mapping) else {}
    problems = [f"{name} is unknown, expected one of {', '.join(TOP)}" for name in given if name not in TOP]
    for name in ("shared", "locations"):
        if not isinstance(given.get(name, {}), Mapping):
            problems.append(f"{name} is not a mapping")
    if not given.get("locations") and not given.get("table"):
        problems.append("locations is missing or empty, and there is no table")
    locations: dict[Any, Any] = dict(given.get("locations") or {}) if not problems else {}
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    if given.get("table") and not problems:
        problems += _add_table(folder / str(given["table"]), folder, locations, table)
    found: list[Location] = []
    if not problems:
        seen: dict[Ura, str] = {}
        lists = _Lists()
        for host, own in locations.items():
            mistakes = list(_mistakes_of(host, own, given.get("shared") or {}, folder, found, lists))
            problems += [f"location {host}: {mistake}" for mistake in mistakes]
            if not mistakes:
                ura = Ura.of(found[-1].variables["zorgid_onboarding_organisation"]["ura"])
                if ura in seen:
                    problems.append(f"location {host}: it has the URA number of location {seen[ura]}")
                seen.setdefault(ura, str(host))
    if problems:
        raise ZorgidError(
            "care_group_invalid",
            "\n".join(problems),
            action="correct these in the file; a number such as a URA stands between quotes",
            details={"problems": problems},
        )
    return [Location(one.host, one.variables, *table.get(one.host, ("", ()))) for one in found]


def _add_table(
    path: Path, folder: Path, locations: dict[Any, Any], table: dict[str, tuple[str, tuple[str, ...]]]
) -> list[str]:
    """Add a location for each row, and its group and remarks to ``table``. A location with the same name in the file
    overrides its row, field by field."""
    rows = read_customers(path, folder).rows
    problems = [
        f"row {row.number} of the table: {problem.place}: {problem.what} ({problem.action})"
        for row in rows
        for problem in row.problems
    ]
    hosts: set[str] = set()
    of_hosts: dict[str, CustomerRow] = {}
    for row in rows:
        host = row.host or host_name(str(row.own.get("name", "")), digits_of(row), hosts)
        if host in hosts:
            problems.append(f"row {row.number} of the table: another row has the host name {host} (Inventarisnaam)")
        hosts.add(host)
        own = locations.get(host)
        if own is None or isinstance(own, Mapping):
            locations[host] = _merged(row.own, own or {})
        of_hosts[host] = row
    taken = {*hosts, *map(str, locations)}
    for host, row in of_hosts.items():
        table[host] = (group_name(row.group, taken) if row.group else "", row.remarks)
    return problems


class _Lists:
    """The mistakes of each list. A list that several locations read in the same way is read once: two hundred locations
    may share a list of twenty thousand people."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def mistake(self, listed: Listed) -> str | None:
        key = repr((listed.path, listed.mapping, listed.roots))
        if key not in self._known:
            self._known[key] = None
            try:
                listed.read()
            except ZorgidError as error:
                self._known[key] = str(error)
        return self._known[key]


def _mistakes_of(
    host: Any, own: Any, shared: Mapping[str, Any], folder: Path, found: list[Location], lists: _Lists
) -> Iterator[str]:
    """Every mistake of this location; if there is none, the location is added to ``found``."""
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        yield "its name is not usable as a host name (letters, digits, _ . -)"
        return
    if not isinstance(own, Mapping):
        yield "it is not a mapping"
        return
    merged = _merged(shared, own)
    accounts, administrators = merged.pop("accounts", None), merged.pop("administrators", None)
    mapping, roots = merged.pop("list_mapping", None), merged.pop("list_roots", None)
    variables: dict[str, Any] = {"zorgid_onboarding_organisation": merged}
    for name, variable in PLACES.items():
        if (place := merged.pop(name, None)) is not None:
            variables[variable] = _beside(place, folder, _PATHS.get(name, ()))
    good = True
    try:
        check_organisation(merged)
    except ZorgidError as error:
        good = False
        yield from (f"{one['field']} {one['problem']}" for one in error.details["problems"])
    if accounts is not None:
        path = folder / str(accounts)
        variables["zorgid_onboarding_accounts_path"] = str(path)
        listed = _listed(path, mapping, roots, folder)
        if mapping is not None:
            variables["zorgid_onboarding_list_mapping"] = mapping
        if roots is not None:
            variables["zorgid_onboarding_list_roots"] = [str(root) for root in listed.roots]
        if mistake := lists.mistake(listed):
            good = False
            yield f"{accounts}: {mistake}"
    if administrators is not None:
        variables["zorgid_onboarding_administrators"] = administrators
        try:
            from_list(administrators if isinstance(administrators, list) else [administrators], administrators=True)
        except ZorgidError as error:
            good = False
            yield f"administrators: {error}"
    if good:
        found.append(Location(host, variables))


def _listed(path: Path, mapping: Any, roots: Any, folder: Path) -> Listed:
    given = roots if isinstance(roots, list) else [roots] if roots else []
    return Listed(str(path), mapping=mapping, folders=[folder], roots=[folder / str(root) for root in given])


def _beside(place: Any, folder: Path, names: tuple[str, ...]) -> Any:
    """The mapping with its paths made absolute. The role checks the other keys."""
    if not isinstance(place, Mapping):
        return place
    return {
        name: str(folder / value) if name in names and isinstance(value, str) else value
        for name, value in place.items()
    }


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The shared values, overridden by the location's own, field by field."""
    merged = dict(shared)
    for name, value in own.items():
        below = merged.get(name)
        nested = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[name] = _merged(below, value) if nested else value  # type: ignore[arg-type]
    return merged
