# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain lines on A4 as PDF, with text that can be searched and copied."""

from __future__ import annotations

import ctypes
import io
import textwrap
import unicodedata
from collections.abc import Iterable
from typing import Any

from .._common.libraries import needs

with needs("pypdfium2>=4.30"):
    import pypdfium2
    import pypdfium2.raw as pdfium

_WIDTH, _HEIGHT, _MARGIN = 595, 842, 50
# Style: font, size, characters that fit in a line whatever they are.
_STYLES = {"title": (b"Helvetica-Bold", 15, 50), "text": (b"Helvetica", 10, 80), "value": (b"Courier-Bold", 11, 75)}


def printable(text: str) -> bool:
    """Whether the fonts that every PDF reader has can show it (cp1252); others would have to be shipped.

    Control characters cannot be seen, and one of them would end the text.
    """
    if any(unicodedata.category(letter) == "Cc" and not letter.isspace() for letter in text):
        return False
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def to_pdf(lines: Iterable[tuple[str, str]]) -> bytes:
    """``lines``: style (title, text, value) and text, each below the one before; long ones are wrapped."""
    document = pypdfium2.PdfDocument.new()
    try:
        page, y = document.new_page(_WIDTH, _HEIGHT), float(_HEIGHT - _MARGIN)
        for style, text in lines:
            font, size, most = _STYLES[style]
            for part in textwrap.wrap(text, most, break_on_hyphens=False) or [""]:
                y -= size * 1.4
                if y < _MARGIN:
                    page.gen_content()
                    page, y = document.new_page(_WIDTH, _HEIGHT), _HEIGHT - _MARGIN - size * 1.4
                _write(document, page, font, size, y, part)
        page.gen_content()
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()
    finally:
        document.close()


def _write(document: Any, page: Any, font: bytes, size: int, y: float, text: str) -> None:
    written = pdfium.FPDFPageObj_NewTextObj(document.raw, font, size)
    buffer = ctypes.create_string_buffer(f"{text}\0".encode("utf-16-le"))
    pdfium.FPDFText_SetText(written, ctypes.cast(buffer, pdfium.FPDF_WIDESTRING))
    pdfium.FPDFPageObj_Transform(written, 1, 0, 0, 1, _MARGIN, y)
    pdfium.FPDFPage_InsertObject(page.raw, written)
