# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a person's phone, which holds the identity: the same for every organisation."""

from __future__ import annotations

from typing import Any

from .errors import RefusalError
from .store import now

OUT_OF_USE = ("blocked", "revoked")


def is_active(device: dict[str, Any]) -> bool:
    return not device.get("inactive") and device["state"] not in OUT_OF_USE


def changed_device(device: dict[str, Any], active: bool | None, state: Any) -> dict[str, Any]:
    """The device after a request: block and unblock (active or state), revoke, invite again. For all organisations.

    Without a phone there is nothing to block: then only the identity is inactive.
    """
    current, wanted = device["state"], state
    if state in (None, current):
        if active is None or active == is_active(device):
            return device
        wanted = "active" if active else "blocked"
    if current == "none" and wanted in ("active", "blocked"):
        return {"state": "none", "inactive": True} if wanted == "blocked" else {"state": "none"}
    if wanted == "blocked" and current != "revoked":
        return {"state": "blocked", "since": now(), "before": device.get("before", current)}
    if wanted == "revoked":
        return {"state": "revoked", "since": now()}
    if wanted == "invited" and current in ("none", "revoked"):
        return {"state": "invited", "since": now()}
    if current == "blocked" and wanted in ("active", device.get("before")):
        return {"state": device.get("before", "active"), "since": now()}
    if current == "revoked" and wanted == "active":
        raise RefusalError(400, "A revoked identity enrols again: set device.state to invited first", "mutability")
    raise RefusalError(400, f"A device that is {current} does not become {wanted} by a request", "mutability")
