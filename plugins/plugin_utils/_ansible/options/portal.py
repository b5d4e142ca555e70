# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an organisation's portal is and how this run may reach it."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "driver": {"type": "str", "choices": ["scim", "worklist"], "default": "scim"},
    "ura": {"type": "raw", "required": True},  # as a text it would hide that YAML read 00000212 as 138
    "portal_url": {"type": "str"},
    "token": {"type": "str", "no_log": True},
    "token_path": {"type": "path", "no_log": False},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "validate_certs": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 30},
    "export_path": {"type": "path"},
}

#: where it is noted what was seen
DOSSIER: dict[str, dict[str, Any]] = {"dossier_url": {"type": "str", "no_log": True}}

#: how a list is read that a system wrote, and where it may lie
LISTS: dict[str, dict[str, Any]] = {
    "list_mapping": {"type": "raw", "no_log": False},  # key in it is a column
    "list_roots": {"type": "list", "elements": "path"},
}

#: where the employees' accounts are listed; one of them
ACCOUNTS: dict[str, dict[str, Any]] = {
    "accounts": {"type": "list", "elements": "dict"},
    "accounts_path": {"type": "path"},
    "accounts_variable": {"type": "str"},
}

#: what the actions that change accounts share
KEEPING: dict[str, dict[str, Any]] = {
    "purge": {"type": "bool", "default": False},
    "max_removals": {"type": "str", "default": "10%"},
    "reactivate": {"type": "bool", "default": False},
    "full": {"type": "bool", "default": False},
    "worklist_dir": {"type": "path"},
}
