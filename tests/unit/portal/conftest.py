# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's portal in a process of its own, with a driver per organisation."""

from __future__ import annotations

from itertools import count

import pytest
import requests
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimSettings
from zorgid_sandbox import portal as service

URA = count(90000201)


class Organisation:
    """A fresh organisation of a running portal."""

    def __init__(self, portal, ura, token):
        self.portal, self.ura, self.token = portal, ura, token

    def driver(self, **more):
        settings = {"token": self.token, "ca_path": self.portal.ca_path, "timeout": 5, **more}
        return ScimDriver(ScimSettings(self.portal.url, **settings))

    def fault(self, line):
        service.put_fault(self.portal.state, line)

    def enrol(self, account):
        """As the app of an invited person does it."""
        names = ("first_name", "prefix", "last_name", "date_of_birth")
        card = {"document_type": "passport", "document_expires": "2099-05-01"}
        reported = {name: account.get(name) for name in names}
        reported |= {"ura": self.ura, "pin": "13579", "identification": card}
        root = self.portal.url.removesuffix("/scim/v2")
        assert requests.post(f"{root}/app/enrol", json=reported, verify=self.portal.ca_path, timeout=10).ok

    def members(self):
        return service.members(self.portal.state, self.ura)


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    uras = {str(90000201 + number): f"Organisatie {number}" for number in range(200)}
    with service.running(tmp_path_factory.mktemp("portal"), uras) as running:
        yield running


@pytest.fixture
def organisation(portal):
    ura = str(next(URA))
    yield Organisation(portal, ura, portal.tokens[ura])
    service.clear_faults(portal.state)
