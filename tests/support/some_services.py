# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some of the sandbox's services, without the rest."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from zorgid_sandbox import tls
from zorgid_sandbox.state import State, credentials

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"


@contextmanager
def running(state: Path, *services: str):
    """These services, each a process of its own; ended with the block."""
    started = []
    try:
        for name in services:
            (state / "run" / f"{name}.json").unlink(missing_ok=True)
            with (state / "log" / f"{name}.log").open("ab") as log:
                started.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "zorgid_sandbox.service", name, "--state", str(state)],
                        stdout=log,
                        stderr=log,
                        env={**os.environ, "PYTHONPATH": str(SANDBOX)},
                    )
                )
        deadline = time.monotonic() + 60
        while not all((state / "run" / f"{name}.json").exists() for name in services):
            assert time.monotonic() < deadline
            assert all(process.poll() is None for process in started), (state / "log").glob("*")
            time.sleep(0.02)
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(10)


def prepare(state: Path) -> Path:
    """A state folder without certificates of the UZI register: making keys takes long."""
    State(state).make()
    State(state).scenario.write_bytes((SANDBOX / "scenarios" / "demo.yml").read_bytes())
    credentials(state, "smtp")
    tls.prepare(state)
    return state
