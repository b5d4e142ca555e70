# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook renew_certificate, from plan to installed certificate, with the sandbox's CIBG in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.windows_host import (
    ANKER,
    ROOT,
    ZONNEVELD,
    run,
    trust,
    variables,
)
from cryptography import x509
from zorgid_sandbox import pki
from zorgid_sandbox.windows import store

PLAYBOOK = ROOT / "playbooks" / "renew_certificate.yml"


@pytest.fixture
def inventory(host: Path, tmp_path: Path) -> dict[str, Any]:
    """Four organisations: one on G1, one on G4, one without a certificate, one whose key is in a file."""
    uras = {"anker": ANKER, "zonneveld": ZONNEVELD, "nobody": "12345678", "in_a_file": "90000101"}
    hosts = {name: {"zorgid_onboarding_organisation": {"ura": ura, "name": name}} for name, ura in uras.items()}
    place = {"source": "file", "certificate_path": "/srv/zorgid/certificate.pem"}
    return {
        "windows": {"hosts": {"windows_certificates": variables(host)}},
        "care_organisations": {
            "hosts": {**hosts, "in_a_file": {**hosts["in_a_file"], "zorgid_onboarding_certificate": place}},
            "vars": {
                "ansible_connection": "local",
                "zorgid_onboarding_work_dir": str(tmp_path / "work"),
                "zorgid_onboarding_certificate_host": "windows_certificates",
                "zorgid_onboarding_trust": {**trust(host), "revocation": "off"},
            },
        },
    }


@pytest.mark.slow
def test_a_certificate_is_renewed_in_three_runs(host: Path, inventory: dict[str, Any], tmp_path: Path) -> None:
    def renew(*words: str) -> tuple[int, str]:
        done = run(tmp_path, inventory, "ansible-playbook", str(PLAYBOOK), *words)
        recap = done.stdout.partition("PLAY RECAP")[2].partition("anker")[2]
        assert done.returncode == (0 if "--limit" in words else 2), done.stdout + done.stderr
        return int(recap.partition("changed=")[2].split()[0]), " ".join(done.stdout.split())

    changed, shown = renew("--check")
    assert (changed, (tmp_path / "work").exists()) == (1, False)
    assert f"URA {ANKER}: " in shown
    assert "renew, because G1 ends on 12 November 2028" in shown
    assert ": keep" in shown.partition(f"URA {ZONNEVELD}: ")[2]
    assert "No UZI server certificate with URA 12345678 in this store" in shown
    assert "the key of URA 90000101 is in a file" in shown

    folder = tmp_path / "work-renew"
    assert renew("--limit", "anker")[0] == 3
    request = folder / f"{ANKER}.csr.pem"
    csr = x509.load_pem_x509_csr(request.read_bytes())
    old, _key = pki.issued(host, "apotheek_het_anker")
    assert (csr.public_key().key_size, csr.subject) == (4096, old.subject)
    assert [path.name for path in folder.iterdir()] == [request.name]

    # CIBG's answer comes as DER; the key that waits is not made twice.
    (folder / f"{ANKER}.cer").write_bytes(pki.issue_request(host, csr, "apotheek_het_anker"))
    made = x509.load_der_x509_certificate((folder / f"{ANKER}.cer").read_bytes())
    assert renew("--limit", "anker")[0] == 1
    entry = store.CertificateStore(host).find(store.thumbprint(made))
    assert (entry.key_state, entry.provider, entry.key.key_size) == ("not_exportable", "cng", 4096)
