# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once, each with one of two hosts with the same URA number: both decided before either began."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import remembering
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.carrying import Carrying
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.run_plan import Found
from ansible_collections.gbz.zorgid.tests.support.decisions import FRESH
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW, URA, known_until


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/dossier.sqlite3"


def begun(url: str, name: str, seen: Known) -> Trouble | None:
    """What this host does first, decided from what it has seen, in the dossier as it is now."""
    one = object.__new__(Carrying)
    host = Host(Policy(name), seen, FRESH)
    one._found, one._ura = Found(host), URA
    one._given = {"dossier_url": url, "environment": None}
    with DossierStore.open(url, read_only=True) as store:
        now = dataclasses.replace(seen, host=remembering.remembered_of(store, URA).host)
    return one._take(now, plan(now, host.observed, host.policy, NOW))


def test_the_newcomer_stops_and_the_first_one_goes_on(url: str) -> None:
    DossierStore.open(url).close()
    seen = known_until(None)
    assert seen.host is None
    assert begun(url, "delinde", seen) is None
    assert begun(url, "delinde", seen) is None
    trouble = begun(url, "kopie", seen)
    assert trouble is not None
    assert (trouble.code, "delinde" in trouble.message) == ("ura_of_two_hosts", True)
    with DossierStore.open(url) as store:
        assert store.read(URA).milestones["prepared"].evidence["host"] == "delinde"
    # A person recorded that it was renamed: a run that has seen that takes it over, and one that has not seen it stops.
    renamed = dataclasses.replace(seen, host="delinde")
    assert begun(url, "linde-west", renamed) is None
    stopped = begun(url, "delinde", seen)
    assert stopped is not None
    assert stopped.code == "ura_of_two_hosts"
