# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail server that a GBZ sends its mail through: STARTTLS first, then a login by password or access token."""

from __future__ import annotations

from pathlib import Path

from .. import faults

__all__ = ["FAULTS", "clear_faults", "put_fault", "serve"]

FAULTS: faults.Kinds = {
    "login_refused": {},  # 535, with any credentials
    "temporary": {},  # 451 to DATA: not accepted
    "lost_answer": {},  # accepted, but the connection breaks instead of the answer
}


def put_fault(state: Path, line: str) -> None:
    faults.put(state, "smtp", FAULTS, line)


def clear_faults(state: Path) -> None:
    faults.clear(state, "smtp")


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .server import listen  # aiosmtpd is needed by the service alone

    listen(state)
