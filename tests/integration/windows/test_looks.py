# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations of one run look into the stores of several Windows hosts, each host with its own login."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support import windows_host
from ansible_collections.gbz.zorgid.tests.support.windows_host import (
    ANKER,
    CONNECTIONS,
    INACCESSIBLE,
    KEYLESS,
    LINDE,
    ZONNEVELD,
    variables,
)
from zorgid_sandbox.state import credentials, received
from zorgid_sandbox.windows.faults import clear_faults, put_fault

PLAYBOOK = Path(__file__).parent / "looks" / "look.yml"
Look = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A second Windows host: another store, another account, another authority."""
    with windows_host.serving(tmp_path_factory.mktemp("other"), others=0) as folder:
        yield folder


@pytest.fixture
def dead() -> Iterator[int]:
    """The port of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def look(host: Path, tmp_path: Path) -> Look:
    """Runs the looks of these organisations against these Windows hosts; what each of them saw."""

    def run(organisations: dict[str, Any], servers: dict[str, Any], *words: str) -> dict[str, dict[str, Any]]:
        run_dir = tmp_path / "run"
        run_dir.mkdir(exist_ok=True)
        common = {"run_dir": str(run_dir), "pki": str(host / "pki")}
        inventory = {
            "all": {"vars": common, "children": {"organisations": {"hosts": organisations}, "w": {"hosts": servers}}}
        }
        windows_host.play(tmp_path, inventory, PLAYBOOK, "--forks", "10", *words)
        return {path.stem: json.loads(path.read_text()) for path in run_dir.glob("*.json")}

    clear_faults(host)
    return run


def organisation(ura: str, certificate_host: str, **more: Any) -> dict[str, Any]:
    # Its own connection leads nowhere: it is not used.
    own = {"ansible_connection": "winrm", "ansible_host": "127.0.0.1", "ansible_port": 1}
    return {"ura": ura, "certificate_host": certificate_host, **own, **more}


def listings(state: Path) -> int:
    return len(received(state, "windows", "list"))


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_each_store_is_listed_once_with_its_own_login(
    host: Path, other: Path, look: Look, tmp_path: Path, connection: str
) -> None:
    before = listings(host), listings(other)
    seen = look(
        {
            "linde": organisation(LINDE, "first"),
            "anker": organisation(ANKER.lstrip("0"), "first"),
            "zonneveld": organisation(ZONNEVELD, "second", pki=str(other / "pki")),
            "nobody": organisation("90009999", "second", pki=str(other / "pki")),
        },
        {
            "first": variables(host, connection),
            # The password is found by way of another variable of the host.
            "second": {
                **variables(other, connection, ansible_password="{{ hidden }}"),
                "hidden": credentials(other, "windows")["password"],
            },
        },
    )
    assert (listings(host), listings(other)) == (before[0] + 1, before[1] + 1)
    assert {name: (one["certificate"]["look"], one["key"]["look"]) for name, one in seen.items()} == {
        "linde": ("good", "good"),
        "anker": ("good", "good"),
        "zonneveld": ("good", "good"),
        "nobody": ("bad", "not_asked"),
    }
    assert seen["linde"]["evidence"]["key_state"] == "exportable"
    assert seen["anker"]["evidence"]["key_state"] == "not_exportable"
    assert seen["linde"]["certificate"]["value"]["thumbprint"] == seen["linde"]["evidence"]["thumbprint"]
    assert len({one["evidence"].get("thumbprint") for one in seen.values()}) == 4
    assert seen["nobody"]["certificate"]["trouble"]["code"] == "certificate_not_found"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    for state in (host, other):
        account = credentials(state, "windows")
        assert account["password"].encode() not in kept
    assert b"PRIVATE KEY" not in kept


def test_what_windows_says_of_a_key(host: Path, look: Look) -> None:
    seen = look(
        {"closed": organisation(INACCESSIBLE, "first"), "keyless": organisation(KEYLESS, "first")},
        {"first": variables(host)},
    )
    assert {name: one["key"]["trouble"]["code"] for name, one in seen.items()} == {
        "closed": "key_inaccessible",
        "keyless": "key_absent",
    }


def test_a_dead_host_costs_one_wait_and_holds_nobody_else_up(host: Path, look: Look, dead: int, tmp_path: Path) -> None:
    began = time.monotonic()
    seen = look(
        {
            **{f"waits{number}": organisation(LINDE, "silent") for number in range(4)},
            "linde": organisation(LINDE, "first"),
        },
        {"first": variables(host), "silent": variables(host, ansible_port=dead)},
    )
    took = time.monotonic() - began
    waiting = [one for name, one in seen.items() if name != "linde"]
    assert {one["certificate"]["trouble"]["code"] for one in waiting} == {"windows_unreachable"}
    assert all("silent" in one["certificate"]["trouble"]["message"] for one in waiting)
    assert seen["linde"]["certificate"]["look"] == "good"
    # They wait for one and the same; four of them after each other would be four times as long.
    slowest = max(one["seconds"] for one in waiting)
    assert 3 < slowest < 12
    assert took < slowest + 20
    assert len(list((tmp_path / "run" / "shared").glob("*.json"))) == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ansible_password": "verkeerd"}, "windows_login_refused"),
        ({"ansible_port": 1}, "windows_unreachable"),
        ({"ansible_password": "{{ nowhere }}"}, "windows_variable_broken"),
        ({"ansible_connection": "no_such_kind"}, "windows_variable_broken"),
        ({"ansible_connection": "local"}, "windows_host_needed"),
    ],
)
def test_a_host_that_is_wrong_is_told_to_its_organisations_only(
    host: Path, look: Look, wrong: dict[str, Any], code: str
) -> None:
    seen = look(
        {"linde": organisation(LINDE, "first"), "anker": organisation(ANKER, "wrong")},
        {"first": variables(host), "wrong": variables(host, **wrong)},
        "-vvv",
    )
    trouble = seen["anker"]["certificate"]["trouble"]
    assert trouble["code"] == code
    assert all(trouble[part] for part in ("message", "expected", "found", "action"))
    assert "verkeerd" not in json.dumps(seen)
    assert seen["linde"]["certificate"]["look"] == "good"


def test_a_host_that_the_inventory_does_not_know(look: Look) -> None:
    seen = look({"linde": organisation(LINDE, "nowhere")}, {})
    assert seen["linde"]["certificate"]["trouble"]["code"] == "windows_host_unknown"


def test_an_organisation_with_a_store_of_its_own(host: Path, look: Look) -> None:
    own = {**variables(host), "ura": LINDE}
    before = listings(host)
    seen = look({"linde": own}, {})
    assert seen["linde"]["certificate"]["look"] == "good"
    assert listings(host) == before + 1


def test_a_store_that_fails_once_is_asked_once(host: Path, look: Look) -> None:
    put_fault(host, "store_unavailable")
    seen = look(
        {"linde": organisation(LINDE, "first"), "anker": organisation(ANKER, "first")}, {"first": variables(host)}
    )
    assert {one["certificate"]["trouble"]["code"] for one in seen.values()} == {"store_unavailable"}
