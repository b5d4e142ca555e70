# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every test. That the collection can be imported is the work of tests/__init__.py.

``--pure`` (`make fast`) runs the tests that need nothing but this process: one that listens, connects, opens a database
or starts a process is stopped there and skipped, and a module that says itself that it does is not even read. Nobody
keeps a list of them, so none can be wrong.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: `ansible-test units` (make units) brings its own settings for pytest, and a plugin that forks for each test.
IN_ANSIBLE_TEST = "ansible_forked" in os.environ.get("PYTEST_PLUGINS", "")

#: What Python itself tells (sys.addaudithook) before it does one of these.
OUTSIDE = {
    "socket.bind": "it listens at a socket",
    "socket.connect": "it connects a socket",
    "socket.getaddrinfo": "it asks for an address",
    "sqlite3.connect": "it opens a database",
    "subprocess.Popen": "it starts a program",
    "os.posix_spawn": "it starts a program",
    "os.exec": "it starts a program",
    "os.system": "it starts a program",
    "os.fork": "it forks",
    "os.forkpty": "it forks",
}
#: What a module imports that is about servers, programs, databases, browsers or long measurements.
SERVES = re.compile(
    r"^ *(?:import|from) (?:socket|sqlite3|subprocess|multiprocessing|concurrent\.futures|http\.server|playwright"
    r"|sqlalchemy|zorgid_sandbox"
    r"|ansible_collections\.gbz\.zorgid\.tests\.(?:benchmarks|support import browser"
    r"|support\.(?:browser|dossier_|intake_world|killed_intake)))"
    r"|importorskip\(.playwright",
    re.MULTILINE,
)


#: Where a real browser works; one road through all of it is short enough for `make test`.
BROWSERS = ("integration/browser", "unit/browser", "test_look_spa")
ROAD = "test_browser_road.py"
#: Whole playbooks, each a process of its own that takes seconds; the other files of tests/integration stay in
#: `make test`, a few for each room.
PLAYBOOKS = (
    "test_one_line_playbooks.py",
    "test_plan_playbook.py",
    "test_own_play.py",
    "test_dossier_actions.py",
    "test_dossier_role.py",
    "test_one_organisation.py",
    "test_recording_commands.py",
    "test_looks.py",
    "test_document_actions.py",
    "test_list_check.py",
    "test_accounts_of_lists.py",
    "test_uzi_trust_playbook.py",
    "test_telemetry.py",
    "test_new_playbook.py",
    "test_report_actions.py",
)
EXAMPLES = ("integration/examples/", "integration/pipelines/", "integration/release/")


def pytest_itemcollected(item: pytest.Item) -> None:
    """What is long about a browser belongs to `make browser`, about examples to `make examples`, and so on."""
    where = item.path.as_posix()
    if "integration/browser/" in where and item.path.name != ROAD:
        item.add_marker(pytest.mark.slow)
    if item.path.name in PLAYBOOKS and not item.get_closest_marker("slow"):
        item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.playbooks)
    if "integration/powershell/" in where or "powershell" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.pwsh)
    if any(one in where for one in EXAMPLES) and item.get_closest_marker("slow"):
        item.add_marker(pytest.mark.examples)
    if any(one in where for one in BROWSERS) and item.get_closest_marker("slow"):
        item.add_marker(pytest.mark.browser)


class Guard:
    """Stops whatever leaves the process while a test runs, and remembers what it was."""

    def __init__(self) -> None:
        self.running = False
        self.stopped = ""
        sys.addaudithook(self._look)

    def _look(self, event: str, _arguments: tuple[Any, ...]) -> None:
        if self.running and event in OUTSIDE:
            self.stopped = OUTSIDE[event]
            pytest.skip(f"not pure: {self.stopped}")

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        return (collection_path.suffix == ".py" and bool(SERVES.search(collection_path.read_text("utf-8")))) or None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Sixty examples are no quick answer, and Hypothesis reads all sources before the first one."""
        properties = [one for one in items if getattr(getattr(one, "obj", None), "is_hypothesis_test", False)]
        if properties:
            config.hook.pytest_deselected(items=properties)
            items[:] = [one for one in items if one not in properties]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        self.running, self.stopped = True, ""
        try:
            return (yield)
        finally:
            self.running = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Skipped also when the code under test made something else of being stopped."""
        report = yield
        if self.stopped:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"not pure: {self.stopped}")
            self.stopped = ""
        return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pure", action="store_true", help="only tests that need nothing but this process")


def pytest_configure(config: pytest.Config) -> None:
    if IN_ANSIBLE_TEST:
        for marker in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"][
            "markers"
        ]:
            config.addinivalue_line("markers", marker)
    pure = config.getoption("--pure")
    # The environment of `make slices` has no Hypothesis, and no property.
    with contextlib.suppress(ModuleNotFoundError):
        from hypothesis import HealthCheck, settings

        checks = list(HealthCheck)
        settings.register_profile("ours", max_examples=60, deadline=None, suppress_health_check=checks)
        settings.load_profile("ours")
    if pure:
        config.pluginmanager.register(Guard())


#: Longer than a minute: first, so that no core waits for one of them at the end.
LONGEST = ("test_killed_and_crossed_playbooks_do_everything_once", "test_hundreds_of_kills")

#: Fixtures of a module or session that start a program: with a fork for each test, each starts one, and nobody ends it.
SERVERS = frozenset({"page", "browser", "foreign", "listening", "portal", "postgres", "module_roles"})


def _serves_many(item: pytest.Item) -> bool:
    if getattr(getattr(item, "callspec", None), "params", {}).get("url") == "postgresql":
        return True
    # Private, but nothing else tells these from a fixture of one test, or a parameter, of the same name.
    used = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(name in SERVERS and found[-1].scope != "function" for name, found in used.items())


def pytest_collection_finish() -> None:
    if IN_ANSIBLE_TEST:
        # Here and not in the head: the collection has to be found first.
        from ansible_collections.gbz.zorgid.tests.support.forks import before_them

        before_them()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if IN_ANSIBLE_TEST:
        left_out = {item for item in items if item.get_closest_marker("slow") or _serves_many(item)}
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not item.name.startswith(LONGEST))
