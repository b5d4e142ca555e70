# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template is compiled once per run; what comes out is what Ansible makes of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import templates
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.templates import compiled_once

VARIABLES = {
    "host": "org1",
    "sandbox": {"imap": {"host": "imap.example", "port": 993}},
    "folder": trust_as_template("/srv/zorgid/{{ host }}"),
    "document": trust_as_template("{{ folder }}/document.xml"),
    "port": trust_as_template("{{ sandbox.imap.port }}"),
    "other_signs": trust_as_template(
        "#jinja2: variable_start_string:'[%', variable_end_string:'%]'\n[% host %] {{ x }}"
    ),
}
RENDERED = {
    "folder": "/srv/zorgid/org1",
    "document": "/srv/zorgid/org1/document.xml",
    "port": 993,
    "other_signs": "org1 {{ x }}",
}


def rendered(folder: Path, variables: dict[str, Any] = VARIABLES) -> dict[str, Any]:
    templar = Templar(loader=DataLoader(), variables=variables)
    with compiled_once(templar, folder):
        return {name: templar.template(variables[name]) for name in RENDERED if name in variables}


def test_the_first_and_the_next_give_what_ansible_gives(tmp_path: Path) -> None:
    templar = Templar(loader=DataLoader(), variables=VARIABLES)
    assert {name: templar.template(VARIABLES[name]) for name in RENDERED} == RENDERED
    assert rendered(tmp_path) == RENDERED
    assert rendered(tmp_path) == RENDERED


def test_the_next_one_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jinja2

    assert rendered(tmp_path) == RENDERED
    compiled: list[str] = []
    compile_ = jinja2.Environment.compile

    def counted(self: Any, source: Any, *args: Any, **options: Any) -> Any:
        compiled.append(str(source))
        return compile_(self, source, *args, **options)

    monkeypatch.setattr(jinja2.Environment, "compile", counted)
    # Of another host: its values, the same text.
    others = {**VARIABLES, "host": "org2"}
    assert rendered(tmp_path, others)["document"] == "/srv/zorgid/org2/document.xml"
    # A first line of its own gives a template other signs, and what is compiled with those is nobody else's.
    assert compiled == ["[% host %] {{ x }}"]


def test_what_is_kept_cannot_be_read(tmp_path: Path) -> None:
    assert rendered(tmp_path) == RENDERED
    [path] = tmp_path.iterdir()
    assert b"document.xml" not in path.read_bytes()


@pytest.mark.parametrize("place", [0, 20, -1])
def test_what_somebody_changed_is_not_run(tmp_path: Path, place: int) -> None:
    assert rendered(tmp_path) == RENDERED
    [path] = tmp_path.iterdir()
    changed = bytearray(path.read_bytes())
    changed[place] ^= 1
    path.write_bytes(changed)
    assert rendered(tmp_path) == RENDERED
    assert path.read_bytes() == changed


def test_another_process_has_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(tmp_path) == RENDERED
    [path] = tmp_path.iterdir()
    kept = path.read_bytes()
    monkeypatch.setattr(templates, "_KEY", bytes(32))
    assert rendered(tmp_path) == RENDERED
    assert path.read_bytes() == kept


def test_a_template_that_cannot_be_compiled_fails_as_it_does(tmp_path: Path) -> None:
    broken = {**VARIABLES, "folder": trust_as_template("{{ host | ")}
    with pytest.raises(Exception, match=r"(?i)syntax error"):
        rendered(tmp_path, broken)
    assert rendered(tmp_path) == RENDERED


def test_an_ansible_without_this_engine_renders_as_before(tmp_path: Path) -> None:
    with compiled_once(SimpleNamespace(), tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_afterwards_the_templar_is_as_it_was(tmp_path: Path) -> None:
    templar = Templar(loader=DataLoader(), variables=VARIABLES)
    before = type(templar._engine.environment)
    with compiled_once(templar, tmp_path):
        templar.template(VARIABLES["folder"])
    assert type(templar._engine.environment) is before
