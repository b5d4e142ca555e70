# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is sent twice: races of fifty processes, and processes killed anywhere."""

from __future__ import annotations

import dataclasses
import os
import random
from collections import Counter

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import (
    FORK,
    URA,
    deliver,
    delivered,
    killed_after,
    killed_at_statement,
    together,
)

DOCUMENT = "organisation_document"


def claim_and_stay(number, barrier, url):
    barrier.wait()
    with DossierStore.open(url) as store:
        state = store.claim(URA, "application_form", f"digest{number}", per_digest=False).state
    barrier.wait()
    return state


@pytest.mark.parametrize("count", [12, pytest.param(50, marks=(pytest.mark.slow, pytest.mark.kills))])
def test_one_of_many_wins_on_a_database_that_is_not_there_yet(url, count):
    states = together(count, claim_and_stay, url)
    assert Counter(states) == {"intended": 1, "elsewhere": count - 1}
    with DossierStore.open(url) as store:
        assert store.verify_journal().valid


def send_all(number, barrier, url, outbox):
    barrier.wait()
    deliver(url, outbox, DOCUMENT, [f"d{n}" for n in range(5)])


def test_many_processes_send_each_document_once(url, tmp_path):
    together(16, send_all, url, tmp_path / "outbox")
    assert Counter(digest for digest, _ in delivered(tmp_path / "outbox")) == {f"d{n}": 1 for n in range(5)}
    with DossierStore.open(url) as store:
        assert {one.state for one in store.read(URA).submissions} == {"done"}
        assert store.verify_journal().valid


def change(store, **values):
    with store._database.writing() as (connection, _at):
        connection.execute(sa.update(schema.submission).values(**values))


def in_another_process(work):
    process = FORK.Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 0


def test_a_claim_goes_from_intended_to_done(store):
    first = store.claim(URA, DOCUMENT, "d1", per_digest=True)
    assert first.state == "intended"
    store.mark_sending(first)
    again = store.claim(URA, DOCUMENT, "d1", per_digest=True)
    assert (again.state, again.message_id) == ("sending", first.message_id)
    store.mark_done(again, {"response": "250 ok"})
    known = store.claim(URA, DOCUMENT, "d1", per_digest=True)
    assert (known.state, known.evidence, known.message_id) == ("done", {"response": "250 ok"}, first.message_id)
    other = store.claim(URA, DOCUMENT, "d2", per_digest=True)
    assert other.state == "intended"
    assert other.message_id != first.message_id
    assert store.submission(URA, DOCUMENT) == other
    assert store.submission(URA, DOCUMENT, "d1") == known
    assert store.submission(URA, "application_form") is None


def test_a_form_with_other_values_is_no_other_application(store):
    first = store.claim(URA, "application_form", "v1", per_digest=False)
    store.mark_sending(first)
    store.mark_done(first, {})
    again = store.claim(URA, "application_form", "v2", per_digest=False)
    assert (again.id, again.state, again.digest) == (first.id, "done", "v1")


def test_the_dead_are_succeeded_at_once_and_the_living_are_not(store, url):
    def claimed(kind, *, sending):
        with DossierStore.open(url) as theirs:
            submission = theirs.claim(URA, kind, "d", per_digest=False)
            if sending:
                theirs.mark_sending(submission)

    in_another_process(lambda: claimed("application_form", sending=False))
    in_another_process(lambda: claimed("follow_up_form", sending=True))
    assert store.submission(URA, "follow_up_form").state == "sending"
    assert store.claim(URA, "application_form", "new", per_digest=False).state == "intended"
    assert store.submission(URA, "application_form").digest == "new"
    assert store.claim(URA, "follow_up_form", "new", per_digest=False).state == "sending"
    assert store.submission(URA, "follow_up_form").digest == "d"

    def look(kind):
        with DossierStore.open(url) as theirs:
            assert theirs.claim(URA, kind, "d", per_digest=False).state == "elsewhere"
            assert theirs.submission(URA, kind).state == "elsewhere"
            with pytest.raises(ZorgidError) as caught:
                theirs.resolve(URA, kind, arrived=False, by="desk")
            assert caught.value.code == "submission_elsewhere"

    in_another_process(lambda: look("application_form"))
    in_another_process(lambda: look("follow_up_form"))


