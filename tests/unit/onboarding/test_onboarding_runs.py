# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only shows when all organisations of a run, and of the inventory, are seen together."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Observation
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import recording
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import ABSENT, Seen, Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import (
    Host,
    RunBounds,
    RunPlan,
    decide,
    still_bounded,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack, unpack
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import run_plan, settling
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.beginning import known_names
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.run_plan import Found
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.tests.support.decisions import CHANGED, FRESH
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NOW,
    URA,
    answer,
    days,
    known_until,
    seen,
    submission,
    with_words,
    word,
)

DOCUMENT = (Effect.SUBMIT_APPLICATION, Effect.SIGN_DOCUMENT, Effect.MAIL_DOCUMENT)


def host(name: str, ura: str = URA, known: Known | None = None) -> Host:
    known = known or known_until(None)
    return Host(Policy(name), dataclasses.replace(known, ura=ura), FRESH)


def codes(run: RunPlan) -> dict[str, list[str]]:
    return {
        name: [step.trouble.code for step in one.steps if step.trouble] + ([one.note.code] if one.note else [])
        for name, one in run.plans.items()
    }


# 7. One URA number at two hosts: two documents were mailed.


@pytest.mark.parametrize("other", [URA, "090000101"[1:]])
def test_two_hosts_with_one_number(other: str) -> None:
    run = decide([host("delinde"), host("kopie", other)], NOW)
    assert codes(run) == {"delinde": ["ura_of_two_hosts"], "kopie": ["ura_of_two_hosts"]}
    assert (run.work, run.status()) == ((), (2, "errors"))
    # The dossier knows one of them: it goes on.
    mine = known_until(None, host="delinde")
    run = decide([host("delinde", known=mine), host("kopie", other, mine)], NOW)
    assert (run.work, codes(run)["kopie"]) == (("delinde",), ["ura_of_two_hosts"])


def test_the_status_does_not_say_of_two_hosts_with_one_number_that_they_have_not_begun() -> None:
    found = {
        name: Found(Host(Policy(name), Known(URA, "", host=holder))) for name, holder in (("a", None), ("b", None))
    }
    reported = run_plan._recorded(found, {})
    assert {one.steps[0].trouble.code for one in reported.plans.values() if one.steps[0].trouble} == {
        "ura_of_two_hosts"
    }
    alone = run_plan._recorded({"a": found["a"]}, {})
    assert all(one.trouble is None for one in alone.plans["a"].steps)


def test_numbers_with_and_without_zeros_are_one() -> None:
    """Wrong decision 18."""
    assert set(codes(decide([host("a", "202"), host("b", "00000202")], NOW))["b"]) == {"ura_of_two_hosts"}


@pytest.mark.parametrize(
    ("elsewhere", "stopped"),
    [
        ({"kopie": URA}, True),
        ({"kopie": "90000102"}, False),
        ({"kopie": "no number"}, False),
        ({}, False),
    ],
)
def test_limit_hides_no_twin(elsewhere: dict[str, str], stopped: bool) -> None:
    run = decide([host("delinde")], NOW, elsewhere=elsewhere)
    assert bool(codes(run)["delinde"]) is stopped
    if stopped:
        (trouble,) = [one.trouble for one in run.plans["delinde"].steps if one.trouble]
        assert "kopie" in trouble.message
    # Whom the dossier knows goes on; it is the newcomer's mistake.
    known = host("delinde", known=known_until(None, host="delinde"))
    assert decide([known], NOW, elsewhere=elsewhere).work == ("delinde",)


def test_a_renamed_host_goes_on_after_a_persons_word() -> None:
    renamed = known_until("document_sent", host="delinde")
    run = decide([host("linde-west", known=renamed)], NOW)
    (trouble,) = [one.trouble for one in run.plans["linde-west"].steps if one.trouble]
    assert (trouble.code, "word=moved subject=linde-west" in trouble.record) == ("ura_of_two_hosts", True)
    moved = with_words(renamed, word("moved", subject="linde-west"))
    assert codes(decide([host("linde-west", known=moved)], NOW)) == {"linde-west": []}


def test_a_number_that_is_none_stops_its_own_organisation_only() -> None:
    broken = host("anker", "123456789", known_until(None, unusable=Trouble("ura_invalid", "It is none")))
    assert decide([broken, host("delinde")], NOW).work == ("delinde",)


