# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate actions against the sandbox's Windows host, over Ansible's own winrm and psrp connections."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from zorgid_sandbox import pki, supervisor, tls
from zorgid_sandbox.state import State, address, credentials, received
from zorgid_sandbox.windows import store
from zorgid_sandbox.windows.faults import clear_faults, put_fault

ROOT = Path(__file__).resolve().parents[3]
OTHERS = 200
LINDE, ANKER, ZONNEVELD = "90000101", "00000202", "90000303"
CONNECTIONS = {
    "winrm": {
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_operation_timeout_sec": 2,
        "ansible_winrm_read_timeout_sec": 4,
    },
    "psrp": {
        "ansible_connection": "psrp",
        "ansible_psrp_protocol": "https",
        "ansible_psrp_operation_timeout": 2,
        "ansible_psrp_read_timeout": 4,
        "ansible_psrp_reconnection_retries": 0,
    },
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo's organisations, one more for each state a key can be in, bad certificates, and two hundred others."""
    base = tmp_path_factory.mktemp("windows")
    scenario = yaml.safe_load((ROOT / "sandbox" / "scenarios" / "demo.yml").read_text())
    for number, state in enumerate(("inaccessible", "none")):
        more = {"host": state, "ura": f"9000090{number}", "store": {"key_state": state, "provider": "cng"}}
        scenario["organisations"].append({**scenario["organisations"][number], **more})
    scenario["windows"] = {"bad": ["expired", "other_ura", "revoked_issuer"], "others": OTHERS}
    (base / "scenario.yml").write_text(yaml.safe_dump(scenario))
    folder = base / "state"
    State(folder).make()
    supervisor.prepare(State(folder), base / "scenario.yml")
    with (folder / "log" / "windows.log").open("wb") as log:
        service = subprocess.Popen(
            [sys.executable, "-m", "zorgid_sandbox.service", "windows", "--state", str(folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "sandbox")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        while not (folder / "run" / "windows.json").exists():
            assert service.poll() is None, (folder / "log" / "windows.log").read_text()
        yield folder
    finally:
        service.terminate()
        service.wait()


@pytest.fixture
def ansible(host: Path, tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """One task against the host, as a user would run it: its result, with what was printed under ``output``."""

    def run(module: str, *words: str, connection: str = "winrm", variables: Any = None, **options: Any) -> Any:
        account, ca = credentials(host, "windows"), str(tls.ca_path(host))
        given = {
            "ansible_host": "127.0.0.1",
            "ansible_port": address(host, "windows")["port"],
            "ansible_user": account["user"],
            "ansible_password": account["password"],
            "ansible_winrm_ca_trust_path": ca,
            "ansible_psrp_ca_cert": ca,
            **CONNECTIONS[connection],
            **(variables or {}),
        }
        inventory = tmp_path / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"certificates": given}}}))
        trust = {name: str(host / "pki" / f"{name}.pem") for name in ("trust_anchors", "intermediates")}
        arguments = json.dumps({**trust, "revocation": "off", **options})
        command = ["ansible", "certificates", "-i", str(inventory), "-m", f"gbz.zorgid.{module}", "-a", arguments]
        done = subprocess.run(
            [*command, "--tree", str(tmp_path / "tree"), *words],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        result = json.loads((tmp_path / "tree" / "certificates").read_text())
        return {**result, "output": done.stdout + done.stderr, "exit_code": done.returncode}

    clear_faults(host)
    yield run
    clear_faults(host)


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_whole_store_in_one_round_trip(host: Path, ansible: Any, connection: str) -> None:
    before = len(received(host, "windows", "list"))
    found = ansible("uzi_certificate_info", all=True, connection=connection)
    assert len(received(host, "windows", "list")) == before + 1
    assert len(found["certificates"]) == len(store.CertificateStore(host).entries()) >= 5 + 3 + OTHERS
    by_name = {one["friendly_name"]: one for one in found["certificates"]}
    assert by_name["expired"]["problems"][0]["code"] == "certificate_expired"
    assert by_name["revoked_issuer"]["problems"][0]["code"] == "certificate_revoked"
    states = {one["ura"]: (one["key"]["state"], one["usable"]) for one in found["certificates"][:5]}
    assert states == {
        LINDE: ("exportable", True),
        ANKER: ("not_exportable", True),
        ZONNEVELD: ("not_exportable", True),
        "90000900": ("inaccessible", False),
        "90000901": ("none", False),
    }


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ura": "90000900"}, "key_inaccessible"),
        ({"ura": "90000901"}, "key_absent"),
        ({"ura": "12345678"}, "certificate_not_found"),
        ({}, "certificate_ambiguous"),
        ({"ura": LINDE, "store_name": "Nowhere"}, "store_unavailable"),
    ],
)
def test_refusals(ansible: Any, options: dict[str, Any], code: str) -> None:
    found = ansible("uzi_certificate_info", **options)
    assert (found["exit_code"], found["error_code"]) == (2, code)
    assert found["msg"].count("\n") == 0


def test_the_host_refuses_or_is_away(host: Path, ansible: Any) -> None:
    refused = ansible("uzi_certificate_info", ura=LINDE, variables={"ansible_password": "verkeerd"})
    assert refused["error_code"] in ("windows_login_refused", "windows_unreachable")
    away = ansible("uzi_certificate_info", ura=LINDE, variables={"ansible_port": 1})
    assert away["error_code"] == "windows_unreachable"
    local = ansible("uzi_certificate_info", ura=LINDE, variables={"ansible_connection": "local"})
    assert local["error_code"] == "windows_host_needed"
    put_fault(host, "store_unavailable")
    assert ansible("uzi_certificate_info", ura=LINDE)["error_code"] == "store_unavailable"


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


