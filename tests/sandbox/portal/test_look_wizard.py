# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look "wizard" as a person goes through it: pages without script, step after step."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS, make_client, service
from ansible_collections.gbz.zorgid.tests.support.portal_looks import Visitor

TODAY = date.today()


def boxes(name, day):
    return {f"{name}-dag": str(day.day), f"{name}-maand": str(day.month), f"{name}-jaar": str(day.year)}


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("wizard"), ORGANISATIONS, "registrar", look="wizard") as portal:
        yield portal


@pytest.fixture(scope="module")
def api(portal):
    return make_client(portal, portal.tokens[LINDE], LINDE)


@pytest.fixture(scope="module")
def marit(portal):
    visitor = Visitor(portal)
    visitor.activate(LINDE, "De Linde")
    visitor.get(portal.page)
    assert visitor.answer.url.endswith("/zorgid-beheer/inloggen")
    assert visitor.approve(visitor.session.get(f"{portal.page}/inloggen/code.png").content) == {"approved": True}
    visitor.get(f"{portal.page}/inloggen")
    assert "Welkom, Marit" in visitor.text
    return visitor


@pytest.fixture
def start(portal, marit):
    """Marit at the first page."""
    marit.get(portal.page)
    return marit


def members(portal):
    return {one["external_id"]: one for one in service.members(portal.state, LINDE) if one["external_id"]}


def test_registering_in_four_steps(portal, start):
    start.get(f"{portal.page}/medewerkers")
    start.follow("Medewerker aanmelden")
    assert "Stap 1 van 4: persoon" in start.text
    start.press("Volgende", externalId="W-1", givenName="Ömer", familyName="Yılmaz", **{"dateOfBirth-dag": "31"})
    assert start.answer.status_code == 422
    assert "Geboren op: Vul een bestaande datum in" in start.text
    start.press("Volgende", **boxes("dateOfBirth", date(1988, 4, 9)))
    assert "Stap 2 van 4" in start.text
    start.press("Volgende", email="omer@", uziNumber="900123456", roleCode="01.015", agbCode="01054321")
    assert "Werkmail: Vul een e-mailadres in" in start.text
    start.press("Volgende", email="omer@delinde.example")
    start.press("Volgende", way="wid", documentType="passport", **boxes("checkedAt", TODAY + timedelta(1)))
    assert "Geldig tot en met: Vul dit in." in start.text
    assert "Gezien op: Deze datum ligt in de toekomst." in start.text
    start.press("Volgende", **boxes("checkedAt", TODAY), **boxes("documentExpires", TODAY + timedelta(900)))
    assert "Stap 4 van 4: controleren en bevestigen" in start.text
    assert "09-04-1988" in start.text
    assert "W-1" not in members(portal)
    confirm = start.answer.url
    start.press("Bevestigen")
    assert "Ömer Yılmaz is aangemeld. De uitnodiging is verstuurd." in start.text
    made = members(portal)["W-1"]
    assert (made["date_of_birth"], made["identified"], made["device"]) == ("1988-04-09", "wid", "invited")
    last = service.posts(portal.state, identity_id=start.phone.identity_id)[-1]
    assert (last["path"], last["status"]) == (confirm.removeprefix(start.root), 303)
    start.get(confirm)
    assert start.answer.status_code == 404
    assert "Zij is al bevestigd" in start.text


def test_a_lost_answer_registers_once(portal, start):
    start.get(f"{portal.page}/aanmelden")
    start.press(
        "Volgende", externalId="W-9", givenName="Kim", familyName="Kwijt", **boxes("dateOfBirth", date(1990, 1, 2))
    )
    start.press("Volgende")
    start.press("Volgende", way="self")
    service.put_fault(portal.state, "lost_answer path=/zorgid-beheer method=POST times=1")
    with pytest.raises(requests.ConnectionError):
        start.press("Bevestigen")
    assert "W-9" in members(portal)
    start.press("Bevestigen")
    assert (start.answer.status_code, "Zij is al bevestigd" in start.text) == (404, True)


