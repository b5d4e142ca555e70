# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose session it is, where it begins and how it ends: nothing is sent in the name of anybody else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import open_window
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import log_out
from ansible_collections.gbz.zorgid.tests.support.browser import browser_uid, private_place
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, checked, person, reported
from ansible_collections.gbz.zorgid.tests.support.portal_client import APOTHEEK, ORGANISATIONS
from ansible_collections.gbz.zorgid.tests.support.portal_pages import activated

DUO = {"first_name": "Anna", "last_name": "Twee", "date_of_birth": "1970-03-09", "email": "a@linde.example"}
ANOTHER = {"first_name": "Vera", "last_name": "Baas", "date_of_birth": "1980-03-09", "email": "v2@linde.example"}


def test_another_person_scans_and_is_logged_out(logged_out: World) -> None:
    """Her name is that of the right person and a number more."""
    world = logged_out
    other = activated(world.portal, world.ura, ANOTHER)
    with pytest.raises(ZorgidError) as caught:
        world.log_in(world.mapped(), other)
    assert caught.value.code == "portal_person_differs"
    assert "Vera" not in str(caught.value)
    assert world.posts()[-1]["path"] == "/portal/logout"


@pytest.mark.slow
def test_a_code_that_is_renewed_is_shown_again(logged_out: World) -> None:
    world = logged_out
    world.order("qr_renews seconds=1")
    codes: list[str] = []

    def show(_png: bytes, text: str) -> None:
        codes.append(text)
        if len(codes) == 2:
            assert world.phone.scan(text).ok

    assert world.log_in(world.mapped(), show=show) == "administrator"
    assert len(set(codes)) == len(codes) >= 2


@pytest.mark.slow
def test_the_wrong_organisation_is_left_or_stops_the_login(logged_out: World) -> None:
    """One person of two organisations, whom the portal lets in for one of them."""
    world = logged_out
    activated(world.portal, world.ura, DUO)
    phone = activated(world.portal, APOTHEEK, DUO, ORGANISATIONS[APOTHEEK])
    page_map, given = world.mapped(), {"person_name": "Anna Twee"}
    for ura, organisation in ORGANISATIONS.items():
        assert world.log_in(page_map, phone, **given, ura=ura, organisation=organisation) == "administrator"
        assert world.window.lines(["(URA {ura})"], {"ura": ura})
        assert log_out(world.window, page_map)
    assert len(world.posts("/portal/organisation")) == 1
    with pytest.raises(ZorgidError) as caught:
        world.log_in(page_map, phone, **given, ura="90000109", organisation="Een andere")
    assert caught.value.code in ("portal_wrong_organisation", "page_not_as_mapped")
    assert world.posts()[-1]["path"] == "/portal/logout"


def test_a_wid_check_of_another_operator_is_for_a_person(world: World) -> None:
    page_map = world.mapped("register")
    with world.counted() as sent:
        kept = world.keep(page_map, [person("HR-170", "Anderman", **checked(by="HR-8"))])
    assert (reported(kept), sent) == ({"HR-170": "todo"}, [])
    assert any("another operator did the WID check" in note for note in kept.warnings)


@pytest.mark.slow
def test_nobody_answers_the_sessions_warning(logged_out: World) -> None:
    world = logged_out
    world.log_in(world.mapped())
    page_map = world.mapped("register")
    world.order("session_warning after=0")
    with world.counted() as sent, pytest.raises(ZorgidError) as caught:
        world.keep(page_map, [person("HR-171", "Wachter")])
    # over when it begins, or when it reads: the question comes a moment after the page
    assert caught.value.code in ("portal_login_needed", "portal_session_over")
    assert sent == []
    assert world.stored("HR-171") is None


@pytest.mark.slow
def test_a_session_that_ends_with_the_click_leaves_the_account_unproven(logged_out: World) -> None:
    world = logged_out
    world.log_in(world.mapped())
    page_map = world.mapped("register")
    world.order("session_over path=/portal/users method=POST times=1")
    two = [person("HR-172", "Einde"), person("HR-173", "Einde twee")]
    with world.counted() as sent:
        kept = world.keep(page_map, two)
    assert reported(kept) == {"HR-172": "unproven account_unproven", "HR-173": "failed portal_session_over"}
    assert sent == ["/portal/users"]


@pytest.mark.slow
def test_a_login_page_of_another_host(world: World) -> None:
    """Only where the map names that host, too."""
    world.order("login_elsewhere host=localhost")
    start, here = world.portal.page, urlsplit(world.portal.page).netloc
    led = requests.get(f"{start}/login", verify=world.portal.ca_path, allow_redirects=False, timeout=20)
    elsewhere = urlsplit(led.headers["Location"]).netloc
    for hosts in ([here, elsewhere], [here]):
        with private_place():
            window = open_window(Launch(start, hosts, ca_path=world.portal.ca_path, timeout=10.0, uid=browser_uid()))
            try:
                world.window = window
                edits = {f'hosts: ["{here}"]': f"hosts: {str(hosts).replace(chr(39), chr(34))}"}
                if len(hosts) == 1:
                    with pytest.raises(ZorgidError) as caught:
                        world.log_in(world.mapped())
                    assert caught.value.code == "page_host_refused"
                else:
                    assert world.log_in(world.mapped(edits=edits)) == "administrator"
            finally:
                window.close()
