# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mail of a mailbox is one row, whatever happens to the mailbox; what is nobody's goes; digests tell nothing."""

from __future__ import annotations

import base64
import datetime
import json
import random
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database, retention, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe

OTHER = "90000102"
KEY = base64.b64encode(bytes(range(32))).decode()
ACCOUNT = "sanne.zwaluwstaart@gbz.example"
NAME, BORN = "Sanne van der Zwaluwstaart", "1975-03-09"
UNKNOWN = {"kind": "unknown", "problem": "not_recognised", "reference": None}


def ago(days):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)).isoformat(timespec="seconds")


def table(store):
    with store._database.reading() as connection:
        return connection.execute(sa.select(schema.observation).order_by(schema.observation.c.uid)).all()


def events(store):
    return [row["event"] for row in store.export()["journal"]]


def test_the_same_mail_again_changes_nothing(store):
    mails = [a_mail(), a_mail(OTHER, 2, message_id="<b@x>")]
    assert observe(store, *mails) == 2
    before = store.verify_journal().head
    assert observe(store, *mails) == 0
    assert observe(store, *reversed(mails)) == 0
    assert store.verify_journal().head == before
    assert events(store) == ["observation_seen"] * 2


def test_a_mail_that_is_numbered_anew_gets_its_new_place(store):
    observe(store, a_mail(), a_mail(uid=2, message_id="<b@x>"))
    assert observe(store, a_mail(uid=9, uidvalidity=8), a_mail(uid=4, uidvalidity=8, message_id="<b@x>")) == 2
    assert [(one.message_id, one.uidvalidity, one.uid) for one in table(store)] == [
        ("<b@x>", 8, 4),
        ("<a@vzvz.example>", 8, 9),
    ]
    assert events(store)[2:] == ["observation_moved"] * 2
    assert store.verify_journal().valid


def test_a_mail_that_is_read_otherwise_is_recorded_anew(store):
    observe(store, a_mail(None, **{**UNKNOWN, "received_at": ago(1)}))
    assert [one.problem for one in store.observations.of_nobody()] == ["not_recognised"]
    again = a_mail(kind="document_confirmed", received_at=store.observations.of_nobody()[0].received_at)
    assert observe(store, again, texts="new ones") == 1
    assert store.observations.of_nobody() == []
    assert [one.kind for one in store.read(URA).observations] == ["document_confirmed"]
    assert events(store) == ["observation_seen", "observation_gone", "observation_seen"]
    assert store.export()["journal"][0]["payload"]["problem"] == "not_recognised"
    assert store.verify_journal().valid


@pytest.mark.parametrize("seed", range(3))
def test_whatever_changes_in_the_mailbox_each_mail_is_one_row(store, seed):
    """Mails come, are renumbered, share Message-IDs, have none, and become somebody's: as many rows as mails."""
    chance = random.Random(seed)  # noqa: S311 - cases of a test, not keys
    mails: list[Observation] = []
    validity, newest = 1, 0
    for _round in range(12):
        for _new in range(chance.randrange(4)):
            newest += 1
            name = chance.choice(["<same@x>", "", f"<{newest}@x>", "x" * 10_000, "<a\x00\x1b[2J@x>", "<a@x> #2"])
            owner = chance.choice([URA, OTHER, None])
            more = {"kind": "activation_qr"} if owner else UNKNOWN
            mails.append(a_mail(owner, newest, message_id=name, uidvalidity=validity, received_at=ago(newest), **more))
        if chance.random() < 0.4:
            validity, newest = validity + 1, 0
            chance.shuffle(mails)
            for number, one in enumerate(mails):
                newest = number + 1
                mails[number] = Observation(**{**vars(one), "uid": newest, "uidvalidity": validity})
        observe(store, *mails)
        assert observe(store, *mails) == 0
        rows = table(store)
        assert len(rows) == len(mails)
        assert {(row.uidvalidity, row.uid, row.ura or "") for row in rows} == {
            (one.uidvalidity, one.uid, one.ura or "") for one in mails
        }
        assert max((len(row.message_id) for row in rows), default=0) < 320
        assert store.verify_journal().valid, store.verify_journal().message


def test_a_mail_with_the_message_id_of_another_does_not_take_its_place(store):
    observe(store, a_mail())
    forged = a_mail(None, 2, received_at=ago(0), **UNKNOWN)
    assert observe(store, a_mail(), forged) == 1
    assert observe(store, forged, present={(7, 1)}) == 0
    assert [one.message_id for one in store.observations.with_message_id("<a@vzvz.example>")] == [
        "<a@vzvz.example>",
        "<a@vzvz.example> #2",
    ]
    (mine,) = store.read(URA).observations
    assert (mine.uid, mine.kind) == (1, "application_confirmed")


@pytest.mark.parametrize("present", [(), {(7, 1)}])
def test_two_mails_of_one_second_with_one_message_id_are_two(store, present):
    first, second = a_mail(), a_mail(OTHER, 2)
    observe(store, first)
    # Read again, or known to be there.
    observe(store, *([] if present else [first]), second, present=present)
    assert [(row.uid, row.ura) for row in table(store)] == [(1, URA), (2, OTHER)]