# What a run does: work for the second play.


class Hostvars:
    def __init__(self, reported: dict[str, dict[str, Any]]) -> None:
        self._reported = reported
        self.asked: list[str] = []

    def raw_get(self, name: str) -> dict[str, Any]:
        self.asked.append(name)
        return self._reported[name]


def action(tmp_path: Path, found: dict[str, Found], elsewhere: dict[str, Any]) -> Any:
    """As ``onboarding_decide`` sees it."""
    reported: dict[str, dict[str, Any]] = {
        name: {run_plan.OBSERVED: {"observed": json.dumps(pack(one)), "run": "r"}} for name, one in found.items()
    }
    reported |= {name: {"zorgid_onboarding_organisation": one} for name, one in elsewhere.items()}
    task_vars = {
        "__zorgid_onboarding_begun": {"run": "r", "hosts": list(found)},
        "ansible_play_batch": list(found),
        "groups": {"all": [*found, *elsewhere]},
        "hostvars": Hostvars(reported),
    }
    return SimpleNamespace(task_vars=task_vars, check_mode=False, _templar=None)


@pytest.fixture
def nobodys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Observation]:
    """Mail that names nobody, in the mailbox ``box``."""
    rows = [Observation("<n@vzvz.example>", 1, 7, days(1).isoformat(), "unknown", problem="ura_missing")]
    monkeypatch.setattr(run_plan, "of_nobody", lambda _shared, names, _uras: rows if "box" in names else [])
    monkeypatch.setattr(run_plan, "folder_of", lambda _name: tmp_path)
    return rows


def decided(made: Any) -> tuple[RunPlan, dict[str, list[str]]]:
    result = run_plan.decide(made)
    reported: RunPlan = unpack(RunPlan, json.loads(result["plan"]))
    return reported, {one["host"]: one["effects"] for one in result["work"]}


def quiet(name: str, ura: str = URA, **more: Any) -> Found:
    """Waits for VZVZ; the dossier says so."""
    known = dataclasses.replace(known_until("document_sent", host=name), ura=ura)
    observed = seen()
    made = plan(known, observed, Policy(name), NOW)
    steps = dict(known.steps)
    for record in recording.records(known, made):
        steps[record.step] = record.over(known, known.step(record.step), days(3).isoformat())
    return Found(Host(Policy(name), dataclasses.replace(known, steps=steps), observed), **more)


def test_mail_of_nobody_is_told_and_written_down_although_nobody_has_work(
    tmp_path: Path, nobodys: list[Observation]
) -> None:
    found = {
        "a": quiet("a", "90000101", channel="box", news=True),
        "b": quiet("b", "90000102", channel="box", news=True),
        "c": quiet("c", "90000103", channel="another"),
    }
    reported, work = decided(action(tmp_path, found, {}))
    assert [(one.code, one.mail) for one in reported.attention] == [("ura_missing", nobodys[0].message_id)]
    # Once for the channel, by the first who reads it.
    assert work == {"a": ["record_mail", "record"]}
    # It may be the answer of anybody who reads that mailbox, and of nobody else.
    assert {name: one.remind for name, one in reported.plans.items()} == {"a": False, "b": False, "c": True}
    # Known by now, it is still told, and nothing is written.
    known = {name: dataclasses.replace(one, news=False) for name, one in found.items()}
    reported, work = decided(action(tmp_path, known, {}))
    assert (len(reported.attention), work) == (1, {})


def test_a_twin_that_is_not_in_the_play_is_found_and_the_newcomer_writes_nothing(
    tmp_path: Path, nobodys: list[Observation]
) -> None:
    found = {"kopie": Found(host("kopie", known=known_until("document_sent", host="delinde")), records=True)}
    elsewhere = {"delinde": {"ura": URA}, "templated": {"ura": "{{ ura }}"}, "windows": None, "text": "{{ all }}"}
    reported, work = decided(action(tmp_path, found, elsewhere))
    assert (codes(reported), work) == ({"kopie": ["ura_of_two_hosts"]}, {})
    # Its mail is written down all the same; what the dossier says of the organisation is the other one's.
    # Its files are the other one's too.
    found["kopie"] = dataclasses.replace(found["kopie"], channel="box", news=True, lost=True)
    assert decided(action(tmp_path, found, elsewhere))[1] == {"kopie": ["record_mail"]}


