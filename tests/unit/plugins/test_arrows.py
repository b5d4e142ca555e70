# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go the way that the table "Arrows" of docs/developing/README.md shows, and never in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "developing" / "README.md"
COLLECTION = "ansible_collections.gbz.zorgid"
#: The folders of plugins whose files Ansible loads; they and the adapter may import Ansible.
THIN = ("action", "callback", "inventory", "filter", "test")
DOCUMENTATION = ("modules", "doc_fragments")

#: For each module, what it imports: with dots, the standard library and others too.
Graph = Mapping[str, frozenset[str]]


def graph(root: Path, package: str) -> Graph:
    """Every import of every file below ``root``, whether of a run or of types only."""
    files = {path: _name(path.relative_to(root), package) for path in sorted(root.rglob("*.py"))}
    known = frozenset(files.values())
    return {name: frozenset(_imports(path, name, known)) - {name} for path, name in files.items()}


def _name(path: Path, package: str) -> str:
    parts = path.with_suffix("").parts
    return ".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def _imports(path: Path, name: str, known: frozenset[str]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{one.name}" if f"{module}.{one.name}" in known else module for one in node.names)


def circle(found: Graph) -> list[str]:
    """One circle of modules, empty when there is none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@cache
def plugins() -> Graph:
    found = graph(ROOT / "plugins", f"{COLLECTION}.plugins")
    return {name: used for name, used in found.items() if name.split(".")[4] not in DOCUMENTATION}


def room(module: str) -> str:
    """``_dossier`` of ``ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store``."""
    _collections, _gbz, _zorgid, _plugins, kind, *below = module.split(".")
    return kind if kind in THIN else below[0]


def arrows() -> set[tuple[str, str]]:
    """From room to room; what all may use is left out."""
    return {
        (room(name), room(used))
        for name, imported in plugins().items()
        for used in imported
        if used.startswith(f"{COLLECTION}.plugins.") and room(used) not in (room(name), "_common")
    }


def table() -> dict[str, frozenset[str]]:
    """The rooms from the top down, each with what it may import."""
    section = PAGE.read_text(encoding="utf-8").partition("## Arrows\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ?([^|]*) ?\|$", section, re.MULTILINE)
    rooms = frozenset(name for name, _imports in rows if name not in (*THIN, "_ansible", "_common"))
    return {
        name: rooms - {name} if "every room" in imports else frozenset(re.findall(r"`(\w+)`", imports))
        for name, imports in rows
    }


def test_the_table_has_each_room() -> None:
    rooms = {path.name for path in (ROOT / "plugins" / "module_utils").iterdir() if path.is_dir()}
    assert set(table()) == {*THIN, "_ansible", *(name for name in rooms if name.startswith("_") and "__" not in name)}


def test_a_room_names_only_rooms_below_it() -> None:
    order = list(table())
    assert [
        (above, below) for above, uses in table().items() for below in uses if order.index(below) < order.index(above)
    ] == []


@pytest.mark.heavy
def test_no_import_that_the_table_does_not_allow() -> None:
    allowed = table()
    assert sorted(arrow for arrow in arrows() if arrow[1] not in allowed[arrow[0]]) == []


@pytest.mark.heavy
def test_no_arrow_in_the_table_that_nobody_uses() -> None:
    whole = ("_ansible", "_use_cases")
    listed = {(name, used) for name, uses in table().items() for used in uses if name not in whole}
    assert sorted(listed - arrows()) == []


@pytest.mark.heavy
def test_no_ansible_below_the_adapter() -> None:
    domain = {name: used for name, used in plugins().items() if ".module_utils." in name}
    assert len(domain) > 100
    wrong = {name for name, used in domain.items() for one in used if one.split(".")[0] == "ansible"}
    assert sorted(wrong) == []


@pytest.mark.heavy
def test_no_circle_of_modules() -> None:
    assert circle(plugins()) == []


@pytest.mark.heavy
def test_the_sandbox_shares_nothing_with_the_collection() -> None:
    sandbox = graph(ROOT / "sandbox" / "zorgid_sandbox", "zorgid_sandbox")
    assert len(sandbox) > 50
    assert sorted(name for name, used in sandbox.items() for one in used if one.startswith("ansible_collections")) == []
    assert sorted(name for name, used in plugins().items() for one in used if one.startswith("zorgid_sandbox")) == []


@pytest.mark.heavy
def test_no_circle_in_the_sandbox() -> None:
    sandbox = graph(ROOT / "sandbox" / "zorgid_sandbox", "zorgid_sandbox")
    assert circle(sandbox) == []
    services: dict[str, frozenset[str]] = {}
    for name, used in sandbox.items():
        own = ".".join(name.split(".")[:2])
        others = {".".join(one.split(".")[:2]) for one in used if one in sandbox} - {own, "zorgid_sandbox"}
        services[own] = services.get(own, frozenset()) | others
    services.pop("zorgid_sandbox", None)
    assert circle(services) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from . import other", "from .one import A"),
        ("from .other import B", "def late():\n    from . import one"),
        ("import room.other", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.one import A"),
    ],
)
def test_a_circle_is_seen_however_it_is_written(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "one.py").write_text(one, encoding="utf-8")
    (tmp_path / "other.py").write_text(other, encoding="utf-8")
    (tmp_path / "third.py").write_text("from . import one", encoding="utf-8")
    assert set(circle(graph(tmp_path, "room"))) == {"room.one", "room.other"}
