# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ rejects the document, the user corrects the inventory, the run goes on. No text of others is a template."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World, smtp
from zorgid_sandbox.people import letters
from zorgid_sandbox.state import credentials


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 1)
    yield made
    made.stop()


@pytest.mark.slow
def test_a_rejected_document_is_corrected_signed_and_sent_once(world: World) -> None:
    ura, host = world.uras[0], f"org{world.uras[0]}"
    trap = world.folder / "templated"
    passwords = [credentials(world.state, "imap")[name] for name in ("password", "access_token")]
    hostile = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}} {{% for x in y %}}"
    export = world.exports / f"{host}.json"
    employees = json.loads(export.read_text(encoding="utf-8"))
    employees[0]["last_name"] = hostile
    export.write_text(json.dumps(employees), encoding="utf-8")

    assert world.play()[host][1] == 0
    for mail in smtp.mails(world.state, "document"):
        smtp.mark_handled(world.state, mail, "rejected", ura, hostile)
    letters.send(world.state, "document_rejected", ura=ura, reference="ZS-2026-00001", reason=hostile)
    for _run in range(2):
        assert world.play()[host][1] == 1
        failed = world.steps(ura)["application_confirmed"]
        assert (failed["state"], failed["error_code"]) == ("failed", "document_rejected")
        # VZVZ's reason comes first on the terminal, and stands on the board; nothing in it is ever executed.
        shown = " ".join(world.output().split())
        assert "VZVZ rejected the document: {{ lookup('ansible.builtin.pipe', 'touch" in shown
        assert failed["message"].endswith(f"VZVZ wrote: {hostile}")
    assert len(smtp.mails(world.state, "document")) == 1

    def give(kvk_number: str) -> None:
        def change(variables: dict[str, Any]) -> None:
            variables["zorgid_onboarding_organisation"]["kvk_number"] = kvk_number

        world.edit(host, change)

    give("12000102")
    assert world.play()[host][1] == 0
    assert world.play()[host] == (0, 0)
    assert len(smtp.mails(world.state, "document")) == 2
    assert world.steps(ura)["application_confirmed"]["state"] == "waiting"
    for _round in range(4):
        world.people_act()
        # Check mode half-way: something is predicted, nothing is sent or written.
        before = world.everything()
        world.play("--check", "--diff")
        assert world.everything() == before
        changed, failed_count = world.play("-vvv", "--diff")[host]
        assert failed_count == 0
        # Addresses, dates of birth, the link to the follow-up form, what the sandbox lets in with.
        for secret in ("p0@org", "p2@org", "1971-", "vervolgformulier/", *passwords):
            assert secret not in world.output()
        if not changed:
            break
    reached = world.outcome()
    assert reached["received_twice"] == []
    assert reached["organisations"][ura]["applications"] == 1
    assert {step["state"] for step in world.steps(ura).values()} == {"done"}
    assert len(smtp.mails(world.state, "document")) == 2
    assert not trap.exists()
    assert world.play("--check", "--diff")[host] == (0, 0)

    # What VZVZ has is not replaced because the inventory differs; a person says that it has to know, as the plan shows.
    give("12000103")
    assert world.play("-e", f"zorgid_plan_path={world.folder}")[host][1] == 0
    assert len(smtp.mails(world.state, "document")) == 2
    (asked,) = json.loads((world.folder / "plan.json").read_text(encoding="utf-8"))["organisations"][0]["attention"]
    assert asked["trouble"]["code"] == "document_differs"
    world.record(host, asked["trouble"]["record"])
    # A document that is signed anew has to be confirmed anew; nothing else begins again.
    assert world.play()[host][1] == 0
    assert world.steps(ura)["application_confirmed"]["state"] == "waiting"
    assert world.play()[host] == (0, 0)
    world.people_act()
    assert world.play()[host][1] == 0
    assert {step["state"] for step in world.steps(ura).values()} == {"done"}
    assert world.play()[host] == (0, 0)
    assert (len(smtp.mails(world.state, "document")), world.outcome()["received_twice"]) == (3, [])
