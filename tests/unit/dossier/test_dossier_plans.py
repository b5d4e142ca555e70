# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that wait for an approval, in the dossier: used once, for four hours, by one of two runs."""

from __future__ import annotations

import concurrent.futures
import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.plans import By
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

DIGEST = "0123456789abcdef" * 2
ASKS, APPROVES = By("requesting_team", "workflow job 7"), By("approving_team")
START = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC)


def code_of(call) -> str:
    with pytest.raises(ZorgidError) as found:
        call()
    return found.value.code


def events(store):
    return [(one["event"], one["payload"]) for one in store.export()["journal"]]


def test_a_plan_is_used_once(store):
    assert code_of(lambda: store.plans.use(DIGEST, APPROVES)) == "plan_unknown"
    kept = store.plans.keep(DIGEST, "run", {"tag": "digests"}, ASKS)
    assert store.plans.find(DIGEST) == kept
    assert store.plans.use(DIGEST, APPROVES).by == ASKS
    assert code_of(lambda: store.plans.use(DIGEST, APPROVES)) == "plan_used"
    assert code_of(lambda: store.plans.find(DIGEST)) == "plan_used"
    assert code_of(lambda: store.plans.use("f" * 32, APPROVES)) == "plan_unknown"
    # Asked for once more, it may be approved once more.
    store.plans.keep(DIGEST, "run", {}, ASKS)
    store.plans.use(DIGEST, APPROVES)
    check = store.verify_journal()
    assert check.valid, check.message


@pytest.mark.parametrize(("minutes", "code"), [(240, None), (241, "plan_expired")])
def test_a_plan_is_valid_for_four_hours(tmp_path, monkeypatch, minutes, code):
    # On PostgreSQL the server's clock is used, which a test cannot change.
    with DossierStore.open(f"sqlite:///{tmp_path}/dossier.sqlite3") as store:
        monkeypatch.setattr(database, "stored_now", lambda: START.isoformat())
        assert store.plans.keep(DIGEST, "run", {}, ASKS).until == "2026-11-26T13:00:00+00:00"
        later = (START + datetime.timedelta(minutes=minutes)).isoformat()
        monkeypatch.setattr(database, "stored_now", lambda: later)
        if code:
            assert code_of(lambda: store.plans.use(DIGEST, APPROVES)) == code
        else:
            assert store.plans.use(DIGEST, APPROVES).digest == DIGEST


def test_who_asked_and_who_approved_stay_and_the_rest_goes(tmp_path, monkeypatch):
    with DossierStore.open(f"sqlite:///{tmp_path}/dossier.sqlite3") as store:
        monkeypatch.setattr(database, "stored_now", lambda: START.isoformat())
        store.plans.keep(DIGEST, "run", {"tag": "digests"}, ASKS)
        store.plans.use(DIGEST, APPROVES)
        later = (START + datetime.timedelta(hours=5)).isoformat()
        monkeypatch.setattr(database, "stored_now", lambda: later)
        store.plans.keep("f" * 32, "run", {"tag": "others"}, ASKS)
        found = events(store)
        assert [event for event, _payload in found] == [
            "plan_kept",
            "plan_hosts",
            "plan_used",
            "erased",
            "plan_kept",
            "plan_hosts",
        ]
        assert found[0][1] == {"digest": DIGEST, "by": "requesting_team", "job": "workflow job 7"}
        assert found[1][1] is None
        assert found[2][1] == {"digest": DIGEST, "by": "approving_team", "requester": "requesting_team"}
        check = store.verify_journal()
        assert check.valid, check.message


def test_only_one_of_two_runs_uses_it(url):
    with DossierStore.open(url) as store:
        store.plans.keep(DIGEST, "run", {}, ASKS)

    def use(number: int) -> str:
        with DossierStore.open(url) as mine:
            try:
                mine.plans.use(DIGEST, By(f"run_{number}"))
            except ZorgidError as error:
                return error.code
        return "used"

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(use, range(6))) == [*["plan_used"] * 5, "used"]


def test_check_mode_records_nothing(url):
    with DossierStore.open(url) as store:
        store.plans.keep(DIGEST, "run", {}, ASKS)
        before = events(store)
    with DossierStore.open(url, read_only=True) as store:
        store.plans.keep("f" * 32, "run", {}, ASKS)
        assert store.plans.use(DIGEST, APPROVES).digest == DIGEST
        assert events(store) == before
        assert code_of(lambda: store.plans.find("f" * 32)) == "plan_unknown"


def test_the_place_in_the_journal_is_each_organisations_own(store):
    assert store.plans.place("90000101") == 0
    store.register("90000101", "De Linde")
    store.register("90000202", "Het Anker")
    first, second = store.plans.place("90000101"), store.plans.place("90000202")
    assert 0 < first < second
    store.plans.keep(DIGEST, "run", {}, ASKS)
    store.set_milestone("90000202", "prepared", "done")
    assert store.plans.place("90000101") == first
    assert store.plans.place("90000202") > second


def test_a_persons_name_can_be_erased(store):
    store.register("90000101", "De Linde")
    store.plans.keep(DIGEST, "run", {}, By("Jan Jansen"))
    store.erasure.erase("90000101", subject="Jan Jansen", by="technical_administrator")
    assert "Jansen" not in str(events(store))
    assert code_of(lambda: store.plans.find(DIGEST)) == "plan_unknown"
