# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook renew_certificate for a mixed fleet, from plan to renewed certificate, with the sandbox's CIBG."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.windows_host import (
    ANKER,
    LINDE,
    ROOT,
    ZONNEVELD,
    run,
    trust,
    variables,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from zorgid_sandbox import pki
from zorgid_sandbox.windows import store

PLAYBOOK = ROOT / "playbooks" / "renew_certificate.yml"


@pytest.fixture
def inventory(host: Path, tmp_path: Path) -> dict[str, Any]:
    """One on G1; one on G4 that is a Windows host itself; one without a certificate; one whose key is in a file; one
    in another store."""
    uras = {"anker": ANKER, "zonneveld": ZONNEVELD, "nobody": "12345678", "in_a_file": LINDE, "elsewhere": ANKER}
    hosts: dict[str, Any] = {
        name: {"zorgid_onboarding_organisation": {"ura": ura, "name": name}} for name, ura in uras.items()
    }
    for name in ("anker", "nobody", "elsewhere"):
        hosts[name] |= {"zorgid_onboarding_certificate_host": "windows_certificates", "ansible_connection": "local"}
    # zorgid_onboarding_certificate_host is the organisation's own host by default.
    hosts["zonneveld"] |= variables(host)
    hosts["elsewhere"]["zorgid_onboarding_certificate"] = {"source": "windows", "store_name": "WebHosting"}
    old, key = pki.issued(host, "huisartsenpraktijk_de_linde")
    place = {"certificate_path": str(tmp_path / "linde.pem"), "key_path": str(tmp_path / "linde.key")}
    (tmp_path / "linde.pem").write_bytes(old.public_bytes(Encoding.PEM))
    (tmp_path / "linde.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim"))
    )
    hosts["in_a_file"] |= {
        "zorgid_onboarding_certificate": {"source": "file", "passphrase": "geheim", **place},
        "zorgid_renew_days": 5000,
        "zorgid_renew_key_bits": 2048,
    }
    return {
        "windows": {"hosts": {"windows_certificates": variables(host)}},
        "care_organisations": {
            "hosts": hosts,
            "vars": {
                "zorgid_onboarding_work_dir": str(tmp_path / "work"),
                "zorgid_onboarding_environment": "test",
                "zorgid_onboarding_trust": {**trust(host), "revocation": "off"},
            },
        },
    }


@pytest.mark.slow
def test_a_mixed_fleet_is_renewed_in_three_runs(host: Path, inventory: dict[str, Any], tmp_path: Path) -> None:
    def renew(*words: str, code: int = 0) -> tuple[bool, str]:
        done = run(tmp_path, inventory, "ansible-playbook", str(PLAYBOOK), *words)
        assert done.returncode == code, done.stdout + done.stderr
        return "changed=1" in done.stdout.partition("PLAY RECAP")[2], " ".join(done.stdout.split())

    renewed = ("--limit", "anker,in_a_file,zonneveld")
    changed, shown = renew("--check", code=2)
    folder = tmp_path / "work-renew"
    assert (changed, folder.exists(), (tmp_path / "zorgid-renewal").exists()) == (True, False, False)
    assert "5 organisations" in shown
    assert "nothing is written" in shown
    row = r"\S+ {} +{} +[0-9,]+ days {}"
    assert re.search(row.format("anker", ANKER, "renew, because G1 ends on 12 November 2028"), shown)
    assert re.search(row.format("in_a_file", LINDE, r"renew, because it ends in \d+ days"), shown)
    assert re.search(row.format("zonneveld", ZONNEVELD, "keep"), shown)
    assert "No UZI server certificate with URA 12345678 is at the place" in shown
    assert "[store_unavailable]" in shown

    assert renew(*renewed)[0]
    requests = {ura: folder / f"{ura}.csr.pem" for ura in (ANKER, LINDE)}
    csrs = {ura: x509.load_pem_x509_csr(path.read_bytes()) for ura, path in requests.items()}
    old, _key = pki.issued(host, "apotheek_het_anker")
    assert (csrs[ANKER].public_key().key_size, csrs[ANKER].subject) == (4096, old.subject)  # type: ignore[union-attr]  # RSA
    assert sorted(folder.iterdir()) == sorted(requests.values())
    changed, shown = renew(*renewed)
    assert not changed
    # A path that is wider than the screen is broken.
    assert f"send{requests[LINDE]}toCIBG(UZI-register)" in shown.replace(" ", "")

    # CIBG's answers come as DER; the keys that wait are not made twice.
    for ura, name in ((ANKER, "apotheek_het_anker"), (LINDE, "huisartsenpraktijk_de_linde")):
        (folder / f"{ura}.cer").write_bytes(pki.issue_request(host, csrs[ura], name))
    made = x509.load_der_x509_certificate((folder / f"{ANKER}.cer").read_bytes())
    mine = x509.load_der_x509_certificate((folder / f"{LINDE}.cer").read_bytes())
    assert renew(*renewed)[0]
    entry = store.CertificateStore(host).find(store.thumbprint(made))
    assert (entry.key_state, entry.provider, entry.key.key_size) == ("not_exportable", "cng", 4096)
    assert x509.load_pem_x509_certificate((tmp_path / "linde.pem").read_bytes()) == mine
    assert not [path for path in folder.iterdir() if path.name.endswith(".csr.pem") and path in requests.values()]
    assert renew("--limit", "anker,zonneveld")[0] is False