def test_what_is_known_of_a_mailbox_holds_for_how_it_was_read(store):
    observe(store, a_mail(uid=3), a_mail(None, 5, message_id="<b@x>", received_at=ago(1), **UNKNOWN))
    place = ["imap.gbz.example", "993", "zorgid@gbz.example", "INBOX"]
    same = store.observations.known(store.observations.mailbox(place, {"texts": "as they are"}))
    assert (same.highest(7), same.again(7), same.highest(8)) == (5, [5], 0)
    for other in (store.observations.mailbox(place, {"texts": "new"}), store.observations.mailbox(["x"], {})):
        assert store.observations.known(other).highest(7) == 0
    observe(store, a_mail(uid=3), texts="new")
    assert store.observations.known(store.observations.mailbox(place, {"texts": "new"})).highest(7) == 3


def test_what_is_nobodys_goes_after_its_time_and_the_journal_holds(store, monkeypatch):
    (period,) = (one for one in retention.PERIODS if one.name == "mail_of_nobody")
    assert period.days == 90
    kept, old, mine = "<kept@x>", "<old@x>", "<mine@x>"
    observe(
        store,
        a_mail(None, 1, message_id=old, received_at=ago(89), **UNKNOWN),
        a_mail(None, 2, message_id=kept, received_at=ago(10), **UNKNOWN),
        a_mail(URA, 3, message_id=mine, received_at=ago(89)),
    )
    monkeypatch.setattr(retention, "limit", lambda _name, _at: ago(88))
    assert observe(store, a_mail(None, 1, message_id=old, received_at=ago(89), **UNKNOWN)) == 0
    assert [one.message_id for one in table(store)] == [kept, mine]
    journal = store.export()["journal"]
    assert [row["payload"] is None for row in journal] == [True, False, False, False]
    assert (journal[-1]["event"], journal[-1]["payload"]) == ("erased", {"rows": [1], "observations": 1})
    assert store.verify_journal().valid
    # Still in the mailbox, it does not come back.
    assert observe(store, a_mail(None, 1, message_id=old, received_at=ago(89), **UNKNOWN)) == 0
    assert len(table(store)) == 2


@pytest.mark.parametrize("key", [None, KEY])
def test_the_mailbox_is_a_digest_and_a_key_changes_no_row_twice(url, key):
    with DossierStore.open(url) as store:
        observe(store, a_mail(), account=ACCOUNT)
    with DossierStore.open(url, key=key) as store:
        assert observe(store, a_mail(), account=ACCOUNT) == (1 if key else 0)
        (row,) = table(store)
        assert len(row.mailbox) == 64
        assert ACCOUNT not in str(store.export())
        assert store.verify_journal().valid


def test_without_a_key_nothing_is_noted(store):
    assert store.observations.note(URA, "portal_members", b"x") is None
    assert store.observations.used_for("portal_members", b"x") == []
    assert store.observations.keyed(URA, "portal_members", b"x") is None
    assert not store.observations.is_last(URA, "portal_members", b"x")
    assert events(store) == []


def test_what_was_seen_has_a_date_and_an_owner(url):
    with DossierStore.open(url, key=KEY) as store:
        seen = store.observations
        assert seen.note(URA, "portal_export", b"one", at="2026-11-01T08:00:00+00:00").changed
        assert not seen.note(URA, "portal_export", b"one", at="2026-11-01T08:00:00+00:00").changed
        assert not seen.note(URA, "portal_export", b"one").changed
        assert seen.used_for("portal_export", b"one") == [URA]
        assert seen.is_last(URA, "portal_export", b"one")
        others = [(URA, "portal_export", b"two"), (URA, "portal_members", b"one"), (OTHER, "portal_export", b"one")]
        assert not any(seen.is_last(*one) for one in others)
        assert len({seen.keyed(*one) for one in [*others, (URA, "portal_export", b"one")]}) == 4
        assert seen.used_for("portal_export", b"two") == seen.used_for("portal_members", b"one") == []
        assert seen.note(OTHER, "portal_export", b"one", owner=URA).after["owner"] == URA
        assert seen.used_for("portal_export", b"one") == [URA, OTHER]
        with store._database.reading() as connection:
            digests = set(connection.execute(sa.select(schema.seen.c.digest)).scalars())
        # The same content of two organisations cannot be seen to be the same.
        assert len(digests) == 2
        assert store.verify_journal().valid
        assert [row["event"] for row in store.export()["journal"]].count("seen_noted") == 2
        with store._database.writing() as (connection, _at):
            connection.execute(sa.update(schema.seen).values(digest="0"))
        assert "seen" in store.verify_journal().message
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        assert reader.observations.note(URA, "portal_export", b"new").changed
        assert reader.observations.used_for("portal_export", b"new") == []


