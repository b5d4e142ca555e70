# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks personal data for diffs and reports, so that values can still be compared by eye."""

from __future__ import annotations

import re


def mask(value: object) -> str:
    """First letter and length: ``Jansen`` becomes ``J*****``; an empty value stays empty."""
    text = "" if value is None else str(value)
    return text[:1] + "*" * (len(text) - 1)


def mask_email(value: object) -> str:
    """``j.jansen@example.nl`` becomes ``j*******@example.nl``."""
    local, at, domain = str(value or "").partition("@")
    return mask(local) + at + domain


def shown_person(text: str) -> str:
    """A role such as portal_operator unchanged; a person's name masked."""
    return text if re.fullmatch("[a-z]+(_[a-z]+)*", text) else mask(text)
