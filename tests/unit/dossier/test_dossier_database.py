# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening: made, migrated, read-only, refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database, migration, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import (
    PASSWORD,
    URA,
    killed_at_statement,
    together,
)

ROOT = Path(__file__).resolve().parents[3]
MIGRATIONS = Path(database.__file__).parent / "migrations"


def plain_engine(url):
    return sa.create_engine(url, poolclass=sa.NullPool)


def refused(url, **options):
    with pytest.raises(ZorgidError) as caught:
        DossierStore.open(url, **options)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None or PASSWORD not in str(caught.value.__cause__)
    return caught.value.code


def test_the_file_is_for_its_user_only(tmp_path):
    path = tmp_path / "new" / "folder" / "dossier.sqlite3"
    DossierStore.open(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_reading_makes_nothing(url, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    with DossierStore.open(url, read_only=True) as store:
        assert store.read_all() == []
        assert store.read(URA).milestones["prepared"].state == "open"
        assert store.references() == {}
        assert store.observations.of_nobody() == []
        assert store.submission(URA, "application_form") is None
        assert store.verify_journal().valid
        assert store.export()["journal"] == []
        assert store.set_milestone(URA, "prepared", "done").changed
        assert store.register(URA, "De Linde").changed
        assert not store.destroy_secret(URA, "x")
        assert store.read_all() == []
    assert sorted(tmp_path.rglob("*")) == before
    if url.startswith("postgresql"):
        with plain_engine(url).connect() as connection:
            assert sa.inspect(connection).get_table_names() == []


def test_reading_leaves_no_file_behind(tmp_path):
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    with DossierStore.open(url) as store:
        store.register(URA, "De Linde")
    with DossierStore.open(url, read_only=True) as reader:
        assert reader.read(URA).name == "De Linde"
        with pytest.raises(ZorgidError) as caught, reader._database.writing() as (connection, _at):
            connection.execute(sa.delete(schema.organisation))
        assert caught.value.code == "dossier_unreachable"
    assert [path.name for path in tmp_path.iterdir()] == ["dossier.sqlite3"]


def test_reading_changes_nothing_that_is_there(store, url):
    store.register(URA, "De Linde")
    before = store.export(), store.verify_journal()
    with DossierStore.open(url, read_only=True) as reader:
        assert reader.register(URA, "De Els").changed
        assert reader.set_milestone(URA, "prepared", "done").changed
        assert reader.attest(URA, "prepared", by="a", at=None, how="b").changed
        assert reader.erase(URA, subject="De Linde", by="c").changed
    after = store.export(), store.verify_journal()
    assert {**before[0], "exported_at": ""} == {**after[0], "exported_at": ""}
    assert before[1] == after[1]


def shape(url):
    """Everything that the database knows of its tables, the names that only Alembic gives apart."""
    engine = plain_engine(url)
    looked = sa.inspect(engine)
    found = {}
    for table in looked.get_table_names():
        key = {**looked.get_pk_constraint(table), "name": ""}
        unique = [(sorted(one["column_names"])) for one in looked.get_unique_constraints(table)]
        indexes = [(one["name"], one["column_names"], one["unique"]) for one in looked.get_indexes(table)]
        columns = {
            one["name"]: (str(one["type"]), one["nullable"], str(one["default"]).split(".")[-1])
            for one in looked.get_columns(table)
        }
        found[table] = (columns, key, sorted(unique), sorted(indexes))
    with engine.connect() as connection:
        found["version"] = connection.execute(sa.select(schema.version)).all()
        found["head"] = connection.execute(sa.select(schema.journal_head)).all()
        [row] = connection.execute(sa.select(schema.dossier)).mappings()
    uuid.UUID(row["identity"])
    return found | {"dossier": {**row, "identity": ""}}


def test_migrations_lead_to_the_tables_as_they_are_written_down(url):
    engine = plain_engine(url)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database).parent.mkdir()
    with engine.begin() as connection:
        migration.run(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, [schema.metadata, schema.transient]) == []
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([one.revision for one in scripts.walk_revisions()])) == schema.REVISIONS


def test_a_new_dossier_is_the_same_as_one_that_all_migrations_made(url, request, tmp_path):
    other = (
        f"sqlite:///{tmp_path}/migrated.sqlite3"
        if url.startswith("sqlite")
        else request.getfixturevalue("postgres").fresh()
    )
    with plain_engine(other).begin() as connection:
        migration.run(connection)
    DossierStore.open(url).close()
    assert shape(url) == shape(other)


def test_a_newer_schema_is_refused(url):
    DossierStore.open(url).close()
    engine = plain_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.update(schema.version).values(version_num="9999"))
    assert refused(url) == "dossier_too_new"
    assert refused(url, read_only=True) == "dossier_too_new"


def test_a_file_that_was_touched_is_a_fresh_dossier(tmp_path):
    path = tmp_path / "dossier.sqlite3"
    path.touch()
    with DossierStore.open(f"sqlite:///{path}", read_only=True) as store:
        assert store.read_all() == []
    assert path.stat().st_size == 0
    with DossierStore.open(f"sqlite:///{path}") as store:
        assert store.register(URA, "De Linde").changed


