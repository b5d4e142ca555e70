# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver ``browser`` with the reconciler, a model portal and a real dossier: what is sent, when, what is told."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import submissions
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser import BrowserDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_run import BrowserRun, Live
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.session import connected
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.worklists import Worklists
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_journal import PortalJournal, said_not_made
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, PERSON, URA, ModelPortal, one_kind_less
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member

ALL = ("register", "update", "appoint", "role", "unlink", "block", "unblock", "revoke", "invite")
OPERATOR = "HR-900"


def boss():
    return member(0, role="administrator")


@pytest.fixture
def store(tmp_path):
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    with DossierStore.open(url, environment="test", tenant="t", key=KEY) as store:
        yield store


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "lists"


@pytest.fixture
def keep(store, folder):
    """A run of a list; more: of the run. Returns what was kept."""

    def run(portal, entries, *, check_mode=False, reactivate=False, page_map=MAP, reported=None, purge=False, **more):
        made = BrowserRun(
            **{
                "session": lambda: Live(portal, page_map),
                "pages": portal.reading,
                "journal": PortalJournal(store, URA),
                "person": OPERATOR,
                "person_name": PERSON,
                "command": "ansible-playbook gbz.zorgid.portal_login -l linde",
                "permitted": ALL,
                "confirmed": True,
                "worklists": Worklists(str(folder)),
                **more,
            }
        )
        driver = BrowserDriver(made)
        rules = Rules(URA, reactivate=reactivate, purge=purge, max_removals="100%")
        wanted = desired.from_list([{"registration": "self", **one} for one in entries])
        tell = (lambda done, total: reported.append((done, total))) if reported is not None else None
        with connected(driver, URA):
            return reconciler.keep(driver, wanted, rules, check_mode=check_mode, tell=tell)

    return run


def statuses(kept):
    return {one.external_id: (one.status, one.code) if one.code else one.status for one in kept.results}


def new(count):
    return [entry(number) for number in range(1, count + 1)]


def lists(folder):
    return {path.name: path.read_text(encoding="utf-8-sig") for path in sorted(folder.glob("*.csv"))}


def test_everything_is_made_once_and_a_second_run_sends_nothing(keep, store):
    portal = ModelPortal(boss())
    kept = keep(portal, new(3))
    assert statuses(kept) == {"HR-1": "created", "HR-2": "created", "HR-3": "created"}
    assert kept.changed
    assert portal.clicks == [("Opslaan", "HR-1"), ("Opslaan", "HR-2"), ("Opslaan", "HR-3")]
    again = keep(portal, new(3))
    assert (set(statuses(again).values()), again.changed, len(portal.clicks)) == ({"unchanged"}, False, 3)
    assert portal.closed
    rows = [one for one in store.read(URA).submissions if one.kind == "portal_account"]
    assert [one.state for one in rows] == ["done"] * 3
    reported = rows[0].evidence
    assert (reported["change"], reported["map"], reported["browser"], reported["sign"]) == (
        "register",
        MAP.digest,
        "156",
        "done",
    )
    assert not [word for word in ("Sanne", "Berg", PERSON, "HR-", "linde") if word in str(rows)]


def test_the_first_of_each_kind_is_alone_and_read_back(keep):
    people = [member(number, device="active") for number in (7, 8, 9)]
    portal = ModelPortal(boss(), *people)
    wanted = [*new(2), *(entry(number, state="blocked") for number in (7, 8)), entry(9, email="x@linde.example")]
    reported = []
    kept = keep(portal, wanted, reported=reported)
    assert portal.events == [
        "start", "read", "Blokkeren HR-7", "Gegevens opslaan HR-9", "Opslaan HR-1", "read",
        "Blokkeren HR-8", "Opslaan HR-2", "read",
    ]  # fmt: skip
    assert reported == [(number, 5) for number in range(1, 6)]
    assert set(statuses(kept).values()) == {"created", "blocked", "updated"}


def test_a_first_that_is_not_shown_stops_its_kind_and_no_other(keep, folder):
    portal = ModelPortal(boss(), member(7), member(8))
    portal.behaves["HR-1"] = "silent"
    kept = keep(portal, [*new(3), entry(7, state="blocked"), entry(8, state="blocked")])
    assert statuses(kept) == {
        "HR-1": ("unproven", "account_unproven"),
        "HR-2": ("failed", "portal_first_not_proven"),
        "HR-3": ("failed", "portal_first_not_proven"),
        "HR-7": "blocked",
        "HR-8": "blocked",
    }
    (reported,) = lists(folder).values()
    assert reported.count("Eerst kijken, niet zelf doen") == 1
    assert "HR-1" in reported
    assert "Registreren" not in reported


