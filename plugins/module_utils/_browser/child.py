# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser's process, a program: ``python -I child.py READ WRITE OWNER``, with the numbers of two pipes and of the
process that started it.

It runs apart because Playwright cannot live in a process that Ansible forks. The kernel ends it when its owner (the
thread of it that started this program) ends, and Playwright and the browser end when it does. The first line says where
to import from: nothing is taken from the environment.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import types

_PR_SET_PDEATHSIG = 1
#: Ansible's own loader is not here: these packages are only folders
_COLLECTION = "ansible_collections.gbz.zorgid"


def end_with(owner: int) -> None:
    """Be killed when the owner ends. Again after a change of user, which makes the kernel forget it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != owner:
        os.kill(os.getpid(), signal.SIGKILL)  # it ended before this was asked for


def main() -> None:
    read, write, owner = (int(word) for word in sys.argv[1:4])
    end_with(owner)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the memory has data of people in it
    with os.fdopen(read, "rb") as lines, os.fdopen(write, "wb") as answers:
        where = json.loads(lines.readline())
        sys.path += [path for path in where["paths"] if path and path not in sys.path]
        parts = _COLLECTION.split(".")
        for number in range(1, len(parts) + 1):
            package = types.ModuleType(".".join(parts[:number]))
            package.__path__ = [where["collection"]] if number == len(parts) else []
            sys.modules[package.__name__] = package
        importlib.import_module(f"{_COLLECTION}.plugins.module_utils._browser.serving").serve(lines, answers)


if __name__ == "__main__":
    main()
