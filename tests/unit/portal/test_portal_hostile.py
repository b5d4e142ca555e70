# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a portal answers ends in one sentence before changes, and in a result for everybody after they began; with
counted requests and bytes."""

from __future__ import annotations

import gzip
import json

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._net import connection_pool
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import (
    changes_shown,
    desired,
    execution,
    reconciler,
    scim,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimSettings
from ansible_collections.gbz.zorgid.tests.support import hostile_portal
from ansible_collections.gbz.zorgid.tests.support.hostile_portal import (
    CORE,
    EXTENSION,
    MESSAGES,
    URA,
    listing,
    user,
)
from zorgid_sandbox import tls


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    state = tmp_path_factory.mktemp("hostile")
    tls.prepare(state)
    with hostile_portal.running(tls.server_context(state)) as running:
        running.ca_path = str(tls.ca_path(state))
        yield running


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Between rounds only: what is asked for anew is the same, and four hundred cases need no rest."""
    monkeypatch.setattr(execution, "PAUSE", 0)


@pytest.fixture
def portal(server):
    server.portal = hostile_portal.Portal()
    return server.portal


def entry(number):
    return {
        "external_id": f"HR-{number}",
        "first_name": "Sanne",
        "last_name": f"Berg {number}",
        "email": f"s{number}@linde.example",
    }


def driver_of(server, timeout=2, **more):
    url = f"https://127.0.0.1:{server.server_address[1]}/scim/v2"
    return ScimDriver(ScimSettings(url, **{"token": "token", "ca_path": server.ca_path, "timeout": timeout, **more}))


def keep(server, count=5, bulk=True, timeout=2, **rules):
    driver = driver_of(server, timeout)
    try:
        driver.connect(URA)
        if not bulk:
            driver._bulk = None
        return reconciler.keep(
            driver, desired.from_list([entry(number + 1) for number in range(count)]), Rules(URA, **rules)
        )
    finally:
        driver.close()


def text(document):
    return json.dumps(document).encode()


def users(*members, total=None):
    return text(listing(list(members), total))


def without(name):
    return {key: value for key, value in user(1).items() if key != name}


def extended(**more):
    return users(user(1, **{EXTENSION: {**user(1)[EXTENSION], **more}}))


DEEP = b'{"totalResults":1,"Resources":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
PAGE = b"<!DOCTYPE html><html><title>Log in</title></html>"

