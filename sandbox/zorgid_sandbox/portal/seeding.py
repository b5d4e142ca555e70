# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many people in a portal that does not run yet, without a request for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..state import State
from .store import Store, new_id, now


def seed_members(
    state: Path,
    ura: str,
    people: list[dict[str, Any]],
    *,
    role: str = "employee",
    device: str = "invited",
    name: str = "",
) -> list[str]:
    """Members of an organisation, written before the portal starts (a running one has read its tables already).

    name: of an organisation that is not there yet. people: first_name, last_name (with prefix), date_of_birth, and if
    known email, external_id, user_name. Returns ids.
    """
    State(state).make()
    store, made = Store(state), []
    try:
        if ura not in store.organisations:
            store.put_organisation({"ura": ura, "name": name or ura, "status": "active"})
        for person in people:
            moment = now()
            wanted = candidate = str(person.get("user_name") or f"{person['first_name']} {person['last_name']}")
            count = 1
            while candidate.casefold() in store.by_user_name:
                count += 1
                candidate = f"{wanted} {count}"
            membership = {"role": role}
            if person.get("external_id"):
                membership["externalId"] = person["external_id"]
            document: dict[str, Any] = {
                "id": new_id(),
                "created": moment,
                "userName": candidate,
                "name": {"givenName": person["first_name"], "familyName": person["last_name"]},
                "dateOfBirth": person["date_of_birth"],
                "memberships": {ura: membership},
                "device": {"state": "none"} if device == "none" else {"state": device, "since": moment},
            }
            if person.get("email"):
                document["emails"] = [{"value": person["email"], "type": "work", "primary": True}]
            made.append(str(store.save(document).document["id"]))
        store.commit()
    finally:
        store.close()
    return made
