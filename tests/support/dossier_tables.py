# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dossier from behind: what stands in its tables, and a word that nobody checked."""

from __future__ import annotations

import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import append
from ansible_collections.gbz.zorgid.tests.support.old_dossier import engine_of


def say(store, ura, by, how, subject=""):
    """A word as it stands in the tables, whoever writes it there."""
    with store._database.writing() as (connection, at):
        values = {"word": "go_on", "subject": subject, "by": by, "at": at, "how": how}
        seq = append(connection, at, ura, "word_said", values)
        connection.execute(sa.insert(schema.word), {**values, "seq": seq, "ura": ura})


WORD = {"environment": "production", "tenant": "zorggroep"}


def version(url):
    with engine_of(url).connect() as connection:
        return connection.execute(sa.select(schema.version.c.version_num)).scalar()
