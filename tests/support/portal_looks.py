# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody with a phone and a browser without script, for the tests of the portal's looks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests
from ansible_collections.gbz.zorgid.tests.support.portal_pages import PERSON, Phone, activated, read_qr
from lxml import html
from zorgid_sandbox import portal as service


class Visitor:
    """Fills in what stands on the page, by the words beside it, and presses what stands there."""

    phone: Phone

    def __init__(self, portal: service.RunningPortal) -> None:
        self.portal, self.root = portal, portal.url.removesuffix("/scim/v2")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = portal.ca_path
        self.answer: Any = None
        self.page: Any = None

    # the phone ------------------------------------------------------------------------------------------------------

    def activate(self, ura: str, name: str, **person: str) -> None:
        self.phone = activated(self.portal, ura, {**PERSON, **person}, name)

    def approve(self, picture: bytes) -> dict[str, Any]:
        """Scan the code in a picture of the login page."""
        answer: dict[str, Any] = self.phone.scan(read_qr(picture)).json()
        return answer

    # the browser ----------------------------------------------------------------------------------------------------

    def get(self, path: str) -> Any:
        return self._shown(self.session.get(urljoin(self.portal.page, path), timeout=20))

    def _shown(self, answer: requests.Response) -> Any:
        self.answer = answer
        self.page = html.fromstring(answer.content) if "html" in answer.headers.get("Content-Type", "") else None
        return answer

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.page.body.text_content().split())

    def follow(self, words: str) -> Any:
        (link,) = [one for one in self.page.iter("a") if " ".join(one.text_content().split()) == words]
        return self.get(urljoin(self.answer.url, link.get("href")))

    def press(self, words: str, **fields: str) -> Any:
        """Fill in fields by their names and press a button."""
        (button,) = [one for one in self.page.iter("button") if one.text_content() == words]
        form = next(button.iterancestors("form"))
        names = {one.get("name") for one in form.iter("input")}
        assert fields.keys() <= names, fields.keys() - names
        data = {**dict(form.form_values()), **fields}
        if button.get("name"):
            data[button.get("name")] = button.get("value")
        target = urljoin(self.answer.url, form.get("action"))
        where = {"params" if form.method == "GET" else "data": data}
        return self._shown(self.session.request(form.method, target, timeout=20, **where))
