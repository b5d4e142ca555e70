# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People with a phone and a browser: activate, log in by scanning, make a token, enrol. They see what people see."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import requests
import zxingcpp
from PIL import Image, UnidentifiedImageError

from .. import tls
from ..state import SandboxError, address
from ..state import connect as connect_sandbox

_TABLES = """
CREATE TABLE IF NOT EXISTS people_phone (identity_id TEXT PRIMARY KEY, device_key TEXT NOT NULL, pin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS people_scan (
    digest TEXT PRIMARY KEY, ura TEXT NOT NULL, identity_id TEXT, refused TEXT);
"""
_SECONDS = 30


class PhoneRefusedError(Exception):
    """The app's error message for its user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def connect(state: Path) -> sqlite3.Connection:
    connection = connect_sandbox(state)
    connection.executescript(_TABLES)
    return connection


def scan(image: bytes) -> str | None:
    """The text of the one QR code in a picture, as a camera reads it; None when there is none."""
    try:
        with Image.open(io.BytesIO(image)) as picture:
            found = zxingcpp.read_barcodes(picture.convert("L"))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    return found[0].text if len(found) == 1 else None


class Device:
    """A phone and a browser in somebody's hands."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.root = str(address(state, "portal")["url"]).removesuffix("/scim/v2")
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.verify = str(tls.ca_path(state))

    def close(self) -> None:
        self.browser.close()

    def app(self, name: str, **data: Any) -> dict[str, Any]:
        answer = self.browser.post(f"{self.root}/app/{name}", json=data, timeout=_SECONDS)
        reported: dict[str, Any] = answer.json()
        if not answer.ok:
            raise PhoneRefusedError(reported["error"], reported["message"])
        return reported

    def activate(self, ura: str, payload: str) -> str:
        """Use the code of VZVZ's mail; the identity that is now on the phone. A code is tried only once."""
        pin, key, known = _pin(), hashlib.sha256(payload.encode()).hexdigest(), None
        with closing(connect(self.state)) as connection:
            known = connection.execute("SELECT * FROM people_scan WHERE digest = ?", (key,)).fetchone()
            if known is not None:
                raise PhoneRefusedError("scanned", known["refused"] or "")
            try:
                done = self.app("activate", payload=payload, pin=pin)
            except PhoneRefusedError as refused:
                connection.execute("INSERT INTO people_scan VALUES (?, ?, NULL, ?)", (key, ura, str(refused)))
                raise
            self._keep(connection, done, pin)
            connection.execute("INSERT INTO people_scan VALUES (?, ?, ?, NULL)", (key, ura, done["identity_id"]))
        return str(done["identity_id"])

    def enrol(self, person: dict[str, Any]) -> None:
        """An invited person installs the app and shows a passport, unless an operator has seen one already."""
        pin = _pin()
        data = {name: person[name] for name in ("ura", "first_name", "last_name", "date_of_birth")}
        if person["identified"] != "wid":
            expires = date.today().replace(day=1, year=date.today().year + 5)
            data["identification"] = {"document_type": "passport", "document_expires": expires.isoformat()}
        done = self.app("enrol", pin=pin, **data)
        with closing(connect(self.state)) as connection:
            self._keep(connection, done, pin)

    @staticmethod
    def _keep(connection: sqlite3.Connection, done: dict[str, Any], pin: str) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO people_phone VALUES (?, ?, ?)", (done["identity_id"], done["device_key"], pin)
        )

    def log_in(self, ura: str, identity_id: str) -> None:
        """Open the portal, scan its QR code with the phone, and choose the organisation."""
        with closing(connect(self.state)) as connection:
            phone = connection.execute("SELECT * FROM people_phone WHERE identity_id = ?", (identity_id,)).fetchone()
        self.browser.cookies.clear()
        page = self._get("/portal/login")
        source = re.search(r'<img id="login-qr" src="([^"]+)"', page.text)
        payload = scan(self._get(source[1]).content) if source else None
        if phone is None or payload is None:
            raise SandboxError("The portal's login page shows no QR code that a phone can read.")
        self.app("approve", payload=payload, device_key=phone["device_key"], pin=phone["pin"])
        page = self._get("/portal/login/wait")
        if f"(URA {ura})" not in page.text:
            self._post("/portal/users", "/portal/organisation", ura=ura)

    def make_token(self, name: str, days: int) -> str:
        page = self._post("/portal/tokens", "/portal/tokens", name=name, days=str(days))
        found = re.search(r'<code id="token">([^<]+)</code>', page.text)
        if found is None:
            raise SandboxError("The portal's page of tokens shows no token.")
        return found[1]

    def _get(self, path: str) -> requests.Response:
        answer = self.browser.get(self.root + path, timeout=_SECONDS)
        answer.raise_for_status()
        return answer

    def _post(self, page: str, path: str, **fields: str) -> requests.Response:
        """Send the form that stands on a page."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self._get(page).text)
        data = {"csrf": csrf[1] if csrf else "", **fields}
        answer = self.browser.post(self.root + path, data=data, timeout=_SECONDS)
        answer.raise_for_status()
        return answer


def _pin() -> str:
    return f"{secrets.randbelow(100_000):05}"


def administrators(state: Path) -> dict[str, str]:
    """URA to the identity on the phone of its portal administrator, as activated last."""
    with closing(connect(state)) as connection:
        rows = connection.execute(
            "SELECT ura, identity_id FROM people_scan WHERE identity_id IS NOT NULL ORDER BY rowid"
        ).fetchall()
    return {row["ura"]: row["identity_id"] for row in rows}
