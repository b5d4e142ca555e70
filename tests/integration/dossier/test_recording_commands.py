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
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.commands import VARIABLES, recording
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import RunPlan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.screen import table
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.run_plan import _nobodys
from ansible_collections.gbz.zorgid.tests.support.decision_rows import ROWS
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW
from ansible_collections.gbz.zorgid.tests.support.screen_support import NOT_UNDERSTOOD, run_of

SPEC = ActionModule.SPEC.options


def typed(folder: Path, command: str) -> str:
    """What a person copies from the screen into a shell, and what came of it."""
    environment = {
        **os.environ,
        "ANSIBLE_INVENTORY": str(folder / "inventory.yml"),
        "ANSIBLE_HOME": str(folder / "home"),
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(["bash", "-ec", command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def troubles() -> set[Trouble]:
    """Whatever the decision table brings about."""
    found: set[Trouble] = set()
    for row in ROWS:
        made = plan(row.known, row.seen, row.policy, NOW)
        found.update(one for one in (made.note, *(step.trouble for step in made.steps)) if one)
        found.update(one for step in made.steps for one in step.warnings)
    return found


def test_every_command_has_options_that_the_action_takes_and_variables_that_the_playbook_takes() -> None:
    records = {one.code: one.record for one in troubles() if one.record}
    records |= {f"dismiss {one.code}": one.dismiss for one in troubles() if one.dismiss}
    assert len(records) >= 9
    for code, record in records.items():
        options = dict(part.split("=", 1) for part in shlex.split(record))
        assert set(options) <= set(SPEC), code
        for name, value in options.items():
            assert value in SPEC[name].get("choices", [value]), (code, name)
        assert options["attested_by"], code
        playbook, limit, *variables = recording(record, "org000")
        assert limit == "-l org000", code
        names = [one.removeprefix("-e ").partition("=")[0] for one in variables]
        assert names, code
        assert set(names) <= set(VARIABLES[playbook.rpartition(".")[2]]), code


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
    command = re.search(r"^ +(ansible-playbook .*?)\n    \[", shown, re.DOTALL | re.MULTILINE)
    assert command
    assert "changed: [org000]" in typed(folder, command[1])
    with DossierStore.open(f"sqlite:///{folder}/work-dossier/dossier.sqlite3", read_only=True) as store:
        milestone = store.read("90000000").milestones["application_confirmed"]
    assert milestone.state == "done"
    assert milestone.attested is not None
    assert (milestone.attested.by, milestone.attested.how) == ("technical_administrator", "HOW YOU KNOW")


def test_a_mail_of_nobody_needs_nothing_by_the_command_on_the_screen(folder: Path) -> None:
    url = f"sqlite:///{folder}/work-dossier/dossier.sqlite3"
    (folder / "work-dossier").mkdir(mode=0o700)
    # Whoever writes a mail chooses its Message-ID: nothing of it may come into a shell.
    name = f"<$(touch${{IFS}}{folder}/run)'`reboot`@x>"
    mail = Observation(name, 7, 1, "2026-11-24T08:00:00+00:00", "unknown", problem="ura_missing")
    with DossierStore.open(url, environment="production") as store:
        store.observations.observe(store.observations.mailbox(["x"], {}), [mail])
    run = RunPlan({}, (_nobodys(mail, "org000"),))
    shown = table(run, environment="production", now=NOW, style=Style())
    command = re.search(r"needs no action, record that:\n +(ansible-playbook .*?)\n    \[", shown, re.DOTALL)
    assert command
    assert "changed: [org000]" in typed(folder, command[1])
    assert "ok: [org000]" in typed(folder, command[1])
    assert not (folder / "run").exists()
    with DossierStore.open(url, read_only=True) as store:
        assert store.words.looked_at() == {mail.code}
        (word,) = store.words.of("")
        assert (word.by, word.how) == ("technical_administrator", "HOW YOU KNOW")
    assert "changed: [org000]" in typed(folder, f"{command[1]} -e undo=true")
    with DossierStore.open(url, read_only=True) as store:
        assert store.words.looked_at() == frozenset()
