# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows host, reached by Ansible's own `winrm` and `psrp` connections with the collection's own module."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs12
from zorgid_sandbox import cli, pki, supervisor, tls
from zorgid_sandbox.state import State, address, connect, credentials, received
from zorgid_sandbox.windows import store, uzi_store
from zorgid_sandbox.windows.engine import Emulator
from zorgid_sandbox.windows.faults import clear_faults, put_fault

ROOT = Path(__file__).resolve().parents[3]
NONCE = bytes(range(16))
OTHERS = 20
FAILED, UNREACHABLE = 2, 4  # exit codes of `ansible`
CONNECTIONS = {
    "winrm": {
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_ca_trust_path": "{{ sandbox.ca_path }}",
        "ansible_winrm_operation_timeout_sec": 2,
        "ansible_winrm_read_timeout_sec": 4,
    },
    "psrp": {
        "ansible_connection": "psrp",
        "ansible_psrp_protocol": "https",
        "ansible_psrp_ca_cert": "{{ sandbox.ca_path }}",
        "ansible_psrp_operation_timeout": 2,
        "ansible_psrp_read_timeout": 4,
        "ansible_psrp_reconnection_retries": 0,
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A host with every key state in its store and other certificates more; only the services it takes."""
    base = tmp_path_factory.mktemp("windows")
    scenario = yaml.safe_load((ROOT / "sandbox" / "scenarios" / "demo.yml").read_text())
    states = ("inaccessible", "none")
    for number, (key_state, given) in enumerate(zip(states, list(scenario["organisations"]), strict=False)):
        more = {"host": key_state, "ura": f"9000090{number}", "store": {"key_state": key_state, "provider": "cng"}}
        scenario["organisations"].append({**given, **more})
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
def no_faults(folder):
    yield
    clear_faults(folder)


def thumbprint(folder: Path, name: str) -> str:
    return store.thumbprint(pki.issued(folder, name)[0])


def ansible(folder: Path, tmp_path: Path, connection: str, arguments: dict, *words: str, **variables) -> dict:
    """One module call by `ansible`, as a user would make it: the result, and the exit code of `ansible`."""
    sandbox = {"ca_path": str(tls.ca_path(folder))}
    account = credentials(folder, "windows")
    host = {
        "ansible_host": "127.0.0.1",
        "ansible_port": address(folder, "windows")["port"],
        "ansible_user": account["user"],
        "ansible_password": account["password"],
        "sandbox": sandbox,
        **CONNECTIONS[connection],
        **variables,
    }
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"windows_certificates": host}}}))
    options = ["-i", str(inventory), "-a", json.dumps(arguments), "--tree", str(tmp_path / "tree")]
    done = subprocess.run(
        ["ansible", "windows_certificates", "-m", "gbz.zorgid.uzi_store", *options, *words],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    result = tmp_path / "tree" / "windows_certificates"
    assert result.exists(), done.stdout + done.stderr
    return {**json.loads(result.read_text()), "exit_code": done.returncode}


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_list_tells_every_key_state_and_every_issuer_once(folder, tmp_path, connection):
    result = ansible(folder, tmp_path, connection, {"operation": "list"})
    assert result["changed"] is False
    by_thumbprint = {one["thumbprint"]: one for one in result["certificates"]}
    assert len(by_thumbprint) == 5 + 3 + OTHERS
    expected = {
        "huisartsenpraktijk_de_linde": ("exportable", "cng", 2048),
        "apotheek_het_anker": ("not_exportable", "capi", 2048),
        "thuiszorg_zonneveld": ("not_exportable", "cng", 4096),
        "inaccessible": ("inaccessible", None, 2048),
        "none": ("none", None, 2048),
    }
    for name, (state, provider_type, bits) in expected.items():
        key = by_thumbprint[thumbprint(folder, name)]["key"]
        assert (key["state"], key["provider_type"], key["bits"], key["algorithm"]) == (
            state,
            provider_type,
            bits,
            "RSA",
        )
        assert bool(key["provider"]) == bool(provider_type)
    assert by_thumbprint[thumbprint(folder, "inaccessible")]["key"]["reason"]
    authorities = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in result["authorities"]]
    names = [one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for one in authorities]
    assert sorted(names) == [
        "Staat der Nederlanden - G4 Intm Priv G-TLS SYS - 2024",
        "Staat der Nederlanden - G4 Root Priv G-TLS - 2024",
        "Staat der Nederlanden Private Root CA - G1",
        "Staat der Nederlanden Private Services CA - G1",
        "UZI Server - G4 PKIo Priv G-TLS SYS - 2024",
        "UZI Server - G4 PKIo Priv G-TLS SYS - 2025",
        "UZI-register Private Server CA G1",
    ]


@pytest.mark.parametrize(
    ("name", "scheme", "connection"),
    [("thuiszorg_zonneveld", "pss", "psrp"), ("apotheek_het_anker", "pkcs1", "winrm")],
)
def test_a_key_that_cannot_leave_signs(folder, tmp_path, name, scheme, connection):
    item = {"thumbprint": thumbprint(folder, name), "padding": scheme, "purpose": "possession"}
    item["data"] = base64.b64encode(NONCE).decode()
    arguments = {"operation": "sign", "to_sign": [item], "run": "controller 1"}
    before = len(received(folder, "windows", "sign"))
    # Become reaches the host in the manifest; the sandbox has one account that may do all.
    become = ("--become", "--become-method", "runas", "--become-user", "SYSTEM")
    result = ansible(folder, tmp_path, connection, arguments, *become)
    kinds = {"pss": padding.PSS(padding.MGF1(hashes.SHA256()), 32), "pkcs1": padding.PKCS1v15()}
    public_key = pki.issued(folder, name)[0].public_key()
    signature = base64.b64decode(result["signatures"][0]["signature"])
    public_key.verify(signature, b"gbz.zorgid proof of possession\0" + NONCE, kinds[scheme], hashes.SHA256())
    noted = received(folder, "windows", "event_log")[-1].summary
    assert f"thumbprint={thumbprint(folder, name)} purpose=possession hash=SHA256 padding={scheme} digest=" in noted
    assert noted.endswith("run=controller 1")
    entries = received(folder, "windows", "sign")
    assert len(entries) == before + 1
    assert "via become" in entries[-1].summary


def test_an_exportable_key_leaves_in_the_ciphers_of_windows_and_the_password_stays_secret(folder, tmp_path):
    name, password = "huisartsenpraktijk_de_linde", "vervoer-geheim"
    arguments = {"operation": "export", "thumbprint": thumbprint(folder, name), "password": password}
    result = ansible(folder, tmp_path, "winrm", arguments, "-vvv")
    pfx = base64.b64decode(result["pfx"])
    held = pkcs12.load_pkcs12(pfx, password.encode())
    assert held.key.private_numbers() == pki.issued(folder, name)[1].private_numbers()
    assert bytes.fromhex("060a2a864886f70d010c0103") in pfx  # pbeWithSHAAnd3-KeyTripleDES-CBC
    assert password not in json.dumps(result)
    assert result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert password not in (folder / "log" / "windows.log").read_text()


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("apotheek_het_anker", {"operation": "export", "password": "x"}, "key_not_exportable"),
        ("none", {"operation": "export", "password": "x"}, "key_absent"),
        ("inaccessible", {"operation": "export", "password": "x"}, "key_inaccessible"),
        (None, {"operation": "list", "store_name": "Nowhere"}, "store_unavailable"),
        (None, {"operation": "install", "certificate": "AAAA"}, "install_failed"),
        (None, {"operation": "request", "subject": [{"type": "no name", "value": "x"}]}, "request_failed"),
    ],
)
def test_refusals_have_the_contracts_codes(folder, name, more, code):
    arguments = dict(more)
    if name:
        arguments["thumbprint"] = thumbprint(folder, name)
    result = uzi_store.run(folder, arguments, check_mode=False)
    assert (result["failed"], result["error_code"]) == (True, code)


def test_a_certificate_is_requested_issued_installed_and_used(folder, tmp_path):
    mine = store.CertificateStore(folder)
    subject = {"C": "NL", "O": "Apotheek Het Anker", "CN": "zorgid.hetanker.example"}
    arguments = {"operation": "request", "subject": [{"type": kind, "value": of} for kind, of in subject.items()]}
    arguments |= {"key_bits": 2048, "dns_names": ["zorgid.hetanker.example"], "friendly_name": "Nieuw"}
    assert ansible(folder, tmp_path, "winrm", arguments, "--check")["changed"] is True
    with closing(connect(folder)) as connection:
        assert connection.execute("SELECT count(*) FROM windows_requests").fetchone()[0] == 0
    asked = ansible(folder, tmp_path, "winrm", arguments)
    csr = x509.load_der_x509_csr(base64.b64decode(asked["csr"]))
    assert csr.is_signature_valid
    der = pki.issue_request(folder, csr, "apotheek_het_anker")
    arguments = {"operation": "install", "certificate": base64.b64encode(der).decode()}
    installed = uzi_store.run(folder, arguments, check_mode=True)
    assert installed["changed"] is True
    assert mine.find(installed["thumbprint"]) is None
    # A copy without its key, as somebody may have put there by hand, gets its key.
    mine.add(x509.load_der_x509_certificate(der))
    assert uzi_store.run(folder, arguments, check_mode=False) == installed
    assert uzi_store.run(folder, arguments, check_mode=False) == {**installed, "changed": False}
    entry = mine.find(installed["thumbprint"])
    assert (entry.key_state, entry.provider, entry.friendly_name) == ("not_exportable", "cng", "Nieuw")
    assert entry.key.public_key() == csr.public_key()
    stranger = base64.b64encode(pki.issued(folder, "acceptance")[0].public_bytes(pki.Encoding.DER)).decode()
    refused = uzi_store.run(folder, {"operation": "install", "certificate": stranger}, check_mode=False)
    assert refused["error_code"] == "install_failed"


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_wrong_password_is_refused(folder, tmp_path, connection):
    before = len(received(folder, "windows", "login_refused"))
    result = ansible(folder, tmp_path, connection, {"operation": "list"}, ansible_password="wrong")
    assert result["exit_code"] == UNREACHABLE
    assert "credentials were rejected" in result["msg"] or "failed to authenticate" in result["msg"]
    assert len(received(folder, "windows", "login_refused")) > before


def test_a_login_bound_to_another_tls_channel_is_refused(folder):
    """NTLM relayed through a machine in the middle carries the binding of that machine's certificate."""
    import http.client

    import spnego
    import spnego.channel_bindings

    account = credentials(folder, "windows")
    statuses = []
    for certificate in (tls.server_files(folder)[0], tls.ca_path(folder)):
        der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(pki.Encoding.DER)
        bindings = spnego.channel_bindings.GssChannelBindings(
            application_data=b"tls-server-end-point:" + hashlib.sha256(der).digest()
        )
        client = spnego.client(
            account["user"], account["password"], "127.0.0.1", protocol="ntlm", channel_bindings=bindings
        )
        port = address(folder, "windows")["port"]
        with closing(http.client.HTTPSConnection("127.0.0.1", port, context=tls.client_context(folder))) as wire:
            token = client.step()
            for _ in range(2):
                header = {"Authorization": f"NTLM {base64.b64encode(token).decode()}"}
                wire.request("POST", "/wsman", headers=header)
                answer = wire.getresponse()
                answer.read()
                challenge = answer.headers.get("WWW-Authenticate", "")
                if challenge.startswith("NTLM "):
                    token = client.step(base64.b64decode(challenge.removeprefix("NTLM ")))
        statuses.append(answer.status)
    assert statuses == [200, 401]


def test_a_host_that_is_not_there_is_unreachable(folder, tmp_path):
    result = ansible(folder, tmp_path, "winrm", {"operation": "list"}, ansible_port=9)
    assert result["exit_code"] == UNREACHABLE


@pytest.mark.usefixtures("no_faults")
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_host_that_goes_away_in_mid_command_fails_the_task(folder, tmp_path, connection):
    put_fault(folder, "goes_away")
    result = ansible(folder, tmp_path, connection, {"operation": "list"})
    assert result["exit_code"] in (FAILED, UNREACHABLE)
    assert "Remote end closed connection" in result["msg"]


@pytest.mark.usefixtures("no_faults")
def test_an_answer_that_never_comes_ends_with_the_clients_timeout(folder, tmp_path):
    put_fault(folder, "timeout")
    result = ansible(folder, tmp_path, "winrm", {"operation": "list"})
    assert result["exit_code"] == UNREACHABLE
    assert "Read timed out" in result["msg"]


@pytest.mark.usefixtures("no_faults")
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_slow_command_is_waited_for_over_several_operation_timeouts(folder, tmp_path, connection):
    put_fault(folder, "slow seconds=3")
    assert "certificates" in ansible(folder, tmp_path, connection, {"operation": "list"})


@pytest.mark.usefixtures("no_faults")
def test_a_store_that_cannot_be_opened_is_told_once(folder):
    assert cli.main(["fault", "windows", "store_unavailable", "--state", str(folder)]) == 0
    assert uzi_store.run(folder, {"operation": "list"}, check_mode=False)["error_code"] == "store_unavailable"
    assert "failed" not in uzi_store.run(folder, {"operation": "list"}, check_mode=False)


def test_an_unknown_fault_is_refused(folder, capsys):
    assert cli.main(["fault", "windows", "explode", "--state", str(folder)]) == 1
    assert "Unknown fault 'explode'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"operation": "list", "colour": "red"},
            "Unsupported parameters for (gbz.zorgid.uzi_store) module: colour",
        ),
        ({}, "missing required arguments: operation"),
        ({"operation": "explode"}, "value of operation must be one of"),
        ({"operation": "sign", "thumbprint": "00"}, "all of the following are missing: to_sign"),
    ],
)
def test_wrong_arguments_are_refused_as_ansible_does(folder, arguments, message):
    result = uzi_store.run(folder, arguments, check_mode=False)
    assert result["failed"] is True
    assert message in result["msg"]


@pytest.mark.parametrize("stdin", [b"", b"noise", b"{}\n\0\0\0\0\n{}", b"[]\n\0\0\0\0\n"])
def test_what_is_not_ansibles_bootstrap_is_refused(folder, stdin):
    output = Emulator(folder).run('"`0`0`0`0"', stdin)
    assert output.exit_code == 1
    assert b"The sandbox's Windows host" in output.stderr
