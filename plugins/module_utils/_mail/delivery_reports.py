# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports that a mail of ours could not be delivered (RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._common.text import printable
from .content import parts_of
from .text import tidy


def undelivered(mail: Any, raw: bytes, sent: Mapping[str, str]) -> tuple[str, str] | None:
    """Message-ID of our mail and why it did not arrive; None if the report is about something else, or about a mail
    that arrived or still may. ``sent``: the Message-IDs of our mails. They are random, so a server that names one has
    received our mail."""
    # Filtered by their form first: hundreds of organisations have sent thousands of mails.
    ours = next((one for one in map(_decoded, _MESSAGE_ID.findall(raw)) if one in sent), None)
    if ours is None or mail.get_content_type() != "multipart/report":
        return None
    for part in _statuses(mail):
        for block in part.get_payload():
            if str(block.get("Action", "")).strip().lower() == "failed":
                status = f"{block.get('Status', '')} {block.get('Diagnostic-Code', '')}"
                return ours, printable(re.sub(r"[^\s<>()]+@[^\s<>()]+", "…", tidy(status).strip()), 200) or "no reason"
    return None


_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,300}>")


def _decoded(found: bytes) -> str:
    return found.decode("ascii", "replace")


def _statuses(mail: Any) -> list[Any]:
    return [
        part
        for part in parts_of(mail)
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list)
    ]
