# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: how a certificate is checked: environment, CA certificates, revocation."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "environment": {"type": "str", "choices": ["production", "acceptance", "test", "own"]},
    "trust_anchors": {"type": "path"},
    "intermediates": {"type": "path"},
    "crls": {"type": "list", "elements": "path"},
    "revocation": {"type": "str", "choices": ["require", "prefer", "off"]},
    "at": {"type": "str"},
    "expiry_warning_days": {"type": "int", "default": 60},
}
