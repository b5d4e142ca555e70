# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look "spa": what its page asks of the server, and once the page itself in a browser."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.browser import chromium
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS, make_client, service
from ansible_collections.gbz.zorgid.tests.support.portal_looks import Visitor
from PIL import Image

TODAY = date.today().isoformat()
LATER = (date.today() + timedelta(900)).isoformat()
NEW = {
    "roepnaam": "Ömer",
    "achternaam": "Yılmaz",
    "geboortedatum": "1988-04-09",
    "vastgesteld": "app",
    "rol": "gebruiker",
}


class Page(Visitor):
    """Asks what the page's script asks."""

    key = ""

    def ask(self, method, path, data=None, **headers):
        if self.key:
            headers = {"Authorization": f"Bearer {self.key}", **headers}
        return self.session.request(method, f"{self.portal.page}/api/{path}", json=data, headers=headers, timeout=20)

    def log_in(self):
        login = self.ask("POST", "aanmelding", {}).json()
        where = f"aanmelding/{login['id']}"
        assert self.ask("GET", where, **{"X-Geheim": login["geheim"]}).json() == {"stand": "wacht"}
        assert self.ask("GET", where, **{"X-Geheim": "x"}).status_code == 404
        assert self.approve(drawn(login["code"])) == {"approved": True}
        answer = self.ask("GET", where, **{"X-Geheim": login["geheim"]})
        self.key = answer.json().get("sleutel", "")
        return answer


def drawn(rows):
    """The code as the page draws it."""
    image = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, dot in enumerate(row):
            image.putpixel((x + 4, y + 4), 0 if dot == "1" else 255)
    file = io.BytesIO()
    image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("spa"), ORGANISATIONS, "registrar", look="spa") as portal:
        yield portal


@pytest.fixture(scope="module")
def api(portal):
    return make_client(portal, portal.tokens[LINDE], LINDE)


@pytest.fixture(scope="module")
def marit(portal):
    page = Page(portal)
    page.activate(LINDE, "De Linde")
    assert page.log_in().json()["stand"] == "klaar"
    return page


def members(portal):
    return {one["external_id"]: one for one in service.members(portal.state, LINDE) if one["external_id"]}


def test_adding_a_person_checks_every_field(portal, marit):
    wrong = {**NEW, "roepnaam": "", "geboortedatum": "09-04-1988", "email": "x", "vastgesteld": "zo"}
    answer = marit.ask("POST", "personen", wrong)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["velden"] == {"roepnaam": "missing", "geboortedatum": "day", "email": "email"}
    check = {**NEW, "personeelsnr": "S-1", "vastgesteld": "bewijs", "bewijs": "paspoort", "gezien": TODAY}
    assert marit.ask("POST", "personen", {**check, "bewijsTot": ""}).json()["velden"] == {"bewijsTot": "day"}
    assert marit.ask("POST", "personen", {**check, "bewijsTot": "2020-01-01"}).json()["velden"] == {
        "bewijsTot": "expired"
    }
    assert "S-1" not in members(portal)
    made = marit.ask("POST", "personen", {**check, "bewijsTot": LATER})
    assert (made.status_code, made.json()["app"], made.json()["bekend"]) == (201, "wacht", False)
    assert (members(portal)["S-1"]["identified"], members(portal)["S-1"]["date_of_birth"]) == ("wid", "1988-04-09")
    again = marit.ask("POST", "personen", {**NEW, "personeelsnr": "S-1", "achternaam": "Ander"})
    assert (again.status_code, again.json()["code"]) == (409, "number_taken")


def test_a_lost_answer_adds_once(portal, marit):
    service.put_fault(portal.state, "lost_answer path=/mijnzorgid method=POST times=1")
    lost = {**NEW, "personeelsnr": "S-9", "achternaam": "Kwijt"}
    with pytest.raises(requests.ConnectionError):
        marit.ask("POST", "personen", lost)
    assert "S-9" in members(portal)
    again = marit.ask("POST", "personen", lost)
    assert (again.status_code, again.json()["code"]) == (409, "number_taken")