def test_a_run_that_may_be_a_slice_does_not_say_that_a_row_belongs_to_nobody() -> None:
    found = {name: Found(host(name), dossier="d", going=2) for name in ("a", "b")}
    found = {
        name: dataclasses.replace(one, host=dataclasses.replace(one.host, list_file="f list.csv"))
        for name, one in found.items()
    }
    variables: dict[str, Any] = {"groups": {"all": ["a", "b"]}, "hostvars": Hostvars({})}
    assert run_plan._is_whole(variables, found)
    # AWX has started it with others; or the dossier has an organisation that this inventory lacks.
    assert not run_plan._is_whole({**variables, "tower_workflow_job_id": 17}, found)
    more = {name: dataclasses.replace(one, going=3) for name, one in found.items()}
    assert not run_plan._is_whole(variables, more)
    # One that is withdrawn is missing here for another reason, and a new one is not in the dossier yet.
    gone = with_words(known_until(None), word("withdrawn"))
    found["b"] = dataclasses.replace(found["b"], host=dataclasses.replace(found["b"].host, known=gone), going=1)
    assert run_plan._is_whole(variables, {**found, "a": dataclasses.replace(found["a"], going=1)})
    fresh = {name: dataclasses.replace(one, going=0, new=True) for name, one in found.items()}
    assert run_plan._is_whole(variables, fresh)


def test_all_of_the_inventory_are_looked_at_for_a_new_number_only(tmp_path: Path, nobodys: list[Observation]) -> None:
    elsewhere = {f"h{number}": {"ura": f"9000020{number}"} for number in range(9)} | {"kopie": {"ura": "90000101"}}
    known = {"delinde": quiet("delinde")}
    made = action(tmp_path, known, elsewhere)
    assert codes(decided(made)[0]) == {"delinde": []}
    assert set(made.task_vars["hostvars"].asked) == {"delinde"}
    made = action(tmp_path, {"delinde": Found(host("delinde"))}, elsewhere)
    assert codes(decided(made)[0]) == {"delinde": ["ura_of_two_hosts"]}
    # The copy alone in the play: only the host that the dossier knows is asked. It is there, so nothing was renamed.
    copy = Found(host("kopie", known=known_until("document_sent", host="delinde")))
    made = action(tmp_path, {"kopie": copy}, {"delinde": {"ura": "90000101"}, "other": {"ura": "90000202"}})
    (trouble,) = [one.trouble for one in decided(made)[0].plans["kopie"].steps if one.trouble]
    assert (trouble.record, "the copied host" in trouble.action) == ("", True)
    assert "other" not in made.task_vars["hostvars"].asked


# Bounds


def test_a_bound_can_be_raised_for_one_run() -> None:
    """``-e`` with an unknown zorgid variable is an error; these are known."""
    assert {"zorgid_max_documents", "zorgid_max_notices"} <= known_names()


def test_a_rejected_document_and_the_corrected_one_may_leave_on_one_day() -> None:
    corrected = Host(
        Policy("delinde"),
        known_until("document_sent", host="delinde"),
        seen(answers=(answer("document_rejected"),), document=Seen.good(CHANGED)),
    )
    for today, goes in ((1, True), (4, True), (5, False)):
        assert (decide([corrected], NOW, bounds={"": RunBounds(today=today)}).work == ("delinde",)) is goes


def test_what_a_bound_held_back_stays_so_when_the_organisation_is_seen_alone() -> None:
    hosts = [host(f"h{number}", f"9000010{number}") for number in range(3)]
    run = decide(hosts, NOW, bounds={"": RunBounds(documents="1")})
    assert [name for name, found in codes(run).items() if "documents_bounded" in found] == ["h1", "h2"]
    alone = plan(hosts[1].known, hosts[1].observed, hosts[1].policy, NOW)
    assert alone.effects == DOCUMENT
    after = still_bounded(alone, run.plans["h1"])
    assert after.effects == ()
    assert after.step("document_sent").state is State.STOP
    assert dataclasses.replace(run, plans={"h1": after}).status() == (2, "errors")
    assert still_bounded(alone, run.plans["h0"]) == dataclasses.replace(alone, mailing=())


