# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's forms and mail servers, without the rest."""

from __future__ import annotations

from contextlib import ExitStack
from importlib import import_module

import pytest


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    from ansible_collections.gbz.zorgid.tests.support.some_services import prepare, running

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
