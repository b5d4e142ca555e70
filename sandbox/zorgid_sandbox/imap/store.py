# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mailbox on disk, for the server and for the code that delivers mail."""

from __future__ import annotations

import mailbox
import time
from email.message import EmailMessage
from pathlib import Path

from ..state import State


def folder(state: Path) -> Path:
    """The Maildir of the mailbox."""
    return State(state).mail / "gbz"


def note_login(state: Path, *, accepted: bool) -> None:
    """One line in a file, so that a test can count how often a mailbox is read."""
    with (State(state).log / "imap-logins").open("a", encoding="ascii") as log:
        log.write("accepted\n" if accepted else "refused\n")


def logins(state: Path) -> list[str]:
    """``accepted`` or ``refused`` for every login, in order."""
    try:
        return (State(state).log / "imap-logins").read_text("ascii").split()
    except FileNotFoundError:
        return []


def deliver(state: Path, message: EmailMessage) -> None:
    """Put a mail into the mailbox; the next reading shows it."""
    entry = mailbox.MaildirMessage(message)
    entry.set_date(time.time())
    mailbox.Maildir(folder(state), create=True).add(entry)
