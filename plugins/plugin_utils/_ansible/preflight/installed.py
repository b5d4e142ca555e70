# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the installed libraries of the Python that runs Ansible with the collection's requirements."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from pathlib import Path
from typing import Any

from ....module_utils._preflight.controller import Library
from ..onboarding.shared import OncePerRun

#: An execution environment installs from the same file.
_REQUIREMENTS = Path(__file__).resolve().parents[4] / "meta" / "ee-requirements.txt"


def known(shared: OncePerRun) -> list[Library]:
    """Read once per run, because it takes longer than to observe an organisation with nothing to do."""
    return [Library(**one) for one in shared.get({"libraries": "installed"}, _read)]


def _read() -> list[dict[str, Any]]:
    lines = (line.partition("#")[0].strip() for line in _REQUIREMENTS.read_text("utf-8").splitlines())
    return [dataclasses.asdict(_library(line)) for line in lines if line]


def _library(line: str) -> Library:
    # A requirement of ansible-core, which ansible-test's check of imports does not install.
    from packaging.requirements import Requirement

    asked = Requirement(line)
    try:
        found = importlib.metadata.version(asked.name)
    except importlib.metadata.PackageNotFoundError:
        return Library(asked.name, line, "", serves=False)
    return Library(asked.name, line, found, serves=asked.specifier.contains(found, prereleases=True))
