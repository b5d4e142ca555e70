# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan reaches the terminal from an action's process as text, whole and in order; programs get none."""

from __future__ import annotations

import datetime
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import showing

ACTION = """
from ansible.plugins.action import ActionBase
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import showing


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        style = showing.style()
        lines = [f"{style.sign(State.STOP)} line {count} of {task_vars['inventory_hostname']}" for count in range(300)]
        lines += ["w" * 180, f"zone {style.zone_name}"]
        showing.show("\\n".join(lines) + "\\n")
        return {"changed": False}
"""
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Show it
      shows_a_plan:
"""
ANSIBLE = Path(sys.executable).parent / "ansible-playbook"
FOUR = "a,b,c,d,"


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "shows_a_plan.py").write_text(ACTION, encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    return tmp_path


def environment(folder: Path, **more: str) -> dict[str, str]:
    reported = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TZ", "COLUMNS")}
    settings = {
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "TERM": "xterm",
        "COLUMNS": "80",
    }
    return {**reported, **settings, "TZ": "Europe/Amsterdam", "LC_ALL": "C.UTF-8", **more}


def played(folder: Path, hosts: str = FOUR, **more: str) -> str:
    command = [ANSIBLE, "-i", hosts, "-c", "local", "play.yml"]
    done = subprocess.run(command, cwd=folder, env=environment(folder, **more), capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def on_a_terminal(folder: Path, **more: str) -> str:
    """What a terminal of 80 columns gets."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [ANSIBLE, "-i", "a,", "-c", "local", "play.yml"],
        cwd=folder,
        env=environment(folder, **more),
        stdout=child,
        stderr=child,
        stdin=subprocess.DEVNULL,
    )
    os.close(child)
    read = b""
    try:
        while chunk := os.read(parent, 65536):
            read += chunk
    except OSError:
        pass  # that is how a terminal says that nobody writes to it any more
    os.close(parent)
    assert process.wait() == 0, read.decode("utf-8")
    return read.decode("utf-8").replace("\r\n", "\n")


def test_text_arrives_whole_in_order_and_unwrapped(playbook: Path) -> None:
    lines = played(playbook).splitlines()
    for host in "abcd":
        first = lines.index(f"✗ line 0 of {host}")
        assert lines[first : first + 300] == [f"✗ line {count} of {host}" for count in range(300)]
        assert lines[first + 300 : first + 302] == ["w" * 180, "zone Amsterdam"]


def test_colour_goes_to_a_terminal_only_and_never_into_the_log(playbook: Path) -> None:
    log = playbook / "log"
    assert "\x1b[31m✗\x1b[0m line 7 of a\n" in on_a_terminal(playbook, ANSIBLE_LOG_PATH=str(log))
    logged = log.read_text(encoding="utf-8")
    assert "✗ line 7 of a" in logged
    assert "\x1b[31m✗" not in logged
    assert "\n✗ line 7 of a\n" in on_a_terminal(playbook, NO_COLOR="1")
    assert "\n✗ line 7 of a\n" in played(playbook)
    assert "\x1b[31m✗\x1b[0m line 7 of a\n" in played(playbook, ANSIBLE_FORCE_COLOR="1")


def test_an_output_without_signs_gets_ascii(playbook: Path) -> None:
    assert "\nx  line 7 of a\n" in played(playbook, PYTHONIOENCODING="ascii")


def test_nothing_is_printed_beside_what_a_program_reads(playbook: Path) -> None:
    callbacks = playbook / "callback_plugins"
    callbacks.mkdir()
    from ansible.plugins import callback

    minimal = Path(callback.__file__).parent / "minimal.py"
    for name in ("json", "people"):
        text = minimal.read_text(encoding="utf-8").replace("name: minimal", f"name: {name}")
        (callbacks / f"{name}.py").write_text(text, encoding="utf-8")
    assert "line 7" in played(playbook, "a,", ANSIBLE_STDOUT_CALLBACK="people")
    assert "line 7" not in played(playbook, "a,", ANSIBLE_STDOUT_CALLBACK="json")
    shutil.rmtree(callbacks)


@pytest.mark.parametrize(
    ("callback", "programs"),
    [
        *((name, True) for name in ("json", "ansible.posix.json", "ansible.posix.jsonl", "community.general.null")),
        *((name, False) for name in ("default", "ansible.builtin.default", "ansible.builtin.minimal", "oneline")),
        *((name, False) for name in ("community.general.yaml", "ansible.posix.debug", "awx_display")),
    ],
)
def test_which_callbacks_are_for_programs(callback: str, programs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing.constants, "DEFAULT_STDOUT_CALLBACK", callback)
    assert showing.for_programs() is programs


def test_the_zone_is_the_controllers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/America/Argentina/Buenos_Aires")
    monkeypatch.setattr(showing, "_LOCALTIME", link)
    monkeypatch.delenv("TZ", raising=False)
    assert showing.style().zone_name == "Buenos Aires"
    summer = datetime.datetime(2026, 7, 1, 12, 0, tzinfo=datetime.UTC)
    monkeypatch.setenv("TZ", ":Europe/Amsterdam")
    assert showing.style().moment(summer) == "1 Jul 2026 14:00"
    monkeypatch.setenv("TZ", "No/Such_Place")
    assert re.fullmatch(r"[A-Za-z0-9+-]+", showing.style().zone_name)


def test_the_files_are_whole_and_readable_by_a_pipeline(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "plan"
    written = showing.write_files(folder, "# é\n", {"name": "é", "format": 1})
    assert written == (folder / "plan.md", folder / "plan.json")
    assert written[0].read_text(encoding="utf-8") == "# é\n"
    assert json.loads(written[1].read_text(encoding="utf-8")) == {"name": "é", "format": 1}
    assert [oct(path.stat().st_mode & 0o777) for path in written] == ["0o644", "0o644"]
    assert folder.stat().st_mode & 0o700 == 0o700
    showing.write_files(folder, "# new\n", {})
    assert sorted(path.name for path in folder.iterdir()) == ["plan.json", "plan.md"]
    assert written[0].read_text(encoding="utf-8") == "# new\n"
