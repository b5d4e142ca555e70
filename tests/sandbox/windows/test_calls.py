# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of calls and answers (winrm_calls.yml): for the emulator, for the script in PowerShell, and on Windows."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support import winrm_calls, winrm_hosts
from zorgid_sandbox.windows import uzi_store

#: an inventory with a group `windows`, and the folder of `winrm_calls FOLDER` whose certificates are in its store
WINDOWS, WINDOWS_DIR = os.environ.get("ZORGID_TEST_WINDOWS"), os.environ.get("ZORGID_TEST_WINDOWS_DIR")


def names(place: str) -> list[str]:
    return [call["name"] for call in winrm_calls.TABLE["calls"] if place in call.get("only", [place])]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, winrm_calls.Known]]:
    known = winrm_calls.make()
    return winrm_hosts.prepared(tmp_path_factory.mktemp("emulator"), known), known


@pytest.mark.parametrize("name", names("emulator"))
def test_the_emulator(emulated: tuple[Path, dict[str, winrm_calls.Known]], name: str, tmp_path: Path) -> None:
    folder, known = emulated
    call = next(one for one in winrm_calls.calls(known, "emulator") if one["name"] == name)
    winrm_calls.check(name, uzi_store.run(folder, call["ask"], check_mode=call["check"]), known, "emulator", tmp_path)


@dataclass(frozen=True)
class Told:
    """What PowerShell answered, the certificates that were there, and what the emulator lists of the same."""

    answers: dict[str, Any]
    known: dict[str, winrm_calls.Known]
    emulated: dict[str, Any]


@pytest.fixture(scope="session")
def reported(powershell: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Asked once, however many processes pytest-xdist starts: calls are dear."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "asked-of-powershell"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "answers.json").exists():
            host: winrm_hosts.Host = request.getfixturevalue("powershell_host")
            winrm_calls.write(host.known, folder)
            emulated = uzi_store.run(host.folder, {"operation": "list"}, check_mode=False)
            (folder / "emulated.json").write_text(json.dumps(emulated))
            asked = winrm_calls.calls(host.known, "pwsh")
            (folder / "answers.json").write_text(json.dumps(winrm_hosts.ask(host.inventory(), asked, folder)))
    answers, emulated = (json.loads((folder / f"{name}.json").read_text()) for name in ("answers", "emulated"))
    return Told(answers, winrm_calls.read(folder), emulated)


@pytest.mark.parametrize("name", names("pwsh"))
def test_the_script_in_powershell(reported: Told, name: str, tmp_path: Path) -> None:
    winrm_calls.check(name, reported.answers[name], reported.known, "pwsh", tmp_path)


def test_powershell_lists_every_certificate(reported: Told) -> None:
    """The demo's, the table's and two hundred others. The issuers of these come, once each, and no others."""
    listed, expected = reported.answers["list"], reported.emulated
    thumbprints = {one["thumbprint"] for one in expected["certificates"]}
    assert len(thumbprints) > 200
    assert {one["thumbprint"] for one in listed["certificates"]} == thumbprints
    assert sorted(listed["authorities"]) == sorted(expected["authorities"])
    assert len(listed["authorities"]) >= 6
    assert listed["unread"] == []


if WINDOWS:

    @pytest.fixture(scope="module")
    def windows_answers(
        tmp_path_factory: pytest.TempPathFactory,
    ) -> tuple[dict[str, Any], dict[str, winrm_calls.Known]]:
        known = winrm_calls.read(Path(str(WINDOWS_DIR)))
        asked = winrm_calls.calls(known, "windows")
        return winrm_hosts.ask(Path(str(WINDOWS)), asked, tmp_path_factory.mktemp("asked")), known

    @pytest.mark.parametrize("name", names("windows"))
    def test_the_script_on_windows(
        windows_answers: tuple[dict[str, Any], dict[str, winrm_calls.Known]], name: str, tmp_path: Path
    ) -> None:
        answers, known = windows_answers
        winrm_calls.check(name, answers[name], known, "windows", tmp_path)
