# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fuzzing says of a run: what hangs is found whatever the machine does, a machine without time accuses nobody."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.fuzz import __main__ as fuzz
from ansible_collections.gbz.zorgid.tests.fuzz import places, watch

ROOT = Path(__file__).resolve().parents[3]
WATCHED = """
import sys, time
sys.path.append({folder!r})
from pathlib import Path
from tests.fuzz import places, watch
places.CACHE, places.FOUND, watch.HANG = Path({folder!r}), Path({folder!r}) / "found", 1.0
from plugins.reader import works, waits
def elsewhere(_data): time.sleep(4)
seen = watch.Watch("csv", "bytes")
seen.obey(len, b"first")
seen.obey({target}, b"x" * 20)
print("went on")
"""
READER = """
import re, time
def works(data): re.match("(?:x+x+)+y", "x" * 60)
def waits(data): time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "CACHE", tmp_path)
    monkeypatch.setattr(places, "FOUND", tmp_path / "found")
    monkeypatch.setattr(fuzz, "CACHE", tmp_path)
    monkeypatch.setattr(fuzz, "FOUND", tmp_path / "found")


def watched(tmp_path: Path, target: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "reader.py").write_text(READER)
    program = WATCHED.format(folder=str(tmp_path), target=target)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120, cwd=ROOT
    )


def test_what_works_without_an_end_is_found_even_inside_c(tmp_path: Path) -> None:
    done = watched(tmp_path, "works")
    assert done.returncode == -signal.SIGPROF
    assert "reader.py" in done.stderr
    assert watch.read_current("csv", "bytes") == b"x" * 20
    reported = fuzz._ended("csv", "bytes", done.returncode, began=0)
    assert "works without an end" in reported["found"]
    assert Path(reported["input"]).read_bytes() == b"x" * 20


def test_what_waits_inside_the_collection_is_found(tmp_path: Path) -> None:
    done = watched(tmp_path, "waits")
    assert done.returncode == 1
    reported = json.loads((tmp_path / "csv-bytes.json").read_text())
    assert reported["found"].startswith("waits without an end (reader.py:")
    assert Path(reported["input"]).read_bytes() == b"x" * 20


def test_where_nothing_of_ours_works_nobody_is_accused(tmp_path: Path) -> None:
    done = watched(tmp_path, "elsewhere")
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert not (tmp_path / "csv-bytes.json").exists()


def run_of(monkeypatch: pytest.MonkeyPatch, program: str, patience: float = 600) -> dict[str, Any]:
    monkeypatch.setattr(fuzz, "_command", lambda *_names: [sys.executable, "-c", program])
    monkeypatch.setattr(fuzz, "PATIENCE", patience)
    return fuzz._run("csv", "bytes", 1)


@pytest.mark.parametrize(("program", "patience"), [("pass", 600), ("import time; time.sleep(60)", 1)])
def test_a_run_without_an_input_has_no_verdict(
    program: str, patience: float, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reported = run_of(monkeypatch, program, patience)
    assert (reported["runs"], reported["found"]) == (0, "")
    assert "no verdict: too little processor time" in capsys.readouterr().out


def test_a_run_that_failed_before_any_input_names_no_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reported = run_of(monkeypatch, "raise SystemExit(3)")
    assert reported["found"].startswith("ended with 3, see ")
    assert reported["input"] == ""
    monkeypatch.setattr(fuzz, "_run", lambda *_job: reported)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--only", "csv"])
    assert fuzz.main() == 1
    assert "--replay" not in capsys.readouterr().out


def test_too_few_seconds_are_called_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    each: list[int] = []

    def run(target: str, _way: str, seconds: int) -> dict[str, Any]:
        each.append(seconds)
        return {"target": target, "runs": 0, "found": "", "input": ""}

    monkeypatch.setattr(fuzz, "_run", run)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--seconds", "10"])
    assert fuzz.main() == 0
    out = capsys.readouterr().out
    assert "10 s are too few: 20 runs, 2 at a time, take 50 s" in out
    assert "20 without a verdict" in out
    assert set(each) == {1}
    assert "about 50 at least" in (ROOT / "Makefile").read_text()
