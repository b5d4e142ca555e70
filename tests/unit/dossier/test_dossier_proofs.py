# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can write the database and knows no key adds, changes and rewrites no row unseen; what is wrong stops its own."""

from __future__ import annotations

import base64
import functools
import json
import os
import sqlite3
import uuid

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import journal_verification, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import (
    append,
    canonical,
    hash_of,
    row_digest,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.keys import Keys, VaultKey
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA

OTHER = "90000102"
KEY = base64.b64encode(bytes(range(32))).decode()
J = schema.journal


def opened(url, **options):
    return DossierStore.open(url, **{"environment": "test", "key": KEY, **options})


def code_of(call):
    with pytest.raises(ZorgidError) as caught:
        call()
    return caught.value.code


@pytest.fixture
def keyed(url):
    """A dossier with rows from before it had a key, and after."""
    with DossierStore.open(url, environment="test") as store:
        store.register(URA, "De Linde")
    with opened(url) as store:
        store.register(OTHER, "De Eik")
        store.set_milestone(URA, "prepared", "done")
        store.set_milestone(OTHER, "prepared", "done")
    return url


def behind(url, work):
    """As whoever can write the database, and has no key."""
    with DossierStore.open(url, read_only=False, key=KEY) as store:
        store._database.keys = None
        with store._database.writing() as (connection, at):
            work(connection, at)


def forged(connection, at, ura, event, payload):
    append(connection, at, ura, event, payload)


def rewritten(connection, change):
    """Every row with the content that ``change`` gives it, chained anew."""
    previous = schema.START
    for row in connection.execute(sa.select(J).order_by(J.c.seq)).mappings().all():
        new = {**row, **(change(row) or {})}
        digest = row_digest(new["salt"], new["payload"])
        made = hash_of(previous, row["seq"], row["at"], row["ura"], row["event"], digest)
        new |= {"digest": digest, "previous": previous, "hash": made}
        connection.execute(sa.update(J).where(J.c.seq == row["seq"]).values(**new))
        previous = made
    connection.execute(sa.update(schema.journal_head).values(hash=previous))


def test_every_row_since_it_has_a_key_is_proven(keyed):
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.valid, check.whole, check.proven, check.damaged) == (True, True, True, {})
        assert store.read(URA).milestones["prepared"].state == "done"
    with DossierStore.open(keyed, read_only=True) as reader:
        check = reader.verify_journal()
        assert (check.valid, check.proven) == (True, False)
        assert "dossier_key is not set" in check.message


def test_without_any_key_the_check_says_what_it_does_not_show(store):
    store.register(URA, "De Linde")
    check = store.verify_journal()
    assert (check.valid, check.proven) == (True, False)
    assert "The dossier has no key" in check.message


def test_a_row_that_fits_the_chain_and_has_no_proof(keyed):
    step = {"step": "application_submitted", "state": "done", "since": "2026-11-24T08:00:00+00:00", "evidence": {}}

    def work(connection, at):
        forged(connection, at, URA, "milestone_changed", {**step, "attested": None})
        connection.execute(sa.insert(schema.milestone), {"ura": URA, **step, "evidence": "{}"})

    behind(keyed, work)
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.valid, check.whole, list(check.damaged)) == (False, True, [URA])
        assert check.message == f"Row {check.rows} was not written with the dossier's key."
        assert code_of(lambda: store.read(URA)) == "dossier_changed"
        assert code_of(lambda: store.claim(URA, "application_form", "d", per_digest=False)) == "dossier_changed"
        assert code_of(lambda: store.set_milestone(URA, "document_sent", "done")) == "dossier_changed"
        # Its organisation only.
        assert store.read(OTHER).name == "De Eik"
        assert store.claim(OTHER, "application_form", "d", per_digest=False).state == "intended"
        dossiers, _ = store.read_checked()
        assert {one.ura: bool(one.damaged) for one in dossiers} == {URA: True, OTHER: False}
    # That it has no proof at all is seen without the key too.
    with DossierStore.open(keyed, read_only=True) as reader:
        assert not reader.verify_journal().valid


def test_a_proof_of_another_row_is_none(keyed):
    def work(connection, _at):
        mac = connection.execute(sa.select(J.c.mac).where(J.c.mac.is_not(None)).limit(1)).scalar()
        last = connection.execute(sa.select(sa.func.max(J.c.seq))).scalar()
        connection.execute(sa.update(J).where(J.c.seq == last).values(mac=mac))

    behind(keyed, work)
    with opened(keyed) as store:
        assert list(store.verify_journal().damaged) == [OTHER]
        assert code_of(lambda: store.read(OTHER)) == "dossier_changed"


