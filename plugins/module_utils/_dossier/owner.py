# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a claim, and whether that process still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    host: str
    pid: int
    started: str

    def dead(self, here: Owner) -> bool:
        """Known to be gone: only a process of this host can be, seen from ``here``."""
        if self.host != here.host or self == here:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        started = _started(self.pid)
        # None: it lives, but this user may not see more of it. The pid may have gone round; then its start differs.
        return started is not None and started != self.started


def this_process() -> Owner:
    return Owner(_host(), os.getpid(), _started(os.getpid()) or "")


def _host() -> str:
    """Name, boot and pid namespace: two containers with one host name do not see each other's processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot = namespace = ""
    return f"{socket.gethostname()}|{boot}|{namespace}"


def _started(pid: int) -> str | None:
    """The process's start time, empty for one that has died and waits to be reaped, None where it cannot be told."""
    try:
        # The name in brackets may hold blanks and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] in "ZX" else fields[19]
