# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A care group in one file: what all locations share, what each has of its own, and where its HR export is."""

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

PLUGIN = "gbz.zorgid.care_group"
TOP = ("plugin", "shared", "locations")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Location:
    """One host: its name, and the variables that the role zorgid_onboarding takes."""

    host: str
    variables: dict[str, Any]


def read(data: object, folder: Path) -> list[Location]:
    """The locations of the file's content; paths in it are relative to ``folder``.

    Error: ``care_group_invalid`` names every mistake with its location (never a value: it may be personal data).
    """
    given = data if isinstance(data, Mapping) else {}
    problems = [f"{name} is unknown, expected one of {', '.join(TOP)}" for name in given if name not in TOP]
    for name in ("shared", "locations"):
        if not isinstance(given.get(name, {}), Mapping):
            problems.append(f"{name} is not a mapping")
    if not given.get("locations"):
        problems.append("locations is missing or empty")
    found: list[Location] = []
    if not problems:
        seen: dict[Ura, str] = {}
        lists = _Lists()
        for host, own in given["locations"].items():
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
    return found


class _Lists:
    """What is wrong with each list, read once for all locations that read it in the same way: a group of two hundred
    may have one list of twenty thousand people."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def mistake(self, listed: Listed) -> str | None:
        told = repr((listed.path, listed.mapping, listed.roots))
        if told not in self._known:
            self._known[told] = None
            try:
                listed.read()
            except ZorgidError as error:
                self._known[told] = str(error)
        return self._known[told]


def _mistakes_of(
    host: Any, own: Any, shared: Mapping[str, Any], folder: Path, found: list[Location], lists: _Lists
) -> Iterator[str]:
    """Every mistake of this location; without any, the location is added to ``found``."""
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


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The location's own values over the shared ones, field by field."""
    merged = dict(shared)
    for name, value in own.items():
        below = merged.get(name)
        nested = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[name] = _merged(below, value) if nested else value  # type: ignore[arg-type]
    return merged
