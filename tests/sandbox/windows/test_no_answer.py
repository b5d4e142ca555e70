# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are no answer: what the host said is in the message, which host it was, and what to do.

Each is provoked in real PowerShell too, where that is installed; what the emulator says in its place was seen there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support import winrm_calls, winrm_hosts
from zorgid_sandbox.windows.faults import ENGINE_KINDS, clear_faults, put_fault
from zorgid_sandbox.windows.powershell import _MADE_TO_SAY

#: what the message names, and a word of the advice
SAID = {
    "constrained": ("core types in this language mode", "Full Language Mode"),
    "blocked": ("running scripts is disabled on this system", "Get-ExecutionPolicy"),
    "killed": ("no output", "virus scanner"),
    "cut": ("an answer that is cut off", "virus scanner"),
    "old": ("Ansible requires PowerShell v5.1", "install Windows PowerShell 5.1"),
}


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[winrm_hosts.Host]:
    with winrm_hosts.serving(
        winrm_hosts.prepared(tmp_path_factory.mktemp("said"), known := winrm_calls.make()), known
    ) as host:
        yield host


def asked(host: winrm_hosts.Host, connection: str, tmp_path: Path, location: str) -> dict[str, Any]:
    """One action of the collection, which needs the store."""
    options = {"all": True, "store_location": location, "environment": "own", "revocation": "off"}
    options["trust_anchors"] = str(host.folder / "pki" / "trust_anchors.pem")
    words = ["-m", "gbz.zorgid.uzi_certificate_info", "-a", json.dumps(options), "--tree", str(tmp_path / "tree")]
    done = winrm_hosts.run(tmp_path, "ansible", "-i", str(host.inventory()), f"over_{connection}", *words)
    assert "Traceback" not in done.stdout + done.stderr
    return dict(json.loads((tmp_path / "tree" / f"over_{connection}").read_text()))


def judge(found: dict[str, Any], kind: str, host: winrm_hosts.Host, connection: str) -> None:
    if kind == "noisy":
        # Ansible passes over what stands before the answer.
        assert not found.get("failed"), found
        return
    port = host.variables(connection)["ansible_port"]
    said, advice = SAID[kind]
    assert found["error_code"] == "windows_module_failed", found
    assert found["msg"].startswith(f"The Windows host over_{connection} (127.0.0.1:{port}) ")
    assert said in found["msg"]
    assert advice in found["msg"].partition("What to do: ")[2]
    assert found["msg"].count("\n") == 0
    # An answer that was cut off may hold a key.
    assert "MII" not in found["msg"]


@pytest.mark.parametrize("connection", winrm_hosts.CONNECTIONS)
@pytest.mark.parametrize("kind", ENGINE_KINDS)
def test_the_emulator_says(emulated: winrm_hosts.Host, kind: str, connection: str, tmp_path: Path) -> None:
    put_fault(emulated.folder, kind)
    judge(asked(emulated, connection, tmp_path, "LocalMachine"), kind, emulated, connection)


@pytest.mark.parametrize("kind", [*_MADE_TO_SAY, "cut"])
def test_powershell_says(powershell_host: winrm_hosts.Host, kind: str, tmp_path: Path) -> None:
    clear_faults(powershell_host.folder)
    put_fault(powershell_host.folder, kind)
    try:
        judge(asked(powershell_host, "winrm", tmp_path, "CurrentUser"), kind, powershell_host, "winrm")
    finally:
        clear_faults(powershell_host.folder)


def test_what_else_a_host_says() -> None:
    """First lines that hosts gave, as people report them; colours and cursor movements are gone."""
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_answer import refusal

    said = {
        "This script contains malicious content and has been blocked by your antivirus software.": "virus scanner",
        "\x1b[31;1mInvalidOperation: \x1b[0mCannot create type. Only core types are supported": "Full Language Mode",
        "File C:\\x.ps1 cannot be loaded. The file C:\\x.ps1 is not digitally signed.": "Get-ExecutionPolicy",
        "x.ps1: /x.ps1:3\r\nLine |\r\n   3 |  x\r\n     | \x1b[36;1m~\r\n     | Only core types": "Full Language Mode",
        "The term 'Set-StrictMode' is not recognized as the name of a cmdlet": "log in on the host",
    }
    for line, advice in said.items():
        text = str(refusal("The Windows host w", {"module_stderr": f"\r\n \r\n{line}\r\nmore", "module_stdout": ""}))
        assert advice in text
        assert not [one for one in ("\x1b", "[31", "more") if one in text]
    parsed = str(refusal("The Windows host w", {"msg": "Unhandled exception while executing module: x"}))
    assert parsed.startswith("The Windows host w stopped the script. ")
    assert "Unhandled exception while executing module: x" in parsed
    empty = str(refusal("The Windows host w", {"module_stderr": "", "module_stdout": " \r\n"}))
    assert "Found: no output." in empty


@pytest.mark.parametrize(
    ("reported", "code"),
    [
        ("winrm or requests is not installed: No module named 'winrm'", "library_missing"),
        ("xmltodict is not installed: No module named 'xmltodict'", "library_missing"),
        ("pypsrp or dependencies are not installed: No module named 'pypsrp'", "library_missing"),
        ("requested auth method is credssp, but requests_credssp is not installed", "library_missing"),
        ("ntlm: the specified credentials were rejected by the server", "windows_login_refused"),
        ("failed to authenticate with the server: Failed to authenticate the user", "windows_login_refused"),
        ("HTTPSConnectionPool(host='w', port=5986): Read timed out. (read timeout=4)", "windows_unreachable"),
    ],
)
def test_no_way_to_the_host(reported: str, code: str) -> None:
    from ansible.errors import AnsibleError
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_answer import no_answer

    error = no_answer("The Windows host w (10.0.0.1:5986)", AnsibleError(reported))
    assert error.code == code
    if code == "library_missing":
        assert "python -m pip install pywinrm" in str(error)
    else:
        assert error.message.startswith("The Windows host w (10.0.0.1:5986) ")


@pytest.mark.parametrize(
    ("reported", "which"),
    [
        (
            "ntlm: HTTPSConnectionPool(host='cert02', port=5986): Max retries exceeded (Caused by "
            "NameResolutionError(\"Failed to resolve 'cert02' ([Errno -2] Name or service not known)\"))",
            "its name does not resolve",
        ),
        ("... NewConnectionError: [Errno 111] Connection refused'))", "it refuses the connection at this port"),
        (
            "... SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')))",
            "its TLS certificate is not the one that is trusted",
        ),
        ("... ConnectTimeoutError: Connection to 10.0.0.1 timed out. (connect timeout=30)", "no answer in time"),
        ("... Read timed out. (read timeout=4)", "no answer in time"),
    ],
)
def test_which_of_the_four_it_was(reported: str, which: str) -> None:
    from ansible.errors import AnsibleError
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_answer import no_answer

    error = no_answer("The Windows host cert02 (10.0.0.1:5986)", AnsibleError(reported))
    assert error.code == "windows_unreachable"
    assert str(error.found).startswith(which)
    assert "10.0.0.1:5986" in error.message
