# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept sealed, under which key, and what happens when the key is another one or lost."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, killed_at_statement

OTHER = "90000102"
SECRET = b"zorgid://activate?code=0123456789"
KEY, NEW = (base64.b64encode(bytes(range(first, first + 32))).decode() for first in (1, 101))
KIND = "activation_qr"


@pytest.fixture
def keyed(url):
    with DossierStore.open(url, key=KEY) as opened:
        yield opened


def code_of(call, *arguments, **options):
    with pytest.raises(ZorgidError) as caught:
        call(*arguments, **options)
    return caught.value.code


def events(store):
    return [(row["event"], row["ura"], row["payload"]) for row in store.export()["journal"]]


def rows(store, table):
    with store._database.reading() as connection:
        return connection.execute(sa.select(table)).all()


def changed(store, table, **values):
    with store._database.writing() as (connection, _at):
        connection.execute(sa.update(table).values(**values))


def test_what_is_kept_comes_back_and_the_same_is_kept_once(keyed, tmp_path):
    first = keyed.sealed.keep(URA, KIND, SECRET)
    assert keyed.sealed.keep(URA, KIND, SECRET) == first
    second = keyed.sealed.keep(URA, KIND, b"another")
    assert keyed.sealed.keep(URA, KIND, SECRET) > second > first
    assert len(keyed.sealed.versions(URA, KIND)) == 3
    assert keyed.sealed.newest(URA, KIND).content == SECRET
    assert keyed.sealed.one(URA, KIND, second).content == b"another"
    assert keyed.sealed.one(URA, KIND, second + 100) is None
    assert keyed.sealed.newest(OTHER, KIND) is None
    reported = events(keyed)
    assert [event for event, _ura, _payload in reported].count("organisation_key_made") == 1
    kept = [payload for event, _ura, payload in reported if event == "sealed_kept"]
    assert [one["version"] for one in kept] == keyed.sealed.versions(URA, KIND)
    assert kept[0]["digest"] == kept[2]["digest"] != kept[1]["digest"]
    assert keyed.verify_journal().valid
    for file in Path(tmp_path).rglob("*.sqlite3*"):
        assert SECRET not in file.read_bytes()


def test_another_spelling_is_the_same_organisation(keyed):
    keyed.register("0000202", "Anker")
    version = keyed.sealed.keep("202", KIND, SECRET)
    assert keyed.sealed.keep("00000202", KIND, SECRET) == version
    assert keyed.sealed.newest("202", KIND).content == SECRET


def test_what_is_destroyed_is_gone_and_its_number_is_not_given_again(keyed, url):
    first = keyed.sealed.keep(URA, KIND, SECRET)
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        assert reader.sealed.destroy(URA, KIND)
        assert reader.sealed.newest(URA, KIND).content == SECRET
    (old,) = rows(keyed, schema.sealed)
    assert keyed.sealed.destroy(URA, KIND)
    assert not keyed.sealed.destroy(URA, KIND)
    assert keyed.sealed.newest(URA, KIND) is None
    assert keyed.verify_journal().valid
    assert keyed.sealed.keep(URA, KIND, b"a new one") > first
    # What somebody had copied cannot come back as the new one.
    changed(keyed, schema.sealed, sealed=old.sealed)
    assert code_of(keyed.sealed.newest, URA, KIND) == "dossier_damaged"


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (schema.sealed, {"ura": OTHER}),
        (schema.sealed, {"kind": "confirmation"}),
        (schema.sealed, {"version": 77}),
        (schema.sealed, {"sealed": b"x"}),
        (schema.organisation_key, {"wrapped": b"x"}),
        (schema.dossier, {"identity": "another dossier"}),
    ],
)
def test_a_row_that_was_moved_or_changed_does_not_open(keyed, table, values):
    keyed.sealed.keep(OTHER, "confirmation", b"of another kind")
    keyed.sealed.destroy(OTHER, "confirmation")
    keyed.sealed.keep(URA, KIND, SECRET)
    if table is schema.organisation_key:
        with keyed._database.writing() as (connection, _at):
            connection.execute(sa.update(table).where(table.c.ura == URA).values(**values))
    else:
        changed(keyed, table, **values)
    if table is schema.dossier:
        # A dossier of its own keys with this row in it: what is bound to the other identity does not open.
        keyed._transactions.keys = type(keyed._transactions.keys)(
            "another dossier", *(getattr(keyed._transactions.keys, name) for name in ("vault", "mac", "digest"))
        )
    row = rows(keyed, schema.sealed)[0]
    with pytest.raises(ZorgidError) as caught:
        keyed.sealed.one(row.ura, row.kind, row.version)
    assert caught.value.code == "dossier_damaged"
    assert ("organisation_key" if table in (schema.organisation_key, schema.dossier) else row.kind) in str(caught.value)
    assert row.ura in str(caught.value)


