# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SCIM server over real HTTPS: what scim2-tester checks, and Bulk, ETag, filter, sort, paging."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.portal_client import (
    APOTHEEK,
    EXTENSION,
    LINDE,
    make_client,
    service,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from zorgid_sandbox import state as states
from zorgid_sandbox import tls


@pytest.mark.parametrize(("who", "types"), [("registrar", None), ("linde", ["User"])])
def test_scim2_tester_finds_nothing(world, who, types):
    client = getattr(world, who)
    headers = {"Authorization": client.session.headers["Authorization"]}
    trust = ssl.create_default_context(cafile=world.portal.ca_path)
    with httpx2.Client(base_url=world.portal.url, headers=headers, verify=trust, trust_env=False) as http:
        results = check_server(SyncSCIMClient(http), resource_types=types)
    assert [f"{result.title}: {result.reason}" for result in results if result.status != Status.SUCCESS] == []
    assert len(results) > 30


def test_only_with_a_valid_token(world):
    assert world.linde.call("GET", "Users", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert world.linde.call("GET", "Users", headers={"Authorization": ""}).json()["status"] == "401"


# scopes, roles, linking ----------------------------------------------------------------------------------------------


def test_an_organisation_sees_its_own_members_only(world):
    user = world.linde.create()
    assert world.apotheek.call("GET", f"Users/{user['id']}").status_code == 404
    assert user["externalId"] not in world.apotheek.found()
    assert world.apotheek.patch(user, {"op": "replace", "path": "active", "value": False}).status_code == 404
    organisations = world.apotheek.call("GET", "Organisations").json()["Resources"]
    assert [item["ura"] for item in organisations] == [APOTHEEK]


def test_a_known_person_is_linked_and_each_organisation_has_its_own_external_id(world):
    first = world.linde.create(externalId="LINDE-1", name={"givenName": "Inge", "familyName": "de Wít"})
    answer = world.apotheek.call(
        # The same name in decomposed form: a portal compares people, not bytes.
        "POST",
        "Users",
        world.apotheek.person(externalId="VIJZEL-7", name={"givenName": "INGE", "familyName": "de Wi\u0301t"}),
    )
    assert (answer.status_code, answer.json()["id"]) == (200, first["id"])
    assert answer.json()["externalId"] == "VIJZEL-7"
    assert answer.json()[EXTENSION]["memberships"] == [{"ura": APOTHEEK, "role": "employee"}]
    assert world.linde.call("GET", f"Users/{first['id']}").json()["externalId"] == "LINDE-1"
    assert world.linde.call("DELETE", f"Users/{first['id']}").status_code == 409

    unlink = {"op": "remove", "path": f'{EXTENSION}:memberships[ura eq "{LINDE}"]'}
    assert world.linde.patch(first, unlink).status_code == 204
    assert world.linde.call("GET", f"Users/{first['id']}").status_code == 404
    assert world.apotheek.call("GET", f"Users/{first['id']}").status_code == 200
    assert world.apotheek.call("DELETE", f"Users/{first['id']}").status_code == 204


def test_the_uzi_number_links_where_the_name_changed(world):
    number = [{"type": "uziNumber", "value": "900031234"}]
    first = world.linde.create(attributes=number)
    assert first["userName"].endswith("900031234")
    linked = world.apotheek.create(attributes=number, name={"givenName": "Sanne", "familyName": "Nieuwenhuis"})
    assert linked["id"] == first["id"]


def test_twins_stay_two_people(world):
    name = {"givenName": "Kim", "familyName": "Jansen"}
    one, other = world.linde.create(name=name), world.linde.create(name=name)
    assert one["id"] != other["id"]
    assert one["userName"] != other["userName"]
    answer = world.apotheek.call("POST", "Users", world.apotheek.person(name=name))
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


def test_the_same_external_id_is_not_registered_twice(world):
    user = world.linde.create()
    answer = world.linde.call("POST", "Users", world.linde.person(externalId=user["externalId"]))
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


def test_memberships_of_others_cannot_be_given(world):
    foreign = world.linde.person(memberships=[{"ura": APOTHEEK, "role": "employee"}])
    assert world.linde.call("POST", "Users", foreign).status_code == 403


WID = {
    "method": "wid",
    "documentType": "passport",
    "documentExpires": "2099-05-01",
    "checkedBy": "HR-2",
    "checkedAt": "2026-11-20",
}


@pytest.mark.parametrize(
    ("identification", "status"),
    [
        (None, 400),
        (WID, 201),
        ({"method": "self"}, 201),
        ({**WID, "documentExpires": "2020-01-01"}, 400),
        ({**WID, "documentExpires": "soon"}, 400),
        ({**WID, "checkedBy": ""}, 400),
    ],
)
def test_an_operator_registers_with_identification(world, identification, status):
    person = world.operator.person(**({"identification": identification} if identification else {}))
    assert world.operator.call("POST", "Users", person).status_code == status


def test_an_operator_changes_employees_only(world):
    role = {"op": "replace", "path": f'{EXTENSION}:memberships[ura eq "{LINDE}"].role', "value": "operator"}
    employee = world.linde.create()
    assert world.operator.patch(employee, role).status_code == 403
    assert world.linde.patch(employee, role).status_code == 200
    rename = {"op": "replace", "path": "name.givenName", "value": "Anders"}
    assert world.operator.patch(employee, rename).status_code == 403
    assert world.operator.call("DELETE", f"Users/{employee['id']}").status_code == 403


def test_an_organisation_keeps_an_administrator(world):
    administrators = world.apotheek.call(
        "GET", "Users", params={"filter": f'{EXTENSION}:memberships[role eq "administrator"]'}
    ).json()["Resources"]
    assert len(administrators) == 1
    demote = {"op": "replace", "path": f'{EXTENSION}:memberships[ura eq "{APOTHEEK}"].role', "value": "employee"}
    remove = {"op": "remove", "path": f'{EXTENSION}:memberships[ura eq "{APOTHEEK}"]'}
    assert world.apotheek.patch(administrators[0], demote).status_code == 409
    assert world.apotheek.patch(administrators[0], remove).status_code == 409
    assert world.apotheek.call("DELETE", f"Users/{administrators[0]['id']}").status_code == 409


def test_a_block_holds_at_all_organisations_and_revoke_needs_a_new_enrolment(world):
    name = {"givenName": "Bo", "familyName": "Smit"}
    user = world.linde.create(name=name)
    assert world.apotheek.create(name=name)["id"] == user["id"]
    blocked = world.linde.patch(user, {"op": "replace", "path": "active", "value": False}).json()
    assert (blocked["active"], blocked[EXTENSION]["device"]["state"]) == (False, "blocked")
    seen = world.apotheek.call("GET", f"Users/{user['id']}").json()
    assert (seen["active"], seen[EXTENSION]["device"]["state"]) == (False, "blocked")
    back = world.apotheek.patch(user, {"op": "replace", "path": "active", "value": True}).json()
    assert back[EXTENSION]["device"]["state"] == "invited"

    state = f"{EXTENSION}:device.state"
    revoked = world.linde.patch(user, {"op": "replace", "path": state, "value": "revoked"}).json()
    assert (revoked["active"], revoked[EXTENSION]["device"]["state"]) == (False, "revoked")
    assert world.linde.patch(user, {"op": "replace", "path": "active", "value": True}).status_code == 400
    assert world.linde.patch(user, {"op": "replace", "path": state, "value": "active"}).status_code == 400
    again = world.linde.patch(user, {"op": "replace", "path": state, "value": "invited"}).json()
    assert (again["active"], again[EXTENSION]["device"]["state"]) == (True, "invited")


# versions -----------------------------------------------------------------------------------------------------------


def test_etag_and_if_match(world):
    user = world.linde.create()
    path = f"Users/{user['id']}"
    answer = world.linde.call("GET", path)
    version = answer.headers["ETag"]
    assert version == answer.json()["meta"]["version"] == user["meta"]["version"]
    assert world.linde.call("GET", path, headers={"If-None-Match": version}).status_code == 304
    rename = {"op": "replace", "path": "name.givenName", "value": "Fleur"}
    changed = world.linde.patch(user, rename, headers={"If-Match": version})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != version
    for method, data in (("PATCH", {"Operations": [rename]}), ("PUT", world.linde.person()), ("DELETE", None)):
        assert world.linde.call(method, path, data, headers={"If-Match": version}).status_code == 412
    unchanged = world.linde.patch(user, rename, headers={"If-Match": changed.headers["ETag"]})
    assert unchanged.headers["ETag"] == changed.headers["ETag"]


# lists --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(world):
    people = [
        ("F-1", "Anna", "Bakker", "anna@filter.example", "employee"),
        ("F-2", "Bram", "Çelik", "Bram@Filter.example", "operator"),
        ("F-3", "Cor", "van Dijk", "cor@filter.example", "employee"),
    ]
    for external, given, family, email, role in people:
        world.apotheek.create(
            externalId=external,
            name={"givenName": given, "familyName": family},
            emails=[{"value": email, "type": "work", "primary": True}],
            memberships=[{"ura": APOTHEEK, "role": role}],
        )
    return world.apotheek


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('externalId eq "F-2"', ["F-2"]),
        ('externalId eq "f-2"', []),
        ('userName eq "anna bakker"', ["F-1"]),
        ('USERNAME sw "bram" and externalid sw "F-"', ["F-2"]),
        ('name.familyName co "IJK" and externalId sw "F-"', ["F-3"]),
        ('emails.value eq "bram@filter.example"', ["F-2"]),
        ('emails co "@filter.example"', ["F-1", "F-2", "F-3"]),
        ('emails[type eq "work" and value sw "cor"]', ["F-3"]),
        ('externalId eq "F-1" or externalId eq "F-3"', ["F-1", "F-3"]),
        ('externalId sw "F-" and not (name.givenName eq "Anna")', ["F-2", "F-3"]),
        ('externalId sw "F-" and name.familyName gt "b" and name.familyName lt "c"', ["F-1"]),
        ('externalId sw "F-" and emails pr', ["F-1", "F-2", "F-3"]),
        ('externalId sw "F-" and title pr', []),
        (f'{EXTENSION}:memberships[ura eq "{APOTHEEK}" and role eq "operator"]', ["F-2"]),
        (f'{EXTENSION}:memberships.role eq "operator"', ["F-2"]),
        ('externalId sw "F-" and meta.lastModified gt "2020-01-01T00:00:00Z"', ["F-1", "F-2", "F-3"]),
        ('externalId sw "F-" and active eq true and name.givenName ew "m"', ["F-2"]),
    ],
)
def test_filter(listed, expression, expected):
    assert [item for item in listed.found(filter=expression) if item in ("F-1", "F-2", "F-3")] == expected