def test_a_change_keeps_the_rest_and_sees_who_was_first(portal, marit, api):
    user = api.create(externalId="S-2", attributes=[{"type": "uziNumber", "value": "900777111"}])
    path = f"personen/{user['id']}"
    seen = marit.ask("GET", path).json()["versie"]
    assert marit.ask("PATCH", path, {"achternaam": "Anders"}).status_code == 428
    changed = marit.ask("PATCH", path, {"achternaam": "Anders"}, **{"If-Match": seen}).json()
    assert (changed["achternaam"], changed["uzi"], changed["roepnaam"]) == ("Anders", "900777111", "Sanne")
    assert [one["status"] for one in service.posts(portal.state, path, marit.phone.identity_id)] == [428, 200]
    late = marit.ask("PATCH", path, {"achternaam": "Later"}, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "changed")


def test_app_role_and_unlinking(portal, marit, api):
    user = api.create(externalId="S-3")
    path = f"personen/{user['id']}"
    for action, state in (
        ("pauzeren", "blocked"),
        ("hervatten", "invited"),
        ("afmelden", "revoked"),
        ("uitnodigen", "invited"),
    ):
        assert action in marit.ask("GET", path).json()["kan"]
        assert marit.ask("POST", f"{path}/app", {"actie": action}).status_code == 200
        assert members(portal)["S-3"]["device"] == state
    assert marit.ask("POST", f"{path}/app", {"actie": "hervatten"}).status_code == 409
    assert marit.ask("PATCH", f"{path}/rol", {"rol": "functioneel"}).json()["rol"] == "functioneel"
    assert marit.ask("DELETE", f"{path}/koppeling").status_code == 204
    assert marit.ask("GET", path).status_code == 404
    assert "S-3" not in members(portal)


def test_keys_and_the_end_of_a_session(portal, marit):
    other = Page(portal)
    other.phone = marit.phone
    other.log_in()
    assert other.ask("POST", "sleutels", {"naam": "EPD", "dagen": "0"}).json()["velden"] == {"dagen": "days"}
    made = other.ask("POST", "sleutels", {"naam": "EPD", "dagen": "30"}).json()["sleutel"]
    client = make_client(portal, made, LINDE)
    assert client.call("GET", "Users").status_code == 200
    (number,) = [one["nummer"] for one in other.ask("GET", "sleutels").json() if one["naam"] == "EPD"]
    assert other.ask("DELETE", f"sleutels/{number}").status_code == 204
    assert client.call("GET", "Users").status_code == 401
    assert other.ask("DELETE", "sessie").status_code == 204
    assert (other.ask("GET", "ik").status_code, marit.ask("GET", "ik").status_code) == (401, 200)


