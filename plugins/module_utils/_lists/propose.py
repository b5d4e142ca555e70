# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proposes a mapping for a list without one, from its headers: the preset of the system with these titles, or known
titles. A person has to check the proposal; it is never used automatically."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .._common.libraries import needs
from .list_header import columns_of
from .mapping import FIELDS, NEEDED, ListMapping
from .sources import ListFile
from .tables import NumberedRow
from .titles import is_citizen_number, is_display_name, is_of_partner, is_private_mail, title_key
from .understood import Header

with needs("PyYAML>=6.0"):
    import yaml

FOLDER = Path(__file__).parent / "presets"


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Name -> mapping as plain data, with ``source`` and ``source_date``; a copy that may be changed."""
    return {
        one.stem: yaml.safe_load(one.read_text(encoding="utf-8"))
        for one in sorted(FOLDER.glob("*.yml"))
        if not one.stem.startswith("_")
    }


def preset(name: str) -> ListMapping:
    """The mapping of a known system. Error: KeyError for an unknown one."""
    return ListMapping.of(presets()[name])


@cache
def _known_titles() -> dict[str, str]:
    """Folded title -> field, from all presets and from ``_titles.yml``."""
    found: dict[str, str] = {}
    usual = yaml.safe_load((FOLDER / "_titles.yml").read_text(encoding="utf-8"))
    for columns in (usual, *(mapping["columns"] for mapping in presets().values())):
        for name, titles in columns.items():
            for title in [titles] if isinstance(titles, str) else titles:
                found.setdefault(title_key(title), name)
    return found


def propose(found: ListFile) -> tuple[dict[str, Any], dict[str, Any], tuple[Header, ...], tuple[str, ...]]:
    """The mapping as plain data ({} if the headers are not sufficient), the form of the table, its known headers, and
    the other columns by letter."""
    best: tuple[int, dict[str, Any], str, NumberedRow | None] = (0, {}, found.choices[0] if found.choices else "", None)
    for choice in found.choices:
        for row in found.head(choice):
            titles = [str(cell) for cell in row[1] if isinstance(cell, str) and cell.strip()]
            proposed, fields = _of_titles(titles)
            if fields > best[0]:
                best = (fields, proposed, choice, row)
    _fields, proposal, choice, header = best
    form: dict[str, Any] = {"format": found.kind}
    if header is None or not proposal:
        return {}, form, (), ()
    if found.kind == "csv":
        form |= {"encoding": found.encoding, "delimiter": choice}
    elif found.kind == "xlsx":
        form["sheet"] = choice
    form["header_row"] = header[0]
    columns, _wrong = columns_of(header, ListMapping.of(proposal), lettered=found.kind in ("csv", "xlsx"))
    return proposal, form, columns.headers(), columns.unknown()


def _of_titles(titles: list[str]) -> tuple[dict[str, Any], int]:
    """The best mapping for these headers, and the number of its fields."""
    there = {title_key(title): " ".join(title.split()) for title in titles if not is_citizen_number(title)}
    found: list[tuple[int, int, dict[str, Any]]] = []
    for name, mapping in presets().items():
        fitted = _fitted(mapping, there)
        if fitted is not None:
            found.append((_size(fitted), 1, {**fitted, "source": f"preset {name}"}))
    usual = _usual(there)
    if usual is not None:
        found.append((_size(usual), 0, usual))
    if not found:
        return {}, 0
    size, _preset, proposal = max(found, key=lambda one: one[:2])
    return proposal, size


def _size(mapping: Mapping[str, Any]) -> int:
    return 1 + len(mapping["columns"]) + ("enabled" in mapping)


def _fitted(mapping: Mapping[str, Any], there: Mapping[str, str]) -> dict[str, Any] | None:
    """A preset with only the titles in this list; None if the number or a name is missing."""
    columns = {}
    for name, titles in mapping["columns"].items():
        held = [there[title_key(one)] for one in _listed(titles) if title_key(one) in there]
        if held:
            columns[name] = held[0] if len(held) == 1 else held
    if any(name not in columns for name in NEEDED):
        return None
    fitted: dict[str, Any] = {"columns": columns}
    if "key" in mapping:
        if any(title_key(one) not in there for one in ListMapping.of(mapping).key.titles):
            return None
        fitted["key"] = mapping["key"]
    elif "external_id" not in columns:
        return None
    person = [there[title_key(one)] for one in _listed(mapping.get("person", ())) if title_key(one) in there]
    if person and len(person) == len(_listed(mapping["person"])):
        fitted["person"] = person
    where = {there[title_key(one)]: value for one, value in mapping.get("where", {}).items() if title_key(one) in there}
    if where:
        fitted["where"] = where
    enabled = mapping.get("enabled")
    if enabled is not None:
        title = title_key(enabled["column"] if isinstance(enabled, Mapping) else enabled)
        if title in there:
            fitted["enabled"] = enabled
    for name in ("date_format", "system"):
        if name in mapping and (name != "system" or "name_use" in columns):
            fitted[name] = mapping[name]
    if "system" not in fitted:
        columns.pop("name_use", None)
    return fitted


def _usual(there: Mapping[str, str]) -> dict[str, Any] | None:
    """A mapping from known titles of any system; of several for one field, the most specific one."""
    columns: dict[str, str] = {}
    for folded, name in _known_titles().items():
        title = there.get(folded)
        if title is None or name == "name_use" or name in columns:
            continue
        if name in ("prefix", "last_name") and is_of_partner(title):
            continue
        if is_display_name(title) or (name == "email" and is_private_mail(title)):
            continue
        columns[name] = title
    if any(name not in columns for name in (*NEEDED, "external_id")):
        return None
    return {"columns": {name: columns[name] for name in FIELDS if name in columns}}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