@pytest.mark.parametrize("expression", ["userName", "userName eq", 'eq "x"', "userName zz 1", '(userName eq "x"'])
def test_a_filter_that_cannot_be_read(listed, expression):
    answer = listed.call("GET", "Users", params={"filter": expression})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_sort_and_search(listed):
    query = {"filter": 'externalId sw "F-"', "sortBy": "name.familyName"}
    assert listed.found(**query) == ["F-1", "F-3", "F-2"]  # a, v, ç in code point order
    assert listed.found(**query, sortOrder="descending") == ["F-2", "F-3", "F-1"]
    answer = listed.call("POST", "Users/.search", {"filter": 'externalId eq "F-3"', "attributes": ["name.givenName"]})
    (user,) = answer.json()["Resources"]
    assert user["name"] == {"givenName": "Cor"}
    assert set(user) == {"id", "schemas", "name"}


def test_paging_gives_everyone_once(world):
    for _ in range(5):
        world.linde.create()
    everyone = world.linde.call("GET", "Users").json()
    seen, start = [], 1
    while start <= everyone["totalResults"]:
        page = world.linde.call("GET", "Users", params={"startIndex": start, "count": 3}).json()
        assert page["itemsPerPage"] == len(page["Resources"]) <= 3
        assert (page["startIndex"], page["totalResults"]) == (start, everyone["totalResults"])
        seen += [user["id"] for user in page["Resources"]]
        start += 3
    assert seen == [user["id"] for user in everyone["Resources"]]
    assert world.linde.found(count=0) == []
    assert world.linde.found(startIndex=10_000) == []
    assert world.linde.call("GET", "Users", params={"count": "many"}).status_code == 400