@pytest.mark.parametrize("table", [schema.sealed, schema.organisation_key], ids=lambda table: table.name)
def test_a_row_that_somebody_took_or_put_there_is_found(keyed, table):
    keyed.sealed.keep(URA, KIND, SECRET)
    (row,) = rows(keyed, table)
    with keyed._database.writing() as (connection, _at):
        connection.execute(sa.delete(table))
    assert f"{table.name} ({URA}" in keyed.verify_journal().message
    with keyed._database.writing() as (connection, _at):
        connection.execute(sa.insert(table), {**row._mapping, "ura": OTHER})
    assert "contains data that is in no row" in keyed.verify_journal().message


def test_without_a_key_nothing_is_kept(store, url):
    assert not store.sealed.usable
    assert code_of(store.sealed.keep, URA, KIND, SECRET) == "dossier_key_missing"
    assert store.sealed.newest(URA, KIND) is None
    with DossierStore.open(url, key=KEY) as keyed:
        keyed.sealed.keep(URA, KIND, SECRET)
    with DossierStore.open(url, read_only=True) as reader:
        # Not "there is none": somebody would sign or ask anew.
        assert code_of(reader.sealed.newest, URA, KIND) == "dossier_key_missing"


def test_opening_takes_less_than_a_millisecond(keyed):
    keyed.sealed.keep(URA, KIND, SECRET)
    with keyed._database.reading() as connection:
        keyed.sealed._newest(connection, URA, KIND)
        began = time.perf_counter()
        for _ in range(200):
            assert keyed.sealed._newest(connection, URA, KIND).content == SECRET
        each = (time.perf_counter() - began) / 200
    print(f"unsealed in {each * 1000:.2f} ms, with its three queries")
    row, (wrapped,) = rows(keyed, schema.sealed)[0], rows(keyed, schema.organisation_key)
    began = time.perf_counter()
    for _ in range(200):
        assert unsealed(keyed._transactions.keys, wrapped, row) == SECRET
    alone = (time.perf_counter() - began) / 200
    print(f"unsealed in {alone * 1000:.3f} ms without the database")
    assert alone < 0.001


def unsealed(keys, wrapped, row):
    from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import sealed

    key = sealed.unwrapped(keys, wrapped)
    return sealed.decrypt(key, row.sealed, sealed._bound(keys, row.ura, row.kind, row.version))


def test_another_vault_key_opens_everything_and_the_old_one_nothing(keyed, url):
    keyed.keep_secret(URA, "old_kind", "payload", "a key of its own")
    for ura in (URA, OTHER):
        keyed.sealed.keep(ura, KIND, SECRET + ura.encode())
    before = rows(keyed, schema.sealed)
    change = keyed.rekeying.rekey(NEW)
    assert change.changed
    assert not keyed.rekeying.rekey(NEW).changed
    # The same process goes on with the new one.
    keyed.sealed.keep("90000103", KIND, SECRET)
    assert keyed.verify_journal().valid
    assert rows(keyed, schema.sealed)[: len(before)] == before
    assert code_of(DossierStore.open, url, key=KEY) == "dossier_key_wrong"
    with DossierStore.open(url, key=NEW) as store:
        for ura in (URA, OTHER):
            assert store.sealed.newest(ura, KIND).content == SECRET + ura.encode()
        with store.using_secret(URA, "old_kind", "a key of its own") as payload:
            assert payload == "payload"
        assert store.verify_journal().valid


def test_check_mode_gives_no_key(keyed, url):
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        assert reader.rekeying.rekey(NEW).changed
        assert reader.rekeying.replace_lost(NEW, by="desk").destroyed == []
    DossierStore.open(url, key=KEY).close()


def test_a_run_that_was_at_it_makes_no_key_that_nobody_can_open(keyed, url):
    with DossierStore.open(url, key=KEY) as other:
        keyed.rekeying.rekey(NEW)
        assert code_of(other.sealed.keep, URA, KIND, SECRET) == "dossier_key_wrong"
        assert code_of(other.rekeying.rekey, KEY) == "dossier_key_wrong"


def work(url):
    with DossierStore.open(url, key=KEY) as store:
        store.rekeying.rekey(NEW)


