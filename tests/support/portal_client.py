# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with one bearer token, for the tests of the portal."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests
from zorgid_sandbox import portal as service

EXTENSION = "urn:zorgid:scim:schemas:2.0:User"
LINDE, APOTHEEK = "90000101", "90000102"
ORGANISATIONS = {LINDE: "Huisartsenpraktijk De Linde", APOTHEEK: "Apotheek De Vijzel"}
NUMBERS = count(1)


@dataclass
class Client:
    """What a bearer token may do, over real HTTPS."""

    url: str
    ura: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, data: Any = None, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/{path}", json=data, timeout=20, **options)

    def person(self, **more: Any) -> dict[str, Any]:
        """A new employee; more: fields of the extension, or of the core resource."""
        number = next(NUMBERS)
        extension = {"dateOfBirth": "1988-04-12", "memberships": [{"ura": self.ura, "role": "employee"}]}
        core = {"externalId": f"HR-{number}", "name": {"givenName": "Sanne", "familyName": f"van der Berg {number}"}}
        core["emails"] = [{"value": f"sanne{number}@delinde.example", "primary": True}]
        for key, value in more.items():
            (core if key in ("externalId", "name", "userName", "emails", "active") else extension)[key] = value
        return {**core, EXTENSION: extension}

    def create(self, **more: Any) -> dict[str, Any]:
        answer = self.call("POST", "Users", self.person(**more))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def patch(self, user: dict[str, Any], *operations: dict[str, Any], **options: Any) -> requests.Response:
        return self.call("PATCH", f"Users/{user['id']}", {"Operations": list(operations)}, **options)

    def found(self, **query: Any) -> list[str]:
        """The external ids of a list."""
        answer = self.call("GET", "Users", params=query)
        assert answer.status_code == 200, answer.text
        return [user.get("externalId") for user in answer.json()["Resources"]]


def make_client(portal: service.RunningPortal, token: str, ura: str) -> Client:
    client = Client(portal.url, ura)
    client.session.trust_env = False
    client.session.verify = portal.ca_path
    client.session.headers["Authorization"] = f"Bearer {token}"
    return client
