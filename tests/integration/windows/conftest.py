# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Windows host for all tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support import windows_host
from zorgid_sandbox.windows.faults import clear_faults


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with windows_host.serving(tmp_path_factory.mktemp("windows")) as folder:
        yield folder


@pytest.fixture
def ansible(host: Path, tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """One task against the host, judged with its own authorities."""

    def run(module: str, *words: str, connection: str = "winrm", variables: Any = None, **options: Any) -> Any:
        given = {**windows_host.trust(host), "revocation": "off", **options}
        there = windows_host.variables(host, connection, **(variables or {}))
        return windows_host.task(tmp_path, there, module, given, *words)

    clear_faults(host)
    yield run
    clear_faults(host)
