# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation with a new URA number: its two dossiers know of each other, and nothing of the former one counts."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common import moments
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import said
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import remembered
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.links import between
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Continues
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.standing import recorded
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._report.board import board
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import link_dossiers
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    ALL_DONE,
    NOW,
    POLICY,
    known_until,
    seen,
    with_words,
    word,
)

OLD, NEW, OTHER = "90000101", "90000202", "90000303"


@pytest.fixture
def store(tmp_path):
    with DossierStore.open(f"sqlite:///{tmp_path}/new/dossier.sqlite3") as opened:
        opened.register(OLD, "De Linde")
        yield opened


def planned(ura, link, known=None):
    return plan(dataclasses.replace(known or known_until(None), ura=ura), seen(continues=link), POLICY, NOW)


def known_of(store, ura):
    return remembered.known(store.read(ura))


def test_the_new_one_begins_anew_and_says_what_it_continues():
    made = planned(NEW, Continues(OLD, there=True))
    assert "continues 90000101, nothing of which counts here" in made.step("application_submitted").because
    assert Effect.SUBMIT_APPLICATION in made.effects
    assert [one.step for one in made.steps if one.state is State.DONE] == ["prepared", "certificate_checked"]


@pytest.mark.parametrize(
    ("ura", "link", "found"),
    [
        (OLD, Continues("90000101", there=True), "continues itself"),
        ("00000212", Continues("212", there=True), "continues itself"),
        (NEW, Continues(OLD, there=True, before=(OTHER, NEW)), "a circle"),
        (NEW, Continues(OLD), "no dossier of 90000101"),
        (NEW, Continues(OLD, there=True, continued_by=OTHER), "is continued by 90000303 already"),
    ],
)
def test_what_cannot_be_continued_stops_the_new_one(ura, link, found):
    made = planned(ura, link)
    trouble = made.step("prepared").trouble
    assert trouble.code == "continues_invalid"
    assert found in trouble.found
    assert made.effects == ()
    assert planned(NEW, Continues(OLD, there=True, continued_by=NEW)).step("prepared").state is State.DONE


def test_two_that_continue_the_same_and_a_circle_are_seen_in_one_run():
    def host(name, ura, link):
        known = dataclasses.replace(known_until(None), ura=ura)
        return Host(dataclasses.replace(POLICY, host=name), known, seen(continues=link))

    run = decide([host("a", NEW, Continues(OLD, there=True)), host("b", OTHER, Continues(OLD, there=True))], NOW)
    assert {name: one.step("prepared").trouble.code for name, one in run.plans.items()} == dict.fromkeys(
        "ab", "continues_invalid"
    )
    assert run.work == ()
    assert set(between({"a": (NEW, OLD), "b": (OLD, OTHER), "c": (OTHER, NEW)})) == set("abc")
    assert between({"a": (NEW, OLD), "b": (OLD, OTHER)}) == {}


def test_for_the_former_one_nothing_is_begun_and_a_person_withdraws_it():
    left = word("continued_by", subject=NEW)
    made = planned(OLD, None, with_words(known_until("prepared"), left))
    assert made.effects == ()
    assert "it goes on under another URA number, 90000202" in made.step("application_submitted").because
    done = with_words(known_until(ALL_DONE), left)
    for shown in (planned(OLD, None, done), recorded(done)):
        (warning,) = shown.step("prepared").warnings
        assert (warning.code, NEW in warning.message) == ("organisation_continued", True)
    withdrawn = with_words(known_until(ALL_DONE), left, word("withdrawn"))
    assert planned(OLD, None, withdrawn).steps == ()


def test_both_dossiers_know_of_each_other_and_a_second_run_changes_nothing(store):
    link = link_dossiers.look(store, NEW, OLD)
    assert link == Continues(OLD, there=True)
    assert link_dossiers.lacks(store, NEW, link)
    assert link_dossiers.write(store, NEW, link)
    events = [(row["ura"], row["payload"]["word"], row["payload"]["subject"]) for row in rows(store)]
    assert events == [(OLD, "continued_by", NEW), (NEW, "continues", OLD)]
    again = link_dossiers.look(store, NEW, OLD)
    assert again == Continues(OLD, there=True, continued_by=NEW)
    assert not link_dossiers.write(store, NEW, again)
    assert known_of(store, OLD).continued_by == NEW
    # Nothing was ever done for the new one.
    assert known_of(store, NEW).empty
    # The third name of the same organisation; and the first one's is a circle.
    assert link_dossiers.look(store, OTHER, NEW) is not None
    assert link_dossiers.look(store, OTHER, NEW).before == (OLD,)
    shown = {one["ura"]: one["linked"] for one in board(store.read_all(), now=NOW)["organisations"]}
    assert shown[OLD] == "Gaat verder onder een ander URA-nummer: 90000202."
    assert "90000101" in shown[NEW]
    assert NEW in store.say(OLD, "hold", by="desk", how="x").warnings[0]


def test_what_the_inventory_says_no_more_is_taken_back_in_both(store, monkeypatch):
    link = link_dossiers.look(store, NEW, OLD)
    link_dossiers.write(store, NEW, link)
    assert link_dossiers.write(store, NEW, None)
    assert known_of(store, OLD).continued_by == ""
    assert said.linked(store.words.of(NEW), "continues") == []
    assert not link_dossiers.write(store, NEW, None)
    # In another second: a word of the same moment is the same word.
    monkeypatch.setattr(link_dossiers, "now", lambda: moments.now() - datetime.timedelta(minutes=1))
    assert link_dossiers.write(store, NEW, link_dossiers.look(store, NEW, OLD))
    assert known_of(store, OLD).continued_by == NEW


def test_one_that_left_has_no_dossier_any_more_and_gets_none(store, tmp_path):
    link_dossiers.write(store, NEW, link_dossiers.look(store, NEW, OLD))
    store.leaving.leave(OLD, tmp_path / "left.json", by="desk")
    link = link_dossiers.look(store, NEW, OLD)
    assert link.there
    assert not link_dossiers.write(store, NEW, link)


def rows(store):
    return [row for row in store.export()["journal"] if row["event"] == "word_said"]


@pytest.mark.parametrize("continues", ["De Linde", "90000101, 90000303", ["90000101"], 9.5])
def test_what_is_no_number_is_linked_with_nobody_and_takes_nothing_back(store, continues):
    link_dossiers.write(store, NEW, link_dossiers.look(store, NEW, OLD))
    assert not link_dossiers.lacks(store, NEW, link_dossiers.look(store, NEW, continues))


def test_a_successor_whose_number_was_mistyped_can_be_taken_back(store):
    link_dossiers.write(store, OTHER, link_dossiers.look(store, OTHER, OLD))
    trouble = planned(NEW, link_dossiers.look(store, NEW, OLD)).step("prepared").trouble
    assert f"(ura: {OLD}, word: undone, undoes: continued_by, subject: {OTHER})" in trouble.action
    store.say(OLD, "undone", by="technical_administrator", how="mistyped", subject=f"continued_by:{OTHER}")
    assert planned(NEW, link_dossiers.look(store, NEW, OLD)).step("prepared").state is State.DONE
