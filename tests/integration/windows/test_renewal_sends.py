# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a renewal the organisation document is signed with the new certificate and sent again, in the same run."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.windows_host import ANKER, ROOT
from cryptography import x509
from zorgid_sandbox import pki, supervisor
from zorgid_sandbox.state import received

#: The first task of onboard's plays.
ONBOARDED = "[gbz.zorgid.zorgid_onboarding : Begin]"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Path]:
    state = tmp_path / "sandbox"
    supervisor.start(state, ROOT / "sandbox" / "scenarios" / "demo.yml")
    yield state
    supervisor.stop(state)


@pytest.mark.slow
def test_a_renewed_certificate_signs_and_sends_again(sandbox: Path, tmp_path: Path) -> None:
    work = tmp_path / "demo" / "work"

    def play(name: str, *words: str, code: int = 0) -> str:
        inventories = ["-i", str(ROOT / "inventories" / "demo"), "-i", str(sandbox / "inventory")]
        done = subprocess.run(
            ["ansible-playbook", *inventories, f"gbz.zorgid.{name}", "--limit", "apotheek_het_anker", *words],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ZORGID_DEMO_DIR": str(tmp_path / "demo"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return " ".join(done.stdout.split())

    play("onboard", "--tags", "prepare,certificate,application,document")
    document = work / "documents" / f"{ANKER}.xml"
    assert len(received(sandbox, "smtp", "document")) == 1
    assert ONBOARDED not in play("renew_certificate")
    csr = x509.load_pem_x509_csr((work.with_name("work-renew") / f"{ANKER}.csr.pem").read_bytes())
    issued = pki.issue_request(sandbox, csr, "apotheek_het_anker")
    (work.with_name("work-renew") / f"{ANKER}.cer").write_bytes(issued)
    shown = play("renew_certificate", "--check")
    assert "the organisation document would be signed and mailed again" in shown
    assert ONBOARDED in shown
    assert len(received(sandbox, "smtp", "document")) == 1
    assert "variables_invalid" in play("renew_certificate", "-e", "zorgid_hosts=care_organisations", code=2)
    assert ONBOARDED in play("renew_certificate")
    assert base64.b64encode(issued) in b"".join(document.read_bytes().split())
    assert len(received(sandbox, "smtp", "document")) == 2
    assert ONBOARDED not in play("renew_certificate")
    assert len(received(sandbox, "smtp", "document")) == 2
