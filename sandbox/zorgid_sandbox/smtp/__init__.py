# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail server that a GBZ hands its mail to: STARTTLS first, then a login by password or access token."""

from __future__ import annotations

from pathlib import Path

from .. import faults

__all__ = ["FAULTS", "clear_faults", "put_fault", "serve"]

FAULTS: faults.Kinds = {
    "login_refused": {},  # 535, whatever is given
    "temporary": {},  # 451 to DATA: not taken
    "lost_answer": {},  # taken, then the connection breaks instead of the answer
}


def put_fault(state: Path, line: str) -> None:
    faults.put(state, "smtp", FAULTS, line)


def clear_faults(state: Path) -> None:
    faults.clear(state, "smtp")


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .server import listen  # aiosmtpd is needed by the service alone

    listen(state)
