# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures for Prometheus: always text that its own parser reads, and never an organisation."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STATES, STEPS, Milestone, Statement
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.runs import Ran
from ansible_collections.gbz.zorgid.plugins.module_utils._report.telemetry import (
    CODES,
    OTHER,
    Metric,
    ReadDossier,
    render,
    telemetry,
)
from ansible_collections.gbz.zorgid.tests.support.report_dossiers import CERTIFICATE, NOW, dossier, many, three
from hypothesis import given
from hypothesis import strategies as st

parser = pytest.importorskip(
    "prometheus_client.parser", reason="prometheus-client is not here: pip install prometheus-client"
)


def parsed(content: bytes) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric -> values of its labels -> value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in parser.text_string_to_metric_families(content.decode("utf-8")):
        assert family.type == "gauge", family.name
        assert family.documentation, family.name
        for sample in family.samples:
            assert sample.timestamp is None
            assert set(sample.labels) <= {"step", "state", "code"}
            values = found.setdefault(family.name, {})
            assert tuple(sample.labels.values()) not in values, sample
            values[tuple(sample.labels.values())] = sample.value
    return found


def of(*dossiers: Any, runs: Any = (), valid: bool = True, **more: int) -> dict[str, dict[tuple[str, ...], float]]:
    return parsed(render(telemetry([ReadDossier(dossiers, runs, valid)], now=NOW, **more)))


def seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def ran(
    name: str = "a", began: str = "2026-11-30T10:00:00+00:00", ended: str = "2026-11-30T10:00:42+00:00", **codes: Any
) -> Ran:
    return Ran(name, began, ended, codes)


def test_each_step_and_state_is_always_there_and_what_is_unknown_is_not() -> None:
    for reported in (parsed(render(telemetry([], now=NOW))), of()):
        assert set(reported["zorgid_organisations"]) == {(step, state) for step in STEPS for state in STATES}
        assert set(reported["zorgid_organisations"].values()) == {0}
        for name in (
            "oldest_wait_timestamp_seconds",
            "certificate_expiry_timestamp_seconds",
            "last_run_end_timestamp_seconds",
            "last_run_duration_seconds",
            "longest_run_last_day_seconds",
        ):
            assert f"zorgid_{name}" not in reported
        assert reported["zorgid_failed_steps"] == {(OTHER,): 0}
        assert reported["zorgid_run_failures_last_day"] == {(OTHER,): 0}
        assert reported["zorgid_certificates_unknown"] == {(): 0}
    assert of()["zorgid_dossiers_without_run"] == {(): 1}


def test_organisations_by_step_and_state() -> None:
    reported = of(*three())
    assert reported["zorgid_organisations"]["identity_activated", "waiting"] == 1
    assert reported["zorgid_organisations"]["application_confirmed", "waiting"] == 1
    for step in STEPS:
        assert sum(reported["zorgid_organisations"][step, state] for state in STATES) == 3
    waits = reported["zorgid_oldest_wait_timestamp_seconds"]
    assert waits[("identity_activated",)] == seconds("2026-11-24T10:15:00+00:00")
    assert reported["zorgid_certificate_expiry_timestamp_seconds"][()] == seconds("2028-11-12T00:00:00+00:00")
    assert reported["zorgid_certificates_known"] == {(): 3}


def test_the_oldest_wait_is_the_one_since_when() -> None:
    early = dossier("B", "90000102", done=8, state="waiting", since="2026-01-02T03:04:05+00:00")
    reported = of(dossier(done=8, state="waiting"), early)
    assert reported["zorgid_oldest_wait_timestamp_seconds"] == {
        ("identity_activated",): seconds("2026-01-02T03:04:05+00:00")
    }


def test_without_an_expiry_a_certificate_is_counted_as_unknown() -> None:
    reported = of(dossier(), dossier("B", "90000102", done=3, certificate={**CERTIFICATE, "not_after": "soon"}))
    assert "zorgid_certificate_expiry_timestamp_seconds" not in reported
    assert (reported["zorgid_certificates_known"], reported["zorgid_certificates_unknown"]) == ({(): 0}, {(): 2})


def test_withdrawn_and_damaged_organisations_are_in_no_step() -> None:
    def said(word: Any) -> Statement:
        return Statement(1, "90000101", word, "", "Johanna Lindeman", "2026-11-24T10:15:00+00:00")

    waiting = dossier(done=8, state="waiting")
    reported = of(
        replace(waiting, words=[said("withdrawn")]),
        replace(waiting, words=[said("hold")]),
        replace(waiting, damaged="somebody changed it"),
    )
    assert reported["zorgid_organisations"]["identity_activated", "waiting"] == 1
    assert reported["zorgid_organisations_withdrawn"] == reported["zorgid_organisations_on_hold"] == {(): 1}
    assert reported["zorgid_organisations_damaged"] == {(): 1}


def test_an_unknown_code_is_other() -> None:
    first = dossier(done=5, state="failed")
    second = dossier("B", "90000102", done=5, state="failed", error_code="De Linde")
    assert of(first, second)["zorgid_failed_steps"] == {("smtp_unreachable",): 1, (OTHER,): 1}
    reported = of(runs=[ran(smtp_unreachable=2, **{"90000101": 3, "x": "y", "imap_unreachable": -1})])
    assert reported["zorgid_run_failures_last_day"] == {("smtp_unreachable",): 2, (OTHER,): 3}


