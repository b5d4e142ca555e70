# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dossier in PostgreSQL: few connections, SQL that is compiled before the fork, and what its errors say."""

from __future__ import annotations

import base64
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import rows
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import warm
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.remembering import remembered_of
from ansible_collections.gbz.zorgid.tests.support.dossier_support import PASSWORD, URA

KEY = base64.b64encode(bytes(range(32))).decode()


@contextmanager
def counted(event):
    """What SQLAlchemy does in the block."""
    found = []

    def listen(*given):
        found.append(given)

    target = sa.pool.Pool if event == "connect" else sa.Engine
    sa.event.listen(target, event, listen)
    try:
        yield found
    finally:
        sa.event.remove(target, event, listen)


@pytest.fixture
def server_url(postgres):
    """A dossier with one organisation."""
    url = postgres.fresh()
    with DossierStore.open(url, key=KEY) as store:
        store.register(URA, "De Linde")
    return url


@contextmanager
def failing(code):
    """An error with this code, and nothing secret in it."""
    with pytest.raises(ZorgidError) as caught:
        yield
    error = caught.value
    assert error.code == code, str(error)
    shown = f"{error} {error.found} {error.action} {error.__cause__}"
    # SQLAlchemy's own text has the values too.
    assert [secret for secret in (PASSWORD, KEY, URA, "sqlalche") if secret in shown] == []


def end_connections(postgres):
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = USER"
    )


def test_an_opening_and_the_reads_after_it_need_one_connection(server_url):
    with counted("connect") as made, DossierStore.open(server_url, read_only=True, held=True, key=KEY) as store:
        assert remembered_of(store, URA).name == "De Linde"
        assert store.read(URA).name == "De Linde"
    assert len(made) == 1
    # Without it, the opening needs one, and each transaction another one: none lives over a fork.
    with counted("connect") as made, DossierStore.open(server_url, read_only=True, key=KEY) as store:
        assert len(made) == 1
        store.read(URA)
        store.read(URA)
    assert len(made) == 3


def test_what_was_compiled_before_the_fork_is_not_compiled_again(server_url):
    rows._in_postgresql.cache_clear()
    warm._sql()
    before = rows._in_postgresql.cache_info().misses
    with (
        counted("before_execute") as compiled,
        DossierStore.open(server_url, read_only=True, held=True, key=KEY) as store,
    ):
        assert remembered_of(store, URA).name == "De Linde"
    assert rows._in_postgresql.cache_info().misses == before > 0
    # SQLAlchemy compiles anew in each process what goes through it.
    assert [str(given[1]) for given in compiled] == []


@pytest.mark.parametrize("held", [True, False])
def test_a_connection_that_is_lost_in_the_middle_of_a_read(postgres, server_url, held):
    with DossierStore.open(server_url, read_only=True, held=held, key=KEY) as store:
        with failing("dossier_unreachable"), store.at_once():
            assert store.read(URA).name == "De Linde"
            end_connections(postgres)
            store.read_all()
        # The next transaction connects again.
        assert store.read(URA).name == "De Linde"


def test_a_connection_that_is_lost_in_the_middle_of_a_change(postgres, server_url):
    with DossierStore.open(server_url, key=KEY) as store:
        with failing("dossier_unreachable"), store._database.writing() as (connection, at):
            connection.execute(sa.text("UPDATE organisation SET name = 'De Eik'"))
            end_connections(postgres)
            store._database._not_before(connection, at)
        assert store.read(URA).name == "De Linde"


def test_a_statement_that_fails(postgres, server_url):
    schema = server_url.rpartition("%3D")[2]
    with DossierStore.open(server_url, read_only=True, held=True, key=KEY) as store:
        postgres.run(f"ALTER TABLE {schema}.milestone RENAME COLUMN step TO stap")
        with failing("dossier_damaged"):
            store.read(URA)
        postgres.run(f"ALTER TABLE {schema}.milestone RENAME COLUMN stap TO step")
        assert store.read(URA).name == "De Linde"
        postgres.run(f"ALTER TABLE {schema}.dossier RENAME TO was")
    with failing("dossier_damaged"):
        DossierStore.open(server_url, read_only=True, key=KEY)


def test_a_password_that_is_wrong_from_now_on(postgres, server_url):
    schema = server_url.rpartition("%3D")[2]
    postgres.run(
        f"CREATE ROLE changing LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT USAGE ON SCHEMA {schema} TO changing",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO changing",
    )
    with DossierStore.open(server_url.replace("zorgid:", "changing:"), read_only=True) as store:
        assert store.read(URA).name == "De Linde"
        postgres.run("ALTER ROLE changing PASSWORD 'another'")
        with failing("dossier_unreachable"):
            store.read(URA)
    with failing("dossier_unreachable"):
        DossierStore.open(server_url.replace(PASSWORD, "wrong" + PASSWORD), read_only=True)
