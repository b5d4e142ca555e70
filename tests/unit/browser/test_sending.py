# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When what was seen before the last click still holds. All else of it is tested with real pages (``test_gate.py``)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import in_page, sending
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.looking import Aim
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.work import Work

BUTTON, DONE, MESSAGE = Target("button", "Opslaan"), Target("heading", "Bewaard"), Target("alert", "Bewaard")
ANSWERS = sending.Answers([DONE, MESSAGE], [], [], [])


class LookedAgain(Exception):  # noqa: N818 - no error
    pass


class Clicked(Exception):  # noqa: N818 - no error
    pass


@pytest.fixture(autouse=True)
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_given: Any) -> None:
        raise LookedAgain

    monkeypatch.setattr(sending, "look_before", look)


class Page:
    """No script is given to it before it was looked at."""

    def add_init_script(self, _script: str) -> None:
        raise Clicked


def tab(documents: int = 3, asked: int = 5) -> Any:
    return SimpleNamespace(
        documents=documents, gate=SimpleNamespace(asked=asked), page=Page(), until=lambda *_given: None
    )


def before(at: float = 1000, old: tuple[Target, ...] = ()) -> sending.Before:
    return sending.Before(old, Aim(1, 2), at, (BUTTON, ANSWERS, 3, 5))


@pytest.mark.parametrize(
    ("ends_with", "given"),
    [
        (Clicked, (tab(), BUTTON, ANSWERS, before())),
        (LookedAgain, (tab(), BUTTON, ANSWERS, None)),
        (LookedAgain, (tab(documents=4), BUTTON, ANSWERS, before())),
        (LookedAgain, (tab(asked=6), BUTTON, ANSWERS, before())),
        (LookedAgain, (tab(), DONE, ANSWERS, before())),
        (LookedAgain, (tab(), BUTTON, ANSWERS._replace(refused=[DONE]), before())),
        (LookedAgain, (tab(), BUTTON, ANSWERS, before(at=999))),
        (LookedAgain, (tab(), BUTTON, ANSWERS, before(old=(MESSAGE,)))),
    ],
    ids=["just now", "never", "another page", "it asked for something", "another button", "other answers", "long ago",
         "an earlier message"],
)  # fmt: skip
def test_what_was_seen_just_now_holds(
    ends_with: type[Exception], given: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: 1000.01))
    tab, last, answers, seen = given
    with pytest.raises(ends_with):
        sending.send_once(tab, last, None, answers, Mock(), seen)


@pytest.mark.parametrize("does", [lambda work: work.walk([], {}), lambda work: work.fill([], []), Work.start])
def test_what_was_seen_is_forgotten_when_something_is_done_to_the_page(
    does: Callable[[Work], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_page, "fill", Mock(return_value=[]))
    work = Work.__new__(Work)
    parts = dict.fromkeys(("gate", "tab", "_door", "_launch", "_go"), Mock())
    vars(work).update(parts, _filled=[], _given=set(), _ready=0, _arrived=Mock(), _seen=before())
    does(work)
    assert work._seen is None
