# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows hosts of the sandbox with the certificates of winrm_calls.yml, and how Ansible asks them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.tests.support import winrm_calls
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from zorgid_sandbox import supervisor, tls
from zorgid_sandbox.state import State, address, credentials
from zorgid_sandbox.windows import store

ROOT = Path(__file__).resolve().parents[2]
CONNECTIONS = {
    "winrm": {
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "ntlm",
    },
    "psrp": {"ansible_connection": "psrp", "ansible_psrp_protocol": "https"},
}


def prepared(base: Path, known: dict[str, winrm_calls.Known], **windows: Any) -> Path:
    """A state folder whose store holds these and the demo's."""
    scenario = yaml.safe_load((ROOT / "sandbox" / "scenarios" / "demo.yml").read_text())
    scenario["windows"] = windows
    (base / "scenario.yml").write_text(yaml.safe_dump(scenario))
    folder = base / "state"
    State(folder).make()
    supervisor.prepare(State(folder), base / "scenario.yml")
    store.prepare(folder)
    for name, one in known.items():
        if name == "stranger":
            continue
        pem = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keys = {} if one.state == "none" else {"key_state": one.state, "provider": one.provider, "key": pem}
        store.CertificateStore(folder).add(one.certificate, name, **keys)
    return folder


@dataclass(frozen=True)
class Host:
    """A running host."""

    folder: Path
    known: dict[str, winrm_calls.Known]

    def variables(self, connection: str, **more: Any) -> dict[str, Any]:
        account, ca = credentials(self.folder, "windows"), str(tls.ca_path(self.folder))
        return {
            "ansible_host": "127.0.0.1",
            "ansible_port": address(self.folder, "windows")["port"],
            "ansible_user": account["user"],
            "ansible_password": account["password"],
            "ansible_winrm_ca_trust_path": ca,
            "ansible_psrp_ca_cert": ca,
            "zorgid_over": connection,
            **CONNECTIONS[connection],
            **more,
        }

    def inventory(self) -> Path:
        path = self.folder.parent / "hosts.yml"
        there = {f"over_{name}": self.variables(name) for name in CONNECTIONS}
        path.write_text(yaml.safe_dump({"windows": {"hosts": there}}))
        return path


@contextmanager
def serving(folder: Path, known: dict[str, winrm_calls.Known]) -> Iterator[Host]:
    """The service `windows` of this state folder, ended at the end."""
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
        yield Host(folder, known)
    finally:
        service.terminate()
        service.wait()


def run(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """``ansible`` or ``ansible-playbook``, as a user would run it."""
    return subprocess.run(
        command,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def ask(inventory: Path, asked: list[dict[str, Any]], tmp_path: Path) -> dict[str, Any]:
    """What each call was answered, by its name."""
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    files = ["-e", f"asked={tmp_path / 'asked.json'}", "-e", f"answered={tmp_path / 'answered'}"]
    play = str(Path(__file__).parent / "winrm_calls_play.yml")
    done = run(tmp_path, "ansible-playbook", "-i", str(inventory), play, *files)
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [one for path in tmp_path.glob("answered.*") for one in json.loads(path.read_text())]
    return {one["item"]["name"]: {key: value for key, value in one.items() if key != "item"} for one in answers}
