# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/retention.md shows the table of periods, and a number of days stands there only where something deletes."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils import _dossier
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.retention import PERIODS

ROOT = Path(__file__).resolve().parents[3]


def table():
    rows = ["| What | For how long | Why | Source |", "|---|---|---|---|"]
    for one in PERIODS:
        long = f"{one.days} days" if one.days is not None else f"until {one.until}"
        rows.append(f"| {one.what} | {long} | {one.why} | {one.source} |")
    return "\n".join(rows)


def test_the_page_shows_the_table():
    page = (ROOT / "docs" / "retention.md").read_text(encoding="utf-8")
    assert table() in page, f"docs/retention.md should hold:\n{table()}"
    assert page.count("\n| ") == len(PERIODS) + 1


def test_a_number_of_days_stands_there_only_where_something_deletes():
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(_dossier.__path__[0]).glob("*.py"))
    carried_out = set(re.findall(r"retention\.limit\(\s*\"(\w+)\"", code))
    assert carried_out == {one.name for one in PERIODS if one.days is not None}
    assert all((one.days is None) == bool(one.until) for one in PERIODS)
    assert len({one.name for one in PERIODS}) == len(PERIODS)
