# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's forms: fields, token, validation, numbers, the link that works once, and faults on request."""

from __future__ import annotations

from html import escape

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.gbz_by_hand import (
    FOLLOW_UP,
    Browser,
    application,
    reference_on,
)
from ansible_collections.gbz.zorgid.tests.support.some_services import prepare, running
from lxml import html
from zorgid_sandbox import intake
from zorgid_sandbox.intake import store
from zorgid_sandbox.state import SandboxError, address, received

LABELS = """Naam zorgaanbieder, URA-nummer, KvK-nummer, AGB-code, Straat, Huisnummer, Postcode, Plaats, Zorgapplicatie,
Versie zorgapplicatie, Leverancier zorgapplicatie, Naam beheerorganisatie, Voornaam technisch beheerder,
Achternaam technisch beheerder, E-mailadres technisch beheerder, Telefoonnummer technisch beheerder,
Voornaam portaal admin, Achternaam portaal admin, E-mailadres portaal admin, Voornaam vertegenwoordiger,
Achternaam vertegenwoordiger, E-mailadres vertegenwoordiger, Productie, Acceptatie, Ik ga akkoord met de voorwaarden"""
FOLLOW_UP_LABELS = (
    "Voornaam, Achternaam, Geboortedatum, E-mailadres, Mobiel telefoonnummer, Ik verklaar dat de gegevens juist zijn"
)


@pytest.fixture
def browser(state):
    with Browser(state) as browser:
        yield browser


def link(state, ura="90000101"):
    return f"{address(state, 'intake')['base']}/vervolgformulier/{store.issue_link(state, ura, 'De Linde')}"


def labels(page):
    root = html.fromstring(page)
    for element in root.xpath("//label"):
        assert len(root.xpath("//*[@id=$id]", id=element.get("for"))) == 1
    return [element.text_content().replace(" (optioneel)", "") for element in root.xpath("//label")]


def values_on(page):
    form = html.fromstring(page).forms[0]
    return {name: value for name, value in form.form_values() if name != "token"}


def test_the_fields_are_those_of_the_contract(state, browser):
    page = browser.get(browser.application_form)
    assert labels(page.text) == [label.strip() for label in LABELS.replace("\n", " ").split(",")]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert labels(browser.get(link(state)).text) == FOLLOW_UP_LABELS.split(", ")
    assert browser.get(f"{address(state, 'intake')['base']}/").url == browser.application_form


