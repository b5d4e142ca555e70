# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One running sandbox of three organisations."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    from zorgid_sandbox import supervisor

    folder = tmp_path_factory.mktemp("sandbox") / "state"
    supervisor.start(folder, ROOT / "sandbox" / "scenarios" / "demo.yml")
    yield folder
    supervisor.stop(folder)