def test_a_pid_that_went_round_is_not_its_former_owner(store):
    store.claim(URA, "application_form", "d", per_digest=False)
    change(store, owner_started="1", owner_pid=os.getppid())
    assert store.claim(URA, "application_form", "d", per_digest=False).state == "intended"


def test_another_controller_is_believed_until_its_lease_ends(store):
    mine = store.claim(URA, "application_form", "d", per_digest=False)
    store.mark_sending(mine)
    change(store, owner_host="another", lease_until="2999-01-01T00:00:00+00:00")
    assert store.claim(URA, "application_form", "d", per_digest=False).state == "elsewhere"
    change(store, lease_until="2020-01-01T00:00:00+00:00")
    assert store.claim(URA, "application_form", "d", per_digest=False).state == "sending"


def test_who_slept_past_its_lease_may_not_send(store):
    mine = store.claim(URA, DOCUMENT, "d", per_digest=True)
    change(store, owner_host="another")
    for act in (store.mark_sending, store.release):
        with pytest.raises(ZorgidError) as caught:
            act(mine)
        assert caught.value.code == "submission_taken_over"
    # But what was accepted was accepted.
    change(store, state="sending")
    store.mark_done(mine, {"response": "250"})
    store.mark_done(mine, {"response": "250 again"})
    assert store.submission(URA, DOCUMENT).evidence == {"response": "250"}


def test_what_was_not_accepted_is_claimed_again_with_its_message_id(store):
    first = store.claim(URA, DOCUMENT, "d", per_digest=True)
    store.mark_sending(first)
    store.release(first)
    assert store.submission(URA, DOCUMENT) is None
    assert store.read(URA).submissions == []
    again = store.claim(URA, DOCUMENT, "d", per_digest=True)
    assert (again.state, again.message_id) == ("intended", first.message_id)


def test_by_a_persons_word_the_same_is_sent_once_more(store):
    def sent(again=None):
        claimed = store.claim(URA, DOCUMENT, "d", per_digest=True, again=again)
        if claimed.state == "intended":
            store.mark_sending(claimed)
            store.mark_done(claimed, {})
        return claimed.message_id

    first, word = sent(), 17
    assert sent() == first
    second = sent(again=word)
    # The word is good for one mail, also for a run that has not seen yet that it went.
    assert second != first
    assert sent(again=word) == sent() == second
    assert sent(again=18) not in (first, second)
    assert store.verify_journal().whole


def test_what_may_have_been_sent_is_not_sent_once_more_beside_it(store):
    """A person's word about an earlier mail says nothing of one that a dead run was sending."""
    mine = store.claim(URA, DOCUMENT, "d", per_digest=True)
    store.mark_sending(mine)
    again = store.claim(URA, DOCUMENT, "d", per_digest=True, again=17)
    assert (again.state, again.message_id) == ("sending", mine.message_id)


def test_a_person_resolves_what_is_uncertain(store):
    for kind, arrived, state in (("application_form", True, "done"), ("follow_up_form", False, None)):
        store.mark_sending(store.claim(URA, kind, "d", per_digest=False))
        assert store.resolve(URA, kind, arrived=arrived, by="desk").changed
        assert not store.resolve(URA, kind, arrived=arrived, by="desk").changed
        with pytest.raises(ZorgidError) as caught:
            store.resolve(URA, kind, arrived=not arrived, by="desk")
        assert caught.value.code == "submission_not_uncertain"
        known = store.submission(URA, kind)
        assert (known and known.state) == state
    with pytest.raises(ZorgidError) as caught:
        store.resolve(URA, DOCUMENT, arrived=True, by="desk")
    assert caught.value.code == "submission_unknown"


def judge(url, outbox, kind, digests):
    """After all the killing: everything there, nothing twice that may not be."""
    sent = delivered(outbox)
    ids = {}
    for digest, message_id in sent:
        ids.setdefault(digest, set()).add(message_id)
    assert all(len(each) == 1 for each in ids.values()), "a second Message-ID for one document"
    with DossierStore.open(url) as store:
        assert store.verify_journal().valid
        known = store.read(URA).submissions
        if kind == DOCUMENT:
            assert set(ids) == set(digests), "a lost document"
            assert {one.state for one in known} == {"done"}
        else:
            assert all(count == 1 for count in Counter(digest for digest, _ in sent).values()), "a form sent twice"
            assert {one.state for one in known} <= {"done", "sending"}
            for one in known:
                if one.state == "done":
                    assert one.kind.split(":")[1] in ids
    return len(sent) - len(ids)


