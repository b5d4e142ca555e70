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
from uzi_pki import Pki, der

PLAYBOOK = Path(__file__).resolve().parents[3] / "playbooks" / "trust_anchors.yml"


def fetch(tmp_path: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    given = json.dumps({"zorgid_trust_dir": str(tmp_path / "trust"), **variables})
    return subprocess.run(
        ["ansible-playbook", "-i", "localhost,", str(PLAYBOOK), "-e", given],
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
    (play,) = yaml.safe_load(PLAYBOOK.read_text())
    assert {one["sha256"] for one in play["vars"]["zorgid_trust_authorities"]} == PINS["production"]


def test_only_the_pinned_digest_is_accepted(pki: Pki, web: Any, tmp_path: Path) -> None:
    certificates = [one.certificate for one in pki.g4.authorities]
    authorities = []
    for number, certificate in enumerate(certificates):
        web.answers[f"/{number}.cer"] = der(certificate)
        authorities.append({"file": f"{number}.cer", "sha256": hashlib.sha256(der(certificate)).hexdigest()})
    given = {"zorgid_trust_base_url": web.url, "zorgid_trust_authorities": authorities}
    web.answers["/1.cer"] = der(pki.g1.services.certificate)
    refused = fetch(tmp_path, **given)
    assert refused.returncode == 2
    assert not (tmp_path / "trust" / "1.cer").exists()
    assert not (tmp_path / "trust" / "production.pem").exists()
    web.answers["/1.cer"] = der(certificates[1])
    done = fetch(tmp_path, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load_certificates(tmp_path / "trust" / "production.pem") == certificates
    asked = len(web.asked)
    again = fetch(tmp_path, **given)
    assert "changed=0" in again.stdout
    assert len(web.asked) == asked
