# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list's entries and a portal's members for a plan, and what the plan makes of them."""

from __future__ import annotations

from datetime import date

from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.planner import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules


def entry(number=1, **more):
    return {
        "external_id": f"HR-{number}",
        "first_name": "Sanne",
        "prefix": "van der",
        "last_name": f"Berg{number}",
        "date_of_birth": "1988-04-12",
        "email": f"s{number}@linde.example",
        **more,
    }


def member(number=1, **more):
    return {
        "id": f"id-{number}",
        "version": "1",
        "external_id": f"HR-{number}",
        "first_name": "Sanne",
        "last_name": f"van der Berg{number}",
        "date_of_birth": "1988-04-12",
        "email": f"s{number}@linde.example",
        "attributes": {},
        "role": "employee",
        "device": "active",
        "active": True,
        **more,
    }


def planned(entries, members, administrators=False, **rules):
    return plan(
        desired.from_list(entries, administrators=administrators),
        members,
        Rules("90000101", today=date(2026, 11, 24), **rules),
    )


def statuses(result, count=1):
    unchanged = dict.fromkeys(range(1, count + 1), "unchanged")
    settled = {number: item.code or item.status for number, item in result.settled.items()}
    return unchanged | settled | {change.position: change.status for change in result.changes}


class Whatever(str):
    """The word of a person who agrees to any list, where a test is not about that word."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = str.__hash__
