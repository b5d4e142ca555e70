# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Optional import of third-party libraries.

A collection's file must import without its libraries (ansible-test sanity "import"), and a user without them must be
told which one to install. So each file imports them inside ``with needs("lxml>=5.2"):``, and the actions ask
``missing()`` before they start.
"""

from __future__ import annotations

import importlib.metadata
import re
from contextlib import AbstractContextManager
from types import TracebackType

_MISSING: dict[str, str] = {}


class needs(AbstractContextManager[None]):  # noqa: N801 - reads as a sentence where it is used
    """Run imports; remember the requirement (a PEP 508 string such as ``lxml>=5.2``) when they fail."""

    def __init__(self, requirement: str) -> None:
        self._requirement = requirement

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, ImportError):
            _MISSING[self._requirement] = str(error)
            return True
        return False


def missing() -> list[str]:
    """One sentence for each library that could not be imported: name, what is needed, what was found."""
    told = []
    for requirement, why in sorted(_MISSING.items()):
        name = re.split(r"[<>=!~\[ ]", requirement, maxsplit=1)[0]
        try:
            found = f"version {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        told.append(f"{name} (needed: {requirement}, found: {found}; {why})")
    return told
