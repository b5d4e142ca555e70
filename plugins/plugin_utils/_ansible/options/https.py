# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every action that talks TLS to a server outside trusts it and how long it waits."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
}
