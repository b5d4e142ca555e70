# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz everything that reads foreign input: ``python -m tests.fuzz [--seconds 300] [--jobs 2] [--only mail …]``.

Each target is tried twice: with bytes (atheris, guided by coverage of the collection's code) and with well-formed
things that are wrong inside (Hypothesis). What is found lies in ``.cache/fuzz/found``; ``--replay FILE --only TARGET``
shows it again. ``--keep`` puts the inputs that reach new code into ``tests/fuzz/corpus``, which every test run replays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .places import CACHE, CORPUS, FOUND, ROOT, found_input
from .targets import TARGETS
from .watch import read_current

WAYS = ("bytes", "structured")
#: of what is kept with the code, for each target
MOST_KEPT, MOST_BYTES = 80, 4096
#: seconds that a run takes before its first input, on a machine that has nothing else to do
START = 4
#: seconds of the clock beyond its own after which a run is ended: a busy machine did not let it work
PATIENCE = 600
NO_VERDICT = "no verdict: too little processor time"


def main() -> int:
    arguments = _arguments()
    names = arguments.only or sorted(TARGETS)
    if arguments.replay:
        return subprocess.run([*_command(names[0], "replay"), arguments.replay], cwd=ROOT, check=False).returncode
    jobs = [(name, way) for way in WAYS for name in names]
    each = round(arguments.seconds * arguments.jobs / len(jobs) - START)
    if each < 1:
        least = round((START + 1) * len(jobs) / arguments.jobs)
        print(
            f"fuzz: {arguments.seconds} s are too few: {len(jobs)} runs, {arguments.jobs} at a time, take {least} s "
            "to start and to fuzz for a second each, which is what they do now",
            flush=True,
        )
        each = 1
    print(f"fuzz: {len(jobs)} runs of {each} s each, {arguments.jobs} at a time", flush=True)
    start = time.monotonic()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        reported = list(pool.map(lambda job: _run(*job, each), jobs))
    found = [one for one in reported if one["found"]]
    runs = sum(one["runs"] for one in reported)
    idle = sum(not one["found"] and not one["runs"] for one in reported)
    print(
        f"fuzz: {runs} inputs in {time.monotonic() - start:.0f} s; {len(found)} of {len(jobs)} runs found something"
        + (f"; {idle} without a verdict" if idle else "")
    )
    for one in found:
        print(f"fuzz: {one['target']}: {one['found']}")
        if one["input"]:
            print(f"fuzz:   python -m tests.fuzz --only {one['target']} --replay {one['input']}")
    if arguments.keep and not found:
        for name in names:
            _keep(name)
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=300, help="for all targets together (default 300)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default 2)")
    parser.add_argument("--only", nargs="+", choices=sorted(TARGETS), help="these targets (default: all)")
    parser.add_argument("--replay", help="one input that was found, given to the target named by --only")
    parser.add_argument("--keep", action="store_true", help="put what reaches new code into tests/fuzz/corpus")
    return parser.parse_args()


def _command(target: str, way: str) -> list[str]:
    return [sys.executable, "-m", "tests.fuzz.one", target, way]


def _run(target: str, way: str, seconds: int) -> dict[str, Any]:
    log, result = CACHE / f"{target}-{way}.log", CACHE / f"{target}-{way}.json"
    log.parent.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)
    began = time.time()
    # libFuzzer ends its process without a word to Python, so what the process makes is removed here.
    with log.open("wb") as stream, tempfile.TemporaryDirectory(prefix="zorgid-fuzz-") as made:
        command = [*_command(target, way), str(seconds)]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "TMPDIR": made},
                stdout=stream,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=seconds + PATIENCE,
            ).returncode
        except subprocess.TimeoutExpired:
            # What works or waits without an end has ended the run itself (watch.py).
            done = 0
    reported: dict[str, Any] = {"target": target, "runs": 0, "found": "", "input": ""}
    if result.exists():
        reported |= json.loads(result.read_text())
        result.unlink()
    if done and not reported["found"]:
        reported |= _ended(target, way, done, began)
    said = reported["found"] or ("nothing found" if reported["runs"] else NO_VERDICT)
    print(f"fuzz: {target:<12} {way:<11} {reported['runs']:>9} inputs  {said}", flush=True)
    return reported


def _ended(target: str, way: str, code: int, began: float) -> dict[str, str]:
    """What became of a run that could not say so itself: ended by the timer of its work, or out of memory."""
    log = CACHE / f"{target}-{way}.log"
    what = "it works without an end" if code == -signal.SIGPROF else f"ended with {code}"
    crashes = [path for path in (FOUND / target).glob("*-*") if path.stat().st_mtime >= began]
    data = read_current(target, way)
    if crashes:
        kept = str(max(crashes, key=lambda path: path.stat().st_mtime))
    else:
        kept = found_input(target, way, data) if data else ""
    return {"found": f"{what}, see {log}", "input": kept}


def _keep(target: str) -> None:
    """Those that libFuzzer found to reach new code (it names them by their SHA-1), then the first ones; all small.

    Its own merge would choose fewer, but starts a program again by a path that a Python module has not.
    """
    kept = CORPUS / target
    kept.mkdir(parents=True, exist_ok=True)
    small = [path for path in (CACHE / "corpus" / target).iterdir() if path.stat().st_size <= MOST_BYTES]
    # No key stands in the repository, not even one that was made for this.
    small = [path for path in small if b"PRIVATE KEY" not in path.read_bytes().replace(b"\0", b"")]
    for path in sorted(small, key=lambda path: (len(path.name) != 40, path.stat().st_size, path.name))[:MOST_KEPT]:
        shutil.copy(path, kept / path.name[:16])
    print(f"fuzz: {target}: {len(list(kept.iterdir()))} inputs kept")


if __name__ == "__main__":
    sys.exit(main())
