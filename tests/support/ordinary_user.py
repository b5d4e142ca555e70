# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program as an ordinary user at a terminal of 110 columns. As root it becomes ``browser.UID``, for whom this Python
is mounted where others may read it."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .browser import UID


@contextmanager
def users_folder() -> Iterator[Path]:
    """A folder of that user, 0700."""
    folder = Path(tempfile.mkdtemp(prefix="z-"))  # short: see folder.py
    try:
        give(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(folder: Path) -> None:
    """All of it belongs to that user from now on."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, UID, UID, follow_symlinks=False)


def _words(command: Sequence[str]) -> list[str]:
    if os.getuid() != 0:
        return list(command)
    become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs", *command]
    base = Path(sys.base_prefix)
    closed = next((one for one in reversed(base.parents) if not one.stat().st_mode & stat.S_IXOTH), None)
    if closed is None:
        return become
    # In a mount namespace of its own: nothing of this machine changes.
    at, over = shlex.quote(str(base)), shlex.quote(str(closed))
    hidden = f"mount --bind {at} /mnt && mount -t tmpfs -o mode=755 none {over}"
    mounts = f"{hidden} && mkdir -p {at} && mount --move /mnt {at}"
    return ["unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *become]


def at_a_terminal(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, seen: Callable[[str], None]
) -> tuple[int, str]:
    """The exit status, and all that the terminal showed. seen: told all of it whenever there is more."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (60, 110))
    process = subprocess.Popen(
        _words(command), cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    reported = b""
    try:
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # nobody has the other side any more
                break
            if not part:
                break
            reported += part
            seen(reported.decode("utf-8", "ignore").replace("\r", ""))
        return process.wait(60), reported.decode().replace("\r", "")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
