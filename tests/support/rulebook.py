# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook, out of an environment of its own (`make events` makes it)."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import descendants

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv-events" / "bin"
RULEBOOKS = ROOT / "extensions" / "eda" / "rulebooks"
#: Seconds: a loaded machine starts Java and a playbook slowly.
PATIENCE = 300.0


def need_programs() -> None:
    if not (BIN / "ansible-rulebook").exists():
        pytest.skip("ansible-rulebook is not here: make .venv-events/.stamp")
    if shutil.which("java") is None:
        pytest.skip("Java is not here: apt install openjdk-17-jdk-headless")


class Rulebook:
    """One process of ansible-rulebook with its output in a file."""

    def __init__(self, folder: Path, rulebook: str | Path, variables: dict[str, Any], **environment: str) -> None:
        need_programs()
        self.folder, self.rulebook = folder, rulebook
        folder.mkdir(exist_ok=True)
        self.log = folder / "rulebook.log"
        (folder / "events.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))},
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "JAVA_HOME": str(Path(str(shutil.which("java"))).resolve().parents[1]),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            **environment,
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [
            "ansible-rulebook",
            "-r",
            str(self.rulebook),
            "--vars",
            str(self.folder / "events.yml"),
            "-v",
            *words,
        ]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                executable=str(BIN / "ansible-rulebook"),
            )
        return self.process

    def kill(self) -> None:
        """SIGKILL, to it and to what it has started."""
        if self.process is None:
            return
        for pid in (*descendants(self.process.pid), self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def output(self) -> str:
        """Without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text(encoding="utf-8"))

    def until(self, wanted: Callable[[], Any]) -> float:
        """Seconds until it is so."""
        began = time.monotonic()
        while not wanted():
            assert time.monotonic() - began < PATIENCE, self.output()
            assert self.process is not None
            assert self.process.poll() is None, self.output()
            time.sleep(0.05)
        return time.monotonic() - began

    def waits_for_mail(self, times: int = 1) -> float:
        return self.until(lambda: self.output().count("waiting for mail (IDLE)") >= times)

    def memory(self) -> int:
        """MB of the process, with its Java machine."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) // 1024 if found else 0


def only_printing(folder: Path) -> Path:
    """The rulebook as it is shipped, but it prints each event instead of starting a playbook."""
    [ruleset] = yaml.safe_load((RULEBOOKS / "onboard_on_mail.yml").read_text(encoding="utf-8"))
    ruleset["rules"][0]["action"] = {"debug": {"msg": "EVENT {{ event.meta.hosts }} {{ event.mailbox.uid }}"}}
    path = folder / "only_printing.yml"
    path.write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    return path
