# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of a login reaches the person at the terminal and nothing else: no log, no recorded job, nobody's folder."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import login_code
from ansible_collections.gbz.zorgid.tests.support.terminal import seen

CODE = "zorgid-login-7f3a9c1e5b8d4f60"
ACTION = f"""
import io
import pathlib
import qrcode
from ansible.plugins.action import ActionBase
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.login_code import login_code, at_terminal


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        image = io.BytesIO()
        qrcode.make("{CODE}").save(image)
        with login_code("Scan this") as show:
            show(image.getvalue(), "{CODE}")
            show(image.getvalue(), "{CODE}")
            files = [str(one) for one in pathlib.Path(task_vars["folder"]).rglob("*.png")]
            modes = [oct(pathlib.Path(one).stat().st_mode) for one in files]
        left = [str(one) for one in pathlib.Path(task_vars["folder"]).rglob("*.png")]
        return {{"changed": False, "files": files, "modes": modes, "left": left}}
"""
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Show it
      shows_a_code:
      register: found
    - ansible.builtin.debug:
        var: found
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "shows_a_code.py").write_text(ACTION, encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    (tmp_path / "run").mkdir(mode=0o700)
    return tmp_path


def play(folder: Path, output: int) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in login_code._RECORDED}
    environment |= {
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOG_PATH": str(folder / "log"),
        "TERM": "xterm-256color",
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "NO_COLOR": "1",
    }
    command = [Path(sys.executable).parent / "ansible-playbook", "-vvv", "-i", "a,", "-e", f"folder={folder}/run"]
    return subprocess.Popen(
        [*command, "play.yml"], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def test_a_terminal_shows_the_code_and_the_log_does_not(folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = play(folder, theirs)
    os.close(theirs)
    reported = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        reported += part
    os.close(ours)
    assert process.wait() == 0, reported
    text = reported.decode().replace("\r", "")
    drawn = [line for line in text.split("\n") if line.startswith("\x1b[38;5;")]
    image = seen("\n".join(drawn[: len(drawn) // 2]))
    assert image.size[0] <= 100
    codes = zxingcpp.read_barcodes(image.resize((image.size[0] * 8, image.size[1] * 8)), try_invert=False)
    assert [code.text for code in codes] == [CODE]
    log = (folder / "log").read_text(encoding="utf-8")
    assert "Show it" in log
    assert not re.search(f"{CODE}|▀|38;5;", log)
    assert CODE not in text
    assert not list((folder / "run").rglob("*.png"))


@pytest.mark.slow
def test_without_a_terminal_it_is_a_file_of_this_user_until_the_login(folder: Path) -> None:
    process = play(folder, subprocess.PIPE)
    text = process.communicate()[0].decode()
    assert process.returncode == 0, text
    (path,) = set(re.findall(r"the code is in (\S+code\.png)", text))
    assert f"'{path}'" in text or f'"{path}"' in text
    assert "0o100600" in text
    assert '"left": []' in text
    assert not Path(path).parent.exists()
    assert CODE not in text + (folder / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["AWX_ISOLATED_DATA_DIR", "LAUNCHED_BY_RUNNER", "CI"])
def test_a_recorded_job_is_no_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for each in login_code._RECORDED:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setattr(login_code, "_HAS_TERMINAL", True)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert login_code.at_terminal()
    monkeypatch.setenv("TERM", "dumb")
    assert not login_code.at_terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, "1")
    assert not login_code.at_terminal()


def test_the_folder_of_the_file_is_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(login_code, "_HAS_TERMINAL", False)
    with login_code.login_code("Scan this") as show:
        show(b"png", CODE)
        (made,) = tmp_path.iterdir()
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert stat.S_IMODE((made / "code.png").stat().st_mode) == 0o600
        show(b"other", "another")
        assert [one.name for one in made.iterdir()] == ["code.png"]
        assert (made / "code.png").read_bytes() == b"other"
    assert list(tmp_path.iterdir()) == []
