# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run noted outside the dossier: a copy of before, a cut journal, another dossier in its place."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import head, schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import FORK, URA, together

J = schema.journal


@pytest.fixture
def note(tmp_path):
    return tmp_path / "heads" / "dossier.head"


@pytest.fixture
def noted(url, note):
    """A dossier with three rows, noted."""
    record(url, note, 3)
    return url


def opened(url, note, **options):
    return DossierStore.open(url, head_path=note, **options)


def record(url, note, count):
    with opened(url, note) as store:
        before = len(store.export()["journal"])
        for number in range(before, before + count):
            store.set_milestone(URA, "prepared", "waiting", who="desk", what=f"answer {number}")


def refused(url, note, **options):
    with pytest.raises(ZorgidError) as caught:
        opened(url, note, **options)
    return caught.value


def behind(url, *statements):
    with DossierStore.open(url) as store, store._database.writing() as (connection, _at):
        for statement in statements:
            connection.execute(statement)


def cut(url, after):
    """A PostgreSQL put back from a copy: rows and tables as they were by row ``after``."""
    with DossierStore.open(url) as store:
        rows = store.export()["journal"]
    last = next(row for row in rows if row["seq"] == after)
    behind(
        url,
        sa.delete(J).where(J.c.seq > after),
        sa.update(schema.journal_head).values(seq=after, hash=last["hash"]),
        sa.update(schema.milestone).values(what=last["payload"]["what"], since=last["payload"]["since"]),
    )


def test_each_run_notes_how_far_it_was_and_the_next_one_goes_on(noted, note):
    first = json.loads(note.read_text())
    assert (first["seq"], first["keyed"]) == (3, False)
    assert oct(note.stat().st_mode & 0o777) == "0o600"
    record(noted, note, 1)
    assert json.loads(note.read_text())["seq"] == 4
    with opened(noted, note, read_only=True) as reader:
        assert reader.read(URA).milestones["prepared"].what == "answer 3"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_journal_cut_off_and_tables_to_match(noted, note, read_only):
    cut(noted, 2)
    with DossierStore.open(noted, read_only=True) as store:
        # By itself it is whole: only what was noted tells.
        assert store.verify_journal().valid
    error = refused(noted, note, read_only=read_only)
    assert error.code == "dossier_cut_off"
    assert "row 3" in str(error)
    assert "a dossier with 2 rows" in str(error)
    assert str(note) in str(error)


def test_a_copy_of_before_put_back(tmp_path, note):
    path = tmp_path / "new" / "dossier.sqlite3"
    url = f"sqlite:///{path}"
    record(url, note, 2)
    with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "copy") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    record(url, note, 1)
    for file in path.parent.iterdir():
        file.unlink()
    shutil.copy(tmp_path / "copy", path)
    before = path.read_bytes()
    assert refused(url, note).code == "dossier_cut_off"
    assert path.read_bytes() == before
    # A copy that then went its own way is longer, and still not the one that was noted.
    with DossierStore.open(url) as store:
        for number in range(3):
            store.set_milestone(URA, "prepared", "waiting", who="desk", what=f"another {number}")
    assert refused(url, note).code == "dossier_rewritten"
    # When it is right so, the person takes the note away.
    note.unlink()
    record(url, note, 1)
    assert json.loads(note.read_text())["seq"] == 6


def test_a_row_written_anew_behind_it(noted, note):
    behind(
        noted,
        sa.update(J).where(J.c.seq == 3).values(hash="f" * 64),
        sa.update(schema.journal_head).values(hash="f" * 64),
    )
    assert refused(noted, note).code == "dossier_rewritten"


def test_another_dossier_in_its_place(noted, note):
    behind(noted, sa.update(schema.dossier).values(identity="another"))
    assert refused(noted, note).code == "dossier_replaced"
    assert refused(noted, note, read_only=True).code == "dossier_replaced"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_gone_is_not_a_first_run(tmp_path, note, read_only):
    path = tmp_path / "new" / "dossier.sqlite3"
    url = f"sqlite:///{path}"
    record(url, note, 1)
    for file in path.parent.iterdir():
        file.unlink()
    error = refused(url, note, read_only=read_only)
    assert error.code == "dossier_replaced"
    assert "or it is missing" in str(error)