#: what is no list of users, and the place that the message names
LISTS = {
    "empty body": (b"", "all of it"),
    "web page": (PAGE, "all of it"),
    "empty object": (b"{}", "totalResults"),
    "an error with status 200": (text({"error": "session expired"}), "totalResults"),
    "a SCIM error with status 200": (text({"schemas": [MESSAGES + "Error"], "status": "401"}), "totalResults"),
    "a bare list": (text([user(1)]), "all of it"),
    "null": (b"null", "all of it"),
    "a number": (b"7", "all of it"),
    "half of it": (users(user(1))[:-30], "all of it"),
    "two documents": (users() + users(), "all of it"),
    "NaN": (b'{"totalResults":NaN,"Resources":[]}', "all of it"),
    "infinity": (b'{"totalResults":1e999,"Resources":[]}', "all of it"),
    "a number of 5,000 digits": (b'{"totalResults":' + b"9" * 5000 + b',"Resources":[]}', "all of it"),
    "a number of 30 digits": (b'{"totalResults":' + b"9" * 30 + b',"Resources":[]}', "totalResults"),
    "nested too deep": (DEEP, "all of it"),
    "Latin-1": ('{"totalResults":0,"Resources":[],"x":"é"}'.encode("latin-1"), "all of it"),
    "UTF-16": (users(user(1)).decode().encode("utf-16"), "all of it"),
    "half a surrogate pair": (users(user(1, externalId="\ud800")), "all of it"),
    "total is missing": (text({"Resources": [user(1)]}), "totalResults"),
    "total is null": (text({"totalResults": None, "Resources": [user(1)]}), "totalResults"),
    "total is negative": (users(user(1), total=-1), "totalResults"),
    "total is a fraction": (users(user(1), total=1.5), "totalResults"),
    "total is true": (users(user(1), total=True), "totalResults"),
    "total is a word": (users(user(1), total="many"), "totalResults"),
    "total of a million millions": (users(user(1), total=10**12), "totalResults"),
    "total that never arrives": (users(user(1), total=99_999), "totalResults"),
    "nothing although total": (text({"schemas": [MESSAGES + "ListResponse"], "totalResults": 3}), "Resources"),
    "null although total": (text({"totalResults": 3, "Resources": None}), "Resources"),
    "nothing that says it is a list": (text({"totalResults": 0}), "schemas"),
    "Resources is an object": (text({"totalResults": 0, "Resources": {"a": 1}}), "Resources"),
    "Resources is a text": (text({"totalResults": 0, "Resources": ""}), "Resources"),
    "Resources twice": (text({"totalResults": 0, "Resources": [], "resources": []}), "Resources"),
    "null among the users": (users(None), "Resources[0]"),
    "a text among the users": (users(user(1), "x"), "Resources[1]"),
    "no id": (users(without("id")), "Resources[0].id"),
    "id is null": (users(user(1, id=None)), "Resources[0].id"),
    "id is empty": (users(user(1, id="")), "Resources[0].id"),
    "id leads elsewhere": (users(user(1, id="..")), "Resources[0].id"),
    "id is a list": (users(user(1, id=["1"])), "Resources[0].id"),
    "id is true": (users(user(1, id=True)), "Resources[0].id"),
    "id is a fraction": (users(user(1, id=1.5)), "Resources[0].id"),
    "id without end": (users(user(1, id="x" * 100_000)), "Resources[0].id"),
    "externalId is an object": (users(user(1, externalId={})), "Resources[0].externalId"),
    "name is a text": (users(user(1, name="Sanne Berg")), "Resources[0].name"),
    "name is a list": (users(user(1, name=[])), "Resources[0].name"),
    "a part of the name is a list": (
        users(user(1), user(2, name={"familyName": ["x"]}), total=2), "Resources[1].name.familyName"),
    "a name without end": (users(user(1, name={"givenName": "x" * 5000})), "Resources[0].name.givenName"),
    "two first names": (users(user(1, name={"givenName": "A", "GivenName": "B"})), "Resources[0].name.givenName"),
    "emails are texts": (users(user(1, emails=["s@x.example"])), "Resources[0].emails[0]"),
    "emails is an object": (users(user(1, emails={"value": "s@x.example"})), "Resources[0].emails"),
    "an address is a number of a kind": (users(user(1, emails=[{"value": 1.5}])), "Resources[0].emails[0].value"),
    "primary is a word": (users(user(1, emails=[{"value": "a", "primary": "yes"}])), "Resources[0].emails[0].primary"),
    "active is a word": (users(user(1, active="yes")), "Resources[0].active"),
    "active is a number": (users(user(1, active=1)), "Resources[0].active"),
    "meta is a list": (users(user(1, meta=[])), "Resources[0].meta"),
    "version would end a header": (users(user(1, meta={"version": "1\r\nX: y"})), "Resources[0].meta.version"),
    "version is beyond ASCII": (users(user(1, meta={"version": "é"})), "Resources[0].meta.version"),
    "extension is a list": (users(user(1, **{EXTENSION: []})), EXTENSION),
    "memberships is an object": (extended(memberships={}), "memberships"),
    "a membership is a text": (extended(memberships=[URA]), "memberships[0]"),
    "role is a list": (extended(memberships=[{"ura": URA, "role": ["employee"]}]), "memberships[0].role"),
    "attributes are texts": (extended(attributes=["x"]), "attributes[0]"),
    "an attribute without a type": (extended(attributes=[{"value": "1"}]), "attributes[0].type"),
    "a value is an object": (extended(attributes=[{"type": "uziNumber", "value": {}}]), "attributes[0].value"),
    "device is a text": (extended(device="active"), "device"),
    "date of birth is an object": (extended(dateOfBirth={}), "dateOfBirth"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_none_before_changes(server, portal, name):
    body, place = LISTS[name]
    portal.answers["GET /Users"] = body
    with pytest.raises(ZorgidError) as caught:
        keep(server)
    assert caught.value.code == "portal_answer_unreadable"
    assert place in str(caught.value)
    assert portal.posted == 0
    assert portal.requests <= 45  # five questions, and of a total that never comes two readings with what is in flight
    assert len(str(caught.value)) < 700
    assert "Sanne" not in str(caught.value)


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_none_after_changes(server, portal, name, bulk):
    portal.answers["GET /Users"] = LISTS[name][0]
    portal.after = True
    kept = keep(server, bulk=bulk)
    assert [(item.external_id, item.status) for item in kept.results] == [(f"HR-{n}", "created") for n in range(1, 6)]
    assert all("could not be read again" in item.message for item in kept.results)
    assert kept.changed
    assert len(portal.users) == 5
    assert portal.requests <= 50


QUESTIONS = {
    "/ServiceProviderConfig": [
        (text({"patch": {"supported": True}, "bulk": True}), "bulk"),
        (text({"bulk": {"supported": "yes"}}), "bulk.supported"),
        (text({"bulk": {"supported": True, "maxOperations": -5}}), "bulk.maxOperations"),
        (text({"bulk": {"supported": True, "maxOperations": [100]}}), "bulk.maxOperations"),
        (text({"bulk": {"supported": True, "maxPayloadSize": "1 MB"}}), "bulk.maxPayloadSize"),
        (text({"filter": {"maxResults": 0.5}}), "filter.maxResults"),
        (text({"etag": [True]}), "etag"),
        (text({"error": "no"}), "all of it"),
        (text([]), "all of it"),
        (PAGE, "all of it"),
    ],
    "/Schemas": [
        (text([{"id": CORE}]), "all of it"),
        (text({"schemas": []}), "totalResults"),
        (text(listing([CORE])), "Resources[0]"),
        (text(listing([{"id": {}}])), "Resources[0].id"),
        (b"{}", "totalResults"),
    ],
    f"/Organisations/{URA}": [(PAGE, "all of it"), (b"{}", "ura"), (text({"ura": [URA]}), "ura"), (b"[]", "all of it")],
    "/Me": [(PAGE, "all of it"), (b"[]", "all of it"), (text({EXTENSION: []}), EXTENSION),
            (text({EXTENSION: {"memberships": [{"ura": URA, "role": 1.5}]}}), "memberships[0].role")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "place"), [(path, *case) for path, cases in QUESTIONS.items() for case in cases]
)
def test_answers_about_the_server(server, portal, path, body, place):
    portal.answers[path] = body
    with pytest.raises(ZorgidError) as caught:
        keep(server)
    assert caught.value.code == "portal_answer_unreadable"
    assert f"to {path} cannot be read: " in str(caught.value)
    assert place in str(caught.value)
    assert portal.requests <= 5


def test_an_organisation_that_is_another(server, portal):
    portal.answers[f"/Organisations/{URA}"] = text({"ura": "90000102"})
    with pytest.raises(ZorgidError) as caught:
        keep(server)
    assert caught.value.code == "portal_wrong_organisation"


UNDERSTOOD = {
    "as written": {},
    "id is a number": {"id": 1},
    "names in other cases": {"name": {"givenname": "Sanne", "FAMILYNAME": "Berg 1"}},
    "booleans as texts": {"active": "True", "emails": [{"value": "s1@linde.example", "primary": "true"}]},
    "null is absent": {"active": None, "meta": None, "phoneNumbers": None},
    "extension in another case": {
        EXTENSION: None,
        EXTENSION.upper(): {"memberships": [{"URA": URA, "Role": "employee"}], "Device": {"State": "active"}},
    },
    "ura as a number": {EXTENSION: {"memberships": [{"ura": int(URA), "role": "employee"}]}},
    "device says nothing": {EXTENSION: {"memberships": [{"ura": URA, "role": "employee"}], "device": {}}},
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_cannot_be_mistaken_is_understood(server, portal, name):
    portal.users = [user(1, **UNDERSTOOD[name])]
    assert keep(server, 1).summary == {"unchanged": 1}


def test_a_blocked_user_who_is_so_in_words_is_blocked(server, portal):
    portal.users = [user(1, active="False")]
    assert "stays blocked" in keep(server, 1).results[0].message


def test_a_list_in_other_writings(server, portal):
    names = {"SCHEMAS": [MESSAGES + "LISTRESPONSE"], "TotalResults": "1", "resources": [user(1)]}
    portal.answers["GET /Users"] = b"\xef\xbb\xbf" + text(names)
    assert keep(server, 1).summary == {"unchanged": 1}
    portal.answers["GET /Users"] = text({"schemas": [MESSAGES + "ListResponse"], "totalResults": 0.0})
    portal.after = True
    portal.answers["/Schemas"] = text({"totalResults": 1, "RESOURCES": [{"ID": EXTENSION.lower()}]})
    portal.users = [user(1)]
    assert keep(server, 1).summary == {"unchanged": 1}


def test_of_two_equal_names_the_last_counts(server, portal):
    portal.answers["GET /Users"] = users(user(1)).replace(b'"id": "id-1"', b'"id": "first", "id": "last"')
    driver = driver_of(server)
    driver.connect(URA)
    assert [item["id"] for item in driver.read(URA).members] == ["last"]
    driver.close()


def test_config_as_servers_write_it(server, portal):
    for config in (
        {"bulk": {"supported": "true", "maxOperations": "2", "maxPayloadSize": 1e6}, "patch": {"supported": True}},
        {"Bulk": {"Supported": True, "MaxOperations": 0}},
        {"bulk": {"supported": False}},
        {"bulk": None, "etag": None, "filter": {"supported": True, "maxResults": 0}},
    ):
        portal.config, portal.users, portal.asked = config, [], portal.asked.__class__()
        assert keep(server).summary == {"created": 5}
        if "maxOperations" in (config.get("bulk") or {}):
            assert portal.asked["/Bulk"] == 3


def test_totals_of_one_page_only_are_not_believed(server, portal):
    """Some servers tell how many users the page has (WSO2 did)."""
    portal.users = [user(number) for number in range(1, 1501)]

    def counted_by_page(handler, _body):
        start = int(handler.path.partition("startIndex=")[2].partition("&")[0])
        return users(*portal.users[start - 1 : start + 999])

    portal.answers["GET /Users"] = counted_by_page
    with pytest.raises(ZorgidError) as caught:
        keep(server, 1500)
    assert caught.value.code == "portal_answer_unreadable"
    assert portal.posted == 0


def test_a_full_page_that_is_all(server, portal):
    portal.users = [user(number) for number in range(1, 1001)]
    assert keep(server, 1000).summary == {"unchanged": 1000}
    assert portal.asked["GET /Users"] == 2
    # ... and one that repeats the last users beyond the end (WSO2 does)
    portal.answers["GET /Users"] = users(*portal.users)
    assert keep(server, 1000).summary == {"unchanged": 1000}


# what ends an answer ------------------------------------------------------------------------------------------------


def endless(handler, _body):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while handler.write(b"10000\r\n" + b" " * 65536 + b"\r\n"):
        pass


def huge(handler, _body):
    handler.send_response(200)
    handler.send_header("Content-Length", str(400_000_000))
    handler.end_headers()
    while handler.write(b" " * 65536):
        pass


def interim(handler, _body):
    while handler.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000):
        pass


def drip(handler, _body):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while handler.write(b" ") and not handler.server.portal.stop.wait(0.05):
        pass


def dripping_headers(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while handler.write(b"x") and not handler.server.portal.stop.wait(0.05):
        pass


def many_headers(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(500)) + b"\r\n")


def long_header(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n")


def no_http(handler, _body):
    handler.write(b"220 mail.example ESMTP\r\n")


def bad_length(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n{}")


def cut_short(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def bad_chunk(handler, _body):
    handler.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")


def raw(content):
    return lambda handler, _body: handler.write(content) and None


ONE = users(user(1))
LENGTH = b"Content-Length: %d\r\n" % len(ONE)

#: what is odd and cannot be mistaken
ODD = {
    "its length twice": raw(b"HTTP/1.1 200 OK\r\n" + 2 * LENGTH + b"\r\n" + ONE),
    "a length and chunks": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        + LENGTH
        + b"\r\n%x\r\n" % len(ONE)
        + ONE
        + b"\r\n0\r\n\r\n"
    ),
    "HTTP/1.0 without a length": raw(b"HTTP/1.0 200 OK\r\n\r\n" + ONE),
    "a length in words": raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + ONE),
    "a header that is none": raw(b"HTTP/1.1 200 OK\r\nnonsense\r\n" + LENGTH + b"\r\n" + ONE),
    "a header in Latin-1": raw(b"HTTP/1.1 200 OK\r\nX-\xff: \xff\r\n" + LENGTH + b"\r\n" + ONE),
    "an encoding that it has not": (200, {"Content-Encoding": "br"}, ONE),
    "a page by its type only": (200, {"Content-Type": "text/html"}, ONE),
    "a hundred thousand unknown names": users({**user(1), **{f"k{number}": number for number in range(100_000)}}),
    "an unknown value nested deep": users(user(1, x=json.loads("[" * 900 + "]" * 900))),
    "a role nobody knows": users(user(1), user(2, **{EXTENSION: {"memberships": [{"ura": URA, "role": "\x1bking"}]}})),
}


@pytest.mark.parametrize("name", ODD)
def test_answers_that_are_odd_and_understood(server, portal, name):
    portal.answers["GET /Users"] = ODD[name]
    assert keep(server, 1).summary == {"unchanged": 1}


@pytest.mark.parametrize("status", [101, 302, 413, 500])
@pytest.mark.parametrize("bulk", [True, False])
def test_a_status_that_is_never_success(server, portal, status, bulk):
    portal.answers |= {"/Bulk": (status, {}, b""), "POST /Users": (status, {}, b"")}
    kept = keep(server, bulk=bulk)
    assert {item.code for item in kept.results} == {f"portal_status_{status}"}
    assert not kept.changed
    assert portal.posted <= 4 * 2 * 5


def gone(_handler, _body):
    return None


BOMB = gzip.compress(b" " * 20_000_000)


def bomb(_handler, _body):
    return 200, {"Content-Encoding": "gzip"}, BOMB


WIRE = {
    "chunks without end": (endless, "portal_answer_unreadable"),
    "400 MB": (huge, "portal_answer_unreadable"),
    "100 Continue without end": (interim, "portal_answer_unreadable"),
    "a byte now and then": (drip, "portal_answer_unreadable"),
    "a header, a byte now and then": (dripping_headers, "portal_answer_unreadable"),
    "500 headers": (many_headers, "portal_unreachable"),
    "a header of 200 kB": (long_header, "portal_unreachable"),
    "no HTTP": (no_http, "portal_unreachable"),
    "a length below nothing": (bad_length, "portal_answer_unreadable"),
    "less than promised": (cut_short, "portal_unreachable"),
    "a chunk of no length": (bad_chunk, "portal_unreachable"),
    "two lengths": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + LENGTH + b"\r\n" + ONE), "portal_unreachable"),
    "HTTP/0.9": (raw(ONE), "portal_unreachable"),
    "a status that is none": (raw(b"HTTP/1.1 abc OK\r\n\r\n"), "portal_unreachable"),
    "a status far away": (raw(b"HTTP/1.1 99999 OK\r\n\r\n"), "portal_unreachable"),
    "nothing": (gone, "portal_unreachable"),
    "a gzip bomb": (bomb, "portal_answer_unreadable"),
    "a redirect": ((302, {"Location": "https://127.0.0.1:1/login"}, b""), "portal_refused"),
    "a permanent redirect": ((308, {"Location": "/elsewhere"}, b""), "portal_refused"),
    "not modified": ((304, {}, b""), "portal_refused"),
    "no content": ((204, {}, b""), "portal_refused"),
    "a status of its own": ((299, {}, users()), "portal_refused"),
    "not found": ((404, {}, PAGE), "portal_refused"),
    "an error with a page": ((500, {}, PAGE), "portal_refused"),
}


MOST = 200_000


@pytest.fixture
def received(monkeypatch, portal):
    """Bytes of every answer, as the client took them from the wire."""
    taken = []

    class Counted(connection_pool._BoundedFile):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            taken.append(0)
            self._number = len(taken) - 1

        def readinto(self, buffer):
            count = super().readinto(buffer)
            taken[self._number] += count or 0
            return count

    monkeypatch.setattr(connection_pool, "MOST_BYTES", MOST)
    monkeypatch.setattr(connection_pool, "PATIENCE", 0.5)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # the pauses between tries
    monkeypatch.setattr(connection_pool, "_BoundedFile", Counted)
    yield taken
    portal.stop.set()
    assert taken
    assert max(taken) <= MOST


@pytest.mark.parametrize("name", WIRE)
def test_answers_that_do_not_end_well_before_changes(server, portal, received, name):
    answer, code = WIRE[name]
    portal.answers["GET /Users"] = answer
    with pytest.raises(ZorgidError) as caught:
        keep(server, timeout=1.5)
    assert caught.value.code == code
    assert portal.posted == 0
    assert portal.requests <= 16  # each of the two readings of the first page five times at most
    if code == "portal_refused" and 300 <= answer[0] < 400:
        assert "a redirect, which is not followed" in str(caught.value)


@pytest.mark.parametrize("name", WIRE)
def test_answers_that_do_not_end_well_after_changes(server, portal, received, name):
    portal.answers["GET /Users"] = WIRE[name][0]
    portal.after = True
    kept = keep(server, timeout=1.5)
    assert kept.summary == {"created": 5}
    assert all("could not be read again" in item.message for item in kept.results)
    assert portal.requests <= 16


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("name", [name for name in WIRE if callable(WIRE[name][0])])
def test_answers_to_changes_that_do_not_end_well(server, portal, received, name, done, bulk):
    """Done or not: the portal is looked at, and nobody is made twice."""

    def answer(handler, body):
        if done:
            portal.honest(handler.command, handler.path.removeprefix("/scim/v2"), "", body)
        return WIRE[name][0](handler, body)

    portal.answers |= {"/Bulk": answer, "POST /Users": answer}
    kept = keep(server, timeout=1.5, bulk=bulk)
    assert len(kept.results) == 5
    assert len(portal.users) == (5 if done else 0)
    # The status alone says what became of a single request, and 200 says that the person was known.
    plain = not bulk and name in ("a gzip bomb", "a length below nothing")
    assert kept.changed is (done or plain)
    if done:
        assert kept.summary == {"linked" if plain else "created": 5}
    else:
        codes = {""} if plain else {"portal_answer_unreadable", "portal_answer_lost"}
        assert {item.code for item in kept.results} <= codes
        if plain:
            assert kept.summary == {"accepted": 5}
    assert portal.requests <= 40


def test_a_reading_is_bounded_as_a_whole(server, portal, monkeypatch):
    monkeypatch.setattr(scim, "MOST_BYTES", 400_000)
    portal.users = [user(number) for number in range(1, 20_000)]
    with pytest.raises(ZorgidError) as caught:
        keep(server)
    assert caught.value.code == "portal_answer_unreadable"
    assert portal.asked["GET /Users"] <= 20
    assert portal.posted == 0


def test_a_portal_that_asks_to_come_back_at_once_is_not_hammered(server, portal):
    portal.answers["GET /Users"] = (503, {"Retry-After": "0"}, b"")
    with pytest.raises(ZorgidError) as caught:
        keep(server, timeout=0.3)
    assert caught.value.code == "portal_silent"
    assert portal.asked["GET /Users"] <= 6


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "soon", "Fri, 31 Dec 9999 23:59:59 -2359", "1e400", "\xb2", "Fri"])
def test_retry_after_of_any_kind(server, portal, value):
    portal.answers["GET /Users"] = (429, {"Retry-After": value}, b"")
    with pytest.raises(ZorgidError) as caught:
        keep(server, timeout=0.3)
    assert caught.value.code == "portal_silent"
    assert portal.asked["GET /Users"] <= 6


