# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads shared things once per run: a mailbox, a certificate store, the whole journal.

Organisations are observed in many processes at the same time. The first process that needs a thing reads it; the others
wait and use the written result. The result is public or a keyed digest, never a secret. Things are shared only if
everything with which they are read is the same (``key``), including credentials.
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
    """``folder``: of this run only, with permissions for its user only, deleted at the end of the run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: SharedKey, read: Callable[[], T]) -> T:
        """The result of ``read`` for the first caller with this ``key``. It has to be JSON. ``read`` should return
        expected errors as a result: after an exception, the next caller reads again."""
        with self.alone(key):
            if self._path(key, "json").exists():
                found: T = self.find(key)
                return found
            value = read()
            self.put(key, value)
        return value

    def get_unless_taken(self, key: SharedKey, read: Callable[[], Any]) -> bool:
        """As ``get``, but without waiting: does nothing if another process reads or has read it. Returns whether it
        read."""
        if self._path(key, "json").exists():
            return False
        with contextlib.suppress(BlockingIOError), self.alone(key, wait=False):
            if not self._path(key, "json").exists():
                self.put(key, read())
                return True
        return False

    @contextmanager
    def alone(self, key: SharedKey, *, wait: bool = True) -> Iterator[None]:
        """A lock for each ``key`` between the processes of the run; released when the process ends in any way. Raises
        BlockingIOError if another process has it and ``wait`` is False."""
        with self._path(key, "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def find(self, key: SharedKey) -> Any:
        """The written result for this ``key``; None if there is none."""
        try:
            return json.loads(self._path(key, "json").read_text("utf-8"))
        except FileNotFoundError:
            return None

    def put(self, key: SharedKey, value: Any) -> None:
        """Call it from one process at a time: inside ``alone``, or with a key that no other process uses."""
        draft = self._path(key, "draft")
        draft.write_text(json.dumps(value), "utf-8")
        draft.replace(self._path(key, "json"))

    def _path(self, key: SharedKey, kind: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()
        return self._folder / f"{name}.{kind}"
