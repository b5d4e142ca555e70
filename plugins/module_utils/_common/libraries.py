# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Optional import of third-party libraries.

A collection's file must be importable without its libraries (ansible-test sanity "import"), and a user without them
needs a message about what to install. So each file imports them inside ``with needs("lxml>=5.2"):``, and the actions
call ``demand()`` before they start.
"""

from __future__ import annotations

import importlib.metadata
import re
from contextlib import AbstractContextManager
from types import TracebackType

from .errors import ZorgidError

_MISSING: dict[str, str] = {}


class needs(AbstractContextManager[None]):  # noqa: N801 - reads as a sentence where it is used
    """Run imports; store the requirement (a PEP 508 string such as ``lxml>=5.2``) if they fail."""

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
    """One sentence for each library that could not be imported: name, required version, found version."""
    sentences = []
    for requirement, why in sorted(_MISSING.items()):
        name = re.split(r"[<>=!~\[ ]", requirement, maxsplit=1)[0]
        try:
            found = f"version {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            found = "none"
        sentences.append(f"{name} (needed: {requirement}, found: {found}; {why})")
    return sentences


def demand() -> None:
    """Raise ``library_missing`` unless every import so far succeeded."""
    absent = missing()
    if absent:
        raise ZorgidError(
            "library_missing",
            f"This action needs Python libraries on the controller: {'; '.join(absent)}",
            action="install them into the Python that runs Ansible: "
            "python -m pip install -r meta/ee-requirements.txt of the collection gbz.zorgid",
        )
