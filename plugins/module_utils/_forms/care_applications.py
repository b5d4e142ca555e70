# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 1 of VZVZ's step plan: whether a care application works with ZORG-ID Smart, according to a file of the user."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words

with needs("PyYAML>=6.0"):
    import yaml

_KEYS = ("vendor", "name", "versions", "minimum_version")


@dataclass(frozen=True)
class Accepted:
    """One care application: the versions that are accepted, or the lowest one, or (neither given) all."""

    vendor: str
    name: str
    versions: tuple[str, ...] = ()
    minimum_version: str | None = None


def load_accepted(path: str) -> list[Accepted]:
    """The user's file: a YAML list, or CSV with a header row (several versions in one cell: by blanks).

    Error: ``care_applications_invalid`` with the entry and what was expected.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        if Path(path).suffix.lower() == ".csv":
            # A spreadsheet on a Dutch computer separates by semicolons.
            separator = ";" if ";" in text.partition("\n")[0] else ","
            raw: Any = [
                {str(key): value for key, value in row.items() if value not in (None, "")}
                for row in csv.DictReader(io.StringIO(text), delimiter=separator)
            ]
        else:
            raw = yaml.safe_load(text)
    except (OSError, UnicodeError, yaml.YAMLError, csv.Error) as error:
        raise _invalid(path, "a readable YAML or CSV file", in_words(error)) from error
    if not isinstance(raw, list) or not raw:
        raise _invalid(path, "a list of care applications", kind(raw) if raw else "nothing in it")
    return [_entry(one, path, number) for number, one in enumerate(raw, 1)]


def _entry(raw: object, path: str, number: int) -> Accepted:
    where = f"entry {number}"
    if not isinstance(raw, dict) or set(raw) - set(_KEYS) or not {"vendor", "name"} <= set(raw):
        found = kind(raw) if not isinstance(raw, dict) else _keys(raw)
        raise _invalid(path, f"in {where} vendor and name, and versions or minimum_version", found)
    if {"versions", "minimum_version"} <= set(raw):
        raise _invalid(path, f"in {where} either versions or minimum_version, not both, not both", "both")
    versions = raw.get("versions") or []
    versions = versions.split() if isinstance(versions, str) else versions
    texts = [raw["vendor"], raw["name"], *([raw["minimum_version"]] if "minimum_version" in raw else [])]
    if not isinstance(versions, list) or not all(isinstance(one, str) for one in [*texts, *versions]):
        raise _invalid(path, f"in {where} text; versions in quotes, because 8.10 is another number", "something else")
    minimum = raw.get("minimum_version")
    if minimum is not None and not _numbers(minimum):
        raise _invalid(path, f"in {where} a minimum_version with a number", "none")
    return Accepted(raw["vendor"], raw["name"], tuple(versions), minimum)


def _keys(raw: Mapping[Any, Any]) -> str:
    """What the entry lacks and what it has too much, for an error: the file may be another list, such as of
    employees."""
    missing = [name for name in ("vendor", "name") if name not in raw]
    unknown = [printable(key, 40) for key in raw if key not in _KEYS]
    deviations = [
        f"no {' and no '.join(missing)}" if missing else "",
        f"also {', '.join(unknown[:8])}" if unknown else "",
    ]
    return ", ".join(filter(None, deviations))


def check_accepted(accepted: Sequence[Accepted], *, vendor: str, name: str, version: str) -> None:
    """Errors: ``care_application_unknown, care_application_version``, naming what is accepted."""
    same = [
        one
        for one in accepted
        if (_comparable(one.vendor), _comparable(one.name)) == (_comparable(vendor), _comparable(name))
    ]
    if not same:
        raise ZorgidError(
            "care_application_unknown",
            "The care application is not in the list of applications that work with ZORG-ID Smart",
            expected="one of: " + "; ".join(dict.fromkeys(f"{one.name} ({one.vendor})" for one in accepted))[:500],
            found=f"{name} ({vendor})",
            action="correct care_application, or update the file at care_applications_path",
        )
    if not any(_fits(one, version) for one in same):
        raise ZorgidError(
            "care_application_version",
            f"This version of {name} does not work with ZORG-ID Smart",
            expected=" or ".join(_versions(one) for one in same)[:500],
            found=version,
            action="have the care application updated, correct care_application.version, or update the "
            "file at care_applications_path",
        )


def _fits(one: Accepted, version: str) -> bool:
    if one.minimum_version is not None:
        return _numbers(version) >= _numbers(one.minimum_version)
    return not one.versions or _comparable(version) in map(_comparable, one.versions)


def _versions(one: Accepted) -> str:
    return f"{one.minimum_version} or later" if one.minimum_version is not None else ", ".join(one.versions)


def _comparable(text: str) -> str:
    return " ".join(text.split()).casefold()


def _numbers(version: str) -> tuple[int, ...]:
    """``v8.10.0 SP1`` as (8, 10): the first number with dots, whatever vendors write around it."""
    found = re.search(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in found.group().split(".")] if found else []
    return tuple(reversed(list(dropwhile(lambda number: number == 0, reversed(numbers)))))


def _invalid(path: str, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "care_applications_invalid",
        f"The care applications file {path} cannot be used",
        expected=expected,
        found=found,
        action="check that care_applications_path is the right file, and correct the file",
    )
