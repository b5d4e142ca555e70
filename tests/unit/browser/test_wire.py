# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses the pipes comes out as it went in, for every function of a window."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import wire
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import (
    ExportPage,
    Fill,
    ListPage,
    Step,
    Target,
)  # fmt: skip
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import Browser
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import (
    Here,
    Launch,
    Part,
    Rows,
    Sent,
    Versions,
    Window,
)  # fmt: skip
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.work import Work
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

NAME = Target("field", "Naam", inside="Gegevens")
OPENED = (Step(Target("link", "Naam", value="Nummer"), row="id"), Step(NAME, new_tab=True, sends=True))
GIVEN: dict[str, dict[str, Any]] = {
    "start": {},
    "walk": {"steps": list(OPENED), "values": {"id": "Jan"}, "sending": "one"},
    "walk_on": {
        "steps": list(OPENED),
        "values": {"id": "Jan"},
        "if_shown": [NAME],
        "over": [NAME, NAME],
        "templates": ["{id}"],
        "choices": [{"id": "ë"}],
    },
    "shown": {"targets": [NAME], "wait": 2.5},
    "here": {"over": [Target("line", "ë")], "templates": ["{id}"], "choices": [{"id": "ë"}]},
    "lines": {"templates": ["{id}"], "values": {"id": "ë"}},
    "beside": {"names": ["a", "b"]},
    "drawing": {"words": ["Naam"], "never": [NAME]},
    "fill": {"fills": [Fill(NAME, "id", {"wid": "WID"}, parts=("dag", "maand"))], "texts": ["1990-01-31"]},
    "ready": {"last": NAME, "done": [NAME], "refused": [], "person": [NAME], "over": []},
    "last": {"last": NAME, "confirm": None, "done": [NAME], "refused": [], "person": [], "over": [NAME, NAME]},
    "rows": {"page": ListPage(OPENED, NAME, {"Naam": "id"}, None, "{from}")},
    "download": {"page": ExportPage(OPENED, NAME, {"Naam": "id"}, ready=NAME)},
    "picture": {"target": NAME},
    "outline": {"known": ["Opslaan"]},
    "escape": {},
    "self_test": {},
    "state": {},
}
ANSWERED: dict[str, Any] = {
    "start": None,
    "walk": None,
    "walk_on": Here(True, [False]),
    "shown": 3,
    "here": Here(False, [True, False]),
    "lines": True,
    "beside": {"a": "1"},
    "drawing": b"\x89PNG",
    "fill": ["Naam"],
    "ready": None,
    "last": Sent(1, "ab", None, "done"),
    "rows": Rows(["Naam"], [["Jan"], ["Piet"]], None),
    "download": Path("/dev/shm/x/export.csv"),
    "picture": b"\x89PNG",
    "outline": [Part("select", "Rol", True, ("a", "b"))],
    "escape": None,
    "self_test": [],
    "state": b"{}",
}
CALLS = sorted(name for name in vars(Window) if not name.startswith("_") and name not in ("versions", "close"))


def through(value: Any) -> Any:
    return json.loads(json.dumps(wire.plain(value)))


def test_every_function_is_on_both_sides() -> None:
    assert CALLS == sorted(GIVEN) == sorted(ANSWERED)
    for call in CALLS:
        assert hasattr(Browser, call)
        assert hasattr(Work, call)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_and_its_answer(call: str) -> None:
    kinds = wire.parameters(call)
    assert {name: wire.typed(kinds[name], through(value)) for name, value in GIVEN[call].items()} == GIVEN[call]
    assert set(kinds) == set(GIVEN[call])
    assert wire.typed(wire.answer(call), through(ANSWERED[call])) == ANSWERED[call]


def test_the_beginning_and_an_error() -> None:
    begin = wire.Begin(Launch("https://a/", ["a"], state=b"{}", uid=7), "/f", "/p", {"a": ""}, 12)
    assert wire.typed(wire.Begin, through(begin)) == begin
    assert wire.typed(Versions, through(Versions("1", "2"))) == Versions("1", "2")
    error = wire.raised(through(wire.packed(ZorgidError("a_b", "It is.", expected="x", found=None, action="do"))))
    assert (error.code, str(error)) == ("a_b", "It is. Expected: x. What to do: do.")


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("shown", "3"),
        ("shown", True),
        ("last", [1, "ab", None, "sent"]),
        ("last", [1]),
        ("rows", {}),
        ("state", "é"),
        ("beside", [1]),
    ],
)
def test_an_answer_of_another_form(call: str, answer: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its words go nowhere
        wire.typed(wire.answer(call), answer)


def test_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 10)
    with pytest.raises(ZorgidError) as caught:
        wire.write(io.BytesIO(), {"answer": "x" * 10})
    assert caught.value.code == "page_too_large"
