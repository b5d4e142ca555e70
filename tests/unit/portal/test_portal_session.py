# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session from the login to the list after it: with a model portal, a real dossier and a real signature."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.widths import columns
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import session_screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.not_done import NotDone, say_not_done
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.model_portal import URA
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member
from ansible_collections.gbz.zorgid.tests.support.session_desk import Desk, own, portal_of, reported, statuses


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return Desk(tmp_path)


@pytest.mark.heavy
def test_nothing_is_changed_without_the_persons_word(desk):
    portal = portal_of(member(7))
    worked = desk.work(portal, [own(1), own(7, state="absent")])
    assert desk.codes == ["code-1"]
    assert [(item.what, item.shown, item.asks) for item in desk.before] == [
        ("register", "HR-1", False),
        ("unlink", "HR-7", True),
    ]
    assert (portal.clicks, worked.asks, worked.works, worked.page) == ([], True, False, "")
    assert portal.events[-1] == "logged out"
    assert portal.closed
    assert not list((desk.folder / "handed").glob("*")) if (desk.folder / "handed").exists() else True


def test_after_the_word_it_is_changed_and_the_list_says_what_became_of_each(desk):
    portal = portal_of(member(7))
    worked = desk.work(portal, [own(1), own(2), own(7, state="absent")], confirmed=True)
    assert statuses(worked) == {"HR-1": "created", "HR-2": "created", "HR-7": "unlinked"}
    assert portal.clicks == [("Opslaan", "HR-1"), ("Opslaan", "HR-2"), ("Rol opslaan", "HR-7")]
    assert worked.changed
    assert worked.failure is None
    page = Path(worked.page)
    assert page.stat().st_mode & 0o777 == 0o600
    text = page.read_text(encoding="utf-8")
    assert text.count("gedaan, en daarna gezien in het portaal") == 3
    assert "HR-900" in text
    again = desk.work(portal_of(*list(portal.people.values())[1:]), [own(1), own(2)], confirmed=True)
    assert (again.items, again.changed, again.page) == ([], False, "")


@pytest.mark.heavy
def test_a_kept_session_needs_no_second_scan(desk):
    kept = {"keep_session": 30, "key": KEY}
    assert desk.work(portal_of(), [own(1)], **kept).is_kept
    portal = portal_of()
    worked = desk.work(portal, [own(1)], confirmed=True, **kept)
    assert statuses(worked) == {"HR-1": "created"}
    assert "logged out" not in portal.events
    assert desk.codes == ["code-1"]
    # without the option it ends, also for later
    assert not desk.work(portal_of(*list(portal.people.values())[1:]), [own(2)]).is_kept
    assert desk.codes == ["code-1"] * 2


@pytest.mark.heavy
def test_the_persons_word_names_the_list_that_was_shown(desk):
    rows = [own(1), own(7, state="absent")]
    looked = desk.work(portal_of(member(7)), rows)
    assert looked.digest == desk.shown.digest
    # of the same portal and list, in whatever order, another run shows the same
    assert desk.work(portal_of(member(7)), rows[::-1]).digest == looked.digest
    portal = portal_of(member(7))
    done = desk.work(portal, rows, agreed=looked.digest)
    assert statuses(done) == {"HR-1": "created", "HR-7": "unlinked"}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("people", "rows"),
    [
        ([member(7)], [own(1), own(2), own(7, state="absent")]),
        ([member(7)], [own(1, email="other@linde.example"), own(7, state="absent")]),
        ([member(7)], [own(1)]),
        ([member(8)], [own(1), own(8, state="absent")]),
    ],
)
def test_another_list_than_the_one_that_was_shown_changes_nothing(desk, people, rows):
    shown = desk.work(portal_of(member(7)), [own(1), own(7, state="absent")]).digest
    portal = portal_of(*people)
    worked = desk.work(portal, rows, agreed=shown)
    assert (portal.clicks, worked.works, worked.asks, desk.shown.goes_on) == ([], False, True, False)
    assert worked.digest not in ("", shown)
    text = session_screen.before(
        desk.before, reported(), check=False, confirmed=False, digest=worked.digest, typed=shown
    )
    assert f"this is not the list of {shown}" in text
    assert f"-e confirm={worked.digest}" in text
    assert max(map(columns, text.splitlines())) <= 100


def test_a_yes_that_names_no_list_changes_nothing(desk):
    portal = portal_of()
    assert desk.work(portal, [own(1)], agreed="true").asks
    assert portal.clicks == []


@pytest.mark.heavy
def test_who_has_no_key_cannot_guess_the_list_from_its_digest(desk):
    one = desk.work(portal_of(), [own(1)]).digest
    assert desk.work(portal_of(), [own(1)], key="another key").digest != one


@pytest.mark.heavy
def test_what_changes_between_the_list_and_the_first_change_is_not_made(desk):
    portal = portal_of(member(7))
    rows = [own(1), own(7, state="absent")]
    shown = desk.work(portal_of(member(7)), rows).digest
    download = portal.download

    def changing(page):
        read = download(page)
        if "8" not in portal.people:
            portal.people["8"] = member(8)
            rows.append(own(8, state="absent"))
        return read

    portal.download = changing
    worked = desk.work(portal, rows, agreed=shown)
    assert portal.clicks == []
    assert {item.result.code for item in worked.items} == {"session_list_changed"}
    assert worked.failure.code == "session_list_changed"


