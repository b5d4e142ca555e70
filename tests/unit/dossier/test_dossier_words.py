# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words are kept with their moment, nothing is overwritten, and claims look at them."""

from __future__ import annotations

import base64
import os

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import said, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import FORK, URA, together

KEY = base64.b64encode(os.urandom(32)).decode()
OTHER = "90000102"


def code_of(call, *arguments, **named):
    with pytest.raises(ZorgidError) as caught:
        call(*arguments, **named)
    return caught.value.code


def spoken(store, word, subject="", ura=URA, **more):
    return store.say(ura, word, subject=subject, **{"by": "desk", "how": "by telephone", **more})


def rows(store):
    with store._database.reading() as connection:
        return connection.execute(sa.select(schema.word).order_by(schema.word.c.seq)).all()


def test_nothing_is_overwritten_and_the_journal_tells_it(store):
    for word in ("withdrawn", "undone", "withdrawn"):
        assert spoken(store, word, "withdrawn" if word == "undone" else "").changed
        assert not spoken(store, word, "withdrawn" if word == "undone" else "").changed
    assert [row.word for row in rows(store)] == ["withdrawn", "undone", "withdrawn"]
    journal = {row["seq"]: row for row in store.export(URA)["journal"]}
    assert all(journal[row.seq]["event"] == "word_said" for row in rows(store))
    assert said.withdrawn(store.read(URA).words).seq == rows(store)[-1].seq
    assert store.verify_journal().valid
    with store._database.writing() as (connection, _at):
        connection.execute(sa.update(schema.word).values(at="2020-01-01T00:00:00+00:00"))
    check = store.verify_journal()
    assert not check.valid
    assert "word (90000101, withdrawn, 1)" in check.message


def test_a_word_keeps_its_moment_and_none_is_still_to_come(store):
    spoken(store, "lost", "phone", at="2026-11-20T10:00:00+01:00")
    assert rows(store)[0].at == "2026-11-20T09:00:00+00:00"
    assert code_of(spoken, store, "lost", "phone", at="2999-01-01") == "time_in_future"
    assert code_of(spoken, store, "lost", "phone", at="soon") == "time_invalid"


@pytest.mark.parametrize(
    ("word", "subject", "more", "code"),
    [
        ("gone", "", {}, "word_invalid"),
        ("withdrawn", "", {"by": " "}, "word_invalid"),
        ("withdrawn", "x", {}, "word_invalid"),
        ("lost", "Sanne's bag", {}, "word_invalid"),
        ("moved", "", {}, "word_invalid"),
        ("undone", "withdrawn:x", {}, "word_invalid"),
        ("undone", "hold", {}, "step_unknown"),
        ("done", "celebrated", {}, "step_unknown"),
        ("rehired", "p-17", {}, "dossier_key_missing"),
        ("offboarded", "p-17", {}, "dossier_key_missing"),
        ("offboarded", "", {}, "word_invalid"),
        ("withdrawn", "", {"how": "\x00"}, "text_invalid"),
        ("withdrawn", "", {"ura": ""}, "ura_invalid"),
    ],
)
def test_what_is_no_word_is_refused_by_name(store, word, subject, more, code):
    assert code_of(spoken, store, word, subject, **more) == code
    assert rows(store) == []


def test_only_looking_writes_nothing_and_says_the_same(store, url):
    store.register(URA, "De Linde")
    with DossierStore.open(url, read_only=True) as reader:
        for word, subject in (("withdrawn", ""), ("done", "prepared"), ("hold", ""), ("lost", "phone")):
            assert spoken(reader, word, subject).changed
    assert rows(store) == []
    assert spoken(store, "done", "prepared").after["state"] == "done"


def test_an_external_id_is_kept_as_a_keyed_digest_only(url):
    with DossierStore.open(url, key=KEY) as store:
        spoken(store, "rehired", "p-17")
        assert store.words.rehired(URA, "p-17").by == "desk"
        assert store.words.rehired(URA, "p-18") is None
        assert store.words.rehired(OTHER, "p-17") is None
        assert "p-17" not in str(store.export())
        spoken(store, "undone", "rehired:p-17")
        assert store.words.rehired(URA, "p-17") is None
        assert store.verify_journal().valid


