# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dossier that somebody edited, or a disk spoiled: the row is named, and what the journal does not say is found."""

# ruff: noqa: S608 - SQL made of this file's own words
from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import comparison, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import append, hash_of, row_digest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe

OTHER = "90000102"
NAME = "Sanne van der Zwaluwstaart"


def fill(store):
    store.register(URA, "De Linde")
    store.set_milestone(URA, "prepared", "done", evidence={"score": float("nan"), "list": [1, 2.5, None, "é"]})
    store.set_milestone(URA, "document_sent", "waiting", who="desk", what="an answer")
    store.set_milestone(URA, "document_sent", "waiting", who="desk", what="a second answer")
    store.attest(URA, "document_signed", by="technical_administrator", at="2026-11-01", how="Validatietool")
    one = store.claim(URA, "application_form", "d1", per_digest=False)
    store.mark_sending(one)
    store.mark_done(one, {"reference": "ZS-1"})
    store.mark_done(one, {"reference": "ZS-2"})
    two = store.claim(URA, "follow_up_form", "d2", per_digest=False)
    store.release(two)
    store.mark_sending(store.claim(URA, "follow_up_form", "d3", per_digest=False))
    again = store.claim(URA, "document", "d4", per_digest=True)
    store.mark_sending(again)
    store.mark_sending(again)
    observe(store, a_mail(), a_mail(OTHER, 2, message_id="<b@vzvz.example>"))
    nobodys = {"kind": "unknown", "problem": "not_recognised", "message_id": "<c@vzvz.example>", "reference": None}
    observe(store, a_mail(uidvalidity=8, uid=3), a_mail(None, 4, **nobodys, received_at=""))
    store.keep_secret(URA, "qr", "payload", "key")
    store.keep_secret(URA, "old", "payload", "key")
    store.destroy_secret(URA, "old")
    store.note(URA, "somebody left", by="desk")
    store.say(URA, "moved", subject="praktijk-linde", by="desk", how="renamed")
    store.set_milestone(OTHER, "certificate_checked", "failed", error_code="x_y", message="No")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("damage") / "dossier.sqlite3"
    with DossierStore.open(f"sqlite:///{path}") as store:
        fill(store)
    return path.read_bytes()


@pytest.fixture
def path(written, tmp_path):
    made = tmp_path / "dossier.sqlite3"
    made.write_bytes(written)
    return made


def edited(path, statement, *values):
    connection = sqlite3.connect(path)
    with connection:
        changed = connection.execute(statement, values).rowcount
    connection.close()
    return changed


def code_of(call):
    with pytest.raises(ZorgidError) as caught:
        call()
    return caught.value.code


def opened(path, **options):
    return DossierStore.open(f"sqlite:///{path}", **options)


def test_what_was_only_written_by_us_is_valid(path):
    with opened(path) as store:
        check = store.verify_journal()
        assert check.valid, check.message


def test_on_every_database(store):
    fill(store)
    assert store.verify_journal().valid
    with store._database.writing() as (connection, _at):
        connection.exec_driver_sql("UPDATE milestone SET state = 'done' WHERE step = 'document_sent'")
    assert "document_sent" in store.verify_journal().message


