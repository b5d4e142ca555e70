# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be ordered of a page and its forms, as a browser meets it; what the store gets decides."""

from __future__ import annotations

import re

import pytest
from ansible_collections.gbz.zorgid.tests.support.portal_client import service
from ansible_collections.gbz.zorgid.tests.support.portal_pages import (
    DAY,
    headings,
    names,
    path_of,
    register,
    stored,
)
from lxml import html
from zorgid_sandbox import cli


def test_the_button_that_does_not_fit_is_there_too(portal, browser, order):
    path = path_of(portal, "Jansen 1")
    assert cli.main(["fault", "portal", "both_buttons", "--state", str(portal.state)]) == 0
    buttons = browser.tree(path).xpath("//section[h3='Telefoon']//button")
    assert [(one.text, "disabled" in one.attrib) for one in buttons] == [
        ("Deblokkeren", True),
        ("Blokkeren", False),
        ("Intrekken", False),
    ]
    order("both_buttons wrong=enabled")
    assert not browser.tree(path).xpath("//button[@disabled]")
    assert browser.post(path, f"{path}/device", action="unblock").status_code == 409
    assert browser.post(path, f"{path}/device", action="block").status_code == 200
    assert stored(portal, "Jansen 1")["device"] == "blocked"
    assert browser.post(path, f"{path}/device", action="block").status_code == 409


def test_names_that_contain_another(portal, browser, order):
    order("similar_names")
    labels = [one.text.strip() for one in browser.tree("/portal/users/new").xpath("//label")]
    for decoy, real in (("Achternaam partner", "Achternaam"), ("E-mailadres privé", "E-mailadres")):
        assert labels.index(decoy) < labels.index(real)
    assert labels.index("Rolcode") < labels.index("Rol in team") < labels.index("Rol")
    register(browser, "Eigen", familyNameOther="Ander", teamRole="administrator")
    assert stored(portal, "Eigen")["role"] == "employee"
    tree = browser.tree("/portal/users?only=inactief")
    assert tree.xpath("//a[contains(., 'ctief')]/text()") == ["Inactief", "Actief"]
    assert "Actief" not in names(tree, "//td[4]")


@pytest.mark.parametrize(
    ("lines", "first", "expires"),
    [
        (["star"], "Voornaam *", "Geldig tot"),
        (["required", "soft"], "Voor\u00adnaam (verplicht)", "Geld\u00adig tot"),
        (["nbsp"], "Voornaam\u00a0:", "Geldig\u00a0tot\u00a0:"),
        (["for", "star"], "Voornaam *", "Geldig tot"),
    ],
)
def test_labels_are_written_in_many_ways(browser, order, lines, first, expires):
    for line in lines:
        order(f"labels form={line}")
    tree = browser.tree("/portal/users/new")
    labels = [one.text.rstrip(" ") for one in tree.xpath("//label")]
    assert {first, expires} <= set(labels)
    (field,) = tree.xpath("//input[@name='givenName']")
    (name,) = tree.xpath("//label[@for=$key]/text()", key=field.get("id")) if lines[0] == "for" else [first]
    assert name == first


def test_labels_without_a_label_element(browser, order):
    order("labels form=hyphen")
    assert "E\u2011mailadres" in browser.get("/portal/users/new").text
    order("labels form=cell")
    tree = browser.tree("/portal/users/new")
    assert not tree.xpath("//main//label")
    (cell,) = tree.xpath("//tr[td[2]/select[@name='role']]/td[1]/text()")
    assert cell == "Rol"
    order("labels form=placeholder")
    (field,) = browser.tree("/portal/users/new").xpath("//input[@name='givenName']")
    assert (field.get("placeholder"), field.getparent().tag) == ("Voornaam", "fieldset")


@pytest.mark.parametrize(
    ("form", "typed", "expected"),
    [
        ("text", {"dateOfBirth": "02-01-1990"}, "1990-01-02"),
        ("mask", {"dateOfBirth": "02-01-1990"}, "1990-01-02"),
        ("boxes", {"dateOfBirth.dag": "2", "dateOfBirth.maand": "1", "dateOfBirth.jaar": "1990"}, "1990-01-02"),
        ("cut", {"dateOfBirth": "02-01-1990"[:8]}, "2019-01-02"),
        ("swapped", {"dateOfBirth": "02-01-1990"}, "1990-02-01"),
    ],
)
def test_what_is_typed_as_a_date_and_what_the_store_gets(portal, browser, order, form, typed, expected):
    order(f"dates form={form}")
    family = f"Datum {form}"
    assert register(browser, family, **typed).status_code == 200
    assert stored(portal, family)["date_of_birth"] == expected
    tree = browser.tree(path_of(portal, family))
    shown = {field.get("name"): field.get("value") for field in tree.xpath("//input[starts-with(@name, 'date')]")}
    assert {name: value.zfill(len(shown[name])) for name, value in typed.items()} == shown
    wrong = dict.fromkeys(typed, "99-99-9999")
    assert register(browser, "Nergens", **wrong).status_code == 400
    assert stored(portal, "Nergens") is None


def test_a_script_is_allowed_by_its_digest_and_no_other(browser, order):
    order("dates form=mask")
    answer = browser.get("/portal/users/new")
    (policy,) = re.findall(r"script-src ([^;]+);", answer.headers["Content-Security-Policy"])
    assert re.fullmatch(r"'sha256-[\w+/]+=*'", policy)
    assert answer.text.count("<script>") == 1
    assert "script" not in browser.get("/portal/users").headers["Content-Security-Policy"]


