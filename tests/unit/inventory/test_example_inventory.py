# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""inventories/example shows every variable of the role and every option in one, explained, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.placeholders import FILL_IN

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "inventories" / "example"
FILES = sorted(EXAMPLE.rglob("*.yml"))
FOLDER = ROOT / "playbooks" / "files" / "new" / "inventory"
SPECS = yaml.load(
    (ROOT / "roles/zorgid_onboarding/meta/argument_specs.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
OPTIONS: dict[str, dict[str, Any]] = SPECS["argument_specs"]["main"]["options"]


def loaded(path: Path, text: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8") if text is None else text)
    return data


def shown(path: Path) -> dict[str, Any]:
    """With what stands in comments as an example: `# name: …`, at the beginning of a line or indented in a mapping."""
    lines = [
        re.sub(r"^( *)# ?(?= *[a-z_]+:( |$))(?! *[a-z_]+: [^#]*[.,:]$)", r"\1", line)
        for line in path.read_text(encoding="utf-8").split("\n")
    ]
    return loaded(path, "\n".join(line for line in lines if not line.lstrip().startswith("#")))


def merged() -> Iterator[tuple[str, Any]]:
    for path in FILES:
        if "_vars" in str(path):
            yield from shown(path).items()


@pytest.mark.heavy
@pytest.mark.parametrize("name", OPTIONS)
def test_every_variable_of_the_role_is_in_the_example(name: str) -> None:
    given = [value for found, value in merged() if found == name]
    assert given, f"inventories/example does not show {name}"
    if options := OPTIONS[name].get("options"):
        keys = {key for value in given if isinstance(value, Mapping) for key in value}
        mail = {"sender"} if name.endswith("_imap") else set()
        assert keys == set(options) - mail


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLE)))
def test_every_variable_is_known_and_explained(path: Path) -> None:
    names = [name for name in loaded(path) if name.startswith("zorgid_")]
    assert set(names) <= set(OPTIONS)
    before = ""
    for line in path.read_text(encoding="utf-8").split("\n"):
        if match := re.match(r"(?:# )?(zorgid_[a-z_]+):", line):
            again = match[1].endswith(("_imap", "_authentication_server"))
            assert before.startswith("#") or again, f"{match[1]} has no line that explains it"
        before = line


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yml")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_folder_that_new_makes_has_variables_that_exist(path: Path) -> None:
    for name, value in loaded(path).items():
        if name.startswith("zorgid_"):
            assert name in OPTIONS
            if isinstance(value, Mapping):
                assert set(value) <= set(OPTIONS[name]["options"])


def test_the_organisations_are_usable_and_no_secret_is_real() -> None:
    shared = loaded(EXAMPLE / "group_vars" / "care_organisations" / "main.yml")
    kinds, drivers = set(), set()
    for path in EXAMPLE.glob("host_vars/*/main.yml"):
        data = loaded(path)
        organisation = data["zorgid_onboarding_organisation"]
        organisation["provider"] = shared["gbz_provider"]
        organisation["people"]["technical_administrator"] = shared["gbz_technical_administrator"]
        check_organisation(organisation)
        kinds.add(data["zorgid_onboarding_certificate"]["source"])
        drivers.add(data.get("zorgid_onboarding_portal", {}).get("driver"))
    assert (kinds, drivers) == ({"windows", "file", "pkcs11"}, {"scim", "worklist", None})
    secrets = [value for path in EXAMPLE.rglob("vault.yml") for value in loaded(path).values()]
    assert set(secrets) == {FILL_IN, ""}
