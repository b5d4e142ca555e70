# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report that a mail of ours did not arrive says about which one, and asks nothing once that is settled."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import closing, observations, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import (
    Attestation,
    Dossier,
    Milestone,
    Observation,
    Submission,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.records import all_steps
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe
from ansible_collections.gbz.zorgid.tests.support.dossier_tables import WORD, version
from ansible_collections.gbz.zorgid.tests.support.old_dossier import engine_of

DOCUMENT, FIRST, SECOND = "organisation_document", "<first@gbz.example>", "<second@gbz.example>"
REPORT = {"kind": "undelivered", "problem": "not_delivered", "reference": None, "message_id": "<report@mx.example>"}
NOON, LATER, LATEST = (f"2026-11-24T{hour}:00:00+00:00" for hour in (12, 13, 14))


def mailed(message_id=FIRST, kind=DOCUMENT, state="done", digest="a", at=NOON, **evidence):
    return Submission(1, URA, kind, digest, message_id, state, {"sent_at": at, **evidence}, at)


def request(message_id=FIRST, number="0", role="representative", **more):
    return mailed(message_id, f"notice:identity_activated:{number}", role=role, **more)


def invitation(message_id=FIRST, number=0, **more):
    return mailed(message_id, f"invitation:{number}", **more)


def step(name, state="done", since=LATER, by=""):
    return Milestone(name, state, since, attested=Attestation(by, since, "how") if by else None)


@pytest.mark.parametrize(
    ("submissions", "steps", "settled"),
    [
        ([mailed()], [], False),
        # Of nothing that the dossier knows.
        ([mailed(SECOND)], [step("application_confirmed")], False),
        # The corrected document, or the same one to a corrected address.
        ([mailed(), mailed(SECOND, digest="b", at=LATER)], [], True),
        ([mailed(), mailed(SECOND, state="sending", at=LATER)], [], False),
        # It is about the one that was sent again.
        ([mailed(SECOND), mailed(FIRST, digest="b", at=LATER)], [], False),
        ([mailed(), request(SECOND, at=LATER)], [], False),
        # VZVZ confirmed a document since, not one of before.
        ([mailed()], [step("application_confirmed")], True),
        ([mailed()], [step("application_confirmed", since="2026-11-23T12:00:00+00:00")], False),
        ([mailed()], [step("application_confirmed", "waiting")], False),
        # Our own mail records that it was mailed; a person's word says that it got there.
        ([mailed()], [step("document_sent")], False),
        ([mailed()], [step("document_sent", by="provider")], True),
        # Mail to people: the next one about the same step to the same role.
        ([request()], [], False),
        ([request(), request(SECOND, "1", at=LATER)], [], True),
        ([request(), request(SECOND, "1", role="portal_administrator", at=LATER)], [], False),
        ([request()], [step("identity_activated")], True),
        ([request()], [step("identity_activated", since=NOON)], False),
        ([invitation()], [step("employees_registered")], False),
        ([invitation(), invitation(SECOND, 1, at=LATER)], [], True),
        ([invitation(), invitation(SECOND, 0, digest="other", at=LATER)], [], False),
        ([invitation()], [step("employees_active")], True),
    ],
)
def test_what_settles_it(submissions, steps, settled):
    report = Observation(uidvalidity=7, uid=1, received_at=NOON, ura=URA, about=FIRST, **REPORT)
    dossier = Dossier(URA, "De Linde", all_steps(steps), submissions, [report])
    assert closing.settled(dossier, report) is settled
    # One of which an older version did not keep about which mail it is.
    assert not closing.settled(dossier, Observation(uidvalidity=7, uid=1, received_at=NOON, ura=URA, **REPORT))


def send(store, digest):
    claim = store.claim(URA, DOCUMENT, digest * 64, per_digest=True, domain="gbz.example")
    store.mark_sending(claim)
    store.mark_done(claim, {"message_id": claim.message_id, "sent_at": claim.since})
    return claim


def is_settled(store):
    dossier = store.read(URA)
    (report,) = [one for one in dossier.observations if one.kind == "undelivered"]
    return closing.settled(dossier, report)


