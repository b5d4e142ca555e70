# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""As many care organisations as a test wants, their sandbox, and playbooks for them that can be killed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.commands import recording

ROOT = Path(__file__).resolve().parents[2]

from zorgid_sandbox import people, supervisor  # noqa: E402
from zorgid_sandbox.intake import store as intake  # noqa: E402
from zorgid_sandbox.smtp import store as smtp  # noqa: E402

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class KillPoint:
    """An effect of the plan, and a moment of it (``kill_points``)."""

    effect: str
    moment: str

    def hit(self, folder: Path) -> Path:
        return folder / f"hit {self.effect} {self.moment}"

    def environment(self, folder: Path) -> dict[str, str]:
        reported = {"effect": self.effect, "moment": self.moment, "hit": str(self.hit(folder))}
        return {
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "onboard" / "kill_points"),
            "ZORGID_TEST_KILL_POINT": json.dumps(reported),
        }


class World:
    """``count`` organisations with three employees each."""

    def __init__(self, folder: Path, count: int, *, engine: str | None = None) -> None:
        self.folder, self.state, self.work = folder, folder / "sandbox", folder / "demo" / "work"
        self.uras = [f"9100{number:04}" for number in range(1, count + 1)]
        self.dossier = folder / "demo" / "work-dossier" / "dossier.sqlite3"
        self.url = f"sqlite:///{self.dossier}"
        self.inventory, self.exports = folder / "inventory", folder / "hr_exports" / "demo"
        self._scenario()
        self._inventory()
        self.left: list[int] = []
        self.vault = folder / "vault-password"
        self.vault.write_text("a password for a test\n", encoding="utf-8")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "sandbox"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_FORKS": "50",
            "ZORGID_DEMO_DIR": str(folder / "demo"),
        }
        supervisor.start(self.state, folder / "scenario.yml", engine)

    def on(self, url: str) -> None:
        """With a dossier on this server, before the first run."""
        self.url = url
        for ura in self.uras:
            self.edit(f"org{ura}", lambda one: one.update(zorgid_onboarding_dossier_url=url))

    def stop(self) -> None:
        # Who outlived its run may wait for ever for somebody to take its result.
        _end([pid for pid in self.left if str(self.folder).encode() in _command(pid)])
        supervisor.stop(self.state)

    def _person(self, ura: str, number: int, **more: str) -> dict[str, Any]:
        names = {"first_name": f"Anna{number}", "last_name": f"Proef{ura}"}
        birth = f"19{70 + int(ura) % 30}-0{1 + number % 9}-1{number % 10}"
        return {**names, "date_of_birth": birth, "email": f"p{number}@org{ura}.example", **more}

    def _people(self, ura: str) -> dict[str, Any]:
        portal = self._person(ura, 0, phone="+31600001001")
        representative = {name: self._person(ura, 1)[name] for name in ("first_name", "last_name", "email")}
        return {"portal_administrator": portal, "representative": representative}

    def _scenario(self) -> None:
        organisations = [
            {
                "host": f"org{ura}",
                "ura": ura,
                "name": f"Zorgaanbieder {ura}",
                "fqdn": f"org{ura}.example",
                "uzi_number": ura,
                "agb_code": "01054321",
                "hierarchy": "g1",
                "key_bits": 2048,
                **self._people(ura),
            }
            for ura in self.uras
        ]
        text = yaml.safe_dump({"organisations": organisations})
        (self.folder / "scenario.yml").write_text(text, encoding="utf-8")

    def _inventory(self) -> None:
        self.inventory.mkdir()
        self.exports.mkdir(parents=True)
        (self.inventory / "group_vars").symlink_to(ROOT / "inventories" / "demo" / "group_vars")
        hosts = {}
        for ura in self.uras:
            people_of = self._people(ura)
            administrator = {**people_of["portal_administrator"], "external_id": f"HR-{ura}-0", "role": "administrator"}
            del administrator["phone"]
            hosts[f"org{ura}"] = {
                "zorgid_onboarding_organisation": {
                    "ura": ura,
                    "name": f"Zorgaanbieder {ura}",
                    "kvk_number": "12000101",
                    "agb_code": "01054321",
                    "address": {"street": "Weg", "house_number": "1", "postal_code": "3511 AB", "city": "Utrecht"},
                    "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
                    "provider": "{{ zorgid_demo_provider }}",
                    "people": {"technical_administrator": "{{ zorgid_demo_technical_administrator }}", **people_of},
                },
                "zorgid_onboarding_administrators": [administrator],
            }
            employees = [
                {**self._person(ura, number), "external_id": f"HR-{ura}-{number}", "registration": "self"}
                for number in (2, 3, 4)
            ]
            (self.exports / f"org{ura}.json").write_text(json.dumps(employees), encoding="utf-8")
        certificates = {"hosts": {"windows_certificates": {}}}
        groups = {"care_organisations": {"hosts": hosts}, "certificate_hosts": certificates}
        text = yaml.safe_dump({"all": {"children": groups}})
        (self.inventory / "hosts.yml").write_text(text, encoding="utf-8")

    def start(
        self,
        *words: str,
        log: str = "run.log",
        playbook: str = "gbz.zorgid.onboard",
        point: KillPoint | None = None,
    ) -> subprocess.Popen[str]:
        """The playbook, in a session of its own; with a ``point``, it stops there until it is killed."""
        inventories = ["-i", str(self.inventory), "-i", str(self.state / "inventory")]
        vault = ["--vault-password-file", str(self.vault)]
        with (self.folder / log).open("w", encoding="utf-8") as output:
            return subprocess.Popen(
                ["ansible-playbook", *inventories, *vault, playbook, *words],
                env={**self.environment, **(point.environment(self.folder) if point else {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def play(self, *words: str) -> dict[str, tuple[int, int]]:
        """The playbook to its end; changed and failed by host."""
        process = self.start(*words)
        assert process.wait(900) in (0, 2), self.output()
        recap = RECAP.findall(self.output())
        assert recap, self.output()
        return {host: (int(changed), int(failed) + int(unreachable)) for host, changed, unreachable, failed in recap}

    def output(self, log: str = "run.log") -> str:
        return (self.folder / log).read_text(encoding="utf-8")

    def edit(self, host: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a host's variables, as the user does."""
        path = self.inventory / "hosts.yml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(content["all"]["children"]["care_organisations"]["hosts"][host])
        path.write_text(yaml.safe_dump(content), encoding="utf-8")

    def asked(self, code: str) -> set[str]:
        """The hosts about which the next plan asks a person this."""
        folder = self.folder / "plan"
        self.play("--check", "-e", f"zorgid_plan_path={folder}")
        reported = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        codes = {
            one["host"]: [each["trouble"]["code"] for each in one["attention"]] for one in reported["organisations"]
        }
        return {host for host, found in codes.items() if code in found}

    def record(self, host: str, options: str) -> None:
        """The command that the plan shows."""
        inventories = ["-i", str(self.inventory), "-i", str(self.state / "inventory")]
        vault = ["--vault-password-file", str(self.vault)]
        command = f"{' '.join(recording(options, host))} {shlex.join([*inventories, *vault])}"
        done = subprocess.run(
            ["bash", "-ec", command], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def steps(self, ura: str) -> dict[str, Any]:
        """The organisation's steps, as the board shows them."""
        board = json.loads((self.work / "report" / "onboarding.json").read_text(encoding="utf-8"))
        found = next(one for one in board["organisations"] if one["ura"] == ura)
        return {step["step"]: step for step in found["steps"]}

    def everything(self) -> dict[str, str]:
        """Every file that the runs made and every table of the sandbox, by its digest: check mode changes none."""
        found = {}
        for path in sorted(self.work.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(self.work))] = hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (self.dossier, self.state / "sandbox.sqlite3"):
            with closing(sqlite3.connect(path)) as connection:
                tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
                for (table,) in tables:
                    rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - of the table itself
                    if table == "received":
                        # Reading the certificate store is noted there too.
                        rows = [row for row in rows if row[1:3] != ("windows", "list")]
                    found[f"{path.name} {table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found

    def people_act(self) -> list[str]:
        inventory, handed = self.state / "inventory", self.work / "handed"
        return list(people.act(self.state, handed=handed, inventory=inventory, vault_password_file=self.vault))

    def arrived(self, ura: str, kind: str) -> bool:
        forms = intake.forms(self.state, "application" if kind == "application_form" else "follow_up")
        return any(form.ura == ura for form in forms)

    def outcome(self) -> dict[str, Any]:
        return people.outcome(self.state)

    def notices(self) -> list[tuple[str, str]]:
        """Recipient and subject of every notice; a Message-ID that came twice counts once."""
        return [
            (mail.recipient, str(smtp.parse(Path(mail.path).read_bytes())["Subject"]))
            for mail in smtp.mails(self.state, "notice")
        ]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def descendants(pid: int) -> list[int]:
    """Ansible's workers are in sessions of their own: a kill of the group leaves them."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, look = [], [pid]
    while look:
        children = parents.get(look.pop(), [])
        found += children
        look += children
    return found


def kill(process: subprocess.Popen[str], *, workers: bool) -> list[int]:
    """SIGKILL the playbook; its workers too, or they go on with the task they are at. Those that do."""
    process.send_signal(signal.SIGSTOP)
    others = descendants(process.pid)
    process.kill()
    if workers:
        _end(others)
    process.wait()
    return [] if workers else others


def _end(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
