# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of the people: activate, log in with the phone, appoint, make a token, enrol."""

from __future__ import annotations

import csv
import io
import re

import pytest
from ansible_collections.gbz.zorgid.tests.support.portal_client import (
    EXTENSION,
    Client,
    make_client,
    service,
)
from ansible_collections.gbz.zorgid.tests.support.portal_pages import PERSON, Browser
from lxml import html

URA = "90000103"


@pytest.fixture(scope="module")
def administrator(world):
    payload = service.issue_activation(world.portal.state, URA, PERSON, organisation_name="Thuiszorg <De Brink>")
    browser = Browser(world.portal)
    answer = browser.app("activate", payload=payload, pin="24680")
    assert answer.status_code == 200, answer.text
    browser.device_key = answer.json()["device_key"]
    again = browser.app("activate", payload=payload, pin="24680")
    assert (again.status_code, again.json()["error"]) == (409, "code_used")
    assert "Gebruikers" in browser.log_in().text
    return browser


@pytest.fixture(scope="module")
def api(world, administrator) -> Client:
    page = administrator.post("/portal/tokens", "/portal/tokens", name="Ansible", days="30").text
    return make_client(world.portal, re.search(r'<code id="token">([^<]+)</code>', page)[1], URA)


def test_activation_makes_the_first_administrator(world, administrator):
    (member,) = [item for item in service.members(world.portal.state, URA) if item["role"] == "administrator"]
    assert (member["user_name"], member["device"]) == ("Marit de Graaf", "active")


def test_the_token_of_the_page_works_and_can_be_revoked(world, administrator, api):
    organisation = api.call("GET", f"Organisations/{URA}").json()
    assert organisation["name"] == "Thuiszorg <De Brink>"
    page = administrator.post("/portal/tokens", "/portal/tokens", name="weg", days="1").text
    token = re.search(r'<code id="token">([^<]+)</code>', page)[1]
    assert token not in administrator.get("/portal/tokens").text
    other = make_client(world.portal, token, URA)
    assert other.call("GET", "Users").status_code == 200
    number = re.findall(r"/portal/tokens/(\d+)/revoke", administrator.get("/portal/tokens").text)[-1]
    administrator.post("/portal/tokens", f"/portal/tokens/{number}/revoke")
    assert other.call("GET", "Users").status_code == 401


def test_a_form_takes_days_only(world, administrator):
    names = {"givenName": "Kees", "familyName": "Kalender", "role": "employee"}
    days = {"dateOfBirth": "1990-01-02", "documentExpires": "2099-01-01", "checkedAt": "2026-11-20"}
    for wrong in days:
        fields = {**names, **days, wrong: "02-01-1990", "way": "wid", "documentType": "passport"}
        answer = administrator.post("/portal/users/new", "/portal/users", **fields)
        assert (answer.status_code, "is geen datum" in answer.text) == (400, True)
    assert "Kalender" not in {item["last_name"] for item in service.members(world.portal.state, URA)}


def test_employees_enrol(world, administrator, api):
    wid = {
        "method": "wid",
        "documentType": "passport",
        "documentExpires": "2099-01-01",
        "checkedBy": "HR-1",
        "checkedAt": "2026-11-20",
    }
    api.create(externalId="E-1", name={"givenName": "Ömer", "familyName": "Yılmaz"}, identification=wid)
    api.create(externalId="E-2", name={"givenName": "Lotte", "familyName": "Visser"})
    who = {"ura": URA, "date_of_birth": "1988-04-12", "pin": "13579"}
    enrol = administrator.app

    assert enrol("enrol", **who, first_name="Ömer", last_name="Yılmaz").json()["state"] == "active"
    assert enrol("enrol", **who, first_name="Ömer", last_name="Yılmaz").json()["error"] == "already_active"
    lotte = {**who, "first_name": "Lotte", "last_name": "Visser"}
    assert enrol("enrol", **lotte).json()["error"] == "identification_required"
    for expires, error in (("2020-01-01", "identification_expired"), ("later", "identification_required")):
        own = {"document_type": "passport", "document_expires": expires}
        answer = enrol("enrol", **lotte, identification=own)
        assert (answer.status_code, answer.json()["error"]) == (422, error)
    own = {"document_type": "identity card", "document_expires": "2099-01-01"}
    assert enrol("enrol", **lotte, identification=own).status_code == 200
    assert enrol("enrol", **{**lotte, "last_name": "Visscher"}).json()["error"] == "person_unknown"
    assert enrol("enrol", **{**lotte, "pin": "12"}).json()["error"] == "pin_invalid"
    stored = {item["external_id"]: item for item in service.members(world.portal.state, URA)}
    assert [(stored[key]["device"], stored[key]["identified"]) for key in ("E-1", "E-2")] == [
        ("active", "wid"),
        ("active", "self"),
    ]


