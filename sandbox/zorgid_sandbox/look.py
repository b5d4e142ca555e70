# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which look the portal's pages have. Not in the portal, because the command line starts without its libraries."""

from __future__ import annotations

from pathlib import Path

from .state import SandboxError, State, write

#: look → where its first page is
HOMES = {"classic": "/portal", "wizard": "/zorgid-beheer", "spa": "/mijnzorgid"}
LOOKS = tuple(HOMES)


def _file(state: Path) -> Path:
    return State(state).root / "portal" / "look"


def choose(state: Path, look: str | None) -> None:
    """What the next start of the portal shows; None: the classic pages."""
    _file(state).unlink(missing_ok=True)
    if look is not None:
        write(_file(state), f"{look}\n")


def chosen(state: Path) -> str:
    look = _file(state).read_text(encoding="utf-8").strip() if _file(state).exists() else "classic"
    if look not in LOOKS:
        raise SandboxError(f"The portal has no look {look!r}, but {', '.join(LOOKS)}.")
    return look