def test_one_that_is_refused_does_not_keep_the_others_away(keep):
    portal = ModelPortal(boss())
    portal.behaves |= {"HR-1": "refused", "HR-2": "differs"}
    assert statuses(keep(portal, new(5))) == {
        "HR-1": ("failed", "portal_refused"),
        "HR-2": ("failed", "page_field_differs"),
        "HR-3": "created",
        "HR-4": "created",
        "HR-5": "created",
    }
    assert ("Opslaan", "HR-2") not in portal.clicks


def test_the_first_page_is_loaded_again_only_where_no_way_leads_on(keep):
    portal = ModelPortal(boss())
    portal.behaves["HR-1"] = "refused"
    keep(portal, new(2))
    assert portal.events == ["start", "read", "Opslaan HR-1", "start", "Opslaan HR-2", "read"]
    live = ModelPortal(boss())
    keep(live, new(1), session=lambda: Live(live, MAP, close=False))
    assert live.events == ["read", "Opslaan HR-1", "read"]
    assert not live.closed


def test_three_that_are_refused_first_stop_the_kind(keep):
    portal = ModelPortal(boss())
    portal.behaves |= dict.fromkeys(("HR-1", "HR-2", "HR-3"), "refused")
    assert statuses(keep(portal, new(5)))["HR-5"] == ("failed", "portal_first_not_proven")
    assert len(portal.clicks) == 3


def test_what_was_refused_may_be_sent_by_the_next_run(keep):
    portal = ModelPortal(boss())
    portal.behaves["HR-1"] = "refused"
    keep(portal, new(1))
    portal.behaves.clear()
    assert statuses(keep(portal, new(1))) == {"HR-1": "created"}


def test_a_lost_answer_is_settled_by_the_reading(keep):
    portal = ModelPortal(boss())
    portal.behaves["HR-2"] = "lost"
    kept = keep(portal, new(3))
    assert set(statuses(kept).values()) == {"created"}
    assert [one.message for one in kept.results] == ["", "Found done in the portal after an uncertain answer", ""]


@pytest.mark.parametrize("behaviour", ["swallowed", "silent"])
def test_what_is_not_shown_is_never_sent_again(keep, folder, store, behaviour):
    portal = ModelPortal(boss())
    portal.behaves["HR-2"] = behaviour
    assert statuses(keep(portal, new(2)))["HR-2"] == ("unproven", "account_unproven")
    portal.behaves.clear()
    for _run in range(2):
        kept = keep(portal, new(2))
        assert statuses(kept) == {"HR-1": "unchanged", "HR-2": ("unproven", "account_unproven")}
        assert not kept.changed
    assert portal.clicks.count(("Opslaan", "HR-2")) == 1
    assert "Eerst kijken" in next(iter(lists(folder).values()))
    said_not_made(store, URA, "HR-2", by="J. Bos")
    assert statuses(keep(portal, new(2)))["HR-2"] == "created"
    assert portal.clicks.count(("Opslaan", "HR-2")) == 2
    assert not lists(folder)


def test_an_account_that_got_another_number_in_the_list_is_not_touched_either(keep):
    portal = ModelPortal(boss(), member(7, attributes={"uziNumber": "900012345"}))
    portal.behaves["HR-7"] = "swallowed"
    keep(portal, [entry(7, uzi_number="900012345", state="blocked")])
    portal.behaves.clear()
    portal.people["id-7"]["external_id"] = None
    again = keep(portal, [entry(7, external_id="HR-70", uzi_number="900012345", state="blocked")])
    assert statuses(again) == {"HR-70": ("unproven", "account_unproven")}
    assert len(portal.clicks) == 1


def test_the_next_run_settles_a_change_that_is_shown_late(keep, store):
    portal = ModelPortal(boss())
    portal.behaves["HR-1"] = "swallowed"
    keep(portal, new(1))
    portal.behaves.clear()
    late = ModelPortal(boss(), member(1))
    assert statuses(keep(late, new(1))) == {"HR-1": "unchanged"}
    assert PortalJournal(store, URA).unproven() == {}
    rows = [one for one in store.read(URA).submissions if one.kind == "portal_account"]
    assert [(one.state, one.evidence["sign"]) for one in rows] == [("done", "not known: sent by an earlier run")]
    # by whom and with which map it was sent is not what this session knows
    assert not rows[0].evidence.keys() & {"person", "map", "browser", "request"}


