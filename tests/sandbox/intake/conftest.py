# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sandbox importable, whoever starts pytest; its forms and mail servers, without the rest."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[3] / "sandbox"
if str(SANDBOX) not in sys.path:
    sys.path.insert(0, str(SANDBOX))


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    from some_services import prepare, running

    folder = prepare(tmp_path_factory.mktemp("intake") / "state")
    with running(folder, "intake", "smtp", "imap"):
        yield folder


@pytest.fixture
def fault(state):
    """Arm a fault; what is left of it ends with the test."""
    with ExitStack() as undo:

        def arm(service: str, line: str) -> None:
            module = import_module(f"zorgid_sandbox.{service}")
            undo.callback(module.clear_faults, state)
            module.put_fault(state, line)

        yield arm
