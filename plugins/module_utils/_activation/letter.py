# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The letter to the portal administrator with the activation code in it."""

from __future__ import annotations

import base64

from .._common.html_page import render_page
from .._common.text import printable


def render_letter(
    png: bytes, *, organisation: str, ura: str, recipient: str, portal: str = "", contact: str = ""
) -> bytes:
    """The letter as HTML, in Dutch; to be handed over or printed, not mailed. ``png``: the code as ``qr.render_png``
    draws it."""
    return render_page(
        __package__,
        "letter.html.j2",
        image=base64.b64encode(png).decode(),
        organisation=printable(organisation),
        ura=printable(ura),
        recipient=printable(recipient),
        portal=portal,
        contact=contact,
    )