@pytest.mark.heavy
def test_check_mode_shows_and_changes_nothing(desk):
    portal = portal_of()
    worked = desk.work(portal, [own(1)], confirmed=True, check_mode=True)
    assert (portal.clicks, worked.works, len(desk.before)) == ([], False, 1)


@pytest.mark.heavy
def test_administrators_come_first_in_the_same_session(desk):
    desk.remember("administrator")
    portal = portal_of(member(7, role="employee"), role="administrator")
    worked = desk.work(portal, [own(1)], [entry(0, role="administrator"), entry(7, role="operator")], confirmed=True)
    assert statuses(worked) == {"HR-7": "updated", "HR-1": "created"}
    assert portal.clicks == [("Aanwijzen", "HR-7"), ("Opslaan", "HR-1")]
    assert len(desk.codes) == 1


@pytest.mark.heavy
def test_what_is_not_agreed_is_for_a_person(desk):
    desk.agree("register")
    portal = portal_of(member(7))
    worked = desk.work(portal, [own(1), own(7, state="blocked")], confirmed=True)
    assert [(item.shown, item.by_hand) for item in desk.before if item.by_hand] == [
        ("HR-7", "block is not in the permission")
    ]
    assert statuses(worked) == {"HR-1": "created", "HR-7": "todo"}
    assert [one["tasks"] for one in worked.worklists] == [1]


def test_what_nobody_knows_is_unproven_until_a_person_looked(desk):
    portal = portal_of()
    portal.behaves["HR-1"] = "swallowed"
    worked = desk.work(portal, [own(1)], confirmed=True)
    assert statuses(worked) == {"HR-1": "unproven"}
    assert "niet zeker" in Path(worked.page).read_text(encoding="utf-8")
    shown = session_screen.after(worked.items, reported(), session="has ended", page=worked.page, notes=worked.notes)
    assert "portal_login -l linde -e not_done=HR-1" in shown
    # the next session does not touch it, and says so before and after
    again = portal_of()
    assert statuses(desk.work(again, [own(1)], confirmed=True)) == {"HR-1": "unproven"}
    assert again.clicks == []
    # until somebody says that it was not done
    assert say_not_done(NotDone(desk.place, URA, "HR-1", "t"))
    assert statuses(desk.work(portal_of(), [own(1)], confirmed=True)) == {"HR-1": "created"}


@pytest.mark.heavy
def test_a_page_that_changed_stops_before_the_first_change(desk):
    desk.remember(register="Iets anders")
    portal = portal_of()
    worked = desk.work(portal, [own(1)], confirmed=True)
    assert portal.clicks == []
    assert statuses(worked) == {"HR-1": "failed"}
    assert worked.items[0].result.code == "portal_pages_differ"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda desk: desk.permission.write_text("x: 1"), "permission_invalid"),
        (lambda desk: places.seen_path(read_map(desk.map)).unlink(), "page_map_not_remembered"),
        (lambda desk: desk.remember("administrator"), "page_map_not_remembered"),
    ],
)
def test_what_is_missing_stops_before_anything(desk, spoil, code):
    spoil(desk)
    portal = portal_of()
    with pytest.raises(ZorgidError) as error:
        desk.work(portal, [own(1)], confirmed=True)
    assert error.value.code == code
    assert portal.clicks == []


def test_an_incomplete_setup_is_named(desk):
    with pytest.raises(ZorgidError, match="permission_path") as error:
        desk.work(portal_of(), [own(1)], permission_path=None)
    assert error.value.code == "portal_not_configured"
    assert desk.codes == []


def test_names_are_on_the_persons_screen_only(desk):
    desk.work(portal_of(member(7)), [own(1), own(7, state="absent")])
    more = {"check": False, "confirmed": False, "digest": desk.shown.digest}
    bare = session_screen.before(desk.before, reported(), **more)
    named = session_screen.before(desk.before, reported(names=True), **more)
    names = {item.name for item in desk.before}
    assert all(names)
    assert all(name in named for name in names)
    assert not any(name in bare for name in names)
    for shown in (bare, named):
        assert f"ansible-playbook gbz.zorgid.portal_login -l linde -e confirm={desk.shown.digest}" in shown
        assert "1 of them" in shown
        assert max(map(columns, shown.splitlines())) <= 100


@pytest.mark.heavy
def test_max_changes_and_one_click_for_each_account_hold_for_both_lists_of_a_session(desk):
    desk.remember("administrator")
    people = [member(number, role="employee") for number in (7, 8)]
    administrators = [entry(0, role="administrator"), *(entry(number, role="operator") for number in (7, 8))]
    portal = portal_of(*people, role="administrator")
    worked = desk.work(portal, [own(1), own(2)], administrators, confirmed=True, max_changes=3)
    assert len(portal.clicks) == 3
    assert statuses(worked) == {"HR-7": "updated", "HR-8": "updated", "HR-1": "created", "HR-2": "todo"}


