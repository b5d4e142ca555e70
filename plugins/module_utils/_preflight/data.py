# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight as data for programs: the task's result, as docs/preflight.md describes it. Pure."""

from __future__ import annotations

from typing import Any

from .._common.text import printable
from .._onboarding.observed import Trouble
from .._onboarding.style import safe_line
from .merging import Preflight

#: Increased when a key is removed or changes its meaning, not when one is added.
FORMAT = 1


def as_data(found: Preflight) -> dict[str, Any]:
    """Every key is always present. Text from others is as on the screen: printable, without addresses, links and
    tokens."""
    return {
        "format": FORMAT,
        "exit_status": found.exit_status,
        "organisations": [
            {
                "host": printable(one.host),
                "name": safe_line(one.name),
                "ura": printable(one.ura, 20),
                "partly": one.partly,
            }
            for one in found.organisations
        ],
        "not_set_up": list(found.absent),
        "lines": [
            {
                "line": line.line,
                "standing": line.standing.value,
                "good": safe_line(line.good),
                "matters": [
                    {
                        "standing": one.standing.value,
                        "says": safe_line(one.says),
                        "hosts": [printable(host) for host in one.hosts],
                        "trouble": _trouble(one.trouble) if one.trouble else None,
                    }
                    for one in line.matters
                ],
            }
            for line in found.lines
        ],
    }


def _trouble(one: Trouble) -> dict[str, str]:
    return {
        "code": one.code,
        "message": safe_line(one.message),
        "expected": safe_line(one.expected, 600),
        "found": safe_line(one.found, 600),
        "action": safe_line(one.action, 600),
    }
