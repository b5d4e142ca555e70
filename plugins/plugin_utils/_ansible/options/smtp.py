# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outgoing mail server."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "smtp": {
        "type": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int"},
            "security": {"type": "str", "choices": ["starttls", "tls"], "default": "starttls"},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "access_token": {"type": "str", "no_log": True},
            "client_certificate_path": {"type": "path"},
            "client_key_path": {"type": "path"},
            "sender": {"type": "str", "required": True},
        },
    },
}
