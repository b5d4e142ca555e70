# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files on the controller atomically."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def make_folder(path: str | Path) -> None:
    """Make the folder and missing parent folders, each with mode 0700, because their content is private."""
    folder = Path(path)
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)


def write_atomic(path: str | Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write ``data`` to ``path`` in one step: readers see the old file or the new one, never a part.

    Missing parent folders are made (0700). An existing file keeps its owner if the user may set it.
    """
    target = Path(path)
    make_folder(target.parent)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        if target.exists():
            before = target.stat()
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(temporary, before.st_uid, before.st_gid)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
