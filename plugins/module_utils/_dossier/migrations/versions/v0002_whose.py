# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds environment, customer and keys of a dossier, URA numbers as eight digits, and tables for mails and
statements."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import needs
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.spellings import two_spellings

with needs("alembic>=1.13"):
    import sqlalchemy as sa
    from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _mark_whose()
    _add_digits()
    op.add_column("journal", sa.Column("mac", sa.Text))
    op.add_column("milestone", sa.Column("evidence_at", sa.Text))
    op.create_index("journal_ura", "journal", ["ura"])
    op.create_table(
        "organisation_key",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sealed",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    )
    op.create_table(
        "observation",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ura", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
    )
    op.create_index("observation_ura", "observation", ["ura"])
    _move_messages()
    op.create_table(
        "seen",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "word",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("how", sa.Text),
    )
    op.create_index("word_ura", "word", ["ura"])


def _mark_whose() -> None:
    table = op.create_table(
        "dossier",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("environment", sa.Text),
        sa.Column("tenant", sa.Text),
        sa.Column("migrated_at", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("wrapped", sa.LargeBinary),
    )
    used = op.get_bind().execute(sa.text("SELECT seq FROM journal_head")).scalar()
    at = _now() if used != 0 else None
    row: dict[str, Any] = {"id": 1, "identity": str(uuid.uuid4()), "migrated_at": at}
    op.bulk_insert(table, [row])


def _move_messages() -> None:
    """Move the mails of the older version. Their mailbox is unknown, and one mail may be there as two kinds."""
    op.execute(
        sa.text(
            "INSERT INTO observation (mailbox, message_id, uidvalidity, uid, received_at, kind, ura, reference, "
            "seen_at, reading) SELECT ura || ' ' || kind, message_id, uidvalidity, uid, received_at, kind, ura, "
            "reference, :at, '' FROM message"
        ).bindparams(at=_now())
    )
    op.drop_table("message")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _add_digits() -> None:
    connection = op.get_bind()
    known = [str(ura) for ura in connection.execute(sa.text("SELECT ura FROM organisation ORDER BY ura")).scalars()]
    if double := two_spellings(known):
        raise double
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("digits", sa.Text, nullable=False, server_default=""))
    for ura in known:
        connection.execute(
            sa.text("UPDATE organisation SET digits = :digits WHERE ura = :ura"), {"digits": ura.zfill(8), "ura": ura}
        )
    with op.batch_alter_table("organisation") as table:
        table.alter_column("digits", existing_type=sa.Text, existing_nullable=False, server_default=None)
        table.create_index("organisation_digits", ["digits"], unique=True)
