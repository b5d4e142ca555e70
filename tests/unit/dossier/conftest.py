# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh dossier on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import postgres_programs, running_postgres
from ansible_collections.gbz.zorgid.tests.support.old_dossier import copied

#: Tried on PostgreSQL by the long suites only: a connection for each transaction makes them take thrice as long there.
LONG_ON_POSTGRESQL = ("erasure", "leaving", "proofs", "spoken", "killed_at_many_statements")


def pytest_collection_modifyitems(items):
    for item in items:
        if "postgresql" in item.name and any(name in item.nodeid for name in LONG_ON_POSTGRESQL):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgres():
    if postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not here: apt install postgresql")
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/dossier.sqlite3"
    return request.getfixturevalue("postgres").fresh()


@pytest.fixture
def old(url, tmp_path):
    """The URL of a dossier that commit 945c30d wrote."""
    return copied(url, tmp_path)


@pytest.fixture
def store(url):
    with DossierStore.open(url) as opened:
        yield opened
