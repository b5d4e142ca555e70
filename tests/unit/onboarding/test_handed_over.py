# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where lies what somebody waits for: a letter that is there, a folder with pages, and nothing where nothing is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, RunPlan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.handed_over import lying
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.run_plan import OBSERVED, Found
from ansible_collections.gbz.zorgid.tests.support.screen_support import run_of, waits


def waiting(who: str) -> Plan:
    one = run_of([waits("Wacht", 4)]).plans["org000"]
    return dataclasses.replace(one, steps=tuple(dataclasses.replace(step, who=who) for step in one.steps))


def test_only_what_lies_there_is_told(tmp_path: Path) -> None:
    files = {"letter": ["activation-letter.html", "x.html"], "list": ["90000101-employees-HR-1.html"], "none": []}
    files["vzvz"] = ["activation-letter.html"]
    raw = {}
    for host, names in files.items():
        (tmp_path / host).mkdir()
        for name in names:
            (tmp_path / host / name).write_text("", encoding="utf-8")
        found = Found(Host(Policy(host), Known("")), handed_dir=str(tmp_path / host))
        raw[host] = {OBSERVED: {"run": "r", "observed": json.dumps(pack(found))}}
    plans = {host: waiting("vzvz" if host == "vzvz" else "portal_administrator") for host in files}
    reported = lying(RunPlan(plans), SimpleNamespace(raw_get=raw.__getitem__), "r")
    # Of a list the folder: a file's name may have somebody's number in it.
    assert reported == {"letter": f"{tmp_path}/letter/activation-letter.html", "list": f"{tmp_path}/list"}
