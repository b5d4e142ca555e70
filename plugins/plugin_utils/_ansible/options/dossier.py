# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the dossiers are kept, and whose is meant."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "dossier_url": {"type": "str", "required": True, "no_log": True},
    "ura": {"type": "str"},
}
