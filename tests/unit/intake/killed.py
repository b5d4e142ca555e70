# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the intake's glue as processes of their own that can be killed (SIGKILL) at any point.

This file is both: the test's side (``Runs``), and the program that it starts. The program forks a process for each run,
which is quicker than starting Python anew and just as dead afterwards.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BOUNDARIES = [f"{when} {what}" for what in ("claim", "mark_sending", "mark_done") for when in ("before", "after")]


class Runs:
    """``with Runs() as run: run("form", options, "after claim")`` is the result, or None when the run was killed.

    A point is a boundary of the store, ``sent N`` (after so many bytes since mark_sending), ``received TEXT`` (when
    that has come in since then) or ``after N ms``.
    """

    def __enter__(self) -> Runs:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_unused: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def start(self, action: str, options: dict[str, Any], point: str | None = None) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([action, options, point]) + "\n")
        self._process.stdin.flush()

    def wait(self) -> dict[str, Any] | None:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the program has died"
        result = json.loads(line)
        assert result is None or "traceback" not in result, result["traceback"]
        return result

    def __call__(self, action: str, options: dict[str, Any], point: str | None = None) -> dict[str, Any] | None:
        self.start(action, options, point)
        return self.wait()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_at(point: str) -> None:
    """Arrange for this process to die at ``point``."""
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

    if point.startswith("after ") and point.endswith(" ms"):
        timer = threading.Timer(int(point.split()[1]) / 1000, _die)
        timer.daemon = True
        timer.start()
        return
    if point in BOUNDARIES:
        when, name = point.split()
        real: Callable[..., Any] = getattr(DossierStore, name)

        def dying(*words: Any, **named: Any) -> Any:
            if when == "before":
                _die()
            result = real(*words, **named)
            _die()
            return result

        setattr(DossierStore, name, dying)
        return
    kind, _blank, word = point.partition(" ")
    left = [int(word) if kind == "sent" else 0]
    mark, send, read = DossierStore.mark_sending, ssl.SSLSocket.send, ssl.SSLSocket.read
    seen = bytearray()

    def sending(self: Any, data: Any, flags: int = 0) -> int:
        part = memoryview(data)[: left[0]]
        count = send(self, part, flags) if part else 0
        left[0] -= count
        if left[0] <= 0:
            _die()
        return count

    def reading(self: Any, length: int = 1024, buffer: Any = None) -> Any:
        result = read(self, length, buffer)
        seen.extend(result if buffer is None else bytes(buffer[:result]))
        if word.encode() in seen:
            _die()
        return result

    def marking(self: Any, submission: Any) -> Any:
        result = mark(self, submission)
        if kind == "sent":
            ssl.SSLSocket.send = sending  # type: ignore[method-assign,assignment]
        else:
            ssl.SSLSocket.read = reading  # type: ignore[method-assign]
        return result

    DossierStore.mark_sending = marking  # type: ignore[method-assign]


def _child(action: str, options: dict[str, Any], point: str | None, out: int) -> None:
    from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.intake import submit_form
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.mail import deliver_document

    if point:
        _kill_at(point)
    work = {"form": submit_form, "document": deliver_document}[action]
    try:
        result = work(options, check_mode=False, diff_mode=False)
    except ZorgidError as error:
        result = {"error_code": error.code, "msg": str(error), **error.details}
    except Exception:  # noqa: BLE001 - told to the test, which fails on it
        import traceback

        result = {"traceback": traceback.format_exc()}
    os.write(out, json.dumps(result).encode())


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    importlib.import_module("conftest")  # makes the collection importable
    for name in ("intake", "mail"):
        importlib.import_module(f"ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.{name}")
    for line in sys.stdin:
        action, options, point = json.loads(line)
        into, out = os.pipe()
        child = os.fork()
        if not child:
            os.close(into)
            _child(action, options, point, out)
            os._exit(0)
        os.close(out)
        with os.fdopen(into, "rb") as stream:
            told = stream.read()
        _pid, status = os.waitpid(child, 0)
        dead = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(("null" if dead else told.decode()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
