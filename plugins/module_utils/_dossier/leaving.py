# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation leaves: all its rows are written to a file first, and only then removed from the dossier.

Both happen under the writer's lock, so nothing is recorded between the two. The file is written right before the
commit: a process that dies meanwhile leaves everything in the dossier, and after the commit the file is complete.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.files import make_folder
from .._common.libraries import needs
from .._common.text import printable
from . import records, schema, shared_readings, submissions, whose
from .checks import check_text, check_ura
from .erasure import forget_rows
from .journal import ERASED, append
from .model import DossierChange
from .sealed import Sealed, named
from .soundness import damaged, key_of, sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    #: All tables with rows of one organisation. A table that is added later is exported and erased too.
    TABLES = tuple(table for table in schema.metadata.sorted_tables if "ura" in table.c and table is not schema.journal)

LEFT = "left"


@dataclass(frozen=True)
class Left:
    """``rows``: the number of rows by table. ``sha256``: of the file; None if none was written."""

    change: DossierChange
    rows: dict[str, int]
    sha256: str | None


class Leaving:
    def __init__(self, transactions: Transactions, contents: Sealed) -> None:
        self._transactions = transactions
        self._contents = contents

    def leave(self, ura: str, path: str | Path, *, by: str) -> Left:
        """Read-only: returns what would be removed. The change is empty if the dossier has nothing of this
        organisation.

        Errors: ``submission_uncertain``, ``submission_elsewhere``, ``dossier_whose_unknown``, ``dossier_key_missing``,
        ``dossier_damaged``, ``export_would_overwrite``, ``file_unwritable``, ``export_incomplete``.
        """
        check_ura(ura)
        check_text(attested_by=by)
        target, write = Path(path), not self._transactions.read_only
        sha256 = None
        with self._transactions.changing() as (connection, at):
            uras, ura = records.spellings(connection, ura), records.spelling(connection, ura)
            erasable = _erasable(connection, uras)
            rows = {table.name: _count(connection, table, uras) for table in TABLES} | {"journal": len(erasable)}
            rows = {name: count for name, count in rows.items() if count}
            change = DossierChange(bool(rows), dict(rows), dict.fromkeys(rows, 0))
            if change.changed:
                opener, shown = self._transactions.opener, self._transactions.database.shown
                whose.demand_known(whose.read(connection), opener, shown)
                _demand_certain(connection, at, uras)
                _demand_free(target)
            if change.changed and write:
                content = self._exported(connection, at, uras, by)
                sha256 = hashlib.sha256(content).hexdigest()
                for table in TABLES:
                    connection.execute(sa.delete(table).where(table.c.ura.in_(uras)))
                forget_rows(connection, at, erasable, left=rows)
                shared_readings.forget(connection)
                # The file contains the salts of the journal, so its content cannot be guessed from this digest.
                append(connection, at, ura, LEFT, {"by": by, "export_sha256": sha256})
                _write(target, content)
        if write:
            # Also without rows: an earlier run may have been killed before this point.
            self._transactions.database.forget()
        return Left(change, rows, sha256)

    def _exported(self, connection: sa.Connection, at: str, uras: Collection[str], by: str) -> bytes:
        owner = whose.read(connection)
        for row in connection.execute(sa.select(schema.journal).where(schema.journal.c.ura.in_(uras))):
            sound("journal", row)
        exports = [records.export(connection, ura) for ura in uras]
        whole = {
            **exports[0],
            "dossier": {"identity": owner.identity, "environment": owner.environment, "tenant": owner.tenant},
            "left": {"at": at, "by": by},
            "organisations": [one for each in exports for one in each["organisations"]],
            "journal": sorted((row for each in exports for row in each["journal"]), key=lambda row: row["seq"]),
            "rows": {table.name: self._rows(connection, table, uras) for table in TABLES},
        }
        return json.dumps(whole, indent=1).encode("ascii") + b"\n"

    def _rows(self, connection: sa.Connection, table: sa.Table, uras: Collection[str]) -> list[dict[str, Any]]:
        """The rows as they are stored, bytes as base64, encrypted content decrypted. Keys are left out, because they
        would open earlier copies."""
        if table is schema.organisation_key:
            return []
        if table is schema.sealed:
            return [self._opened(connection, row) for ura in uras for row in named(connection, ura)]
        query = sa.select(table).where(table.c.ura.in_(uras)).order_by(*table.primary_key)
        try:
            found = connection.execute(query).all()
        except TypeError as error:
            raise damaged(f"{table.name} ({', '.join(uras)})", "text instead of bytes") from error
        return [
            {name: _base64(value) if isinstance(value, bytes) else value for name, value in row._mapping.items()}
            for row in (sound(table.name, row) for row in found)
        ]

    def _opened(self, connection: sa.Connection, row: Any) -> dict[str, Any]:
        content = self._contents.opened(connection, row.ura, row.kind, row.version)
        if content is None:
            raise damaged(key_of("sealed", row), "no content")
        return {**row._asdict(), "content": _base64(content.content)}


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _count(connection: sa.Connection, table: sa.Table, uras: Collection[str]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.ura.in_(uras))
    return int(connection.execute(query).scalar_one())


