# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation leaves with everything of it: never erased without a whole file, and nothing of it stays."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import leaving, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.dossier_support import (
    FORK,
    PASSWORD,
    URA,
    a_mail,
    killed_at_statement,
    observe,
)
from ansible_collections.gbz.zorgid.tests.support.dossier_tables import say

OTHER = "90000102"
NAME, PERSON = "Praktijk De Zwaluwstaart", "Sanne Kwartelkoning"
DOCUMENT = f"<document>{NAME}, {PERSON}</document>".encode()
CODE = "zorgid://activate?code=0123456789"


def fill(store, ura=URA):
    store.register(ura, NAME)
    store.attest(ura, "prepared", by=PERSON, at="2026-11-01", how="at her desk", evidence={"contact": PERSON})
    one = store.claim(ura, "application_form", "d", per_digest=False)
    store.mark_sending(one)
    store.mark_done(one, {"reference": f"ZS-{ura}"})
    store.release(store.claim(ura, "follow_up_form", "d", per_digest=False))
    observe(store, a_mail(ura, int(ura), message_id=f"<{ura}.kwartelkoning@x>"))
    store.observations.note(ura, "members", b"members")
    store.keep_secret(ura, "activation_qr", CODE, "a key of its own")
    store.sealed.keep(ura, "organisation_document", DOCUMENT)
    store.sealed.keep(ura, "organisation_document", DOCUMENT + b"2")
    say(store, ura, PERSON, "on the telephone")
    store.note(ura, f"{PERSON} left", by=PERSON)


@pytest.fixture
def keyed(url):
    with DossierStore.open(url, key=KEY) as opened:
        fill(opened)
        fill(opened, OTHER)
        yield opened


def of(store, ura):
    """Each row of each table of this organisation."""
    with store._database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).where(table.c.ura == ura))]
            for table in schema.metadata.sorted_tables
            if "ura" in table.c
        }


def code_of(call, *arguments, **options):
    with pytest.raises(ZorgidError) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_everything_of_it_stands_in_the_file_and_nothing_in_the_dossier(keyed, tmp_path):
    path, before, others = tmp_path / "left" / "file.json", of(keyed, URA), of(keyed, OTHER)
    assert all(rows for rows in before.values())
    left = keyed.leaving.leave(URA, path, by="account_manager")
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert left.sha256 == hashlib.sha256(content).hexdigest()
    reported = json.loads(content)
    for name, rows in before.items():
        if name == "journal":
            assert [(row["seq"], row["salt"], row["hash"], row["mac"]) for row in reported["journal"]] == [
                (row[0], row[5], row[8], row[9]) for row in rows
            ]
            assert left.rows["journal"] == len(rows)
        elif name not in ("organisation_key", "sealed"):
            plain = [
                [base64.b64encode(each).decode() if isinstance(each, bytes) else each for each in row] for row in rows
            ]
            assert [list(row.values()) for row in reported["rows"][name]] == plain, name
        if name != "journal":
            assert left.rows[name] == len(rows)
    assert reported["rows"]["organisation_key"] == []
    opened = [base64.b64decode(row["content"]) for row in reported["rows"]["sealed"]]
    assert opened == [DOCUMENT, DOCUMENT + b"2"]
    (organisation,) = reported["organisations"]
    assert (organisation["name"], organisation["steps"][0]["attested"]["by"]) == (NAME, PERSON)
    assert (reported["left"]["by"], reported["dossier"]["identity"]) == ("account_manager", keyed.whose.identity)

    after = of(keyed, URA)
    assert {name for name, rows in after.items() if rows} == {"journal"}
    events = [(row[3], row[4] and json.loads(row[4])) for row in after["journal"]]
    assert all(payload is None for _event, payload in events[:-2])
    assert all(row[5] is None for row in after["journal"][:-2])
    assert [event for event, _payload in events[-2:]] == ["erased", "left"]
    assert events[-1][1] == {"by": "account_manager", "export_sha256": left.sha256}
    assert of(keyed, OTHER) == others
    check = keyed.verify_journal()
    assert check.valid, check.message


