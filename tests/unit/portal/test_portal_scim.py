# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scim driver against the sandbox's portal over real HTTPS: what it does, and every fault a portal can show."""

from __future__ import annotations

import subprocess
from collections import Counter
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import (
    desired,
    executor,
    planner,
    reconciler,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimSettings
from ansible_collections.gbz.zorgid.tests.support.portal_people import another, entry, people
from zorgid_sandbox import portal as service


def run(organisation, entries, strategy="bulk", check_mode=False, driver=None, administrators=False, **rules):
    driver = driver or organisation.driver()
    roles = ("administrator", "operator") if administrators else ("employee",)
    connection = driver.connect(organisation.ura, roles)
    if strategy == "connections":
        driver._bulk = None  # as if it offered none
    try:
        return reconciler.keep(
            driver,
            desired.from_list(entries, administrators=administrators),
            Rules(organisation.ura, roles, owner=connection.person, **rules),
            check_mode=check_mode,
        )
    finally:
        driver.close()


def external_ids(organisation):
    return sorted(item["external_id"] for item in organisation.members() if item["external_id"])


@pytest.mark.parametrize("strategy", ["bulk", "connections"])
def test_create_once_then_nothing(organisation, strategy):
    entries = people(organisation, 230)
    assert run(organisation, entries, strategy, check_mode=True).summary == {"created": 230}
    assert external_ids(organisation) == []
    first = run(organisation, entries, strategy)
    assert (first.changed, first.summary) == (True, {"created": 230})
    again = run(organisation, entries, strategy)
    assert (again.changed, again.summary) == (False, {"unchanged": 230})
    assert external_ids(organisation) == sorted(item["external_id"] for item in entries)


def test_the_life_of_accounts(organisation):
    entries = people(organisation, 12)
    run(organisation, entries)
    entries[0]["first_name"] = "Anna"
    entries[1]["state"] = "absent"
    entries[2]["state"] = "blocked"
    entries[3]["state"] = "revoked"
    entries[4]["uzi_number"] = f"{organisation.ura}1"
    del entries[5]
    kept = run(organisation, entries, purge=True, max_removals="2")
    assert [item.status for item in kept.results[:5]] == ["updated", "unlinked", "blocked", "revoked", "updated"]
    assert [(item.external_id, item.status) for item in kept.results[-1:]] == [("HR-5", "unlinked")]
    assert not run(organisation, entries, purge=True).changed
    entries[2]["state"] = entries[3]["state"] = "present"
    assert not run(organisation, entries).changed
    kept = run(organisation, entries, reactivate=True)
    assert [item.status for item in kept.results[2:4]] == ["unblocked", "updated"]
    assert not run(organisation, entries, reactivate=True).changed


def test_administrators(organisation):
    entries = people(organisation, 2)
    run(organisation, entries[:1])
    wanted = [{**entries[0], "role": "administrator"}, {**entries[1], "role": "operator", "registration": "self"}]
    appointed = run(organisation, wanted, administrators=True)
    assert appointed.summary == {"updated": 1, "created": 1}
    assert all("Smartcard" in item.message for item in appointed.results)
    assert not run(organisation, wanted, administrators=True).changed
    # The token's own administrator is not listed: who removes that one with it removes the way in.
    kept = run(organisation, wanted[:1], administrators=True, purge=True, max_removals="2")
    assert [item.status for item in kept.results] == ["unchanged", "unlinked", "failed"]
    assert kept.results[2].code == "account_of_the_token"
    assert [item["role"] for item in organisation.members()] == ["administrator"] * 2


def test_an_administrator_is_replaced_when_the_new_one_can_log_in(organisation):
    first, second = ({**one, "role": "administrator"} for one in people(organisation, 2))
    run(organisation, [first], administrators=True)
    organisation.enrol(first)
    rules = {"administrators": True, "purge": True, "max_removals": "2"}
    kept = run(organisation, [second], **rules)
    assert kept.summary == {"created": 1, "unchanged": 1, "failed": 1}
    assert external_ids(organisation) == ["HR-0", "HR-1"]
    assert run(organisation, [second], **rules).summary == {"unchanged": 2, "failed": 1}
    organisation.enrol(second)
    assert run(organisation, [second], **rules).summary == {"unchanged": 1, "unlinked": 1, "failed": 1}
    assert external_ids(organisation) == ["HR-1"]


def test_a_link_never_changes_the_identity_of_the_other_organisation(organisation, portal):
    other = another(organisation, portal)
    entries = people(organisation, 1)
    run(organisation, entries)
    kept = run(other, [{**entries[0], "external_id": "P-1", "email": "own@anker.example", "role_code": "01.015"}])
    assert kept.summary == {"linked": 1}
    assert not run(organisation, entries).changed


def test_a_person_of_two_organisations_is_linked_and_unlinked(organisation, portal):
    other = another(organisation, portal)
    entries = people(organisation, 1)
    run(organisation, entries)
    assert run(other, [{**entries[0], "external_id": "P-1"}]).summary == {"linked": 1}
    assert external_ids(other) == ["P-1"]
    assert run(other, [{**entries[0], "external_id": "P-1", "state": "absent"}]).summary == {"unlinked": 1}
    assert not run(organisation, entries).changed


def test_a_lost_phone_is_blocked_everywhere_until_somebody_lifts_it(organisation, portal):
    other = another(organisation, portal)
    entries = people(organisation, 1)
    there = [{**entries[0], "external_id": "P-1"}]
    run(organisation, entries)
    run(other, there)
    assert run(organisation, [{**entries[0], "state": "blocked"}]).summary == {"blocked": 1}
    kept = run(other, there)
    assert not kept.changed
    assert "stays blocked" in kept.results[0].message
    assert run(other, there, reactivate=True).summary == {"unblocked": 1}
    assert not run(organisation, entries).changed


def test_a_move_within_a_group_keeps_the_identity(organisation, portal):
    other = another(organisation, portal)
    entries = people(organisation, 1)
    run(organisation, entries)
    before = organisation.members()[-1]["id"]
    assert run(other, entries).summary == {"linked": 1}
    assert run(organisation, [{**entries[0], "state": "absent"}]).summary == {"unlinked": 1}
    assert [item["id"] for item in other.members()][-1] == before
    assert external_ids(organisation) == []


def test_somebody_who_comes_back_is_the_same_person_under_a_new_number(organisation, portal):
    entries = people(organisation, 2)
    run(organisation, entries)
    run(another(organisation, portal), entries)  # without another organisation the identity would end too
    known = {item["external_id"]: item["id"] for item in organisation.members()}
    run(organisation, [{**entries[0], "state": "absent"}])
    assert run(organisation, [{**entries[0], "external_id": "HR-99"}]).summary == {"linked": 1}
    assert {item["external_id"]: item["id"] for item in organisation.members()}["HR-99"] == known["HR-0"]
    # the second never left, and nobody told the portal of the new number
    kept = run(organisation, [{**entries[1], "external_id": "HR-98"}])
    assert [item.code for item in kept.results] == ["account_ambiguous"]


def test_names_as_people_write_them(organisation):
    entries = people(organisation, 3)
    entries[0] |= {"first_name": "Zoe\u0308", "prefix": "van 't", "last_name": f"\u0132zer {organisation.ura}"}
    run(organisation, entries)
    assert not run(organisation, [{**entries[0], "first_name": "Zo\u00eb"}, *entries[1:]]).changed
    assert not run(organisation, [{**entries[0], "email": "S0@LINDE.example"}]).changed
    kept = run(organisation, [{**entries[0], "prefix": "de", "last_name": "Wit"}])
    assert kept.summary == {"updated": 1}


@pytest.mark.parametrize("line", ["lost_answer times=1 method=POST", "operation_error every=1 times=1 method=POST"])
@pytest.mark.parametrize("strategy", ["bulk", "connections"])
def test_twins_stay_two_whatever_happens(organisation, strategy, line):
    twins = [entry(number, last_name=f"Berg {organisation.ura}", email=None) for number in (1, 2)]
    run(organisation, twins[:1])
    organisation.fault(line)
    assert run(organisation, twins, strategy).summary == {"unchanged": 1, "created": 1}
    assert external_ids(organisation) == ["HR-1", "HR-2"]


@pytest.mark.parametrize("strategy", ["bulk", "connections"])
@pytest.mark.parametrize(
    "line",
    [
        "status code=429 retry_after=1 times=2",
        "status code=503 retry_after=0 times=3 method=POST",
        "reset after=60 times=1",
        "lost_answer times=2",
        "operation_error every=100",
        "page_shift",
        "status code=500 times=1 method=POST",
        "status code=413 times=3 path=Bulk",
    ],
)
def test_faults_double_nothing_and_lose_nothing(organisation, strategy, line):
    entries = people(organisation, 250)
    organisation.fault(line)
    kept = run(organisation, entries, strategy)
    assert kept.summary == {"created": 250}
    assert external_ids(organisation) == sorted(item["external_id"] for item in entries)
    assert len(kept.results) == 250


def test_bulk_keeps_the_limits_of_the_server(organisation):
    driver = organisation.driver()
    driver.connect(organisation.ura)
    changes = planner.plan(desired.from_list(people(organisation, 100)), [], Rules(organisation.ura)).changes
    operations = [driver._operation(organisation.ura, change) for change in changes]
    for most, size in ((7, 1_048_576), (500, 4096)):
        parts = list(executor.parts(operations, most, size))
        assert [item for part in parts for item in part] == operations
        assert len(parts) > 10
        for part in parts:
            assert len(part) <= most
            assert sum(len(item.in_bulk(number)) + 1 for number, item in enumerate(part)) + 100 <= size


def test_a_portal_that_answers_nothing_is_given_up_by_all_connections(organisation):
    organisation.fault("status code=503 retry_after=0 method=POST")
    driver = organisation.driver(timeout=0.3)
    kept = run(organisation, people(organisation, 200), "connections", driver=driver)
    assert kept.summary == {"failed": 200}
    assert not kept.changed
    assert "portal_silent" in {item.code for item in kept.results}


def test_a_wait_that_is_too_long_is_not_begun(organisation):
    organisation.fault("status code=503 retry_after=9999 method=POST")
    assert run(organisation, people(organisation, 2)).summary == {"failed": 2}


def test_an_operator_keeps_employees_only(tmp_path):
    with service.running(tmp_path, {"90000101": "De Linde"}, role="operator") as portal:
        settings = ScimSettings(portal.url, token=portal.tokens["90000101"], ca_path=portal.ca_path)
        driver = ScimDriver(settings)
        driver.connect("90000101")
        with pytest.raises(ZorgidError) as error:
            driver.connect("90000101", ("administrator", "operator"))
        assert error.value.code == "portal_role_insufficient"


def test_a_client_certificate(tmp_path):
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=tmp_path)

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=GBZ")
    openssl(*new, "-keyout", "client.key", "-out", "client.pem")
    with service.running(tmp_path / "state", {"90000101": "De Linde"}, client_ca=tmp_path / "client.pem") as portal:
        settings = {"token": portal.tokens["90000101"], "ca_path": portal.ca_path, "timeout": 3}
        certificate = {"client_cert": str(tmp_path / "client.pem"), "client_key": str(tmp_path / "client.key")}
        ScimDriver(ScimSettings(portal.url, **settings, **certificate)).connect("90000101")
        with pytest.raises(ZorgidError) as error:
            ScimDriver(ScimSettings(portal.url, **settings)).connect("90000101")
        assert error.value.code == "portal_unreachable"
        with pytest.raises(ZorgidError) as error:
            ScimDriver(ScimSettings(portal.url, **settings, client_cert="/nowhere"))
        assert error.value.code == "client_certificate_unreadable"


