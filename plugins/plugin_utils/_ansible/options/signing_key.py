# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: the place of the UZI server certificate and its private key."""

from __future__ import annotations

from typing import Any

STORE: dict[str, dict[str, Any]] = {
    "store_name": {"type": "str", "default": "My"},
    "store_location": {"type": "str", "choices": ["LocalMachine", "CurrentUser"], "default": "LocalMachine"},
}

TOKEN: dict[str, dict[str, Any]] = {
    "pkcs11_module": {"type": "path"},
    "pkcs11_token": {"type": "str", "no_log": False},
    "pkcs11_pin": {"type": "str", "no_log": True},
    "pkcs11_label": {"type": "str"},
}

OPTIONS: dict[str, dict[str, Any]] = {
    **STORE,
    **TOKEN,
    "source": {"type": "str", "choices": ["windows", "file", "pkcs11"], "default": "windows"},
    "certificate_path": {"type": "path"},
    "key_path": {"type": "path", "no_log": False},
    "passphrase": {"type": "str", "no_log": True},
    "thumbprint": {"type": "str"},
}
