# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every public action is documented exactly as it behaves: the same options, types, defaults, choices and secrets."""

from __future__ import annotations

import importlib
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

ROOT = Path(__file__).resolve().parents[3]
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")
COMPARED = ("type", "elements", "default", "choices", "required", "no_log", "aliases")


def documented(name: str) -> dict[str, Any]:
    path = ROOT / "plugins" / "modules" / f"{name}.py"
    doc, _examples, _returns, _metadata = get_docstring(
        str(path), fragment_loader, collection_name="gbz.zorgid", plugin_type="module"
    )
    assert doc, f"{name} has no DOCUMENTATION"
    return doc


def spec_of(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.gbz.zorgid.plugins.action.{name}").ActionModule.SPEC


def normal(option: dict[str, Any], *, documentation: bool) -> dict[str, Any]:
    known = {key: option[key] for key in COMPARED if key in option and key != "no_log"}
    known.setdefault("type", "str")
    known.setdefault("required", False)
    known.setdefault("default", None)
    for key in ("suboptions", "options"):
        if option.get(key):
            known["options"] = {k: normal(v, documentation=documentation) for k, v in option[key].items()}
    return known


@pytest.mark.heavy
@pytest.mark.parametrize("name", ACTIONS)
def test_documentation_and_spec_agree(name: str) -> None:
    options = documented(name).get("options") or {}
    written = {key: normal(value, documentation=True) for key, value in options.items()}
    real = {key: normal(value, documentation=False) for key, value in spec_of(name).options.items()}
    assert written == real


@pytest.mark.parametrize("name", ACTIONS)
def test_secrets_are_never_logged(name: str) -> None:
    for option, rule in spec_of(name).options.items():
        if any(word in option for word in ("password", "passphrase", "token", "secret", "pin")) and rule.get(
            "type", "str"
        ) in ("str", "raw"):
            assert "no_log" in rule, f"{name}.{option} must say no_log (true, or false with a reason)"


def test_each_action_has_a_stub_and_stands_in_the_action_groups() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["zorgid"]) == ACTIONS
    portal = [name for name in ACTIONS if "portal_url" in spec_of(name).options]
    assert sorted(runtime["action_groups"]["portal"]) == portal
    dossier = [name for name in ACTIONS if "dossier_url" in spec_of(name).options]
    assert sorted(runtime["action_groups"]["dossier"]) == dossier
    stubs = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
    assert stubs == ACTIONS


def test_version_added_is_the_release_that_first_had_it() -> None:
    """What no release has yet comes with the next one; antsibull-changelog lists as new what says so."""
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    first = {
        one["name"]: version
        for version, release in releases.items()
        for one in (*release.get("modules", ()), *itertools.chain(*release.get("plugins", {}).values()))
    }
    newest = max(releases, key=_numbers)
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    major, minor, _patch = _numbers(newest)
    coming = version if _numbers(version) > _numbers(newest) else f"{major}.{minor + 1}.0"
    documents = [path for path in (ROOT / "plugins").glob("*/*.*") if path.suffix in (".py", ".yml")]
    said = {path: re.findall(r"version_added: *(.+)", path.read_text(encoding="utf-8")) for path in documents}
    assert sum(path.stem in first for path, found in said.items() if found) == len(first)
    for path, found in said.items():
        if found and path.parent.name != "doc_fragments":
            assert found[0] == first.get(path.stem, coming), path.name
        assert all(_numbers(one) <= _numbers(coming) for one in found), path.name


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def test_the_role_knows_its_variables() -> None:
    role = ROOT / "roles" / "zorgid_onboarding"
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    options = specs["main"]["options"]
    assert set(defaults) <= set(options)
    assert {name for name in options if name not in defaults} == {
        name for name, option in options.items() if option.get("required")
    }