# Bulk ---------------------------------------------------------------------------------------------------------------


def results(change):
    """The honest answer to a Bulk, changed."""

    def answer(handler, body):
        portal = handler.server.portal
        honest = portal.honest("POST", "/Bulk", "", body)[1]["Operations"]
        return text({"schemas": [MESSAGES + "BulkResponse"], "Operations": change(honest)})

    return answer


def status(value):
    return results(lambda honest: [{**item, "status": value} for item in honest])


def instead(content):
    def answer(handler, body):
        handler.server.portal.honest("POST", "/Bulk", "", body)
        return content

    return answer


#: all done; how it is told makes no difference
BULK_DONE = {
    "another order": results(lambda honest: honest[::-1]),
    "twice": results(lambda honest: honest + honest),
    "left out": results(lambda honest: honest[::2]),
    "none": results(lambda _honest: []),
    "unknown ids too": results(lambda honest: [{**item, "bulkId": "x" + item["bulkId"]} for item in honest] + honest),
    "unknown ids only": results(lambda honest: [{**item, "bulkId": "x" + item["bulkId"]} for item in honest]),
    "ids as numbers": results(lambda honest: [{**item, "bulkId": int(item["bulkId"])} for item in honest]),
    "no ids": results(lambda honest: [{"status": item["status"]} for item in honest]),
    "no ids and one too few": results(lambda honest: [{"status": item["status"]} for item in honest[1:]]),
    "contradicting itself": results(lambda honest: [*honest, *({**item, "status": "400"} for item in honest)]),
    "a number": status(201),
    "a float": status(201.0),
    "an object": status({"code": "201"}),
    "an object with a number": status({"code": 201, "description": "Created"}),
    "with its reason": status("201 Created"),
    "no status": results(lambda honest: [{"bulkId": item["bulkId"]} for item in honest]),
    "status null": status(None),
    "status true": status(True),
    "status a word": status("created"),
    "status a list": status([201]),
    "status far away": status(99999),
    "status below nothing": status(-1),
    "status without end": status("9" * 100_000),
    "status of something under way": status("102"),
    "operations null": instead(text({"Operations": None})),
    "operations an object": instead(text({"Operations": {}})),
    "operations of texts": instead(text({"Operations": ["201"]})),
    "operations of null": instead(text({"Operations": [None]})),
    "no operations": instead(b"{}"),
    "a list": instead(b"[]"),
    "a page": instead(PAGE),
    "nothing": instead(b""),
    "nested too deep": instead(DEEP),
    "an id that is a list": results(lambda honest: [{**item, "bulkId": []} for item in honest]),
    "no content": instead((204, {}, b"")),
    "an error although all was done": instead((500, {}, PAGE)),
    "a redirect although all was done": instead((302, {"Location": "/"}, b"")),
    "a refusal nobody can read": results(
        lambda honest: [{**item, "status": "500", "response": [7]} for item in honest]
    ),
    "names in another case": instead(text({"operations": []})),
}


