# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the intake's glue as processes of their own that can be killed (SIGKILL) at any point.

This file is both: the test's side (``Runs``), and the program that it starts. The program forks a process for each run,
which is quicker than starting Python anew and just as dead afterwards.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

#: When a run dies, told by what it is about to do or has just done; each effect with a dossier has all of them.
MOMENTS = (
    "before the claim",
    "after the claim",
    "before the effect leaves",
    "after the effect",
    "before the record",
    "after the record",
)
#: The action that has the effect.
EFFECTS = {
    "application form": "form",
    "follow-up form": "form",
    "document mail": "document",
    "notices": "notices",
    "invitations": "invitations",
    "activation letter": "letter",
}


class Runs:
    """``with Runs() as run: run("form", options, "after the claim")`` is the result, or None when the run was killed;
    ``run.died`` then is the point at which it says that it dies (empty when a clock killed it).

    A point is one of MOMENTS, ``sent N`` (after so many bytes since mark_sending), ``received TEXT`` (when that has
    come in since then) or ``after N ms``. ``pause PATH`` kills nobody: right before the claim the run makes PATH.here
    and waits for PATH.go.
    """

    died = ""

    def __enter__(self) -> Runs:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killed_intake"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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
        self.died = ""
        if result is not None and "died" in result:
            self.died, result = result["died"], None
        assert result is None or "traceback" not in result, result["traceback"]
        return result

    def __call__(self, action: str, options: dict[str, Any], point: str | None = None) -> dict[str, Any] | None:
        self.start(action, options, point)
        return self.wait()


def _die(out: int, point: str) -> None:
    os.write(out, json.dumps({"died": point}).encode())
    os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, before: Callable[[], None] | None, after: Callable[[], None] | None) -> None:
    """Call these right before and right after the function ``name`` of ``owner``."""
    real: Callable[..., Any] = getattr(owner, name)

    def called(*words: Any, **named: Any) -> Any:
        if before:
            before()
        result = real(*words, **named)
        if after:
            after()
        return result

    setattr(owner, name, called)


def _kill_at_moment(action: str, moment: str, die: Callable[[], None]) -> None:
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.claims import Claims
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
    from ansible_collections.gbz.zorgid.plugins.module_utils._mail import smtp_mail
    from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import submit_form

    if action == "letter":
        _kill_letter(DossierStore, moment, die)
    elif moment.endswith("claim"):
        _around(Claims, "claim", *_when(moment, die))
    elif moment.endswith("record"):
        _around(Claims, "mark_done", *_when(moment, die))
    elif action == "form":
        # The dossier is told right before the first byte leaves.
        place = (Claims, "mark_sending") if moment.startswith("before") else (submit_form, "submit")
        _around(*place, None, die)
    else:
        _around(smtp_mail, "send", *_when(moment, die))


def _when(moment: str, die: Callable[[], None]) -> tuple[Callable[[], None] | None, Callable[[], None] | None]:
    return (die, None) if moment.startswith("before") else (None, die)


def _kill_letter(store: Any, moment: str, die: Callable[[], None]) -> None:
    """The claim of the letter is the transaction in which the code is used; the record is that it is destroyed."""
    if moment in ("before the effect leaves", "after the effect"):
        from ansible_collections.gbz.zorgid.plugins.module_utils._activation.code_files import CodeFiles

        _around(CodeFiles, "write", *_when(moment, die))
    elif moment == "before the record":
        from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import secrets

        _around(secrets, "_destroy", die, None)
    elif moment == "after the record":
        # Committed: what overwrites SQLite's log comes right after.
        from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.database import Database

        _around(Database, "forget", die, None)
    elif moment == "before the claim":
        _around(store, "using_secret", die, None)
    else:
        real = store.using_secret

        @contextlib.contextmanager
        def using(*words: Any, **named: Any) -> Any:
            with real(*words, **named) as payload:
                die()
                yield payload

        store.using_secret = using


def _kill_at(action: str, point: str, out: int) -> None:
    """Arrange for this process to die at ``point``."""
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.claims import Claims

    die = functools.partial(_die, out, point)
    if point.startswith("after ") and point.endswith(" ms"):
        # Nothing is told: the thread may strike amid the result.
        timer = threading.Timer(int(point.split()[1]) / 1000, os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
        return
    if point in MOMENTS:
        _kill_at_moment(action, point, die)
        return
    if point.startswith("pause "):
        _around(Claims, "claim", functools.partial(_pause, Path(point.removeprefix("pause "))), None)
        return
    kind, _blank, word = point.partition(" ")
    left = [int(word) if kind == "sent" else 0]
    mark, send, read = Claims.mark_sending, ssl.SSLSocket.send, ssl.SSLSocket.read
    seen = bytearray()

    def sending(self: Any, data: Any, flags: int = 0) -> int:
        part = memoryview(data)[: left[0]]
        count = send(self, part, flags) if part else 0
        left[0] -= count
        if left[0] <= 0:
            die()
        return count

    def reading(self: Any, length: int = 1024, buffer: Any = None) -> Any:
        result = read(self, length, buffer)
        seen.extend(result if buffer is None else bytes(buffer[:result]))
        if word.encode() in seen:
            die()
        return result

    def marking(self: Any, submission: Any) -> Any:
        result = mark(self, submission)
        if kind == "sent":
            ssl.SSLSocket.send = sending  # type: ignore[method-assign,assignment]
        else:
            ssl.SSLSocket.read = reading  # type: ignore[method-assign]
        return result

    Claims.mark_sending = marking  # type: ignore[method-assign]


def _pause(path: Path) -> None:
    path.with_suffix(".here").touch()
    for _turn in range(2000):
        if path.with_suffix(".go").exists():
            return
        time.sleep(0.01)
    raise TimeoutError(path)


class _Action:
    """What employee_invitations looks at of the action around it."""

    check_mode = diff_mode = False
    task_vars: ClassVar[dict[str, Any]] = {}


def _child(action: str, options: dict[str, Any], point: str | None, out: int) -> None:
    from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
    from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_document import send_document
    from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_invitations import send_invitations
    from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_notices import send_notices
    from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.submit_form import submit_form
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import (
        activation_code,
        document_mail,
        form,
        invitations,
        notices,
    )

    if point:
        _kill_at(action, point, out)
    try:
        if action == "invitations":
            command = invitations.command_of(_Action(), options)  # type: ignore[arg-type]  # looks at one attribute only
            result = invitations.result_of(send_invitations(command, check_mode=False))
        elif action == "document":
            mailed = send_document(document_mail.command_of(options), check_mode=False)
            result = document_mail.result_of(mailed, diff_mode=False)
        elif action == "notices":
            reported = send_notices(notices.command_of(options), check_mode=False)
            result = notices.result_of(reported, diff_mode=False)
        elif action == "form":
            result = form.result_of(submit_form(form.command_of(options), check_mode=False), diff_mode=False)
        else:
            outcome = activation_code.carry_out(activation_code.command_of(options), check_mode=False)
            result = activation_code.result_of(outcome, diff_mode=False)
    except ZorgidError as error:
        result = {"error_code": error.code, "msg": str(error), **error.details}
    except Exception:  # noqa: BLE001 - told to the test, which fails on it
        import traceback

        result = {"traceback": traceback.format_exc()}
    os.write(out, json.dumps(result).encode())


def main() -> None:
    for name in ("activation_code", "document_mail", "form", "invitations", "notices"):
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
            reported = stream.read()
        _pid, status = os.waitpid(child, 0)
        dead = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if dead and not reported.startswith(b'{"died"'):
            reported = b"null"
        sys.stdout.write(reported.decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
