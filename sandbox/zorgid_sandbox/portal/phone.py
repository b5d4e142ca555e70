# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phone's side: activate with the QR of VZVZ's mail, approve a login, enrol an invited employee."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..state import record
from .errors import RefusalError
from .identities import is_expired
from .store import Store, connect, digest, now, person_key, transaction

LOGIN_SECONDS = 300


class PhoneRefusalError(Exception):
    """The app's error for its user: a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def issue_activation(state: Path, ura: str, person: dict[str, Any], organisation_name: str = "") -> str:
    """What VZVZ's desk does after the follow-up form: a one-time code for the portal administrator's phone.

    person: first_name, prefix (optional), last_name, date_of_birth, email. Returns the text for the QR code.
    """
    code = secrets.token_urlsafe(24)
    connection = connect(state)
    try:
        connection.execute(
            "INSERT INTO portal_activation (code_hash, ura, organisation_name, person, issued) VALUES (?, ?, ?, ?, ?)",
            (digest(code), ura, organisation_name or ura, json.dumps(person), now()),
        )
    finally:
        connection.close()
    return f"zorgid://activate?code={code}"


def full_last_name(person: dict[str, Any]) -> str:
    return " ".join(part for part in (person.get("prefix"), person.get("last_name")) if part)


class Phone:
    """Endpoints under /app, over one store. approved: login challenge → identity, read by the pages."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.approved: dict[str, str] = {}
        self.waiting: dict[str, float] = {}

    def routes(self) -> list[Route]:
        return [
            Route(f"/app/{name}", self._endpoint(act), methods=["POST"])
            for name, act in (("activate", self.activate), ("approve", self.approve), ("enrol", self.enrol))
        ]

    def _endpoint(self, act: Any) -> Any:
        async def endpoint(request: Request) -> JSONResponse:
            try:
                data = json.loads(await request.body())
                if not isinstance(data, dict):
                    raise PhoneRefusalError(400, "payload_invalid", "The body is a JSON object.")
                result = act(data)
                self.store.commit()
                if act != self.approve:
                    record(
                        self.store.state,
                        "portal",
                        act.__name__,
                        f"URA {result['ura']}, identity {result['identity_id']}",
                    )
                return JSONResponse(result)
            except ValueError:
                return JSONResponse({"error": "payload_invalid", "message": "The body is not JSON."}, 400)
            except PhoneRefusalError as refused:
                return JSONResponse({"error": refused.code, "message": str(refused)}, refused.status)

        return endpoint

    def await_login(self, challenge: str) -> None:
        """Record that a login page shows this challenge; it expires after five minutes."""
        self.waiting[challenge] = time.monotonic() + LOGIN_SECONDS

    def activate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Step "Activate": the code of the mailed QR makes the person administrator of the organisation, once."""
        code, pin = self._scanned(data, "activate", "code"), self._pin(data)
        row = self.store.connection.execute(
            "SELECT ura, organisation_name, person, used FROM portal_activation WHERE code_hash = ?", (digest(code),)
        ).fetchone()
        if row is None:
            raise PhoneRefusalError(400, "payload_invalid", "This code was not issued by VZVZ.")
        ura, organisation, person, used = row
        if used:
            raise PhoneRefusalError(409, "code_used", "This code was used before; VZVZ can issue a new one.")
        person = json.loads(person)
        if ura not in self.store.organisations:
            self.store.put_organisation({"ura": ura, "name": organisation, "status": "active"})
        document = self._person_document(person)
        document["memberships"] = {**document["memberships"], ura: {"role": "administrator"}}
        document["device"] = {"state": "active", "since": now()}
        self.store.save(document)
        with transaction(self.store.connection):
            self.store.connection.execute(
                "UPDATE portal_activation SET used = ? WHERE code_hash = ?", (now(), digest(code))
            )
        return self._enrolled(document["id"], ura, pin)

    def _person_document(self, person: dict[str, Any]) -> dict[str, Any]:
        given, family = str(person["first_name"]), full_last_name(person)
        known = self.store.by_person.get(person_key(given, family, person.get("date_of_birth")) or ("", "", ""))
        if known:
            return dict(self.store.identities[next(iter(known))].document)
        moment, name = now(), f"{given} {family}"
        candidate, count = name, 1
        while candidate.casefold() in self.store.by_user_name:
            count += 1
            candidate = f"{name} {count}"
        return {
            "id": str(uuid.uuid4()),
            "created": moment,
            "userName": candidate,
            "name": {"givenName": given, "familyName": family},
            "emails": [{"value": person["email"], "primary": True}] if person.get("email") else [],
            "dateOfBirth": person.get("date_of_birth"),
            "identification": {"method": "self", "checkedAt": moment},
            "memberships": {},
        }

    def approve(self, data: dict[str, Any]) -> dict[str, Any]:
        """Scanning the QR on the login page: the person of this phone is logged in there."""
        challenge = self._scanned(data, "login", "challenge")
        row = self.store.connection.execute(
            "SELECT identity_id, pin_hash FROM portal_phone WHERE key_hash = ?", (digest(str(data.get("device_key"))),)
        ).fetchone()
        if row is None or row[0] not in self.store.identities:
            raise PhoneRefusalError(403, "device_unknown", "This phone holds no identity (any more).")
        if not hmac.compare_digest(row[1], self._pin_digest(row[0], self._pin(data))):
            raise PhoneRefusalError(403, "pin_wrong", "The PIN is wrong.")
        if self.store.identities[row[0]].document["device"]["state"] != "active":
            raise PhoneRefusalError(403, "device_blocked", "The identity on this phone is not active.")
        if self.waiting.pop(challenge, 0.0) < time.monotonic():
            raise PhoneRefusalError(409, "login_expired", "This login is over; open the login page again.")
        self.approved[challenge] = row[0]
        return {"approved": True}

    def enrol(self, data: dict[str, Any]) -> dict[str, Any]:
        """An invited employee installs the app: matched on URA, first name, last name and date of birth."""
        pin, ura = self._pin(data), str(data.get("ura"))
        key = person_key(data.get("first_name"), full_last_name(data), data.get("date_of_birth"))
        found = [
            self.store.identities[other].document
            for other in self.store.by_person.get(key or ("", "", ""), ())
            if ura in self.store.identities[other].document["memberships"]
        ]
        invited = [document for document in found if document["device"]["state"] == "invited"]
        if not found:
            raise PhoneRefusalError(404, "person_unknown", "Nobody of this name and date of birth is registered there.")
        if not invited:
            if found[0]["device"]["state"] == "active":
                raise PhoneRefusalError(409, "already_active", "This identity is active already.")
            raise PhoneRefusalError(409, "not_invited", "This identity is not invited to enrol.")
        document = dict(invited[0])
        if (document.get("identification") or {}).get("method") != "wid":
            own = data.get("identification") or {}
            if not (own.get("document_type") and own.get("document_expires")):
                raise PhoneRefusalError(422, "identification_required", "Identify yourself in the app first.")
            try:
                expired = is_expired(own["document_expires"])
            except RefusalError as refused:
                raise PhoneRefusalError(422, "identification_required", refused.detail) from None
            if expired:
                raise PhoneRefusalError(422, "identification_expired", "The identity document has expired.")
            document["identification"] = {
                "method": "self",
                "documentType": str(own["document_type"]),
                "documentExpires": str(own["document_expires"]),
                "checkedAt": now(),
            }
        document["device"] = {"state": "active", "since": now()}
        self.store.save(document)
        return self._enrolled(document["id"], ura, pin)

    def _enrolled(self, identity_id: str, ura: str, pin: str) -> dict[str, Any]:
        self.store.commit()
        device_key = secrets.token_urlsafe(32)
        self.store.connection.execute(
            "INSERT OR REPLACE INTO portal_phone VALUES (?, ?, ?)",
            (identity_id, digest(device_key), self._pin_digest(identity_id, pin)),
        )
        return {"identity_id": identity_id, "device_key": device_key, "ura": ura, "state": "active"}

    def _pin(self, data: dict[str, Any]) -> str:
        pin = data.get("pin")
        if not isinstance(pin, str) or not re.fullmatch(r"[0-9]{5}", pin):
            raise PhoneRefusalError(400, "pin_invalid", "A PIN has five digits.")
        return pin

    @staticmethod
    def _pin_digest(identity_id: str, pin: str) -> str:
        return digest(f"{identity_id}:{pin}")

    @staticmethod
    def _scanned(data: dict[str, Any], action: str, name: str) -> str:
        parts = urlsplit(str(data.get("payload", "")))
        value = parse_qs(parts.query).get(name, [""])[0]
        if parts.scheme != "zorgid" or parts.netloc != action or not value:
            raise PhoneRefusalError(400, "payload_invalid", f"This is not a QR code to {action}.")
        return value
