# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the screen tells a person to type does what it says: copied from it into a shell, with the real action."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.action.dossier import ActionModule
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.screen import table
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "onboarding"))

from onboarding_support import NOW
from screen_support import NOT_UNDERSTOOD, run_of
from test_onboarding_table import ROWS

SPEC = ActionModule.SPEC.options


def troubles() -> set[Trouble]:
    """Whatever the decision table brings about."""
    found: set[Trouble] = set()
    for row in ROWS:
        made = plan(row.known, row.seen, row.policy, NOW)
        found.update(one for one in (made.note, *(step.trouble for step in made.steps)) if one)
        found.update(one for step in made.steps for one in step.warnings)
    return found


def test_every_command_has_options_that_the_action_takes() -> None:
    records = {one.code: one.record for one in troubles() if one.record}
    assert len(records) >= 9
    for code, record in records.items():
        options = dict(part.split("=", 1) for part in shlex.split(record))
        assert set(options) <= set(SPEC), code
        for name, value in options.items():
            assert value in SPEC[name].get("choices", [value]), (code, name)
        assert options["attested_by"], code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    organisation = {"ura": "90000000", "name": "Het Anker"}
    inventory = {
        "care_organisations": {
            "vars": {"zorgid_onboarding_work_dir": str(tmp_path / "work"), "ansible_connection": "local"},
            "hosts": {"org000": {"zorgid_onboarding_organisation": organisation}},
        }
    }
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    return tmp_path


def test_a_command_copied_from_the_screen_records_what_it_says(folder: Path) -> None:
    shown = table(run_of([NOT_UNDERSTOOD]), environment="production", now=NOW, style=Style())
    shell = shown[shown.index("  ZORGID=") :]
    command = re.search(r"^ +(ansible .*?)\n    \[", shown, re.DOTALL | re.MULTILINE)
    assert command
    environment = {
        **os.environ,
        "ANSIBLE_INVENTORY": str(folder / "inventory.yml"),
        "ANSIBLE_HOME": str(folder / "home"),
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    typed = f"{shell}\n{command[1]}\n"
    done = subprocess.run(["bash", "-ec", typed], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "org000 | CHANGED" in done.stdout
    with DossierStore.open(f"sqlite:///{folder}/work-dossier/dossier.sqlite3", read_only=True) as store:
        milestone = store.read("90000000").milestones["application_confirmed"]
    assert milestone.state == "done"
    assert milestone.attested is not None
    assert (milestone.attested.by, milestone.attested.how) == ("technical_administrator", "HOW YOU KNOW")
