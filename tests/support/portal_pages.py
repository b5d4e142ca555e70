# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People with a phone, and a browser that knows nothing but what the portal's pages show (no script runs in it)."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import requests
import zxingcpp
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE
from lxml import html
from PIL import Image
from zorgid_sandbox import portal as service

PIN = "24680"
#: another organisation than LINDE; CHIEF administers LINDE
OTHER = "90000109"
CHIEF = {"first_name": "Vera", "last_name": "Baas", "date_of_birth": "1975-03-09", "email": "v@linde.example"}
DAY = "1988-04-12"
PERSON = {
    "first_name": "Marit",
    "prefix": "de",
    "last_name": "Graaf",
    "date_of_birth": "1975-03-09",
    "email": "marit@thuiszorg.example",
}


def _app(portal: service.RunningPortal, name: str, reported: dict[str, Any]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        root = portal.url.removesuffix("/scim/v2")
        return session.post(f"{root}/app/{name}", json=reported, verify=portal.ca_path, timeout=20)


@dataclass(frozen=True)
class Phone:
    """What a person's phone keeps of an identity."""

    portal: service.RunningPortal
    identity_id: str
    device_key: str
    pin: str = PIN

    def scan(self, payload: str) -> requests.Response:
        """Approve the login whose QR code says `payload`: whoever scans is who is logged in there."""
        reported = {"payload": payload, "device_key": self.device_key, "pin": self.pin}
        return _app(self.portal, "approve", reported)


def activated(portal: service.RunningPortal, ura: str, person: dict[str, str] = PERSON, name: str = "") -> Phone:
    """The phone of a new administrator of the organisation.

    The same person again: one identity in two organisations, and only the phone that was activated last works.
    """
    code = service.issue_activation(portal.state, ura, person, organisation_name=name)
    answer = _app(portal, "activate", {"payload": code, "pin": PIN})
    assert answer.ok, answer.text
    return Phone(portal, answer.json()["identity_id"], answer.json()["device_key"])


def read_qr(image: bytes) -> str:
    """What the QR code in a picture (of the code, or of a whole page) says."""
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image)))
    return code.text


class Browser:
    """A browser and, after `device_key` is set, a phone beside it."""

    def __init__(self, portal: service.RunningPortal, root: str = "") -> None:
        self.portal = portal
        self.root = root or portal.url.removesuffix("/scim/v2")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = portal.ca_path
        self.device_key = ""

    def app(self, name: str, **data: Any) -> requests.Response:
        return self.session.post(f"{self.root}/app/{name}", json=data, timeout=20)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.root + path, timeout=20, **options)

    def tree(self, path: str) -> html.HtmlElement:
        return html.fromstring(self.get(path).content)

    def post(self, page: str, path: str, **fields: str) -> requests.Response:
        """Send the form that stands on a page."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert csrf
        return self.session.post(self.root + path, data={"csrf": csrf[1], **fields}, timeout=20)

    def scan_login(self) -> str:
        assert 'id="login-qr"' in self.get("/portal/login").text
        return read_qr(self.get("/portal/login/qr.png").content)

    def log_in(self, phone: Phone | None = None) -> requests.Response:
        payload = self.scan_login()
        key = phone.device_key if phone else self.device_key
        assert self.app("approve", payload=payload, device_key=key, pin=PIN).ok
        return self.get("/portal/login/wait")


def stored(portal: service.RunningPortal, family: str, ura: str = LINDE) -> dict[str, Any] | None:
    """The member of this last name, as the portal's tables have it."""
    found = [one for one in service.members(portal.state, ura) if one["last_name"] == family]
    return found[0] if found else None


def path_of(portal: service.RunningPortal, family: str) -> str:
    return f"/portal/users/{stored(portal, family)['id']}"


def register(browser: Browser, family: str, **more: str) -> requests.Response:
    fields = {"givenName": "Sanne", "familyName": family, "role": "employee", **more}
    return browser.post("/portal/users/new", "/portal/users", **fields)


def names(tree: html.HtmlElement, what: str) -> list[str]:
    return [re.sub(r"\s+", " ", one.text_content()).strip() for one in tree.xpath(what)]


def headings(answer: requests.Response) -> list[str]:
    return html.fromstring(answer.content).xpath("//h1/text()")