def test_previous_keeps_what_was_typed_and_no_step_is_skipped(portal, start):
    start.get(f"{portal.page}/aanmelden")
    start.press("Volgende", givenName="Kees", familyName="<b>Bos</b>", **boxes("dateOfBirth", date(1990, 1, 2)))
    start.press("Vorige", email="nog niet af")
    assert start.page.get_element_by_id("v-familyName").value == "<b>Bos</b>"
    assert start.page.get_element_by_id("v-dateOfBirth-dag").value == "2"
    start.get(start.answer.url.replace("stap-1", "stap-4"))
    assert "Stap 2 van 4" in start.text
    assert start.page.get_element_by_id("v-email").value == "nog niet af"
    assert "Kees" not in {one["first_name"] for one in service.members(portal.state, LINDE)}


def test_the_rules_refuse_at_the_last_step(portal, start, api):
    api.create(externalId="W-2")
    start.get(f"{portal.page}/aanmelden")
    day = boxes("dateOfBirth", date(1990, 1, 2))
    start.press("Volgende", externalId="W-2", givenName="Kees", familyName="Dubbel", **day)
    start.press("Volgende")
    start.press("Volgende", way="self")
    start.press("Bevestigen")
    assert start.answer.status_code == 422
    assert "Dit medewerkernummer is al in gebruik bij uw organisatie." in start.text


def test_the_phone_behind_the_menu_and_a_question(portal, start, api):
    user = api.create(externalId="W-3")
    page = f"{portal.page}/medewerkers/{user['id']}"
    start.get(page)
    for action, yes, state, reported in (
        ("Deactiveren", "Ja, deactiveren", "blocked", "Gedeactiveerd"),
        ("Weer activeren", "Ja, weer activeren", "invited", "Uitnodiging verstuurd"),
        ("Telefoon intrekken", "Ja, telefoon intrekken", "revoked", "Telefoon ingetrokken"),
        ("Nieuwe uitnodiging sturen", "Ja, uitnodiging sturen", "invited", "Uitnodiging verstuurd"),
    ):
        before = members(portal)["W-3"]["device"]
        start.follow(action)
        assert "Weet u het zeker?" in start.text
        assert members(portal)["W-3"]["device"] == before
        start.press(yes)
        assert (members(portal)["W-3"]["device"], start.answer.url) == (state, page)
        assert reported in start.text
    assert start.get(f"{page}/activeren").status_code == 409
    start.get(page)
    start.follow("Koppeling beëindigen")
    start.press("Ja, koppeling beëindigen")
    assert "Zet eerst het vinkje." in start.text
    start.press("Ja, koppeling beëindigen", zeker="ja")
    assert "W-3" not in members(portal)


def test_data_and_role(portal, start, api):
    user = api.create(externalId="W-4", attributes=[{"type": "uziNumber", "value": "900555111"}])
    page = f"{portal.page}/medewerkers/{user['id']}"
    start.get(page)
    start.follow("Gegevens wijzigen")
    start.press("Wijzigingen bewaren", familyName="Anders", email="")
    assert "De gegevens zijn gewijzigd." in start.text
    found = api.call("GET", f"Users/{user['id']}").json()
    assert (found["name"]["familyName"], found.get("emails")) == ("Anders", None)
    start.follow("Bevoegdheid wijzigen")
    start.press("Bewaren", role="operator")
    assert members(portal)["W-4"]["role"] == "operator"
    start.get(f"{portal.page}/bevoegdheden")
    assert "Anders" in start.text
    me = next(one for one in service.members(portal.state, LINDE) if one["last_name"] == "de Graaf")
    admin = next(one for one in service.members(portal.state, LINDE) if one["first_name"] == "Admin")
    for who, status in ((admin, 200), (me, 422)):
        start.get(f"{portal.page}/medewerkers/{who['id']}/bevoegdheid")
        assert start.press("Bewaren", role="employee").status_code == status
    assert "Uw organisatie moet een hoofdbeheerder houden." in start.text


def test_the_list_in_pages_of_fifty_and_the_export(portal, start, api):
    for number in range(60):
        api.create(externalId=f"L-{number:02}", name={"givenName": "=1+1", "familyName": f"Lijst {number:02}"})
    start.get(f"{portal.page}/medewerkers?zoek=lijst")
    assert "1–50 van 60" in start.text
    first = {one.text_content() for one in start.page.xpath("//tbody//th")}
    start.follow("Volgende ›")
    assert "51–60 van 60" in start.text
    assert len(first | {one.text_content() for one in start.page.xpath("//tbody//th")}) == 60
    start.get(f"{portal.page}/medewerkers")
    answer = start.follow("Exporteer (CSV)")
    assert re.search(r'filename="medewerkers_90000101_\d\d-\d\d-\d{4}\.csv"', answer.headers["Content-Disposition"])
    rows = {
        row["Medewerkernummer"]: row
        for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    }
    assert len(rows) >= 60
    row = rows["L-07"]
    assert (row["Voornaam"], row["Geboren op"], row["Telefoon"]) == ("'=1+1", "12-04-1988", "Uitnodiging verstuurd")
    assert {"UZI-nummer", "Rolcode", "AGB-code"} <= row.keys()