def test_who_works_for_two_organisations_chooses(portal, marit, api):
    tom = Page(portal)
    tom.activate("90000103", "Thuiszorg <De Brink>", first_name="Tom", prefix="", last_name="Twee")
    user = api.create(externalId="S-4", name={"givenName": "Tom", "familyName": "Twee"}, dateOfBirth="1975-03-09")
    assert tom.log_in().json()["stand"] == "klaar"
    assert tom.ask("POST", "ik/organisatie", {"ura": LINDE}).status_code == 403
    marit.ask("PATCH", f"personen/{user['id']}/rol", {"rol": "functioneel"})
    assert tom.ask("POST", "ik/organisatie", {"ura": LINDE}).json()["ura"] == LINDE
    refused = tom.ask("PATCH", f"personen/{user['id']}/rol", {"rol": "organisatie"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert marit.ask("POST", f"personen/{user['id']}/app", {"actie": "pauzeren"}).status_code == 200
    answer = tom.ask("GET", "personen")
    assert (answer.status_code, answer.json()["code"]) == (401, "rights")


def test_who_may_not_in_and_nothing_from_elsewhere(portal, marit):
    stranger = Page(portal)
    for method, path in (("GET", "personen"), ("POST", "personen"), ("GET", "ik"), ("DELETE", "sessie")):
        assert stranger.ask(method, path, {}).status_code == 401
    form = marit.session.post(
        f"{portal.page}/api/personen", data=NEW, headers={"Authorization": f"Bearer {marit.key}"}, timeout=20
    )
    assert form.status_code == 415
    assert marit.ask("POST", "personen", {**NEW, "roepnaam": "x" * 70_000}).status_code == 413
    assert marit.ask("POST", "personen", [1]).status_code == 400
    assert "zorgid" not in str(marit.session.cookies)
    page = marit.get(portal.page)
    assert page.url.endswith("/mijnzorgid/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "unsafe" not in policy
    for name in ("portaal.js", "velden.js", "portaal.css"):
        text = marit.get(f"{portal.page}/{name}").text
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert marit.get(f"{portal.page}/..%2fapi.py").status_code == 404


@pytest.fixture
def window():
    with chromium() as browser:
        yield browser.new_context(viewport={"width": 1280, "height": 800}, ignore_https_errors=True)


@pytest.mark.slow
def test_a_person_in_a_browser(portal, marit, api, window):
    for number in range(250):
        api.create(externalId=f"B-{number:03}", name={"givenName": "=1+1", "familyName": f"Lijst {number:03}"})
    page = window.new_page()
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.clock.install()
    page.goto(portal.page)
    assert marit.approve(page.locator("svg.code").screenshot()) == {"approved": True}
    page.clock.run_for(2000)
    grid = page.get_by_role("grid", name="Personen")
    grid.get_by_role("link", name="=1+1 Lijst 000").wait_for()
    count = int(grid.get_attribute("aria-rowcount"))
    assert count > 250
    assert page.locator("[role=row]").count() <= 31
    grid.evaluate("element => (element.scrollTop = element.scrollHeight)")
    page.clock.run_for(500)
    assert page.locator(f'[aria-rowindex="{count}"]').count() == 1
    assert page.locator("[role=row]").count() <= 31

    page.get_by_role("button", name="Persoon toevoegen").click()
    page.get_by_label("Roepnaam").fill("Nienke")
    page.get_by_label("Achternaam").fill("Nieuw")
    page.get_by_label("Geb.datum").fill("31-2-1990")
    page.get_by_role("button", name="Toevoegen", exact=True).click()
    assert page.get_by_text("Geen datum: dd-mm-jjjj").is_visible()
    page.get_by_label("Geb.datum").fill("28-2-1990")
    page.get_by_role("tab", name="Vaststelling").click()
    page.get_by_role("combobox", name="Hoe vastgesteld").press("ArrowDown")
    page.get_by_role("option", name="De persoon zelf").click()
    page.get_by_role("button", name="Toevoegen", exact=True).click()
    reported = page.get_by_text("Persoon toegevoegd")
    reported.wait_for()
    page.clock.run_for(2100)
    assert reported.count() == 0
    (made,) = [one for one in service.members(portal.state, LINDE) if one["last_name"] == "Nieuw"]
    assert (made["date_of_birth"], made["device"]) == ("1990-02-28", "invited")

    page.get_by_label("Zoeken").fill("b-00")
    page.clock.run_for(300)
    with page.expect_download() as download:
        page.get_by_role("button", name="10 personen exporteren").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert (len(rows), rows[0]["roepnaam"], rows[0]["geboortedatum"]) == (10, "'=1+1", "1988-04-12")

    page.get_by_role("link", name="=1+1 Lijst 007").click()
    page.get_by_role("tab", name="App").click()
    page.get_by_role("button", name="Pauzeren").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Pauzeren").click()
    page.get_by_text("App gepauzeerd").wait_for()
    assert members(portal)["B-007"]["device"] == "blocked"

    page.clock.run_for(14 * 60_000 - 30_000)
    page.get_by_role("alertdialog", name="Bent u er nog?").get_by_role("button", name="Ingelogd blijven").click()
    assert page.get_by_role("alertdialog").count() == 0
    page.reload()
    page.locator("svg.code").wait_for()
    assert trouble == []