def killed_everywhere(url, outbox, kind, statements):
    """For each statement: a fresh submission whose process is killed right before it, then a run that goes through."""
    digests, kills = [], 0
    for number in statements:
        one = [f"s{number}"]
        digests += one
        kills += killed_at_statement(number, deliver, url, outbox, kind, one)
        in_another_process(lambda one=one: deliver(url, outbox, kind, one))
    return kills, judge(url, outbox, kind, digests)


def killed_at_random(url, outbox, kind, count, seed=0):
    chance = random.Random(seed)  # noqa: S311
    digests, kills = [f"r{number}" for number in range(count)], 0
    while kills < count:
        # The newest ones only: those before are done, or are repeated at the end.
        some = digests[max(0, kills - 2) : kills + 1]
        kills += killed_after(chance.uniform(0.0, 0.3), deliver, url, outbox, kind, some)
        if chance.random() < 0.3:
            in_another_process(lambda some=some: deliver(url, outbox, kind, some))
    in_another_process(lambda: deliver(url, outbox, kind, digests))
    return kills, judge(url, outbox, kind, [one for one, _ in delivered(outbox)] + digests)


@pytest.mark.parametrize("kind", [DOCUMENT, "form"])
def test_killed_at_many_statements(url, tmp_path, kind):
    DossierStore.open(url).close()
    kills, _repeated = killed_everywhere(url, tmp_path / "outbox", kind, range(4, 25, 2))
    assert kills >= 8


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.parametrize("kind", [DOCUMENT, "form"])
def test_killed_hundreds_of_times(url, tmp_path, kind):
    everywhere = killed_everywhere(url, tmp_path / "outbox", kind, range(1, 40))
    at_random = killed_at_random(url, tmp_path / "outbox", kind, 60)
    print(f"{kind}: (kills, repeated in all) {everywhere} at statements, {at_random} with those at random moments")


def killer(number, barrier, url, outbox, kind):
    """Several controllers at once, each with a worker that dies again and again."""
    barrier.wait()
    chance = random.Random(number)  # noqa: S311
    digests = [f"c{each}" for each in range(40)]
    for _ in range(12):
        chance.shuffle(digests)
        killed_after(chance.uniform(0.0, 0.2), deliver, url, outbox, kind, digests[:8])


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.parametrize("kind", [DOCUMENT, "form"])
def test_killed_while_others_are_at_it(url, tmp_path, kind):
    outbox = tmp_path / "outbox"
    DossierStore.open(url).close()
    together(6, killer, url, outbox, kind)
    digests = [f"c{each}" for each in range(40)]
    in_another_process(lambda: deliver(url, outbox, kind, digests))
    judge(url, outbox, kind, digests)


def test_what_is_claimed_to_be_sent_at_once_is_claimed_once_and_again_after_it_was_done(url):
    kinds = []
    with DossierStore.open(url) as store, DossierStore.open(url) as theirs:
        for _round in range(2):
            claimed = store.claim_sending(URA, "portal_account", "a b")
            kinds.append(claimed.state)
            assert store.submission(URA, "portal_account", "a b").state == "sending"
            assert store.claim_sending(URA, "portal_account", "a b").state == "sending"
            theirs.mark_each_done([(claimed, {"sign": "done"})])
        done = [one for one in store.read(URA).submissions if one.kind == "portal_account"]
    assert kinds == ["intended", "intended"]
    assert [(one.state, one.evidence) for one in done] == [("done", {"sign": "done"})] * 2


def test_many_are_done_or_none_is(url):
    with DossierStore.open(url) as store:
        claims = [store.claim_sending(URA, "portal_account", f"a{number}") for number in range(3)]
        lost = dataclasses.replace(claims[1], id=9999)
        with pytest.raises(ZorgidError):
            store.mark_each_done([(claims[0], {}), (lost, {}), (claims[2], {})])
        states = {one.state for one in store.read(URA).submissions}
        assert states == {"sending"}
