# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protects cells of the CSV files that we write and read back. A spreadsheet evaluates a cell that begins like a
formula (OWASP, "CSV injection"), so such a cell gets an apostrophe in front, which makes it text."""

from __future__ import annotations

#: ``|`` and ``%`` are for DDE in old spreadsheets; some input methods type the full-width characters.
_BEGINNINGS = tuple("=+-@|%＝＋－＠")


def protected(cell: str) -> str:
    """``cell`` in a form that is safe in a CSV file. ``unprotected`` removes exactly what this adds."""
    return f"'{cell}" if _computes(cell.lstrip("'")) else cell


def unprotected(cell: str) -> str:
    """``cell`` without the apostrophe that ``protected`` added; ``'t Hooft`` keeps its own."""
    return cell[1:] if cell[:1] == "'" and _computes(cell.lstrip("'")) else cell


def _computes(cell: str) -> bool:
    return cell[:1] in ("\t", "\r", "\n") or cell.lstrip().startswith(_BEGINNINGS)
