# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of the unit tests serve here too; ansible-playbook runs as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, make_pki

KEEPING = str(Path(__file__).resolve().parents[1] / "keeping")
Task = tuple[str, dict[str, Any]]
Play = Callable[..., tuple[list[dict[str, Any]], str]]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run tasks (module, options) in one play; their results in order, and what was shown at -v."""

    def run(tasks: list[Task], *arguments: str) -> tuple[list[dict[str, Any]], str]:
        listed: list[dict[str, Any]] = [
            {f"gbz.zorgid.{module}": options, "register": f"r{number}", "ignore_errors": True}
            for number, (module, options) in enumerate(tasks)
        ]
        results = ", ".join(f"r{number}" for number in range(len(tasks)))
        keep = {"content": f"{{{{ [{results}] | to_json }}}}", "dest": str(tmp_path / "out.json")}
        listed.append({"keep_results": keep, "no_log": True})
        book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}]
        path = tmp_path / "play.yml"
        path.write_text(yaml.safe_dump(book), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-v", "-i", "localhost,", *arguments, str(path)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_ACTION_PLUGINS": KEEPING},
        )
        shown = done.stdout + done.stderr
        assert done.returncode == 0, shown
        assert "Traceback" not in shown
        return json.loads((tmp_path / "out.json").read_text(encoding="utf-8")), shown

    return run