def _erasable(connection: sa.Connection, uras: Collection[str]) -> list[tuple[int, str]]:
    """The journal rows of this organisation, except those that record that it left earlier."""
    table = schema.journal
    query = sa.select(table.c.seq, table.c.ura).where(
        table.c.ura.in_(uras), table.c.payload.is_not(None), table.c.event.not_in((ERASED, LEFT))
    )
    return [(row.seq, row.ura) for row in connection.execute(query.order_by(table.c.seq))]


def _demand_certain(connection: sa.Connection, at: str, uras: Collection[str]) -> None:
    """Refuse while a submission may still be sent, or its outcome is uncertain."""
    table = schema.submission
    for row in connection.execute(sa.select(table).where(table.c.ura.in_(uras)).order_by(table.c.id)):
        submissions.checked(row)
        about = f"the submission {printable(row.kind, 80)} of {row.ura}"
        if submissions.held_elsewhere(row, at):
            raise ZorgidError(
                "submission_elsewhere",
                f"An organisation cannot leave while {about} is being sent by another run",
                expected="a run that has ended",
                action="wait for that run to end; after an interrupted run, wait at most 15 minutes",
            )
        if row.state == "sending":
            raise ZorgidError(
                "submission_uncertain",
                f"An organisation cannot leave while the outcome of {about} is unknown",
                expected="submissions with a known outcome",
                action="ask VZVZ, and record the answer first: ansible-playbook gbz.zorgid.done -l HOST "
                f"-e resolve={printable(row.kind, 80)} -e arrived=true (or false)",
            )


def _demand_free(path: Path) -> None:
    if not path.is_absolute():
        raise _unwritable(path, "a path that is relative to the current folder")
    if os.path.lexists(path):
        raise ZorgidError(
            "export_would_overwrite",
            f"{path} already exists",
            expected="the path of a new file",
            found="a file, possibly from a run that was interrupted before anything was erased",
            action="check the file, then move it away or set another path in leave",
        )


def _write(path: Path, content: bytes) -> None:
    """Write a new file (0600) to the disk and read it back."""
    try:
        make_folder(path.parent)
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(path, error.strerror or type(error).__name__) from error
    try:
        with os.fdopen(made, "wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        if path.read_bytes() != content:
            raise ZorgidError(
                "export_incomplete",
                f"{path} does not contain what was written to it; nothing was erased",
                expected="a disk that stores what is written",
                action="check the disk, or set a path on another disk in leave",
            )
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error.strerror or type(error).__name__) from error
        raise


def _unwritable(path: Path, found: str) -> ZorgidError:
    return ZorgidError(
        "file_unwritable",
        f"The export cannot be written to {path}; nothing was erased",
        expected=("the absolute path of a new file on the controller, in a folder that this user may write to"),
        found=found,
        action="correct leave, or the permissions of the folder",
    )
