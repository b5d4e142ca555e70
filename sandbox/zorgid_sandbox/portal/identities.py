# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's rules on identities and memberships (use cases HA-002 to HA-013), on plain dicts.

Every function checks everything before it changes anything, so a refused operation leaves no trace.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from .devices import changed_device
from .errors import RefusalError
from .patch import apply
from .store import Identity, Store, Token, new_id, now, person_key
from .views import CORE, EXTENSION, EXTRA, etag, view

ROLES = ("administrator", "operator", "employee")
MULTI_VALUED = frozenset({"emails", "memberships", "attributes"})
_CORE_TYPES = {"userName": str, "externalId": str, "active": bool, "name": dict, "emails": list}
_EXTENSION_TYPES = {"dateOfBirth": str, "memberships": list, "attributes": list, "identification": dict, "device": dict}


def get(store: Store, token: Token, key: str) -> Identity:
    identity = store.identities.get(key)
    if identity is None or token.ura not in identity.document["memberships"]:
        raise RefusalError(404, f"There is no user {key} in organisation {token.ura}")
    return identity


def check_version(identity: Identity, if_match: str | None) -> None:
    if if_match is None or if_match.strip() == "*":
        return
    current = etag(identity.document).removeprefix("W/")
    if current not in [candidate.strip().removeprefix("W/") for candidate in if_match.split(",")]:
        raise RefusalError(412, "The user has changed since it was read; read it again")


# changes --------------------------------------------------------------------------------------------------------------


def create(store: Store, token: Token, data: Any) -> tuple[int, Identity, dict[str, Any] | None]:
    """POST /Users: 201 with a new identity, or 200 with a known person's, linked to the token's organisation.

    The third is what the known person's document was before.
    """
    wanted = _read(data)
    role = _own_role(wanted, token.ura) or "employee"
    _check_role_change(store, token, None, None, role)
    external = wanted.get("externalId")
    if external and (token.ura, external) in store.by_external:
        raise RefusalError(409, "This externalId is already in use in this organisation", "uniqueness")
    extension = wanted.get(EXTENSION) or {}
    if role == "employee" and token.role == "operator":
        check_identification(extension.get("identification"))
    known = _find_known(store, token, wanted)
    if known is not None:
        document = {**known.document, "memberships": dict(known.document["memberships"])}
        document["memberships"][token.ura] = _membership(role, external)
        present = document.get("attributes") or []
        added = [item for item in extension.get("attributes") or [] if item not in present]
        if added:
            document["attributes"] = present + added
        if extension.get("identification") and not document.get("identification"):
            document["identification"] = extension["identification"]
        if document["device"]["state"] in ("none", "revoked"):
            document["device"] = {"state": "invited", "since": now()}
        return 200, store.save(document), known.document
    document = {"id": new_id(), "created": now(), "memberships": {token.ura: _membership(role, external)}}
    name = wanted.get("name") or {}
    # An enrolment is matched on name and date of birth: without them there is nobody to invite yet.
    enrollable = name.get("givenName") and name.get("familyName") and extension.get("dateOfBirth")
    document["device"] = {"state": "invited", "since": document["created"]} if enrollable else {"state": "none"}
    _absorb(store, document, wanted)
    return 201, store.save(document), None


def already_known(store: Store, token: Token, data: Any) -> bool:
    """Whether create would link a person whom the portal knows; RefusalError where create would refuse that person."""
    return _find_known(store, token, _read(data)) is not None


def _membership(role: str, external: Any) -> dict[str, Any]:
    return {"role": role, "externalId": external} if external else {"role": role}


def replace(store: Store, token: Token, identity: Identity, data: Any) -> Identity:
    """PUT: the person's data; a membership changes by PATCH only, so PUT's memberships are ignored."""
    wanted = _read(data)
    wanted.setdefault(EXTENSION, {})["memberships"] = [
        {"ura": token.ura, "role": identity.document["memberships"][token.ura]["role"]}
    ]
    return _change(store, token, identity, wanted)


