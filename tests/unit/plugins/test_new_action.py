# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/new-action makes passes the checks as made: in a copy of this checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[3]
COPIED = (
    *("plugins", "meta", "docs", "roles", "playbooks", "changelogs", "tools", "tests", "sandbox"),
    *("galaxy.yml", "pyproject.toml", "README.md", "CONTRIBUTING.md", "REUSE.toml", "LICENSES"),
)
DESCRIPTION = "Read which phones are active"


def run(where: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """As a developer would type it there: nothing of this checkout but its tools."""
    environment = surroundings(
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        PYTHONPATH=str(where / "sandbox"),
        ANSIBLE_COLLECTIONS_PATH=str(where / ".cache" / "collections"),
        ANSIBLE_HOME=str(where / ".cache" / "ansible"),
    )
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)


def passes(where: Path, *command: str) -> str:
    done = run(where, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    where = tmp_path / "zorgid"
    for name in COPIED:
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, where / name, ignore=shutil.ignore_patterns("__pycache__", "corpus", "output"))
        else:
            shutil.copy2(ROOT / name, where / name)
    tree = where / ".cache" / "collections" / "ansible_collections" / "gbz"
    tree.mkdir(parents=True)
    (tree / "zorgid").symlink_to(where)
    return where


def make(where: Path, *words: str) -> list[str]:
    """The Python files that were made."""
    return [line for line in passes(where, "tools/new-action", *words).splitlines() if line.endswith(".py")]


KINDS = {
    "phone_info": ("--use-case", "read_phones", "--organisation", "--dossier"),
    "aa_info": ("--dossier",),
    "zz_info": ("--organisation",),
    "bare": (),
}


#: Of the tests of plugins, those that ask something of each action or of each file.
PLUGINS = tuple(
    f"tests/unit/plugins/test_{name}.py"
    for name in ("documentation", "error_codes", "ura_options", "arrows", "without_libraries")
)


def red(where: Path, *words: str) -> dict[str, str]:
    """Each test that fails there, and what pytest said of all."""
    done = run(where, sys.executable, "-m", "pytest", "-q", "-n", "0", "-rfE", *words)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert " passed" in done.stdout, done.stdout + done.stderr
    return dict.fromkeys(re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE), done.stdout)


def is_well_tested(where: Path, *words: str) -> None:
    """Its own tests pass, and it makes no other one red; what is red without it too is not about it."""
    found = red(where, "tests/unit/use_cases", *PLUGINS, *words)
    because = found and red(ROOT, *PLUGINS, *words)
    assert found.keys() <= because.keys(), next(iter(found.values()))


def test_what_it_makes_is_clean_tested_and_documented(copy: Path) -> None:
    files = make(copy, "phone_info", DESCRIPTION, *KINDS["phone_info"])
    assert len(files) == 5
    passes(copy, "ruff", "check", *files)
    passes(copy, "ruff", "format", "--check", *files)
    is_well_tested(copy, "-k", "use_cases or phone_info or each_action or code or allow or circle_of_modules")


@pytest.mark.slow
def test_the_long_checks(copy: Path) -> None:
    """Types, what tests ask of each action, Ansible's own reading of the documentation, licences, the changelog."""
    files = [file for name, options in KINDS.items() for file in make(copy, name, DESCRIPTION, *options)]
    passes(copy, "ruff", "check", *files)
    passes(copy, "ruff", "format", "--check", *files)
    # Of the modules that they import only the types are read.
    modules = [f"ansible_collections.gbz.zorgid.{file[:-3].replace('/', '.')}" for file in files if "tests" not in file]
    mypy = ("mypy", "--follow-imports", "silent", *(word for module in modules for word in ("-m", module)))
    passes(copy, "env", "MYPYPATH=.cache/collections", *mypy)
    is_well_tested(copy)
    for name in KINDS:
        assert DESCRIPTION in passes(copy, "ansible-doc", f"gbz.zorgid.{name}")
    fragments = [f"changelogs/fragments/{name}.yml" for name in KINDS]
    passes(copy, "antsibull-changelog", "lint", *fragments)
    passes(copy, "reuse", "lint-file", *files, *fragments)


@pytest.mark.slow
def test_what_was_red_before_is_not_about_it(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(copy, "bare", DESCRIPTION)
    page = copy / "docs" / "errors.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n`no_such_code`\n", encoding="utf-8")
    words = ("-k", "use_cases or code")
    with pytest.raises(AssertionError, match="no_such_code"):
        is_well_tested(copy, *words)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", copy)
    is_well_tested(copy, *words)


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (("dossier", DESCRIPTION), "there already"),
        (("PhoneInfo", DESCRIPTION), "is no name"),
        (("class", DESCRIPTION), "is no name"),
        (("phone_info", "read phones"), "one sentence"),
        (("phone_info", "Read phones."), "one sentence"),
        (("phone_info", "Read: phones"), "one sentence"),
    ],
)
def test_what_it_refuses(words: tuple[str, ...], reported: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "plugins").rglob("*.py")}
    done = run(ROOT, "tools/new-action", *words)
    assert done.returncode == 2
    assert reported in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (ROOT / "plugins").rglob("*.py")} == before