def test_a_browser_that_ends_after_the_click_leaves_one_account_unproven_and_the_rest_unsent(keep):
    portal = ModelPortal(boss())
    portal.behaves["HR-2"] = "breaks"
    kept = keep(portal, new(4))
    assert statuses(kept) == {
        "HR-1": ("unproven", "account_unproven"),
        "HR-2": ("unproven", "account_unproven"),
        "HR-3": ("failed", "browser_lost"),
        "HR-4": ("failed", "browser_lost"),
    }
    portal.broken = False
    portal.behaves.clear()
    assert statuses(keep(portal, new(4))) == {
        "HR-1": "unchanged", "HR-2": "unchanged", "HR-3": "created", "HR-4": "created",
    }  # fmt: skip
    assert len(portal.clicks) == 4


def test_a_session_that_ends_stops_everything(keep):
    portal = ModelPortal(boss())
    portal.behaves["HR-2"] = "over"
    reported = statuses(keep(portal, new(4)))
    assert reported["HR-2"] == ("unproven", "account_unproven")
    assert reported["HR-3"] == ("failed", "portal_session_over")
    assert len(portal.clicks) == 2


def test_a_question_is_answered_by_a_person(keep, folder):
    portal = ModelPortal(boss())
    portal.behaves["HR-2"] = "person"
    kept = keep(portal, new(3))
    assert statuses(kept)["HR-2"] == "todo"
    assert "HR-2" in next(iter(lists(folder).values()))
    assert any("a question that only a person answers" in note for note in kept.notes)


def test_nothing_is_clicked_on_the_page_of_a_namesake(keep):
    portal = ModelPortal(boss(), member(7, date_of_birth="1990-01-31"), member(8))
    portal.behaves["HR-8"] = "namesake"
    reported = statuses(keep(portal, [entry(7, date_of_birth="1990-01-31"), entry(8, state="blocked")]))
    assert reported["HR-8"] == ("failed", "portal_account_differs")
    assert portal.clicks == []


def test_nothing_is_clicked_if_the_page_shows_another_date_of_birth_than_was_read(keep):
    portal = ModelPortal(boss(), member(7))

    def pages(window, page_map):
        reading = portal.reading(window, page_map)
        portal.people["id-7"]["date_of_birth"] = "1990-01-31"
        return reading

    assert statuses(keep(portal, [entry(7, state="blocked")], pages=pages))["HR-7"] == (
        "failed", "portal_account_differs",
    )  # fmt: skip
    assert portal.clicks == []


def without_days(portal):
    """The list of members on the pages, which shows no date of birth."""

    def pages(window, page_map):
        reading = portal.reading(window, page_map)
        return reading._replace(
            members=[{**one, "date_of_birth": None, "unknown": {"date_of_birth"}} for one in reading.members]
        )

    return pages


@pytest.mark.parametrize("state", ["blocked", "revoked", "absent"])
@pytest.mark.parametrize("shown", ["in the list", "on the person's page only"])
def test_nothing_is_clicked_if_our_list_has_another_date_of_birth_than_the_page(keep, state, shown):
    portal = ModelPortal(boss(), member(7))
    wanted = [entry(7, state=state, date_of_birth="1990-01-31")]
    more = {} if shown == "in the list" else {"pages": without_days(portal)}
    assert statuses(keep(portal, wanted, **more)) == {"HR-7": ("failed", "portal_account_differs")}
    assert portal.clicks == []


def test_what_no_list_shows_is_not_compared_with_the_page(keep):
    portal = ModelPortal(boss(), member(7), member(8))
    kept = keep(portal, [entry(7)], pages=without_days(portal), purge=True)
    assert (statuses(kept)["HR-8"], portal.clicks) == ("unlinked", [("Rol opslaan", "HR-8")])


def test_a_date_of_birth_that_the_portal_does_not_have_is_no_other_one(keep):
    portal = ModelPortal(boss(), member(7, date_of_birth=None))
    assert statuses(keep(portal, [entry(7, state="blocked")])) == {"HR-7": "blocked"}


