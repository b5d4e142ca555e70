# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GBZ's mailbox over IMAP, TLS from the start, login by password or access token."""

from __future__ import annotations

import mailbox
import time
from email.message import EmailMessage
from pathlib import Path

from .. import faults
from ..state import State

__all__ = ["FAULTS", "clear_faults", "deliver", "folder", "put_fault", "serve"]

FAULTS: faults.Kinds = {"login_refused": {}}


def put_fault(state: Path, line: str) -> None:
    faults.put(state, "imap", FAULTS, line)


def clear_faults(state: Path) -> None:
    faults.clear(state, "imap")


def folder(state: Path) -> Path:
    """The Maildir of the mailbox."""
    return State(state).mail / "gbz"


def deliver(state: Path, message: EmailMessage) -> None:
    """Put a mail into the mailbox; who looks next sees it."""
    entry = mailbox.MaildirMessage(message)
    entry.set_date(time.time())
    mailbox.Maildir(folder(state), create=True).add(entry)


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .server import listen  # pymap is needed by the service alone

    listen(state)
