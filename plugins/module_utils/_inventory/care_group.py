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
from .._common.ura import Ura
from .._document.content import check_organisation
from .._portal.desired import from_list, read_path

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
        for host, own in given["locations"].items():
            mistakes = list(_mistakes_of(host, own, given.get("shared") or {}, folder, found))
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


def _mistakes_of(host: Any, own: Any, shared: Mapping[str, Any], folder: Path, found: list[Location]) -> Iterator[str]:
    """Every mistake of this location; without any, the location is added to ``found``."""
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        yield "its name is not usable as a host name (letters, digits, _ . -)"
        return
    if not isinstance(own, Mapping):
        yield "it is not a mapping"
        return
    merged = _merged(shared, own)
    accounts, administrators = merged.pop("accounts", None), merged.pop("administrators", None)
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
        try:
            read_path(path)
        except ZorgidError as error:
            good = False
            yield f"{accounts}: {error}"
    if administrators is not None:
        variables["zorgid_onboarding_administrators"] = administrators
        try:
            from_list(administrators if isinstance(administrators, list) else [administrators], administrators=True)
        except ZorgidError as error:
            good = False
            yield f"administrators: {error}"
    if good:
        found.append(Location(host, variables))


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The location's own values over the shared ones, field by field."""
    merged = dict(shared)
    for name, value in own.items():
        below = merged.get(name)
        nested = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[name] = _merged(below, value) if nested else value  # type: ignore[arg-type]
    return merged