def test_a_portal_that_always_forgets_is_found_out(organisation):
    organisation.fault("forget every=1 method=POST")
    kept = run(organisation, people(organisation, 3), "connections")
    assert kept.summary == {"accepted": 3}
    assert kept.changed
    # What was accepted is not sent again, not even by a run that is told nothing of it until the portal forgets.
    service.clear_faults(organisation.portal.state)
    assert run(organisation, people(organisation, 3)).summary == {"created": 3}


@pytest.mark.parametrize("strategy", ["bulk", "connections"])
def test_what_a_portal_forgets_is_left_to_the_next_run(organisation, strategy):
    entries = people(organisation, 250)
    organisation.fault("forget every=50 times=3")
    driver, sent = organisation.driver(), Counter()
    execute = driver.execute

    def counted(changes, ura, tell=None):
        sent.update(change.external_id for change in changes)
        return execute(changes, ura, tell)

    driver.execute = counted
    assert run(organisation, entries, strategy, driver=driver).summary == {"created": 247, "accepted": 3}
    assert set(sent.values()) == {1}
    assert run(organisation, entries, strategy).summary == {"unchanged": 247, "created": 3}
    assert external_ids(organisation) == sorted(item["external_id"] for item in entries)


def test_one_operation_that_never_works_leaves_the_others(organisation):
    entries = people(organisation, 20)
    run(organisation, entries)
    organisation.fault("operation_error every=1 method=PATCH")
    entries[3]["first_name"] = "Anna"
    kept = run(organisation, [*entries, *people(organisation, 5, 20)])
    assert kept.summary == {"unchanged": 19, "failed": 1, "created": 5}
    assert kept.changed
    assert kept.results[3].code == "portal_status_500"


