# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several organisations share is read once per run: a mailbox, a certificate store, the journal as a whole.

Each organisation is observed in a process of its own. The first that needs a thing reads it; the others wait, and take
what it wrote down. That is public or a keyed digest, never a secret: whoever reads has its own credentials, and a thing
is the same only when all that it is read with is the same (``key``).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class OncePerRun:
    """``folder``: of this run alone, for its user only, gone when the run ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: Mapping[str, Any], read: Callable[[], T]) -> T:
        """What ``read`` gave to the first who asked with this ``key``; it has to be JSON, and it has to catch what can
        be told: an exception is nobody's answer, and the next one reads again."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()
        answer = self._folder / f"{name}.json"
        with (self._folder / f"{name}.lock").open("w") as lock:
            # Released when the process ends, however it ends.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if answer.exists():
                found: T = json.loads(answer.read_text("utf-8"))
                return found
            value = read()
            draft = answer.with_suffix(".draft")
            draft.write_text(json.dumps(value), "utf-8")
            draft.replace(answer)
        return value