def test_an_appointed_operator_logs_in_and_cannot_appoint(world, administrator, api):
    user = api.create(externalId="O-1", name={"givenName": "Tom", "familyName": "<b>Bos</b>"})
    administrator.post("/portal/administrators", "/portal/administrators", identity_id=user["id"], role="operator")
    operator = Browser(world.portal)
    own = {"document_type": "passport", "document_expires": "2099-01-01"}
    answer = operator.app(
        "enrol",
        ura=URA,
        first_name="Tom",
        last_name="<b>Bos</b>",
        date_of_birth="1988-04-12",
        pin="24680",
        identification=own,
    )
    operator.device_key = answer.json()["device_key"]
    page = operator.log_in().text
    assert "Tom &lt;b&gt;Bos&lt;/b&gt;, Beheerder" in page
    assert "<b>Bos" not in page
    assert "Beheerder aanwijzen" not in operator.get("/portal/administrators").text
    refused = operator.post("/portal/users", "/portal/administrators", identity_id=user["id"], role="administrator")
    assert refused.status_code == 403
    administrator.post("/portal/users", f"/portal/users/{user['id']}/role", role="employee")
    assert operator.get("/portal/users").url.endswith("/portal/login")


def test_every_control_has_a_name_and_no_two_buttons_of_a_page_are_alike(administrator, api):
    user = api.create(externalId="L-1")
    paths = ("/portal/users/new", f"/portal/users/{user['id']}", "/portal/administrators", "/portal/tokens")
    for path in paths:
        page = administrator.tree(path)
        for control in page.xpath("//main//input[not(@type='hidden')] | //main//select"):
            (label,) = control.xpath("ancestor::label")
            assert label.text.strip()
        names = [button.text for button in page.xpath("//main//button") if button.text != "Intrekken"]
        assert len(set(names)) == len(names)
    headings = administrator.tree(paths[1]).xpath("//section/h3/text()")
    assert headings == ["Gegevens", "Organisatie(s)", "Telefoon"]


def test_a_change_is_answered_with_one_message_and_so_is_a_refusal(administrator, api):
    user = api.create(externalId="L-2")
    page = f"/portal/users/{user['id']}"
    answer = administrator.post(page, f"{page}/device", action="block")
    said = "//*[@role='status']/text()"
    assert html.fromstring(answer.content).xpath(said) == ["De telefoon is geblokkeerd."]
    assert administrator.tree(page).xpath(said) == []
    refused = administrator.post(page, f"{page}/role", role="chief")
    assert refused.status_code == 400
    assert html.fromstring(refused.content).xpath("//*[@role='alert']/text()")
    assert html.fromstring(refused.content).xpath("//h1/text()") == ["Niet gelukt"]


def test_block_revoke_unlink_on_the_page(administrator, api):
    user = api.create(externalId="B-1")
    page = f"/portal/users/{user['id']}"
    state = f"{EXTENSION}:device.state"
    for action, expected in (
        ("block", "blocked"),
        ("unblock", "invited"),
        ("revoke", "revoked"),
        ("invite", "invited"),
    ):
        administrator.post(page, f"{page}/device", action=action)
        assert api.call("GET", "Users", params={"filter": f'{state} eq "{expected}" and externalId eq "B-1"'}).json()[
            "totalResults"
        ]
    assert "Organisatie(s)" in administrator.get(page).text
    administrator.post(page, f"{page}/role", role="none")
    assert api.call("GET", f"Users/{user['id']}").status_code == 404


def test_the_exported_list(administrator, api):
    numbers = [{"type": "uziNumber", "value": "900001234"}, {"type": "roleCode", "value": "01.015"}]
    names = {"givenName": "=HYPERLINK()", "familyName": "Rekenaar"}
    api.create(externalId="X-1", name=names, attributes=[*numbers, {"type": "agbCode", "value": "01234567"}])
    answer = administrator.get("/portal/users.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = {
        row["Personeelsnummer"]: row
        for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    }
    assert (rows["X-1"]["Voornaam"], rows["X-1"]["Rol"], rows["X-1"]["Status"]) == (
        "'=HYPERLINK()",
        "Medewerker",
        "Uitgenodigd",
    )
    assert [rows["X-1"][title] for title in ("UZI-nummer", "Rolcode", "AGB-code")] == [
        "900001234",
        "01.015",
        "01234567",
    ]


def test_who_may_not_in(world, administrator):
    stranger = Browser(world.portal)
    assert stranger.get("/portal/users").url.endswith("/portal/login")
    challenge = stranger.scan_login()
    key = administrator.device_key
    for data, error in (
        ({"device_key": "x", "pin": "24680"}, "device_unknown"),
        ({"device_key": key, "pin": "00000"}, "pin_wrong"),
        ({"device_key": key, "pin": "24680", "payload": "zorgid://login?challenge=old"}, "login_expired"),
        ({"device_key": key, "pin": "24680", "payload": "https://elders.example"}, "payload_invalid"),
    ):
        assert stranger.app("approve", **{"payload": challenge, **data}).json()["error"] == error
    assert 'id="login-qr"' in stranger.get("/portal/login/wait").text
    unsigned = administrator.session.post(
        f"{administrator.root}/portal/tokens", data={"name": "x", "days": "1"}, timeout=20
    )
    assert unsigned.status_code == 403


def test_nothing_comes_from_elsewhere(administrator):
    for path in ("/portal/users", "/portal/administrators", "/portal/tokens", "/portal/login"):
        answer = administrator.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in answer.text
        assert not re.search(r'(src|href|action)="(?!/portal)', answer.text)
        if path == "/portal/login":
            (cookie,) = [item for item in answer.headers["Set-Cookie"].split("\n") if "zorgid_session" in item]
            assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict"))