def test_an_application_gets_a_number_and_a_second_post_another_one(state, browser):
    token = browser.token(browser.application_form)
    first = browser.post(browser.application_form, application("00000042"), token)
    second = browser.post(browser.application_form, application("00000042"), token)
    assert (first.status_code, second.status_code) == (200, 200)
    assert "Bedankt, wij hebben uw aanvraag ontvangen." in first.text
    assert reference_on(first.text) != reference_on(second.text)
    stored = [form for form in store.forms(state, "application") if form.ura == "00000042"]
    assert [form.reference for form in stored] == [reference_on(first.text), reference_on(second.text)]
    assert stored[0].fields == application("00000042")
    assert any("00000042" in one.summary for one in received(state, "intake", "application"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("ura", "123456789", "Een URA-nummer bestaat uit 1 tot 8 cijfers."),
        ("ura", "٤٢", "Een URA-nummer bestaat uit 1 tot 8 cijfers."),
        ("kvk", "1234567", "Een KvK-nummer bestaat uit 8 cijfers."),
        ("agb", "0105432", "Een AGB-code bestaat uit 8 cijfers."),
        ("postcode", "0123 AB", "Een postcode ziet eruit als 1234 AB."),
        ("admin_email", "j.lindeman", "Dit is geen e-mailadres."),
        ("technisch_telefoon", "bel mij", "Dit is geen telefoonnummer."),
        ("straat", "", "Vul in: Straat."),
        ("naam_zorgaanbieder", "x" * 201, "Gebruik ten hoogste 200 gewone tekens."),
        ("plaats", "Utrecht\r\nBcc: x", "Gebruik ten hoogste 200 gewone tekens."),
        ("omgeving", "Elders", "Kies Productie of Acceptatie."),
        ("akkoord", "", "Zonder uw akkoord kunnen wij de aanvraag niet behandelen."),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_the_rest_is_kept(state, browser, field, value, message):
    before = len(store.forms(state, "application"))
    given = {**application("90000101", 'De "Linde" <b>&'), field: value}
    page = browser.post(browser.application_form, given)
    assert page.status_code == 422
    assert "1 veld is niet goed ingevuld" in page.text
    root = html.fromstring(page.text)
    assert root.get_element_by_id(f"{field}-fout").text_content() == message
    wrong = root.xpath("//input[@aria-invalid='true']")
    assert {element.get("name") for element in wrong} == {field}
    kept = values_on(page.text)
    assert all(kept[name] == text for name, text in given.items() if name not in ("omgeving", "akkoord", field))
    assert len(store.forms(state, "application")) == before


def test_an_agb_code_may_be_left_out(browser):
    given = application("90000101")
    del given["agb"]
    assert "Kenmerk" in browser.post(browser.application_form, given).text


def test_a_form_without_its_token_or_its_cookie_is_not_taken(state, browser):
    before = len(store.forms(state, "application"))
    token = browser.token(browser.application_form)
    with Browser(state) as other:
        pages = [
            browser.post(browser.application_form, application("90000101"), "geraden"),
            other.post(browser.application_form, application("90000101"), token),
        ]
    for page in pages:
        assert page.status_code == 403
        assert "Uw sessie is verlopen" in page.text
        assert values_on(page.text)["straat"] == "Lindelaan"
    assert len(store.forms(state, "application")) == before


def test_the_follow_up_link_works_once(state, browser):
    url = link(state)
    assert "De Linde" in browser.get(url).text
    page = browser.post(url, {**FOLLOW_UP, "geboortedatum": "2999-01-01"})
    assert (page.status_code, "Deze datum kan niet." in page.text) == (422, True)
    assert escape("De Linde") in page.text
    done = browser.post(url, FOLLOW_UP)
    assert "wij hebben uw gegevens ontvangen" in done.text
    (form,) = [one for one in store.forms(state, "follow_up") if one.reference == reference_on(done.text)]
    assert (form.ura, form.fields) == ("90000101", FOLLOW_UP)
    for again in (browser.get(url), browser.post(url, FOLLOW_UP, "x")):
        assert (again.status_code, "Deze link is al gebruikt" in again.text) == (410, True)
    unknown = browser.get(url[:-4] + "AAAA")
    assert (unknown.status_code, "Deze link kennen wij niet" in unknown.text) == (404, True)


def test_a_body_too_large_is_refused(browser):
    page = browser.post(browser.application_form, {**application("90000101"), "straat": "x" * 70_000})
    assert page.status_code == 413


def test_faults(state, browser, fault):
    def count():
        return len(store.forms(state, "application"))

    url, token = browser.application_form, browser.token(browser.application_form)
    before = count()
    fault("intake", "status code=503 method=POST")
    assert browser.get(url).status_code == 200
    assert browser.post(url, application("90000101"), token).status_code == 503
    fault("intake", "reset form=application")
    with pytest.raises(requests.ConnectionError):
        browser.post(url, application("90000101"), token)
    fault("intake", "error_text times=2")
    page = browser.post(url, application("90000101"), token)
    assert (page.status_code, "niet verzonden" in page.text) == (200, True)
    assert browser.post(url, application("90000101"), token).text == page.text
    assert count() == before
    fault("intake", "lost_answer")
    with pytest.raises(requests.ConnectionError):
        browser.post(url, application("90000101"), token)
    assert count() == before + 1
    fault("intake", "slow seconds=0.2")
    assert "Kenmerk" in browser.post(url, application("90000101"), token).text
    fault("intake", "status form=follow_up")
    assert browser.get(url).status_code == 200
    intake.clear_faults(state)
    assert browser.get(link(state)).status_code == 200


@pytest.mark.parametrize("line", ["explode", "status colour=red", "status code=red", "slow seconds=fast", ""])
def test_a_fault_that_is_none_is_told(state, line):
    with pytest.raises(SandboxError):
        intake.put_fault(state, line)


def test_a_link_outlives_a_restart(tmp_path):
    state = prepare(tmp_path / "state")
    with running(state, "intake"):
        url = link(state)
    with running(state, "intake"), Browser(state) as browser:
        assert browser.get(url).status_code == 200
