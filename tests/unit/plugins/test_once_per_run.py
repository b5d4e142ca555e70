# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What organisations share is read once, by whichever process comes first."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun


def _ask(folder: Path, log: Path, answers: multiprocessing.Queue[int]) -> None:
    def read() -> int:
        with log.open("a") as stream:
            stream.write("read\n")
        time.sleep(0.2)
        return 42

    answers.put(OncePerRun(folder).get({"mailbox": "INBOX"}, read))


def test_of_six_processes_one_reads_and_all_have_its_answer(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = context.Queue()
    log = tmp_path / "log"
    processes = [context.Process(target=_ask, args=(tmp_path / "run", log, answers)) for _ in range(6)]
    for one in processes:
        one.start()
    found = [answers.get(timeout=30) for _ in processes]
    for one in processes:
        one.join()
    assert found == [42] * 6
    assert log.read_text() == "read\n"


def test_another_key_is_another_thing_and_a_failed_reader_is_no_answer(tmp_path: Path) -> None:
    shared = OncePerRun(tmp_path / "run")
    assert shared.get({"host": "a", "login": "x"}, lambda: "one") == "one"
    assert shared.get({"host": "a", "login": "y"}, lambda: "two") == "two"

    def fails() -> str:
        raise OSError("no answer")

    with pytest.raises(OSError, match="no answer"):
        shared.get({"host": "b"}, fails)
    assert shared.get({"host": "b"}, lambda: "now") == "now"


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    OncePerRun(tmp_path / "run").get({"a": 1}, lambda: "x")
    assert (tmp_path / "run").stat().st_mode & 0o077 == 0
