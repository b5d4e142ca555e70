# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's state: everything in memory for reading, every change in SQLite, one transaction per request.

The portal's process is the only one that writes identities, organisations and tokens; other processes read them, and
write only their orders (activations, faults).
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from ..state import connect as connect_sandbox

TABLES = """
CREATE TABLE IF NOT EXISTS portal_identity (id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portal_organisation (ura TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portal_token (
    id INTEGER PRIMARY KEY, hash TEXT UNIQUE NOT NULL, ura TEXT NOT NULL, role TEXT NOT NULL, identity_id TEXT,
    name TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL, revoked TEXT);
CREATE TABLE IF NOT EXISTS portal_phone (identity_id TEXT PRIMARY KEY, key_hash TEXT NOT NULL, pin_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portal_activation (
    code_hash TEXT PRIMARY KEY, ura TEXT NOT NULL, organisation_name TEXT NOT NULL, person TEXT NOT NULL,
    issued TEXT NOT NULL, used TEXT);
CREATE TABLE IF NOT EXISTS portal_fault (id INTEGER PRIMARY KEY, fault TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portal_before (document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS portal_post (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, identity_id TEXT, ura TEXT,
    status INTEGER NOT NULL);
"""


def connect(state: Path) -> sqlite3.Connection:
    """The sandbox's database with the portal's tables."""
    connection = connect_sandbox(state)
    connection.executescript(TABLES)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def now() -> str:
    """This moment as RFC 3339 UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A UUID of version 7 (RFC 9562 §5.7): by time, so that rows are appended; random ones make every insert slower."""
    tail = secrets.randbits(76)
    return str(uuid.UUID(int=time.time_ns() // 1_000_000 << 80 | 7 << 76 | tail >> 64 << 64 | 2 << 62 | tail & _LOW))


_LOW = (1 << 62) - 1

encode = orjson.dumps  # ten times as fast as json, so that a benchmark does not measure the portal


def digest(secret: str) -> str:
    """The digest that is stored of a secret that is only compared."""
    return hashlib.sha256(secret.encode()).hexdigest()


def person_key(given: Any, family: Any, birth: Any) -> tuple[str, str, str] | None:
    """Name and date of birth in the form persons are compared in (composed, case-folded); None when incomplete."""
    if not (isinstance(given, str) and isinstance(family, str) and isinstance(birth, str) and birth):
        return None
    return (_fold(given), _fold(family), birth)


def _fold(text: str) -> str:
    return (
        " ".join(text.casefold().split())
        if text.isascii()
        else " ".join(unicodedata.normalize("NFC", text).casefold().split())
    )


class Identity:
    """A person's digital identity. document: plain data, as stored; views: the JSON each organisation sees, cached."""

    __slots__ = ("document", "views")

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.views: dict[str, bytes] = {}


class Token:
    """Organisation, role and person of a bearer token."""

    __slots__ = ("expires", "id", "identity_id", "name", "revoked", "role", "ura")

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.id, self.ura, self.role, self.identity_id, self.name, self.expires, self.revoked = row


class Store:
    """identities by id, and the indexes that matching and lists need."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.connection = connect(state)
        self.identities: dict[str, Identity] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.administrators: dict[str, set[str]] = {}
        self.by_external: dict[tuple[str, str], str] = {}
        self.by_user_name: dict[str, str] = {}
        self.by_uzi: dict[str, str] = {}
        self.by_person: dict[tuple[str, str, str], dict[str, None]] = {}
        self.organisations: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, Token] = {}
        self._dirty: dict[str, Identity | None] = {}
        for (document,) in self.connection.execute("SELECT document FROM portal_identity ORDER BY rowid"):
            identity = Identity(orjson.loads(document))
            self.identities[identity.document["id"]] = identity
            self.index(identity)
        for ura, document in self.connection.execute("SELECT ura, document FROM portal_organisation ORDER BY rowid"):
            self.organisations[ura] = orjson.loads(document)
        self._load_tokens()

    # identities -----------------------------------------------------------------------------------------------------

    def index(self, identity: Identity) -> None:
        document, key = identity.document, identity.document["id"]
        self.by_user_name[document["userName"].casefold()] = key
        if person := self._person(document):
            self.by_person.setdefault(person, {})[key] = None
        for attribute in document.get("attributes", ()):
            if attribute.get("type") == "uziNumber" and attribute.get("value"):
                self.by_uzi.setdefault(attribute["value"], key)
        for ura, membership in document["memberships"].items():
            self.members.setdefault(ura, {}).setdefault(key)
            if membership.get("externalId"):
                self.by_external[ura, membership["externalId"]] = key
            if membership["role"] == "administrator":
                self.administrators.setdefault(ura, set()).add(key)

    def unindex(self, identity: Identity) -> None:
        """Take an identity out of the indexes before it changes; its place in the lists stays until drop_member."""
        document, key = identity.document, identity.document["id"]
        if self.by_user_name.get(document["userName"].casefold()) == key:
            del self.by_user_name[document["userName"].casefold()]
        if person := self._person(document):
            self.by_person.get(person, {}).pop(key, None)
        for attribute in document.get("attributes", ()):
            if attribute.get("type") == "uziNumber" and self.by_uzi.get(attribute.get("value")) == key:
                del self.by_uzi[attribute["value"]]
        for ura, membership in document["memberships"].items():
            if membership.get("externalId"):
                self.by_external.pop((ura, membership["externalId"]), None)
            self.administrators.get(ura, set()).discard(key)

    def _person(self, document: dict[str, Any]) -> tuple[str, str, str] | None:
        name = document.get("name") or {}
        return person_key(name.get("givenName"), name.get("familyName"), document.get("dateOfBirth"))

    def save(self, document: dict[str, Any], touch: bool = True) -> Identity:
        """Set a document as the identity's new state; the next commit writes it to SQLite."""
        key = document["id"]
        before = self.identities.get(key)
        if before is not None:
            self.unindex(before)
            for ura in before.document["memberships"]:
                if ura not in document["memberships"]:
                    self.members[ura].pop(key, None)
        if touch:
            document["version"] = document.get("version", 0) + 1
            document["lastModified"] = now()
        identity = Identity(document)
        self.identities[key] = identity
        self.index(identity)
        self._dirty[key] = identity
        return identity

    def remove(self, key: str) -> None:
        identity = self.identities.pop(key)
        self.unindex(identity)
        for ura in identity.document["memberships"]:
            self.members[ura].pop(key, None)
        self._dirty[key] = None

    def forget(self, key: str, before: dict[str, Any] | None) -> None:
        """Undo changes that were saved but not committed (for a portal that accepts a change and then loses it)."""
        if before is None:
            self.remove(key)
        else:
            self.save(before, touch=False)

    def commit(self) -> None:
        """One transaction for all that a request changed."""
        if not self._dirty:
            return
        with transaction(self.connection):
            self.connection.executemany(
                "INSERT INTO portal_identity VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document",
                [
                    (key, encode(identity.document).decode())
                    for key, identity in self._dirty.items()
                    if identity is not None
                ],
            )
            gone = [(key,) for key, identity in self._dirty.items() if identity is None]
            self.connection.executemany("DELETE FROM portal_identity WHERE id = ?", gone)
            self.connection.executemany("DELETE FROM portal_phone WHERE identity_id = ?", gone)
        self._dirty.clear()

    # organisations, tokens ------------------------------------------------------------------------------------------

    def put_organisation(self, document: dict[str, Any]) -> dict[str, Any]:
        document["version"] = document.get("version", 0) + 1
        document["lastModified"] = now()
        document.setdefault("created", document["lastModified"])
        self.organisations[document["ura"]] = document
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO portal_organisation VALUES (?, ?)"
                " ON CONFLICT (ura) DO UPDATE SET document = excluded.document",
                (document["ura"], encode(document).decode()),
            )
        return document

    def remove_organisation(self, ura: str) -> None:
        del self.organisations[ura]
        with transaction(self.connection):
            self.connection.execute("DELETE FROM portal_organisation WHERE ura = ?", (ura,))

    def _load_tokens(self) -> None:
        self.tokens = {
            row[0]: Token(row[1:])
            for row in self.connection.execute(
                "SELECT hash, id, ura, role, identity_id, name, expires, revoked FROM portal_token"
            )
        }

    def make_token(self, ura: str, role: str, identity_id: str | None, name: str, days: float) -> str:
        """A new bearer token; only its digest is kept."""
        token = "zst_" + secrets.token_urlsafe(32)
        expires = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO portal_token (hash, ura, role, identity_id, name, created, expires)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (digest(token), ura, role, identity_id, name, now(), expires),
            )
        self._load_tokens()
        return token

    def revoke_token(self, ura: str, number: int) -> bool:
        """Revoke a token; returns whether this organisation had it."""
        with transaction(self.connection):
            changed = self.connection.execute(
                "UPDATE portal_token SET revoked = ? WHERE id = ? AND ura = ? AND revoked IS NULL", (now(), number, ura)
            ).rowcount
        self._load_tokens()
        return changed == 1

    def close(self) -> None:
        self.connection.close()
