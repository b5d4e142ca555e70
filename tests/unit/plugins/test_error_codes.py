# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/errors.md names every error code of the collection and no other; the board speaks of existing codes only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._report.texts import FAILURES, WARNINGS

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    path
    for folder in ("module_utils", "plugin_utils", "action", "inventory")
    for path in sorted((ROOT / "plugins" / folder).rglob("*.py"))
]
#: made of a name and what happened
COMPOSED = {f"{kind}_{what}" for kind in ("smtp", "imap") for what in ("unreachable", "login_refused")}


def documented() -> set[str]:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", page))
    return codes - {"error_code", "ca_path", "delegate_to", "care_group"}


def raised() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called and str(called).endswith("Error") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", str(first.value)):
                    yield str(first.value)


def test_every_code_is_documented() -> None:
    assert sorted((set(raised()) | COMPOSED) - documented()) == []


def test_no_code_is_documented_that_does_not_exist() -> None:
    sources = [*SOURCES, ROOT / "plugins" / "modules" / "uzi_store.ps1"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "texts.py")
    existing = set(re.findall(r"[\"']([a-z0-9]+(?:_[a-z0-9]+)+)[\"']", text)) | COMPOSED
    assert sorted(documented() - existing) == []


def test_the_board_speaks_of_existing_codes_only() -> None:
    assert sorted((set(FAILURES) | set(WARNINGS)) - documented()) == []


def test_the_modules_name_existing_codes_only() -> None:
    named = set()
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        _, _, returned = path.read_text(encoding="utf-8").rpartition("\nerror_code:")
        named |= set(re.findall(r"V\(([a-z0-9_]+)\)", returned))
    assert named
    assert sorted(named - documented()) == []
