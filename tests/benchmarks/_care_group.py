# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A care group of as many organisations as wanted, as a customer's inventory has it, and its sandbox.

Each organisation has five accounts (its portal administrator and four employees). All share one mailbox and one portal.
Half of the keys lie in files, the others in the stores of four Windows hosts. The portal's token is vaulted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from zorgid_sandbox import supervisor
from zorgid_sandbox.state import State
from zorgid_sandbox.windows.store import CertificateStore

ROOT = Path(__file__).resolve().parents[2]
WINDOWS_HOSTS = 4
TIMEOUT = 10
"""Seconds after which a Windows host that does not answer is given up; the same in every play."""
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # 0, 1, 2, … 31
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Pass:
    """What one play took."""

    seconds: float
    processor: float
    """Seconds of processor time, of its processes alone: a busy machine makes them hardly more."""
    megabytes: float
    """Of its largest process."""
    hosts: dict[str, tuple[int, int]]
    """By host: how much it changed, how often it failed."""
    tasks: dict[str, float]
    """Seconds by the name of the task."""
    output: str


class CareGroup:
    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.state = folder, folder / "sandbox"
        self.work = folder / "demo" / "work"
        self.dossier = folder / "demo" / "work-dossier" / "dossier.sqlite3"
        self.head = folder / "demo" / "work-dossier.head"
        self.inventory, self.lists = folder / "inventory", folder / "hr_exports" / "demo"
        self.uras = [f"92{number:06}" for number in range(1, count + 1)]
        self.vault = folder / "vault-password"
        self.tokens: dict[str, str] = {}
        """Of the portal, by URA."""
        self.vault.write_text("a password for a benchmark\n", encoding="utf-8")
        self._scenario()
        self._inventory()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.dossier}"

    def prepare(self) -> None:
        State(self.state).make()
        supervisor.prepare(State(self.state), self.folder / "scenario.yml")

    def start(self) -> None:
        """The sandbox; before it, ``fill_portal`` of _all_done."""
        supervisor.start(self.state, self.folder / "scenario.yml")
        self._fill_stores()

    def stop(self) -> None:
        supervisor.stop(self.state)

    def forget(self) -> None:
        """What the passes wrote, the dossier too."""
        for folder in (self.work, self.dossier.parent):
            shutil.rmtree(folder)
        self.head.unlink()

    def host(self, ura: str) -> str:
        return f"org{ura}"

    def windows_host(self, ura: str) -> int | None:
        """The number of the Windows host that has the key; None where it lies in a file."""
        place = self.uras.index(ura)
        return None if place % 2 else place // 2 % WINDOWS_HOSTS + 1

    def person(self, ura: str, number: int) -> dict[str, str]:
        return {
            "first_name": ("Johanna", "Pieter", "Sanne", "Mehmet", "Iris")[number],
            "last_name": f"Proef {ura}",
            "date_of_birth": f"19{70 + int(ura) % 30}-0{1 + number}-1{number}",
            "email": f"p{number}@org{ura}.example",
        }

    def organisation(self, ura: str) -> dict[str, Any]:
        """As the inventory has it, with its templates filled in."""
        text = (self.inventory / "group_vars" / "care_organisations.yml").read_text(encoding="utf-8")
        shared = yaml.safe_load(text)
        reported = self._organisation(ura)
        reported["provider"] = shared["zorgid_demo_provider"]
        reported["people"]["technical_administrator"] = shared["zorgid_demo_technical_administrator"]
        return reported

    def administrators(self, ura: str) -> list[dict[str, Any]]:
        return [{**self.person(ura, 0), "external_id": f"HR-{ura}-0", "role": "administrator"}]

    def employees(self, ura: str) -> list[dict[str, Any]]:
        return [
            {**self.person(ura, number), "external_id": f"HR-{ura}-{number}", "registration": "self"}
            for number in (1, 2, 3, 4)
        ]

    def write_list(self, ura: str, employees: list[dict[str, Any]]) -> None:
        """What HR exports."""
        (self.lists / f"{self.host(ura)}.json").write_text(json.dumps(employees), encoding="utf-8")

    def _organisation(self, ura: str) -> dict[str, Any]:
        representative = {name: self.person(ura, 1)[name] for name in ("first_name", "last_name", "email")}
        return {
            "ura": ura,
            "name": f"Zorgaanbieder {ura}",
            "kvk_number": "12000101",
            "agb_code": "01054321",
            "address": {"street": "Weg", "house_number": "1", "postal_code": "3511 AB", "city": "Utrecht"},
            "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
            "provider": "{{ zorgid_demo_provider }}",
            "people": {
                "technical_administrator": "{{ zorgid_demo_technical_administrator }}",
                "portal_administrator": {**self.person(ura, 0), "phone": "+31600001001"},
                "representative": representative,
            },
        }

    def _scenario(self) -> None:
        organisations = [
            {
                "host": self.host(ura),
                "ura": ura,
                "name": f"Zorgaanbieder {ura}",
                "fqdn": f"org{ura}.example",
                "uzi_number": ura,
                "agb_code": "01054321",
                "portal_administrator": {**self.person(ura, 0), "phone": "+31600001001"},
                "representative": self._organisation(ura)["people"]["representative"],
            }
            for ura in self.uras
        ]
        text = yaml.safe_dump({"organisations": organisations})
        (self.folder / "scenario.yml").write_text(text, encoding="utf-8")

    def _inventory(self) -> None:
        self.lists.mkdir(parents=True)
        shutil.copytree(ROOT / "inventories" / "demo" / "group_vars", self.inventory / "group_vars")
        variables = self.inventory / "host_vars"
        variables.mkdir()
        for ura in self.uras:
            number = self.windows_host(ura)
            reported: dict[str, Any] = {
                "zorgid_onboarding_organisation": self._organisation(ura),
                "zorgid_onboarding_administrators": self.administrators(ura),
            }
            if number is None:
                where = "{{ sandbox.pki.files }}/{{ inventory_hostname }}"
                reported |= {
                    "zorgid_onboarding_certificate": {
                        "source": "file",
                        "certificate_path": f"{where}.pem",
                        "key_path": f"{where}.key.pem",
                    },
                    "zorgid_onboarding_certificate_host": "{{ inventory_hostname }}",
                }
            else:
                reported |= {
                    "zorgid_onboarding_certificate": {"source": "windows", "store_name": f"Gbz{number}"},
                    "zorgid_onboarding_certificate_host": f"gbz_windows_{number}",
                }
            (variables / self.host(ura)).mkdir()
            (variables / self.host(ura) / "main.yml").write_text(yaml.safe_dump(reported), encoding="utf-8")
            self.write_list(ura, self.employees(ura))
        self._hosts()

    def _hosts(self, dead: int | None = None) -> None:
        windows: dict[str, Any] = {f"gbz_windows_{number}": {} for number in range(1, WINDOWS_HOSTS + 1)}
        if dead is not None:
            windows["gbz_windows_1"] = {"ansible_port": dead}
        timeouts = {"ansible_winrm_operation_timeout_sec": TIMEOUT - 1, "ansible_winrm_read_timeout_sec": TIMEOUT}
        certificates = {"hosts": windows, "vars": timeouts}
        hosts = {self.host(ura): None for ura in self.uras}
        group = {"hosts": hosts, "vars": {"zorgid_onboarding_dossier_key": KEY}}
        groups = {"care_organisations": group, "certificate_hosts": certificates}
        text = yaml.safe_dump({"all": {"children": groups}})
        (self.inventory / "hosts.yml").write_text(text, encoding="utf-8")

    def _fill_stores(self) -> None:
        """Each Windows host sees a store of its own, with the certificates of its organisations."""
        for ura in self.uras:
            number = self.windows_host(ura)
            if number is not None:
                issued = self.state / "pki" / "issued"
                certificate = x509.load_pem_x509_certificate((issued / f"{self.host(ura)}.pem").read_bytes())
                key = (issued / f"{self.host(ura)}.key.pem").read_bytes()
                store = CertificateStore(self.state, name=f"Gbz{number}")
                store.add(certificate, self.host(ura), key_state="exportable", provider="cng", key=key)

    def play(self, *words: str) -> Pass:
        """One play to its end, whoever failed in it."""
        times = self.folder / "times.json"
        times.unlink(missing_ok=True)
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory)]
        command += ["-i", str(self.state / "inventory"), "--vault-password-file", str(self.vault), *words]
        begin = time.perf_counter()
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(self.folder / "ansible"),
                "ANSIBLE_FORKS": "20",
                "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "_callbacks"),
                "ANSIBLE_CALLBACKS_ENABLED": "pass_times",
                "PASS_TIMES": str(times),
                "ZORGID_DEMO_DIR": str(self.folder / "demo"),
            },
        ) as process:
            output = process.stdout.read() if process.stdout else ""
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        (self.folder / "play.log").write_text(output, encoding="utf-8")
        if process.returncode not in (0, 2) or not times.exists():
            raise SystemExit(output[-4000:])
        reported = json.loads(times.read_text(encoding="utf-8"))
        recap = RECAP.findall(output[output.rfind("PLAY RECAP") :])
        hosts = {name: (int(changed), int(gone) + int(failed)) for name, changed, gone, failed in recap}
        processor = usage.ru_utime + usage.ru_stime
        return Pass(seconds, processor, usage.ru_maxrss / 1024, hosts, reported, output)


class DeadHost:
    """A port that takes connections and never says a word, as a Windows host that hangs."""

    def __init__(self, group: CareGroup) -> None:
        self._group = group

    def __enter__(self) -> DeadHost:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._group._hosts(self._listener.getsockname()[1])
        return self

    def __exit__(self, *_unused: object) -> None:
        self._listener.close()
        self._group._hosts()