def test_pages_that_change_while_read(organisation):
    entries = [entry(number, last_name=f"Berg {organisation.ura} {number}") for number in range(2500)]
    run(organisation, entries)
    organisation.fault("page_shift")
    assert run(organisation, entries, purge=True).summary == {"unchanged": 2500}


def test_pages_that_are_smaller_than_the_portal_said(organisation):
    entries = people(organisation, 2500)
    driver = organisation.driver()
    driver.connect(organisation.ura)
    driver._page = 1500  # as if maxResults were; it gives 1000
    kept = reconciler.keep(driver, desired.from_list(entries), Rules(organisation.ura))
    assert kept.summary == {"created": 2500}
    assert len(driver.read(organisation.ura).members) == 2501
    driver.close()


def test_a_list_that_grew_and_shrank_since_the_last_reading(organisation):
    entries = people(organisation, 1200)
    slow = organisation.driver()
    slow.connect(organisation.ura)
    assert len(slow.read(organisation.ura).members) == 1
    run(organisation, entries)
    assert len(slow.read(organisation.ura).members) == 1201
    run(organisation, [{**entry, "state": "absent"} for entry in entries[:900]], max_removals="900")
    assert len(slow.read(organisation.ura).members) == 301
    slow.close()


def test_a_token_that_expires_on_the_way_accounts_for_everybody(organisation):
    entries = people(organisation, 300)
    organisation.fault("token_expired path=Bulk")
    kept = run(organisation, entries, "bulk")
    assert kept.summary == {"failed": 300}
    assert {item.code for item in kept.results} == {"portal_token_refused"}
    assert not kept.changed


