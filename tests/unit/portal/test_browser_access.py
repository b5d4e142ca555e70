# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the driver ``browser`` is used at all, and with whose session: everything given, or a worklist that says why."""

from __future__ import annotations

import dataclasses
import datetime
import tempfile

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common import moments
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import browser_opening, kept_session
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_access import BrowserAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_run import Live
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.kept_session import KeptSession
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts, keep_accounts
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.observe_portal import ObservePortal, observe_portal
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_accounts import ReadAccounts, read_accounts
from ansible_collections.gbz.zorgid.tests.support.browser_site import Site
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, URA, ModelPortal, failing
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member

ROWS = Listed(rows=[{"registration": "self", **entry(1)}, {"registration": "self", **entry(2)}])


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_session, "_folder", lambda: tmp_path / "sessions")
    monkeypatch.setattr(browser_opening, "open_window", lambda _launch: pytest.fail("a browser was started"))
    return Site(tmp_path)


def code(work):
    with pytest.raises(ZorgidError) as caught:
        work()
    return caught.value.code


@pytest.mark.parametrize(
    ("option", "more"),
    [
        ("map_path", {"map_path": None}),
        ("permission_path", {"permission_path": ""}),
        ("permission_key_path", {"permission_key_path": None}),
        ("portal_person", {"person": None}),
        ("portal_people", {"people": {"HR-1": "A. Nderman"}}),
        ("dossier_url and dossier_key", {"has_journal": False}),
    ],
)
def test_what_is_missing_makes_it_a_worklist_and_is_named(site, option, more):
    whole, access = site.access(), site.access(**more)
    assert (whole.acts_as, whole.by_hand, whole.is_configured, whole.warnings) == ("browser", False, True, [])
    assert (access.acts_as, access.by_hand, access.is_configured) == ("worklist", True, False)
    assert option in access.warnings[0]
    assert "docs/browser.md" in access.warnings[0]


def test_the_worklist_is_written_and_the_result_warns(site):
    export = site.folder / "export.csv"
    portal = ModelPortal(member(0, role="administrator"))
    portal.folder = site.folder
    export.write_bytes(portal.download(MAP.export).read_bytes().replace(b"1988-04-12", b"12-04-1988"))
    access = dataclasses.replace(site.access(map_path=None), export_path=str(export))
    kept = keep_accounts(KeepAccounts(access, ROWS, dossier=site.dossier))
    assert kept.summary == {"todo": 2}
    assert [one for one in kept.warnings if "map_path" in one]
    assert len(kept.worklists) == 1


def test_without_an_export_either_the_error_names_both(site):
    with pytest.raises(ZorgidError) as caught:
        keep_accounts(KeepAccounts(site.access(map_path=None), ROWS, dossier=site.dossier))
    assert caught.value.code == "options_invalid"
    assert "export_path" in str(caught.value)
    assert "map_path" in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("max_changes", 0), ("login_timeout", 5), ("keep_session", 61)])
def test_numbers_have_bounds(name, value):
    assert code(lambda: BrowserAccess(**{name: value})) == "options_invalid"


def test_names_of_people_are_not_shown(site):
    assert "J. Bos" not in repr(site.access())
    assert KEY not in repr(site.access())


def test_without_a_session_no_browser_is_started_and_the_person_is_named(site):
    with pytest.raises(ZorgidError) as caught:
        keep_accounts(KeepAccounts(site.access(), ROWS, dossier=site.dossier))
    assert caught.value.code == "portal_login_needed"
    assert "HR-900" in str(caught.value)
    seen = observe_portal(ObservePortal(site.access(keep_session=10), employees=ROWS))
    assert (seen.look.value, seen.trouble.code) == ("bad", "portal_login_needed")


def test_a_permission_that_does_not_allow_it_is_an_error_and_no_worklist(site):
    site.sign(until="2026-11-02")
    assert code(lambda: keep_accounts(KeepAccounts(site.access(), ROWS, dossier=site.dossier))) == "permission_invalid"


def portal_of(site):
    portal = ModelPortal(member(0, role="administrator"))
    portal.folder = site.folder
    return portal


def test_in_a_session_that_is_there_the_accounts_are_kept_and_read(site):
    site.remember()
    portal = portal_of(site)
    access = dataclasses.replace(site.access(), live=Live(portal, MAP, close=False), confirmed=True)
    kept = keep_accounts(KeepAccounts(access, ROWS, dossier=site.dossier))
    assert (kept.summary, kept.failure, kept.by_hand) == ({"created": 2}, None, False)
    assert portal.events == ["export", "Opslaan HR-1", "export", "Opslaan HR-2", "export"]
    assert not portal.closed
    read = read_accounts(ReadAccounts(access, dossier=site.dossier))
    assert len(read.members) == 3
    seen = observe_portal(ObservePortal(access, employees=ROWS))
    assert (seen.value.employees.registered, seen.value.by_click) == (2, False)


