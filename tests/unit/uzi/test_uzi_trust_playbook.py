# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that fetches the authorities accepts what has the pinned digest, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.files import load_certificates
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.profile import PINS
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import Pki, der
from cryptography import x509

PLAYBOOK = Path(__file__).resolve().parents[3] / "playbooks" / "trust_anchors.yml"


def fetch(tmp_path: Path, *flags: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    """``inventory``: a file; without one the folder is given."""
    inventory = variables.pop("inventory", None)
    where = {} if inventory else {"zorgid_trust_dir": str(tmp_path / "trust")}
    given = json.dumps({**where, **variables})
    return subprocess.run(
        ["ansible-playbook", "-i", inventory or "localhost,", str(PLAYBOOK), "-e", given, *flags],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_its_digests_are_the_pinned_ones() -> None:
    _wanted, play = yaml.safe_load(PLAYBOOK.read_text())
    for environment, wanted in play["vars"]["zorgid_trust_authorities"].items():
        assert {one["sha256"] for one in wanted} == PINS[environment]


def authorities(*certificates: x509.Certificate, files: bool) -> list[dict[str, str]]:
    """What the playbook wants, with our own certificates in the place of the real ones."""
    return [
        {
            "name": f"authority {number}",
            "sha256": hashlib.sha256(der(certificate)).hexdigest(),
            **({"file": f"{number}.cer"} if files else {}),
        }
        for number, certificate in enumerate(certificates)
    ]


def test_what_has_the_pinned_digest_is_accepted_wherever_from(pki: Pki, web: Any, tmp_path: Path) -> None:
    certificates, folder = [pki.g4.issuing.certificate, pki.g4.root.certificate], tmp_path / "trust"
    given = {
        "zorgid_trust_base_url": web.url,
        "zorgid_trust_authorities": {"production": authorities(*certificates, files=True)},
    }
    web.answers.update({"/0.cer": der(certificates[0]), "/1.cer": der(pki.g1.root.certificate)})
    assert fetch(tmp_path, **given).returncode == 2
    assert [path.name for path in folder.iterdir()] == ["0.cer"]
    # Somebody brings the other one along, in a file of any name: nothing is fetched again.
    (folder / "van CIBG (1).crt").write_bytes(der(certificates[1]))
    (folder / "another.cer").write_bytes(der(pki.g1.root.certificate))
    asked = len(web.asked)
    # Folder and environments are the inventory's; the file of both holds both.
    given["zorgid_trust_authorities"]["acceptance"] = authorities(certificates[1], files=False)
    done = fetch(tmp_path, **given, inventory=inventory(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert load_certificates(folder / "production.pem")[0] == certificates
    assert load_certificates(folder / "acceptance.pem")[0] == certificates[1:]
    assert set(load_certificates(folder / "both.pem")[0]) == set(certificates)
    assert len(web.asked) == asked


def inventory(tmp_path: Path) -> str:
    def named(file: str, environment: str | None = None) -> dict[str, Any]:
        mine = {"zorgid_onboarding_environment": environment} if environment else {}
        return {**mine, "zorgid_onboarding_trust": {"intermediates": "{{ inventory_dir }}/trust/" + file}}

    hosts = {
        "of_production": named("production.pem"),
        "another": named("production.pem", "production"),
        "of_acceptance": named("acceptance.pem", "acceptance"),
        "shared": named("both.pem", "acceptance"),
        "shared_too": named("both.pem"),
        "of_its_own": named("own.pem", "own"),
        "without": {},
    }
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump({"care_organisations": {"hosts": hosts}}))
    return str(path)


def test_what_is_missing_is_named(pki: Pki, tmp_path: Path) -> None:
    wanted = authorities(pki.g4.issuing.certificate, files=False)
    given = {"zorgid_trust_environment": "acceptance", "zorgid_trust_authorities": {"acceptance": wanted}}
    foretold, missing = fetch(tmp_path, "--check", **given), fetch(tmp_path, **given)
    assert (foretold.returncode, missing.returncode) == (0, 2)
    for reported in (foretold, missing):
        assert (
            f"1 of 1 authorities are not in {tmp_path}/trust: authority 0 (SHA-256 {wanted[0]['sha256']})."
            in reported.stdout
        )
