# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault is what a client meets, and what was processed before it stays processed."""

from __future__ import annotations

import time

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.portal_client import service


def bulk(client, count):
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": client.person()} for number in range(count)
    ]
    return {"Operations": operations}, [item["data"]["externalId"] for item in operations]


def known(client, external_ids):
    stored = {item["external_id"] for item in service.members(client.state, client.ura)}
    return [item for item in external_ids if item in stored]


@pytest.fixture
def linde(world):
    world.linde.state = world.portal.state
    return world.linde


@pytest.mark.parametrize("code", [429, 503])
def test_try_again_later(linde, fault, code):
    fault(f"status code={code} retry_after=7 times=2 method=POST")
    person = linde.person()
    assert linde.call("GET", "Users").status_code == 200
    for _ in range(2):
        answer = linde.call("POST", "Users", person)
        assert (answer.status_code, answer.headers["Retry-After"]) == (code, "7")
    assert linde.call("POST", "Users", person).status_code == 201


def test_reset_in_mid_bulk(linde, fault):
    fault("reset after=3 times=1 path=Bulk")
    body, external_ids = bulk(linde, 5)
    with pytest.raises(requests.ConnectionError):
        linde.call("POST", "Bulk", body)
    assert known(linde, external_ids) == external_ids[:3]
    again = linde.call("POST", "Bulk", body).json()["Operations"]
    assert [item["status"] for item in again] == ["409", "409", "409", "201", "201"]


def test_one_operation_in_n_fails(linde, fault):
    fault("operation_error every=4")
    body, external_ids = bulk(linde, 8)
    results = linde.call("POST", "Bulk", body).json()["Operations"]
    assert [item["status"] for item in results] == ["201", "201", "201", "500"] * 2
    assert len(known(linde, external_ids)) == 6


def test_the_answer_is_lost_after_processing(linde, fault):
    fault("lost_answer times=1 method=POST")
    person = linde.person()
    with pytest.raises(requests.ConnectionError):
        linde.call("POST", "Users", person)
    assert known(linde, [person["externalId"]])
    assert linde.call("POST", "Users", person).status_code == 409


def test_accepted_and_forgotten(world, linde, fault):
    fault("forget every=2")
    body, external_ids = bulk(linde, 4)
    results = linde.call("POST", "Bulk", body).json()["Operations"]
    assert [item["status"] for item in results] == ["201"] * 4
    assert known(linde, external_ids) == external_ids[::2]
    service.clear_faults(linde.state)
    user = linde.create()
    fault("forget every=1 method=POST times=1")
    answer = world.apotheek.call("POST", "Users", world.apotheek.person(name=user["name"]))
    assert (answer.status_code, answer.json()["id"]) == (200, user["id"])
    assert world.apotheek.call("GET", f"Users/{user['id']}").status_code == 404
    assert linde.call("GET", f"Users/{user['id']}").json() == user
    fault("forget every=1 method=PATCH")
    rename = {"op": "replace", "path": "name.givenName", "value": "Vergeten"}
    assert linde.patch(user, rename).json()["name"]["givenName"] == "Vergeten"
    assert linde.call("GET", f"Users/{user['id']}").json() == user
    unlink = {"op": "remove", "path": "urn:zorgid:scim:schemas:2.0:User:memberships"}
    assert linde.patch(user, unlink).status_code == 204
    assert linde.call("GET", f"Users/{user['id']}").json() == user


def test_latency_and_slow_pages(linde, fault):
    fault("latency request_ms=60 operation_ms=20")
    body, _ = bulk(linde, 5)
    start = time.monotonic()
    linde.call("POST", "Bulk", body)
    assert time.monotonic() - start >= 0.16
    service.clear_faults(linde.state)
    fault("slow_pages ms=80 times=1")
    start = time.monotonic()
    linde.call("GET", "Users")
    assert time.monotonic() - start >= 0.08


def test_the_order_changes_between_two_pages(linde, fault):
    for _ in range(4):
        linde.create()
    first = linde.call("GET", "Users", params={"count": 2}).json()["Resources"]
    fault("page_shift times=1")
    second = linde.call("GET", "Users", params={"startIndex": 3, "count": 1000}).json()["Resources"]
    assert second[-1]["id"] == first[0]["id"]
    assert len({user["id"] for user in first + second}) == len(first + second) - 1


def test_expired_token_and_no_bulk(linde, fault):
    fault("token_expired times=1")
    answer = linde.call("GET", "Users")
    assert (answer.status_code, "expired" in answer.json()["detail"]) == (401, True)
    assert "WWW-Authenticate" in answer.headers
    assert linde.call("GET", "Users").status_code == 200
    fault("bulk_off")
    assert linde.call("GET", "ServiceProviderConfig").json()["bulk"]["supported"] is False
    assert linde.call("POST", "Bulk", {"Operations": []}).status_code == 501


@pytest.mark.parametrize("line", ["", "explode", "status code=x", "reset before=3"])
def test_an_unknown_fault_is_refused(world, line):
    with pytest.raises(Exception, match="fault"):
        service.put_fault(world.portal.state, line)
