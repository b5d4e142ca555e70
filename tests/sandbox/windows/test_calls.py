# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of calls and answers (calls.yml), for the emulator, the script in PowerShell, and the script on Windows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import calls
import hosts
import pytest
from zorgid_sandbox.windows import store, uzi_store

#: an inventory with a group `windows`, and the folder of `python calls.py FOLDER` whose certificates are in its store
WINDOWS, WINDOWS_DIR = os.environ.get("ZORGID_TEST_WINDOWS"), os.environ.get("ZORGID_TEST_WINDOWS_DIR")
WHOLE = os.environ.get("ZORGID_TEST_WHOLE_TABLE") == "1"


def names(place: str, *, quick: bool = False) -> list[str]:
    return [
        call["name"]
        for call in calls.TABLE["calls"]
        if place in call.get("only", [place]) and (call.get("quick") or not quick)
    ]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, calls.Known]]:
    known = calls.make()
    return hosts.prepared(tmp_path_factory.mktemp("emulator"), known), known


@pytest.mark.parametrize("name", names("emulator"))
def test_the_emulator(emulated: tuple[Path, dict[str, calls.Known]], name: str, tmp_path: Path) -> None:
    folder, known = emulated
    call = next(one for one in calls.calls(known, "emulator") if one["name"] == name)
    calls.check(name, uzi_store.run(folder, call["ask"], check_mode=call["check"]), known, "emulator", tmp_path)


@pytest.fixture(scope="module")
def pwsh_answers(
    powershell_host: hosts.Host, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, calls.Known]]:
    asked = calls.calls(powershell_host.known, "pwsh", quick=not WHOLE)
    answers = hosts.ask(powershell_host.inventory(), asked, tmp_path_factory.mktemp("asked"))
    return answers, powershell_host.known


@pytest.mark.parametrize("name", names("pwsh", quick=not WHOLE))
def test_the_script_in_powershell(
    pwsh_answers: tuple[dict[str, Any], dict[str, calls.Known]], name: str, tmp_path: Path
) -> None:
    answers, known = pwsh_answers
    calls.check(name, answers[name], known, "pwsh", tmp_path)


def test_powershell_lists_every_certificate(
    powershell_host: hosts.Host, pwsh_answers: tuple[dict[str, Any], dict[str, calls.Known]]
) -> None:
    """The demo's and the table's; two hundred others more where the whole table is asked. The issuers of these come,
    once each, and no others."""
    told = pwsh_answers[0]["list"]
    held = {one.thumbprint for one in store.CertificateStore(powershell_host.folder).entries()}
    assert len(held) > (200 if WHOLE else 0)
    assert {one["thumbprint"] for one in told["certificates"]} == held
    emulated = uzi_store.run(powershell_host.folder, {"operation": "list"}, check_mode=False)
    assert sorted(told["authorities"]) == sorted(emulated["authorities"])
    assert len(told["authorities"]) >= 6
    assert told["unread"] == []


if WINDOWS:

    @pytest.fixture(scope="module")
    def windows_answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, calls.Known]]:
        known = calls.read(Path(str(WINDOWS_DIR)))
        asked = calls.calls(known, "windows")
        return hosts.ask(Path(str(WINDOWS)), asked, tmp_path_factory.mktemp("asked")), known

    @pytest.mark.parametrize("name", names("windows"))
    def test_the_script_on_windows(
        windows_answers: tuple[dict[str, Any], dict[str, calls.Known]], name: str, tmp_path: Path
    ) -> None:
        answers, known = windows_answers
        calls.check(name, answers[name], known, "windows", tmp_path)
