# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that is put back: it is noticed, nothing is sent twice after it, and a person decides how it goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import head
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.recordable import restored
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.accept_restored import (
    AcceptRestored,
    accept_restored,
)
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.dossier_support import PASSWORD, URA, postgres_programs

NEW = "90000202"


class Sqlite:
    def __init__(self, folder: Path) -> None:
        self._file, self._copy = folder / "dossier" / "dossier.sqlite3", folder / "backup" / "copy.sqlite3"
        self._copy.parent.mkdir()
        self.url = f"sqlite:///{self._file}"

    def back_up(self) -> None:
        """As docs/dossier.md says it for a controller without the program sqlite3."""
        there, copy = sqlite3.connect(self._file), sqlite3.connect(self._copy)
        with contextlib.closing(there) as source, contextlib.closing(copy) as target:
            source.backup(target)

    def restore(self) -> None:
        shutil.rmtree(self._file.parent)
        self._file.parent.mkdir(mode=0o700)
        shutil.copy(self._copy, self._file)


class Postgres:
    def __init__(self, server, folder: Path) -> None:
        self._server, self._copy = server, folder / "copy.dump"
        self.url = server.fresh_database()
        self._plain = self.url.replace("+psycopg", "")

    def _run(self, *command: str) -> None:
        programs = postgres_programs()
        assert programs
        reported = {**os.environ, "PGPASSWORD": PASSWORD}
        subprocess.run([str(programs / command[0]), *command[1:]], check=True, env=reported, capture_output=True)

    def back_up(self) -> None:
        self._run("pg_dump", "--format=custom", f"--file={self._copy}", self._plain)

    def restore(self) -> None:
        self.url = self._server.fresh_database()
        self._run("pg_restore", "--exit-on-error", f"--dbname={self.url.replace('+psycopg', '')}", str(self._copy))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def kept(request, tmp_path):
    """A dossier with an organisation and a document of it, backed up; then its application leaves, another one begins,
    and the backup is put back."""
    if request.param == "sqlite":
        database = Sqlite(tmp_path)
    else:
        database = Postgres(request.getfixturevalue("postgres"), tmp_path)
    with opened(database, tmp_path) as store:
        store.register(URA, "De Linde")
        store.sealed.keep(URA, "organisation_document", b"<signed/>")
    database.back_up()
    with opened(database, tmp_path) as store:
        send(store, URA)
        send(store, NEW)
    database.restore()
    return database


def opened(database, folder, *, noted: bool = True, **more):
    path = folder / "dossier.head" if noted else None
    return DossierStore.open(database.url, environment="production", key=KEY, head_path=path, **more)


def send(store, ura):
    claimed = store.claim(ura, "application_form", "a" * 64, per_digest=False)
    store.mark_sending(claimed)
    store.mark_done(claimed, {})


def accepted(database, folder, **more):
    place = DossierPlace(database.url, "production", key=KEY, head_path=str(folder / "dossier.head"))
    return accept_restored(AcceptRestored(place, "technical_administrator", "disk died"), read_only=False, **more)


def refused(call):
    with pytest.raises(ZorgidError) as caught:
        call()
    return caught.value


def test_it_is_noticed_and_nothing_is_sent_until_a_person_says_so(kept, tmp_path):
    for read_only in (True, False):
        error = refused(lambda only=read_only: opened(kept, tmp_path, read_only=only))
        assert error.code == "dossier_cut_off"
        assert "restored=true" in error.action
    found = accepted(kept, tmp_path)
    assert found.changed
    assert found.noted > found.rows
    assert found.held == 1
    with opened(kept, tmp_path) as store:
        check = store.verify_journal()
        assert (check.valid, check.whole, check.proven) == (True, True, True)
        assert head.read(tmp_path / "dossier.head").hash == check.head
        # What was sealed opens with the same key.
        assert store.sealed.newest(URA, "organisation_document").content == b"<signed/>"
        # Also one that began after the backup, of which this dossier has never heard.
        for ura in (URA, NEW):
            assert refused(lambda ura=ura: send(store, ura)).code == "dossier_held"
    # Said once more, no less is unknown than the first time.
    again = accepted(kept, tmp_path)
    assert (again.changed, again.last_at) == (False, found.last_at)
    assert "nothing to do" in " ".join(restored(again, "delinde", style=Style(), check=False))


def test_one_goes_on_without_the_others_once_it_was_looked_at(kept, tmp_path):
    accepted(kept, tmp_path)
    with opened(kept, tmp_path) as store:
        store.attest(NEW, "application_submitted", by="desk", at=None, how="VZVZ has it")
        store.say("", "go_on", by="desk", how="looked")
        assert refused(lambda: send(store, URA)).code == "dossier_held"
        store.say(URA, "go_on", by="desk", how="VZVZ has nothing")
        send(store, URA)
        assert store.read(NEW).milestones["application_submitted"].state == "done"
    # Restored once more: held and released before, and held anew.
    kept.restore()
    assert accepted(kept, tmp_path).changed
    with opened(kept, tmp_path) as store:
        assert refused(lambda: send(store, URA)).code == "dossier_held"


def test_another_dossier_is_no_restored_one(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        with opened(Sqlite(folder), folder) as store:
            store.register(URA, "De Linde")
    shutil.copy(one / "dossier.head", other / "dossier.head")
    before = (other / "dossier" / "dossier.sqlite3").read_bytes()
    sqlite = type("Kept", (), {"url": f"sqlite:///{other}/dossier/dossier.sqlite3"})
    assert refused(lambda: accepted(sqlite, other)).code == "dossier_replaced"
    assert (other / "dossier" / "dossier.sqlite3").read_bytes() == before


def test_a_place_without_a_backup_is_no_restored_one(kept, tmp_path):
    empty = type("Kept", (), {"url": f"sqlite:///{tmp_path}/nothing/dossier.sqlite3"})
    assert refused(lambda: accepted(empty, tmp_path)).code == "dossier_replaced"
    assert not (tmp_path / "nothing").exists()