def test_who_left_and_who_is_back(url):
    people = ["p-17", "p-18"]
    with DossierStore.open(url, key=KEY) as store:

        def away(ura=URA):
            return sorted(store.words.offboarded(ura, people))

        assert away() == []
        assert spoken(store, "offboarded", "p-17").changed
        assert (away(), away(OTHER)) == (["p-17"], [])
        assert not spoken(store, "offboarded", "p-17").changed
        spoken(store, "rehired", "p-17")
        assert away() == []
        # Whoever left before may leave again, and says so in the same words.
        assert spoken(store, "offboarded", "p-17").changed
        assert away() == ["p-17"]
        spoken(store, "rehired", "p-17")
        spoken(store, "undone", "rehired:p-17")
        assert away() == ["p-17"]
        spoken(store, "undone", "offboarded:p-17")
        assert away() == []
        assert "p-17" not in str(store.export())
        assert store.verify_journal().valid


def test_a_step_done_and_taken_back(store):
    reported = spoken(store, "done", "document_sent")
    assert reported.after["attested"]["by"] == "desk"
    assert store.read(URA).milestones["document_sent"].attested.how == "by telephone"
    assert spoken(store, "undone", "document_sent").after["state"] == "open"
    assert store.read(URA).milestones["document_sent"].attested is None
    assert [row.word for row in rows(store)] == ["done", "undone"]


def test_the_same_old_word_says_nothing_after_it_was_taken_back(store):
    spoken(store, "done", "prepared", at="2026-11-20")
    spoken(store, "undone", "prepared")
    again = spoken(store, "done", "prepared", at="2026-11-20")
    assert not again.changed
    assert "said before" in again.warnings[0]
    assert store.read(URA).milestones["prepared"].state == "open"
    assert spoken(store, "done", "prepared", at="2026-11-21").changed
    assert store.read(URA).milestones["prepared"].state == "done"


def test_a_run_that_opens_what_a_person_attested_leaves_no_word_standing(store):
    store.attest(URA, "prepared", by="desk", at=None, how="x")
    store.set_milestone(URA, "prepared", "open")
    assert said.undone(store.read(URA).words, "prepared").how == "state: open"
    assert store.verify_journal().valid


def test_rejection_and_word_in_both_orders(store):
    step, reported = "application_confirmed", {"error_code": "document_rejected", "message": "No."}
    spoken(store, "done", step, at="2026-11-20T10:00:00+00:00")
    early = store.set_milestone(URA, step, "failed", evidence_at="2026-11-20T08:00:00+00:00", **reported)
    assert (early.changed, "the statement is the later" in early.warnings[0]) == (False, True)
    assert store.set_milestone(URA, step, "failed", evidence_at="2026-11-20T11:00:00+00:00", **reported).changed
    assert store.read(URA).milestones[step].state == "failed"
    # The task that attests is still in the playbook.
    stale = spoken(store, "done", step, at="2026-11-20T10:00:00+00:00")
    assert (stale.changed, "the mail is the later" in stale.warnings[0]) == (False, True)
    assert spoken(store, "done", step, at="2026-11-20T12:00:00+00:00").after["state"] == "done"
    assert store.verify_journal().valid


def test_an_undo_stands_against_an_older_mail_and_not_against_a_later_one(store):
    step = "application_confirmed"
    store.set_milestone(URA, step, "done", evidence_at="2026-11-20T10:00:00+00:00")
    assert store.read(URA).milestones[step].evidence_at == "2026-11-20T10:00:00+00:00"
    assert spoken(store, "undone", step, at="2026-11-20T09:00:00+00:00").before["state"] == "done"
    assert store.read(URA).milestones[step].state == "done"
    spoken(store, "undone", step, at="2026-11-20T11:00:00+00:00")
    assert store.read(URA).milestones[step].state == "open"
    store.set_milestone(URA, step, "done", evidence_at="2026-11-20T10:00:00+00:00")
    assert store.read(URA).milestones[step].state == "open"
    store.set_milestone(URA, step, "done", evidence_at="2026-11-20T12:00:00+00:00")
    assert store.read(URA).milestones[step].state == "done"
    assert store.verify_journal().valid


def test_a_word_out_of_order_is_taken_with_a_warning_that_names_the_steps(store):
    (warning,) = spoken(store, "done", STEPS[2]).warnings
    assert warning.endswith(f"{STEPS[0]}, {STEPS[1]}. Check whether this is intended.")
    assert store.read(URA).milestones[STEPS[2]].state == "done"
    spoken(store, "done", STEPS[0])
    (warning,) = spoken(store, "undone", STEPS[0]).warnings
    assert f"are done: {STEPS[2]}." in warning
    assert store.read(URA).milestones[STEPS[0]].state == "open"
    assert spoken(store, "done", STEPS[0]).warnings == ()


