# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list as its HR system writes it, through plan, onboard in check mode and onboard: two contracts are one person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.hr_lists import BEAUFORT
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox import portal

PLAN, ONBOARD = "gbz.zorgid.plan", "gbz.zorgid.onboard"
#: two contracts in a row; two that both run; one that ended long ago; one that is still to begin
ROWS = [
    *BEAUFORT.splitlines()[:5],
    "0010233;1;Kees;;Vos;;;E;1960-02-29;k.vos@delinde.example;Huisarts;1999-01-01;2020-11-25",
    "0010235;1;Noor;;Bakker;;;E;1999-12-31;n.bakker@delinde.example;Assistent;2099-01-01;9999-12-31",
]
#: one contract of somebody says another date of birth
WRONG = [one.replace("1991-10-03", "1990-10-03") if one.startswith("0010232;2") else one for one in ROWS]
PEOPLE = ("Fatima", "Amrani", "f.elamrani", "b.smit", "1991-10-03", "1990-10-03", "Bakker")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An organisation whose portal is active, and whose list is still to be carried out."""
    made = World(tmp_path_factory.mktemp("list"), 1)
    try:
        for _step in range(3):
            made.play()
            made.people_act()
        # The portal administrator is active now; the list of the world itself was not carried out before.
        yield made
    finally:
        made.stop()


def give(world: World, rows: list[str]) -> None:
    # Not in the inventory's folder, every file of which Ansible tries as an inventory.
    path = world.exports / "beaufort.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    (ura,) = world.uras
    variables: dict[str, Any] = {
        "zorgid_onboarding_accounts_path": str(path),
        "zorgid_onboarding_list_mapping": "beaufort",
    }
    variables["zorgid_onboarding_list_roots"] = [str(world.exports)]
    world.edit(f"org{ura}", lambda one: one.update(variables))


def run(world: World, playbook: str, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, the step of the employees, and all that was shown."""
    where = world.folder / "plan"
    reported = json.dumps({"zorgid_plan_path": str(where)})
    code = world.start("-e", reported, *words, playbook=playbook).wait(300)
    text = (where / "plan.json").read_text(encoding="utf-8")
    (organisation,) = json.loads(text)["organisations"]
    found = next(step for step in organisation["steps"] if step["step"] == "employees_registered")
    return code, found, world.output() + text


@pytest.mark.slow
def test_a_list_of_contracts_is_planned_and_carried_out(world: World) -> None:
    give(world, WRONG)
    for playbook, words in ((PLAN, ()), (ONBOARD, ("--check",))):
        _code, step, shown = run(world, playbook, *words)
        assert (step["state"], step["trouble"]["code"]) == ("stop", "accounts_invalid"), shown
        assert "row 5" in shown
        assert [one for one in PEOPLE if one in shown] == []

    give(world, ROWS)
    for playbook, words in ((PLAN, ()), (ONBOARD, ("--check",))):
        code, step, shown = run(world, playbook, *words)
        assert code == 0, shown
        # Who left long ago has no account to take away, and who comes later gets none yet.
        assert step["changes"] == {"created": 2}, shown
        assert step["because"] == "created 2; 1 starts on 2099-01-01"
        assert [one for one in PEOPLE if one in shown] == []

    (ura,) = world.uras
    code, _step, shown = run(world, ONBOARD)
    assert code == 0, shown
    members = {one["external_id"]: one["last_name"] for one in portal.members(world.state, ura)}
    assert members == {f"HR-{ura}-0": f"Proef{ura}", "0010231": "el Amrani", "0010232": "Smit"}
    _code, step, _shown = run(world, PLAN)
    assert step["changes"] in ({}, {"accounts": 2})
