# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of this machine, by number and time of start."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def started(pid: int) -> int | None:
    """When this process was started, in the kernel's ticks; None: there is no such process. A number is used again
    after a while, a number with its start is not."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    words = line.rpartition(")")[2].split()
    return None if words[0] in "ZX" else int(words[19])


def family(pid: int) -> dict[int, int]:
    """Number -> start of this process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(words[1]), []).append(int(folder.name))
    found, todo = {}, [pid]
    while todo:
        one = todo.pop()
        start = started(one)
        if start is not None:
            found[one] = start
        todo += parents.get(one, [])
    return found


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