@pytest.mark.parametrize("name", BULK_DONE)
def test_answers_to_bulk_however_told(server, portal, name):
    portal.answers["/Bulk"] = BULK_DONE[name]
    kept = keep(server, 250)
    assert len(portal.users) == 250
    assert kept.summary == {"created": 250}
    assert kept.changed
    assert portal.requests <= 40


@pytest.mark.parametrize("content", [b"[]", b"", PAGE, DEEP, text({"Operations": [None]})])
def test_a_bulk_that_does_nothing_and_says_nothing(server, portal, content):
    portal.answers["/Bulk"] = content
    kept = keep(server, 2000)
    assert kept.summary == {"failed": 2000}
    assert {item.code for item in kept.results} == {"portal_answer_unreadable"}
    assert not kept.changed
    assert portal.posted <= 4 * 9  # a round ends with what was on its way


def test_one_bad_answer_among_good_ones(server, portal):
    """The third Bulk is answered by somebody else; the round after it does what was kept back."""
    said = []

    def answer(handler, body):
        said.append(1)
        return PAGE if len(said) == 3 else text(portal.honest("POST", "/Bulk", "", body)[1])

    portal.answers["/Bulk"] = answer
    kept = keep(server, 2000)
    assert kept.summary == {"created": 2000}
    assert len({item["externalId"] for item in portal.users}) == len(portal.users) == 2000


