# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder on the controller in which files of one kind are written, and removed when no longer needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def safe(text: str) -> str:
    """An external id as part of a file name; different ids give different names."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):x}", text)


class Folder:
    """code, option: the error code and the option for the error if the folder cannot be written."""

    def __init__(self, folder: str | Path, code: str, option: str) -> None:
        self._folder, self._code, self._option = Path(folder), code, option

    def path(self, name: str) -> str:
        return str(self._folder / name)

    def keep(self, files: Mapping[str, bytes], *patterns: str, check_mode: bool = False) -> bool:
        """Write new or different files (0600) and remove others that fit ``patterns``; returns whether anything
        changed."""
        changed = False
        try:
            for name, content in files.items():
                file = self._folder / name
                if not file.exists() or file.read_bytes() != content:
                    changed = True
                    if not check_mode:
                        write_atomic(file, content)
            there = self._folder.is_dir()
            for file in sorted({one for each in patterns for one in self._folder.glob(each)}) if there else []:
                if file.name not in files and file.suffix in (".html", ".csv"):
                    changed = True
                    if not check_mode:
                        file.unlink()
        except OSError as error:
            raise ZorgidError(
                self._code,
                f"The folder given as {self._option} cannot be used",
                expected="a folder on the controller that this user may write to",
                found=in_words(error),
                action=f"correct {self._option}",
            ) from error
        return changed