def test_a_key_that_stays_is_not_exported(ansible: Any, tmp_path: Path) -> None:
    dest = tmp_path / "anker.p12"
    options = {"ura": ANKER, "format": "pkcs12", "export_passphrase": "zeer-geheim", "dest": str(dest)}
    for words in (["--check"], []):
        assert ansible("uzi_certificate_export", *words, **options)["error_code"] == "key_not_exportable"
    assert not dest.exists()


def test_the_whole_store_as_files(host: Path, ansible: Any, tmp_path: Path) -> None:
    options = {"all": True, "dest": str(tmp_path / "out")}
    found = ansible("uzi_certificate_export", **options)
    present = len(store.CertificateStore(host).entries())
    assert len(found["results"]) == len(list((tmp_path / "out").iterdir())) == present
    assert ansible("uzi_certificate_export", **options)["changed"] is False


def test_a_document_is_signed_in_one_round_trip(host: Path, ansible: Any, tmp_path: Path) -> None:
    variables = yaml.safe_load((ROOT / "docs" / "examples" / "organisation" / "organisation.yml").read_text())
    organisation = {**variables.get("organisation", variables), "ura": ZONNEVELD}
    options = {"organisation": organisation, "path": str(tmp_path / "document.xml"), "source": "windows"}
    before = len(received(host, "windows", "sign"))
    first = ansible("organisation_document", **options)
    assert first.get("msg", "") == ""
    assert (first["changed"], first["key"]) == (True, "not_exportable")
    assert all(check["passed"] for check in first["checks"])
    assert len(received(host, "windows", "sign")) == before + 1
    assert ansible("organisation_document", **options)["changed"] is False
    assert len(received(host, "windows", "sign")) == before + 1


def windows_inventory(host: Path) -> dict[str, Any]:
    account = credentials(host, "windows")
    variables = {
        "ansible_host": "127.0.0.1",
        "ansible_port": address(host, "windows")["port"],
        "ansible_user": account["user"],
        "ansible_password": account["password"],
        "ansible_winrm_ca_trust_path": str(tls.ca_path(host)),
        **CONNECTIONS["winrm"],
    }
    return {"windows": {"hosts": {"windows_certificates": variables}}}


def play(tmp_path: Path, inventory: dict[str, Any], playbook: Path, *words: str) -> str:
    """Run a playbook, which must succeed; what it printed."""
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    done = subprocess.run(
        ["ansible-playbook", "-i", str(tmp_path / "hosts.yml"), str(playbook), *words],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_real_windows_will_be_asked(host: Path, tmp_path: Path) -> None:
    """The playbook of the workflow `windows`, against the emulator: it holds there, so it can be failed by Windows."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    subprocess.run([sys.executable, str(Path(__file__).parent / "make_certificates.py"), str(folder)], check=True)
    mine = store.CertificateStore(host, "LocalMachine", "My")
    for path in folder.glob("*.p12"):
        key, certificate, _others = pkcs12.load_key_and_certificates(path.read_bytes(), b"zorgid")
        provider, _, mobility = path.stem.partition("_")
        state = "exportable" if mobility == "exportable" else "not_exportable"
        mine.add(certificate, path.stem, key_state=state, provider=provider, key=store.key_pem(key))
    playbook = Path(__file__).parent / "real_store.yml"
    play(tmp_path, windows_inventory(host), playbook, "-e", f"zorgid_test_dir={folder}")
    csr = x509.load_der_x509_csr(base64.b64decode((folder / "request.b64").read_bytes()))
    assert [one.value for one in csr.subject][:2] == ["NL", "De Linde, Zoon + Dochter"]
    key, _certificate, _chain = pkcs12.load_key_and_certificates(
        (folder / "exported.p12").read_bytes(), b"passphrase-of-the-test"
    )
    assert key is not None


def test_a_certificate_is_renewed_in_three_runs(host: Path, tmp_path: Path) -> None:
    """Requested once, issued by the sandbox's CIBG, judged, installed; then the newer one is current."""
    folder = tmp_path / "renew"
    folder.mkdir()
    organisation = {"ura": ANKER, "name": "Apotheek Het Anker"}
    trust = {name: str(host / "pki" / f"{name}.pem") for name in ("trust_anchors", "intermediates")}
    inventory = {
        **windows_inventory(host),
        "care_organisations": {
            "hosts": {"anker": {"ansible_connection": "local", "zorgid_onboarding_organisation": organisation}},
            "vars": {
                "zorgid_onboarding_certificate_host": "windows_certificates",
                "zorgid_onboarding_certificate": {"source": "windows"},
                "zorgid_onboarding_trust": {**trust, "revocation": "off"},
                "zorgid_renew_dir": str(folder),
            },
        },
    }

    def renew(*words: str) -> tuple[int, str]:
        shown = play(tmp_path, inventory, ROOT / "playbooks" / "renew_certificate.yml", *words)
        return int(shown.partition("changed=")[2].split()[0]), shown

    changed, shown = renew("--check")
    assert changed == 1
    assert "renew, because G1 ends" in shown
    assert list(folder.iterdir()) == []
    assert renew()[0] == 2
    assert renew()[0] == 0
    csr = x509.load_pem_x509_csr((folder / f"{ANKER}.csr.pem").read_bytes())
    assert csr.public_key().key_size == 4096
    made = x509.load_der_x509_certificate(pki.issue_request(host, csr, "apotheek_het_anker"))
    (folder / f"{ANKER}.cer.pem").write_bytes(made.public_bytes(Encoding.PEM))
    assert renew()[0] == 1
    changed, shown = renew()
    assert (changed, "keep" in shown) == (0, True)