def test_a_bad_answer_and_then_no_more_reading(server, portal):
    """Nobody knows: each account says so, and those that were not sent say that."""
    portal.answers |= {"/Bulk": PAGE, "GET /Users": PAGE}
    driver = driver_of(server)
    portal.answers.pop("GET /Users")
    driver.connect(URA)
    portal.after, portal.answers["GET /Users"] = True, PAGE
    portal.answers["/Bulk"] = instead(PAGE)
    portal.after = False
    portal.answers["GET /Users"] = lambda _handler, _body: PAGE if portal.posted else text(listing([]))
    kept = reconciler.keep(driver, desired.from_list([entry(number) for number in range(2000)]), Rules(URA))
    driver.close()
    assert kept.changed
    words = [item.message.partition(":")[0] for item in kept.results]
    assert set(words) == {"Unknown whether it was done", "Not sent"}
    assert words.count("Unknown whether it was done") == len(portal.users)
    assert {item.status for item in kept.results} == {"failed"}


def test_a_refusal_of_the_whole_bulk_names_nobody(server, portal):
    portal.answers["/Bulk"] = (400, {}, text({"detail": "Berg 2 exists", "status": "400"}))
    kept = keep(server)
    assert {item.message for item in kept.results} == {"The portal answered 400"}


def test_bulk_that_is_advertised_and_not_there(server, portal):
    portal.answers["/Bulk"] = (404, {}, PAGE)
    assert keep(server).summary == {"created": 5}