def patch(store: Store, token: Token, identity: Identity, data: Any) -> Identity | None:
    """PATCH; None when the organisation's own membership was removed (unlinked)."""
    operations = data.get("Operations") if isinstance(data, dict) else None
    before = view(identity, token.ura)
    wanted = apply(before, operations, MULTI_VALUED)
    listed = (wanted.get(EXTENSION) or {}).get("memberships")
    if isinstance(listed, list) and all(isinstance(item, dict) for item in listed):
        # Adding a membership of an organisation that is there already changes its role.
        wanted[EXTENSION]["memberships"] = list({item.get("ura"): item for item in listed}.values())
    if wanted == before:
        return identity
    changed = _change(store, token, identity, wanted)
    return changed if token.ura in changed.document["memberships"] else None


def delete(store: Store, token: Token, identity: Identity) -> None:
    memberships = identity.document["memberships"]
    if len(memberships) > 1:
        raise RefusalError(409, "Other organisations use this identity: unlink it (PATCH remove) instead")
    _check_role_change(store, token, identity, memberships[token.ura]["role"], None)
    store.remove(identity.document["id"])


def _read(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise RefusalError(400, "A user is a JSON object", "invalidSyntax")
    wanted = {key: value for key, value in data.items() if value is not None}
    extension = wanted.get(EXTENSION)
    if extension is not None and not isinstance(extension, dict):
        raise RefusalError(400, f"{EXTENSION} is an object", "invalidValue")
    for types, container in ((_CORE_TYPES, wanted), (_EXTENSION_TYPES, extension or {})):
        for name, kind in types.items():
            value = container.get(name)
            if value is not None and not isinstance(value, kind):
                raise RefusalError(400, f"{name} is not of its type", "invalidValue")
    if not wanted.get("userName") and not (wanted.get("name") or {}).get("familyName"):
        raise RefusalError(400, "A user needs name.familyName or userName", "invalidValue")
    for name in ("emails", "memberships", "attributes"):
        container = wanted if name == "emails" else extension or {}
        if not all(isinstance(item, dict) for item in container.get(name) or ()):
            raise RefusalError(400, f"Every value of {name} is an object", "invalidValue")
    return wanted


def _own_role(wanted: dict[str, Any], ura: str) -> str | None:
    memberships = (wanted.get(EXTENSION) or {}).get("memberships") or []
    if any(item.get("ura") != ura for item in memberships):
        raise RefusalError(403, f"This token may change memberships of organisation {ura} only")
    if len(memberships) > 1:
        raise RefusalError(400, "One membership per organisation", "invalidValue")
    if not memberships:
        return None
    role = memberships[0].get("role", "employee")
    if role not in ROLES:
        raise RefusalError(400, f"role is one of {', '.join(ROLES)}", "invalidValue")
    return str(role)


def _check_role_change(
    store: Store, token: Token, identity: Identity | None, before: str | None, after: str | None
) -> None:
    """Who may do this: an operator touches employees only, and an organisation keeps an administrator."""
    if token.role not in ("administrator", "registrar") and ({before, after} - {"employee", None}):
        raise RefusalError(403, "Only an administrator changes administrators and operators")
    if before == "administrator" and after != "administrator" and identity is not None:
        others = store.administrators.get(token.ura, set()) - {identity.document["id"]}
        if not others:
            raise RefusalError(409, "An organisation keeps at least one administrator; appoint another one first")


def check_identification(identification: Any) -> None:
    """HA-008: an operator registers an employee with a WID check, or names it the employee's own registration."""
    if not isinstance(identification, dict) or identification.get("method") not in ("wid", "self"):
        raise RefusalError(
            400, "Registering an employee by an operator needs identification (method wid or self)", "invalidValue"
        )
    if identification["method"] == "self":
        return
    missing = [
        name for name in ("documentType", "documentExpires", "checkedBy", "checkedAt") if not identification.get(name)
    ]
    if missing:
        raise RefusalError(400, f"identification lacks {', '.join(missing)}", "invalidValue")
    if is_expired(identification["documentExpires"]):
        raise RefusalError(400, "The identity document has expired", "invalidValue")


def is_expired(text: Any) -> bool:
    """Whether an ISO date lies in the past; 400 if it is not a date."""
    try:
        return date.fromisoformat(str(text)[:10]) < datetime.now(UTC).date()
    except ValueError:
        raise RefusalError(400, "documentExpires is a date (YYYY-MM-DD)", "invalidValue") from None


def _find_known(store: Store, token: Token, wanted: dict[str, Any]) -> Identity | None:
    extension = wanted.get(EXTENSION) or {}
    numbers = [
        item["value"]
        for item in extension.get("attributes") or ()
        if item.get("type") == "uziNumber" and isinstance(item.get("value"), str)
    ]
    for number in numbers:
        if number in store.by_uzi:
            identity = store.identities[store.by_uzi[number]]
            if token.ura in identity.document["memberships"]:
                raise RefusalError(409, "This person (UZI number) already belongs to this organisation", "uniqueness")
            return identity
    name = wanted.get("name") or {}
    key = person_key(name.get("givenName"), name.get("familyName"), extension.get("dateOfBirth"))
    found = [store.identities[other] for other in store.by_person.get(key, ())] if key else []
    candidates = []
    for identity in found:
        own = identity.document["memberships"].get(token.ura)
        if own is not None:
            # Twins: another externalId of the same employer means another person.
            if not wanted.get("externalId") or not own.get("externalId"):
                raise RefusalError(409, "This person already belongs to this organisation", "uniqueness")
            continue
        theirs = {
            item.get("value") for item in identity.document.get("attributes") or () if item.get("type") == "uziNumber"
        }
        if numbers and theirs and not theirs & set(numbers):
            continue
        candidates.append(identity)
    if len(candidates) > 1:
        raise RefusalError(409, "Several people have this name and date of birth: give the UZI number", "uniqueness")
    return candidates[0] if candidates else None


def _change(store: Store, token: Token, identity: Identity, wanted: dict[str, Any]) -> Identity:
    wanted = _read(wanted)
    before = identity.document["memberships"][token.ura]
    role = _own_role(wanted, token.ura)
    _check_role_change(store, token, identity, before["role"], role)
    external = wanted.get("externalId")
    if external and store.by_external.get((token.ura, external), identity.document["id"]) != identity.document["id"]:
        raise RefusalError(409, "This externalId is already in use in this organisation", "uniqueness")
    for item in (wanted.get(EXTENSION) or {}).get("attributes") or ():
        if (
            item.get("type") == "uziNumber"
            and store.by_uzi.get(item.get("value"), identity.document["id"]) != (identity.document["id"])
        ):
            raise RefusalError(409, "Another identity has this UZI number", "uniqueness")
    document = {**identity.document, "memberships": dict(identity.document["memberships"])}
    if role is None:
        del document["memberships"][token.ura]
    else:
        document["memberships"][token.ura] = _membership(role, external)
    _absorb(store, document, wanted)
    if {**document} == identity.document:
        return identity
    return store.save(document)


def _absorb(store: Store, document: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Take over a person's data from a checked resource."""
    extension = wanted.get(EXTENSION) or {}
    for names, container in ((CORE, wanted), (EXTRA, extension)):
        for name in names:
            if container.get(name):
                document[name] = container[name]
            else:
                document.pop(name, None)
    document["device"] = changed_device(
        document["device"], wanted.get("active"), (extension.get("device") or {}).get("state")
    )
    user_name = wanted.get("userName")
    if document.get("userName") is None or user_name != document["userName"]:
        document["userName"] = _unique_user_name(store, document, user_name)


def _unique_user_name(store: Store, document: dict[str, Any], asked: str | None) -> str:
    """First name, last name and UZI number; with a number after it if that name is taken."""
    if not asked:
        name = document.get("name") or {}
        number = next(
            (item.get("value") for item in document.get("attributes") or () if item.get("type") == "uziNumber"), None
        )
        asked = " ".join(part for part in (name.get("givenName"), name.get("familyName"), number) if part)
    candidate, count = asked, 1
    while store.by_user_name.get(candidate.casefold(), document["id"]) != document["id"]:
        count += 1
        candidate = f"{asked} {count}"
    return candidate
