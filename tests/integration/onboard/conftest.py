# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL, as the dossier's own tests start it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOSSIER = Path(__file__).resolve().parents[2] / "unit" / "dossier"
if str(DOSSIER) not in sys.path:
    sys.path.append(str(DOSSIER))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    from dossier_support import postgres_programs, running_postgres

    if postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not here: apt install postgresql")
    with running_postgres() as server:
        yield server
