# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The letterhead of everything that people get: the organisation, the portal's address and whom to call."""

from __future__ import annotations

from dataclasses import dataclass

from .organisation import Organisation, Provider
from .text import printable

#: From VZVZ's step plan; the portals of other environments have no address for users.
PORTALS = {"production": "https://productie.zorg-id.nl/portal", "acceptance": "https://acceptatie.zorg-id.nl/portal/"}


@dataclass(frozen=True)
class Letterhead:
    """An empty field is left out of the letter. ``contact``: whom to call, in one line."""

    organisation: str = ""
    portal: str = ""
    contact: str = ""


BLANK = Letterhead()


def of_organisation(organisation: Organisation, environment: str | None) -> Letterhead:
    return Letterhead(
        printable(organisation.name), PORTALS.get(environment or "", ""), contact_of(organisation.provider)
    )


def contact_of(provider: Provider) -> str:
    """The provider's desk, because the readers are the customer's own people."""
    return printable(f"{provider.name}, {provider.phone}, {provider.email}")
