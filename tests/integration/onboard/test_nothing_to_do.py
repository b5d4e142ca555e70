# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pass in which nothing is to do leaves no trace: not in the dossier, not on disk, not at VZVZ, not in the portal."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.benchmarks import _all_done
from ansible_collections.gbz.zorgid.tests.benchmarks._care_group import CareGroup

ORGANISATIONS = 12
#: Reading is noted there too: what a Windows host was asked to list.
READ = {("windows", "list")}
#: That a run ended, for telemetry (docs/retention.md).
RUNS = "dossier.sqlite3 run"


@pytest.fixture
def group(tmp_path: Path) -> Iterator[CareGroup]:
    made = _all_done.started(tmp_path, ORGANISATIONS)
    try:
        _all_done.AllDone(made).make()
        # The board, as any pass leaves it.
        assert not any(failed for _changed, failed in made.play("gbz.zorgid.status").hosts.values())
        yield made
    finally:
        made.stop()


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
        found = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for (table,) in tables}  # noqa: S608
    return {f"{path.name} {table}": [row for row in rows if row[1:3] not in READ] for table, rows in found.items()}


def files(folder: Path) -> dict[str, str]:
    """Every file by its digest; a database is looked at by its rows, and what is only locked holds nothing."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".sqlite3" not in path.name and path.suffix != ".lock"
    }


def everything(group: CareGroup) -> dict[str, Any]:
    mails = files(group.state / "mail")
    return {**rows(group.dossier), **rows(group.state / "sandbox.sqlite3"), **files(group.folder / "demo"), **mails}


@pytest.mark.slow
def test_nothing_to_do_changes_nothing_mails_nothing_and_posts_nothing(group: CareGroup) -> None:
    before = everything(group)
    # Else the comparison below would be one of nothing with nothing.
    assert len(before["dossier.sqlite3 organisation"]) == ORGANISATIONS
    assert len(before["sandbox.sqlite3 portal_identity"]) == 5 * ORGANISATIONS
    ran = before.pop(RUNS)
    found = group.play("gbz.zorgid.onboard")
    assert {group.host(ura) for ura in group.uras} <= found.hosts.keys()
    assert not any(changed or failed for changed, failed in found.hosts.values()), found.output
    after = everything(group)
    # One more run has ended, and nothing failed; its row says nothing else.
    (one,) = set(after.pop(RUNS)) - set(ran)
    assert (len(one), one[3]) == (4, "{}")
    # A table that stands there empty since is no row.
    assert [name for name in before.keys() | after.keys() if before.get(name, []) != after.get(name, [])] == []
