# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dossier that commit 945c30d wrote (write_945c30d.py), on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import migration, schema

OLD = Path(__file__).parent / "dossier_945c30d.sqlite3"


def engine_of(url):
    return sa.create_engine(url, poolclass=sa.NullPool)


def put_into_postgres(path, url):
    """The rows as they are, in the tables that the first revision makes."""
    tables = sa.MetaData()
    source = engine_of(f"sqlite:///{path}")
    tables.reflect(source)
    with source.connect() as old, engine_of(url).begin() as new:
        migration.run(new, "0001")
        for table in tables.sorted_tables:
            if table.name == schema.VERSION_TABLE:
                continue
            new.execute(sa.delete(table))
            new.execute(sa.insert(table), [dict(row) for row in old.execute(sa.select(table)).mappings()])
        new.exec_driver_sql("SELECT setval('submission_id_seq', (SELECT max(id) FROM submission))")


def copied(url, tmp_path):
    """A copy of its own at ``url``."""
    if url.startswith("sqlite"):
        (tmp_path / "new").mkdir()
        shutil.copyfile(OLD, tmp_path / "new" / "dossier.sqlite3")
    else:
        put_into_postgres(OLD, url)
    return url
