# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m zorgid_sandbox.service NAME --state DIR``: one service as a process of its own."""

from __future__ import annotations

import argparse
import fcntl
import os
import time
from importlib import import_module
from pathlib import Path

from .state import State


def hold(path: Path) -> int:
    """Write our pid and lock the file as long as this process runs: if the file is unlocked, the process has ended."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    for attempt in range(20):  # a process that checks whether this one runs takes the lock for a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if attempt == 19:
                raise SystemExit(f"{path} is locked: this service runs already.") from None
            time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--state", type=Path, required=True)
    options = parser.parse_args()
    hold(State(options.state).run / f"{options.name}.pid")
    import_module(f"zorgid_sandbox.{options.name}").serve(options.state)


if __name__ == "__main__":
    main()