@pytest.mark.parametrize(
    ("statement", "reported"),
    [
        ("UPDATE milestone SET state = 'done', who = NULL, what = NULL WHERE step = 'document_sent'", "document_sent"),
        ("UPDATE milestone SET since = '2020-01-01T00:00:00+00:00' WHERE step = 'prepared'", "prepared"),
        ("UPDATE milestone SET evidence = '{}' WHERE step = 'prepared'", f"milestone ({URA}, prepared)"),
        ("UPDATE milestone SET attested_by = 'desk' WHERE step = 'document_signed'", "document_signed"),
        ("UPDATE milestone SET attested_by = NULL, attested_at = NULL, attested_how = NULL", "document_signed"),
        ("DELETE FROM milestone WHERE step = 'document_sent'", f"milestone ({URA}, document_sent) lacks"),
        (
            f"INSERT INTO milestone (ura, step, state, since, evidence) VALUES ('{URA}', 'identity_activated', 'done', "
            "'2026-11-24T08:00:00+00:00', '{}')",
            f"milestone ({URA}, identity_activated) contains data that is in no row",
        ),
        ("UPDATE submission SET state = 'released' WHERE kind = 'application_form'", "application_form"),
        ("UPDATE submission SET state = 'done' WHERE kind = 'follow_up_form'", "follow_up_form"),
        ("UPDATE submission SET digest = 'other' WHERE kind = 'application_form'", "application_form"),
        (
            "UPDATE submission SET since = '2099-01-01T00:00:00+00:00' WHERE kind = 'application_form'",
            "application_form",
        ),
        ("UPDATE milestone SET attested_how = 'x' WHERE step = 'prepared'", "prepared"),
        ("UPDATE submission SET once = 'x' WHERE kind = 'application_form'", "application_form"),
        ("UPDATE submission SET once = digest WHERE kind = 'application_form'", "application_form"),
        ("UPDATE submission SET once = '' WHERE kind = 'document'", "document"),
        ("UPDATE submission SET kind = 'another' WHERE kind = 'application_form'", "another"),
        (
            "UPDATE submission SET evidence = '{\"reference\":\"ZS-9\"}' WHERE kind = 'application_form'",
            "application_f",
        ),
        ("DELETE FROM submission WHERE kind = 'application_form'", f"submission ({URA}, <"),
        ("UPDATE observation SET reference = 'ZS-9' WHERE uid = 3", "<a@vzvz.example>"),
        ("UPDATE observation SET uid = 1 WHERE uid = 3", "<a@vzvz.example>"),
        ("UPDATE observation SET kind = 'document_confirmed' WHERE uid = 3", "<a@vzvz.example>"),
        (f"UPDATE observation SET ura = '{URA}' WHERE uid = 2", "<b@vzvz.example>"),
        (f"UPDATE observation SET ura = '{URA}' WHERE uid = 4", "<c@vzvz.example>"),
        ("UPDATE observation SET ura = NULL WHERE uid = 3", "<a@vzvz.example>"),
        ("UPDATE observation SET seen_at = '2020-01-01T00:00:00+00:00' WHERE uid = 4", "<c@vzvz.example>"),
        ("DELETE FROM observation WHERE uid = 3", "<a@vzvz.example>) lacks"),
        ("DELETE FROM observation WHERE uid = 4", "<c@vzvz.example>) lacks"),
        ("UPDATE organisation SET name = 'De Eik'", f"organisation ({URA})"),
        (f"DELETE FROM organisation WHERE ura = '{URA}'", f"organisation ({URA}) lacks"),
        ("DELETE FROM secret", f"secret ({URA}, qr) lacks"),
        ("UPDATE secret SET name = 'other'", f"secret ({URA}, other)"),
    ],
)
def test_a_table_that_says_what_the_journal_does_not(path, statement, reported):
    assert edited(path, statement) >= 1
    with opened(path) as store:
        check = store.verify_journal()
    assert not check.valid
    assert reported in check.message
    assert check.first_broken is None or str(check.first_broken) in check.message


@pytest.mark.parametrize("once", ["'x'", "digest", "'d2'"])
def test_what_was_sent_is_not_sent_again_whatever_its_row_says(path, once):
    edited(path, f"UPDATE submission SET once = {once} WHERE kind = 'application_form'")
    with opened(path) as store:
        assert code_of(lambda: store.claim(URA, "application_form", "d9", per_digest=False)) == "dossier_changed"


def test_what_was_erased_is_not_compared_and_the_rest_is(path):
    with opened(path) as store:
        store.attest(URA, "prepared", by=NAME, at="2026-11-01", how="at her desk")
        store.erase(URA, subject=NAME, by="desk")
        assert store.verify_journal().valid
        store.set_milestone(URA, "employees_active", "done")
        assert store.verify_journal().valid
    edited(path, "UPDATE milestone SET state = 'open' WHERE step = 'employees_active'")
    with opened(path) as store:
        assert "employees_active" in store.verify_journal().message