def test_a_proof_from_before_there_was_a_key(keyed):
    behind(keyed, lambda connection, _at: connection.execute(sa.update(J).where(J.c.seq == 2).values(mac="00")))
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.first_broken, "before the dossier had a key" in check.message) == (2, True)
        assert code_of(lambda: store.read(URA)) == "dossier_changed"


def test_a_chain_written_anew(keyed):
    def renamed(row):
        return {"payload": canonical({"name": "De Wilg"})} if row["seq"] == 2 else None

    behind(keyed, lambda connection, _at: rewritten(connection, renamed))
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.valid, check.whole) == (False, False)
        for ura in (URA, OTHER):
            assert code_of(lambda ura=ura: store.read(ura)) == "dossier_journal_broken"
    # Without the key it looks right: the message says what was not looked at.
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.organisation).where(schema.organisation.c.ura == URA)
           .values(name="De Wilg")))  # fmt: skip
    with DossierStore.open(keyed, read_only=True) as reader:
        assert "was not checked" in reader.verify_journal().message


def strip(connection, _at=None):
    connection.execute(sa.update(schema.dossier).values(key_id=None, wrapped=None))
    connection.execute(sa.update(J).values(mac=None))


def test_keys_and_proofs_taken_away(keyed, tmp_path):
    note = tmp_path / "heads" / "one.head"
    with opened(keyed, head_path=note):
        pass
    assert json.loads(note.read_text())["keyed"]
    behind(keyed, strip)
    for options in ({}, {"read_only": True}, {"key": None}):
        assert code_of(lambda options=options: opened(keyed, head_path=note, **options)) == "dossier_rewritten"
    # Where nobody noted anything, the row that says since when there was a key tells it.
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.whole, check.first_broken) == (False, 2 + 1)
        assert code_of(lambda: store.read(URA)) == "dossier_journal_broken"


def test_all_of_it_written_anew_as_if_there_never_was_a_key(keyed, tmp_path):
    """Nothing in the dossier tells it any more; what was noted elsewhere does."""
    note = tmp_path / "heads" / "one.head"
    with opened(keyed, head_path=note):
        pass

    def work(connection, _at):
        connection.execute(sa.update(J).where(J.c.event == "dossier_keyed").values(event="noted"))
        rewritten(connection, lambda _row: None)
        strip(connection)

    behind(keyed, work)
    for options in ({"read_only": True}, {}):
        assert code_of(lambda options=options: opened(keyed, head_path=note, **options)) == "dossier_rewritten"
    with DossierStore.open(keyed, read_only=True) as reader:
        check = reader.verify_journal()
        reported = "anyone with write access to the database can rewrite all of it" in check.message
        assert (check.valid, reported) == (True, True)


def test_the_row_that_says_since_when_renamed(keyed):
    behind(keyed, lambda connection, _at: connection.execute(
        sa.update(J).where(J.c.event == "dossier_keyed").values(event="noted")))  # fmt: skip
    with opened(keyed) as store:
        assert not store.verify_journal().whole
        assert code_of(lambda: store.read(URA)) == "dossier_journal_broken"


@pytest.mark.parametrize("statement", [
    "UPDATE dossier SET environment = 'production'",
    "UPDATE dossier SET tenant = 'somebody'",
    "UPDATE dossier SET key_id = 'other'",
])  # fmt: skip
def test_whose_it_is_said_by_hand_is_everybodys(keyed, statement):
    behind(keyed, lambda connection, _at: connection.exec_driver_sql(statement))
    with DossierStore.open(keyed, read_only=True, tenant="somebody" if "tenant" in statement else None) as store:
        check = store.verify_journal()
        assert (check.valid, check.whole) == (False, False)
        assert "dossier (1)" in check.message


ROWS = {
    "organisation_key": ("organisation_key_made", {"key_id": "k1"}, {"key_id": "k1", "wrapped": b"w"}),
    "sealed": ("sealed_kept", {"kind": "letter", "version": 1, "digest": "d"},
               {"kind": "letter", "version": 1, "sealed": b"s", "kept_at": "2026-11-24T08:00:00+00:00"}),
    "observation": ("observation_seen", None, {
        "mailbox": "m", "message_id": "<a@b>", "uidvalidity": 1, "uid": 2, "kind": "unknown", "reference": None,
        "received_at": "2026-11-24T08:00:00+00:00", "problem": "ura_missing", "reading": "r",
        "seen_at": "2026-11-24T08:00:00+00:00"}),
    "seen": ("seen_noted", None, {"kind": "members", "digest": "d", "owner": None, "at": "2026-11-24T08:00:00+00:00"}),
    "word": ("word_said", None, {"word": "lost", "subject": "", "by": "desk", "at": "2026-11-24T08:00:00+00:00",
                                 "how": None}),
}  # fmt: skip
BY_HAND = [
    ("sealed", "version", 2),
    ("observation", "kind", "application_confirmed"),
    ("observation", "problem", None),
    ("observation", "ura", OTHER),
    ("observation", "ura", None),
    ("seen", "digest", "e"),
    ("seen", "owner", "me"),
    ("word", "word", "withdrawn"),
    ("word", "by", "me"),
    ("word", "at", "2026-01-01T00:00:00+00:00"),
]


