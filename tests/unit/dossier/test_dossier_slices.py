# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several runs decide together in one dossier: whose an organisation is, how much is sent, who reads a mailbox."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.limits import DayLimit
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import RunBounds
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import day_limits
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, together

KEY = "7vQhXo2nJ9Lr0c5bWm3Zt8sKfYd1uPgAeRiNxEkTj4U="
RUNS = 8


def taken(number, barrier, url):
    barrier.wait()
    with DossierStore.open(url) as store:
        return store.take(URA, f"host{number}", "De Linde", seen=None)


def test_of_many_hosts_with_one_number_one_is_first(url):
    with DossierStore.open(url) as store:
        store.register("90000999", "Another")
    reported = together(RUNS, taken, url)
    (first,) = [f"host{number}" for number, other in enumerate(reported) if other is None]
    assert {other for other in reported if other} == {first}
    with DossierStore.open(url) as store:
        assert store.read(URA).milestones["prepared"].evidence == {"host": first, "name": "De Linde"}
        before = store.verify_journal().rows
        # It stays its own, and costs nothing then.
        assert store.take(URA, first, "De Linde", seen=None) is None
        assert store.verify_journal().rows == before
        # A person recorded that it was renamed, and the run has seen the old name.
        assert store.take(URA, "renamed", "De Linde", seen=first) is None
        assert store.take(URA, first, "De Linde", seen=first) == "renamed"


def limit(most):
    return day_limits.documents(RunBounds(documents=str(most)))


def claimed(number, barrier, url, most):
    barrier.wait()
    with DossierStore.open(url) as store:
        try:
            claim = store.claim(f"9000{number:04}", "application_form", "d", per_digest=False, day=limit(most))
        except ZorgidError as error:
            barrier.wait()
            return error.code
        # It has sent nothing yet, and is going to.
        barrier.wait()
        return claim.state


@pytest.mark.parametrize("most", [0, 3])
def test_many_runs_at_once_send_no_more_than_the_limit(url, most):
    DossierStore.open(url).close()
    reported = together(RUNS, claimed, url, most)
    assert sorted(reported) == ["documents_bounded"] * (RUNS - most) + ["intended"] * most


def sent(store, ura, kind, digest="d", day=None):
    claim = store.claim(ura, kind, digest, per_digest=True, day=day)
    store.mark_sending(claim)
    store.mark_done(claim, {})


def test_an_application_and_its_document_are_one(url):
    with DossierStore.open(url) as store:
        day = limit(1)
        sent(store, "90000001", "application_form", day=day)
        sent(store, "90000001", "organisation_document", day=day)
        for ura, kind in (("90000002", "application_form"), ("90000001", "organisation_document")):
            with pytest.raises(ZorgidError) as caught:
                store.claim(ura, kind, "another", per_digest=True, day=day)
            assert (caught.value.code, "zorgid_max_documents" in str(caught.value)) == ("documents_bounded", True)
            assert store.submission(ura, kind, "another") is None
        # What was released, and mail to people, do not count.
        store.release(store.claim("90000003", "application_form", "d", per_digest=True, day=limit(2)))
        sent(store, "90000001", "notice:asks")
        sent(store, "90000002", "application_form", day=limit(2))
        with pytest.raises(ZorgidError) as caught:
            store.claim("90000002", "notice:asks", "d", per_digest=True, day=day_limits.notices(RunBounds(notices="1")))
        assert caught.value.code == "notices_bounded"


def test_a_claim_of_a_dead_run_is_not_counted_and_a_mail_that_perhaps_left_is(url):
    def die(_number, _barrier):
        with DossierStore.open(url) as store:
            store.claim("90000001", "application_form", "d", per_digest=False)
            store.mark_sending(store.claim("90000002", "application_form", "d", per_digest=False))

    together(1, die)
    with DossierStore.open(url) as store:
        with pytest.raises(ZorgidError):
            store.claim("90000003", "application_form", "d", per_digest=False, day=limit(1))
        assert store.claim("90000003", "application_form", "d", per_digest=False, day=limit(2)).state == "intended"


def test_a_percentage_counts_the_organisations_that_the_dossier_has_by_then(url):
    def refused(_most, _sent):
        return ZorgidError("documents_bounded", "no")

    with DossierStore.open(url) as store:
        seen = []
        day = DayLimit(
            ("application_form",), lambda organisations: seen.append(organisations) or organisations, refused
        )
        for number in range(3):
            sent(store, f"9000000{number}", "application_form", day=day)
        assert seen == [1, 2, 3]


# The mailbox


def reads(number, barrier, url, folder, code):
    barrier.wait()

    def read():
        (folder / f"read {number}").touch()
        return {"trouble": code, "rows": [number]}

    with DossierStore.open(url, key=KEY) as store:
        return store.shared_readings.once("job 1", ["imap.example", "password"], read)


@pytest.mark.parametrize("trouble", ["", "imap_login_refused"])
def test_the_slices_of_a_job_read_a_mailbox_once_also_when_its_login_is_refused(postgres, tmp_path, trouble):
    url = postgres.fresh()
    DossierStore.open(url, key=KEY).close()
    reported = together(RUNS, reads, url, tmp_path, trouble)
    assert len(list(tmp_path.iterdir())) == 1
    assert len({str(one) for one in reported}) == 1
    assert reported[0]["trouble"] == trouble
    with DossierStore.open(url, key=KEY) as store:
        again = store.shared_readings.once
        assert again("job 1", ["imap.example", "password"], dict) == reported[0]
        # Another job, another password: read again.
        assert again("job 2", ["imap.example", "password"], lambda: {"new": 1}) == {"new": 1}
        assert again("job 1", ["imap.example", "changed"], lambda: {"new": 2}) == {"new": 2}
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        assert b"imap" not in b"".join(connection.execute(sa.select(schema.shared_reading.c.sealed)).scalars())
        # Whoever can write the database cannot say what a mailbox contains.
        connection.execute(sa.update(schema.shared_reading).values(sealed=b"x" * 60))
    with DossierStore.open(url, key=KEY) as store:
        assert store.shared_readings.once("job 2", ["imap.example", "password"], lambda: {"new": 3}) == {"new": 3}
    with engine.begin() as connection:
        connection.execute(sa.update(schema.shared_reading).values(ended_at="2026-01-01T00:00:00+00:00"))
    with DossierStore.open(url, key=KEY) as store:
        assert store.shared_readings.once("job 2", ["imap.example", "password"], lambda: {"new": 4}) == {"new": 4}
        store.erasure.erase(URA, subject="Sanne", by="somebody")
    with engine.begin() as connection:
        assert connection.execute(sa.select(schema.shared_reading)).all() == []
    engine.dispose()


def ends(number, barrier, url):
    def read():
        barrier.wait()
        raise ZorgidError("dossier_busy", "It ends")

    with DossierStore.open(url, key=KEY) as store:
        if number:
            barrier.wait()
            return store.shared_readings.once("job", [], lambda: {"read": number})
        try:
            return store.shared_readings.once("job", [], read)
        except ZorgidError as error:
            return error.code


def test_if_the_run_that_reads_ends_another_one_reads(postgres):
    url = postgres.fresh()
    DossierStore.open(url, key=KEY).close()
    assert together(2, ends, url) == ["dossier_busy", {"read": 1}]


def test_without_a_key_or_a_server_each_run_reads_for_itself(url):
    with DossierStore.open(url) as store:
        assert [store.shared_readings.once("job", [], lambda n=n: {"n": n})["n"] for n in (1, 2)] == [1, 2]
