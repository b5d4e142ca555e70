# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Board, notices and callback through ansible-playbook, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

NAME = "Huisartsenpraktijk {{ 7*7 }} \x1b[31mDe Linde"
PERSONAL = ("Johanna", "Lindeman", "delinde.example")


@pytest.fixture
def play(tmp_path: Path) -> Any:
    def run(tasks: list[dict[str, Any]], *arguments: str, ok: bool = True) -> str:
        path = tmp_path / "play.yml"
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "de_linde,", "-c", "local", *arguments, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CALLBACKS_ENABLED": "gbz.zorgid.board"},
        )
        shown = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, shown
        assert "Traceback" not in shown
        assert not any(word in shown for word in PERSONAL)
        return shown

    return run


def test_a_run_from_dossier_to_board(play: Any, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    record = {"dossier_url": url, "ura": "90000101"}
    tasks: list[dict[str, Any]] = [
        {"gbz.zorgid.dossier": {**record, "step": "prepared", "state": "done"}},
        {
            "gbz.zorgid.dossier": {
                **record,
                "step": "identity_activated",
                "state": "waiting",
                "who": "portal_administrator",
                "what": "Scan the code",
            }
        },
        {"gbz.zorgid.onboarding_report": {"dossier_url": url, "path": f"{tmp_path}/report"}, "register": "made"},
    ]
    again = [tasks[-1], {"ansible.builtin.assert": {"that": "made is not changed"}}]

    play(tasks, "--check", "--diff")
    assert not (tmp_path / "report").exists()

    shown = play([*tasks, *again])
    assert "  de_linde: Voorbereiding: klaar\n" in shown
    assert "wacht op ZORG-ID Portaal admin" in shown
    assert shown.rstrip().splitlines()[-1].startswith(" 90000101  Wacht op iemand  ZORG-ID geactiveerd")
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "onboarding.csv",
        "onboarding.html",
        "onboarding.json",
    }

    # The name is data, whatever it looks like.
    with DossierStore.open(url) as store:
        store.register("90000101", NAME)
    shown = play([tasks[-1]], "--diff")
    assert "Huisartsenpraktijk {{ 7*7 }}" in shown
    assert "\x1b" not in shown
    board = json.loads((tmp_path / "report" / "onboarding.json").read_text())
    assert "{{ 7*7 }}" in board["organisations"][0]["name"]


def test_what_is_wrong_is_said(play: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    options = {"dossier_url": f"sqlite:///{tmp_path}/none.sqlite3", "path": f"{tmp_path}/file"}
    tasks = [
        {"gbz.zorgid.onboarding_report": options, "ignore_errors": True},
        {"gbz.zorgid.onboarding_notices": {"dossier_url": "x", "organisation": {}, "smtp": {}}},
    ]
    shown = play(tasks, ok=False)
    assert "board_not_written" in shown
    assert "options_invalid" in shown
