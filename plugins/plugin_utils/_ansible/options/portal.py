# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: an organisation's portal and the access to it."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "driver": {"type": "str", "choices": ["scim", "worklist", "browser"], "default": "scim"},
    "ura": {"type": "raw", "required": True},  # raw, because a text would hide that YAML read 00000212 as 138
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

#: the driver browser
BROWSER: dict[str, dict[str, Any]] = {
    "map_path": {"type": "path"},
    "permission_path": {"type": "path"},
    "permission_key_path": {"type": "path", "no_log": False},  # the public half
    "portal_person": {"type": "str"},
    "portal_people": {"type": "dict", "default": {}},
    "browser_path": {"type": "path"},
    "max_changes": {"type": "int", "default": 50},
    "login_timeout": {"type": "int", "default": 300},
    "keep_session": {"type": "int", "default": 0},
    "diagnose": {"type": "bool", "default": False},
}

#: a session in a browser that changes nothing
LOOKING: dict[str, dict[str, Any]] = {
    name: {**OPTIONS, **BROWSER}[name]
    for name in (
        *("ura", "ca_path", "client_cert", "client_key", "validate_certs", "timeout"),
        *("browser_path", "login_timeout", "diagnose"),
    )
}

#: the dossier that records what was seen
DOSSIER: dict[str, dict[str, Any]] = {"dossier_url": {"type": "str", "no_log": True}}

#: how to read a list from another system, and where it may be
LISTS: dict[str, dict[str, Any]] = {
    "list_mapping": {"type": "raw", "no_log": False},  # "key" in it is a column
    "list_roots": {"type": "list", "elements": "path"},
}

#: the list of employees' accounts; one of these options
ACCOUNTS: dict[str, dict[str, Any]] = {
    "accounts": {"type": "list", "elements": "dict"},
    "accounts_path": {"type": "path"},
    "accounts_variable": {"type": "str"},
}

#: common options of the actions that change accounts
KEEPING: dict[str, dict[str, Any]] = {
    "purge": {"type": "bool", "default": False},
    "max_removals": {"type": "str", "default": "10%"},
    "reactivate": {"type": "bool", "default": False},
    "full": {"type": "bool", "default": False},
    "worklist_dir": {"type": "path"},
    "organisation_name": {"type": "str"},
    "contact": {"type": "str"},
}
