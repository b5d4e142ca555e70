# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people between the steps: VZVZ's desk, the portal administrator, the representative, the employees.

``act`` does once everything that they would do now; ``outcome`` is the state reached, from the sandbox's own tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import requests

from ..state import SandboxError
from . import desk, organisation
from .outcome import outcome

__all__ = ["act", "outcome"]


def act(state: Path, *, handed: Path, inventory: Path | None, vault_password_file: Path | None) -> Iterator[str]:
    """Let everybody do what they can do now; one line for each action, or one line that there is nothing to do.

    handed: folder of the files that the GBZ gives to people, ``<URA>/activation-qr.png``. inventory: where the portal's
    tokens go, encrypted with vault_password_file.
    """
    if inventory is not None and vault_password_file is None:
        raise SandboxError("A token is written only encrypted: give --vault-password-file with --inventory.")
    idle = True
    try:
        for line in _all(state, handed, inventory, vault_password_file):
            idle = False
            yield line
    except requests.RequestException as error:
        raise SandboxError(f"The portal does not answer as people expect: {type(error).__name__}.") from None
    if idle:
        yield "Nobody has anything to do."


def _all(state: Path, handed: Path, inventory: Path | None, vault: Path | None) -> Iterator[str]:
    yield from desk.act(state)
    yield from organisation.administrators_activate(state, handed)
    if inventory is not None and vault is not None:
        yield from organisation.administrators_make_tokens(state, inventory, vault)
    yield from organisation.people_enrol(state)
    yield from organisation.notices_are_read(state)
