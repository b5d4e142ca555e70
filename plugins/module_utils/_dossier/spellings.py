# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds two dossiers of one organisation: older versions could store a URA number in two spellings."""

from __future__ import annotations

from collections.abc import Iterable

from .._common.errors import ZorgidError
from .._common.text import printable


def two_spellings(uras: Iterable[str]) -> ZorgidError | None:
    """The error ``dossier_twins`` for the first URA number with several spellings; it lists all of them."""
    known: dict[str, list[str]] = {}
    for ura in uras:
        known.setdefault(ura.zfill(8), []).append(ura)
    for digits, spellings in sorted(known.items()):
        if len(spellings) > 1:
            return ZorgidError(
                "dossier_twins",
                f"The organisation {printable(digits)} has several dossiers",
                expected="one dossier for each URA number, regardless of leading zeros",
                found=", ".join(sorted(map(printable, spellings))),
                action="decide which one is right and remove the other one from the tables "
                "(docs/dossier.md, Two dossiers of one organisation), then run again",
            )
    return None
