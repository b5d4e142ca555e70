# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: where certificates are read, and which of them are selected."""

from __future__ import annotations

from typing import Any

from .signing_key import STORE, TOKEN

OPTIONS: dict[str, dict[str, Any]] = {
    **STORE,
    **TOKEN,
    "path": {"type": "list", "elements": "path"},
    "passphrase": {"type": "str", "no_log": True},
    "ura": {"type": "str"},
    "thumbprint": {"type": "str"},
    "subject": {"type": "str"},
    "all": {"type": "bool", "default": False},
}
