# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first schema. Never edit a migration that was released: add the next one and name it in schema.REVISIONS."""

from __future__ import annotations

from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import needs

with needs("alembic>=1.13"):
    import sqlalchemy as sa
    from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "milestone",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("what", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("attested_by", sa.Text),
        sa.Column("attested_at", sa.Text),
        sa.Column("attested_how", sa.Text),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("once", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("claimed", sa.Integer, nullable=False),
        sa.Column("owner_host", sa.Text),
        sa.Column("owner_pid", sa.Integer),
        sa.Column("owner_started", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.UniqueConstraint("ura", "kind", "once"),
    )
    op.create_table(
        "message",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("received_at", sa.Text, nullable=False),
    )
    op.create_table(
        "secret",
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    head = op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
