# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as AWX cuts them for the jobs of a sliced template, and those jobs, started by ansible-runner.

AWX (``Inventory.get_script_data``) takes every n-th enabled host of the whole inventory in the order of the names.
Groups keep their variables and children; the other hosts are in no group and have no variables. It writes the result as
a script that prints JSON into the job's own folder, and gives all slices one ``awx_workflow_job_id``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import RECAP, ROOT, KillPoint, descendants

Inventory = dict[str, Any]
#: ansible-runner always asks for colours.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def whole_of(*sources: Path, environment: Mapping[str, str] | None = None, vault: Path | None = None) -> Inventory:
    """Everything of these inventories, as AWX imports it."""
    words = [word for source in sources for word in ("-i", str(source))]
    words += ["--vault-password-file", str(vault)] if vault else []
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-inventory"), *words, "--list", "--export"],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: Inventory = json.loads(done.stdout)
    return found


def sliced(whole: Inventory, number: int, count: int) -> Inventory:
    """The inventory of slice ``number`` (from 1) of ``count``."""
    hostvars: dict[str, Any] = whole["_meta"]["hostvars"]
    groups = {name: group for name, group in whole.items() if name != "_meta"}
    everyone = {*hostvars, *(host for group in groups.values() for host in group.get("hosts", ()))}
    mine = sorted(everyone)[number - 1 :: count]
    cut: Inventory = {}
    for name, group in groups.items():
        reported = {key: value for key, value in group.items() if key != "hosts"}
        if hosts := [host for host in group.get("hosts", ()) if host in mine]:
            reported["hosts"] = hosts
        if reported:
            cut[name] = reported
    # AWX adds this to each host.
    enabled = {host: {**hostvars.get(host, {}), "remote_tower_enabled": "true"} for host in mine}
    return {**cut, "_meta": {"hostvars": enabled}}


@dataclass(frozen=True)
class Ended:
    """``hosts``: changed and failed by host. ``processor``: seconds of the job and all its processes."""

    exit_status: int
    hosts: dict[str, tuple[int, int]]
    output: str


class Job:
    """One job, in a folder that no other job uses. ``files``: folders that its project brings, such as lists."""

    def __init__(
        self,
        folder: Path,
        inventory: Inventory,
        *,
        extra: Mapping[str, Any],
        environment: Mapping[str, str],
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self.folder = folder
        (folder / "inventory").mkdir(parents=True)
        (folder / "env").mkdir()
        (folder / "project").mkdir()
        for name, source in (files or {}).items():
            shutil.copytree(source, folder / name)
        script = folder / "inventory" / "hosts"
        reported = json.dumps(inventory)
        script.write_text(f"#!/usr/bin/env python3\nprint({reported!r})\n", encoding="utf-8")
        script.chmod(0o700)
        self._write("extravars", dict(extra))
        self._environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_FORKS": "5",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def _write(self, name: str, reported: dict[str, Any]) -> None:
        (self.folder / "env" / name).write_text(yaml.safe_dump(reported), encoding="utf-8")

    def start(self, *, point: KillPoint | None = None, playbook: str = "gbz.zorgid.onboard") -> None:
        """With a ``point``, it stops there until ``kill``."""
        self._write("envvars", {**self._environment, **(point.environment(self.folder) if point else {})})
        runner = Path(sys.executable).parent / "ansible-runner"
        shutil.rmtree(self.folder / "artifacts", ignore_errors=True)
        with (self.folder / "job.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(runner), "run", str(self.folder), "-p", playbook, "--ident", "job"],
                env={**os.environ, "PATH": f"{runner.parent}:{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        return COLOUR.sub("", (self.folder / "job.log").read_text(encoding="utf-8", errors="replace"))

    def wait(self, seconds: float = 1800) -> Ended:
        assert self._process is not None
        status = self._process.wait(seconds)
        output = self.output()
        recap = RECAP.findall(output[output.rfind("PLAY RECAP") :]) if "PLAY RECAP" in output else []
        hosts = {host: (int(changed), int(failed) + int(gone)) for host, changed, gone, failed in recap}
        return Ended(status, hosts, output)

    def kill(self) -> None:
        """SIGKILL for the job and every process of it, and its files are gone, as when its container goes away."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGSTOP)
        for pid in [*descendants(self._process.pid), self._process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        for name in ("demo", "ansible"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
