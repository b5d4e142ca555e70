# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody leaves, or loses a phone: the use cases over the sandbox's portal and over an export, and what is told."""

from __future__ import annotations

import datetime
import json
import os
import time

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import person_screen as screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.dossier_entries import Say
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts, keep_accounts
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.lost_phone import handle_lost_phone
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.offboard import offboard
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.person_case import PersonCommand
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.say_by_hand import SayByHand, say_by_hand
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import of_person
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.portal_exports import HEAD, ROWS, export
from ansible_collections.gbz.zorgid.tests.support.portal_people import people

NOW = datetime.datetime.now(datetime.UTC)


class Desk:
    """One organisation's portal, list and dossier, and what a person types."""

    def __init__(self, folder, access, rows, *, key=KEY):
        self.folder, self.access = folder, access
        self.place = DossierPlace(f"sqlite:///{folder}/dossier.sqlite3", "test", None, key)
        self.list = folder / "hr.csv"
        names = ("external_id", "first_name", "last_name", "date_of_birth")
        lines = [names, *([row[name] for name in names] for row in rows)]
        self.list.write_text("".join(";".join(line) + "\n" for line in lines), encoding="utf-8")

    def command(self, number, **more):
        lists = more.pop("lists", (("hr.csv", Listed(str(self.list))),))
        return PersonCommand(more.pop("access", self.access), self.place, number, "service_desk", "De Linde", lists)

    def leaves(self, number, *, confirmed=True, check=False, **more):
        found = offboard(self.command(number, **more), confirmed=confirmed, check_mode=check)
        ask = found.asks
        return found, reported(
            screen.ask_leaver(found, of(number, check))[0] if ask else screen.left(found, of(number, check))
        )

    def loses(self, number, answer=None, active=None, *, check=False):
        found = handle_lost_phone(self.command(number), answer, active, check_mode=check)
        lines = (
            screen.ask_phone(found, of(number, check))[0]
            if "ask" in found.step
            else screen.phone(found, of(number, check))
        )
        return found, reported(lines)

    def next_run(self):
        return [
            (one.status, one.code)
            for one in keep_accounts(KeepAccounts(self.access, Listed(str(self.list)), dossier=self.place)).results
        ]

    def journal(self):
        with DossierStore.open(self.place.url, key=self.place.key, read_only=True) as store:
            assert store.verify_journal().valid
            reported = store.export()
        return [one["payload"]["what"] for one in reported["journal"] if one["event"] == "noted"], json.dumps(reported)

    def rehire(self, number):
        with DossierStore.open(self.place.url, environment="test", key=KEY) as store:
            store.say(self.access.ura.text, "rehired", by="service_desk", how="is back", subject=number)

    def bytes(self):
        return {path.name: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


def of(number, check):
    return screen.Writer(Style(), "delinde", "De Linde", NOW, check, number)


def reported(lines):
    assert all(len(line) <= 100 for line in lines), lines
    text = " ".join(" ".join(lines).replace(" \\", "").split())
    assert "Berg" not in text
    assert "Sanne" not in text
    return text


def refused(call, *args, **more):
    with pytest.raises(ZorgidError) as error:
        call(*args, **more)
    assert "Berg" not in str(error.value)
    return error.value.code, str(error.value)


@pytest.fixture
def scim(tmp_path, organisation):
    rows = [{**one, "last_name": f"van der {one['last_name']}"} for one in people(organisation, 3)]
    portal = organisation.portal
    access = PortalAccess(Ura.of(organisation.ura), url=portal.url, token=organisation.token, ca_path=portal.ca_path)
    desk = Desk(tmp_path, access, rows)
    assert {status for status, _code in desk.next_run()} == {"created"}
    desk.devices = lambda: {one["external_id"]: one["device"] for one in organisation.members()}
    return desk


# A portal with an interface -------------------------------------------------------------------------------------------


def test_somebody_who_left_is_unlinked_once_and_nobody_links_them_again(scim):
    found, text = scim.leaves("HR-1", confirmed=False)
    assert found.asks
    assert "unlink HR-1 (employee, phone invited), so that no list links them again?" in text
    assert "-l delinde -e id=HR-1 -e confirm=true" in text
    before = scim.bytes()
    found, text = scim.leaves("HR-1", check=True)
    assert (found.changed, "HR-1 would be unlinked" in text, scim.bytes() == before) == (True, True, True)
    assert "HR-1" in scim.devices()

    found, text = scim.leaves("HR-1")
    assert found.changed
    assert "✓ De Linde: HR-1 unlinked (was employee, phone invited)" in text
    assert "! De Linde: HR-1 still stands in hr.csv, row 3: it will not be linked again" in text
    assert "gbz.zorgid.done -l delinde -e rehired=HR-1 -e how=" in text
    assert "mandates in the care application; the operator list" in text
    assert "HR-1" not in scim.devices()
    before = scim.bytes()
    found, text = scim.leaves("HR-1")
    assert (found.changed, "nothing to do, HR-1 was unlinked" in text, scim.bytes() == before) == (False, True, True)

    assert ("failed", "account_offboarded") in scim.next_run()
    notes, everything = scim.journal()
    assert [note.startswith("Unlinked from the organisation (HA-011): was employee, phone invited") for note in notes]
    assert "HR-1" not in everything
    scim.rehire("HR-1")
    assert ("linked", "") in scim.next_run()
    assert scim.leaves("HR-1")[0].changed


def test_an_unknown_number_has_the_nearest_and_changes_nothing(scim):
    before = scim.bytes()
    code, text = refused(scim.leaves, "HR-11")
    assert (code, "De Linde has no account HR-11; nearest: HR-1" in text) == ("account_unknown", True)
    assert refused(scim.loses, "HR-11", "block")[0] == "account_unknown"
    assert scim.bytes() == before


def test_who_has_no_account_yet_is_not_registered_any_more(scim):
    with scim.list.open("a", encoding="utf-8") as file:
        file.write("HR-7;Sanne;Berg van later;1990-01-02\n")
    found, text = scim.leaves("HR-7")
    assert (found.step, "HR-7 has no account in the portal; recorded as left" in text) == ("keep_away", True)
    assert ("failed", "account_offboarded") in scim.next_run()
    assert scim.leaves("HR-7")[0].step == "nothing"


def test_a_token_that_is_refused_and_a_portal_without_one_change_nothing(scim):
    before = scim.bytes()
    wrong = PortalAccess(scim.access.ura, url=scim.access.url, token="wrong", ca_path=scim.access.ca_path)
    assert refused(scim.leaves, "HR-1", access=wrong)[0] == "portal_token_refused"
    assert refused(scim.leaves, "HR-1", access=PortalAccess(scim.access.ura))[0] == "options_invalid"
    assert scim.bytes() == before


def test_without_a_key_it_says_that_the_next_run_links_them(scim):
    scim.place = DossierPlace(f"sqlite:///{scim.folder}/other.sqlite3", "test", None, None)
    assert "the next run links it again (no dossier_key)" in scim.leaves("HR-1")[1]
    code, text = refused(scim.leaves, "HR-1")
    assert (code, "hr.csv, row 3" in text) == ("dossier_key_missing", True)


def test_a_list_that_is_broken_keeps_nobody_from_leaving(scim):
    scim.list.write_text("nothing;of;use\n", encoding="utf-8")
    found, text = scim.leaves("HR-1")
    assert found.changed
    assert "hr.csv cannot be read, so nobody knows whether it names this person (accounts_unreadable)" in text


def test_a_lost_phone_is_blocked_found_and_revoked_and_a_second_answer_changes_nothing(scim, organisation):
    organisation.enrol(
        {"first_name": "Sanne", "last_name": f"van der Berg {organisation.ura} 1", "date_of_birth": "1988-04-12"}
    )
    assert scim.devices()["HR-1"] == "active"
    found, text = scim.loses("HR-1")
    assert (found.step, "-e used_after_report=yes" in text, "-e used_after_report=no" in text) == (
        "ask_used",
        True,
        True,
    )
    assert "Log: the last transaction" in text
    before = scim.bytes()
    assert "would be: blocked for all organisations" in scim.loses("HR-1", "block", check=True)[1]
    assert (scim.devices()["HR-1"], scim.bytes() == before) == ("active", True)

    assert "blocked for all organisations" in scim.loses("HR-1", "block")[1]
    assert scim.devices()["HR-1"] == "blocked"
    assert not scim.loses("HR-1", "block")[0].changed
    assert "-e found=true" in scim.loses("HR-1")[1]
    assert scim.loses("HR-1", "unblock")[0].changed
    assert scim.devices()["HR-1"] == "active"

    assert "identity revoked for all organisations, invited to enrol again" in scim.loses("HR-1", "revoke")[1]
    assert scim.devices()["HR-1"] == "invited"
    assert not scim.loses("HR-1", "revoke")[0].changed
    organisation.enrol(
        {"first_name": "Sanne", "last_name": f"van der Berg {organisation.ura} 1", "date_of_birth": "1988-04-12"}
    )
    # The same command once more must not take the new phone away.
    found, text = scim.loses("HR-1", "revoke")
    assert (found.step, "-e used_after_report=yes -e phone=new" in text) == ("ask_phone", True)
    assert scim.devices()["HR-1"] == "active"
    assert not scim.loses("HR-1", "revoke", "new")[0].changed
    assert scim.loses("HR-1", "revoke")[0].changed
    notes, everything = scim.journal()
    assert [note.split(";")[0] for note in notes] == [
        "Phone lost: blocked for all organisations",
        "Phone found: unblocked for all organisations",
        "Phone lost: identity revoked for all organisations, invited to enrol again",
        "Phone lost: identity revoked for all organisations, invited to enrol again",
    ]
    assert "HR-1" not in everything


def test_a_revocation_that_broke_off_is_gone_on_with_and_cannot_be_unblocked(scim, organisation):
    rows = [{**one, "state": "revoked"} for one in people(organisation, 3)[1:2]]
    rows[0]["prefix"] = "van der"
    keep_accounts(KeepAccounts(scim.access, Listed(rows=rows)))
    assert scim.devices()["HR-1"] == "revoked"
    assert refused(scim.loses, "HR-1", "unblock")[0] == "device_revoked"
    assert "Is the person to be invited to enrol again?" in scim.loses("HR-1")[1]
    assert scim.loses("HR-1", "revoke")[0].step == "invite"
    assert scim.devices()["HR-1"] == "invited"


# A person carries it out ----------------------------------------------------------------------------------------------


@pytest.fixture
def clicks(tmp_path):
    access = PortalAccess(
        Ura.of("90000101"), "worklist", export_path=str(tmp_path / "export.csv"), worklist_dir=str(tmp_path / "handed")
    )
    rows = [{"external_id": "HR-1", "first_name": "Sanne", "last_name": "van der Berg", "date_of_birth": "1988-04-12"}]
    desk = Desk(tmp_path, access, rows)

    def exported(rows=ROWS, *, hours=0.0):
        path = export(tmp_path / "export.csv", rows, HEAD)
        os.utime(path, (time.time() + hours * 3600,) * 2)

    desk.exported = exported
    exported(hours=-48)
    return desk


def lists(desk):
    return sorted(path.name for path in (desk.folder / "handed").glob("*"))


def at(monkeypatch, hours):
    """An hour later, so that an export can be newer than what was asked."""
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
    monkeypatch.setattr("ansible_collections.gbz.zorgid.plugins.module_utils._common.moments.now", lambda: later)


def test_a_leaver_is_written_down_waits_and_is_proven_by_the_next_export_only(clicks, monkeypatch):
    (clicks.folder / "handed").mkdir()
    other = clicks.folder / "handed" / "90000101-employees.html"
    other.write_text("of all employees", encoding="utf-8")
    # Also before there is a dossier.
    assert "would be written down" in clicks.leaves("HR-1", check=True)[1]
    assert "would be written down" in clicks.loses("HR-1", "block", check=True)[1]
    assert not (clicks.folder / "dossier.sqlite3").exists()
    assert clicks.leaves("HR-1", confirmed=False)[0].asks
    found, text = clicks.leaves("HR-1", check=True)
    assert ("would be written down" in text, lists(clicks)) == (True, [other.name])

    found, text = clicks.leaves("HR-1")
    assert "HR-1 is still a member (was employee, phone active); unlinking waits for the portal's administrator" in text
    assert "unlinked" not in text
    page, table = (clicks.folder / "handed" / f"90000101-offboard-HR-1.{suffix}" for suffix in ("html", "csv"))
    assert lists(clicks) == sorted([other.name, page.name, table.name])
    assert "Rol verwijderen (ontkoppelen)" in page.read_text(encoding="utf-8")
    before = clicks.bytes()
    assert (clicks.leaves("HR-1")[0].changed, clicks.bytes() == before) == (False, True)

    # An export of before that shows nobody of this number proves nothing.
    clicks.exported(ROWS[1:], hours=-24)
    found, text = clicks.leaves("HR-1")
    assert (found.step, found.changed, "not newer: no proof" in text) == ("wait", False, True)
    at(monkeypatch, 2)
    clicks.exported(ROWS[1:], hours=1)
    found, text = clicks.leaves("HR-1")
    assert (found.step, found.changed) == ("prove", True)
    assert "HR-1 is unlinked: the export of" in text
    assert lists(clicks) == [other.name]
    assert (clicks.leaves("HR-1")[0].step, clicks.leaves("HR-1")[0].changed) == ("nothing", False)
    assert next(note.split(":")[0] for note in clicks.journal()[0]) == "Written down for the portal's administrator"


def test_who_is_back_before_they_were_unlinked_is_still_on_a_list_that_asks_for_it(clicks, scim):
    def back(desk):
        said = Say(desk.access.ura.text, "rehired", by="service_desk", how="is back", subject="HR-1")
        return say_by_hand(SayByHand(desk.place, said), read_only=False)

    clicks.leaves("HR-1")
    assert "may still ask to unlink this person" in back(clicks).notes[0]
    assert lists(clicks) == ["90000101-offboard-HR-1.csv", "90000101-offboard-HR-1.html"]
    scim.leaves("HR-1")
    assert (back(scim).changed, back(scim).notes) == (True, ())


def test_a_lost_phone_is_written_down_and_done_when_an_export_shows_it(clicks, monkeypatch):
    found, text = clicks.loses("HR-2", "block")
    assert "waits for the portal's administrator since" in text
    assert lists(clicks) == ["90000101-phone-HR-2.csv", "90000101-phone-HR-2.html"]
    page = (clicks.folder / "handed" / "90000101-phone-HR-2.html").read_text(encoding="utf-8")
    assert "Telefoon: Blokkeren (geldt voor alle organisaties)" in page
    assert "een administrator" in page
    assert not clicks.loses("HR-2", "block")[0].changed
    blocked = [ROWS[0], [*ROWS[1][:6], "Geblokkeerd", ROWS[1][7]], ROWS[2]]
    at(monkeypatch, 2)
    clicks.exported(blocked, hours=1)
    found, text = clicks.loses("HR-2", "block")
    assert (found.proven, found.changed, "done, it is blocked (export of" in text) == (True, True, True)
    assert lists(clicks) == []
    assert not clicks.loses("HR-2", "block")[0].changed


def test_a_revocation_has_both_clicks_and_an_active_phone_is_no_proof(clicks, monkeypatch):
    clicks.loses("HR-2", "revoke")
    page = (clicks.folder / "handed" / "90000101-phone-HR-2.html").read_text(encoding="utf-8")
    assert page.index("Telefoon: Intrekken") < page.index("Telefoon: Opnieuw uitnodigen")
    at(monkeypatch, 2)
    clicks.exported(hours=1)
    found, text = clicks.loses("HR-2", "revoke")
    assert (found.step, "Is it the new one, or lost as well?" in text) == ("ask_phone", True)
    assert len(lists(clicks)) == 2
    found, _text = clicks.loses("HR-2", "revoke", "new")
    assert (found.proven, lists(clicks)) == (True, [])
    assert any("A person said that the active phone is the new one" in note for note in clicks.journal()[0])


def test_a_second_loss_is_a_matter_of_its_own(clicks, monkeypatch):
    blocked = [ROWS[0], [*ROWS[1][:6], "Geblokkeerd", ROWS[1][7]], ROWS[2]]
    clicks.loses("HR-2", "block")
    for hour, rows, answer, changed in (
        (2, blocked, "block", True),
        (4, ROWS, "block", True),  # unblocked by hand, and lost again
        (6, blocked, "block", True),
        (8, blocked, "unblock", True),
    ):
        at(monkeypatch, hour)
        clicks.exported(rows, hours=hour - 1)
        found, _text = clicks.loses("HR-2", answer)
        assert (hour, found.changed) == (hour, changed)
        assert (hour, bool(lists(clicks))) == (hour, found.step != "nothing")
        assert not clicks.loses("HR-2", answer)[0].changed
    # Found before the export shows what was done of the list: nobody knows.
    at(monkeypatch, 10)
    clicks.exported(hours=9)
    assert clicks.loses("HR-2", "unblock")[0].proven
    clicks.loses("HR-2", "block")
    found, text = clicks.loses("HR-2", "unblock")
    assert (found.step, "nobody knows whether it was carried out" in text) == ("wait", True)


def test_a_phone_that_is_lost_after_it_was_enrolled_anew_is_asked_for_anew(clicks, monkeypatch):
    clicks.loses("HR-2", "revoke")
    at(monkeypatch, 2)
    clicks.exported(hours=1)
    found, _text = clicks.loses("HR-2", "revoke", "lost")
    assert (found.step, clicks.loses("HR-2", "revoke", "lost")[0].asked_at) == ("revoke", found.asked_at)
    assert found.asked_at > NOW + datetime.timedelta(hours=1)
    at(monkeypatch, 4)
    clicks.exported([ROWS[0], [*ROWS[1][:6], "Uitgenodigd", ROWS[1][7]], ROWS[2]], hours=3)
    assert (clicks.loses("HR-2", "revoke")[0].proven, lists(clicks)) == (True, [])


def test_who_was_linked_again_by_hand_leaves_once_more(clicks, monkeypatch):
    clicks.leaves("HR-1")
    for hour, rows in ((2, ROWS[1:]), (4, ROWS)):
        at(monkeypatch, hour)
        clicks.exported(rows, hours=hour - 1)
        found, _text = clicks.leaves("HR-1", confirmed=False)
    assert found.asks
    assert clicks.leaves("HR-1")[0].changed
    assert (clicks.leaves("HR-1")[0].changed, len(lists(clicks))) == (False, 2)
    at(monkeypatch, 6)
    clicks.exported(ROWS[1:], hours=5)
    assert (clicks.leaves("HR-1")[0].step, lists(clicks)) == ("prove", [])


def test_an_export_that_is_missing_or_of_another_and_no_key_are_errors(clicks):
    clicks.leaves("HR-1")
    (clicks.folder / "export.csv").unlink()
    assert refused(clicks.leaves, "HR-2")[0] == "export_unreadable"
    clicks.exported(hours=-1)
    with DossierStore.open(clicks.place.url, environment="test", key=KEY) as store:
        store.observations.note("90000202", "portal_export", (clicks.folder / "export.csv").read_bytes())
    assert refused(clicks.loses, "HR-2", "block")[0] == "export_of_another"
    clicks.place = DossierPlace(f"sqlite:///{clicks.folder}/other.sqlite3", "test", None, None)
    assert refused(clicks.loses, "HR-2", "block")[0] == "dossier_key_missing"


def test_an_export_of_before_the_last_change_by_a_program_is_too_old(clicks):
    with DossierStore.open(clicks.place.url, environment="test", key=KEY) as store:
        at_ = NOW.isoformat(timespec="seconds")
        store.observations.note("90000101", "portal_change", at_.encode(), at=at_)
    assert refused(clicks.leaves, "HR-1")[0] == "export_too_old"


def test_the_last_administrator_stays_and_is_not_said_to_have_left(clicks):
    clicks.exported([*ROWS[:2], [*ROWS[2][:7], "HR-0"]], hours=-1)
    boss = {"external_id": "HR-0", "first_name": "Vera", "last_name": "Baas", "role": "administrator"}
    here = (("zorgid_onboarding_administrators", Listed(rows=[boss])),)
    assert refused(clicks.leaves, "HR-0", lists=here)[0] == "administrator_last"
    with DossierStore.open(clicks.place.url, key=KEY, read_only=True) as store:
        assert store.read("90000101").words == []
    clicks.exported(
        [*ROWS[:2], [*ROWS[2][:7], "HR-0"], ["d", *ROWS[1][1:5], "Administrator", "Actief", "HR-3"]], hours=-1
    )
    text = clicks.leaves("HR-0", lists=here)[1]
    assert "HR-0 still stands in zorgid_onboarding_administrators, entry 1" in text
    page = (clicks.folder / "handed" / "90000101-offboard-HR-0.html").read_text(encoding="utf-8")
    assert "voor een administrator" in page


def test_a_number_that_is_a_mail_address_is_shown_nowhere(clicks):
    rows = [[*ROWS[0][:7], "sanne@linde.example"], *ROWS[1:]]
    clicks.exported(rows, hours=-1)
    found, text = clicks.leaves("sanne@linde.example")
    assert "@" not in text
    assert "@" not in "".join(lists(clicks))
    assert found.changed


# What is typed --------------------------------------------------------------------------------------------------------

PORTAL = {"url": "https://portal.example", "token": "t"}


@pytest.mark.parametrize(
    ("playbook", "typed", "portal", "code", "says"),
    [
        ("offboard", {}, PORTAL, "options_invalid", "gbz.zorgid.offboard -l delinde -e id=HR-1042"),
        ("offboard", {"id": "x" * 201}, PORTAL, "options_invalid", "id is no number"),
        ("offboard", {"id": "HR-1"}, {}, "portal_not_configured", "Gebruikers, the person, Beheer, Organisatie(s)"),
        ("device_lost", {"id": "HR-1"}, None, "portal_not_configured", "the last transaction in the Log"),
    ],
)
def test_what_is_typed_wrong_is_said_before_anything_is_read(playbook, typed, portal, code, says):
    found = refused(
        of_person.of_person, None, playbook, "delinde", "De Linde", DossierPlace(), {"portal": portal}, typed
    )
    assert (found[0], says in found[1]) == (code, True)


def test_the_answers_that_can_be_typed():
    given = [({}, None), ({"used_after_report": "ja"}, "revoke"), ({"used_after_report": "no"}, "block")]
    given += [({"found": "true"}, "unblock"), ({"found": "false"}, "revoke")]
    assert [of_person.answers_of(typed)[0] for typed, _answer in given] == [answer for _typed, answer in given]
    assert of_person.answers_of({"used_after_report": "yes", "phone": "new"}) == ("revoke", "new")
    for typed in ({"used_after_report": "yes", "found": "no"}, {"phone": "old"}, {"found": "perhaps"}):
        assert refused(of_person.answers_of, typed)[0] == "options_invalid"


@pytest.mark.parametrize(
    ("playbook", "old"),
    [("offboard", "zorgid_offboard_external_id"), ("device_lost", "zorgid_device_step")],
)
def test_what_an_older_version_read_is_refused_with_the_new_command(playbook, old):
    code, text = refused(of_person.refuse_old, [old, "zorgid_hosts"], playbook)
    assert (code, old in text, f"gbz.zorgid.{playbook} -l HOST -e id=ID" in text) == ("variables_invalid", True, True)
    of_person.refuse_old(["zorgid_hosts"], playbook)
    of_person.refuse_old([old], "done")
