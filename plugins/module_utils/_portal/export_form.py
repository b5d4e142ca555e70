# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of the columns and the words of a portal's table: a mapping as data, like that of any other list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .._browser.names import PageMap
from .._common.libraries import needs
from .model import ATTRIBUTES

with needs("PyYAML>=6.0"):
    import yaml

FILE = Path(__file__).parents[1] / "_lists" / "presets" / "_portal_export.yml"
#: our fields that every export of VZVZ's portal has
NEEDED = ("id", "first_name", "last_name", "role", "device")
#: an export without all of these would make every account look new
TELLING = ("external_id", "uziNumber", "date_of_birth")
#: fields that a table may lack; then they are unknown and never compared
OPTIONAL = ("external_id", "first_name", "last_name", "date_of_birth", "email", *ATTRIBUTES.values())
_OURS = {kind: name for name, kind in ATTRIBUTES.items()}


@dataclass(frozen=True)
class ExportForm:
    """columns: title of the table -> our field (attributes by their name in the portal). roles, devices: word of the
    table, in lower case -> ours. days: the form of dates (``dd-mm-jjjj``); None: any that is not ambiguous. encoding:
    of a CSV; None: found by itself."""

    columns: Mapping[str, str]
    roles: Mapping[str, str]
    devices: Mapping[str, str]
    days: str | None = None
    encoding: str | None = None

    def title(self, field: str) -> str:
        """The title of the column with this field; the field's own name without one."""
        return next((title for title, name in self.columns.items() if name == field), field)

    def unknown(self, there: Collection[str]) -> Set[str]:
        """Our names of the fields that a table with these fields does not show."""
        return frozenset(_OURS.get(name, name) for name in OPTIONAL if name not in there)

    def titles(self, unknown: Collection[str]) -> list[str]:
        """The titles of the columns of unknown fields."""
        return [title for title, name in self.columns.items() if _OURS.get(name, name) in unknown]

    @property
    def expected(self) -> str:
        """What the cells have to contain, for a message."""
        words = (("role", self.roles), ("device", self.devices))
        values = [f"in {self.title(field)}: {', '.join(known)}" for field, known in words]
        return f"{'; '.join(values)}; days as {self.days or '31-12-1990'}"


@cache
def export_form() -> ExportForm:
    """What is assumed of the export of VZVZ's portal."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return ExportForm({title: name for name, title in raw["columns"].items()}, raw["roles"], raw["devices"])


def form_of_export(found: PageMap) -> ExportForm | None:
    """The form of the map's export; None without one."""
    page = found.export
    return _form(found, page.columns, page.date, page.encoding) if page else None


def form_of_list(found: PageMap) -> ExportForm | None:
    """The form of the map's list; None without one."""
    return _form(found, found.list.columns, found.list.date) if found.list else None


def _form(found: PageMap, columns: Mapping[str, str], days: str, encoding: str | None = None) -> ExportForm:
    kinds = {str(name): kind for name, kind in ATTRIBUTES.items()}
    words = {
        kind: {word.lower(): ours for word, ours in found.words.get(kind, {}).items()} for kind in ("role", "device")
    }
    named = {title: kinds.get(name, name) for title, name in columns.items()}
    return ExportForm(named, words["role"], words["device"], days, encoding)
