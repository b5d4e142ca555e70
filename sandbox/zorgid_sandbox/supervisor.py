# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the services, each a process of its own, and writes the inventory that Ansible reads."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from . import look as looks
from . import pki, tls
from . import scenario as scenarios
from .state import SandboxError, State, address, connect, credentials, write

SERVICES = ("pki", "windows", "intake", "smtp", "imap", "portal")
RECIPIENT = "zorg-id@vzvz.example"
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


def present() -> tuple[str, ...]:
    """The services of this checkout."""
    return tuple(name for name in SERVICES if (spec := find_spec(f"zorgid_sandbox.{name}")) and spec.origin)


@contextmanager
def _alone(state: State) -> Iterator[None]:
    """One start or stop at a time in a state folder."""
    with (state.run / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SandboxError(f"Another start or stop is at work in {state.root}.") from None
        yield


def pid_of(state: Path, service: str) -> int | None:
    """The pid of a living service. The lock on its pid file decides, because the pid may now belong to another
    process."""
    try:
        with (State(state).run / f"{service}.pid").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
    except (FileNotFoundError, ValueError):
        pass
    return None


def running(state: Path) -> dict[str, int]:
    """The living services and their pids."""
    return {name: pid for name in SERVICES if (pid := pid_of(state, name)) is not None}


def _last_lines(state: State, service: str) -> str:
    log = state.log / f"{service}.log"
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-15:])


def _spawn(state: State, service: str) -> subprocess.Popen[bytes]:
    with (state.log / f"{service}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "zorgid_sandbox.service", service, "--state", str(state.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )


def _wait(state: State, started: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    waiting = dict(started)
    while waiting:
        for service, process in list(waiting.items()):
            if (state.run / f"{service}.json").exists():
                del waiting[service]
            elif process.poll() is not None or time.monotonic() > deadline:
                ended = "ended" if process.poll() is not None else f"did not listen within {_START_SECONDS:.0f} s"
                raise SandboxError(f"The service {service} {ended}. The end of its log:\n{_last_lines(state, service)}")
        time.sleep(0.02)


def start(folder: Path, scenario: Path | None, engine: str | None = None, look: str | None = None) -> list[str]:
    """Start what is not running yet, and return the names of the started services: none when all of them run.

    ``engine``: of the Windows host, instead of the scenario's. ``look``: of the portal's pages.

    If one service does not start, those that were started are stopped again.
    """
    state = State(folder)
    if not state.root.exists():
        # First, so that after an error no folder remains.
        _check(state, scenario)
    state.make()
    with _alone(state):
        alive = running(folder)
        if missing := set(alive) ^ set(present()) if alive else set():
            raise SandboxError(f"Only a part runs ({', '.join(sorted(missing))} does not). Stop it and start again.")
        if alive:
            if look not in (None, looks.chosen(folder)):
                raise SandboxError(f"It runs already, with the look {looks.chosen(folder)}. Stop it and start again.")
            return []
        prepare(state, scenario)
        chosen = state.root / "windows" / "engine"
        chosen.unlink(missing_ok=True)
        if engine is not None:
            write(chosen, f"{engine}\n")
        looks.choose(folder, look)
        started: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for service in present():
                (state.run / f"{service}.json").unlink(missing_ok=True)
                started[service] = _spawn(state, service)
            _wait(state, started)
            _write_inventory(state)
        except BaseException:
            for process in started.values():
                process.terminate()
            for process in started.values():
                _reap(process)
            _forget(state)
            raise
    return list(started)


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _check(state: State, scenario: Path | None) -> None:
    if scenario is not None:
        scenarios.read(scenario)
        if state.scenario.exists() and state.scenario.read_bytes() != scenario.read_bytes():
            raise SandboxError(f"{state.root} was made with another scenario. Take another folder or remove this one.")
    elif not state.scenario.exists():
        raise SandboxError("The first start needs --scenario FILE.")


def prepare(state: State, scenario: Path | None) -> None:
    """Make what services need before they start: the scenario, the database, credentials, certificates."""
    _check(state, scenario)
    if scenario is not None:
        write(state.scenario, scenario.read_bytes())
    connect(state.root).close()
    credentials(state.root, "windows")
    tls.prepare(state.root)
    pki.prepare(state.root)


def _forget(state: State) -> None:
    for service in SERVICES:
        for suffix in ("pid", "json"):
            (state.run / f"{service}.{suffix}").unlink(missing_ok=True)


def stop(folder: Path) -> list[str]:
    """Stop the services, and return the names of those that were running."""
    state = State(folder)
    if not state.run.is_dir():
        return []
    with _alone(state):
        alive = running(folder)
        for pid in alive.values():
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while (left := running(folder)) and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in left.values():
            os.kill(pid, signal.SIGKILL)
        _forget(state)
    return list(alive)


def _write_inventory(state: State) -> None:
    """A second inventory source: the scenario's hosts, and what a play needs to reach the sandbox."""
    folder = state.root
    there = present()
    sandbox: dict[str, Any] = {
        "state_dir": str(folder),
        "ca_path": str(tls.ca_path(folder)),
        "pki": pki.variables(folder),
    }
    for service, more in (
        ("windows", {}),
        ("smtp", {"security": "starttls", "recipient": RECIPIENT}),
        ("imap", {"security": "tls", "sender": RECIPIENT}),
    ):
        if service in there:
            at = address(folder, service)
            sandbox[service] = {"host": at["host"], "port": at["port"], **more, **credentials(folder, service)}
    if "intake" in there:
        sandbox["intake"] = {"application_form_url": address(folder, "intake")["application_form_url"]}
    if "portal" in there:
        at = address(folder, "portal")
        sandbox["portal"] = {"url": at["url"], "page": at["page"], "ca_path": str(tls.ca_path(folder))}
    hosts = {organisation.host: None for organisation in scenarios.load(folder).organisations}
    groups = {
        "care_organisations": {"hosts": hosts},
        "certificate_hosts": {"hosts": {"windows_certificates": None}},
    }
    write(state.inventory / "hosts.yml", yaml.safe_dump({"all": {"children": groups}}))
    write(state.inventory / "group_vars" / "all" / "sandbox.yml", yaml.safe_dump({"sandbox": sandbox}))
