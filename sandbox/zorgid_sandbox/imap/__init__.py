# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GBZ's mailbox over IMAP, TLS from the start, login by password or access token."""

from __future__ import annotations

from pathlib import Path

from .. import faults
from .store import deliver, folder

__all__ = ["FAULTS", "clear_faults", "deliver", "folder", "put_fault", "serve"]

FAULTS: faults.Kinds = {"login_refused": {}}


def put_fault(state: Path, line: str) -> None:
    faults.put(state, "imap", FAULTS, line)


def clear_faults(state: Path) -> None:
    faults.clear(state, "imap")


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .server import listen  # pymap is needed by the service alone

    listen(state)
