# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is kept, approved by its digest, and carried out once; a world that changed meanwhile stops everything."""

from __future__ import annotations

import base64
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import RECAP, World
from zorgid_sandbox.state import received

pytestmark = pytest.mark.slow  # A sandbox and many runs; the rules are in the unit tests.
PLAN, ONBOARD = "gbz.zorgid.plan", "gbz.zorgid.onboard"


class Approving:
    """A world whose dossier has a key."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, 2)
        # What set_stats passes to the next node of a workflow is shown at the end.
        self.world.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "true"
        self.key = folder / "key.json"
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.key.write_text(json.dumps({"zorgid_onboarding_dossier_key": key}), encoding="utf-8")

    def run(self, playbook: str, *words: str, log: str = "run.log") -> int:
        return self.world.start("-e", f"@{self.key}", *words, playbook=playbook, log=log).wait(300)

    def plan(self, *words: str) -> tuple[str, dict[str, Any]]:
        """The kept digest (empty if none), and plan.json's ``approval``."""
        where = self.world.folder / "plan"
        code = self.run(PLAN, "-e", "zorgid_plan_keep=true", "-e", f"zorgid_plan_path={where}", *words)
        assert code == 0, self.said
        reported = json.loads((where / "plan.json").read_text(encoding="utf-8"))["approval"]
        return str(reported["digest"]), reported

    @property
    def said(self) -> str:
        return " ".join(self.world.output().split())

    def sent(self) -> int:
        """Forms and mails that arrived at the sandbox."""
        return len(received(self.world.state, "intake")) + len(received(self.world.state, "smtp"))

    def rows(self) -> list[tuple[str, str, dict[str, Any]]]:
        with closing(sqlite3.connect(self.world.dossier)) as connection:
            found = connection.execute("SELECT ura, event, payload FROM journal ORDER BY seq").fetchall()
        return [(ura, event, json.loads(payload)) for ura, event, payload in found]


@pytest.fixture
def approving(tmp_path: Path) -> Iterator[Approving]:
    made = Approving(tmp_path)
    try:
        yield made
    finally:
        made.world.stop()


def test_an_approved_plan_is_carried_out_once_and_only_as_it_was(approving: Approving) -> None:
    world = approving.world
    # --check records nothing and says so.
    digest, reported = approving.plan("--check")
    assert (digest, reported["work"]) == ("", True)
    assert "No plan was recorded, because of --check." in approving.said
    assert not world.dossier.exists()

    digest, reported = approving.plan("-e", "zorgid_plan_requester=requesting_team")
    assert re.fullmatch("[0-9a-f]{32}", digest)
    assert reported["command"] == f"ansible-playbook gbz.zorgid.onboard -e zorgid_plan_digest={digest}"
    assert reported["command"] in approving.said
    assert f'"zorgid_plan_digest": "{digest}", "zorgid_plan_work": true' in approving.said
    assert approving.sent() == 0
    rows = approving.rows()
    # Nothing else was recorded, and nothing names an organisation.
    assert [event for _ura, event, _payload in rows] == ["dossier_used", "dossier_keyed", "plan_kept", "plan_hosts"]
    assert {ura for ura, _event, _payload in rows} == {""}
    assert rows[-2][2] == {"by": "requesting_team", "digest": digest}
    assert not any(text in json.dumps(rows) for ura in world.uras for text in (ura, f"org{ura}", "Anna", "example"))
    # The same world gives the same digest, also now that the dossier and its key exist.
    assert approving.plan()[0] == digest

    # A changed recipient and another limit are other plans.
    first, second = (f"org{ura}" for ura in world.uras)
    world.edit(first, lambda one: one.update(zorgid_onboarding_document_recipient="elsewhere@vzvz.example"))
    assert approving.run(ONBOARD, "-e", f"zorgid_plan_digest={digest}") == 2
    assert "plan_stale" not in approving.said.split("PLAY RECAP")[1]
    assert "What would be done now is not the plan that was approved" in approving.said
    assert f"{first}: where something is sent or read" in approving.said
    assert f"{second}:" not in approving.said.split("Found:")[1].split("What to do:")[0]
    world.edit(first, lambda one: one.pop("zorgid_onboarding_document_recipient"))
    assert approving.run(ONBOARD, "-l", first, "-e", f"zorgid_plan_digest={digest}") == 2
    assert f"{second}: in that plan, not in this run" in approving.said
    assert approving.run(ONBOARD, "-e", "zorgid_plan_digest=") == 2
    assert "The dossier has no plan with this digest" in approving.said
    assert approving.run(ONBOARD, "-e", "zorgid_plan_keep=true") == 2
    assert "zorgid_plan_keep belongs to the playbook plan" in approving.said
    # In check mode too, or in another playbook, it would record nothing and nobody would know.
    assert approving.run(ONBOARD, "--check", "-e", "zorgid_plan_keep=true") == 2
    assert "zorgid_plan_keep belongs to the playbook plan" in approving.said
    assert approving.run("gbz.zorgid.status", "-e", f"zorgid_plan_digest={digest}") == 2
    assert "zorgid_plan_digest belongs to the playbook onboard" in approving.said
    assert approving.sent() == 0
    assert [event for _ura, event, _payload in approving.rows()][-2:] == ["plan_kept", "plan_hosts"]

    # Two runs at once with one digest: only one acts.
    words = ("-e", f"@{approving.key}", "-e", f"zorgid_plan_digest={digest}", "-e", "awx_user_name=approving_team")
    both = [world.start(*words, log=f"run {number}.log") for number in (1, 2)]
    codes = sorted(each.wait(300) for each in both)
    logs = [world.output(f"run {number}.log") for number in (1, 2)]
    assert codes == [0, 2], logs
    won, lost = sorted(logs, key=lambda text: "failed=1" in text)
    # Which of the two it is depends on how far the other one came.
    assert '"error_code": "plan_used"' in lost or '"error_code": "plan_stale"' in lost
    assert {host: int(failed) for host, _changed, _unreachable, failed in RECAP.findall(won)}[first] == 0
    assert f"Plan {digest}:" in won
    assert approving.sent() > 0
    sent = approving.sent()
    used = [payload for _ura, event, payload in approving.rows() if event == "plan_used"]
    assert [(one["digest"], one["by"]) for one in used] == [(digest, "approving_team")]

    # And it was used.
    assert approving.run(ONBOARD, "-e", f"zorgid_plan_digest={digest}") == 2
    assert approving.sent() == sent
    assert "This plan was carried out already" in approving.said

    # With nothing to do nobody is asked.
    before = approving.rows()
    digest, reported = approving.plan()
    assert (digest, reported["work"]) == ("", False)
    assert '"zorgid_plan_work": false' in approving.said
    assert "zorgid_plan_digest" not in approving.said.split("PLAY RECAP")[1]
    assert "No plan was recorded: nothing can be done now" in approving.said
    assert approving.rows() == before