def test_something_changed_overnight(portal, browser, order):
    order("new_field label=Afdeling")
    order("renamed what=Personeelsnummer to=Nr._medewerker")
    order("renamed what=Voornaam to=Roepnaam where=form")
    order("renamed what=Rol to=Functie where=export")
    order("removed_button button=Blokkeren")
    assert {"Afdeling", "Roepnaam"} <= {one.text.strip() for one in browser.tree("/portal/users/new").xpath("//label")}
    assert register(browser, "Afdeling").status_code == 400
    assert stored(portal, "Afdeling") is None
    assert register(browser, "Afdeling", newField="Zorg").status_code == 200
    assert names(browser.tree("/portal/users"), "//th") == ["Gebruiker", "Nr. medewerker", "Rol", "Status"]
    assert ";Functie;Status;Personeelsnummer" in browser.get("/portal/users.csv").text
    buttons = names(browser.tree(path_of(portal, "Jansen 2")), "//section[h3='Telefoon']//button")
    assert buttons == ["Intrekken"]


def test_words_and_fields_that_are_others_today(portal, browser, order):
    order("renamed what=Medewerker to=Collega where=choice")
    order("renamed what=Actief to=In_gebruik where=word")
    order("removed_field field=Geboortedatum")
    order("removed_field field=Rolcode")
    tree = browser.tree("/portal/users/new")
    labels = {one.text.strip() for one in tree.xpath("//label")}
    assert not labels & {"Geboortedatum", "Rolcode"}
    assert tree.xpath("//select[@name='role']/option/text()") == ["Collega", "Beheerder", "Administrator"]
    (form,) = browser.tree(path_of(portal, "Jansen 6")).xpath("//form[.//button='Gegevens opslaan']")
    browser.session.post(browser.root + form.action, data={**dict(form.form_values()), "email": "j@linde.example"})
    after = stored(portal, "Jansen 6")
    assert (after["domain"], after["date_of_birth"]) == ("linde.example", DAY)
    states = set(names(browser.tree("/portal/users"), "//td[4]"))
    assert ("In gebruik" in states, "Actief" in states) == (True, False)
    assert ";Medewerker;In gebruik;" in browser.get("/portal/users.csv").text
    assert "<dd>In gebruik</dd>" in browser.get(path_of(portal, "Jansen 5")).text


def test_the_question_whether_one_is_sure(portal, browser, order):
    path, own = path_of(portal, "Jansen 3"), service.posts
    for way, script in (("native", "confirm("), ("dialog", "showModal")):
        order(f"confirm way={way}")
        page = browser.get(path)
        assert script in page.text
        asked = html.fromstring(page.content).xpath("//form[@data-sure]//button/text()")
        assert asked == ["Rol opslaan", "Blokkeren", "Intrekken"]
    order("confirm way=page")
    (form,) = browser.tree(path).xpath("//form[.//button='Blokkeren']")
    before = len(own(portal.state, path))
    question = browser.get(form.action, params=dict(form.form_values()))
    assert headings(question) == ["Weet u het zeker?"]
    assert len(own(portal.state, path)) == before
    order("confirm way=page_posted")
    question = browser.post(path, f"{path}/device", action="block")
    assert headings(question) == ["Weet u het zeker?"]
    assert stored(portal, "Jansen 3")["device"] == "active"
    (yes,) = html.fromstring(question.content).xpath("//form[.//button='Ja']")
    browser.session.post(browser.root + yes.action, data=dict(yes.form_values()), timeout=20)
    assert stored(portal, "Jansen 3")["device"] == "blocked"
    gone = browser.post(path, f"{path}/role", role="none")
    assert (headings(gone), stored(portal, "Jansen 3")["role"]) == (["Weet u het zeker?"], "employee")


def test_a_message_that_vanishes_and_a_refusal_without_a_page(portal, browser, order):
    order("message_vanishes ms=700")
    path = path_of(portal, "Jansen 4")
    said = browser.post(path, f"{path}/device", action="block")
    assert html.fromstring(said.content).xpath("//p[@role='status']/@data-ms") == ["700"]
    refused = browser.post(path, f"{path}/role", role="chief")
    assert (refused.status_code, refused.url.endswith(path)) == (200, True)
    tree = html.fromstring(refused.content)
    assert tree.xpath("//p[@role='alert']/@data-ms") == ["700"]
    assert "Niet gelukt" not in refused.text
    assert "data-ms" not in browser.get(path).text


def test_a_form_in_a_frame_and_in_another_tab(portal, browser, order):
    order("new_tab")
    (link,) = browser.tree("/portal/users").xpath("//a[.='Nieuwe gebruiker']")
    assert link.get("target") == "_blank"
    order("frame")
    outer = browser.get("/portal/users/new")
    (frame,) = html.fromstring(outer.content).xpath("//iframe")
    assert "frame-src 'self'" in outer.headers["Content-Security-Policy"]
    inner = browser.get(frame.get("src"))
    assert "frame-ancestors 'self'" in inner.headers["Content-Security-Policy"]
    assert "<nav" not in inner.text
    (form,) = html.fromstring(inner.content).forms
    fields = {**dict(form.form_values()), "givenName": "Sanne", "familyName": "Kader"}
    answer = browser.session.post(browser.root + form.action, data=fields, timeout=20)
    assert ("geregistreerd" in answer.text, "<nav" in answer.text) == (True, False)
    assert stored(portal, "Kader")
    refused = browser.session.post(browser.root + form.action, data={**fields, "familyName": ""}, timeout=20)
    assert (refused.status_code, "<nav" in refused.text) == (400, False)
    assert "frame-ancestors 'self'" in refused.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "line",
    [
        "labels form=big",
        "frame times=1",
        "dates form=",
        "list_pages size=x",
        "slow_answer ms=5",
        "page_shift path=/portal",
    ],
)
def test_an_order_that_cannot_be_is_refused(portal, line):
    with pytest.raises(Exception, match="fault"):
        service.put_fault(portal.state, line)
