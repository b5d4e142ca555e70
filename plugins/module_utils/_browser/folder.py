# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private folder of one browser, in memory where there is a tmpfs, and the lock: one browser at a time.

    <tmpfs>/zorgid-<uid>/lock             who has the browser; locked while it runs
    <tmpfs>/zorgid-<uid>/<pid>-<start>    0700: profile, downloads, what Playwright writes; numbers in hexadecimal

Whoever gets the lock removes the folders of runs that were killed: their process, by number and time of start, is gone.
The names are short because the browser makes a socket in there, whose path has at most 107 characters.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.trouble import in_words
from .processes import started

_RUN = re.compile(r"([0-9a-f]+)-([0-9a-f]+)")
#: free bytes without which a tmpfs is not used: containers often have 64 MiB
_ENOUGH = 256 * 1024 * 1024
_LONGEST = 40
_PARTS = ("home", "t", "downloads")


def _places(uid: int) -> Iterator[Path]:
    for text in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm", tempfile.gettempdir()):  # noqa: S108 - 0700, ours
        place = Path(text) if text else None
        if place and place.is_dir() and os.access(place, os.W_OK | os.X_OK):
            room = os.statvfs(place)
            base = place / f"zorgid-{uid}"
            if room.f_bavail * room.f_frsize >= _ENOUGH and len(os.fsencode(base)) <= _LONGEST:
                yield base


class Folder:
    """The folder of this run, and the lock, from ``__init__`` until ``close``. uid: whose it is.

    Errors: ``browser_busy``, ``file_inaccessible``."""

    def __init__(self, uid: int) -> None:
        base = _base(uid)
        lock = base / "lock"
        try:
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            if os.geteuid() == 0 and os.fstat(self._lock).st_nlink == 1:
                # Else that user could not run a browser any more.
                os.fchown(self._lock, uid, -1)
        except OSError as error:
            raise _not_ours(lock, error) from error
        self.path = Path()
        try:
            self._take()
            _remove_abandoned(base)
            self.path = self._make(base, uid)
        except OSError as error:
            self.close()
            raise _not_ours(base, error) from error
        except BaseException:
            self.close()
            raise

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip()
            raise ZorgidError(
                "browser_busy",
                "Another run on this controller has the browser",
                expected="one browser at a time for each user of the controller",
                found=f"process {holder}" if holder.isdecimal() else "a process that starts or ends just now",
                action="wait until that run has ended (the browser of a killed run needs some seconds), then run again",
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode("ascii"), 0)

    @staticmethod
    def _make(base: Path, uid: int) -> Path:
        path = base / f"{os.getpid():x}-{started(os.getpid()) or 0:x}"
        remove(path)
        for one in (path, *(path / part for part in _PARTS)):
            one.mkdir(mode=0o700)
            os.chown(one, uid, -1)
        return path

    def close(self) -> None:
        """Remove the folder, give the lock back; also more than once."""
        if self.path != Path():
            remove(self.path)
            self.path = Path()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _remove_abandoned(base: Path) -> None:
    for one in base.iterdir():
        run = _RUN.fullmatch(one.name)
        if run and started(int(run[1], 16)) != int(run[2], 16):
            remove(one)


def remove(folder: Path) -> None:
    """Remove it, also while a dying browser still writes into it."""
    for _round in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def _base(uid: int) -> Path:
    """The first base folder that is this user's own. Error: ``file_inaccessible``."""
    others = []
    for base in _places(uid):
        try:
            base.mkdir(mode=0o700, exist_ok=True)
            found = base.lstat()
            if os.geteuid() == 0 and found.st_uid == 0:
                os.chown(base, uid, -1, follow_symlinks=False)
                found = base.lstat()
        except OSError as error:
            others.append(f"{base}: {in_words(error)}")
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077:
            return base
        # Another user may have made it, to read what is in it.
        others.append(f"{base} {_whose(base)}")
    raise ZorgidError(
        "file_inaccessible",
        "The browser has no private folder to work in",
        expected="XDG_RUNTIME_DIR, /dev/shm or the temporary folder, where this user may write, with 256 MiB free, "
        "a short path, and no folder of that name of another user",
        found="; ".join(others) or "none of them",
        action="remove what is named here, as the user it belongs to, or make room in one of the three",
    )


def _not_ours(path: Path, error: OSError) -> ZorgidError:
    return ZorgidError(
        "file_inaccessible",
        f"The browser's private folder {path.parent if path.name == 'lock' else path} cannot be used",
        expected="a folder in which this user may write everything",
        found=f"{path} {_whose(path)}: {in_words(error)}",
        action="when no browser of this collection runs, remove that folder, as the user it belongs to",
    )


def _whose(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "cannot be looked at"
    try:
        name = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        name = str(found.st_uid)
    kind = "" if stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode) else "is no ordinary file or folder, "
    return f"{kind}belongs to user {name} (mode {stat.S_IMODE(found.st_mode):04o})"
