# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name of the code says what it is, as docs/developing/words.md asks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EMPTY = {"told", "untold"}
SOURCES = sorted((ROOT / "plugins").rglob("*.py"))
SCRIPTS = sorted((ROOT / "plugins").rglob("*.js"))


def names(tree: ast.AST) -> set[str]:
    """Whatever this code names itself: variables, parameters, attributes, functions and classes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg | ast.keyword):
            found.add(node.arg or "")
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
    return found


def empty(found: set[str]) -> list[str]:
    return sorted(name for name in found if EMPTY & set(re.split(r"_|(?<=[a-z])(?=[A-Z])", name.casefold())))


@pytest.mark.parametrize("code", ["told = 1", "def f(*, told_by): ...", "one.told", "f(told=1)", "class Told: ..."])
def test_such_a_name_is_seen_wherever_it_stands(code: str) -> None:
    assert empty(names(ast.parse(code))) != []


@pytest.mark.heavy
def test_no_value_is_called_what_somebody_did_with_it() -> None:
    found = {path.name: empty(names(ast.parse(path.read_text("utf-8")))) for path in SOURCES}
    assert len(found) > 300
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_nor_in_the_browsers_script() -> None:
    declared = re.compile(r"\b(?:const|let|function) +(?:un)?told\b")
    assert len(SCRIPTS) > 5
    assert [path.name for path in SCRIPTS if declared.search(path.read_text("utf-8"))] == []
