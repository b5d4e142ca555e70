# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL, as the dossier's own tests start it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    from ansible_collections.gbz.zorgid.tests.support.dossier_support import postgres_programs, running_postgres

    if postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not here: apt install postgresql")
    with running_postgres() as server:
        yield server