def test_each_known_code_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "errors.md").read_text(encoding="utf-8")
    assert [code for code in sorted(CODES) if f"`{code}`" not in page] == []


def test_runs_of_the_last_day_and_the_last_one() -> None:
    old = ran("o", "2026-11-28T10:00:00+00:00", "2026-11-28T12:00:00+00:00", smtp_unreachable=7)
    reported = of(
        runs=[old, ran("b", ended="2026-11-30T10:05:00+00:00"), ran(), ran("c", ended="2026-11-30T10:05:01+00:00")]
    )
    assert reported["zorgid_runs_last_day"] == {(): 3}
    assert reported["zorgid_last_run_duration_seconds"] == {(): 301}
    assert reported["zorgid_longest_run_last_day_seconds"] == {(): 301}
    assert reported["zorgid_last_run_end_timestamp_seconds"] == {(): seconds("2026-11-30T10:05:01+00:00")}
    assert reported["zorgid_run_failures_last_day"] == {(OTHER,): 0}
    # An old run is the last one as long as there is no other.
    reported = of(runs=[old])
    assert reported["zorgid_last_run_duration_seconds"] == {(): 7200}
    assert reported["zorgid_runs_last_day"] == {(): 0}
    assert "zorgid_longest_run_last_day_seconds" not in reported


def test_several_dossiers_add_up() -> None:
    """One run over both; the second one also had a run of its own, which does not hide that the first one had none."""
    first = ReadDossier(three(), [ran("x", ended="2026-11-30T10:01:00+00:00", smtp_unreachable=1)], True)
    later = ran("y", "2026-11-30T11:00:00+00:00", "2026-11-30T11:00:05+00:00")
    second = ReadDossier(many(10), [ran("x", ended="2026-11-30T10:01:00+00:00", smtp_unreachable=2), later], False)
    reported = parsed(render(telemetry([first, second], now=NOW, dossiers_unread=1, organisations_unread=4)))
    assert sum(reported["zorgid_organisations"]["prepared", state] for state in STATES) == 13
    assert reported["zorgid_runs_last_day"] == {(): 2}
    assert reported["zorgid_last_run_end_timestamp_seconds"] == {(): seconds("2026-11-30T10:01:00+00:00")}
    assert reported["zorgid_last_run_duration_seconds"] == {(): 5}
    assert reported["zorgid_run_failures_last_day"]["smtp_unreachable",] == 3
    assert (reported["zorgid_dossiers_read"], reported["zorgid_dossiers_unread"]) == ({(): 2}, {(): 1})
    assert reported["zorgid_organisations_unread"] == {(): 4}
    assert reported["zorgid_journals_invalid"] == {(): 1}


def test_what_a_label_contains_is_escaped() -> None:
    hostile = 'a"b\\c\nd{e="f"}'
    content = render([Metric("zorgid_failed_steps", "One\\two\nthree", (((("code", hostile),), 1),))])
    assert parsed(content) == {"zorgid_failed_steps": {(hostile,): 1}}
    assert len(content.splitlines()) == 3


@pytest.mark.parametrize("label", ["ura", "organisation", "host"])
def test_another_label_is_a_defect(label: str) -> None:
    with pytest.raises(ValueError, match="another label"):
        render([Metric("zorgid_failed_steps", "x", ((((label, "x"),), 1),))])


TEXT = st.text(max_size=20)


MILESTONES = st.builds(
    Milestone,
    st.sampled_from(STEPS),
    st.sampled_from(STATES),
    st.sampled_from([None, "", "x", "2026-11-24T10:15:00+00:00", "2026-11-24T10:15:00"]),
    who=TEXT,
    error_code=st.none() | TEXT | st.sampled_from(sorted(CODES)),
    evidence=st.fixed_dictionaries({"not_after": st.none() | TEXT | st.integers() | st.just("2029-06-30T12:00:00Z")}),
)


@st.composite
def organisations(draw: st.DrawFn) -> Any:
    made = dossier("Huisarts M. Jansen", str(draw(st.integers(10000000, 99999999))))
    steps = {**made.milestones, **{one.step: one for one in draw(st.lists(MILESTONES, max_size=3))}}
    return replace(made, milestones=steps, damaged=draw(st.sampled_from(["", "", "", "x"])))


@pytest.mark.heavy
@given(
    st.lists(organisations(), max_size=3),
    st.dictionaries(
        TEXT | st.sampled_from(sorted(CODES)), st.integers() | TEXT | st.booleans() | st.none(), max_size=5
    ),
)
def test_whatever_a_dossier_contains_the_file_can_be_read_and_names_nobody(dossiers: Any, failures: Any) -> None:
    content = render(telemetry([ReadDossier(dossiers, [ran(**failures)], True)], now=NOW))
    reported = parsed(content)
    for step in STEPS:
        sound = sum(not one.damaged for one in dossiers)
        assert sum(reported["zorgid_organisations"][step, state] for state in STATES) == sound
    for name in ("zorgid_failed_steps", "zorgid_run_failures_last_day"):
        assert {code for (code,) in reported[name]} <= CODES | {OTHER}
    for one in dossiers:
        assert "Jansen" not in content.decode()
        assert one.ura not in content.decode()
