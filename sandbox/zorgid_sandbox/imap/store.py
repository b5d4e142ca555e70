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


def deliver(state: Path, message: EmailMessage) -> None:
    """Put a mail into the mailbox; the next reading shows it."""
    entry = mailbox.MaildirMessage(message)
    entry.set_date(time.time())
    mailbox.Maildir(folder(state), create=True).add(entry)
