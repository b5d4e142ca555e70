# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: trust and timeout for TLS connections to servers."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
}