DAMAGE = [
    ("milestone", "evidence", "{", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "evidence", "[]", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "evidence", "[" * 100_000, f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "evidence", b"\xff", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "state", "klaar", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "step", "unknown", f"milestone ({URA}, unknown)", "step = 'prepared'"),
    ("milestone", "since", "yesterday", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "since", "2026-11-24T08:00:00", f"milestone ({URA}, prepared)", "step = 'prepared'"),
    ("milestone", "attested_at", None, f"milestone ({URA}, document_signed)", "step = 'document_signed'"),
    ("milestone", "ura", "90000109", "milestone (90000109, prepared)", "step = 'prepared'"),
    ("milestone", "ura", "Sanne", "milestone (Sanne, prepared)", "step = 'prepared'"),
    ("submission", "evidence", "", f"submission ({URA}, application_form, 1)", "id = 1"),
    ("submission", "state", "sent", f"submission ({URA}, application_form, 1)", "id = 1"),
    ("submission", "claimed", "x", f"submission ({URA}, application_form, 1)", "id = 1"),
    ("observation", "uid", b"x", "<a@vzvz.example>)", "uid = 3"),
    ("organisation", "name", b"x", f"organisation ({URA})", f"ura = '{URA}'"),
]


@pytest.mark.parametrize(("table", "column", "value", "reported", "where"), DAMAGE)
def test_a_row_that_cannot_be_read_is_named(path, table, column, value, reported, where):
    assert edited(path, f"UPDATE {table} SET {column} = ? WHERE {where}", value) == 1
    with opened(path, read_only=True) as store:
        check = store.verify_journal()
        assert not check.valid
        with pytest.raises(ZorgidError) as caught:
            store.export()
        assert (caught.value.code, reported in str(caught.value)) == ("dossier_damaged", True)
        assert len(str(caught.value)) < 500
        assert code_of(lambda: store.read(URA)) == "dossier_changed"
        # The other one goes on, and lists say which one is damaged.
        assert store.read(OTHER).milestones["certificate_checked"].state == "failed"
        dossiers, check = store.read_checked()
        damaged = {one.ura: one.damaged for one in dossiers if one.damaged}
        assert URA in damaged
        assert OTHER not in damaged
        assert any(reported in why for why in [*damaged.values(), check.message])
        assert store.references().get("ZS-1") is None or table != "submission"


def test_bytes_that_are_no_text_have_a_row(path):
    edited(path, "UPDATE milestone SET what = CAST(x'ff41' AS TEXT) WHERE step = 'document_sent'")
    with opened(path) as store:
        (damaged,) = [one for one in store.read_all() if one.damaged]
    assert f"milestone ({URA}, document_sent)" in damaged.damaged
    assert damaged.milestones["prepared"].state == "open"


#: What an editor or a spoiled disk may leave in any column.
ODD = [None, "[1]", b"\xff\x00"]


@pytest.mark.slow
@pytest.mark.parametrize("table", [*schema.metadata.tables])
def test_whatever_stands_in_a_column_no_call_ends_in_a_traceback(path, written, table):
    answers = set()
    for column in schema.metadata.tables[table].columns:
        for value in ODD:
            path.write_bytes(written)
            try:
                edited(
                    path, f"UPDATE {table} SET {column.name} = ? WHERE rowid IN (SELECT min(rowid) FROM {table})", value
                )
            except sqlite3.DatabaseError:
                continue
            answers |= _used(path, secret=table == "secret")
    # Somebody else's, with a key, of an older version: that is what these columns say.
    whose = {"dossier_tenant_differs", "dossier_key_missing", "dossier_whose_unknown"} if table == "dossier" else set()
    assert answers - whose <= {
        "",
        "dossier_changed",
        "dossier_journal_broken",
        "dossier_damaged",
        "submission_elsewhere",
        "secret_key_wrong",
        "secret_absent",
        "dossier_twins",
        # What stands in the row of the dossier itself is read before anything else.
        *(("dossier_whose_unknown", "dossier_tenant_differs", "dossier_key_missing") if table == "dossier" else ()),
    }
    assert "" in answers


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((name, b"\xff\x00") for name in ("identity", "environment", "tenant", "migrated_at", "key_id")),
        *(("environment", "[1]"), ("migrated_at", "[1]"), ("wrapped", None), ("wrapped", "[1]")),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_row_of_the_dossier_itself_is_named_when_it_is_opened(tmp_path, column, value, read_only):
    made, key = tmp_path / "keyed.sqlite3", "0123456789abcdef" * 4
    with opened(made, key=key) as store:
        store.register(URA, "De Linde")
    assert edited(made, f"UPDATE dossier SET {column} = ?", value) == 1
    with pytest.raises(ZorgidError) as caught:
        opened(made, key=key, read_only=read_only)
    assert (caught.value.code, "dossier (1)" in str(caught.value)) == ("dossier_damaged", True)


