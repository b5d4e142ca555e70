# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox says to somebody who starts it for the first time and gets something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from zorgid_sandbox import cli, people, scenario, supervisor
from zorgid_sandbox.state import SandboxError, State
from zorgid_sandbox.windows import powershell

DEMO = Path(__file__).resolve().parents[3] / "sandbox" / "scenarios" / "demo.yml"


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (["start", "--scenario", "{tmp}/none.yml"], "zorgid_sandbox: There is no scenario"),
        (["start"], "The first start needs --scenario FILE."),
        (["status"], "There is no sandbox in"),
        (["received"], "There is no sandbox in"),
        (["outcome"], "There is no sandbox in"),
        (["fault", "pki", "clear"], "There is no sandbox in"),
        (["people", "act", "--handed", "{tmp}"], "There is no sandbox in"),
    ],
)
def test_what_is_not_there_is_said_and_leaves_nothing_behind(words, reported, tmp_path, capsys):
    state = tmp_path / "state"
    assert cli.main([*(word.format(tmp=tmp_path) for word in words), "--state", str(state)]) == 1
    error = capsys.readouterr().err
    assert reported in " ".join(error.split())
    assert "Errno" not in error
    assert not state.exists()


@pytest.mark.parametrize(
    ("engine", "hierarchy", "reported"),
    [
        ("docker", "g1", "engine is docker, expected one of: emulator, pwsh."),
        ("pwsh", "g9", "hierarchy is g9, expected one of: g1, g4."),
    ],
)
def test_choices_are_words(engine, hierarchy, reported, tmp_path):
    given = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    given["organisations"][0]["hierarchy"] = hierarchy
    given.setdefault("windows", {})["engine"] = engine
    path = tmp_path / "scenario.yml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    with pytest.raises(SandboxError) as caught:
        scenario.read(path)
    assert str(caught.value).endswith(reported)


def test_a_folder_or_a_file_that_is_no_program_is_called_so(tmp_path, monkeypatch):
    monkeypatch.setenv("ZORGID_PWSH", str(tmp_path))
    with pytest.raises(SandboxError, match="in ZORGID_PWSH is a folder: name the program in it"):
        powershell.find()
    plain = tmp_path / "pwsh"
    plain.write_text("")
    monkeypatch.setenv("ZORGID_PWSH", str(plain))
    with pytest.raises(SandboxError, match="is a file that cannot be run"):
        powershell.find()


def test_nothing_that_is_said_is_wider_than_a_screen(tmp_path, monkeypatch, capsys):
    long = "a sentence of many words, " * 12

    def start(*_arguments):
        raise SandboxError(f"The service windows ended. The end of its log:\n{long}\n    {long}")

    monkeypatch.setattr(supervisor, "start", start)
    assert cli.main(["start", "--state", str(tmp_path)]) == 1
    monkeypatch.setattr(people, "act", lambda *_arguments, **_named: [long])
    State(tmp_path).make()
    assert cli.main(["people", "act", "--handed", str(tmp_path), "--state", str(tmp_path)]) == 0
    said = capsys.readouterr()
    for text in (said.err, said.out):
        assert max(map(len, text.splitlines())) <= 100
        assert " ".join(text.split()).count("many words") in (12, 24)