# patch --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "where", "expected"),
    [
        ({"op": "Replace", "path": "name.givenName", "value": "Ada"}, ("name", "givenName"), "Ada"),
        ({"op": "replace", "value": {"name": {"givenName": "Eva"}}}, ("name", "givenName"), "Eva"),
        ({"op": "replace", "value": {"name.givenName": "Ida"}}, ("name", "givenName"), "Ida"),
        ({"op": "add", "value": {EXTENSION: {"dateOfBirth": "1990-01-01"}}}, (EXTENSION, "dateOfBirth"), "1990-01-01"),
        ({"op": "remove", "path": f"{EXTENSION}:dateOfBirth"}, (EXTENSION, "dateOfBirth"), None),
        ({"op": "remove", "path": "emails"}, ("emails",), None),
        (
            {"op": "replace", "path": "emails[primary eq true].value", "value": "new@delinde.example"},
            ("emails",),
            [{"value": "new@delinde.example", "primary": True}],
        ),
        (
            {"op": "replace", "path": "emails", "value": [{"value": "b@delinde.example"}]},
            ("emails",),
            [{"value": "b@delinde.example"}],
        ),
        (
            {"op": "add", "path": f'{EXTENSION}:attributes[type eq "roleCode"].value', "value": "01.015"},
            (EXTENSION, "attributes"),
            [{"type": "roleCode", "value": "01.015"}],
        ),
        (
            {"op": "replace", "path": f'{EXTENSION}:memberships[ura eq "{LINDE}"].role', "value": "operator"},
            (EXTENSION, "memberships"),
            [{"ura": LINDE, "role": "operator"}],
        ),
        (
            {"op": "add", "path": f"{EXTENSION}:memberships", "value": [{"ura": LINDE, "role": "administrator"}]},
            (EXTENSION, "memberships"),
            [{"ura": LINDE, "role": "administrator"}],
        ),
    ],
)
def test_patch(world, operation, where, expected):
    user = world.linde.create()
    answer = world.linde.patch(user, operation)
    assert answer.status_code == 200, answer.text
    value = answer.json()
    for step in where:
        value = value.get(step)
        if value is None:
            break
    assert value == expected
    assert world.linde.call("GET", f"Users/{user['id']}").json() == answer.json()


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[value eq "nobody"].value', "value": "x"}, "noTarget"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "move", "path": "active"}, "invalidSyntax"),
        ({"op": "replace", "path": "active", "value": "no"}, "invalidValue"),
        ({"op": "replace", "path": f'{EXTENSION}:memberships[ura eq "{LINDE}"].role', "value": "boss"}, "invalidValue"),
    ],
)
def test_a_patch_that_is_refused_changes_nothing(world, operation, scim_type):
    user = world.linde.create()
    rename = {"op": "replace", "path": "name.givenName", "value": "Half"}
    answer = world.linde.patch(user, rename, operation)
    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert world.linde.call("GET", f"Users/{user['id']}").json() == user