def test_the_dossier_keeps_about_which_mail_it_is_and_the_journal_proves_it(store, url):
    first = send(store, "a")
    observe(store, a_mail(uid=9, about=first.message_id, **REPORT))
    assert not is_settled(store)
    second = send(store, "b")
    assert is_settled(store)
    assert store.verify_journal().valid
    assert [row["payload"]["about"] for row in store.export()["journal"] if row["event"] == "observation_seen"] == [
        first.message_id
    ]
    reported = [one.get("about") for one in store.export(URA)["organisations"][0]["observations"]]
    assert reported == [first.message_id]
    with engine_of(url).begin() as connection:
        connection.execute(sa.update(schema.observation).values(about=second.message_id))
    assert "observation" in store.verify_journal().message
    with DossierStore.open(url, read_only=True) as other, pytest.raises(ZorgidError) as caught:
        other.read(URA)
    assert caught.value.code == "dossier_changed"


def as_before_about(url):
    """The tables of 0002, with rows in the journal that say nothing of it."""
    with engine_of(url).begin() as connection:
        connection.execute(sa.text("ALTER TABLE observation DROP COLUMN about"))
        for table in ("run", "shared_reading"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.update(schema.version).values(version_num="0002"))


def test_a_report_that_an_older_version_recorded_is_read_again_and_then_says_it(store, url, monkeypatch):
    first = send(store, "a")
    # What was in its rows of the journal then.
    with monkeypatch.context() as older:
        older.setattr(observations, "_IN_JOURNAL", [one for one in observations._IN_JOURNAL if one != "about"])
        older.setattr(observations, "_READER", 1)
        observe(store, a_mail(uid=9, **REPORT))
    second = send(store, "b")
    store.close()
    as_before_about(url)
    with DossierStore.open(url, read_only=True) as reader:
        assert reader.verify_journal().valid
        assert not is_settled(reader)
        assert version(url) == "0002"
    with DossierStore.open(url) as writer:
        assert version(url) == schema.REVISIONS[-1]
        (seen,) = writer.read(URA).observations
        # All mail is read once more, because it is understood otherwise now.
        place = ["imap.gbz.example", "993", "zorgid@gbz.example", "INBOX"]
        assert writer.observations.known(writer.observations.mailbox(place, {"texts": "as they are"})).rows == []
        with engine_of(url).begin() as connection:
            connection.execute(sa.update(schema.observation).values(about=second.message_id))
        assert not writer.verify_journal().valid
        with engine_of(url).begin() as connection:
            connection.execute(sa.update(schema.observation).values(about=None))
        assert observe(writer, a_mail(uid=9, about=first.message_id, **REPORT)) == 1
        assert observe(writer, a_mail(uid=9, about=first.message_id, **REPORT)) == 0
        assert is_settled(writer)
        assert [one.seen_at for one in writer.read(URA).observations] == [seen.seen_at]
        assert writer.verify_journal().valid


def test_a_report_about_a_mail_of_945c30d(old):
    with DossierStore.open(old, **WORD) as store:
        store.adopt(by="technical_administrator")
        dossier = next(one for one in store.read_all() if any(each.kind == DOCUMENT for each in one.submissions))
        ura, about = dossier.ura, [one.message_id for one in dossier.submissions if one.kind == DOCUMENT][-1]
        observe(store, a_mail(ura, 9, about=about, **REPORT))

        def settled():
            found = store.read(ura)
            return closing.settled(found, next(one for one in found.observations if one.about))

        assert not settled()
        claim = store.claim(ura, DOCUMENT, "b" * 64, per_digest=True, domain="gbz.example")
        store.mark_sending(claim)
        assert not settled()
        store.mark_done(claim, {"message_id": claim.message_id, "sent_at": claim.since})
        assert settled()
        assert store.verify_journal().valid


def test_what_an_organisation_that_leaves_takes_with_it_and_what_an_erasure_leaves(store, tmp_path):
    first = send(store, "a")
    observe(store, a_mail(uid=9, about=first.message_id, **REPORT))
    store.erase(URA, subject="report", by="desk")
    assert [one.about for one in store.read(URA).observations] == [first.message_id]
    assert "report" not in str([one.message_id for one in store.read(URA).observations])
    store.leaving.leave(URA, str(tmp_path / "left.json"), by="desk")
    assert first.message_id in (tmp_path / "left.json").read_text()
    assert store.read(URA).observations == []
    assert first.message_id not in str(store.export())
    assert store.verify_journal().valid
