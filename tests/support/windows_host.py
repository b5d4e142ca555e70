# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's Windows host and how Ansible is run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from zorgid_sandbox import supervisor, tls
from zorgid_sandbox.state import State, address, credentials

ROOT = Path(__file__).resolve().parents[2]
OTHERS = 200
BAD = ["expired", "not_yet_valid", "revoked_issuer", "acceptance_g4", "personal", "other_ura"]
LINDE, ANKER, ZONNEVELD, INACCESSIBLE, KEYLESS = "90000101", "00000202", "90000303", "90000900", "90000901"
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


@contextmanager
def serving(base: Path, others: int = OTHERS) -> Iterator[Path]:
    """The demo's organisations, one more for each state a key can be in, bad certificates, and two hundred others."""
    scenario = yaml.safe_load((ROOT / "sandbox" / "scenarios" / "demo.yml").read_text())
    for number, (state, ura) in enumerate({"inaccessible": INACCESSIBLE, "none": KEYLESS}.items()):
        more = {"host": state, "ura": ura, "store": {"key_state": state, "provider": "cng"}}
        scenario["organisations"].append({**scenario["organisations"][number], **more})
    scenario["windows"] = {"bad": BAD, "others": others}
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


def variables(host: Path, connection: str = "winrm", **more: Any) -> dict[str, Any]:
    """The host's variables in an inventory."""
    account, ca = credentials(host, "windows"), str(tls.ca_path(host))
    return {
        "ansible_host": "127.0.0.1",
        "ansible_port": address(host, "windows")["port"],
        "ansible_user": account["user"],
        "ansible_password": account["password"],
        "ansible_winrm_ca_trust_path": ca,
        "ansible_psrp_ca_cert": ca,
        **CONNECTIONS[connection],
        **more,
    }


def trust(host: Path) -> dict[str, str]:
    return {name: str(host / "pki" / f"{name}.pem") for name in ("trust_anchors", "intermediates")}


def run(tmp_path: Path, inventory: dict[str, Any], *command: str) -> subprocess.CompletedProcess[str]:
    """``ansible`` or ``ansible-playbook``, as a user would run it."""
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    done = subprocess.run(
        [command[0], "-i", str(tmp_path / "hosts.yml"), *command[1:]],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done


def task(tmp_path: Path, host: dict[str, Any], module: str, options: dict[str, Any], *words: str) -> dict[str, Any]:
    """One task on this host: its result, what was printed (``output``), and ``exit_code``."""
    inventory = {"all": {"hosts": {"certificates": host}}}
    words = ("--tree", str(tmp_path / "tree"), *words)
    module = f"gbz.zorgid.{module}"
    done = run(tmp_path, inventory, "ansible", "certificates", "-m", module, "-a", json.dumps(options), *words)
    result = json.loads((tmp_path / "tree" / "certificates").read_text())
    return {**result, "output": done.stdout + done.stderr, "exit_code": done.returncode}


def play(tmp_path: Path, inventory: dict[str, Any], playbook: Path, *words: str) -> str:
    """Run a playbook, which must succeed; what it printed."""
    done = run(tmp_path, inventory, "ansible-playbook", str(playbook), *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
