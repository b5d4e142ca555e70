# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change in a form that may be shown: before and after, with personal data masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.masking import mask, mask_email
from . import model
from .model import Change

_OPEN = ("external_id", "role", "role_code", "agb_code")


def masked(name: str, value: Any) -> Any:
    """A field for diffs and results: personal data masked."""
    if value is None:
        return None
    value = model.clean(str(value))
    if name in _OPEN:
        return value
    return mask_email(value) if name == "email" else mask(value)


def before_and_after(change: Change, *, full: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """State of one account before and after the change; masked unless ``full``."""

    def say(name: str, value: Any) -> Any:
        if not full:
            return masked(name, value)
        return model.clean(value) if isinstance(value, str) else value

    if change.status == model.UNLINKED:
        return {"member": True, "role": change.actual["role"] if change.actual else None}, {"member": False}
    if change.actual is None:
        account: Mapping[str, Any] = change.wanted
        names = [name for name in model.FIELDS if name in account and name not in ("identification", "state")]
        fields = {str(name): say(name, account[name]) for name in names}
        return {"member": False}, {"member": True, **fields}
    before = {name: say(name, pair[0]) for name, pair in change.fields.items()}
    after = {name: say(name, pair[1]) for name, pair in change.fields.items()}
    if change.device:
        before["device"] = change.actual["device"] if change.actual.get("active", True) else "blocked"
        after["device"] = change.device
    return before, after
