# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables as they are now. What leads to them stands in migrations/versions; a test compares the two."""

from __future__ import annotations

from .._common.libraries import needs

#: What the first journal row is chained to.
START = "0" * 64

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    #: The revisions of migrations/versions, oldest first. A test compares.
    REVISIONS = ("0001",)
    VERSION_TABLE = "dossier_version"

    metadata = sa.MetaData()
    version = sa.Table(
        VERSION_TABLE,
        sa.MetaData(),  # made by Alembic, not by us
        sa.Column("version_num", sa.String(32), primary_key=True),
    )
    organisation = sa.Table(
        "organisation",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    milestone = sa.Table(
        "milestone",
        metadata,
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
    submission = sa.Table(
        "submission",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        # The digest where a kind is sent once per digest; empty where it is sent once.
        sa.Column("once", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        # The journal row of its newest claim: which submission of a kind is the newest.
        sa.Column("claimed", sa.Integer, nullable=False),
        sa.Column("owner_host", sa.Text),
        sa.Column("owner_pid", sa.Integer),
        sa.Column("owner_started", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.UniqueConstraint("ura", "kind", "once"),
    )
    message = sa.Table(
        "message",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("received_at", sa.Text, nullable=False),
    )
    secret = sa.Table(
        "secret",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    )
    journal = sa.Table(
        "journal",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        # Both null once erased: the digest alone stays, and without its salt nobody can guess what it was made from.
        sa.Column("payload", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    #: One row: the last journal row, so that its removal is noticed. Every writer locks it first.
    journal_head = sa.Table(
        "journal_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