def test_another_person_or_organisation_stops_before_the_first_click(keep):
    for portal, code in (
        (ModelPortal(boss(), person="A. Nderman"), "portal_person_differs"),
        (ModelPortal(boss(), ura="90000202"), "portal_wrong_organisation"),
        (ModelPortal(boss(), role="employee"), "portal_role_insufficient"),
    ):
        with pytest.raises(ZorgidError) as caught:
            keep(portal, new(1))
        assert caught.value.code == code
        assert (portal.clicks, portal.closed) == ([], True)


def test_the_page_is_looked_at_while_the_journal_writes(keep, store, monkeypatch):
    portal, journal, called = ModelPortal(boss()), PortalJournal(store, URA), []
    for where, name in ((portal, "fill"), (portal, "ready"), (journal, "intended"), (portal, "last")):
        real = getattr(where, name)

        def noted(*given, _name=name, _real=real, **more):
            called.append(_name)
            return _real(*given, **more)

        monkeypatch.setattr(where, name, noted)
    keep(portal, new(1), journal=journal)
    assert called == ["fill", "ready", "intended", "last"]


def test_the_lines_are_read_before_every_change(keep):
    portal = ModelPortal(boss())
    real = portal.last

    def last(*given, **signs):
        sent = real(*given, **signs)
        if len(portal.clicks) == 2:
            portal.person = "A. Nderman"  # somebody else logs in in the same browser
        return sent

    portal.last = last
    reported = statuses(keep(portal, new(4)))
    assert len(portal.clicks) == 2
    assert reported["HR-3"] == ("failed", "portal_person_differs")


def test_nobody_is_logged_in(keep):
    with pytest.raises(ZorgidError) as caught:
        keep(ModelPortal(boss()), new(1), session=lambda: None)
    assert caught.value.code == "portal_login_needed"
    assert "HR-900" in str(caught.value)
    assert "ansible-playbook gbz.zorgid.portal_login -l linde" in str(caught.value)
    over = ModelPortal(boss()).logged_out(9)
    with pytest.raises(ZorgidError) as caught:
        keep(over, new(1))
    assert (caught.value.code, over.closed) == ("portal_login_needed", True)


def test_at_most_so_many_changes_and_the_next_run_makes_the_rest(keep, folder):
    portal = ModelPortal(boss())
    kept = keep(portal, new(5), max_changes=2)
    assert kept.summary == {"created": 2, "todo": 3}
    assert "3 changes left for the next run: max_changes is 2" in kept.notes
    assert not lists(folder)  # a person does not make what the next run makes
    assert keep(portal, new(5), max_changes=2).summary == {"unchanged": 2, "created": 2, "todo": 1}


def test_one_click_for_each_account_in_a_run(keep):
    portal = ModelPortal(boss(), member(7))
    wanted = [entry(7, state="blocked", email="x@linde.example")]
    kept = keep(portal, wanted)
    assert portal.clicks == [("Blokkeren", "HR-7")]
    assert statuses(kept) == {"HR-7": "blocked"}
    assert "The rest (email) is made by the next run" in kept.results[0].message
    assert any("update" in note for note in kept.notes)
    assert statuses(keep(portal, wanted)) == {"HR-7": "updated"}
    assert set(statuses(keep(portal, wanted)).values()) == {"unchanged"}


def test_what_a_person_does_is_on_the_worklist_of_that_person(keep, folder):
    checked = {"document_type": "passport", "document_expires": "2031-05-01", "checked_at": "2026-11-20"}
    portal = ModelPortal(boss(), member(7), member(8, device="none"))
    wanted = [
        entry(1, registration="operator", identification={**checked, "checked_by": OPERATOR}),
        entry(2, registration="operator", identification={**checked, "checked_by": "HR-901"}),
        entry(7, state="absent"),
        entry(8, state="blocked"),
    ]
    kept = keep(portal, wanted, confirmed=False)
    assert statuses(kept) == {"HR-1": "created", "HR-2": "todo", "HR-7": "todo", "HR-8": "todo"}
    reported = lists(folder)
    assert sorted(reported) == [f"{URA}-employees-HR-901.csv", f"{URA}-employees.csv"]
    assert "HR-2" in reported[f"{URA}-employees-HR-901.csv"]
    assert portal.clicks == [("Opslaan", "HR-1")]
    assert kept.written is not None
    assert sum(one["tasks"] for one in kept.written.worklists) == 3
    assert "1 change on a worklist: another operator did the WID check" in kept.notes


