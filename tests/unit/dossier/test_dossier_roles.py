# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three roles of docs/examples/postgresql/roles.sql, on a real server, with exactly these rights."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import migration, retention, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.observations import Mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import PASSWORD, URA, postgres_programs
from ansible_collections.gbz.zorgid.tests.support.write_945c30d import SECRET_KEY

ROLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "postgresql" / "roles.sql"
KEY = "7vQhXo2nJ9Lr0c5bWm3Zt8sKfYd1uPgAeRiNxEkTj4U="
MAILBOX = Mailbox("m" * 64, "r" * 64)
MAIL = Observation("<1@vzvz.example>", 17, 1, "2026-11-03T09:00:00+00:00", "document_confirmed", URA, "ZS-1")
OF_NOBODY = Observation("<2@vzvz.example>", 17, 2, "", "unknown", None, None, "ura_missing")


class Roles:
    """A database of its own, and the URL of each role."""

    def __init__(self, postgres, name):
        self._postgres, self._name = postgres, name
        self.names = {role: f"{name}_{role}" for role in ("owner", "writer", "reader")}
        self._database = postgres.fresh_database()
        # Names that need quotes: the file must not care.
        self.schema = "Zorg ID"
        assert "let the owner make the tables" in self.run_script()
        for role in self.names.values():
            postgres.run(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")

    def run_script(self):
        reported = {**self.names, "schema": self.schema}
        variables = [word for name, value in reported.items() for word in ("-v", f"{name}={value}")]
        place = ["-h", "127.0.0.1", "-p", str(self._postgres.port), "-d", self._database.rpartition("/")[2]]
        done = subprocess.run(
            [postgres_programs() / "psql", "-X", "-q", "-U", "zorgid", *place, *variables, "-f", ROLES],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, role):
        as_role = self._database.replace("//zorgid:", f"//{self.names[role]}:")
        return f"{as_role}?options=-csearch_path%3D%22Zorg%5C%20ID%22"

    def engine(self, role):
        return sa.create_engine(self.url(role), poolclass=sa.NullPool)


@pytest.fixture(scope="module")
def module_roles(postgres):
    roles = Roles(postgres, "whole")
    assert DossierStore.migrate(roles.url("owner"), read_only=False, environment=None, tenant=None).changed
    assert roles.run_script() == ""
    return roles


@pytest.fixture
def roles(module_roles):
    return module_roles


def refused(code, work, *arguments, **options):
    with pytest.raises(ZorgidError) as caught:
        work(*arguments, **options)
    assert caught.value.code == code, str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value


def may(engine, right, table, column=None):
    name = f'"{table.name}"'
    asked = sa.func.has_table_privilege(name, right)
    if column is not None:
        asked = sa.func.has_column_privilege(name, column.name, right)
    with engine.connect() as connection:
        return connection.execute(sa.select(asked)).scalar()


def test_every_table_is_in_the_file(roles):
    reader, writer = roles.engine("reader"), roles.engine("writer")
    for table in (*schema.metadata.sorted_tables, *schema.transient.sorted_tables, schema.version):
        assert may(writer, "SELECT", table), f"{table.name}: grant it to the writer in {ROLES.name}"
        for column in table.columns:
            sealed = isinstance(column.type, sa.LargeBinary)
            assert may(reader, "SELECT", table, column) is not sealed, f"{table.name}.{column.name} in {ROLES.name}"
            assert not may(reader, "INSERT", table, column)
            assert not may(reader, "UPDATE", table, column)
        assert not may(reader, "DELETE", table)
        made_once = table.name in (schema.VERSION_TABLE, "dossier", "journal_head")
        assert may(writer, "INSERT", table) is not made_once, f"{table.name}: rows of it in {ROLES.name}"
        assert not may(writer, "TRUNCATE", table)
    for table in (schema.journal, schema.word):
        assert not any(may(writer, "UPDATE", table, column) for column in table.columns)
        assert not may(writer, "DELETE", table)


def test_the_writer_does_everything_that_a_run_does(roles):
    with DossierStore.open(roles.url("writer"), environment="test", tenant="linde", key=KEY) as store:
        assert store.register(URA, "De Linde").changed
        assert store.register(URA, "De Linde 2").changed
        assert store.set_milestone(URA, "prepared", "done").changed
        assert store.set_milestone(URA, "prepared", "open").changed
        assert store.attest(URA, "prepared", by="a", at=None, how="b").changed
        assert store.note(URA, "seen", by="a").changed
        for kind, arrived in (("application_form", True), ("follow_up_form", False)):
            taken = store.claim(URA, kind, "d" * 64, per_digest=False)
            store.mark_sending(taken)
            assert store.resolve(URA, kind, arrived=arrived, by="a").changed
        released = store.claim(URA, "notice", "d" * 64, per_digest=True)
        store.release(released)
        done = store.claim(URA, "organisation_document", "d" * 64, per_digest=True)
        store.mark_sending(done)
        store.mark_done(done, {"sha256": "d" * 64})
        assert store.observations.observe(MAILBOX, [MAIL]) == 1
        assert store.observations.observe(MAILBOX, [dataclasses.replace(MAIL, uidvalidity=18)]) == 1
        assert store.sealed.keep(URA, "organisation_document", b"<xml/>")
        assert store.say(URA, "withdrawn", by="a", how="b").changed
        assert store.say(URA, "undone", by="a", how="b", subject="withdrawn").changed
        assert store.keep_secret(URA, "activation_code", "code", SECRET_KEY)
        assert store.keep_secret(URA, "activation_code", "another", SECRET_KEY)
        with store.using_secret(URA, "activation_code", SECRET_KEY) as secret:
            assert secret == "another"
        store.keep_secret(URA, "activation_code", "last", SECRET_KEY)
        assert store.destroy_secret(URA, "activation_code")
        assert store.verify_journal().valid
        # What is not the writer's: nothing of it happens.
        before = store.export()["organisations"]
        error = refused("dossier_forbidden", store.erase, URA, subject="De Linde 2", by="a")
        assert "the owner migrates and erases" in error.expected
        assert store.export()["organisations"] == before
    for statement in (sa.delete(schema.journal), sa.update(schema.journal).values(at=""), sa.delete(schema.milestone)):
        with pytest.raises(sa.exc.ProgrammingError), roles.engine("writer").begin() as connection:
            connection.execute(statement)
    with DossierStore.open(roles.url("owner"), environment="test", tenant="linde", key=KEY) as store:
        assert store.erase(URA, subject="De Linde 2", by="a").changed
        assert store.verify_journal().valid


def test_the_writer_lets_mail_of_nobody_go_and_leaves_the_journal(roles, monkeypatch):
    with DossierStore.open(roles.url("writer"), environment="test", tenant="linde", key=KEY) as store:
        assert store.observations.observe(MAILBOX, [OF_NOBODY]) == 1
        assert len(store.observations.of_nobody()) == 1
        monkeypatch.setattr(retention, "limit", lambda _name, _at: "9999-01-01T00:00:00+00:00")
        store.observations.observe(MAILBOX, [])
        assert store.observations.of_nobody() == []
        assert store.verify_journal().valid, store.verify_journal().message


def test_the_reader_reads_everything_but_what_is_sealed(roles):
    reported = {"environment": "test", "tenant": "linde"}
    with DossierStore.open(roles.url("writer"), **reported, key=KEY) as store:
        store.register("90000202", "De Els")
        store.keep_secret("90000202", "activation_code", "code", SECRET_KEY)
    with DossierStore.open(roles.url("reader"), **reported, read_only=True) as store:
        assert store.read("90000202").name == "De Els"
        assert "90000202" in {one.ura for one in store.read_all()}
        assert store.verify_journal().valid
        export = store.export("90000202")["organisations"][0]
        assert [one["name"] for one in export["secrets"]] == ["activation_code"]
        store.references()
        assert store.read("90000202").observations == []
        # Check mode as the reader.
        assert store.register("90000202", "De Els 2").changed
        assert store.destroy_secret("90000202", "activation_code")
        assert store.erase("90000202", subject="De Els", by="a").changed
    error = refused("dossier_forbidden", DossierStore.open, roles.url("reader"), **reported, read_only=True, key=KEY)
    assert "needs no dossier_key" in error.expected
    with DossierStore.open(roles.url("writer"), **reported, key=KEY) as store:
        store.destroy_secret("90000202", "activation_code")
    with pytest.raises(sa.exc.ProgrammingError), roles.engine("reader").connect() as connection:
        connection.execute(sa.select(schema.secret))


def test_the_reader_writes_nothing(postgres):
    roles = Roles(postgres, "plain")
    DossierStore.migrate(roles.url("owner"), read_only=False, environment=None, tenant=None)
    roles.run_script()
    refused("dossier_forbidden", DossierStore.open(roles.url("reader")).register, URA, "De Linde")
    with DossierStore.open(roles.url("writer")) as store:
        assert store.register(URA, "De Linde").changed


def test_only_the_owner_makes_and_migrates_the_tables(postgres):
    roles = Roles(postgres, "older")
    for role in ("writer", "reader"):
        error = refused("dossier_migration_forbidden", DossierStore.open, roles.url(role))
        assert error.found == "no tables yet"
        assert "migrate: true and the owner's" in error.action
    with roles.engine("owner").begin() as connection:
        migration.run(connection, "0001")
    # Rights on the old tables, as an earlier version of the file would have given them.
    with roles.engine("owner").begin() as connection:
        for name in (
            "organisation",
            "milestone",
            "submission",
            "message",
            "journal",
            "journal_head",
            "dossier_version",
        ):
            connection.exec_driver_sql(f"GRANT SELECT ON {name} TO {roles.names['reader']}, {roles.names['writer']}")
        connection.exec_driver_sql(f"GRANT SELECT (ura, name, kept_at) ON secret TO {roles.names['reader']}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT ON secret TO {roles.names['writer']}")
        values = {
            "ura": URA,
            "name": "activation_code",
            "salt": b"s",
            "sealed": b"x",
            "kept_at": "2026-11-01T00:00:00+00:00",
        }
        connection.execute(sa.insert(schema.secret), values)
        connection.execute(sa.text("INSERT INTO organisation (ura, name) VALUES (:ura, '')"), {"ura": URA})
    error = refused("dossier_migration_forbidden", DossierStore.open, roles.url("writer"))
    assert error.found == "schema 0001"
    with DossierStore.open(roles.url("reader"), read_only=True) as store:
        assert [one["name"] for one in store.export()["organisations"][0]["secrets"]] == ["activation_code"]
    assert DossierStore.migrate(roles.url("owner"), read_only=False, environment=None, tenant=None).changed
    assert roles.run_script() == ""
    with DossierStore.open(roles.url("writer")) as store:
        assert store.register("90000202", "De Els").changed
