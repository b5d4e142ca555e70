# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables as they are now. What leads to them stands in migrations/versions; a test compares the two."""

from __future__ import annotations

from typing import Any

from .._common.libraries import needs

#: What the first journal row is chained to.
START = "0" * 64

#: In which order a dossier tells the rows of a table.
_ORDER: dict[str, tuple[str, ...]] = {
    "organisation": ("ura",),
    "submission": ("claimed",),
    "observation": ("received_at", "message_id"),
    "word": ("seq",),
}

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    #: The revisions of migrations/versions, oldest first. A test compares.
    REVISIONS = ("0001", "0002", "0003")
    VERSION_TABLE = "dossier_version"

    metadata = sa.MetaData()
    version = sa.Table(
        VERSION_TABLE,
        sa.MetaData(),  # made by Alembic, not by us
        sa.Column("version_num", sa.String(32), primary_key=True),
    )
    #: One row: which dossier this is, whose, and its keys.
    dossier = sa.Table(
        "dossier",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        # A random UUID: a copy is the same dossier, another customer's is another one.
        sa.Column("identity", sa.Text, nullable=False),
        # Both null: nobody has said it. An empty tenant: the only customer here.
        sa.Column("environment", sa.Text),
        sa.Column("tenant", sa.Text),
        # When an older version's dossier became this one; null for one that was made like this.
        sa.Column("migrated_at", sa.Text),
        # Null until a key is given for the first time: which vault key wraps the two random ones.
        sa.Column("key_id", sa.Text),
        sa.Column("wrapped", sa.LargeBinary),
    )
    organisation = sa.Table(
        "organisation",
        metadata,
        # As it was first written: journal, seals and hashes contain it, so it is never rewritten.
        sa.Column("ura", sa.Text, primary_key=True),
        # The same as eight digits, for every comparison.
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
        # When the newest mail of VZVZ about it came, by the mail server's clock.
        sa.Column("evidence_at", sa.Text),
    )
    submission = sa.Table(
        "submission",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        # The digest where a kind is sent once per digest; empty where it is sent once. With the number of a
        # person's word behind it where that let it be sent once more.
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
    secret = sa.Table(
        "secret",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.Text, nullable=False),
    )
    #: The key that seals what is one organisation's, wrapped by the vault key of this id.
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
    #: Each mail of a mailbox once, understood or not; never its subject, sender, text, link or reason.
    observation = sa.Table(
        "observation",
        metadata,
        # A digest of server, account and folder; of what an older version remembered: URA number and kind.
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        # The mail server's time.
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        # Null: nobody's.
        sa.Column("ura", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("seen_at", sa.Text, nullable=False),
        # By which senders, texts and places it was read last: a digest. Not in the journal: it is not about the mail.
        sa.Column("reading", sa.Text, nullable=False),
        # Of a report that a mail of ours did not arrive: that mail's Message-ID, as submission has it.
        sa.Column("about", sa.Text),
        sa.Index("observation_ura", "ura"),
    )
    #: What was seen last of a kind (the portal's members, a list, a document), as a keyed digest.
    seen = sa.Table(
        "seen",
        metadata,
        sa.Column("ura", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
    )
    #: What people said. Nothing is overwritten: the newest of a kind and subject counts.
    word = sa.Table(
        "word",
        metadata,
        # The journal row that brought it.
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        # Empty: all organisations.
        sa.Column("ura", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        # A step, the keyed digest of an external id, an inventory name, what was lost or what is taken back; or empty.
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        # When it happened, as that person says.
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
        # Both null once erased: the digest alone stays, and without its salt nobody can guess what it was made from.
        sa.Column("payload", sa.Text),
        sa.Column("salt", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        # Under a key of the dossier, so that whoever can write the database cannot write rows; null before it had keys.
        sa.Column("mac", sa.Text),
        sa.Index("journal_ura", "ura"),
    )
    #: One row: the last journal row, so that its removal is noticed. Every writer locks it first.
    journal_head = sa.Table(
        "journal_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )


def in_order(table: sa.Table) -> list[sa.Column[Any]]:
    return [table.c[name] for name in _ORDER.get(table.name, ())]