def test_no_byte_of_it_is_left_in_the_file_of_the_dossier(tmp_path):
    folder = tmp_path / "dossier"
    with DossierStore.open(f"sqlite:///{folder}/dossier.sqlite3", key=KEY) as store:
        fill(store)
        store.sealed.keep(URA, "page", os.urandom(100_000))
        with store._database.reading() as connection:
            sealed = [row.sealed for row in connection.execute(sa.select(schema.sealed))]
            wrapped = connection.execute(sa.select(schema.organisation_key.c.wrapped)).scalar_one()
        present = b"".join(file.read_bytes() for file in folder.iterdir())
        words = [
            b"waluwstaart",
            b"wartelkoning",
            b"at her desk",
            sealed[0],
            wrapped,
            sealed[2][:40],
            sealed[2][50_000:][:40],
        ]
        assert all(word in present for word in words[:5])
        # While somebody has the file open, its log stays when we close it.
        other = sqlite3.connect(folder / "dossier.sqlite3")
        other.execute("SELECT count(*) FROM journal").fetchall()
        store.leaving.leave(URA, tmp_path / "left.json", by="desk")
        assert (folder / "dossier.sqlite3-wal").exists()
        for file in folder.iterdir():
            assert not [word for word in words if word in file.read_bytes()], file
        other.close()


def test_it_can_begin_anew_also_in_another_spelling_and_leave_again(url, tmp_path):
    with DossierStore.open(url, key=KEY) as store:
        fill(store, "00000202")
        store.leaving.leave("202", tmp_path / "one.json", by="desk")
        fill(store, "202")
        assert store.read("00000202").name == NAME
        assert store.sealed.newest("202", "organisation_document").content == DOCUMENT + b"2"
        assert store.verify_journal().valid
        left = store.leaving.leave("0202", tmp_path / "two.json", by=PERSON)
        assert left.change.changed
        reported = json.loads((tmp_path / "two.json").read_text())
        assert {row["ura"] for row in reported["journal"]} == {"00000202", "202"}
        assert [one["ura"] for one in reported["organisations"]] == ["202"]
        assert store.verify_journal().valid
        # Who said so can be forgotten, though nothing else of the organisation is there.
        assert store.erase("202", subject=PERSON, by="desk").changed
        assert PERSON not in json.dumps(store.export())
        assert store.verify_journal().valid


def test_a_second_time_nothing_is_there(keyed, tmp_path):
    path = tmp_path / "left.json"
    keyed.leaving.leave(URA, path, by="desk")
    head, content = keyed.verify_journal().head, path.read_bytes()
    for target in (path, tmp_path / "other.json"):
        again = keyed.leaving.leave(URA, target, by="desk")
        assert (again.change.changed, again.rows, again.sha256) == (False, {}, None)
    assert not (tmp_path / "other.json").exists()
    assert (keyed.verify_journal().head, path.read_bytes()) == (head, content)
    assert not keyed.leaving.leave("90000199", path, by="desk").change.changed


def test_check_mode_says_what_would_go(keyed, url, tmp_path):
    path, before = tmp_path / "left.json", of(keyed, URA)
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        predicted = reader.leaving.leave(URA, path, by="desk")
        path.write_text("mine")
        assert code_of(reader.leaving.leave, URA, path, by="desk") == "export_would_overwrite"
        path.unlink()
    assert (of(keyed, URA), predicted.sha256) == (before, None)
    left = keyed.leaving.leave(URA, path, by="desk")
    assert (left.change, left.rows) == (predicted.change, predicted.rows)


@pytest.mark.heavy
def test_not_while_a_submission_is_on_its_way_or_uncertain(keyed, url, tmp_path):
    path, before = tmp_path / "left.json", of(keyed, URA)["milestone"]

    def elsewhere(step):
        """Another process claims it, stays while we try, and then dies."""
        claimed, done = FORK.Event(), FORK.Event()

        def hold():
            with DossierStore.open(url, key=KEY) as other:
                one = other.claim(URA, "organisation_document", "d", per_digest=True)
                if step == "sending":
                    other.mark_sending(one)
                claimed.set()
                done.wait(20)
                os._exit(0)

        process = FORK.Process(target=hold)
        process.start()
        assert claimed.wait(20)
        code = code_of(keyed.leaving.leave, URA, path, by="desk")
        done.set()
        process.join()
        return code

    assert elsewhere("intended") == "submission_elsewhere"
    assert elsewhere("sending") == "submission_elsewhere"
    assert code_of(keyed.leaving.leave, URA, path, by="desk") == "submission_uncertain"
    assert (path.exists(), of(keyed, URA)["milestone"]) == (False, before)
    keyed.resolve(URA, "organisation_document", arrived=False, by="desk")
    assert keyed.leaving.leave(URA, path, by="desk").change.changed


