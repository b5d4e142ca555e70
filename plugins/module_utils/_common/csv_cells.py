# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells of the CSV files that we write and read back: a spreadsheet computes what begins like a formula (OWASP, "CSV
injection"), so such a cell gets an apostrophe, which makes it text."""

from __future__ import annotations

#: ``|`` and ``%`` for DDE in old spreadsheets; the full-width ones are what some input methods type
_BEGINNINGS = tuple("=+-@|%＝＋－＠")


def protected(cell: str) -> str:
    """``cell`` as it may stand in a CSV file. ``unprotected`` takes away exactly what this adds."""
    return f"'{cell}" if _computes(cell.lstrip("'")) else cell


def unprotected(cell: str) -> str:
    """``cell`` without the apostrophe that ``protected`` put before it; ``'t Hooft`` keeps its own."""
    return cell[1:] if cell[:1] == "'" and _computes(cell.lstrip("'")) else cell


def _computes(cell: str) -> bool:
    return cell[:1] in ("\t", "\r", "\n") or cell.lstrip().startswith(_BEGINNINGS)