# bulk ---------------------------------------------------------------------------------------------------------------


def test_bulk(world):
    old, gone = world.linde.create(), world.linde.create()
    rename = {"Operations": [{"op": "replace", "path": "name.givenName", "value": "Noor"}]}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": world.linde.person()},
        {"method": "PATCH", "path": "/Users/bulkId:a", "data": rename},
        {"method": "PATCH", "path": f"/Users/{old['id']}", "version": old["meta"]["version"], "data": rename},
        {"method": "PATCH", "path": f"/Users/{old['id']}", "version": old["meta"]["version"], "data": rename},
        {"method": "DELETE", "path": f"/Users/{gone['id']}"},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"name": "wrong"}},
        {"method": "PATCH", "path": "/Users/bulkId:zzz", "data": rename},
        {"method": "POST", "path": "/Users", "data": world.linde.person()},
    ]
    answer = world.linde.call("POST", "Bulk", {"Operations": operations})
    assert answer.status_code == 200
    results = answer.json()["Operations"]
    assert [item["status"] for item in results] == ["201", "200", "200", "412", "204", "400", "409", "400"]
    assert results[0]["bulkId"] == "a"
    made = world.linde.session.get(results[0]["location"]).json()
    assert (made["name"]["givenName"], made["meta"]["version"]) == ("Noor", results[1]["version"])
    assert results[5]["response"]["scimType"] == "invalidValue"


