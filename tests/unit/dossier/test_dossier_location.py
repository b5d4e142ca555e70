# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a dossier may lie, what its disk and its rights say, and by which clock it is written."""

from __future__ import annotations

import datetime
import importlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database, location
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import FORK, URA
from ansible_collections.gbz.zorgid.tests.support.filled_disk import recorded

ROOT = Path(__file__).resolve().parents[3]


def failure(url, **options):
    with pytest.raises(ZorgidError) as caught:
        DossierStore.open(url, **options)
    return caught.value


# Paths


@pytest.mark.parametrize(
    "reported", ["work/x.sqlite3", "./x.sqlite3", "x.sqlite3", "../x.sqlite3", "file:/srv/x.sqlite3"]
)
def test_a_relative_path_is_refused_and_the_whole_one_is_shown(reported, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for read_only in (True, False):
        error = failure(f"sqlite:///{reported}", read_only=read_only)
        assert error.code == "dossier_url_invalid"
        assert f"sqlite:///{tmp_path / reported}" in error.action
    assert list(tmp_path.iterdir()) == []
    if not reported.startswith("file"):
        DossierStore.open(f"sqlite:///{tmp_path / reported}", read_only=True).close()


def test_the_home_of_a_user(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with DossierStore.open("sqlite:///~/zorgid/dossier.sqlite3") as store:
        store.register(URA, "De Linde")
    assert (tmp_path / "zorgid" / "dossier.sqlite3").is_file()
    error = failure("sqlite:///~nobody-of-that-name/dossier.sqlite3")
    assert (error.code, "an unknown home folder" in error.message) == ("dossier_url_invalid", True)


# The file system


def mounts(tmp_path, monkeypatch, *lines):
    table = tmp_path / "mountinfo"
    table.write_text("".join(f"{number} 1 0:{number} / {line}\n" for number, line in enumerate(lines)))
    monkeypatch.setattr(location, "_MOUNTS", table)


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "glusterfs", "fuse.glusterfs", "ceph", "afs"]
)
def test_a_network_file_system_is_refused_for_writing(kind, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/shared/dossier.sqlite3"
    mounts(tmp_path, monkeypatch, "/ rw - ext4 /dev/sda rw", f"{tmp_path}/shared rw shared:1 - {kind} server:/x rw")
    error = failure(url)
    assert (error.code, kind in error.found) == ("dossier_on_network", True)
    assert not (tmp_path / "shared").exists()
    assert DossierStore.open(url, read_only=True).read_all() == []


def test_the_longest_mount_point_counts(tmp_path, monkeypatch):
    (tmp_path / "a b").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a b")
    escaped = f"{tmp_path}/a\\040b"
    local, network = "rw - ext4 /dev/sda rw", "rw - nfs4 server:/x rw"
    mounts(tmp_path, monkeypatch, f"{escaped} {network}", f"/ {local}", "a line that is none")
    assert failure(f"sqlite:///{tmp_path}/a b/x.sqlite3").code == "dossier_on_network"
    # Through a link too.
    assert failure(f"sqlite:///{tmp_path}/link/x.sqlite3").code == "dossier_on_network"
    # Of two on one place the later one is on top; a name that only begins alike is another place.
    mounts(tmp_path, monkeypatch, f"/ {network}", f"{escaped} {network}", f"{escaped} {local}", f"/ {local}")
    DossierStore.open(f"sqlite:///{tmp_path}/a b/x.sqlite3").close()
    mounts(tmp_path, monkeypatch, f"/ {local}", f"{escaped} {network}")
    DossierStore.open(f"sqlite:///{tmp_path}/a bc/x.sqlite3").close()


def test_a_system_that_does_not_tell_its_mounts(tmp_path, monkeypatch):
    monkeypatch.setattr(location, "_MOUNTS", tmp_path / "absent")
    DossierStore.open(f"sqlite:///{tmp_path}/x.sqlite3").close()


# Rights and disks


@contextmanager
def ordinary_user_in_a_folder():
    """Root may do everything."""
    # Loaded before: the other user may not read the interpreter's own files.
    for module in ("alembic.config", "alembic.script", "alembic.runtime.environment", "sqlite3.dump"):
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as name:  # tmp_path is root's alone
        folder = Path(name)
        folder.chmod(0o777)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            yield folder / "of" / "dossier.sqlite3"
        finally:
            os.seteuid(before)
            for path in (folder / "of", folder / "of" / "dossier.sqlite3"):
                path.chmod(0o700)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "why"),
    [
        (0o400, 0o700, "no write access to the file"),
        (0o600, 0o500, "no write access to the folder"),
        (0o000, 0o700, "no read access to the file"),
        (0o600, 0o000, "no access to the folder"),
    ],
)
def test_rights_are_told_in_one_sentence(file_mode, folder_mode, why):
    with ordinary_user_in_a_folder() as path:
        DossierStore.open(f"sqlite:///{path}").close()
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)
        error = recorded(f"sqlite:///{path}")
        assert (error.code, why in error.found) == ("dossier_unreachable", True), str(error)