def test_pages_that_nobody_remembered_stop_it(site):
    access = dataclasses.replace(site.access(), live=Live(portal_of(site), MAP, close=False))
    assert code(lambda: keep_accounts(KeepAccounts(access, ROWS, dossier=site.dossier))) == "page_map_not_remembered"


def session_of(site):
    return browser_opening.kept_session(site.access(keep_session=10).site(), MAP)


def test_a_kept_session_is_used_and_waits_for_the_browser(site, monkeypatch):
    site.remember()
    session_of(site).keep(b'{"cookies": []}', 10)
    portal, asked = portal_of(site), []

    def opened(launch):
        asked.append(launch.state)
        if len(asked) == 1:
            raise failing("browser_busy")
        return portal

    monkeypatch.setattr(browser_opening, "open_window", opened)
    monkeypatch.setattr(browser_opening.time, "sleep", lambda _seconds: None)
    kept = keep_accounts(KeepAccounts(site.access(keep_session=10), ROWS, dossier=site.dossier))
    assert kept.summary == {"created": 2}
    assert asked == [b'{"cookies": []}'] * 2
    assert portal.closed


def test_a_kept_session_that_the_portal_has_ended_is_forgotten(site, monkeypatch):
    session_of(site).keep(b"{}", 10)
    monkeypatch.setattr(browser_opening, "open_window", lambda _launch: portal_of(site).logged_out(9))
    access = site.access(keep_session=10)
    assert code(lambda: keep_accounts(KeepAccounts(access, ROWS, dossier=site.dossier))) == "portal_login_needed"
    assert not session_of(site).path.exists()


def test_what_a_person_has_to_confirm_is_left_to_a_person(site, monkeypatch):
    site.remember()
    session_of(site).keep(b"{}", 10)
    portal = portal_of(site)
    portal.people["id-7"] = member(7)
    monkeypatch.setattr(browser_opening, "open_window", lambda _launch: portal)
    listed = Listed(rows=[entry(7, state="absent")])
    kept = keep_accounts(KeepAccounts(site.access(keep_session=10), listed, dossier=site.dossier))
    assert (kept.summary, portal.clicks, len(kept.worklists)) == ({"todo": 1}, [], 1)


def test_a_kept_session_is_private_encrypted_and_of_one_person(site):
    session = session_of(site)
    assert session.keep(b"cookie-of-the-person", 10)
    assert session.path.stat().st_mode & 0o777 == 0o600
    assert session.path.parent.stat().st_mode & 0o777 == 0o700
    assert b"cookie" not in session.path.read_bytes()
    assert session.state() == b"cookie-of-the-person"
    folder = session.path.parent
    for ura, person, digest in ((URA, "HR-901", MAP.digest), ("90000202", "HR-900", MAP.digest), (URA, "HR-900", "")):
        assert KeptSession(KEY, ura, person, digest, folder).state() is None
    other = KeptSession("another key", URA, "HR-900", MAP.digest, folder)
    assert other.state() is None
    assert not session.path.exists()  # what cannot be read is removed


def test_in_a_container_a_session_is_not_kept_in_memory_that_may_be_the_hosts(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(kept_session, "_CONTAINERS", (tmp_path / "containerenv",))
    assert KeptSession(KEY, URA, "HR-900", MAP.digest).path.is_relative_to("/dev/shm")
    (tmp_path / "containerenv").touch()
    assert KeptSession(KEY, URA, "HR-900", MAP.digest).path.is_relative_to(tmp_path)


def test_a_kept_session_ends(site, monkeypatch):
    session = session_of(site)
    session.keep(b"{}", 10)
    later = moments.now() + datetime.timedelta(minutes=11)
    monkeypatch.setattr(kept_session.moments, "now", lambda: later)
    assert session.state() is None
    assert not session.path.exists()


@pytest.mark.parametrize("minutes", [0, 61])
def test_no_session_is_kept_unless_asked_and_never_for_long(site, minutes):
    assert not session_of(site).keep(b"{}", minutes)
    assert not session_of(site).path.exists()
    assert browser_opening.kept_session(site.access().site(), MAP) is None


def test_a_session_folder_of_somebody_else_is_not_used(site):
    folder = session_of(site).path.parent
    folder.mkdir(mode=0o755)
    assert code(lambda: session_of(site).keep(b"{}", 10)) == "file_unwritable"


def test_a_session_that_goes_on_is_kept_from_its_login_only(site, monkeypatch):
    login, minute = moments.now(), [0]
    monkeypatch.setattr(kept_session.moments, "now", lambda: login + datetime.timedelta(minutes=minute[0]))
    session_of(site).keep(b"{}", 10)
    for before, after, kept in ((6, 7, True), (8, 9, True), (9, 11, False)):
        session, minute[0] = session_of(site), before
        assert session.state() == b"{}"
        minute[0] = after
        assert session.keep(b"{}", 10) is kept
    assert session_of(site).state() is None
