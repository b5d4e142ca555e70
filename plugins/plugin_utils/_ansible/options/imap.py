# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: the mailbox that receives VZVZ's answers, and the trusted senders."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "imap": {
        "type": "dict",
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int"},
            "security": {"type": "str", "choices": ["tls", "starttls"], "default": "tls"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "no_log": True},
            "access_token": {"type": "str", "no_log": True},
            "folder": {"type": "str", "default": "INBOX"},
        },
    },
    "allowed_senders": {"type": "list", "elements": "str", "default": ["zorg-id@vzvz.nl"]},
    "allowed_link_hosts": {"type": "list", "elements": "str", "default": ["fd2.formdesk.com/vzvz/"]},
    "authentication": {"type": "str", "choices": ["none", "authentication_results", "dkim"], "default": "none"},
    "authentication_server": {"type": "str"},
    "texts": {"type": "dict", "default": {}},
}
