# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has observed its own organisation goes on with those that wait, and with nobody else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import windows_hosts
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.ahead import observed
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun

HOSTS = ["org1", "org2", "org3"]


class Manager:
    """Variables of a host for a task, as the strategy gets them."""

    _inventory = SimpleNamespace(get_host=str)

    def get_vars(self, *, host: str, **_more: Any) -> dict[str, Any]:
        return {"inventory_hostname": host, "colour": f"of {host}"}


def action(host: str, **more: Any) -> Any:
    """Of a task that stands in a play itself."""
    task = {"when": [], "loop": None, "timeout": 0, "delegate_to": None, "_parent": None, **more}
    task |= {"get_variable_manager": Manager, "get_play": lambda: None}
    variables = {"inventory_hostname": host, "ansible_play_batch": HOSTS, "ansible_play_hosts_all": HOSTS}
    variables |= {"ansible_search_path": ["/roles/mine"], "ansible_failed_hosts": ["org9"]}
    return SimpleNamespace(
        _task=SimpleNamespace(**task), _loader=None, _connection="own", task_vars={**variables, "colour": f"of {host}"}
    )


@pytest.fixture
def shared(tmp_path: Path) -> OncePerRun:
    return OncePerRun(tmp_path / "run")


class Looks:
    """Who was looked at, and in whose process."""

    def __init__(self, fails: str = "") -> None:
        self.seen: list[tuple[str, bool]] = []
        self._fails = fails

    def __call__(self, one: Any) -> str:
        host = one.task_vars["inventory_hostname"]
        self.seen.append((host, one._connection == "own"))
        if host == self._fails:
            raise RuntimeError(host)
        return str(one.task_vars["colour"])


def test_the_first_looks_at_all_and_the_others_take_what_it_found(shared: OncePerRun) -> None:
    first, second = Looks(), Looks()
    assert observed(action("org2"), shared, first) == "of org2"
    assert first.seen == [("org2", True), ("org3", False), ("org1", False)]
    assert [observed(action(host), shared, second) for host in HOSTS] == ["of org1", "of org2", "of org3"]
    assert second.seen == []


def test_what_ansible_adds_for_a_task_is_there_for_another_too(shared: OncePerRun) -> None:
    reported: list[Any] = []

    def look(one: Any) -> str:
        reported.append([one.task_vars.get(name) for name in ("ansible_search_path", "ansible_failed_hosts")])
        return ""

    observed(action("org1"), shared, look)
    # Without it, a lookup of a file that a role of the user's own brings finds nothing, and the variable is "broken".
    assert reported == [[["/roles/mine"], ["org9"]]] * 3


def test_what_goes_wrong_for_another_is_told_by_its_own_process(shared: OncePerRun) -> None:
    looks = Looks(fails="org2")
    assert observed(action("org1"), shared, looks) == "of org1"
    assert looks.seen == [("org1", True), ("org2", False), ("org3", False)]
    with pytest.raises(RuntimeError, match="org2"):
        observed(action("org2"), shared, looks)
    assert observed(action("org3"), shared, Looks()) == "of org3"


def test_who_is_being_looked_at_is_left_to_who_does(shared: OncePerRun) -> None:
    looks = Looks()
    with shared.alone({"observed": "org2"}):
        observed(action("org1"), shared, looks)
    assert [host for host, _own in looks.seen] == ["org1", "org3"]


@pytest.mark.parametrize(
    "more",
    [
        {"when": ["something"]},
        {"loop": [1]},
        {"timeout": 10},
        {"delegate_to": "localhost"},
        {"_parent": SimpleNamespace(statically_loaded=False, _parent=None)},
        {"_parent": SimpleNamespace(_parent=SimpleNamespace(statically_loaded=False, _parent=None))},
    ],
)
def test_where_the_task_may_be_another_one_for_others_each_looks_for_itself(
    shared: OncePerRun, more: dict[str, Any]
) -> None:
    looks = Looks()
    observed(action("org1", **more), shared, looks)
    assert looks.seen == [("org1", True)]


def test_the_connection_of_an_organisation_is_in_its_own_process_only() -> None:
    one = action("org1")
    with windows_hosts.on_host(one, "org1") as there:
        assert there is one
    one._connection = None
    with pytest.raises(windows_hosts.NeedsOwnProcessError), windows_hosts.on_host(one, "org1"):
        raise AssertionError("it was opened")
    # Nothing that is told to a user: those are caught on the way, and would stand in the plan.
    assert not issubclass(windows_hosts.NeedsOwnProcessError, (ZorgidError, OSError))
