# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote (certificates, pages, mails, portals, tables), made fit for a terminal, a log or a page."""

from __future__ import annotations


def printable(text: object, most: int = 200) -> str:
    """``text`` in one line of at most ``most`` characters: white space as single blanks, and everything that moves a
    cursor, turns the direction of reading or cannot be seen as ``?``. Longer text ends in ``…``."""
    # Cut before work is done on it: what is shown is never long, whatever was sent.
    raw = str(text)[: 4 * most + 100]
    line = " ".join(raw.split())
    clean = line if line.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in line)
    return clean if len(clean) <= most and len(str(text)) == len(raw) else clean[: most - 1] + "…"