@pytest.mark.parametrize("url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_killed_in_the_middle_it_is_the_old_key_or_the_new_one(url):
    kills, old, new = 0, 0, 0
    for number in range(1, 40):
        with DossierStore.open(url, key=KEY) as store:
            for ura in (URA, OTHER):
                store.sealed.keep(ura, KIND, SECRET)
        if not killed_at_statement(number, work, url):
            break
        kills += 1
        opened = [key for key in (KEY, NEW) if _opens(url, key)]
        assert len(opened) == 1, number
        old, new = old + (opened == [KEY]), new + (opened == [NEW])
        if opened == [NEW]:
            with DossierStore.open(url, key=NEW) as store:
                store.rekeying.rekey(KEY)
    assert (kills, old) > (8, 8)
    assert number < 39, "the last statement was never reached"
    print(f"{kills} kills: {old} times the old key, {new} times the new one")


def _opens(url, key):
    try:
        DossierStore.open(url, key=key).close()
    except ZorgidError as error:
        return error.code != "dossier_key_wrong"
    with DossierStore.open(url, key=key) as store:
        for ura in (URA, OTHER):
            assert store.sealed.newest(ura, KIND).content == SECRET
        assert store.verify_journal().valid
    return True


def test_a_lost_key_costs_what_was_sealed_and_says_so(url):
    with DossierStore.open(url, key=KEY) as store:
        store.sealed.keep(URA, KIND, SECRET)
        store.sealed.keep(OTHER, "organisation_document", b"<xml/>")
        store.sealed.keep(OTHER, "organisation_document", b"<xml>2</xml>")
        store.keep_secret(URA, "old_kind", "payload", "a key of its own")
        head = store.verify_journal()
    assert code_of(DossierStore.open, url) == "dossier_key_missing"
    with DossierStore.open(url, key_lost=True) as store:
        lost = store.rekeying.replace_lost(NEW, by="technical_administrator")
        assert lost.destroyed == [{"ura": URA, "kind": KIND}, {"ura": OTHER, "kind": "organisation_document"}]
        assert lost.unproven == head.rows
        store.sealed.keep(URA, KIND, b"asked anew")
    with DossierStore.open(url, key=NEW) as store:
        assert store.sealed.newest(OTHER, "organisation_document") is None
        assert store.sealed.newest(URA, KIND).content == b"asked anew"
        check = store.verify_journal()
        assert check.valid, check.message
        with store.using_secret(URA, "old_kind", "a key of its own") as payload:
            assert payload == "payload"
        reported = [one for one in events(store) if one[0] in ("dossier_key_lost", "sealed_destroyed")]
        assert [(event, ura) for event, ura, _payload in reported] == [
            ("dossier_key_lost", ""),
            ("sealed_destroyed", URA),
            ("sealed_destroyed", OTHER),
        ]
        assert reported[0][2]["by"] == "technical_administrator"
        journal = rows(store, schema.journal)
        mine = [row for row in journal if row.seq > head.rows]
        assert all(row.mac == store._transactions.keys.mac_of(row.seq, row.hash) for row in mine)


@pytest.mark.parametrize("table", [schema.sealed, schema.organisation_key], ids=lambda table: table.name)
def test_whatever_stands_in_a_column_no_call_ends_in_a_traceback(tmp_path, table):
    path, codes = tmp_path / "dossier.sqlite3", set()
    for column in table.columns:
        for value in ("[1]", b"\xff\x00"):
            path.unlink(missing_ok=True)
            with DossierStore.open(f"sqlite:///{path}", key=KEY) as store:
                store.sealed.keep(URA, KIND, SECRET)
                with store._database.writing() as (connection, _at):
                    connection.exec_driver_sql(f"UPDATE {table.name} SET {column.name} = ?", (value,))  # noqa: S608
                for call in (
                    lambda store: store.sealed.newest(URA, KIND),
                    lambda store: store.sealed.versions(URA, KIND),
                    lambda store: store.sealed.keep(URA, KIND, b"another"),
                    lambda store: store.export(),
                    lambda store: store.verify_journal(),
                    lambda store: store.sealed.destroy(URA, KIND),
                    lambda store: store.rekeying.rekey(NEW),
                    lambda store: store.rekeying.replace_lost(NEW, by="desk"),
                ):
                    try:
                        call(store)
                    except ZorgidError as error:
                        codes.add(error.code)
    assert "dossier_damaged" in codes
    assert codes <= {"dossier_damaged", "dossier_key_wrong"}
