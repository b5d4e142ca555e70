# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that the tests keep themselves: what is shared lies in tests/support, and one place says where Python looks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
MODULES = sorted(TESTS.rglob("*.py"))
#: Gives all of them the collection and the sandbox.
FINDER = TESTS / "__init__.py"


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def from_a_test(name: str) -> bool:
    """Whether what is imported lies in a module of tests, or in a conftest."""
    return any(part.startswith("test_") or part == "conftest" for part in name.split("."))


def looks_elsewhere(source: str) -> bool:
    """Whether it changes where Python looks, itself or in a program that it writes down."""
    return any(f"sys.path{how}" in source for how in (".insert", ".append", ".extend", "[", " =", " +="))


def test_no_test_imports_another_one() -> None:
    found = {path.name: [one for one in imported(ast.parse(path.read_bytes())) if from_a_test(one)] for path in MODULES}
    assert {name: names for name, names in found.items() if names} == {}


def test_nothing_else_says_where_python_looks() -> None:
    # The watch of the fuzzing is given a module that it has to take for one of the collection's.
    allowed = {FINDER, TESTS / "unit" / "fuzz" / "test_fuzz_watch.py"}
    found = {path for path in MODULES if looks_elsewhere(path.read_text(encoding="utf-8"))}
    assert found - {Path(__file__).resolve()} == allowed


@pytest.mark.parametrize("name", ["test_mail", "tests.unit.mail.test_mail.imap", "conftest.Party"])
def test_an_import_of_a_test_would_be_seen(name: str) -> None:
    module, _, what = name.rpartition(".")
    tree = ast.parse(f"from {module} import {what}" if module else f"import {what}")
    assert [from_a_test(one) for one in imported(tree)] == [True]


GOES_OUT = """
import importlib, os, sqlite3
import pytest

@pytest.mark.parametrize("module,words", [
    ("socket", "create_connection(('127.0.0.1', 9))"), ("socket", "create_server(('127.0.0.1', 0))"),
    ("subprocess", "run(['touch', PLACE])"), ("os", "fork()"), ("sqlite3", "connect(PLACE)"),
])
def test_outside(module, words):
    try:
        eval(f"importlib.import_module(module).{words}", {"importlib": importlib, "module": module, "PLACE": PLACE})
    except BaseException:
        pass  # as code under test may do

def test_inside():
    assert not os.path.exists(PLACE)
"""


def test_a_pure_test_opens_nothing_and_starts_nothing(tmp_path: Path) -> None:
    source = GOES_OUT + f"PLACE = {str(tmp_path / 'made')!r}\n"
    (tmp_path / "test_goes_out.py").write_text(source, encoding="utf-8")
    (tmp_path / "test_says_so.py").write_text("import subprocess\nraise RuntimeError", encoding="utf-8")
    words = ["-q", "-n", "0", "-p", "tests.conftest", "--pure", "--rootdir", str(tmp_path), "-c", "/dev/null"]
    program = [sys.executable, "-m", "pytest", *words, str(tmp_path)]
    done = subprocess.run(program, cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False)
    assert "1 passed, 5 skipped" in done.stdout, done.stdout
    assert not (tmp_path / "made").exists()


def test_the_longest_tests_are_there() -> None:
    conftest = ast.parse((TESTS / "conftest.py").read_bytes())
    said = {ast.unparse(node.targets[0]): node.value for node in conftest.body if isinstance(node, ast.Assign)}
    everything = "".join(path.read_text(encoding="utf-8") for path in MODULES if path.name.startswith("test_"))
    for name in ast.literal_eval(said["LONGEST"]):
        assert f"def {name}(" in everything