def test_a_token_file_is_read_again(organisation, tmp_path):
    path = tmp_path / "token"
    path.write_text("old")
    driver = organisation.driver(token=None, token_path=str(path))
    path.write_text(organisation.token + "\n")
    assert run(organisation, people(organisation, 2), driver=driver).summary == {"created": 2}


def test_somebody_else_changed_it_meanwhile(organisation):
    entries = people(organisation, 5)
    run(organisation, entries)
    slow, driver = organisation.driver(), organisation.driver()
    slow.connect(organisation.ura)
    stale = slow.read(organisation.ura)
    run(organisation, [{**entries[0], "email": "new@linde.example"}])

    class Late:
        """Plans on what it read before the other change."""

        reads = 0

        by_hand = False
        once = False

        def read(self, ura, *, since=False):
            self.reads += 1
            return stale if self.reads == 1 else driver.read(ura)

        def execute(self, changes, ura, tell=None):
            return driver.execute(changes, ura, tell)

    driver.connect(organisation.ura)
    changed = [{**entries[0], "first_name": "Anna", "email": None}]
    kept = reconciler.keep(Late(), desired.from_list(changed), Rules(organisation.ura))
    assert kept.summary == {"updated": 1}
    assert [item["email"] for item in driver.read(organisation.ura).members if item["external_id"] == "HR-0"] == [
        "new@linde.example"
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "wrong"}, "portal_token_refused"),
        ({"ca_path": None}, "tls_untrusted"),
        ({"ca_path": "/nowhere"}, "ca_path_unreadable"),
    ],
)
def test_wrong_settings(organisation, change, code):
    with pytest.raises(ZorgidError) as error:
        run(organisation, [], driver=organisation.driver(**change))
    assert error.value.code == code
    assert "wrong" not in str(error.value)


def test_wrong_organisation(organisation):
    with pytest.raises(ZorgidError) as error:
        organisation.driver().connect("90000999")
    assert error.value.code == "portal_wrong_organisation"


def test_without_bulk(organisation):
    organisation.fault("bulk_off")
    assert run(organisation, people(organisation, 40)).summary == {"created": 40}


def test_connections_are_taken_where_bulk_is_slow(organisation, monkeypatch):
    # Four seconds for the hundred that go in bulk, a tenth of a second for the trial of single ones.
    clock = iter([0.0, 4.0, 10.0, 10.1])
    monkeypatch.setattr(executor, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    driver = organisation.driver()
    sent = Counter()
    send = driver.client.send

    def counted(method, path, *rest):
        sent[method, path] += 1
        return send(method, path, *rest)

    driver.client.send = counted
    assert run(organisation, people(organisation, 400), driver=driver).summary == {"created": 400}
    assert (sent["POST", "/Bulk"], sent["POST", "/Users"]) == (1, 300)
