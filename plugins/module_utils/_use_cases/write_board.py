# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the status board from the dossier."""

from __future__ import annotations

import datetime
import json
import stat
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words
from .._dossier.place import DossierPlace
from .._report import csv, html
from .._report.board import Board, board
from .read_dossiers import mail_of_nobody


@dataclass(frozen=True)
class WriteBoard:
    """``folder``: on the controller; created if missing. ``expiry_warning_days``: days before its last day from which a
    certificate is on the board."""

    place: DossierPlace
    folder: Path
    expiry_warning_days: int = 60


@dataclass(frozen=True)
class BoardFile:
    """``kind``: html, csv or json. ``before``: the earlier content; None if there was no file."""

    kind: str
    path: Path
    before: bytes | None
    content: bytes

    @property
    def changed(self) -> bool:
        return self.before != self.content


@dataclass(frozen=True)
class BoardWritten:
    board: Board
    files: tuple[BoardFile, ...]


def write_board(command: WriteBoard, *, read_only: bool) -> BoardWritten:
    """Read all dossiers and check their journal; write a file only if its content changes. ``read_only``: write none.

    Errors: those of opening the dossier, ``board_not_written``.
    """
    with command.place.open(read_only=True) as store:
        dossiers, journal = store.read_checked()
        nobodys = mail_of_nobody(store)
    made = board(
        dossiers,
        now=datetime.datetime.now(datetime.UTC),
        journal_problem="" if journal.valid else journal.message,
        expiry_warning_days=command.expiry_warning_days,
        nobodys=nobodys,
    )
    contents = {
        "html": html.render(made),
        "csv": csv.render(made),
        "json": (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
    }
    files = [
        _written(kind, command.folder / f"onboarding.{kind}", content, read_only=read_only)
        for kind, content in contents.items()
    ]
    return BoardWritten(made, tuple(files))


def _written(kind: str, path: Path, content: bytes, *, read_only: bool) -> BoardFile:
    try:
        one = BoardFile(kind, path, path.read_bytes() if path.exists() else None, content)
        if one.changed and not read_only:
            # Keep the file's mode, so that for example a web server can still read it.
            mode = 0o600 if one.before is None else stat.S_IMODE(path.stat().st_mode)
            write_atomic(path, content, mode=mode)
    except OSError as error:
        raise ZorgidError(
            "board_not_written",
            f"The board {path} cannot be written",
            expected="a folder on the controller that this user may write to",
            found=in_words(error),
            action="correct path, or the permissions of the folder",
        ) from error
    return one
