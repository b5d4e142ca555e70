# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the host on request.

::

    timeout [times=N]              the answer to a running command never comes
    goes_away [times=N]            the connection breaks while a command runs
    slow seconds=S [times=N]       a command takes S seconds (WinRM answers "not yet" in between)
    store_unavailable [times=N]    the certificate store cannot be opened
    constrained [times=N]          PowerShell runs in Constrained Language Mode
    blocked [times=N]              a policy forbids scripts
    killed [times=N]               something ends the process: no output, an exit code
    noisy [times=N]                a profile prints before the answer
    cut [times=N]                  the answer breaks off in the middle
    old [times=N]                  a PowerShell older than 5.1
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ..state import SandboxError, connect

ENGINE_KINDS = ("constrained", "blocked", "killed", "noisy", "cut", "old")
KINDS = ("timeout", "goes_away", "slow", "store_unavailable", *ENGINE_KINDS)
_TABLE = "CREATE TABLE IF NOT EXISTS windows_faults (kind TEXT PRIMARY KEY, seconds REAL, remaining INTEGER)"


def put_fault(state: Path, text: str) -> None:
    """Arm one fault; ``times`` (default 1) is how often it strikes."""
    kind, *rest = text.split()
    settings = dict(word.partition("=")[::2] for word in rest)
    if kind not in KINDS or set(settings) - {"times", "seconds"}:
        raise SandboxError(f"Unknown fault {text!r}. Expected one of {', '.join(KINDS)}, with times=N or seconds=S.")
    try:
        seconds, times = float(settings.get("seconds", 0)), int(settings.get("times", 1))
    except ValueError:
        raise SandboxError(f"In {text!r}, times and seconds must be numbers.") from None
    with closing(connect(state)) as connection:
        connection.execute(_TABLE)
        connection.execute("INSERT OR REPLACE INTO windows_faults VALUES (?, ?, ?)", (kind, seconds, times))


def clear_faults(state: Path) -> None:
    """Disarm every fault."""
    with closing(connect(state)) as connection:
        connection.execute(_TABLE)
        connection.execute("DELETE FROM windows_faults")


def strikes(state: Path, kind: str) -> float | None:
    """Whether this fault strikes now: its seconds if it does (and one strike fewer is left), else None."""
    with closing(connect(state)) as connection:
        connection.execute(_TABLE)
        row = connection.execute(
            "UPDATE windows_faults SET remaining = remaining - 1 WHERE kind = ? AND remaining > 0 RETURNING seconds",
            (kind,),
        ).fetchone()
    return None if row is None else float(row["seconds"])
