# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported list of users."""

from __future__ import annotations

import csv
import io

import orjson

from .html import DEVICES, ROLES
from .page_faults import AS_EVER, Orders
from .registering import ATTRIBUTES, values
from .store import Identity, Store
from .user_pages import User, email_of, role_of, state_of
from .views import EXTENSION, view

COLUMNS = (
    "Gebruikersnaam",
    "Voornaam",
    "Achternaam",
    "Geboortedatum",
    "E-mailadres",
    "Rol",
    "Status",
    "Personeelsnummer",
    "UZI-nummer",
    "Rolcode",
    "AGB-code",
)


def as_ordered(store: Store, ura: str) -> list[User]:
    """The members at the moment at which `export_old` was ordered."""
    rows = store.connection.execute("SELECT document FROM portal_before").fetchall()
    people = [Identity(orjson.loads(row[0])) for row in rows]
    return [view(identity, ura) for identity in people if ura in identity.document["memberships"]]


def table(users: list[User], orders: Orders = AS_EVER) -> tuple[bytes, str]:
    """The exported list as CSV, and its encoding.

    Usually UTF-8 with a byte order mark, semicolons, dates in ISO form.
    """
    order = orders.get("export_form") or {"dates": "yyyy-mm-dd", "encoding": "utf-8-sig", "separator": ";"}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=order["separator"])
    writer.writerow([orders.renamed("export", title) for title in COLUMNS])
    for user in users:
        name, known = user.get("name", {}), values(user)
        birth = str(user[EXTENSION].get("dateOfBirth", ""))
        cells = [
            user["userName"],
            name.get("givenName", ""),
            name.get("familyName", ""),
            "-".join(reversed(birth.split("-"))) if order["dates"] == "dd-mm-jjjj" else birth,
            email_of(user),
            orders.renamed("word", ROLES[role_of(user)]),
            orders.renamed("word", DEVICES[state_of(user)]),
            user.get("externalId", ""),
            *(known.get(kind, "") for kind in ATTRIBUTES),
        ]
        # A spreadsheet would run a cell that starts like a formula.
        writer.writerow([f"'{cell}" if str(cell).startswith(("=", "+", "-", "@", "\t")) else cell for cell in cells])
    return text.getvalue().encode(order["encoding"], "replace"), order["encoding"].removesuffix("-sig")
