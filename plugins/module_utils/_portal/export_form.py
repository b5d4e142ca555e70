# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of the columns and the words of the portal's export: a mapping as data, like that of any other list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .._common.libraries import needs

with needs("PyYAML>=6.0"):
    import yaml

FILE = Path(__file__).parents[1] / "_lists" / "presets" / "_portal_export.yml"


@dataclass(frozen=True)
class ExportForm:
    """columns: title of the export -> our field. roles, devices: word of the export, in lower case -> ours."""

    columns: Mapping[str, str]
    roles: Mapping[str, str]
    devices: Mapping[str, str]

    def title(self, field: str) -> str:
        """The title of the column with this field."""
        return next(title for title, name in self.columns.items() if name == field)


@cache
def export_form() -> ExportForm:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return ExportForm({title: name for name, title in raw["columns"].items()}, raw["roles"], raw["devices"])
