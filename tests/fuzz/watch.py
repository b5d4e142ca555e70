# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An input that does not come to an end: judged by the processor's seconds, never by the clock alone.

Either it works (a timer of the processor's time ends the process, even inside a regular expression), or it waits inside
the collection (a thread sees that it does not work at all). On a busy machine it does neither, and goes on.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import places
from .places import tell
from .rule import obey

#: seconds of work, or of the clock without any work; what costs more than two seconds of work is found by the rule
HANG = 60.0
#: seconds of work in the time of ``HANG`` below which the process waits: a starved one still gets more
WAITS = 0.05
_MOST = 1 << 20
_OURS = f"{os.sep}plugins{os.sep}"


def current(name: str, way: str) -> Path:
    """The file that holds the input at hand: its length in eight bytes, then its bytes."""
    return places.CACHE / f"{name}-{way}.current"


def read_current(name: str, way: str) -> bytes:
    raw = current(name, way).read_bytes() if current(name, way).exists() else b""
    return raw[8 : 8 + int.from_bytes(raw[:8], "big")]


class Watch:
    """One for each run; ``obey`` is the rule under its eyes."""

    def __init__(self, name: str, way: str) -> None:
        self._name, self._way = name, way
        self._runs, self._data = 0, b""
        self._main = threading.get_ident()
        self._busy = False
        path = current(name, way)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(8 + _MOST))
        with path.open("r+b") as stream:
            # Who is ended by a signal says nothing more, and writing a file for each input takes longer than the input.
            self._map = mmap.mmap(stream.fileno(), 8 + _MOST)
        # First the frames, then the end that the system has for this signal.
        faulthandler.register(signal.SIGPROF, chain=True)
        threading.Thread(target=self._look, daemon=True).start()

    def obey(self, target: Callable[[bytes], object], data: bytes) -> None:
        held = data[:_MOST]
        self._map[: 8 + len(held)] = len(held).to_bytes(8, "big") + held
        self._runs, self._data, self._busy = self._runs + 1, data, True
        signal.setitimer(signal.ITIMER_PROF, HANG)
        try:
            obey(target, data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._busy = False

    def _look(self) -> None:
        while True:
            runs, work = self._runs, time.process_time()
            time.sleep(HANG)
            waited = time.process_time() - work < WAITS
            place = self._place()
            if self._busy and runs and runs == self._runs and waited and place:
                found = f"waits without an end ({place})"
                tell(self._name, self._way, runs, found, self._data)
                faulthandler.dump_traceback()
                os._exit(1)

    def _place(self) -> str:
        """The innermost frame of the collection in which the input is; empty when it is in none."""
        frame = sys._current_frames().get(self._main)
        while frame is not None:
            if _OURS in frame.f_code.co_filename:
                return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
            frame = frame.f_back
        return ""
