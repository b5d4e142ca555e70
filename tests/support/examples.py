# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules' pages, as tasks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: These begin a part of a run that only the role's own playbooks start.
INTERNAL = ("onboarding_", "preflight_")
KINDS = ("modules", "filter", "test")

Tasks = list[dict[str, Any]]


def examples() -> dict[str, Tasks]:
    """The tasks of EXAMPLES of every public module, filter and test, by its name."""
    found = {}
    for kind in KINDS:
        for path in sorted((ROOT / "plugins" / kind).iterdir()):
            if path.stem.startswith(INTERNAL) or path.suffix not in (".py", ".yml"):
                continue
            text = text_of(path)
            if text is not None:
                found[path.stem] = yaml.safe_load(text)
    return found


def text_of(path: Path) -> str | None:
    """EXAMPLES of a plugin's file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yml":
        reported: dict[str, str] = yaml.safe_load(text)
        return reported.get("EXAMPLES")
    for statement in ast.parse(text).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="EXAMPLES")], value=ast.Constant(value=str(value))):
                return value
    return None


def substituted(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same with every text and every dictionary put through ``change``, from the inside."""
    if isinstance(value, dict):
        return change({key: substituted(one, change) for key, one in value.items()})
    if isinstance(value, list):
        return [substituted(one, change) for one in value]
    return change(value)