def test_codes_go_with_a_withdrawal_and_with_a_loss(store):
    for word, subject in (("withdrawn", ""), ("lost", "activation_code")):
        store.keep_secret(URA, "activation_qr", "S3CR3T", "key")
        store.keep_secret(OTHER, "activation_qr", "S3CR3T", "key")
        assert spoken(store, word, subject).after["codes_destroyed"] == 1
        assert not store.destroy_secret(URA, "activation_qr")
        assert store.destroy_secret(OTHER, "activation_qr")
        spoken(store, "undone", f"{word}:{subject}".rstrip(":"))
    store.keep_secret(URA, "activation_qr", "S3CR3T", "key")
    assert not spoken(store, "lost", "phone", at="2026-11-01").after.get("codes_destroyed")
    assert store.verify_journal().valid


def claimed(store, ura=URA, **more):
    return store.claim(ura, "application_form", "d", per_digest=False, **more)


def test_hold_stops_every_claim_of_one_or_of_all(store):
    spoken(store, "hold", how="the mail server moves", by="Sanne Zwaluwstaart")
    with pytest.raises(ZorgidError) as caught:
        claimed(store)
    assert caught.value.code == "dossier_held"
    assert "the mail server moves" in str(caught.value)
    assert "Zwaluwstaart" not in str(caught.value)
    assert claimed(store, OTHER).state == "intended"
    spoken(store, "hold", ura="")
    assert code_of(claimed, store, OTHER) == "dossier_held"
    assert code_of(claimed, store, "90000103") == "dossier_held"
    assert "still held" in spoken(store, "go_on").warnings[0]
    assert code_of(claimed, store) == "dossier_held"
    spoken(store, "go_on", ura="")
    assert claimed(store).state == "intended"
    # Refused is refused: an organisation that was only asked for did not come to be.
    assert [one.ura for one in store.read_all()] == [URA, OTHER]


def test_hold_stops_what_would_go_on_after_a_crash(store, url):
    def crashed():
        with DossierStore.open(url) as theirs:
            theirs.mark_sending(claimed(theirs))

    process = FORK.Process(target=crashed)
    process.start()
    process.join()
    spoken(store, "hold")
    assert code_of(claimed, store) == "dossier_held"
    spoken(store, "go_on")
    assert claimed(store).state == "sending"


def test_what_is_not_wanted_any_more_is_not_claimed(store):
    spoken(store, "done", "application_submitted")
    rows_before = store.verify_journal().rows
    with pytest.raises(ZorgidError) as caught:
        claimed(store, still=lambda dossier: said.no_longer(dossier, "application_submitted"))
    assert caught.value.code == "plan_stale"
    assert "done by hand" in str(caught.value)
    assert store.submission(URA, "application_form") is None
    assert store.verify_journal().rows == rows_before
    assert claimed(store, still=said.no_longer).state == "intended"


def race(number, barrier, url, ura):
    with DossierStore.open(url) as store:
        barrier.wait()
        if number:
            return ("said", spoken(store, "withdrawn", ura=ura).after["word"])
        try:
            return ("claim", claimed(store, ura, still=said.no_longer).state)
        except ZorgidError as error:
            return ("claim", error.code)


def test_a_claim_and_a_withdrawal_at_once_have_one_order(url):
    """Either it was claimed before the word was said, or not at all."""
    for number in range(6):
        ura = f"9100000{number}"
        (_claim, state), _said = together(2, race, url, ura)
        with DossierStore.open(url) as store:
            events = [row["event"] for row in store.export(ura)["journal"]]
            assert (
                events
                == {
                    "plan_stale": ["word_said"],
                    "intended": ["submission_claimed", "word_said"],
                }[state]
            )


def test_a_withdrawn_organisation_is_asked_before_anything(store):
    store.words.demand_going(URA)
    spoken(store, "withdrawn")
    assert code_of(store.words.demand_going, URA) == "organisation_withdrawn"
    spoken(store, "undone", "withdrawn")
    store.words.demand_going(URA)
    spoken(store, "hold")
    assert code_of(store.words.demand_going, URA) == "dossier_held"
