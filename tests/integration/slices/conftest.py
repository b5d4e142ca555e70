# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL for the dossier, and ansible-runner."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.dossier_support import postgres_programs, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not here: apt install postgresql")
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def runner() -> None:
    if not (Path(sys.executable).parent / "ansible-runner").exists():
        pytest.skip("ansible-runner is not here: run `make slices`, which makes .venv-controllers")
