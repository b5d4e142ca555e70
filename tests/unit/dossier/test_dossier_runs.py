# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dossier records about runs, on both databases."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.record_run import RecordRun, record_run
from ansible_collections.gbz.zorgid.tests.support.dossier_support import FORK, URA


def test_a_run_is_recorded_outside_the_journal(store):
    store.register(URA, "De Linde")
    before = store.verify_journal()
    store.runs.record("a" * 16, seconds=42, failures={"smtp_unreachable": 2})
    (found,) = store.runs.recorded()
    assert (found.id, found.failures) == ("a" * 16, {"smtp_unreachable": 2})
    after = store.verify_journal()
    assert after.valid
    assert (after.rows, after.head) == (before.rows, before.head)


def test_only_the_runs_of_the_last_day_stay(store):
    for name in ("old", "new"):
        store.runs.record(name, seconds=1, failures={})
    with store._database.writing() as (connection, _at):
        of_old = sa.update(schema.run).where(schema.run.c.id == "old")
        connection.execute(of_old.values(ended_at="2026-01-01T00:00:00+00:00"))
    # The newest is not removed by age alone: only a later run removes it.
    assert [one.id for one in store.runs.recorded()] == ["old", "new"]
    store.runs.record("newer", seconds=1, failures={})
    assert {one.id for one in store.runs.recorded()} == {"new", "newer"}


def test_a_run_without_a_dossier_makes_none(url, tmp_path):
    assert not record_run(RecordRun(DossierPlace(url), "a", 1))
    assert not (tmp_path / "new").exists()
    with DossierStore.open(url, read_only=True) as store:
        assert not store.exists
        assert store.runs.recorded() == []


def test_an_older_dossier_is_read_and_then_migrated(old):
    with DossierStore.open(old, read_only=True) as store:
        assert store.runs.recorded() == []
    assert record_run(RecordRun(DossierPlace(old), "a", 1, {"imap_unreachable": 1}))
    with DossierStore.open(old, read_only=True) as store:
        assert [one.failures for one in store.runs.recorded()] == [{"imap_unreachable": 1}]


def _slice(url, number, ready):
    ready.wait()
    record_run(RecordRun(DossierPlace(url), f"slice-{number}", number, {"smtp_unreachable": 1}))


def test_slices_that_end_at_the_same_moment_are_all_recorded(url):
    with DossierStore.open(url) as store:
        store.register(URA, "De Linde")
    ready = FORK.Event()
    slices = [FORK.Process(target=_slice, args=(url, number, ready)) for number in range(4)]
    for one in slices:
        one.start()
    ready.set()
    for one in slices:
        one.join(60)
    assert [one.exitcode for one in slices] == [0] * 4
    with DossierStore.open(url, read_only=True) as store:
        assert {one.id for one in store.runs.recorded()} == {f"slice-{number}" for number in range(4)}


@pytest.mark.parametrize("value", ["[1]", "no JSON"])
def test_a_row_that_this_collection_did_not_write_is_an_error(store, value):
    store.runs.record("a", seconds=1, failures={})
    with store._database.writing() as (connection, _at):
        connection.execute(sa.update(schema.run).values(failures=value))
    with pytest.raises(ZorgidError) as caught:
        store.runs.recorded()
    assert caught.value.code == "dossier_damaged"
    assert value not in json.dumps(str(caught.value))