def test_module_defaults_of_ones_own_play_are_part_of_the_plan(approving: Approving) -> None:
    """They may change any option of an effect, and the playbook ``plan`` had none."""
    world = approving.world
    digest, _reported = approving.plan()

    def carried_out(defaults: dict[str, Any]) -> int:
        role = "gbz.zorgid.zorgid_onboarding"
        play = {"hosts": "care_organisations", "gather_facts": False, "module_defaults": defaults, "roles": [role]}
        path = world.folder / "own.yml"
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return approving.run(str(path), "-e", f"zorgid_plan_digest={digest}")

    assert carried_out({"gbz.zorgid.intake_form": {"timeout": 77}}) == 2
    assert "What would be done now is not the plan that was approved" in approving.said
    for ura in world.uras:
        assert f"org{ura}: what the run may do" in approving.said
    assert approving.sent() == 0
    # A secret of theirs, and what belongs to another collection, changes no plan.
    assert carried_out({"ansible.builtin.debug": {"msg": "hello"}}) == 0
    assert approving.sent() > 0


def test_mail_that_arrives_between_plan_and_approval_stops_it(approving: Approving) -> None:
    """After the application, VZVZ's answers come while a plan waits."""
    world = approving.world
    first = f"org{world.uras[0]}"
    assert approving.run(ONBOARD, "-l", first) == 0, approving.said
    # The second organisation has work, the first one waits for mail.
    digest, _reported = approving.plan()
    assert digest
    world.people_act()
    sent = approving.sent()
    assert approving.run(ONBOARD, "-e", f"zorgid_plan_digest={digest}") == 2
    assert f"{first}: the steps and effects, the mail of VZVZ" in approving.said
    assert approving.sent() == sent


def test_a_file_that_is_changed_while_the_plan_is_carried_out_stops_its_organisation(approving: Approving) -> None:
    world = approving.world
    first, file = f"org{world.uras[0]}", world.folder / "applications.yml"
    reported = [{"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "versions": ["8.2"]}]
    file.write_text(yaml.safe_dump(reported), encoding="utf-8")
    world.edit(first, lambda one: one.update(zorgid_onboarding_care_applications_path=str(file)))
    digest, _reported = approving.plan()
    plugins = Path(__file__).parent / "changed_files"
    world.environment |= {"ANSIBLE_CALLBACK_PLUGINS": str(plugins), "ZORGID_TEST_CHANGES": str(file)}
    assert approving.run(ONBOARD, "-e", f"zorgid_plan_digest={digest}") == 2, approving.said
    assert "A file was changed after the approved plan was begun" in approving.said
    assert "found a difference in where something is sent or read" in approving.said
    assert [world.arrived(ura, "application_form") for ura in world.uras] == [False, True]


def test_without_a_key_no_plan_is_kept(approving: Approving) -> None:
    code = approving.world.start("-e", "zorgid_plan_keep=true", playbook=PLAN).wait(300)
    assert code == 2
    assert "with a key of the dossier" in approving.said