def put(store, table, ura):
    event, payload, row = ROWS[table]
    with store._database.writing() as (connection, at):
        reported = dict(row if payload is None else payload)
        # When it was seen is the moment of the journal's row.
        row = row | ({"seen_at": at} if table == "observation" else {})
        seq = append(connection, at, ura or "", event, reported | ({"ura": ura} if table == "observation" else {}))
        own = {"ura": ura, **row} | ({"seq": seq} if table == "word" else {})
        connection.execute(sa.insert(schema.metadata.tables[table]), own)


@pytest.mark.parametrize(("table", "column", "value"), BY_HAND)
def test_what_the_journal_does_not_say_of_a_new_table(keyed, table, column, value):
    with opened(keyed) as store:
        put(store, table, URA)
        check = store.verify_journal()
        assert check.valid, check.message
        assert store.read(URA).name == "De Linde"
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.metadata.tables[table]).values({column: value})))
    with opened(keyed) as store:
        check = store.verify_journal()
        assert URA in check.damaged or not check.whole
        assert table in f"{check.message} {check.damaged}"
        assert code_of(lambda: store.read(URA)) == "dossier_changed"


@pytest.mark.parametrize("table", [*ROWS])
def test_a_row_that_is_gone_or_nobody_wrote(keyed, table):
    with opened(keyed) as store:
        put(store, table, URA)
    behind(keyed, lambda c, _at: c.execute(sa.delete(schema.metadata.tables[table])))
    with opened(keyed) as store:
        assert f"The table {table} ({URA}" in store.verify_journal().message
        assert code_of(lambda: store.read(URA)) == "dossier_changed"
    _event, _payload, row = ROWS[table]
    own = {"ura": OTHER, **row} | ({"seq": 99} if table == "word" else {})
    behind(keyed, lambda c, _at: c.execute(sa.insert(schema.metadata.tables[table]), own))
    with opened(keyed) as store:
        assert "contains data that is in no row of the journal" in store.verify_journal().damaged[OTHER]


def test_what_is_nobodys_observation_and_everybodys_word(keyed):
    with opened(keyed) as store:
        put(store, "observation", None)
        put(store, "word", "")
        check = store.verify_journal()
        assert check.valid, check.message
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.word).values(word="other")))
    with opened(keyed) as store:
        assert not store.verify_journal().whole


CLAIM = [("owner_host", "elsewhere"), ("owner_pid", 1), ("owner_started", "1"),
         ("lease_until", "2020-01-01T00:00:00+00:00"), ("claimed", 1)]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), CLAIM)
@pytest.mark.parametrize("sending", [False, True])
def test_a_claim_changed_by_hand(keyed, column, value, sending):
    with opened(keyed) as store:
        one = store.claim(URA, "application_form", "d", per_digest=False)
        if sending:
            store.mark_sending(one)
        check = store.verify_journal()
        assert check.valid, check.message
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.submission).values({column: value})))
    with opened(keyed) as store:
        assert f"submission ({URA}, application_form" in store.verify_journal().damaged[URA]
        assert code_of(lambda: store.claim(URA, "application_form", "d", per_digest=False)) == "dossier_changed"


def test_two_organisations_whose_digits_were_exchanged(keyed):
    """By its digits a record is found, whichever way the number is written."""
    table = schema.organisation

    def work(connection, _at):
        for ura, digits in ((URA, "99999999"), (OTHER, URA.zfill(8)), (URA, OTHER.zfill(8))):
            connection.execute(sa.update(table).where(table.c.ura == ura).values(digits=digits))

    behind(keyed, work)
    with opened(keyed) as store:
        check = store.verify_journal()
        assert (check.valid, sorted(check.damaged)) == (False, sorted([URA, OTHER]))
        for ura in (URA, OTHER):
            assert code_of(functools.partial(store.read, ura)) == "dossier_changed"


def test_a_claim_taken_away_by_hand(keyed):
    with opened(keyed) as store:
        store.claim(URA, "application_form", "d", per_digest=False)
    gone = dict.fromkeys(("owner_host", "owner_pid", "owner_started", "lease_until"))
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.submission).values(gone)))
    with opened(keyed) as store:
        assert code_of(lambda: store.submission(URA, "application_form")) == "dossier_changed"