def test_a_file_that_cannot_be_written_leaves_everything(keyed, tmp_path, monkeypatch):
    before = of(keyed, URA)
    there, link = tmp_path / "there.json", tmp_path / "link.json"
    there.write_text("mine")
    link.symlink_to(tmp_path / "nowhere")
    for path, code in (
        (there, "export_would_overwrite"),
        (link, "export_would_overwrite"),
        ("left.json", "file_unwritable"),
        (there / "left.json", "file_unwritable"),
    ):
        assert code_of(keyed.leaving.leave, URA, path, by="desk") == code
    path = tmp_path / "left.json"
    monkeypatch.setattr(leaving.Path, "read_bytes", lambda _path: b"spoiled")
    assert code_of(keyed.leaving.leave, URA, path, by="desk") == "export_incomplete"
    assert not path.exists()
    monkeypatch.undo()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(leaving.os, "fsync", full)
    assert code_of(keyed.leaving.leave, URA, path, by="desk") == "file_unwritable"
    monkeypatch.undo()
    assert not path.exists()
    assert (of(keyed, URA), there.read_text()) == (before, "mine")
    assert keyed.verify_journal().valid


def test_what_cannot_be_opened_stays(keyed, url, tmp_path):
    path = tmp_path / "left.json"
    # Without the key it would not go, and check mode says so.
    with DossierStore.open(url, read_only=True) as reader:
        assert code_of(reader.leaving.leave, URA, path, by="desk") == "dossier_key_missing"
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        assert reader.leaving.leave(URA, path, by="desk").change.changed
    with keyed._database.writing() as (connection, _at):
        connection.execute(sa.update(schema.sealed).where(schema.sealed.c.ura == URA).values(sealed=b"spoiled"))
    before = of(keyed, URA)
    assert code_of(keyed.leaving.leave, URA, path, by="desk") == "dossier_damaged"
    assert (of(keyed, URA), path.exists()) == (before, False)


def test_nothing_leaves_a_dossier_of_which_nobody_knows_whose_it_is(keyed, tmp_path):
    with keyed._database.writing() as (connection, at):
        connection.execute(sa.update(schema.dossier).values(migrated_at=at, environment=None))
    assert code_of(keyed.leaving.leave, URA, tmp_path / "left.json", by="desk") == "dossier_whose_unknown"


def test_who_may_only_record_on_postgresql_erases_nothing(postgres, tmp_path):
    url, path = postgres.fresh(), tmp_path / "left.json"
    schema_name, role = url.rpartition("%3D")[2], "recorder_of_leaving"
    with DossierStore.open(url, key=KEY) as store:
        fill(store)
        postgres.run(
            f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
            f"GRANT USAGE ON SCHEMA {schema_name} TO {role}",
            f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema_name} TO {role}",
            f"GRANT UPDATE ON {schema_name}.journal_head TO {role}",
        )
        before = of(store, URA)
        with DossierStore.open(url.replace("//zorgid:", f"//{role}:"), key=KEY) as recorder:
            assert code_of(recorder.leaving.leave, URA, path, by="desk") == "dossier_forbidden"
            assert code_of(recorder.erase, URA, subject=PERSON, by="desk") == "dossier_forbidden"
        assert (of(store, URA), path.exists()) == (before, False)


def work(url, path):
    with DossierStore.open(url, key=KEY) as store:
        store.leaving.leave(URA, path, by="desk")


def settled(url, path):
    """Whether it left; either way with everything in one of the two places."""
    with DossierStore.open(url, key=KEY) as store:
        assert store.verify_journal().valid
        gone = not any(rows for name, rows in of(store, URA).items() if name != "journal")
        if gone:
            reported = json.loads(path.read_bytes())
            assert [base64.b64decode(row["content"]) for row in reported["rows"]["sealed"]] == [
                DOCUMENT,
                DOCUMENT + b"2",
            ]
            assert reported["organisations"][0]["name"] == NAME
            assert {row["event"] for row in reported["journal"] if row["payload"]} >= {
                "sealed_kept",
                "milestone_attested",
            }
        else:
            assert store.read(URA).milestones["prepared"].attested.by == PERSON
            assert store.sealed.newest(URA, "organisation_document").content == DOCUMENT + b"2"
        return gone


