# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sandbox importable, whoever starts pytest; a host whose engine is PowerShell, where that is installed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

for folder in (Path(__file__).resolve().parents[3] / "sandbox", Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import calls  # noqa: E402 - they lie here, and need the sandbox
import hosts  # noqa: E402


@pytest.fixture(scope="session")
def powershell() -> Path:
    """The program `pwsh`."""
    from zorgid_sandbox.windows.powershell import HOW_TO_GET_IT

    found = shutil.which(os.environ.get("ZORGID_PWSH") or "pwsh")
    if found is None:
        pytest.skip(f"PowerShell is not installed, so uzi_store.ps1 was not run. {HOW_TO_GET_IT}")
    return Path(found)


@pytest.fixture(scope="session")
def powershell_host(powershell: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosts.Host]:
    """A host whose engine is PowerShell, with the certificates of the table."""
    known = calls.make()
    others = 200 if os.environ.get("ZORGID_TEST_WHOLE_TABLE") == "1" else 0
    folder = hosts.prepared(tmp_path_factory.mktemp("pwsh"), known, engine="pwsh", others=others)
    with hosts.serving(folder, known) as host:
        yield host
