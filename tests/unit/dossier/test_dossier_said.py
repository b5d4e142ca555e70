# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of what people said: order of words, words against mail, codes after a loss. Without a database."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import said
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Attestation, Milestone, Statement
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.progress import doubt, settle

URA, STEP = "90000101", "application_confirmed"
TEN = "2026-11-24T10:00:00+00:00"


def at(clock, day=24):
    return f"2026-11-{day:02}T{clock}:00+00:00"


def words(*reported):
    """(word, subject, moment, ura), in the order in which they were said."""
    return [
        Statement(number, one[3] if len(one) > 3 else URA, one[0], one[1], "desk", one[2])
        for number, one in enumerate(reported, 1)
    ]


@pytest.mark.parametrize(
    ("word", "mail", "counts"),
    [
        (TEN, at("10:11"), "mail"),
        (TEN, at("10:10"), "ask"),
        (TEN, TEN, "ask"),
        (TEN, at("09:50"), "ask"),
        (TEN, at("09:49"), "word"),
        (TEN, "2026-11-24T11:00:00+01:00", "ask"),
        # A day is any moment of that day, also of the Dutch one.
        (at("00:00"), at("23:59"), "ask"),
        (at("00:00"), at("22:00", 23), "ask"),
        (at("00:00"), at("21:49", 23), "word"),
        (at("00:00"), at("00:11", 25), "mail"),
        (TEN, None, "ask"),
        (TEN, "", "ask"),
        (TEN, "yesterday", "ask"),
        (TEN, "2026-11-24T12:00:00", "ask"),
    ],
)
def test_the_later_one_counts_and_what_a_clock_could_decide_is_asked(word, mail, counts):
    assert said.later(word, mail) == counts


def test_mails_are_compared_with_each_other_to_the_second():
    assert said.older("2026-11-24T09:59:59+00:00", TEN)
    assert not said.older(TEN, TEN)
    assert not said.older(None, TEN)


def test_of_words_on_one_matter_the_newest_counts_whatever_moment_it_tells():
    reported = words(("withdrawn", "", at("10:00")), ("undone", "withdrawn", at("08:00")))
    assert said.withdrawn(reported[:1]) == reported[0]
    assert said.withdrawn(reported) is None
    assert said.withdrawn(list(reversed(reported))) is None
    again = [*reported, Statement(3, URA, "withdrawn", "", "desk", at("07:00"))]
    assert said.withdrawn(again) == again[-1]


def test_an_undo_is_of_one_matter():
    reported = words(("lost", "phone", TEN), ("lost", "activation_code", TEN), ("undone", "lost:phone", TEN))
    assert said.newest(reported, "lost", "phone") is None
    assert said.newest(reported, "lost", "activation_code") == reported[1]
    reported = words(("done", STEP, TEN), ("undone", "document_sent", TEN))
    assert said.undone(reported, STEP) is None
    assert said.newest(reported, "done", STEP) == reported[0]


def test_one_and_all_are_held_apart():
    every, one, go_on = ("hold", "", TEN, ""), ("hold", "", TEN), ("go_on", "", TEN)
    assert said.held(words(every)).ura == ""
    assert said.held(words(one, go_on)) is None
    assert said.held(words(every, one, go_on)).ura == ""
    assert said.held(words(every, one, ("go_on", "", TEN, ""))).ura == URA


@pytest.mark.parametrize(
    ("reported", "received", "counts"),
    [
        ([], TEN, "yes"),
        ([("lost", "phone", at("12:00"))], TEN, "no"),
        ([("lost", "phone", at("08:00"))], TEN, "yes"),
        ([("lost", "phone", at("10:05"))], TEN, "ask"),
        ([("lost", "phone", at("08:00")), ("lost", "activation_letter", at("12:00"))], TEN, "no"),
        ([("lost", "phone", at("12:00")), ("undone", "lost:phone", at("12:00"))], TEN, "yes"),
        ([("withdrawn", "", at("08:00"))], TEN, "no"),
        ([("withdrawn", "", at("08:00")), ("undone", "withdrawn", at("09:00"))], TEN, "yes"),
        ([("lost", "phone", at("08:00"))], None, "ask"),
    ],
)
def test_a_loss_voids_every_code_before_it(reported, received, counts):
    assert said.code_counts(words(*reported), received) == counts


def done(word=TEN, evidence_at=None):
    attested = Attestation("desk", word, "by telephone") if word else None
    return Milestone(STEP, "done", at("10:00"), attested=attested, evidence_at=evidence_at)


def rejected(mail):
    return Milestone(STEP, "failed", at("12:00"), error_code="document_rejected", message="No.", evidence_at=mail)


def test_a_rejection_counts_when_its_mail_is_later_than_the_word():
    assert settle(done(), rejected(at("11:00"))) == rejected(at("11:00"))
    assert doubt(done(), rejected(at("11:00"))) == ""
    for mail, why in ((at("09:00"), "the statement is the later"), (at("10:05"), "their times are too close to tell")):
        assert settle(done(), rejected(mail)) == done()
        assert why in doubt(done(), rejected(mail))
    # A run that could not do it knows nothing of VZVZ.
    assert settle(done(), rejected(None)) == done()


def test_a_word_counts_when_it_is_later_than_the_rejection():
    known = rejected(at("11:00"))
    assert settle(known, done(at("11:30"))).state == "done"
    assert doubt(known, done(at("11:30"))) == ""
    for moment in (at("10:00"), at("11:05"), at("00:00")):
        assert settle(known, done(moment)) is known
        assert "contradict" in doubt(known, done(moment))


def test_what_failed_otherwise_since_does_not_make_the_rejection_forgotten():
    other = Milestone(STEP, "failed", at("12:00"), error_code="imap_unreachable", message="No answer.")
    known = settle(rejected(at("11:00")), other)
    assert (known.error_code, known.evidence_at) == ("imap_unreachable", at("11:00"))
    assert settle(known, done(at("10:00"))) is known


def test_an_undo_never_wins_over_later_evidence():
    known, wanted = done(None, at("11:00")), Milestone(STEP, "open", at("12:00"))
    assert settle(known, wanted, undone_at=at("11:30")).state == "open"
    for moment in (at("10:00"), at("11:05")):
        assert settle(known, wanted, undone_at=moment) is known
        assert "contradict" in doubt(known, wanted, undone_at=moment)
    # And the other order: the mail is read after somebody said that it is not so.
    opened, mail = Milestone(STEP), done(None, at("11:00"))
    assert settle(opened, mail, undone_at=at("10:00")).state == "done"
    for moment in (at("11:05"), at("11:30")):
        assert settle(opened, mail, undone_at=moment) is opened


def test_an_older_mail_changes_nothing():
    known = done(None, at("11:00"))
    assert settle(known, rejected(at("10:59"))) is known
    assert settle(known, rejected(at("11:01"))).state == "failed"


def test_messages_show_no_name():
    word = dataclasses.replace(words(("withdrawn", "", TEN))[0], by="Sanne Zwaluwstaart", how="told by\x1b[2J phone")
    assert "Zwaluwstaart" not in said.said_by(word)
    assert "\x1b" not in said.said_by(word)