def test_a_folder_of_another_user():
    with ordinary_user_in_a_folder() as path:
        if os.getuid() != 0:
            pytest.skip("needs two users")
        os.seteuid(0)
        DossierStore.open(f"sqlite:///{path}").close()
        os.seteuid(65534)
        for one in (path, path.with_name("new.sqlite3")):
            error = recorded(f"sqlite:///{one}")
            assert error.code == "dossier_unreachable", str(error)
            assert "no access to" in error.found or "Permission denied" in error.found
        os.seteuid(0)


def in_a_process(work):
    answers = FORK.SimpleQueue()
    process = FORK.Process(target=lambda: answers.put(work()))
    process.start()
    reported = answers.get()
    process.join()
    return reported


def test_a_limit_for_files(tmp_path):
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"

    def work():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        error = recorded(url)
        return error.code, error.found

    code, found = in_a_process(work)
    assert code in ("dossier_unreachable", "dossier_disk_full")
    assert "limit" in found or "full" in found
    with DossierStore.open(url) as store:
        assert store.verify_journal().valid
        assert store.register(URA, "De Linde").changed


def test_a_full_disk(tmp_path):
    """On a file system of its own where root may mount one, else with a bound that SQLite keeps itself."""
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = f"{sys.executable} -m tests.support.filled_disk sqlite:///{disk}/d.sqlite3"
    mounted = f"mount -t tmpfs -o size=600k none {disk} && exec {fill}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", mounted], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr[-200:]}")
    assert done.stdout.startswith("dossier_disk_full |")


# What was noted


def test_a_dossier_that_is_gone_is_said_before_a_new_one_is_made(tmp_path):
    path, head = tmp_path / "of" / "dossier.sqlite3", tmp_path / "head"
    with DossierStore.open(f"sqlite:///{path}", head_path=head) as store:
        store.register(URA, "De Linde")
    path.unlink()
    path.parent.rmdir()
    for read_only in (True, False):
        assert failure(f"sqlite:///{path}", head_path=head, read_only=read_only).code == "dossier_replaced"
    assert not path.parent.exists()


# Clocks


def at(moment):
    return lambda: moment.isoformat(timespec="seconds")


def test_a_clock_that_went_back_a_little_writes_no_earlier_moment(tmp_path, monkeypatch):
    here = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    with DossierStore.open(f"sqlite:///{tmp_path}/x.sqlite3") as store:
        store.register(URA, "De Linde")
        monkeypatch.setattr(database, "stored_now", at(here - datetime.timedelta(minutes=4)))
        assert store.claim(URA, "x", "d", per_digest=False).since >= here.isoformat(timespec="seconds")
        moments = [row["at"] for row in store.export()["journal"]]
        assert moments == sorted(moments)
        assert moments[0] == moments[1]


def test_a_clock_that_is_behind_stops_what_is_written(tmp_path, monkeypatch):
    here = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    behind = here - datetime.timedelta(minutes=6)
    with DossierStore.open(f"sqlite:///{tmp_path}/x.sqlite3") as store:
        store.register(URA, "De Linde")
        newest = store.export()["journal"][-1]["at"]
        monkeypatch.setattr(database, "stored_now", at(behind))
        with pytest.raises(ZorgidError) as caught:
            store.claim(URA, "x", "d", per_digest=False)
        assert caught.value.code == "dossier_clock_behind"
        assert newest in caught.value.expected
        assert behind.isoformat() == caught.value.found
        assert store.read(URA).name == "De Linde"
        assert store.verify_journal().rows == 1


def test_on_postgresql_the_servers_clock_counts(postgres, monkeypatch):
    monkeypatch.setattr(database, "stored_now", lambda: "2001-01-01T00:00:00+00:00")
    with DossierStore.open(postgres.fresh()) as store:
        taken = store.claim(URA, "x", "d", per_digest=False)
        assert taken.since > "2025"
        store.attest(URA, "prepared", by="a", at=None, how="b")
        assert store.read(URA).milestones["prepared"].attested.at > "2025"
        assert all(row["at"] > "2025" for row in store.export()["journal"])
