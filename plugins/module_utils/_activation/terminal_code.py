# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A QR code as text for a terminal. Black on white by colours of its own, so that it is the same on a dark and on a
light background. What it contains is a secret for one use: only ``gbz.zorgid.portal_login`` shows it, and only on a
terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._common.libraries import demand, needs

with needs("qrcode>=8"):
    import qrcode

#: Light modules around the code; the standard's.
_QUIET = 4
#: White and black of the 256 colours, which no theme changes.
_WHITE, _BLACK, _END = "231", "16", "\x1b[0m"


def drawn(text: str, *, width: int, signs: bool) -> str | None:
    """None if it is wider than ``width`` columns. signs: the terminal shows half blocks, so that a module is one
    column; otherwise two."""
    demand()
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, border=_QUIET)
    code.add_data(text.encode())
    code.make(fit=True)
    rows: Sequence[Sequence[bool]] = code.get_matrix()
    if len(rows) * (1 if signs else 2) > width:
        return None
    return "\n".join(_by_halves(rows) if signs else _by_blanks(rows))


def _by_halves(rows: Sequence[Sequence[bool]]) -> Iterator[str]:
    """Two rows of modules in each line. The upper half block is the upper one's colour, its background the lower's."""
    white = [False] * len(rows[0])
    for number in range(0, len(rows), 2):
        above, below = rows[number], rows[number + 1] if number + 1 < len(rows) else white
        line, colour = "", ""
        for pair in zip(above, below, strict=True):
            wanted = _colours(*pair)
            line += f"{wanted}▀" if wanted != colour else "▀"
            colour = wanted
        yield line + _END


def _colours(above: bool, below: bool) -> str:
    upper, lower = (_BLACK if dark else _WHITE for dark in (above, below))
    return f"\x1b[38;5;{upper};48;5;{lower}m"


def _by_blanks(rows: Sequence[Sequence[bool]]) -> Iterator[str]:
    for row in rows:
        line, colour = "", ""
        for dark in row:
            wanted = f"\x1b[48;5;{_BLACK if dark else _WHITE}m"
            line += f"{wanted}  " if wanted != colour else "  "
            colour = wanted
        yield line + _END