def test_a_kind_that_the_map_does_not_have_is_on_a_worklist(keep, folder):
    portal = ModelPortal(boss(), member(7))
    kept = keep(portal, [entry(7, state="blocked")], page_map=one_kind_less("block"))
    assert statuses(kept) == {"HR-7": "todo"}
    assert "Blokkeren" in next(iter(lists(folder).values()))


def test_a_worklist_that_is_done_is_removed_also_without_changes(keep, folder):
    portal = ModelPortal(boss(), member(7))
    keep(portal, [entry(7, state="blocked")], page_map=one_kind_less("block"))
    assert lists(folder)
    portal.people["id-7"]["device"] = "blocked"
    assert keep(portal, [entry(7, state="blocked")]).changed
    assert not lists(folder)


def test_pages_that_are_not_as_remembered_stop_everything_before_the_first_click(keep):
    portal = ModelPortal(boss(), member(7))
    seen = []

    def compare(kind, outline):
        seen.append((kind, outline[0].name))
        if kind == "register":
            raise ZorgidError("portal_pages_differ", "The page differs.")
        return ["a new field 'Roepnaam'"]

    kept = keep(portal, [entry(1), entry(7, state="blocked")], comparing=lambda _versions, _role: compare)
    assert seen == [("block", "one"), ("register", "Nieuwe gebruiker")]
    assert portal.clicks == []
    assert {code for _status, code in statuses(kept).values()} == {"portal_pages_differ"}
    assert "a new field 'Roepnaam'" in kept.notes


def test_nothing_is_sent_that_could_not_be_written_down(keep, store, monkeypatch):
    portal = ModelPortal(boss())

    def full(*_given):
        raise ZorgidError("dossier_disk_full", "The disk is full.")

    monkeypatch.setattr(submissions, "mark_sending", full)
    reported = statuses(keep(portal, new(2)))
    assert portal.clicks == []
    assert set(reported.values()) == {("failed", "dossier_disk_full")}


def test_check_mode_sends_and_writes_nothing(keep, store, folder):
    portal = ModelPortal(boss(), member(7))
    kept = keep(portal, [entry(1), entry(7, state="absent")], check_mode=True, confirmed=False)
    assert kept.changed
    assert (portal.clicks, store.read(URA).submissions, folder.exists()) == ([], [], False)


def test_an_incomplete_reading_changes_and_proves_nothing(keep):
    portal = ModelPortal(boss())

    def pages(window, page_map):
        return portal.reading(window, page_map)._replace(complete=False)

    with pytest.raises(ZorgidError) as caught:
        keep(portal, new(1), pages=pages)
    assert caught.value.code == "portal_incomplete"
    assert portal.clicks == []


def test_people_that_purge_removes_are_unlinked_last(keep):
    portal = ModelPortal(boss(), member(7), member(8))
    kept = keep(portal, new(1), purge=True)
    assert portal.clicks[0] == ("Opslaan", "HR-1")
    assert sorted(portal.clicks[1:]) == [("Rol opslaan", "HR-7"), ("Rol opslaan", "HR-8")]
    assert kept.summary == {"created": 1, "unlinked": 2}


def test_no_text_of_a_person_is_told(keep):
    portal = ModelPortal(boss(), member(7))
    portal.behaves |= {"HR-1": "refused", "HR-2": "differs", "HR-3": "swallowed"}
    kept = keep(portal, [*new(3), entry(7, state="blocked")])
    reported = f"{[one.as_dict() for one in kept.results]} {kept.notes}"
    assert not [word for word in ("Sanne", "Berg", "1988", "linde.example", PERSON) if word in reported]


def test_a_session_that_ended_between_two_accounts_is_no_page_that_differs(keep, monkeypatch):
    portal = ModelPortal(boss())
    walk = portal.walk

    def logged_out(steps, values, **more):
        if portal.clicks:
            portal.over, portal._page = True, "login"
            raise ZorgidError("page_not_as_mapped", "There is no such thing on the login page.")
        return walk(steps, values, **more)

    monkeypatch.setattr(portal, "walk", logged_out)
    reported = statuses(keep(portal, new(4)))
    assert {reported[f"HR-{number}"] for number in (2, 3, 4)} <= {
        ("failed", "portal_session_over"), ("failed", "portal_first_not_proven"),
    }  # fmt: skip
