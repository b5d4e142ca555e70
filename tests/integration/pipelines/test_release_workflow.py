# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of release.yml that sign, and what ansible-galaxy says of the signature; with a key of this test.

What else is refused: tests/integration/release.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.pipeline import ROOT, environment

pytestmark = pytest.mark.slow


@pytest.fixture
def gpg() -> Iterator[Path]:
    if not shutil.which("gpg"):
        pytest.skip("gpg is not here: apt install gnupg")
    # Not tmp_path: a socket's path may have 108 characters.
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:
        yield Path(folder)
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=False)


def run(where: Path, *words: str, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=where, env=environment(where / "ansible", more or {}), capture_output=True, text=True, check=False
    )


def archive(folder: Path, text: str) -> Path:
    """A small collection, built as the real one."""
    source = folder / "source"
    source.mkdir()
    shutil.copy(ROOT / "README.md", source)
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    del galaxy["build_ignore"], galaxy["license_file"]
    (source / "galaxy.yml").write_text(yaml.safe_dump({**galaxy, "license": ["GPL-3.0-or-later"]}), encoding="utf-8")
    (source / "text.txt").write_text(text, encoding="utf-8")
    (source / "meta").mkdir()
    (source / "meta" / "runtime.yml").write_text('requires_ansible: ">=2.19.0"\n', encoding="utf-8")
    galaxy_command = str(Path(sys.executable).parent / "ansible-galaxy")
    done = run(folder, galaxy_command, "collection", "build", "source", "--output-path", "dist")
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder / "dist").glob("*.tar.gz"))


def test_what_release_signs_is_what_ansible_galaxy_verifies(tmp_path: Path, gpg: Path) -> None:
    built = archive(tmp_path, "as it is")
    home = {"GNUPGHOME": str(gpg)}
    words = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "of a test"]
    made = run(
        tmp_path, *words, "--quick-generate-key", "Release <release@example.com>", "rsa3072", "sign", "1d", more=home
    )
    assert made.returncode == 0, made.stderr
    secret = run(tmp_path, *words, "--armor", "--export-secret-keys", more=home).stdout
    public = tmp_path / "key.asc"
    public.write_text(run(tmp_path, "gpg", "--armor", "--export", more=home).stdout, encoding="utf-8")

    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    script = next(step["run"] for step in workflow["jobs"]["sign"]["steps"] if step.get("name") == "Sign")
    key = {"SIGNING_KEY": secret, "SIGNING_PASSPHRASE": "of a test"}
    done = run(tmp_path, "bash", "-eo", "pipefail", "-c", script, more=key)
    assert done.returncode == 0, done.stdout + done.stderr
    signature = tmp_path / "dist" / built.name.replace(".tar.gz", ".asc")
    assert sorted(path.name for path in (tmp_path / "dist").iterdir()) == ["SHA256SUMS", signature.name, built.name]

    ring = tmp_path / "gbz.gpg"
    done = run(tmp_path, "gpg", "--no-default-keyring", "--keyring", str(ring), "--import", str(public), more=home)
    assert done.returncode == 0, done.stderr
    (empty := tmp_path / "empty.gpg").touch()
    # As in docs/verify.md; the checkout is a gbz.zorgid too, so ansible-galaxy looks at this folder alone.
    alone = {**home, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "here")}
    galaxy = [str(Path(sys.executable).parent / "ansible-galaxy"), "collection"]
    done = run(tmp_path, *galaxy, "install", "--offline", str(built), "-p", "here", more=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    verify = [*galaxy, "verify", "--offline", "gbz.zorgid", "--signature", signature.as_uri()]
    counted = ["--required-valid-signature-count", "+1"]
    done = run(tmp_path, *verify, "--keyring", str(ring), *counted, more=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(tmp_path, *verify, "--keyring", str(empty), *counted, more=alone)
    assert done.returncode != 0, done.stdout
    assert "no successful signatures" in done.stdout + done.stderr
