# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for canaries finds them: each kind is planted in each place that it searches, by a real run of Ansible."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.watching import Watch, found_in

#: What the privacy test looks for, one of each kind.
CANARIES = {
    "name": "Annakanarie1q",
    "birth date": "1971-02-11",
    "mail address": "p1@org91000001.example",
    "telephone": "+31600001001",
    "token": "9f8a7b6c-T0ken/with+signs==",
    "passphrase": 'canary "quoted" & more',
    "link": "https://forms.vzvz.example/v?ticket=S3CR3T&for=91000001",
    "code": "otpauth://totp/zorgid:91000001?secret=JBSWY3DPEHPK3PXP",
}
#: It leaks in every way that an action can, and then fails.
LEAK = """
import os, time
from pathlib import Path
from ansible import constants
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        canary, number = self._task.args['canary'], self._task.args['number']
        how = self._task.args['how']
        if how == 'warning':
            return {'warnings': ['so many words before it that a line ends in the middle of this: ' + canary]}
        if how == 'debug':
            self._display.vvv(canary)
        elif how == 'facts':
            return {'ansible_facts': {'leaked' + number: canary}, '_ansible_facts_cacheable': True}
        elif how == 'home':
            Path(os.environ['ANSIBLE_HOME']).mkdir(exist_ok=True)
            (Path(os.environ['ANSIBLE_HOME']) / ('leaked' + number)).write_text(canary)
        elif how == 'temporary':
            path = Path(constants.DEFAULT_LOCAL_TMP) / ('leaked' + number)
            path.write_text(canary)
            time.sleep(0.2)
            # As long, and clean again.
            path.write_text('.' * len(canary))
        elif how == 'result':
            return {'failed': True, 'msg': canary}
        return {}
"""
HOWS = ("warning", "debug", "facts", "home", "temporary", "result")


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    folder = tmp_path_factory.mktemp("leaks")
    (folder / "action_plugins").mkdir()
    (folder / "action_plugins" / "leak.py").write_text(LEAK, encoding="utf-8")
    hosts = {
        **{f"host{number}": {"number": str(number), "canary": each} for number, each in enumerate(CANARIES.values())},
        # A retry file has the names of hosts.
        **{each: {"number": f"h{number}", "canary": "."} for number, each in enumerate(CANARIES.values())},
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    tasks = [
        {
            "name": how,
            "leak": {"canary": "{{ canary }}", "number": "{{ number }}", "how": how},
            "no_log": how == "facts",
        }
        for how in HOWS
    ]
    play = [{"name": "Leak", "hosts": "all", "gather_facts": False, "tasks": tasks}]
    (folder / "leaks.yml").write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    watch = Watch(folder)
    for name in CANARIES.values():
        # ansible-core 2.19 makes a path of a host's name, with a mark of its own before it.
        (watch.seen / "facts" / f"s1_{name}").parent.mkdir(parents=True, exist_ok=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    assert watch.run(["-i", str(folder / "hosts.yml"), str(folder / "leaks.yml")], {**os.environ, "PATH": path}) == 2
    watch.plan.mkdir()
    for name, reported in (("plan.md", "\n".join(CANARIES.values())), ("plan.json", json.dumps([*CANARIES.values()]))):
        (watch.plan / name).write_text(reported, encoding="utf-8")
    return watch


PLACES = {
    "the terminal": "terminal-1.log",
    "a callback": "dump.jsonl",
    "the log": "ansible.log",
    "the fact cache": "seen/facts/",
    "a retry file": "seen/retry/",
    "Ansible's home": "seen/home/leaked",
    "a temporary file": "temporary: leaked",
    "plan.md": "plan/plan.md",
    "plan.json": "plan/plan.json",
}


@pytest.mark.parametrize("kind", CANARIES)
@pytest.mark.parametrize("place", PLACES)
def test_each_kind_is_found_in_each_place(leaked: Watch, place: str, kind: str) -> None:
    places = {name: text for name, text in leaked.places().items() if PLACES[place] in name}
    assert places, sorted(leaked.places())
    assert found_in(places, {kind: CANARIES[kind]})
    assert not found_in(places, {kind: f"{CANARIES[kind]}x"})


@pytest.mark.parametrize("kind", CANARIES)
@pytest.mark.parametrize("task", ["warning", "debug"])
def test_what_only_the_terminal_shows_is_found_there(leaked: Watch, task: str, kind: str) -> None:
    """A warning is broken over lines; what -vvv shows stands in no result."""
    (text,) = (text for name, text in leaked.places().items() if name.endswith("terminal-1.log"))
    part = re.split(r"(?m)^TASK \[", text)[1 + HOWS.index(task)]
    assert part.startswith(f"{task}]")
    assert found_in({"terminal": part}, {kind: CANARIES[kind]})