@pytest.mark.parametrize(
    "detail", ["x" * 3_000_000, {"a": 1}, ["Berg"], None, "\x1b[31mred\u202e", "Sanne " * 900 + "San"]
)
def test_words_of_a_refusal(server, portal, detail):
    portal.answers["POST /Users"] = (400, {}, text({"detail": detail}))
    for item in keep(server, bulk=False).results:
        assert item.code == "portal_status_400"
        assert item.message.isprintable()
        assert len(item.message) < 260
        assert "San" not in item.message


def test_what_the_portal_calls_people_is_shown_without_control_characters(server, portal):
    odd = "\x1b[2J\u202eHR"
    portal.users = [
        user(1),
        user(2, externalId=odd, name={"givenName": odd, "familyName": odd}, emails=[{"value": odd}]),
    ]
    kept = keep(server, 1, purge=True, max_removals="5")
    assert [item.status for item in kept.results] == ["unchanged", "unlinked"]
    assert kept.results[1].external_id.isprintable()
    portal.users = [user(1, name={"givenName": "Sanne", "familyName": odd})]
    kept = keep(server, 1)
    for full in (True, False):
        for fields in changes_shown.before_and_after(kept.changes[0], full=full):
            assert all(str(value).isprintable() for value in fields.values())


# options that are nobody's secret ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["https://[::1", "https://host:port/scim", "https://host:99999/", "https://ho st/", "https:///scim"]
)
def test_addresses_that_are_none(url):
    with pytest.raises(ZorgidError) as caught:
        ScimDriver(ScimSettings(url, token="t"))
    assert caught.value.code in ("portal_url_invalid", "portal_unreachable")


@pytest.mark.parametrize("token", ["tök", "a b", "a\nb", "a\x00"])
def test_tokens_that_are_none(token, tmp_path):
    path = tmp_path / "token"
    path.write_text(token)
    for given in ({"token": token}, {"token_path": str(path)}):
        with pytest.raises(ZorgidError) as caught:
            ScimDriver(ScimSettings("https://portal.example/scim/v2", **given))
        assert caught.value.code == "token_unreadable"
        assert token not in str(caught.value)
