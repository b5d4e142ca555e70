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