def test_alembic_is_not_loaded_when_nothing_is_to_migrate(tmp_path):
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    name = DossierStore.__module__
    program = (
        "import sys, tests\n"
        f"from {name} import DossierStore\nDossierStore.open({url!r}).close()\nprint('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_killed_while_it_is_made(url):
    for number in range(1, 30, 4):
        killed_at_statement(number, lambda: DossierStore.open(url).close())
    with DossierStore.open(url) as store:
        assert store.set_milestone(URA, "prepared", "done").changed
        assert store.verify_journal().valid


def write(number, barrier, store):
    barrier.wait()
    ura = f"{90000200 + number}"
    store.register(ura, "De Linde")
    for step in ("prepared", "certificate_checked"):
        store.set_milestone(ura, step, "done")


def test_a_store_that_was_opened_before_a_fork_serves_every_child(store):
    store.register(URA, "De Linde")
    together(12, write, store)
    assert len(store.read_all()) == 13
    check = store.verify_journal()
    assert (check.valid, check.rows) == (True, 37)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////srv/zorgid\x00/dossier.sqlite3",
        f"mysql://zorgid:{PASSWORD}@localhost/dossier",
        f"postgresql+asyncpg://zorgid:{PASSWORD}@localhost/dossier",
        f"unknown+driver://zorgid:{PASSWORD}@localhost/dossier",
        f"postgresql+psycopg://zorgid:{PASSWORD}@localhost:nonsense/dossier",
    ],
)
def test_a_url_that_names_no_database_is_refused(url):
    assert refused(url) == "dossier_url_invalid"


def test_a_server_that_does_not_answer_or_refuses(postgres):
    assert refused(postgres.url(password="wrong" + PASSWORD)) == "dossier_unreachable"
    assert refused(postgres.url("no_such_database")) == "dossier_unreachable"
    closed = f"postgresql+psycopg://zorgid:{PASSWORD}@127.0.0.1:1/dossier?connect_timeout=5"
    assert refused(closed) == "dossier_unreachable"


def test_a_server_user_who_may_not_make_tables(postgres):
    postgres.run(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    # It does not even see the schema: no empty dossier is read then.
    hidden = postgres.fresh().replace("zorgid:", "reader:")
    assert refused(hidden) == "dossier_forbidden"
    assert refused(hidden, read_only=True) == "dossier_forbidden"
    url = postgres.fresh().replace("zorgid:", "reader:")
    postgres.run(f"GRANT USAGE ON SCHEMA {url.rpartition('%3D')[2]} TO reader")
    assert refused(url) == "dossier_migration_forbidden"
    assert refused(f"{url[: url.index('?')]}?options=-csearch_path%3Dno_such_schema") == "dossier_forbidden"


def test_a_server_that_goes_away(postgres):
    url = postgres.fresh_database()
    with DossierStore.open(url) as store:
        postgres.run(f"ALTER DATABASE {url.rpartition('/')[2]} RENAME TO gone")
        with pytest.raises(ZorgidError) as caught:
            store.read_all()
    assert caught.value.code == "dossier_unreachable"


def test_files_that_are_no_dossier(tmp_path):
    text = tmp_path / "text.sqlite3"
    text.write_text("no database at all, but longer than a header of SQLite, which takes one hundred bytes. " * 3)
    assert refused(f"sqlite:///{text}") == "dossier_damaged"
    assert refused(f"sqlite:///{text}", read_only=True) == "dossier_damaged"
    assert refused(f"sqlite:///{text}/dossier.sqlite3") == "dossier_unreachable"
    assert refused(f"sqlite:///{tmp_path}") == "dossier_unreachable"


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Root may read every file."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_may_not_be_read():
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is root's alone
        path = Path(folder) / "dossier.sqlite3"
        DossierStore.open(f"sqlite:///{path}").close()
        Path(folder).chmod(0o755)
        path.chmod(0)
        with an_ordinary_user():
            assert refused(f"sqlite:///{path}") == "dossier_unreachable"


def test_a_dossier_that_stays_locked(url, monkeypatch):
    DossierStore.open(url).close()
    monkeypatch.setattr(database, "_PATIENCE", 1)
    with DossierStore.open(url) as holder, DossierStore.open(url) as other, holder._database.writing():
        with pytest.raises(ZorgidError) as caught:
            other.set_milestone(URA, "prepared", "done")
        assert caught.value.code == "dossier_busy"
        # Readers need not wait.
        assert other.read_all() == []


def test_a_held_connection_sees_what_others_write_between_two_readings(url):
    with DossierStore.open(url) as writer, DossierStore.open(url, read_only=True, held=True) as reader:
        assert reader.read(URA).name == ""
        writer.register(URA, "De Linde")
        assert reader.read(URA).name == "De Linde"
        # A reading within another one has a connection of its own, and an error leaves the held one usable.
        with reader._database.reading() as outer, reader._database.reading() as inner:
            assert outer is not inner
        with pytest.raises(ZeroDivisionError), reader._database.reading():
            raise ZeroDivisionError
        assert reader.read(URA).name == "De Linde"
        writer.register(URA, "De Eik")
        assert reader.read_all()[0].name == "De Eik"
    assert reader._database._held is None


def test_readings_at_once_see_one_moment(url):
    """Whatever is written meanwhile; also where one block lies within another. After it the new state is seen."""
    with DossierStore.open(url) as writer, DossierStore.open(url, read_only=True, held=True) as reader:
        writer.register(URA, "De Linde")
        with reader.at_once():
            seen = [reader.read(URA).milestones["prepared"].state]
            writer.set_milestone(URA, "prepared", "done")
            with reader.at_once():
                seen.append(reader.read(URA).milestones["prepared"].state)
            seen.append(reader.read(URA).milestones["prepared"].state)
        assert seen == ["open"] * 3
        assert reader.read(URA).milestones["prepared"].state == "done"
        with pytest.raises(KeyError), reader.at_once():
            raise KeyError
        writer.set_milestone(URA, "prepared", "open")
        assert reader.read(URA).milestones["prepared"].state == "open"
