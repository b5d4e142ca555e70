# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways of docs/verify.md: a real archive, a throw-away key, real ansible-galaxy, a Galaxy server on 127.0.0.1."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.galaxy_server import Shelf, served

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"]
ONE_AT_LEAST = ("--required-valid-signature-count", "+1")
PLUGIN = "plugins/action/dossier.py"


@dataclass(frozen=True)
class Release:
    archive: Path
    signature: Path
    keyring: Path
    other_keyring: Path
    environment: dict[str, str]

    def galaxy(self, *words: str | Path) -> tuple[int, str]:
        # -vvvv shows what gpg said.
        done = subprocess.run(
            ["ansible-galaxy", "collection", *map(str, words), "-vvvv"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def install(self, source: bytes, into: Path, *words: str | Path, signatures: int = 1) -> tuple[int, str]:
        shelf = Shelf(VERSION, source, [self.signature.read_text("utf-8")] * signatures)
        with served(shelf) as server:
            return self.galaxy(
                "install", f"gbz.zorgid:=={VERSION}", "-p", into, "--server", server, "--no-cache", *words
            )

    def verify(self, tree: Path, keyring: Path) -> tuple[int, str]:
        signed = ("--keyring", keyring, "--signature", self.signature.as_uri(), *ONE_AT_LEAST)
        return self.galaxy("verify", "--offline", "gbz.zorgid", "-p", tree, *signed)


def _key(home: Path, name: str, keyring: Path) -> None:
    """GnuPG's agent listens at a socket in its home, whose path must be short."""
    home.mkdir(mode=0o700)
    gpg = ("gpg", "--homedir", str(home), "--batch", "--quiet")
    make = ("--passphrase", "", "--quick-generate-key", f"{name} <{name}@gbz.example>", "ed25519", "sign", "never")
    subprocess.run([*gpg, *make], check=True, capture_output=True)
    keyring.write_bytes(subprocess.run([*gpg, "--export"], check=True, capture_output=True).stdout)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    for program in ("gpg", "gpgv"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt install gnupg gpgv")
    there = tmp_path_factory.mktemp("release")
    homes = [there / "a", there / "b"]
    # A consumer's, with no key of its own: gpg fails once where it misses such a key in the keyring that it is given.
    (empty := there / "c").mkdir(mode=0o700)
    try:
        for home, keyring in zip(homes, ("release.gpg", "other.gpg"), strict=True):
            _key(home, keyring.partition(".")[0], there / keyring)
        environment = {
            **os.environ,
            "HOME": str(there),
            "ANSIBLE_HOME": str(there / "home"),
            "GNUPGHOME": str(homes[0]),
        }
        # `verify` would look at the checkout, which is the first gbz.zorgid there.
        del environment["ANSIBLE_COLLECTIONS_PATH"]
        subprocess.run(
            ["ansible-galaxy", "collection", "build", "--output-path", there], cwd=ROOT, env=environment, check=True
        )
        archive = there / f"gbz-zorgid-{VERSION}.tar.gz"
        subprocess.run([ROOT / "tools" / "sign-release", archive], env=environment, check=True)
        environment["GNUPGHOME"] = str(empty)
        signature = archive.with_name(f"gbz-zorgid-{VERSION}.asc")
        yield Release(archive, signature, there / "release.gpg", there / "other.gpg", environment)
    finally:
        for home in (*homes, empty):
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)


def _altered(archive: Path, *, also_files_json: bool) -> bytes:
    """The archive with one line more in a plugin; with ``also_files_json`` its checksum is that of the new content."""
    out = io.BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        plugin = old.extractfile(PLUGIN).read() + b"\nimport os\n"
        files = json.loads(old.extractfile("FILES.json").read())
        for one in files["files"]:
            if one["name"] == PLUGIN:
                one["chksum_sha256"] = hashlib.sha256(plugin).hexdigest()
        for member in old.getmembers():
            content = old.extractfile(member).read() if member.isfile() else None
            if member.name == PLUGIN:
                content = plugin
            if member.name == "FILES.json" and also_files_json:
                content = json.dumps(files).encode()
            if content is not None:
                member.size = len(content)
            new.addfile(member, None if content is None else io.BytesIO(content))
    return out.getvalue()


def test_a_valid_signature_installs_and_verifies(release: Release, tmp_path: Path) -> None:
    code, said = release.install(release.archive.read_bytes(), tmp_path, "--keyring", release.keyring, *ONE_AT_LEAST)
    assert code == 0, said
    code, said = release.verify(tmp_path, release.keyring)
    assert code == 0, said
    assert "internally consistent" in said

    code, said = release.verify(tmp_path, release.other_keyring)
    assert code != 0
    assert "no successful signatures" in said

    changed = tmp_path / "ansible_collections/gbz/zorgid" / PLUGIN
    changed.write_bytes(changed.read_bytes() + b"\n")
    (changed.parent / "sitecustomize.py").write_text("", "utf-8")
    code, said = release.verify(tmp_path, release.keyring)
    assert code != 0
    assert PLUGIN in said
    assert "plugins/action/sitecustomize.py" in said


@pytest.mark.parametrize(("keyring", "signatures"), [("other_keyring", 1), ("keyring", 0)], ids=["key", "none"])
def test_another_key_or_no_signature_is_refused(
    release: Release, tmp_path: Path, keyring: str, signatures: int
) -> None:
    words = ("--keyring", getattr(release, keyring), *ONE_AT_LEAST)
    code, said = release.install(release.archive.read_bytes(), tmp_path, *words, signatures=signatures)
    assert code != 0
    assert "GnuPG signature verification failed" in said
    assert not (tmp_path / "ansible_collections/gbz/zorgid").exists()


def test_an_altered_file_is_refused(release: Release, tmp_path: Path) -> None:
    altered = _altered(release.archive, also_files_json=False)
    code, said = release.install(altered, tmp_path, "--keyring", release.keyring, *ONE_AT_LEAST)
    assert code != 0
    assert "Checksum mismatch" in said
    assert not (tmp_path / "ansible_collections/gbz/zorgid").exists()


def test_an_altered_file_with_an_altered_list_is_found_by_verify_alone(release: Release, tmp_path: Path) -> None:
    """ansible-core's install does not compare FILES.json with the signed manifest; docs/verify.md does after it."""
    altered = _altered(release.archive, also_files_json=True)
    code, said = release.install(altered, tmp_path, "--keyring", release.keyring, *ONE_AT_LEAST)
    assert code == 0, f"install refuses this now: docs/verify.md says otherwise\n{said}"
    code, said = release.verify(tmp_path, release.keyring)
    assert code != 0
    assert "FILES.json" in said


def test_an_archive_as_a_file(release: Release, tmp_path: Path) -> None:
    """`--signature` with a file ends in an error of ansible-core; gpgv before it and `verify` after it do that work."""
    signed = ("--keyring", release.keyring, "--signature", release.signature.as_uri(), *ONE_AT_LEAST)
    code, said = release.galaxy("install", release.archive, "-p", tmp_path / "a", *signed)
    assert code != 0, f"install takes a signature of a file now: docs/verify.md says otherwise\n{said}"
    assert not (tmp_path / "a/ansible_collections/gbz/zorgid").exists()

    manifest = subprocess.run(
        ["tar", "-xzOf", release.archive, "MANIFEST.json"], check=True, capture_output=True
    ).stdout
    for keyring, good in ((release.keyring, True), (release.other_keyring, False)):
        gpgv = ["gpgv", "--keyring", keyring, release.signature, "-"]
        assert (subprocess.run(gpgv, input=manifest, check=False, capture_output=True).returncode == 0) == good
    code, said = release.galaxy("install", release.archive, "-p", tmp_path / "b")
    assert code == 0, said
    code, said = release.verify(tmp_path / "b", release.keyring)
    assert code == 0, said
