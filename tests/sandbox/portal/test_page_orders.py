# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be ordered of questions, lists, exports and logins, as a browser meets it."""

from __future__ import annotations

import re
import time

import requests
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, service
from ansible_collections.gbz.zorgid.tests.support.portal_pages import (
    CHIEF,
    DAY,
    OTHER,
    Browser,
    activated,
    headings,
    names,
    path_of,
    read_qr,
    register,
    stored,
)
from lxml import html


def test_is_this_the_same_person(portal, browser, order):
    order("ask_same_person")
    who = {"givenName": "Noor", "dateOfBirth": DAY}
    question = register(browser, "Bekend", **who)
    assert headings(question) == ["Bestaat al"]
    assert "Is dit dezelfde persoon?" in question.text
    assert stored(portal, "Bekend") is None
    tree = html.fromstring(question.content)
    assert names(tree, "//section//button") == ["Koppelen", "Annuleren"]
    (link,) = tree.xpath("//form[.//button='Koppelen']")
    browser.session.post(browser.root + link.action, data=dict(link.form_values()), timeout=20)
    assert stored(portal, "Bekend")["id"] == service.members(portal.state, OTHER)[0]["id"]
    assert headings(register(browser, "Onbekend", **who)) == ["Gebruikers"]


def test_the_list_in_pages(browser, order):
    everybody = len(browser.tree("/portal/users").xpath("//tbody/tr"))
    order("list_pages size=25")
    rows, path, lines = [], "/portal/users", []
    while path:
        tree = browser.tree(path)
        rows += names(tree, "//tbody/tr/td[1]")
        lines += names(tree, "//nav[@aria-label='Bladeren']/p")
        path = next(iter(tree.xpath("//a[.='Volgende']/@href")), "")
    assert len(rows) == len(set(rows)) == everybody
    assert lines[0] == f"1–25 van {everybody}"
    order("list_pages size=25 lost=2")
    assert browser.tree("/portal/users").xpath("//a[.='Volgende']/@href") == ["/portal/users?page=3"]
    order("list_pages size=25 short=2")
    assert len(browser.tree("/portal/users?page=2").xpath("//tbody/tr")) == 24


def test_the_export_of_yesterday_prepared_and_in_other_forms(portal, browser, order):
    order("export_old")
    register(browser, "Later", dateOfBirth=DAY)
    assert "Later" not in browser.get("/portal/users.csv").text
    service.clear_faults(portal.state)
    assert "Later" in browser.get("/portal/users.csv").text
    order("export_form dates=dd-mm-jjjj encoding=windows-1252 separator=,")
    register(browser, "Yılmaz-Ömer", dateOfBirth=DAY)
    text = browser.get("/portal/users.csv").content.decode("windows-1252")
    assert "Y?lmaz-Ömer,12-04-1988," in text
    order("export_prepared ms=150")
    (link,) = browser.tree("/portal/users").xpath("//a[contains(., 'exporteren')]/@href")
    assert "klaargezet" in browser.get(link).text
    time.sleep(0.16)
    (file,) = browser.tree(link).xpath("//a[.='Download bestand']/@href")
    assert "Later" in browser.get(file).text


def test_the_qr_code_is_renewed_and_whoever_scans_is_logged_in(portal, phone, order):
    order("qr_renews seconds=0")
    page = Browser(portal)
    early = page.scan_login()
    page.get("/portal/login/wait")
    late = read_qr(page.get("/portal/login/qr.png").content)
    assert early != late
    assert phone.scan(early).json()["error"] == "login_expired"
    other = activated(portal, LINDE, {**CHIEF, "first_name": "Wim"})
    assert other.scan(late).ok
    assert "Wim Baas, Administrator" in page.get("/portal/login/wait").text


def test_the_login_stands_elsewhere(portal, phone, order):
    order("login_elsewhere")
    page = Browser(portal)
    there = page.get("/portal/users")
    assert re.match(r"https://localhost:\d+/inloggen", there.url)
    assert there.url.split("/")[2] != page.root.split("/")[2]
    root = there.url[: there.url.index("/inloggen")]
    (image,) = html.fromstring(there.content).xpath("//img[@id='login-qr']/@src")
    assert "QR-code" in page.session.get(there.url, timeout=20).text
    assert phone.scan(read_qr(page.session.get(root + image, timeout=20).content)).ok
    inside = page.session.get(there.url, timeout=20)
    assert inside.url == f"{page.root}/portal/users"
    assert "Vera Baas, Administrator" in inside.text
    back = inside.history[0].headers["Location"]
    assert requests.get(back, verify=portal.ca_path, allow_redirects=False).headers["Location"] == "/portal/login"


def test_two_people_of_two_organisations(portal, order):
    """Each sees and changes only where the bar says; whoever administers both is asked for one of them by name."""
    wim = {**CHIEF, "first_name": "Wim", "last_name": "Twee"}
    first, both = activated(portal, LINDE, wim), activated(portal, OTHER, wim, name="Elders")
    assert first.identity_id == both.identity_id
    assert first.scan("zorgid://login?challenge=x").json()["error"] == "device_unknown"
    page = Browser(portal)
    page.log_in(both)
    tree = page.tree("/portal/users")
    assert [label.text.strip() for label in tree.xpath("//aside//label")] == ["Organisatie"]
    assert f"(URA {LINDE})" in tree.text_content()
    answer = page.post("/portal/users", "/portal/organisation", ura=OTHER)
    assert f"(URA {OTHER})" in answer.text
    assert page.get(path_of(portal, "Jansen 5")).status_code == 404


def test_the_session_warns_until_somebody_answers(portal, phone, order):
    page = Browser(portal)
    page.log_in(phone)
    order("session_warning after=5")
    tree = page.tree("/portal/tokens")
    assert tree.xpath("//dialog/@data-after") == ["5"]
    assert names(tree, "//dialog//h2") == ["Uw sessie verloopt"]
    (form,) = tree.xpath("//dialog//form")
    page.session.post(page.root + form.action, data=dict(form.form_values()), timeout=20)
    assert not page.tree("/portal/tokens").xpath("//dialog")
    assert service.posts(portal.state, "/portal/session", phone.identity_id)