def by_hand(name: str, ura: str, **changes: Any) -> Host:
    """No mail server is given: the document is mailed by a person."""
    one = host(name, ura, **changes)
    return dataclasses.replace(one, observed=dataclasses.replace(one.observed, smtp=ABSENT))


def test_an_application_whose_document_goes_by_hand_is_bounded_too() -> None:
    hosts = [by_hand(f"h{number}", f"9000010{number}") for number in range(3)]
    run = decide(hosts, NOW, bounds={"": RunBounds(documents="1")})
    assert run.counts[Effect.SUBMIT_APPLICATION] == 1
    assert {name: found for name, found in codes(run).items() if found} == {
        "h1": ["documents_bounded"],
        "h2": ["documents_bounded"],
    }
    assert run.plans["h1"].step("application_submitted").state is State.STOP
    assert run.plans["h1"].effects == ()
    assert run.status() == (2, "errors")
    after = still_bounded(plan(hosts[1].known, hosts[1].observed, hosts[1].policy, NOW), run.plans["h1"])
    assert after.step("application_submitted").state is State.STOP


def test_a_document_that_follows_its_application_is_not_counted_again() -> None:
    def applied(number: int, ago: float) -> Host:
        known = known_until(
            "application_submitted", submissions={"application_form": submission("application_form", ago=ago)}
        )
        return host(f"h{number}", f"9000010{number}", dataclasses.replace(known, host=f"h{number}"))

    hosts = [applied(number, 0.5) for number in range(3)]
    run = decide(hosts, NOW, bounds={"": RunBounds(documents="3", today=3)})
    assert (run.counts[Effect.MAIL_DOCUMENT], run.errors) == (3, ())
    # Those of the day before count again.
    hosts = [applied(number, 1.5) for number in range(3)]
    assert decide(hosts, NOW, bounds={"": RunBounds(documents="3", today=3)}).errors == ("h0", "h1", "h2")


# 13. VZVZ's reason comes first, on the terminal alone.


def test_the_reason_of_a_rejection_is_on_the_terminal_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected = seen(answers=(answer("document_rejected"),))
    hosts = [
        Host(Policy(name), dataclasses.replace(known_until("document_sent", host=name), ura=ura), rejected)
        for name, ura in (("a", "202"), ("b", "90000102"))
    ]
    reported = json.dumps(pack(decide(hosts, NOW)))
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(settling, "folder_of", lambda _name: tmp_path / "run")
    monkeypatch.setattr(settling.showing, "show", lambda text, *, kept: shown.append((text, kept)))
    # As the organisation's own process left it, under its eight digits.
    OncePerRun(tmp_path / "run").get({"rejection": "00000202"}, lambda: "Het KvK-nummer klopt niet.")
    task_vars = {
        "__zorgid_onboarding_begun": {"run": "r"},
        run_plan.DECIDED: {"plan": reported, "environment": "test", "title": "plan", "boards": ["a"]},
        "ansible_play_hosts_all": ["a", "b"],
        "hostvars": Hostvars({"a": {}, "b": {}}),
    }
    options = settling.command_of({"board": "a", "plan_path": str(tmp_path / "plan"), "fail_on_changes": False})
    result = settling.settle(SimpleNamespace(task_vars=task_vars, check_mode=True), options)  # type: ignore[arg-type]  # no action is needed
    ((terminal, kept),) = shown
    # The first thing in the organisation's own block, before what to do; its mail stands there too.
    block = terminal[terminal.index("De Linde (202, a), application_confirmed") :].splitlines()
    assert block[1].strip(" ✗x") == "VZVZ rejected the document: Het KvK-nummer klopt niet."
    assert "<document_rejected@vzvz.example>" in block[2]
    assert block[3].split()[0] == "do"
    files = "".join(path.read_text("utf-8") for path in (tmp_path / "plan").iterdir())
    assert "document_rejected" in files
    for text in (kept, json.dumps(result), files):
        assert "KvK-nummer" not in text
    # Where the mail could not be had, the date and the Message-ID say where it stands.
    assert "De Linde (90000102, b), application_confirmed" in terminal
    assert [one["host"] for one in result["failed_hosts"]] == ["a", "b"]