def test_bulk_stops_at_the_errors_that_were_allowed(world):
    wrong = {"method": "POST", "path": "/Users", "bulkId": "x", "data": {}}
    good = {"method": "POST", "path": "/Users", "bulkId": "y", "data": world.linde.person()}
    answer = world.linde.call("POST", "Bulk", {"failOnErrors": 1, "Operations": [wrong, good]})
    assert [item["status"] for item in answer.json()["Operations"]] == ["400"]
    assert world.linde.found(filter=f'externalId eq "{good["data"]["externalId"]}"') == []


def test_bulk_limits_are_the_advertised_ones(world):
    bulk = world.linde.call("GET", "ServiceProviderConfig").json()["bulk"]
    operation = {"method": "DELETE", "path": "/Users/none"}
    many = {"Operations": [operation] * (bulk["maxOperations"] + 1)}
    assert world.linde.call("POST", "Bulk", many).status_code == 413
    large = {"Operations": [{**operation, "data": "x" * bulk["maxPayloadSize"]}]}
    assert world.linde.call("POST", "Bulk", large).status_code == 413
    assert world.linde.call("POST", "Bulk", {"Operations": "none"}).status_code == 400


# who asks -----------------------------------------------------------------------------------------------------------


def test_me_tells_the_role_of_the_token(world):
    for who, role in (("linde", "administrator"), ("operator", "operator")):
        me = getattr(world, who).call("GET", "Me").json()
        assert me[EXTENSION]["memberships"] == [{"ura": LINDE, "role": role}]


def test_a_token_ends_with_the_role_of_who_made_it(world, tmp_path):
    ura = "90000109"
    tokens = service.seed(tmp_path, {ura: "Proef"}, "operator")
    with service.running(tmp_path, {ura: "Proef"}) as portal:
        administrator, operator = make_client(portal, portal.tokens[ura], ura), make_client(portal, tokens[ura], ura)
        me = operator.call("GET", "Me").json()
        demote = {"op": "replace", "path": f'{EXTENSION}:memberships[ura eq "{ura}"].role', "value": "employee"}
        assert administrator.patch(me, demote).status_code == 200
        assert operator.call("GET", "Users").status_code == 401


def test_a_client_certificate_can_be_demanded(tmp_path):
    ura = "90000109"
    ca = tls.ca_path(tmp_path)
    states.State(tmp_path).make()
    tls.prepare(tmp_path)
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gbz client")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "client.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "client.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with service.running(tmp_path, {ura: "Proef"}, client_ca=tmp_path / "client.pem") as portal:
        assert portal.ca_path == str(ca)
        client = make_client(portal, portal.tokens[ura], ura)
        with pytest.raises(requests.ConnectionError):
            client.call("GET", "Users")
        client.session.cert = (str(tmp_path / "client.pem"), str(tmp_path / "client.key"))
        assert client.call("GET", "Users").status_code == 200
