# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several organisations share is read once per run: a mailbox, a certificate store, the journal as a whole.

Organisations are observed in many processes at once. The first that needs a thing reads it; the others wait, and take
what it wrote down. That is public or a keyed digest, never a secret: whoever reads has its own credentials, and a thing
is the same only when all that it is read with is the same (``key``).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
SharedKey = Mapping[str, Any]


class OncePerRun:
    """``folder``: of this run alone, for its user only, gone when the run ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: SharedKey, read: Callable[[], T]) -> T:
        """What ``read`` gave to the first who asked with this ``key``; it has to be JSON, and it has to catch what can
        be told: an exception is nobody's answer, and the next one reads again."""
        with self.alone(key):
            if self._path(key, "json").exists():
                found: T = self.find(key)
                return found
            value = read()
            self.put(key, value)
        return value

    def get_unless_taken(self, key: SharedKey, read: Callable[[], Any]) -> bool:
        """As ``get``, for whom nobody waits: nothing where somebody is at it, or was. Whether it read."""
        if self._path(key, "json").exists():
            return False
        with contextlib.suppress(BlockingIOError), self.alone(key, wait=False):
            if not self._path(key, "json").exists():
                self.put(key, read())
                return True
        return False

    @contextmanager
    def alone(self, key: SharedKey, *, wait: bool = True) -> Iterator[None]:
        """One process of the run at a time for each ``key``; free again when it ends, however it ends. Raises
        BlockingIOError where another one is and this one does not ``wait``."""
        with self._path(key, "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def find(self, key: SharedKey) -> Any:
        """What somebody wrote down under this ``key``; None: nobody did."""
        try:
            return json.loads(self._path(key, "json").read_text("utf-8"))
        except FileNotFoundError:
            return None

    def put(self, key: SharedKey, value: Any) -> None:
        """For one process at a time: whoever is ``alone``, or whose key is its own."""
        draft = self._path(key, "draft")
        draft.write_text(json.dumps(value), "utf-8")
        draft.replace(self._path(key, "json"))

    def _path(self, key: SharedKey, kind: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()
        return self._folder / f"{name}.{kind}"
