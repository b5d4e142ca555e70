# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the code of a login to the person at this terminal; without a terminal, as a file that only this user reads.

The code is in no result, log or event. What looks like a terminal and is recorded as a job's output (ansible-runner,
AWX, a pipeline) counts as none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ansible.utils.display import Display

from ...module_utils._activation.terminal_code import drawn
from ...module_utils._onboarding.widths import WIDTH
from .onboarding import showing

#: Set by ansible-runner and by AWX, whose jobs have a terminal that nobody sits at; and by pipelines.
_RECORDED: Final = ("AWX_ISOLATED_DATA_DIR", "LAUNCHED_BY_RUNNER", "RUNNER_OMIT_EVENTS", "CI")


def _is_terminal() -> bool:
    try:
        return os.isatty(1)
    except OSError:
        return False


#: Ansible imports an action in its main process, which has the terminal, before it forks the process that runs it.
_HAS_TERMINAL: Final = _is_terminal()


def at_terminal() -> bool:
    """Whether a person reads the output on a terminal, and nothing else does."""
    if showing.for_programs() or any(os.environ.get(name) for name in _RECORDED):
        return False
    return _HAS_TERMINAL and os.environ.get("TERM", "dumb") != "dumb"


def show_private(text: str) -> None:
    """Show it on the terminal and in no log file. The caller has asked ``at_terminal``."""
    Display().display(text, screen_only=True)


class LoginCode:
    """``browser_login.Show``: called with each new code. The image file is replaced, and removed at the end."""

    def __init__(self, intro: str) -> None:
        self._intro, self._folder = intro, Path()

    def __call__(self, png: bytes, text: str) -> None:
        # Ansible's main process has measured the terminal; a code that does not fit would be wrapped.
        width = min(WIDTH, Display().columns + 1)
        drawing = drawn(text, width=width, signs=showing.style().signs) if at_terminal() else None
        if drawing:
            show_private(f"{self._intro}\n\n{drawing}\n")
            return
        if not self._folder.name:
            # 0700, of this user
            self._folder = Path(tempfile.mkdtemp(prefix="zorgid-login-", dir=os.environ.get("XDG_RUNTIME_DIR")))
        path = self._folder / "code.png"
        handle, name = tempfile.mkstemp(dir=self._folder)  # 0600
        with os.fdopen(handle, "wb") as stream:
            stream.write(png)
        Path(name).replace(path)
        showing.show(f"{self._intro}\n  the code is in {path} on this machine (only you can read it)")

    def close(self) -> None:
        if self._folder.name:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = Path()


@contextlib.contextmanager
def login_code(intro: str) -> Iterator[LoginCode]:
    code = LoginCode(intro)
    try:
        yield code
    finally:
        code.close()