WRONG = [
    b"", b"{", b"[]", b"null", b"{}", b'{"identity": 1, "seq": 1, "hash": "", "keyed": false}', b"\xff\xfe",
    b'{"identity": "", "seq": true, "hash": "", "keyed": false}', b"[" * 100_000,
    b'{"identity": "", "seq": 1, "hash": "", "keyed": false, "more": 1}', b'{"identity": "' + b"a" * 5000 + b'"}',
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_note_that_cannot_be_read_is_not_none(tmp_path, note, content, read_only):
    note.parent.mkdir()
    note.write_bytes(content)
    error = refused(f"sqlite:///{tmp_path}/d.sqlite3", note, read_only=read_only)
    assert error.code == "dossier_head_unreadable"
    assert len(str(error)) < 600


def test_a_note_that_is_a_folder(tmp_path, note):
    note.mkdir(parents=True)
    assert refused(f"sqlite:///{tmp_path}/d.sqlite3", note).code == "dossier_head_unreadable"


def write_and_note(number, barrier, url, note):
    barrier.wait()
    for _ in range(3):
        with opened(url, note) as store:
            store.set_milestone(f"{number:08d}", "prepared", "waiting", who="desk", what=str(os.urandom(4)))


def test_many_processes_note_at_once_and_the_furthest_stays(url, note):
    record(url, note, 1)
    together(8, write_and_note, url, note)
    with DossierStore.open(url, read_only=True) as store:
        check = store.verify_journal()
    assert check.valid
    assert (json.loads(note.read_text())["seq"], json.loads(note.read_text())["hash"]) == (check.rows, check.head)
    with opened(url, note):
        pass


def test_who_notes_late_takes_nothing_back(noted, note):
    with opened(noted, note) as slow:
        with slow._database.reading() as connection:
            early = head.current(connection)
        record(noted, note, 2)
        further = note.read_bytes()
        real = head.current
        head.current = lambda _connection: early
        try:
            with slow._database.reading() as connection:
                head.note(connection, note)
        finally:
            head.current = real
        # Before it ends: then it notes how far the dossier is by then.
        assert note.read_bytes() == further


def test_killed_between_a_row_and_its_note_is_no_alarm(noted, note):
    def killed():
        store = opened(noted, note)
        store.set_milestone(URA, "prepared", "waiting", who="desk", what="committed, and not noted")
        os.kill(os.getpid(), 9)

    process = FORK.Process(target=killed)
    process.start()
    process.join()
    assert process.exitcode == -9
    assert json.loads(note.read_text())["seq"] == 3
    record(noted, note, 1)
    assert json.loads(note.read_text())["seq"] == 5


def test_an_error_within_still_notes_what_was_written(noted, note):
    def work():
        with opened(noted, note) as store:
            store.set_milestone(URA, "prepared", "done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert json.loads(note.read_text())["seq"] == 4


def test_reading_and_check_mode_note_nothing(noted, note, tmp_path):
    before, other = note.stat().st_mtime_ns, tmp_path / "elsewhere" / "new.head"
    with opened(noted, note, read_only=True) as store:
        assert store.set_milestone(URA, "prepared", "done").changed
    with opened(noted, other, read_only=True):
        pass
    assert note.stat().st_mtime_ns == before
    assert not other.parent.exists()


def test_a_folder_that_may_not_be_written_in(noted, tmp_path):
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        # Only the note: the dossier stays where this user may write.
        code = _as(user.pw_uid, lambda: head_code(tmp_path))
    else:
        code = head_code(tmp_path)
    assert code == "dossier_head_unwritable"


def head_code(tmp_path: Path):
    engine = sa.create_engine("sqlite://")
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.journal_head), {"id": 1, "seq": 0, "hash": schema.START})
        connection.execute(sa.insert(schema.dossier), {"id": 1, "identity": "x"})
        try:
            head.note(connection, tmp_path / "closed" / "d.head")
        except ZorgidError as error:
            return error.code
    return ""


def _as(uid, work):
    answers = FORK.SimpleQueue()

    def run():
        os.setuid(uid)
        answers.put(work())

    process = FORK.Process(target=run)
    process.start()
    process.join()
    return answers.get()


@pytest.fixture(autouse=True)
def closed(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o555)
    yield
    (tmp_path / "closed").chmod(0o755)