@pytest.mark.parametrize(
    "change",
    [{"digest": "0"}, {"owner": URA}, {"owner": None}, {"at": "2026-01-01T00:00:00+00:00"}, {"kind": "other"}, {}],
)
def test_each_row_of_what_was_seen_agrees_with_the_journal(url, change):
    """Several kinds of several organisations, the last one from another owner than the one before: table and journal
    say the same, and whichever row is changed or gone is named, and stops its own organisation only."""
    with DossierStore.open(url, key=KEY) as store:
        for number, ura in enumerate([URA, OTHER, URA, OTHER]):
            for kind in ("portal_export", "portal_members"):
                owner = OTHER if number < 2 else None
                store.observations.note(ura, kind, f"{kind} {number}".encode(), owner=owner)
                store.observations.note(ura, kind, f"{kind} {number} {number}".encode(), owner=OTHER)
        assert store.verify_journal().valid
        table = schema.seen
        with store._database.reading() as connection:
            rows = connection.execute(sa.select(table.c.ura, table.c.kind, table.c.owner)).all()
        assert sorted(rows) == [(ura, kind, OTHER) for ura in sorted([URA, OTHER])
                                for kind in ("portal_export", "portal_members")]  # fmt: skip
        with store._database.writing() as (connection, _at):
            one = table.c.ura == URA, table.c.kind == "portal_export"
            connection.execute(table.update().where(*one).values(change) if change else table.delete().where(*one))
        check = store.verify_journal()
    assert check.whole
    assert list(check.damaged) == [URA]
    assert "seen" in check.damaged[URA]
    with DossierStore.open(url, key=KEY) as store:
        assert store.read(OTHER).ura == OTHER
        with pytest.raises(ZorgidError) as caught:
            store.read(URA)
        assert caught.value.code == "dossier_changed"


def test_no_name_and_no_birth_date_reach_the_file(tmp_path):
    path = tmp_path / "dossier.sqlite3"
    with DossierStore.open(f"sqlite:///{path}", key=KEY) as store:
        store.observations.note(URA, "portal_members", f"{NAME} {BORN}".encode())
        observe(store, a_mail(), account=ACCOUNT)
        reported = str(store.export())
    found = reported.encode() + b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert not any(secret.encode() in found for secret in (NAME, BORN, ACCOUNT))


@pytest.mark.heavy
def test_what_the_version_before_remembered_becomes_rows(tmp_path):
    """A dossier of revision 0001, with a mail that stands there as two kinds and one that was renumbered."""
    path = tmp_path / "old.sqlite3"
    made = _first_revision(path)
    with DossierStore.open(f"sqlite:///{path}") as store:
        assert store.verify_journal().valid, store.verify_journal().message
        assert [(one.kind, one.uidvalidity) for one in store.read(URA).observations] == [
            ("application_confirmed", 8),
            ("follow_up_link", 7),
        ]
        assert store.references() == {"ZS-1": URA}
        assert observe(store, a_mail(uidvalidity=8, uid=3, received_at=made)) == 1
        assert [one.mailbox.count(" ") for one in store.read(URA).observations] == [0]
        assert store.verify_journal().valid, store.verify_journal().message
    with sqlite3.connect(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "message" not in tables


def _first_revision(path):
    """As revision 0001 made and filled it, by its own migration and the journal's own code."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import hash_of, row_digest

    config = Config()
    folder = Path(database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    at, received = "2026-11-20T08:00:00+00:00", "2026-11-19T08:00:00+00:00"
    mail = {"ura": URA, "kind": "application_confirmed", "message_id": "<a@vzvz.example>", "uidvalidity": 7, "uid": 1}
    mail |= {"reference": "ZS-1", "received_at": received}
    moved = {"message_id": mail["message_id"], "uidvalidity": 8, "uid": 3}
    rows = [("message_remembered", mail), ("message_moved", moved)]
    rows.append(("message_remembered", {**mail, "kind": "follow_up_link"}))
    with (
        engine.begin() as connection,
        EnvironmentContext(
            config, scripts, fn=lambda revision, _context: scripts._upgrade_revs("0001", revision)
        ) as environment,
    ):
        environment.configure(connection=connection, version_table=schema.VERSION_TABLE)
        environment.run_migrations()
        previous = schema.START
        for seq, (event, payload) in enumerate(rows, 1):
            text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
            digest = row_digest("s", text)
            reported = hash_of(previous, seq, at, URA, event, digest)
            connection.execute(
                sa.text("INSERT INTO journal VALUES (:seq, :at, :ura, :event, :text, 's', :digest, :previous, :hash)"),
                {
                    "seq": seq,
                    "at": at,
                    "ura": URA,
                    "event": event,
                    "text": text,
                    "digest": digest,
                    "previous": previous,
                    "hash": reported,
                },
            )
            previous = reported
        connection.execute(sa.text("UPDATE journal_head SET seq = 3, hash = :hash"), {"hash": previous})
        connection.execute(sa.text("INSERT INTO organisation VALUES (:ura, '')"), {"ura": URA})
        insert = sa.text(
            "INSERT INTO message (ura, kind, message_id, uidvalidity, uid, reference, received_at) VALUES "
            "(:ura, :kind, :message_id, :uidvalidity, :uid, :reference, :received_at)"
        )
        connection.execute(insert, {**mail, **moved})
        connection.execute(insert, {**mail, "kind": "follow_up_link"})
    engine.dispose()
    return received
