# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation code for the portal administrator: names of its files, and of its contents in the dossier."""

from __future__ import annotations

from typing import Literal

from .._dossier.sealed import ACTIVATION_CODE

Format = Literal["letter", "svg"]
FILES = {
    "png": "activation-qr.png",
    "svg": "activation-qr.svg",
    "letter": "activation-letter.html",
}
KEPT_AS = ACTIVATION_CODE
CODE_FOR = "code_for"
