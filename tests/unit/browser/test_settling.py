# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at while a page settles: never before the page came, and again if the page asked for more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.tab import Tab
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Here
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.work import Work

EARLY, LATE = Here(True, [False]), Here(False, [True])


def settling(pauses: list[str]) -> list[str]:
    """What was done while a page settled to which this happened in its pauses: "asks", "comes" or nothing."""
    one, done, coming = Tab.__new__(Tab), [], iter(pauses)
    gate = SimpleNamespace(asked=0, busy=False)

    def pause(_milliseconds: float) -> None:
        happens = next(coming)
        done.append("pause")
        gate.asked += "asks" in happens
        one.parsed += "comes" in happens

    vars(one).update(gate=gate, page=SimpleNamespace(wait_for_timeout=pause), timeout=5.0, parsed=7)
    one.settle(lambda: done.append("look"), 7)
    return done


@pytest.mark.parametrize(
    ("pauses", "done"),
    [
        (["nothing"], "pause"),
        (["comes"], "pause"),
        (["asks", "nothing"], "pause pause"),
        (["comes and asks", "nothing"], "pause look pause"),
        (["comes and asks", "asks", "nothing"], "pause look pause look pause"),
    ],
)
def test_it_looks_when_the_page_has_come_and_again_when_the_page_asked(pauses: list[str], done: str) -> None:
    assert settling(pauses) == done.split()


@pytest.mark.parametrize(("looks", "found"), [(0, EARLY), (1, EARLY), (2, LATE)])
def test_the_last_look_counts(looks: int, found: Here) -> None:
    work = Work.__new__(Work)
    here = Mock(side_effect=[EARLY, LATE])

    def walk(_steps: Any, _values: Any, _sending: Any, _aim: Any, meanwhile: Any) -> None:
        for _look in range(looks):
            meanwhile()

    vars(work).update(gate=Mock(), _filled=[], _given=set(), _seen=None, _aim=Mock(), _walk=walk, here=here)
    assert work.walk_on([Step(Target("link", "Verder"))], {}, [], [], [], []) == found
