# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dossier that commit 945c30d wrote (write_945c30d.py), on SQLite and PostgreSQL: migrated whole, or not at all."""

from __future__ import annotations

import shutil

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import killed_at_statement, together
from ansible_collections.gbz.zorgid.tests.support.dossier_tables import WORD, version
from ansible_collections.gbz.zorgid.tests.support.old_dossier import OLD, engine_of, put_into_postgres
from ansible_collections.gbz.zorgid.tests.support.write_945c30d import (
    ERASED,
    SECRET,
    SECRET_KEY,
    URAS,
)

INTENDED, SENDING, DONE, RELEASED = URAS[:4]


def rows(url):
    """Every row of every old column, by table; the schema's own version apart."""
    first = engine_of(f"sqlite:///{OLD}")
    tables = sa.MetaData()
    tables.reflect(first)
    found = {}
    with engine_of(url).connect() as connection:
        for table in tables.sorted_tables:
            if table.name != schema.VERSION_TABLE:
                columns = list(table.columns)
                if table.name == "message" and not sa.inspect(connection).has_table("message"):
                    # What was a table of its own are observations now.
                    columns = [schema.observation.c[column.name] for column in columns]
                read = connection.execute(sa.select(*columns)).all()
                found[table.name] = sorted((tuple(row) for row in read), key=repr)
    return found


def with_twin(url):
    with engine_of(url).begin() as connection:
        connection.execute(sa.text("INSERT INTO organisation (ura, name) VALUES ('00000303', 'De Linde')"))


def test_nothing_that_was_written_is_changed(old):
    before = rows(old)
    assert len(before["journal"]) == 200
    with DossierStore.open(old) as store:
        assert store.verify_journal().valid
        assert store.whose.migrated
        assert (store.whose.environment, store.whose.tenant) == (None, None)
        assert len(store.read_all()) == len(URAS)
        assert ERASED not in str(store.export())
    assert rows(old) == before
    assert version(old) == schema.REVISIONS[-1]
    with engine_of(old).connect() as connection:
        table = schema.organisation
        digits = dict(connection.execute(sa.select(table.c.ura, table.c.digits)).all())
        assert digits == {ura: ura.zfill(8) for ura in URAS}
        assert connection.execute(sa.select(schema.journal.c.mac).distinct()).scalars().all() == [None]


def test_a_secret_of_before_opens_with_its_key(old):
    with DossierStore.open(old) as store, store.using_secret("202", "activation_code", SECRET_KEY) as secret:
        assert secret == SECRET


def test_claims_go_on_after_one_persons_word(old):
    with DossierStore.open(old, **WORD) as store:
        # Recording and reading serve, nothing that cannot be undone does.
        assert store.set_milestone("0000303", "prepared", "failed", error_code="x_y", message="z").changed
        with pytest.raises(ZorgidError) as caught:
            store.claim(INTENDED, "application_form", "d" * 64, per_digest=False)
        assert caught.value.code == "dossier_whose_unknown"
        assert store.adopt(by="technical_administrator").changed
        known = {ura: store.submission(ura, "application_form") for ura in URAS}
        assert [known[ura].state for ura in (INTENDED, SENDING, DONE)] == ["intended", "sending", "done"]
        assert known[RELEASED] is None
        taken = store.claim(INTENDED, "application_form", "d" * 64, per_digest=False)
        assert (taken.state, taken.message_id) == ("intended", known[INTENDED].message_id)
        assert store.claim("00000303", "application_form", "d" * 64, per_digest=False).state == "done"
        fresh = store.claim("000404", "application_form", "e" * 64, per_digest=False)
        assert (fresh.state, fresh.ura) == ("intended", "0404")
        new = store.claim("707", "application_form", "e" * 64, per_digest=False)
        assert new.id > max(one.id for one in known.values() if one)
        assert store.verify_journal().valid
    with DossierStore.open(old, **WORD) as store:
        assert (store.whose.environment, store.whose.tenant) == ("production", "zorggroep")
        assert not store.adopt(by="technical_administrator").changed


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_killed_at_any_statement_it_is_the_old_one_or_the_new_one(url, tmp_path):
    before, ends = rows(f"sqlite:///{OLD}"), set()
    (tmp_path / "new").mkdir()
    number, came_so_far = 0, True
    if url.startswith("postgresql"):
        put_into_postgres(OLD, url)
    while came_so_far:
        number += 1
        if url.startswith("sqlite"):
            for path in (tmp_path / "new").iterdir():
                path.unlink()
            shutil.copyfile(OLD, tmp_path / "new" / "dossier.sqlite3")
        came_so_far = killed_at_statement(number, lambda: DossierStore.open(url).close())
        ends.add(version(url))
        assert rows(url) == before
        if version(url) != "0001":
            with DossierStore.open(url) as store:
                assert store.verify_journal().valid
            if url.startswith("postgresql"):
                break  # it stays migrated
    assert ends == {"0001", schema.REVISIONS[-1]}
    assert number > 20


