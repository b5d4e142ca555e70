# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's command line."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from importlib import import_module
from pathlib import Path

from . import state as states
from . import supervisor
from .look import LOOKS
from .scenario import ENGINES
from .state import SandboxError


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder of this sandbox")
    parser = argparse.ArgumentParser(prog="python -m zorgid_sandbox", description="Everything outside, on loopback.")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, *, state: bool = True) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared] if state else [])

    start = command("start", "start every service; returns when all of them listen")
    start.add_argument(
        "--scenario", type=Path, metavar="FILE", help="organisations and people; needed at the first start only"
    )
    start.add_argument(
        "--engine", choices=ENGINES, help="what runs on the Windows host, whatever the scenario says (see README.md)"
    )
    start.add_argument("--look", choices=LOOKS, help="what the portal's pages look like (see README.md)")
    command("stop", "stop every service; the state stays")
    command("status", "which services run, and where")
    command("received", "what the services received").add_argument("--json", action="store_true")
    people = command("people", "let the simulated people do what they would do now")
    people.add_argument("action", choices=["act"])
    people.add_argument("--handed", type=Path, required=True, metavar="DIR", help="what the GBZ handed to people")
    people.add_argument("--inventory", type=Path, metavar="DIR", help="where the portal's tokens go")
    people.add_argument("--vault-password-file", type=Path, metavar="FILE", help="what they are encrypted with")
    fault = command("fault", "make a service fail in a way of your choice (see README.md), or `clear` that")
    fault.add_argument("service", choices=supervisor.SERVICES)
    fault.add_argument("fault", nargs="+")
    command("outcome", "what was reached, from the sandbox's own store, as JSON")
    return parser


def _wrapped(text: str) -> str:
    """At most 100 columns a line; a long path or address stays whole, so that it can be copied."""
    return "\n".join(
        textwrap.fill(line, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )


def _status(state: Path) -> int:
    alive = supervisor.running(state)
    for service in supervisor.present():
        if service in alive:
            at = states.address(state, service)
            print(f"{service:<8} running  pid {alive[service]:<8} {at['host']}:{at['port']}")
        else:
            print(f"{service:<8} stopped")
    return 0 if set(alive) == set(supervisor.present()) else 3


def _received(state: Path, *, as_json: bool) -> None:
    entries = states.received(state)
    if as_json:
        print(json.dumps([entry.as_dict() for entry in entries], indent=2))
    else:
        for entry in entries:
            print(f"{entry.at}  {entry.service:<8} {entry.kind:<24} {entry.summary}")


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "start":
            started = supervisor.start(options.state, options.scenario, options.engine, options.look)
            print(f"The sandbox runs in {options.state}: {', '.join(started)}." if started else "It runs already.")
        case "stop":
            stopped = supervisor.stop(options.state)
            print(f"Stopped: {', '.join(stopped)}." if stopped else "It does not run.")
        case "status":
            return _status(options.state)
        case "received":
            _received(options.state, as_json=options.json)
        case "people":
            people = import_module("zorgid_sandbox.people")
            for line in people.act(
                options.state,
                handed=options.handed,
                inventory=options.inventory,
                vault_password_file=options.vault_password_file,
            ):
                print(_wrapped(line), flush=True)
        case "fault":
            service = import_module(f"zorgid_sandbox.{options.service}")
            if not hasattr(service, "put_fault"):
                raise SandboxError(f"The service {options.service} knows no faults.")
            if options.fault == ["clear"]:
                service.clear_faults(options.state)
            else:
                service.put_fault(options.state, " ".join(options.fault))
        case "outcome":
            print(json.dumps(import_module("zorgid_sandbox.people").outcome(options.state), indent=2))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it succeeded, 1 with a message if not, 3 from `status` if not all services run."""
    options = _parser().parse_args(arguments)
    if hasattr(options, "state"):
        options.state = options.state.resolve()
    try:
        if options.command not in ("start", "stop") and not options.state.is_dir():
            raise SandboxError(f"There is no sandbox in {options.state}: no such folder.")
        return _run(options)
    except SandboxError as error:
        print(_wrapped(f"zorgid_sandbox: {error}"), file=sys.stderr)
        return 1