LONG = (pytest.mark.slow, pytest.mark.kills)


@pytest.mark.parametrize(
    ("url", "step"),
    [("sqlite", 4), pytest.param("sqlite", 1, marks=LONG), pytest.param("postgresql", 1, marks=LONG)],
    indirect=["url"],
)
def test_killed_at_every_statement_nothing_is_erased_without_a_whole_file(url, step, tmp_path):
    """At each of them in the long suites, at every fourth else."""
    with DossierStore.open(url, key=KEY) as store:
        fill(store)
    stayed = gone = files = 0
    for number in range(1, 120, step):
        path = tmp_path / f"{number}.json"
        if not killed_at_statement(number, work, url, path):
            break
        if settled(url, path):
            gone += 1
            with DossierStore.open(url, key=KEY) as store:
                fill(store)
        else:
            stayed += 1
            files += path.exists()
    assert settled(url, path)
    assert number < 115, "the last statement was never reached"
    # Before the commit with the file, and after the commit too.
    assert stayed > 30 / step
    assert files >= 1 or step > 1
    print(f"{stayed + gone} kills: {stayed} times it stayed ({files} with a file), {gone} times it had left")


@pytest.mark.parametrize("moment", ["made", "half_written", "written", "before_it_was_read_back", "read_back"])
def test_killed_while_the_file_is_written_everything_stays(keyed, url, tmp_path, moment):
    path = tmp_path / "left.json"

    def die(*_unused):
        os.kill(os.getpid(), signal.SIGKILL)

    def run():
        calls = {"fsync": 0}
        real_fsync, real_read, real_fdopen = os.fsync, Path.read_bytes, os.fdopen

        def fsync(handle):
            calls["fsync"] += 1
            if moment == "written" and calls["fsync"] == 1:
                die()
            real_fsync(handle)
            if moment == "before_it_was_read_back" and calls["fsync"] == 2:
                die()

        def fdopen(handle, mode):
            if moment == "half_written":
                os.write(handle, b'{"schema": "00')
                die()
            return real_fdopen(handle, mode)

        def read_bytes(one):
            content = real_read(one)
            if moment == "read_back" and one == path:
                die()
            return content

        leaving.os.fsync, leaving.os.fdopen, Path.read_bytes = fsync, fdopen, read_bytes
        if moment == "made":
            leaving.os.fchmod = die
        work(url, path)

    process = FORK.Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.exists()
    assert not settled(url, path)
    assert code_of(keyed.leaving.leave, URA, path, by="desk") == "export_would_overwrite"
    path.unlink()
    assert keyed.leaving.leave(URA, path, by="desk").change.changed
    assert settled(url, path)


@pytest.mark.slow
def test_whatever_stands_in_a_column_it_leaves_whole_or_stays_whole(tmp_path):
    """What an editor or a spoiled disk left there: a sentence and everything stays, or all of it is in the file."""
    made, path, codes = tmp_path / "dossier.sqlite3", tmp_path / "left.json", set()
    url = f"sqlite:///{made}"
    with DossierStore.open(url, key=KEY) as store:
        fill(store)
    written = made.read_bytes()
    for table in schema.metadata.sorted_tables:
        for column in table.c:
            for value in (None, "[1]", b"\xff\x00"):
                path.unlink(missing_ok=True)
                made.write_bytes(written)
                connection = sqlite3.connect(made)
                try:
                    with connection:
                        connection.execute(f"UPDATE {table.name} SET {column.name} = ?", (value,))  # noqa: S608
                except sqlite3.DatabaseError:
                    continue
                finally:
                    connection.close()
                try:
                    work(url, path)
                    json.loads(path.read_bytes())
                    codes.add("")
                except FileNotFoundError:
                    # Under this URA number nothing is there any more.
                    assert column.name in ("ura", "digits"), (table.name, column.name)
                except ZorgidError as error:
                    codes.add(error.code)
                    assert not path.exists()
    assert codes <= {
        "",
        "dossier_damaged",
        "dossier_tenant_differs",
        "dossier_key_wrong",
        "dossier_environment_differs",
    }
    assert {"", "dossier_damaged"} <= codes