@pytest.mark.heavy
def test_a_worklist_that_was_done_goes_also_if_nothing_else_is_left(desk):
    desk.agree("register")
    portal = portal_of(member(7))
    file = Path(desk.work(portal, [own(7, state="blocked")], confirmed=True).worklists[0]["csv"])
    portal = portal_of(member(7, device="blocked"))
    page = desk.folder / "handed" / f"{URA}-portal-session.html"
    before = page.read_bytes()
    worked = desk.work(portal, [own(7, state="blocked")], confirmed=True)
    assert (worked.items, worked.changed, file.exists()) == ([], True, False)
    assert page.read_bytes() == before  # the results of the session before


@pytest.mark.heavy
@pytest.mark.parametrize("spoil", ["keep", "page"])
def test_what_was_changed_is_told_whatever_fails_after_it(desk, monkeypatch, spoil):
    portal, kept = portal_of(), {}
    if spoil == "keep":
        kept = {"keep_session": 30, "key": KEY}
        monkeypatch.setattr(portal, "state", lambda: (_ for _ in ()).throw(ZorgidError("browser_lost", "It ended.")))
    else:
        (desk.folder / "handed" / f"{URA}-portal-session.html").mkdir(parents=True)
    worked = desk.work(portal, [own(1)], confirmed=True, **kept)
    assert statuses(worked) == {"HR-1": "created"}
    assert (worked.is_kept, worked.logged_out) == (False, True)
    assert any("is not kept" in note or "was not written" in note for note in worked.notes)
    assert (worked.failure is None) == (spoil == "keep")


def test_the_screen_says_what_became_of_the_session():
    for words in ("is kept", "has ended", "may still be open"):
        assert f"the session {words}:" in session_screen.after([], reported(), session=words, page="")


@pytest.mark.heavy
def test_a_mistake_in_a_list_is_found_before_anybody_scans(desk):
    with pytest.raises(ZorgidError) as error:
        desk.work(portal_of(), [own(1, state="active")])
    assert error.value.code == "accounts_invalid"
    assert (desk.codes, desk.before) == ([], None)


@pytest.mark.heavy
def test_a_refused_account_is_shown_and_is_never_nothing_to_change(desk):
    worked = desk.work(portal_of(), [own(1, state="blocked")])
    shown = session_screen.before(desk.before, reported(), check=False, confirmed=False)
    assert "nothing to change" not in shown
    assert "confirm" not in shown
    assert "[account_unknown]" in shown
    assert (worked.failure.code, worked.asks) == ("accounts_failed", False)
    both = desk.work(portal_of(), [own(1, state="blocked"), own(2)], confirmed=True)
    assert statuses(both) == {"HR-1": "failed", "HR-2": "created"}
    assert both.failure.message.startswith("1 of 2 failed")
    assert "Niets: er klopt iets niet in de lijst" in Path(both.page).read_text(encoding="utf-8")
    assert session_screen.after(both.items, reported(), session="has ended", page="").splitlines()[3].startswith("✗")


@pytest.mark.heavy
def test_what_is_on_a_list_of_another_operator_is_not_called_yours(desk):
    desk.agree("register")
    worked = desk.work(portal_of(member(7)), [own(7, state="blocked"), own(1)], confirmed=True)
    text = Path(worked.page).read_text(encoding="utf-8")
    assert "staat op een werklijst van uw organisatie" in text
    assert not [note for note in worked.notes if "dossier_key" in note]


@pytest.mark.heavy
def test_notes_of_both_lists_are_said_once(desk):
    desk.remember("administrator")
    portal = portal_of(member(7, role="employee"), role="administrator")
    desk.place = DossierPlace(desk.place.url, "test", "t", None, None)
    worked = desk.work(portal, [own(1)], [entry(0, role="administrator")])
    assert len(worked.notes) == len(set(worked.notes)) > 0


def test_the_first_number_of_a_member_is_entered_where_the_page_shows_a_dash(desk):
    worked = desk.work(portal_of(member(7, external_id=None)), [own(7)], confirmed=True)
    assert statuses(worked) == {"HR-7": "updated"}


def test_what_is_unproven_is_shown_in_the_next_look(desk):
    portal = portal_of()
    portal.behaves["HR-1"] = "swallowed"
    assert statuses(desk.work(portal, [own(1)], confirmed=True)) == {"HR-1": "unproven"}
    worked = desk.work(portal_of(), [own(1)])
    shown = session_screen.before(desk.before, reported(), check=False, confirmed=False)
    assert "nothing to change" not in shown
    assert "! 1 unproven" in shown
    assert "-e not_done=HR-1" in shown
    assert (worked.failure.code, worked.failure.message.split(":")[0]) == ("accounts_unproven", "1 of 1 unproven")


def test_another_number_has_no_change_to_be_said_not_done(desk):
    with pytest.raises(ZorgidError, match="The dossier has no change of this account") as error:
        say_not_done(NotDone(desk.place, URA, "HR-99", "an engineer"))
    assert error.value.code == "submission_unknown"
