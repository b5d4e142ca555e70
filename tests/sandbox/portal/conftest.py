# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal in a process of its own, with two organisations and a client per token."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.gbz.zorgid.tests.support.portal_client import (
    APOTHEEK,
    LINDE,
    ORGANISATIONS,
    Client,
    make_client,
    service,
)
from ansible_collections.gbz.zorgid.tests.support.portal_pages import CHIEF, DAY, OTHER, Browser, Phone, activated


@dataclass
class World:
    portal: service.RunningPortal
    linde: Client
    apotheek: Client
    operator: Client
    registrar: Client


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    state = tmp_path_factory.mktemp("portal")
    operators = service.seed(state, ORGANISATIONS, "operator")
    registrars = service.seed(state, ORGANISATIONS, "registrar")
    with service.running(state, ORGANISATIONS) as portal:
        yield World(
            portal,
            make_client(portal, portal.tokens[LINDE], LINDE),
            make_client(portal, portal.tokens[APOTHEEK], APOTHEEK),
            make_client(portal, operators[LINDE], LINDE),
            make_client(portal, registrars[LINDE], LINDE),
        )


@pytest.fixture
def fault(world):
    """Order a fault; all of them end with the test."""
    yield lambda line: service.put_fault(world.portal.state, line)
    service.clear_faults(world.portal.state)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    state = tmp_path_factory.mktemp("portal")
    names = [{"first_name": "Jan", "last_name": f"Jansen {number}", "date_of_birth": DAY} for number in range(60)]
    service.seed_members(state, LINDE, names, device="active")
    known = {"first_name": "Noor", "last_name": "Bekend", "date_of_birth": DAY}
    service.seed_members(state, OTHER, [known])
    with service.running(state, ORGANISATIONS) as running:
        yield running


@pytest.fixture(scope="module")
def phone(portal) -> Phone:
    return activated(portal, LINDE, CHIEF)


@pytest.fixture(scope="module")
def browser(portal, phone) -> Browser:
    person = Browser(portal)
    assert "Gebruikers" in person.log_in(phone).text
    return person


@pytest.fixture
def order(portal):
    """Order a behaviour; all of them end with the test."""
    yield lambda line: service.put_fault(portal.state, line)
    service.clear_faults(portal.state)