def test_a_claim_through_its_life_is_as_the_journal_says(keyed):
    with opened(keyed) as store:
        first = store.claim(URA, "application_form", "d", per_digest=False)
        store.mark_sending(first)
        store.claim(URA, "application_form", "d", per_digest=False)
        assert store.verify_journal().valid
        store.release(first)
        assert store.verify_journal().valid
        again = store.claim(URA, "application_form", "e", per_digest=False)
        assert again.id == first.id
        store.mark_sending(again)
        store.resolve(URA, "application_form", arrived=True, by="desk")
        store.mark_done(again, {"reference": "ZS-1"})
        check = store.verify_journal()
        assert check.valid, check.message


def test_a_claim_of_an_older_version_is_not_compared_where_it_said_nothing(keyed):
    reported = {"kind": "application_form", "digest": "d", "message_id": "<x@zorgid.invalid>", "once": ""}
    with opened(keyed) as store, store._database.writing() as (connection, at):
        seq = append(connection, at, URA, "submission_claimed", reported)
        row = {**reported, "ura": URA, "state": "intended", "evidence": "{}", "since": at, "claimed": seq}
        row |= {"owner_host": "h", "owner_pid": 5, "owner_started": "1", "lease_until": at}
        connection.execute(sa.insert(schema.submission), row)
    with opened(keyed) as store:
        check = store.verify_journal()
        assert check.valid, check.message
        # Taken over by this version it is compared again.
        assert store.claim(URA, "application_form", "d", per_digest=False).state == "intended"
    behind(keyed, lambda c, _at: c.execute(sa.update(schema.submission).values(owner_pid=1)))
    with opened(keyed) as store:
        assert not store.verify_journal().valid


def test_a_row_that_lost_its_end_stops_everybody(keyed):
    behind(keyed, lambda c, _at: c.exec_driver_sql(
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)"))  # fmt: skip
    with opened(keyed) as store:
        assert not store.verify_journal().whole
        for ura in (URA, OTHER, "90000103"):
            assert code_of(lambda ura=ura: store.read(ura)) == "dossier_journal_broken"


TEXTS = ["", "plain", 'a "quote" and \\ and / and \x7f', "é ü €", "\udcff", "\u2028", "😀", "\n\t\x00"]


@pytest.mark.parametrize("text", TEXTS)
def test_hashes_are_over_the_same_bytes_as_ever(text):
    """What 945c30d wrote is canonical JSON; the form that is written out by hand is the same."""
    from hashlib import sha256
    from hmac import new

    def hashed(value):
        return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    assert row_digest(text, text) == hashed([text, text])
    assert hash_of(text, 7, text, text, text, text) == hashed([text, 7, text, text, text, text])
    keys = Keys.make(str(uuid.uuid4()), VaultKey.of(base64.b64encode(os.urandom(32)).decode()))
    message = json.dumps([keys.identity, 7, text], sort_keys=True, separators=(",", ":")).encode()
    assert keys.mac_of(7, text) == new(keys.mac, message, "sha256").hexdigest()
    # The check of a whole journal has them written out once more. What is a digest is hexadecimal in it.
    digest = row_digest(text, text)
    made = hash_of("0" * 64, 7, text, text, text, digest)
    row = (7, text, text, text, text, text, digest, "0" * 64, made, keys.mac_of(7, made))
    assert journal_verification._Rows(keys, 1, 0).wrong(row) == ""
    for place in range(len(row)):
        other = tuple("ff" if number == place else value for number, value in enumerate(row))
        assert journal_verification._Rows(keys, 1, 0).wrong(other if place else (8, *row[1:])), place


def test_each_organisation_costs_its_own_rows(tmp_path, monkeypatch):
    """Reading one organisation looks at its rows alone, once per opening, however many others there are."""
    url, looked = f"sqlite:///{tmp_path}/d.sqlite3", []
    with opened(url) as store:
        for number in range(20):
            store.set_milestone(f"{number:08d}", "prepared", "done")
    real = journal_verification._Rows.take
    monkeypatch.setattr(journal_verification._Rows, "take", lambda self, row: looked.append(row[2]) or real(self, row))
    with opened(url) as store:
        for _ in range(3):
            store.read("00000007")
    assert looked == ["00000007"]


def test_an_unreadable_byte_in_the_journal_stops_its_organisation_only(tmp_path):
    url = f"sqlite:///{tmp_path}/d.sqlite3"
    with opened(url) as store:
        store.register(URA, "De Linde")
        store.register(OTHER, "De Eik")
    with sqlite3.connect(tmp_path / "d.sqlite3") as raw:
        raw.execute("UPDATE journal SET payload = CAST(x'ff41' AS TEXT) WHERE ura = ?", (URA,))
    raw.close()
    with opened(url) as store:
        assert code_of(lambda: store.read(URA)) == "dossier_changed"
        assert store.read(OTHER).name == "De Eik"
        assert store.verify_journal().whole