def test_a_key_is_shown_once_and_ends(portal, start):
    start.follow("Koppelingen")
    start.follow("Sleutel maken")
    start.press("Sleutel maken", name="EPD", days="400")
    assert "Aantal dagen geldig: Kies 1 tot en met 365 dagen." in start.text
    start.press("Sleutel maken", days="30")
    (made,) = [one.text for one in start.page.iter("code")]
    client = make_client(portal, made, LINDE)
    assert client.call("GET", "Users").status_code == 200
    start.follow("Ik heb de sleutel bewaard")
    assert made not in start.answer.text
    start.follow("Stopzetten van EPD")
    start.press("Ja, stopzetten")
    assert client.call("GET", "Users").status_code == 401


def test_an_appointed_person_with_two_organisations_chooses_one(portal, start, api):
    other = Visitor(portal)
    other.activate("90000103", "Thuiszorg <De Brink>", first_name="Tom", prefix="", last_name="Twee")
    api.create(externalId="W-5", name={"givenName": "Tom", "familyName": "Twee"}, dateOfBirth="1975-03-09")
    start.follow("Beheerrollen")
    start.follow("Beheerder aanwijzen")
    start.press("Zoeken", zoek="tom twee")
    (key,) = [one.get("value") for one in start.page.iter("input") if one.get("name") == "wie"]
    start.press("Aanwijzen", wie=key, role="operator")
    assert "Tom Twee is nu lokaal beheerder." in start.text
    other.get(portal.page)
    other.approve(other.session.get(f"{portal.page}/inloggen/code.png").content)
    other.get(portal.page)
    other.get(f"{portal.page}/inloggen")
    assert "Voor welke organisatie werkt u nu?" in other.text
    assert other.get(f"{portal.page}/medewerkers").url.endswith("/organisatie")
    other.press("Verder", ura=LINDE)
    other.follow("Beheerrollen")
    assert "Beheerder aanwijzen" not in other.text
    start.get(f"{portal.page}/medewerkers/{key}/bevoegdheid")
    start.press("Bewaren", role="employee")
    other.get(f"{portal.page}/medewerkers")
    assert other.answer.url.endswith("/inloggen?reden=rechten")


def test_who_may_not_in_and_nothing_from_elsewhere(portal, start):
    stranger = Visitor(portal)
    assert stranger.get(f"{portal.page}/medewerkers").url.endswith("/inloggen")
    # Whoever has planted the cookie of the login page does not get in with the person who logs in there.
    planted = stranger.session.cookies["zorgid_beheer"]
    stranger.phone = start.phone
    stranger.approve(stranger.session.get(f"{portal.page}/inloggen/code.png").content)
    assert stranger.get(f"{portal.page}/inloggen").url == portal.page
    stranger.session.cookies.clear()
    stranger.session.cookies["zorgid_beheer"] = planted
    assert stranger.get(f"{portal.page}/medewerkers").url.endswith("/inloggen")
    for path in ("", "/medewerkers", "/aanmelden", "/sleutels/nieuw", "/inloggen"):
        answer = start.get(f"{portal.page}{path}")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "<script" not in answer.text
        assert not re.search(r'(src|href|action)="(?!/zorgid-beheer|#)', answer.text)
    start.get(f"{portal.page}/sleutels/nieuw")
    assert start.press("Sleutel maken", name="x", formuliercode="oud").status_code == 403
    assert "Formulier verlopen" in start.text
    big = start.session.post(f"{portal.page}/sleutels/nieuw", data={"name": "x" * 70_000}, timeout=20)
    assert big.status_code == 413


def test_the_sandbox_own_people_find_the_classic_pages(portal, start):
    """people act works the classic pages, whatever the look; a login there is no login here."""
    assert 'id="login-qr"' in start.session.get(f"{start.root}/portal/login", timeout=20).text
    assert start.session.get(f"{start.root}/portal/users", timeout=20).url.endswith("/portal/login")
