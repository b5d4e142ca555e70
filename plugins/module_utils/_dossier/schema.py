# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The present tables. A new dossier is created from them, an older one migrated to them by migrations/versions; a test
compares the two."""

from __future__ import annotations

from typing import Any

from .._common.libraries import needs

#: The "previous hash" of the first journal row.
START = "0" * 64

#: The order in which rows of a table are read.
_ORDER: dict[str, tuple[str, ...]] = {
    "organisation": ("ura",),
    "submission": ("claimed",),
    "observation": ("received_at", "message_id"),
    "word": ("seq",),
}

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    #: The revisions of migrations/versions, oldest first. A test compares.
    REVISIONS = ("0001", "0002", "0003", "0004", "0005")
    VERSION_TABLE = "dossier_version"

    metadata, transient = sa.MetaData(), sa.MetaData()
    version = sa.Table(
        VERSION_TABLE,
        sa.MetaData(),  # Alembic's; of a dossier that it migrated, Alembic makes it
        sa.Column("version_num", sa.String(32), primary_key=True),
    )
    #: What one run read of a mailbox, for the other runs of the same job in slices: for minutes, encrypted, and in no
    #: journal. Not a part of what the dossier knows, so it is in no export and no copy.
    shared_reading = sa.Table(
        "shared_reading",
        transient,
        # A keyed digest of the job and of everything with which the mailbox is read.
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    #: One row: the dossier's identity, environment, customer and keys.
    dossier = sa.Table(
        "dossier",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        # A random UUID: a copy has the same one, another customer's dossier has another.
        sa.Column("identity", sa.Text, nullable=False),
        # Both null: nobody has set them. An empty tenant: there is only one customer.
        sa.Column("environment", sa.Text),
        sa.Column("tenant", sa.Text),
        # When a dossier of an older version was migrated; null if the dossier was created with this schema.
        sa.Column("migrated_at", sa.Text),
        # The id of the vault key that wraps the two random keys; null until a key is given for the first time.
        sa.Column("key_id", sa.Text),
        sa.Column("wrapped", sa.LargeBinary),
    )
    organisation = sa.Table(
        "organisation",
        metadata,
        # As it was first written. It never changes, because journal rows, encrypted contents and hashes contain it.
        sa.Column("ura", sa.Text, primary_key=True),
        # The URA number as eight digits, for comparisons.
        sa.Column("digits", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Index("organisation_digits", "digits", unique=True),
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
        # When VZVZ's newest mail about the step arrived, by the mail server's clock.
        sa.Column("evidence_at", sa.Text),
    )
    submission = sa.Table(
        "submission",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        # The digest if the kind is sent once per digest; empty if it is sent once only. If a person's statement allowed
        # one more submission, the number of that statement follows.
        sa.Column("once", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        # The number of the journal row of its newest claim; the highest number is the newest submission of a kind.
        sa.Column("claimed", sa.Integer, nullable=False),
        sa.Column("owner_host", sa.Text),
        sa.Column("owner_pid", sa.Integer),
        sa.Column("owner_started", sa.Text),
        sa.Column("lease_until", sa.Text),
        sa.UniqueConstraint("ura", "kind", "once"),
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
    #: The key that encrypts the contents of one organisation, wrapped by the vault key with this id.
    organisation_key = sa.Table(
        "organisation_key",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    sealed = sa.Table(
        "sealed",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    )
    #: Each mail of a mailbox once, recognised or not; never its subject, sender, text, link or reason.
    observation = sa.Table(
        "observation",
        metadata,
        # A digest of server, account and folder; in rows of an older version: URA number and kind.
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        # The mail server's time.
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        # Null: the mail belongs to no organisation.
        sa.Column("ura", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("seen_at", sa.Text, nullable=False),
        # A digest of the senders, texts and places with which it was last read. Not in the journal, because it is about
        # settings.
        sa.Column("reading", sa.Text, nullable=False),
        # For a report of non-delivery: the Message-ID of our mail that did not arrive, as in the table submission.
        sa.Column("about", sa.Text),
        sa.Index("observation_ura", "ura"),
    )
    #: The newest content of a kind (the portal's members, a list, a document), as a keyed digest.
    seen = sa.Table(
        "seen",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
    )
    #: People's statements. No row is overwritten: the newest of a kind and subject applies.
    word = sa.Table(
        "word",
        metadata,
        # The number of its journal row.
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        # Empty: all organisations.
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        # A step, the keyed digest of an external id, an inventory name, the lost thing or the undone statement; or
        # empty.
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        # When it happened, according to that person.
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("how", sa.Text),
        sa.Index("word_ura", "ura"),
    )
    journal = sa.Table(
        "journal",
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        # Both null after erasure: only the digest stays, and without the salt its content cannot be guessed.
        sa.Column("payload", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        # Made with a key of the dossier, so that a database user without the key cannot forge rows; null before the
        # dossier had keys.
        sa.Column("mac", sa.Text),
        sa.Index("journal_ura", "ura"),
    )
    #: One row that names the last journal row, so that a removal is noticed. Every writer locks it first.
    journal_head = sa.Table(
        "journal_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    #: The runs of the last day, for telemetry. Without data about an organisation, and not in the journal.
    run = sa.Table(
        "run",
        metadata,
        # Random; a run with several dossiers has the same one in each.
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("began_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text, nullable=False),
        # JSON: error code -> number of organisations.
        sa.Column("failures", sa.Text, nullable=False),
    )


def in_order(table: sa.Table) -> list[sa.Column[Any]]:
    return [table.c[name] for name in _ORDER.get(table.name, ())]
