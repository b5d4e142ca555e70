# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose engine is PowerShell, where that is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support import winrm_calls, winrm_hosts


@pytest.fixture(scope="session")
def powershell() -> Path:
    """The program `pwsh`."""
    from zorgid_sandbox.windows.powershell import HOW_TO_GET_IT

    found = shutil.which(os.environ.get("ZORGID_PWSH") or "pwsh")
    if found is None:
        pytest.skip(f"PowerShell is not installed, so uzi_store.ps1 was not run. {HOW_TO_GET_IT}")
    return Path(found)


@pytest.fixture(scope="session")
def powershell_host(powershell: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[winrm_hosts.Host]:
    """A host whose engine is PowerShell, with the certificates of the table."""
    known = winrm_calls.make()
    folder = winrm_hosts.prepared(tmp_path_factory.mktemp("pwsh"), known, engine="pwsh", others=200)
    with winrm_hosts.serving(folder, known) as host:
        yield host
