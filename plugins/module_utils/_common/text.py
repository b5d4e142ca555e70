# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes untrusted text (from certificates, pages, mails, portals, tables) safe for a terminal, a log or a page."""

from __future__ import annotations

import re

#: An absolute path of two parts or more at the start of a word; not the path of a URL, an XPath, or the portal's
#: interface (``/Users/7``: no folder of a controller's root begins with a capital letter).
_PART = r"""[^\s/"'<>,;:()\[\]@*]+"""
_PATH = re.compile(rf"""(?<![^\s"'(=,;])(?!/[A-Z])~?(?:/{_PART})+/({_PART})(?=:?(?:[\s"'<>,;)]|$))""")


def printable(text: object, most: int = 200) -> str:
    """``text`` in one line of at most ``most`` characters. White space becomes single blanks. Characters that move the
    cursor, change the reading direction or are invisible become ``?``. A longer text ends in ``…``."""
    # Cut first, so that the time does not depend on the length of the input.
    raw = str(text)[: 4 * most + 100]
    line = " ".join(raw.split())
    clean = line if line.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in line)
    return clean if len(clean) <= most and len(str(text)) == len(raw) else clean[: most - 1] + "…"


def without_folders(text: str) -> str:
    """``text`` with each absolute path cut to its last part. A folder is this run's own: the next run may be in another
    container, where the file is in another folder and the text would differ although nothing did."""
    return _PATH.sub(r"\1", text)
