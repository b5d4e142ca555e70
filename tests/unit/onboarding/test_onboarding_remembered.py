# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dossier's rows come to for the planner: of dossiers written by the store, and of any at all."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import Person
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import submissions
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import (
    STEPS,
    WORDS,
    Dossier,
    Milestone,
    Observation,
    Statement,
    Submission,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.owner import Owner
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.seen import Noted
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.problems import ACTIONS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.mail_rows import answer_of
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.recording import records
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.remembered import (
    documents_today,
    for_results,
    known,
    notices_today,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.remembering import (
    person_of,
    remembered_of,
    write_down,
)
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    HOST,
    NAME,
    NOW,
    POLICY,
    URA,
    seen,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = base64.b64encode(bytes(range(1, 33))).decode()
PERSON = Person("Anna", "Lindeman", "a@delinde.example", date_of_birth="1975-03-09")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/dossier.sqlite3"


@pytest.fixture
def store(url: str) -> Iterator[DossierStore]:
    with DossierStore.open(url, key=KEY, environment="acceptance") as opened:
        yield opened


def planned(store: DossierStore, observed: Any = None) -> tuple[Known, Plan]:
    before = remembered_of(store, URA)
    return before, plan(before, observed or seen(), POLICY, datetime.datetime.now(datetime.UTC))


def test_a_dossier_that_is_not_there_yet_is_empty(store: DossierStore) -> None:
    found = remembered_of(store, URA)
    assert (found.empty, found.name, found.host, found.unusable, found.code_kept) == (True, "", None, None, False)


def test_what_was_written_down_is_known_and_nothing_is_left_to_write(store: DossierStore) -> None:
    before, made = planned(store)
    assert write_down(store, URA, records(before, made))
    after, again = planned(store)
    assert (after.name, after.host) == (NAME, HOST)
    assert after.step("certificate_checked").state == "done"
    assert not write_down(store, URA, records(after, again))
    assert records(after, again) == ()


def test_each_submission_is_the_newest_of_its_kind(store: DossierStore) -> None:
    for digest in ("a" * 64, "b" * 64):
        store.mark_done(store.claim(URA, "organisation_document", digest, per_digest=True), {"sent_at": "2026-11-20"})
    store.claim(URA, "application_form", "c" * 64, per_digest=False)
    found = remembered_of(store, URA).submissions
    assert (found["organisation_document"].digest, found["application_form"].state) == ("b" * 64, "intended")
    assert found["organisation_document"].evidence["documents_before"] == 1


def test_what_another_run_is_at_is_elsewhere(store: DossierStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as another:
        another.setattr(submissions, "this_process", lambda: Owner("another.example", 1, "then"))
        store.mark_sending(store.claim(URA, "application_form", "c" * 64, per_digest=False))
    store.mark_sending(store.claim(URA, "organisation_document", "d" * 64, per_digest=True))
    found = remembered_of(store, URA).submissions
    assert (found["application_form"].state, found["organisation_document"].state) == ("elsewhere", "sending")


def test_a_code_is_known_to_be_kept_without_its_key(store: DossierStore, url: str) -> None:
    store.sealed.keep(URA, "activation_qr", b"code")
    with DossierStore.open(url, environment="acceptance", read_only=True) as reader:
        assert remembered_of(reader, URA).code_kept
    store.sealed.destroy(URA, "activation_qr")
    assert not remembered_of(store, URA).code_kept
    store.keep_secret(URA, "activation_qr", "code", "older")
    assert remembered_of(store, URA).code_kept


def test_whose_code_and_link_it_is_compares_with_who_is_named_now(store: DossierStore) -> None:
    store.observations.note(URA, "code_for", PERSON.identity)
    store.observations.note(URA, "link_for", PERSON.identity)
    found = remembered_of(store, URA)
    assert found.code_for == found.link_for == person_of(store, URA, PERSON)
    other = Person("Anna", "Ander", "a@delinde.example", date_of_birth="1975-03-09")
    assert found.code_for != person_of(store, URA, other)
    moved = Person("Anna", "Lindeman", "anna@delinde.example", "+31600001001", "1975-03-09")
    assert found.code_for == person_of(store, URA, moved)


def test_the_last_change_in_the_portal_is_known(store: DossierStore) -> None:
    assert remembered_of(store, URA).portal_changed_at is None
    store.observations.note(URA, "portal_change", b"linked 1", at="2026-11-20T10:00:00+00:00")
    assert remembered_of(store, URA).portal_changed_at == datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.UTC)


def test_a_damaged_dossier_is_only_that_organisations(store: DossierStore, url: str) -> None:
    store.register(URA, NAME)
    store.register("90000202", "Anker")
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE organisation SET name = 'Another' WHERE ura = ?", (URA,))
    with DossierStore.open(url, key=KEY, environment="acceptance", read_only=True) as reader:
        found = remembered_of(reader, URA)
        assert found.unusable
        assert found.unusable.code == "dossier_changed"
        assert plan(found, seen(), POLICY, NOW).effects == ()
        assert remembered_of(reader, "90000202").unusable is None
        whole = {one.ura: known(one) for one in reader.read_checked()[0]}
    assert [ura for ura, one in whole.items() if one.unusable] == [URA]


def test_a_dossier_that_nobody_has_said_whose_it_is_plans_nothing(url: str) -> None:
    with DossierStore.open(url) as store:
        store.register(URA, NAME)
    with DossierStore.open(url, environment="acceptance", read_only=True) as store:
        found = remembered_of(store, URA)
    assert found.unusable
    assert found.unusable.code == "dossier_whose_unknown"
    assert found.name == NAME


def test_of_what_people_said_the_last_word_on_each_matter_counts(store: DossierStore) -> None:
    def say(word: str, ura: str = URA, at: str | None = None, subject: str = "") -> None:
        store.say(ura, word, by="desk", how="by telephone", at=at, subject=subject)

    say("withdrawn", at="2026-11-20T10:00:00Z")
    say("undone", subject="document_sent", at="2026-11-21T10:00:00Z")
    # That a step was taken back does not bring an organisation back.
    assert remembered_of(store, URA).stands("withdrawn", "undone")
    say("undone", subject="withdrawn", at="2026-11-19T10:00:00Z")
    # Said later, whatever moment it names.
    assert not remembered_of(store, URA).stands("withdrawn", "undone")
    assert remembered_of(store, URA).word("undone", "document_sent")
    say("hold", ura="")
    say("hold")
    say("go_on")
    assert remembered_of(store, URA).stands("hold", "go_on")
    say("go_on", ura="")
    assert not remembered_of(store, URA).stands("hold", "go_on")


_BOTH = ("application_form", "organisation_document")


def test_what_left_within_a_day_is_counted() -> None:
    def sent(ura: str, kind: str, hours: float, state: str = "done", **evidence: Any) -> Dossier:
        at = (NOW - datetime.timedelta(hours=hours)).isoformat()
        row = Submission(1, ura, kind, "a" * 64, "<a@b>", state, evidence, at)
        return Dossier(ura, "", {}, [row], [])

    rows = [
        sent("1", "organisation_document", 1),
        sent("2", "organisation_document", 23, "sending"),
        sent("3", "organisation_document", 25),
        sent("4", "organisation_document", 1, "intended"),
        sent("5", "organisation_document", 1, sent_at=(NOW - datetime.timedelta(days=3)).isoformat()),
        # Alone it counts; with its document, both are one.
        sent("6", "application_form", 1),
        sent("8", "application_form", 25),
        dataclasses.replace(
            sent("9", "application_form", 2),
            submissions=[one for kind in _BOTH for one in sent("9", kind, 1).submissions],
        ),
        sent("7", "notice:document_sent:1", 1),
    ]
    assert (documents_today(rows, NOW), notices_today(rows, NOW)) == (4, 1)


odd = st.one_of(st.text(max_size=12), st.sampled_from(["", "2026-11-20", "2026-11-20T10:00:00+00:00", "9999-99-99"]))
anything = st.recursive(st.one_of(st.none(), st.integers(), odd), lambda inner: st.lists(inner, max_size=2))
evidence = st.dictionaries(st.sampled_from(["host", "sha256", "sent_at", "content", "thumbprint"]), anything)


@st.composite
def any_dossier(draw: st.DrawFn) -> Dossier:
    steps = draw(st.lists(st.sampled_from(STEPS), unique=True))
    states = st.sampled_from(["open", "waiting", "done", "failed"])
    made = {
        step: Milestone(step, draw(states), draw(odd), draw(odd), draw(odd), evidence=draw(evidence)) for step in steps
    }
    kinds = st.sampled_from(["organisation_document", "application_form", "follow_up_form", "notice:x:1"])
    sent = draw(
        st.lists(
            st.builds(
                Submission,
                st.integers(),
                st.just(URA),
                kinds,
                odd,
                odd,
                st.sampled_from(["intended", "sending", "done"]),
                evidence,
                odd,
            ),
            max_size=4,
        )
    )
    problems = st.one_of(st.none(), st.sampled_from(sorted(ACTIONS)))
    kind = st.sampled_from(["unknown", "document_confirmed", "document_rejected", "follow_up_link", "activation_qr"])
    mails = draw(
        st.lists(
            st.builds(
                Observation,
                odd,
                st.integers(),
                st.integers(),
                odd,
                kind,
                st.just(URA),
                st.one_of(st.none(), odd),
                problems,
                odd,
                odd,
            ),
            max_size=3,
        )
    )
    words = st.builds(
        Statement,
        st.integers(),
        st.sampled_from(["", URA]),
        st.sampled_from(WORDS),
        odd,
        odd,
        odd,
        st.one_of(st.none(), odd),
    )
    return Dossier(URA, draw(odd), made, sent, mails, draw(st.lists(words, max_size=4)), draw(odd))


@pytest.mark.heavy
@given(
    any_dossier(),
    st.dictionaries(
        st.sampled_from(["code_for", "link_for", "portal_change", "export"]), st.builds(Noted, odd, odd, odd)
    ),
    st.booleans(),
)
def test_no_dossier_is_too_odd(dossier: Dossier, noted: dict[str, Noted], kept: bool) -> None:
    found = known(dossier, seen=noted, code_kept=kept)
    reported = tuple(answer_of(one, dossier, proves=kept) for one in dossier.observations)
    assert (found.unusable is not None) == bool(dossier.damaged)
    made = plan(found, seen(answers=reported), POLICY, NOW)
    assert made.effects == () or not dossier.damaged
    records(found, made)
    assert documents_today([dossier], NOW) <= len(dossier.submissions)


def test_results_say_neither_who_spoke_nor_what_vzvz_wrote(store: DossierStore) -> None:
    store.register(URA, "De Linde")
    store.attest(URA, "document_sent", by="Anna Voorbeeld", at=None, how="gebeld met Anna")
    store.say(URA, "registered_before", by="Anna Voorbeeld", how="uit haar hoofd")
    store.set_milestone(
        URA,
        "application_confirmed",
        "failed",
        error_code="document_rejected",
        message="Rejected. VZVZ wrote: Anna mist",
    )
    found = known(store.read(URA))
    bare = for_results(found)
    assert "Anna" not in json.dumps(pack(bare))
    assert bare.step("application_confirmed").message == "Rejected."
    # What a plan is decided on is as it was.
    reported = bare.step("document_sent").attested
    spoken = found.step("document_sent").attested
    assert (reported and reported.at) == (spoken and spoken.at) is not None
    assert plan(bare, seen(), POLICY, NOW) == plan(found, seen(), POLICY, NOW)
