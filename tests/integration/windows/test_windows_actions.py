# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate actions against the sandbox's Windows host, over Ansible's own winrm and psrp connections."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.windows_host import (
    ANKER,
    BAD,
    CONNECTIONS,
    INACCESSIBLE,
    KEYLESS,
    LINDE,
    OTHERS,
    ROOT,
    ZONNEVELD,
    play,
    variables,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from zorgid_sandbox import pki
from zorgid_sandbox.state import received
from zorgid_sandbox.windows import store
from zorgid_sandbox.windows.faults import put_fault


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_whole_store_in_one_round_trip(host: Path, ansible: Any, connection: str) -> None:
    before = len(received(host, "windows", "list"))
    found = ansible("uzi_certificate_info", all=True, connection=connection)
    assert len(received(host, "windows", "list")) == before + 1
    assert len(found["certificates"]) == len(store.CertificateStore(host).entries()) >= 5 + len(BAD) + OTHERS
    by_name = {one["friendly_name"]: one for one in found["certificates"]}
    assert by_name["expired"]["problems"][0]["code"] == "certificate_expired"
    assert by_name["revoked_issuer"]["problems"][0]["code"] == "certificate_revoked"
    states = {one["ura"]: (one["key"]["state"], one["usable"]) for one in found["certificates"][:5]}
    assert states == {
        LINDE: ("exportable", True),
        ANKER: ("not_exportable", True),
        ZONNEVELD: ("not_exportable", True),
        INACCESSIBLE: ("inaccessible", False),
        KEYLESS: ("none", False),
    }


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "certificate_ambiguous"),
        ({"ura": LINDE, "store_name": "Nowhere"}, "store_unavailable"),
    ],
)
def test_refusals(ansible: Any, options: dict[str, Any], code: str) -> None:
    found = ansible("uzi_certificate_info", **options)
    assert (found["exit_code"], found["error_code"]) == (2, code)
    assert found["msg"].count("\n") == 0


@pytest.mark.parametrize(
    ("connection", "variables", "code"),
    [
        ("psrp", {"ansible_password": "verkeerd"}, "windows_login_refused"),
        ("psrp", {"ansible_port": 1}, "windows_unreachable"),
        ("winrm", {"ansible_winrm_ca_trust_path": "/etc/hostname"}, "windows_unreachable"),
        ("winrm", {"ansible_connection": "local"}, "windows_host_needed"),
    ],
)
def test_no_way_to_the_host(ansible: Any, connection: str, variables: dict[str, Any], code: str) -> None:
    found = ansible("uzi_certificate_info", ura=LINDE, connection=connection, variables=variables)
    assert (found["error_code"], found["msg"].count("\n")) == (code, 0)
    assert "verkeerd" not in found["output"]
    assert len(found["msg"]) < 400


@pytest.mark.parametrize("fault", ["goes_away", "store_unavailable"])
def test_the_host_fails_in_the_middle(host: Path, ansible: Any, fault: str) -> None:
    put_fault(host, fault)
    found = ansible("uzi_certificate_info", ura=LINDE)
    code = "store_unavailable" if fault == "store_unavailable" else "windows_unreachable"
    assert (found["error_code"], found["msg"].count("\n")) == (code, 0)


def test_an_exportable_key_comes_once_and_its_passwords_never_show(host: Path, ansible: Any, tmp_path: Path) -> None:
    dest = tmp_path / "out" / "linde.p12"
    options = {"ura": LINDE, "format": "pkcs12", "export_passphrase": "zeer-geheim", "dest": str(dest)}
    assert ansible("uzi_certificate_export", "--check", **options)["changed"]
    assert not dest.exists()
    assert len(received(host, "windows", "export")) == 0
    first = ansible("uzi_certificate_export", "-vvvvv", "--diff", **options)
    assert first["changed"] is True
    key, certificate, chain = pkcs12.load_key_and_certificates(dest.read_bytes(), b"zeer-geheim")
    mine, expected = pki.issued(host, "huisartsenpraktijk_de_linde")
    assert (certificate, len(chain)) == (mine, 3)
    assert key.private_numbers() == expected.private_numbers()
    assert "zeer-geheim" not in first["output"]
    assert '"pfx"' not in first["output"]
    assert ansible("uzi_certificate_export", **options)["changed"] is False
    assert len(received(host, "windows", "export")) == 1


def test_the_whole_store_as_files(host: Path, ansible: Any, tmp_path: Path) -> None:
    options = {"all": True, "dest": str(tmp_path / "out")}
    found = ansible("uzi_certificate_export", **options)
    present = len(store.CertificateStore(host).entries())
    assert len(found["results"]) == len(list((tmp_path / "out").iterdir())) == present


def test_a_document_is_signed_in_one_round_trip(host: Path, ansible: Any, tmp_path: Path) -> None:
    example = yaml.safe_load((ROOT / "docs" / "examples" / "organisation" / "organisation.yml").read_text())
    organisation = {**example.get("organisation", example), "ura": ZONNEVELD}
    options = {"organisation": organisation, "path": str(tmp_path / "document.xml"), "source": "windows"}
    before = len(received(host, "windows", "sign"))
    first = ansible("organisation_document", **options)
    assert first.get("msg", "") == ""
    assert (first["changed"], first["key"]) == (True, "not_exportable")
    assert all(check["passed"] for check in first["checks"])
    assert len(received(host, "windows", "sign")) == before + 1
    assert ansible("organisation_document", **options)["changed"] is False
    assert len(received(host, "windows", "sign")) == before + 1


@pytest.mark.slow
def test_what_real_windows_will_be_asked(host: Path, tmp_path: Path) -> None:
    """The playbook of the workflow `windows`, against the emulator: it holds there, so it can be failed by Windows."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    made = [sys.executable, "-m", "tests.support.make_certificates", str(folder)]
    subprocess.run(made, cwd=Path(__file__).resolve().parents[3], check=True)
    mine = store.CertificateStore(host, "LocalMachine", "My")
    for path in folder.glob("*.p12"):
        key, certificate, _others = pkcs12.load_key_and_certificates(path.read_bytes(), b"zorgid")
        provider, _, mobility = path.stem.partition("_")
        state = "exportable" if mobility == "exportable" else "not_exportable"
        mine.add(certificate, path.stem, key_state=state, provider=provider, key=store.key_pem(key))
    playbook = Path(__file__).parent / "real_store.yml"
    inventory = {"windows": {"hosts": {"windows_certificates": variables(host)}}}
    play(tmp_path, inventory, playbook, "-e", f"zorgid_test_dir={folder}")
    csr = x509.load_der_x509_csr(base64.b64decode((folder / "request.b64").read_bytes()))
    assert [one.value for one in csr.subject] == [
        "NL",
        'De Linde, Zoon + "Dochter"',
        "NTRNL-90000004",
        "zorgid.delinde.example",
    ]
    key, _certificate, _chain = pkcs12.load_key_and_certificates(
        (folder / "exported.p12").read_bytes(), b"passphrase-of-the-test"
    )
    assert key is not None
