# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People whom a list registers in a running portal."""

from __future__ import annotations


def entry(number, **more):
    return {
        "external_id": f"HR-{number}",
        "first_name": "Sanne",
        "prefix": "van der",
        "last_name": f"Berg {number}",
        "date_of_birth": "1988-04-12",
        "email": f"s{number}@linde.example",
        **more,
    }


def people(organisation, count, start=0, **more):
    """Names that no other organisation of the same portal uses, so that nobody is linked by chance."""
    return [
        entry(number, last_name=f"Berg {organisation.ura} {number}", **more) for number in range(start, start + count)
    ]


def another(organisation, portal):
    ura = str(int(organisation.ura) + 100)
    return type(organisation)(portal, ura, portal.tokens[ura])
