# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario files: what is in them, and what is said about the mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from zorgid_sandbox import scenario
from zorgid_sandbox.state import SandboxError

DEMO = Path(__file__).resolve().parents[3] / "sandbox" / "scenarios" / "demo.yml"


def test_the_demo_has_three_organisations_with_leading_zeros_kept():
    read = scenario.read(DEMO)
    assert [(one.ura, one.hierarchy, one.store.key_state, one.store.provider) for one in read.organisations] == [
        ("90000101", "g1", "exportable", "cng"),
        ("00000202", "g1", "not_exportable", "capi"),
        ("90000303", "g4", "not_exportable", "cng"),
    ]
    assert read.organisation("90000303").key_bits == 4096
    people = [p for one in read.organisations for p in (one.portal_administrator, one.representative)]
    assert all(person.email.endswith(".example") for person in people)


def _change(path: tuple, value):
    def change(given):
        for step in path[:-1]:
            given = given[step]
        given[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_change(("organisations", 1, "ura"), 202), "apotheek_het_anker: ura must be quoted"),
        (_change(("organisations", 0, "colour"), "red"), "unknown field colour"),
        (_change(("organisations", 1, "ura"), "90000101"), "two organisations have the same ura"),
        (_change(("organisations", 0, "hierarchy"), "g2"), "hierarchy is g2, expected one of"),
        (_change(("organisations", 0, "store", "key_state"), "lost"), "store.key_state is lost"),
        (_change(("organisations", 0, "portal_administrator"), "Jo"), "expected a mapping, found str"),
        (_change(("organisations", 0, "representative"), {"first_name": "Pieter"}), "missing 2 required"),
        (_change(("organisations",), {}), "has no list `organisations`"),
    ],
)
def test_mistakes_are_named(tmp_path, change, message):
    given = yaml.safe_load(DEMO.read_text())
    change(given)
    path = tmp_path / "wrong.yml"
    path.write_text(yaml.safe_dump(given))
    with pytest.raises(SandboxError, match=message):
        scenario.read(path)


def test_a_file_that_is_no_yaml_is_told(tmp_path):
    path = tmp_path / "wrong.yml"
    path.write_text("organisations: [")
    with pytest.raises(SandboxError, match="Cannot read the scenario"):
        scenario.read(path)
