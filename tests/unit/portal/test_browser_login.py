# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose session it is: the code is shown and renewed, and only the right person in the right organisation goes on."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import (
    Whose,
    check_here,
    filled,
    log_in,
    log_out,
)
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, PERSON, URA, ModelPortal, failing


def logging_in(window, page_map=MAP, *, timeout=5.0, show=None):
    shown = []

    def see(_png, text):
        shown.append(text)

    role = log_in(
        window,
        page_map,
        person_name=PERSON,
        ura=URA,
        organisation=URA,
        show=show or see,
        timeout=timeout,
        pause=0.001,
    )
    return role, shown


def code(work):
    with pytest.raises(ZorgidError) as caught:
        work()
    return caught.value.code


def test_the_person_scans_and_the_role_is_known():
    assert logging_in(ModelPortal().logged_out(3)) == ("operator", ["code-1"])
    assert logging_in(ModelPortal(role="administrator").logged_out(1))[0] == "administrator"


def test_a_renewed_code_is_shown_again_and_each_only_once():
    window = ModelPortal().logged_out(6, "code-1", "code-1", "", "code-2", "code-2", "code-3")
    assert logging_in(window)[1] == ["code-1", "code-2", "code-3"]


def test_what_is_shown_is_a_picture_and_its_text():
    seen = []
    logging_in(ModelPortal().logged_out(1), show=lambda png, text: seen.append((png[:4], text)))
    assert seen == [(b"\x89PNG", "code-1")]


def test_nobody_scans():
    assert code(lambda: logging_in(ModelPortal().logged_out(10**9), timeout=0.05)) == "portal_login_timeout"


def test_a_page_without_a_code_that_can_be_read():
    assert code(lambda: logging_in(ModelPortal().logged_out(10**9, ""), timeout=0.05)) == "portal_login_code_missing"


def test_another_person_scans_and_is_logged_out():
    window = ModelPortal(person="A. Nderman").logged_out(1)
    assert code(lambda: logging_in(window)) == "portal_person_differs"
    assert window.events == ["start", "logged out"]


def test_a_name_that_is_part_of_another_is_another_person():
    assert code(lambda: logging_in(ModelPortal(person=f"{PERSON} 2").logged_out(1))) == "portal_person_differs"


def test_a_role_without_a_word_in_the_map_is_nobody_that_is_known():
    words = {**MAP.words, "role": {"Medewerker": "employee"}}
    window = ModelPortal().logged_out(1)
    assert code(lambda: logging_in(window, dataclasses.replace(MAP, words=words))) == "portal_person_differs"


def test_a_person_of_several_organisations_changes_to_this_one():
    window = ModelPortal(ura="90000202").logged_out(1)
    assert logging_in(window)[0] == "operator"
    assert window.ura == URA


def test_the_wrong_organisation_is_logged_out():
    here = dataclasses.replace(MAP.here, switch=())
    window = ModelPortal(ura="90000202").logged_out(1)
    assert code(lambda: logging_in(window, dataclasses.replace(MAP, here=here))) == "portal_wrong_organisation"
    assert window.events == ["start", "logged out"]


def test_a_first_page_that_is_not_the_login_page():
    assert code(lambda: logging_in(ModelPortal())) == "page_not_as_mapped"


def test_an_error_of_the_browser_is_not_a_missing_code():
    window = ModelPortal().logged_out(10**9)
    window.picture = lambda _target: (_ for _ in ()).throw(failing("browser_lost"))
    assert code(lambda: logging_in(window)) == "browser_lost"


def test_a_session_that_ends_is_never_answered():
    window = ModelPortal()
    window.over = True
    assert code(lambda: check_here(window, MAP, Whose(PERSON, URA))) == "portal_session_over"


def test_logging_out_says_whether_it_was_seen():
    window = ModelPortal()
    assert log_out(window, MAP)
    lost = ModelPortal()
    lost.broken = True
    assert not log_out(lost, MAP)


def test_a_value_of_a_person_is_never_a_template():
    values = {"first_name": "{family_name}", "family_name": "{id}", "id": "u-1"}
    assert filled("{first_name} {family_name} {id} {other}", values) == "{family_name} {id} u-1 {other}"