def _used(path, *, secret):
    try:
        opened(path).close()
    except ZorgidError as error:
        return {error.code}
    with opened(path) as store:
        calls = [
            store.read_all,
            store.export,
            store.verify_journal,
            lambda: store.submission(URA, "application_form"),
            lambda: store.claim(URA, "application_form", "d9", per_digest=False),
            lambda: store.claim(URA, "new", "d9", per_digest=False),
            lambda: store.set_milestone(URA, "prepared", "done"),
            lambda: store.register(URA, "De Eik"),
            lambda: store.erase(URA, subject="somebody", by="desk"),
        ]
        if secret:
            calls = [store.export, lambda: store.keep_secret(URA, "qr", "other", "key")]
        found = set()
        for call in calls:
            try:
                call()
                found.add("")
            except ZorgidError as error:
                found.add(error.code)
    return found


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE milestone", "ALTER TABLE submission DROP COLUMN lease_until", "DELETE FROM journal_head"],
)
def test_tables_that_are_not_ours(path, statement):
    edited(path, statement)
    codes = _used(path, secret=False)
    assert "dossier_damaged" in codes
    assert codes <= {"", "dossier_damaged", "dossier_changed", "dossier_journal_broken", "submission_elsewhere"}


def test_a_check_reads_each_table_once(tmp_path, monkeypatch):
    """The work grows with the rows, not with rows times rows."""
    path, read = tmp_path / "dossier.sqlite3", []
    with opened(path) as store:
        for number in range(3):
            for step in STEPS:
                store.set_milestone(f"{number:08d}", step, "done")
        real = comparison.fetched
        monkeypatch.setattr(
            comparison, "fetched", lambda *asked, **of: [read.append(rows := real(*asked, **of)), rows][1]
        )
        assert store.verify_journal().valid
    # Of organisations their digits by themselves.
    assert len(read) == len(comparison._VALUES) + 1
    assert sum(map(len, read)) == 3 * len(STEPS) + 2 * 3 + 1


FORGED = ["{", "[]", "null", '{"step":[],"x":1}', '{"kind":[],"name":{}}', '{"attested":"x","step":"prepared"}',
          '{"step": "document_sent", "x": {"step":"prepared"}}', "[" * 100_000, '{"message_id":{}}']  # fmt: skip


@pytest.mark.parametrize("payload", FORGED)
@pytest.mark.parametrize(
    "event", ["milestone_changed", "submission_done", "submission_claimed", "seen_noted", "secret_used", "erased"]
)
def test_a_content_that_is_not_ours_and_fits_the_chain(tmp_path, event, payload):
    """Without a key anybody can write such a row: it is told, or it says nothing, and never a traceback."""
    with opened(tmp_path / "d.sqlite3") as store:
        store.set_milestone(URA, "prepared", "done")
        store.register(OTHER, "De Eik")
        with store._database.writing() as (connection, at):
            seq = append(connection, at, URA, event, {})
            row = connection.execute(sa.select(schema.journal).where(schema.journal.c.seq == seq)).one()
            digest = row_digest(row.salt, payload)
            made = hash_of(row.previous, seq, at, URA, event, digest)
            new = {"payload": payload, "digest": digest, "hash": made}
            connection.execute(sa.update(schema.journal).where(schema.journal.c.seq == seq).values(**new))
            connection.execute(sa.update(schema.journal_head).values(hash=made))
    with opened(tmp_path / "d.sqlite3") as store:
        check = store.verify_journal()
        assert check.whole
        assert set(check.damaged) <= {URA}
        if event == "milestone_changed":
            assert check.damaged
            assert code_of(lambda: store.read(URA)) == "dossier_changed"
        assert store.read(OTHER).name == "De Eik"