def open_at_once(_number, barrier, url):
    barrier.wait()
    with DossierStore.open(url) as store:
        return store.whose.identity


def read_at_once(number, barrier, url):
    if number % 2:
        return open_at_once(number, barrier, url)
    barrier.wait()
    with DossierStore.open(url, read_only=True) as store:
        assert store.verify_journal().valid
        return len(store.read_all())


def test_ten_processes_at_once_migrate_once(old):
    assert len(set(together(10, open_at_once, old))) == 1
    with DossierStore.open(old) as store:
        assert store.verify_journal().rows == 200


def test_readers_copy_while_others_migrate(old):
    reported = together(10, read_at_once, old)
    assert reported[::2] == [len(URAS)] * 5
    assert len(set(reported[1::2])) == 1


def test_two_spellings_of_one_number_stop_and_change_nothing(old):
    with_twin(old)
    before = rows(old)
    for read_only in (True, False):
        with pytest.raises(ZorgidError) as caught:
            DossierStore.open(old, read_only=read_only)
        assert caught.value.code == "dossier_twins"
        assert caught.value.found == "00000303, 303"
    assert rows(old) == before
    assert version(old) == "0001"


def test_a_twin_that_was_taken_out_leaves_its_rows_in_the_journal_and_nothing_else(old):
    with DossierStore.open(old, read_only=True) as store:
        assert store.verify_journal().valid
    with engine_of(old).begin() as connection:
        connection.execute(sa.text("UPDATE organisation SET ura = '0000303' WHERE ura = '303'"))
        for table in ("milestone", "submission", "message"):
            of = sa.table(table, sa.column("ura"))
            connection.execute(sa.delete(of).where(of.c.ura == "303"))
    with DossierStore.open(old, read_only=True) as store:
        # The organisation under the other spelling is in no row of the journal: that is still found.
        assert "0000303" in store.verify_journal().message
    with engine_of(old).begin() as connection:
        connection.execute(sa.text("UPDATE organisation SET name = '' WHERE ura = '0000303'"))
    with DossierStore.open(old) as store:
        assert store.verify_journal().valid
    with engine_of(old).begin() as connection:
        connection.execute(sa.text("DELETE FROM organisation WHERE ura = '0000303'"))
    with DossierStore.open(old) as store:
        assert "303" in store.verify_journal().message


def test_a_reader_sees_a_migrated_copy_and_the_database_stays_as_it_was(old, tmp_path):
    before, files = rows(old), sorted(tmp_path.rglob("*"))
    with DossierStore.open(old, read_only=True, **WORD) as store:
        assert len(store.read_all()) == len(URAS)
        assert store.verify_journal().valid
        assert store.read("202").ura == "00000202"
        assert store.references()["ZS-2026-000303"] == "303"
        assert store.submission(SENDING, "application_form").state == "sending"
        assert store.set_milestone("0303", "prepared", "open").changed
        assert store.adopt(by="technical_administrator").changed
        assert store.destroy_secret(SENDING, "activation_code")
        assert store.export()["schema"] == schema.REVISIONS[-1]
    assert rows(old) == before
    assert version(old) == "0001"
    assert sorted(tmp_path.rglob("*")) == files


def test_migrate_alone(old):
    assert DossierStore.migrate(old, read_only=True, environment=None, tenant=None).changed
    assert version(old) == "0001"
    change = DossierStore.migrate(old, read_only=False, environment=None, tenant=None)
    assert (change.before, change.after) == ({"schema": "0001"}, {"schema": schema.REVISIONS[-1]})
    assert not DossierStore.migrate(old, read_only=False, environment=None, tenant=None).changed
    with DossierStore.open(old, **WORD, read_only=True) as store:
        assert store.whose.environment is None
