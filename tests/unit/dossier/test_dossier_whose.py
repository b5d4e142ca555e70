# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a dossier is: said at its first use, looked at whenever it is opened, and later only by a person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, together

LINDE = {"environment": "production", "tenant": "zorggroep-linde"}
OTHER = {"environment": "production", "tenant": "zorggroep-els"}


def refused(url, **options):
    with pytest.raises(ZorgidError) as caught:
        DossierStore.open(url, **options)
    return caught.value.code


def claimed(store):
    return store.claim(URA, "application_form", "d" * 64, per_digest=False)


def test_written_at_the_first_use_and_checked_at_every_opening(url):
    with DossierStore.open(url, **LINDE) as store:
        assert (store.whose.environment, store.whose.tenant) == ("production", "zorggroep-linde")
        assert claimed(store).state == "intended"
        assert [row["event"] for row in store.export()["journal"]][:1] == ["dossier_used"]
    for read_only in (False, True):
        assert refused(url, **OTHER, read_only=read_only) == "dossier_tenant_differs"
        assert refused(url, environment="production", read_only=read_only) == "dossier_tenant_differs"
        assert refused(url, read_only=read_only) == "dossier_tenant_differs"
        wrong = {**LINDE, "environment": "acceptance"}
        assert refused(url, **wrong, read_only=read_only) == "dossier_environment_differs"
        # Who does not say the environment is not asked for it.
        DossierStore.open(url, tenant=LINDE["tenant"], read_only=read_only).close()
    with pytest.raises(ZorgidError) as caught:
        DossierStore.migrate(url, read_only=False, environment="production", tenant=OTHER["tenant"])
    assert caught.value.code == "dossier_tenant_differs"


def test_a_reader_writes_nothing_at_the_first_use(url):
    with DossierStore.open(url, read_only=True, **LINDE):
        pass
    with DossierStore.open(url, **OTHER) as store:
        assert store.whose.tenant == "zorggroep-els"


def test_no_tenant_at_the_first_use_is_the_only_customer(url):
    with DossierStore.open(url, environment="production") as store:
        assert store.whose.tenant == ""
        store.register(URA, "De Linde")
    # Records of somebody: naming a customer for them is a person's word, never a side effect of a run.
    assert refused(url, **LINDE) == "dossier_tenant_differs"
    with DossierStore.open(url, **LINDE, adopts=True) as store:
        assert store.whose.tenant == ""
        assert store.adopt(by="technical_administrator").after["tenant"] == "zorggroep-linde"
        assert claimed(store).state == "intended"
    assert refused(url, environment="production") == "dossier_tenant_differs"
    assert refused(url, **OTHER, adopts=True) == "dossier_tenant_differs"


def test_a_dossier_that_was_used_before_the_environment_was_said(url):
    with DossierStore.open(url) as store:
        store.register(URA, "De Linde")
        # Who never says an environment has only one.
        assert claimed(store).state == "intended"
    with DossierStore.open(url, environment="production") as store:
        assert store.whose.environment is None
        assert store.note(URA, "seen", by="a").changed
        with pytest.raises(ZorgidError) as caught:
            claimed(store)
        assert caught.value.code == "dossier_whose_unknown"
        assert caught.value.message.endswith("belongs: it was used before the environment was set")
        assert caught.value.found == "a dossier without environment, and a run with environment production"
        assert store.adopt(by="technical_administrator").after == {"environment": "production", "tenant": ""}
        assert claimed(store).state == "intended"
    assert refused(url, environment="acceptance") == "dossier_environment_differs"


def first_use(number, barrier, url):
    environment = ("acceptance", "production")[number % 2]
    barrier.wait()
    try:
        with DossierStore.open(url, environment=environment) as store:
            store.register(f"{90000200 + number}", "De Linde")
            return environment
    except ZorgidError as error:
        return error.code


def test_two_race_for_the_first_use_and_one_wins(url):
    reported = together(8, first_use, url)
    with DossierStore.open(url) as store:
        winner = store.whose.environment
        assert sorted(reported) == sorted([winner] * 4 + ["dossier_environment_differs"] * 4)
        assert len(store.read_all()) == 4
        assert [row["event"] for row in store.export()["journal"]].count("dossier_used") == 1
        assert store.verify_journal().valid


def test_adopted_by_another_while_a_run_was_at_it(url):
    with DossierStore.open(url) as store:
        store.register(URA, "De Linde")
    with DossierStore.open(url, environment="acceptance") as slow:
        with DossierStore.open(url, environment="production", adopts=True) as other:
            other.adopt(by="technical_administrator")
        with pytest.raises(ZorgidError) as caught:
            claimed(slow)
        assert caught.value.code == "dossier_environment_differs"


def test_a_word_for_nothing_said_and_a_row_that_was_changed_by_hand(store, url):
    with pytest.raises(ZorgidError) as caught:
        store.adopt(by="technical_administrator")
    assert caught.value.code == "options_invalid"
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.update(schema.dossier).values(environment="\x1b[2Jprod"))
    assert refused(url, environment="production") == "dossier_damaged"
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.delete(schema.dossier))
    assert refused(url) == "dossier_damaged"


@pytest.mark.parametrize("key", [None, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])
@pytest.mark.parametrize("tenant", [None, 'zorggroep "de linde": noord, {x}'])
def test_the_error_holds_the_task_that_says_whose_it_is(url, tenant, key):
    """What stands in the message, typed as it is, is the word that is asked for."""
    with DossierStore.open(url, key=key) as store:
        store.register(URA, "De Linde")
    with (
        DossierStore.open(url, environment="production", tenant=tenant, key=key) as store,
        pytest.raises(ZorgidError) as caught,
    ):
        claimed(store)
    task = yaml.safe_load(caught.value.action.partition(": ")[2])["gbz.zorgid.dossier"]
    assert task.pop("dossier_url") == "{{ dossier_url }}"
    assert task.pop("dossier_key", None) == ("{{ dossier_key }}" if key else None)
    assert task.pop("dossier_tenant", None) == tenant
    assert task == {"adopt": True, "environment": "production", "attested_by": "technical_administrator"}
    with DossierStore.open(url, environment=task["environment"], tenant=tenant, key=key, adopts=True) as store:
        assert store.adopt(by=task["attested_by"]).changed
    with DossierStore.open(url, environment="production", tenant=tenant, key=key) as store:
        assert claimed(store).state == "intended"
