# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which process has a claim, and whether it still runs."""

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
        """Whether the process has certainly ended. That is only known of a process on the same host as ``here``."""
        if self.host != here.host or self == here:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        started = _started(self.pid)
        # None: it runs, but this user may not see its start time. If the pid was reused, the start time differs.
        return started is not None and started != self.started


def this_process() -> Owner:
    return Owner(_host(), os.getpid(), _started(os.getpid()) or "")


def _host() -> str:
    """Host name, boot id and pid namespace: two containers with one host name do not see each other's processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot = namespace = ""
    return f"{socket.gethostname()}|{boot}|{namespace}"


def _started(pid: int) -> str | None:
    """The process's start time; empty for a zombie process, None if it is unknown."""
    try:
        # The name in brackets may itself contain blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] in "ZX" else fields[19]
