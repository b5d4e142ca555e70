# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes paths in options absolute, so that messages show the path that was used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def absolute(options: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """``options``, checked by ``spec`` (Ansible's), with every option of type path as an absolute path."""
    return {name: _absolute(value, spec.get(name, {})) for name, value in options.items()}


def _absolute(value: Any, rule: Mapping[str, Any]) -> Any:
    kind = rule.get("type")
    if kind == "list" and isinstance(value, list):
        each = {**rule, "type": rule.get("elements")}
        return [_absolute(one, each) for one in value]
    if kind == "dict" and isinstance(value, Mapping) and rule.get("options"):
        return absolute(value, rule["options"])
    # An empty path means not given, not the folder in which Ansible was started.
    return str(Path(value).absolute()) if kind == "path" and isinstance(value, str) and value else value
