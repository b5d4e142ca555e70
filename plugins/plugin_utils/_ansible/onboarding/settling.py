# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a run: what it did and where everybody stands, told once; and who fails."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ....module_utils._common.moments import now
from ....module_utils._onboarding.carried import Carried, EffectOutcome, status
from ....module_utils._onboarding.data import as_json
from ....module_utils._onboarding.document import REJECTED
from ....module_utils._onboarding.markdown import markdown
from ....module_utils._onboarding.matters import of_host
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.plan import Plan, State, is_word
from ....module_utils._onboarding.rows import with_reasons
from ....module_utils._onboarding.runs import RunPlan, still_bounded
from ....module_utils._onboarding.screen import Title, table
from ....module_utils._onboarding.steps import STEPS, Effect
from ....module_utils._onboarding.wire import unpack
from ..action import Options, Result, ZorgidAction
from . import mail_fetched, showing
from .beginning import BEGUN, folder_of
from .board_written import Boards
from .run_plan import CARRIED, DECIDED, MAIL, PUT_BACK, RECORD, WORK
from .shared import OncePerRun

_EFFECTS = frozenset(effect.value for effect in Effect)


@dataclass(frozen=True)
class Settle:
    """``board``: the host with whose variables the board of its dossier is written. ``fail_on_changes``: a plan with
    something to do is an error. ``plan_path``: where the plan is written as Markdown and JSON; None for nowhere."""

    board: str
    fail_on_changes: bool = False
    plan_path: Path | None = None


def command_of(options: Options) -> Settle:
    return Settle(
        str(options["board"]),
        options["fail_on_changes"],
        Path(options["plan_path"]) if options["plan_path"] else None,
    )


def settle(action: ZorgidAction, command: Settle) -> Result:
    """One board for each dossier; after the last one the table. ``failed_hosts``: the hosts with an error, and why in
    half a sentence; the whole of it stands in the table."""
    variables = action.task_vars
    name = str((variables.get(BEGUN) or {}).get("run", ""))
    boards = Boards(action, folder_of(name))
    board = boards.write(command.board)
    if command.board != variables[DECIDED]["boards"][-1]:
        return board
    decided: RunPlan = unpack(RunPlan, json.loads(str(variables[DECIDED]["plan"])))
    title: Title = variables[DECIDED]["title"]
    plans, outcomes = dict(decided.plans), {}
    for host in decided.plans if title == "onboard" else ():
        done = _done(variables["hostvars"].raw_get(host), name)
        if done is not None:
            outcomes[host], plans[host] = _outcomes(done), _after(done, plans[host])
        elif host in decided.work and title == "onboard":
            plans[host] = dataclasses.replace(plans[host], steps=(), mailing=(), mails=(), note=_NOT_CARRIED_OUT)
    run = dataclasses.replace(decided, plans={host: plans[host] for host in sorted(plans)})
    paths, unwritten = boards.told(variables[DECIDED]["boards"])
    carried = Carried(outcomes, unwritten) if title == "onboard" else None
    if carried is None:
        run = dataclasses.replace(run, attention=(*run.attention, *unwritten))
    at, style = now(), showing.style()
    environment = str(variables[DECIDED]["environment"])
    draw = partial(
        table,
        environment=environment,
        now=at,
        style=style,
        title=title,
        carried=carried,
        boards=paths,
    )
    shown = draw(run)
    code, word = status(run, carried, fail_on_changes=command.fail_on_changes)
    result: Result = {"table": shown.splitlines(), "status": word, "exit_status": code, **board}
    # First: a folder that cannot be written hides nothing of what was done. A task's result and a log file are kept;
    # VZVZ's reason is not.
    showing.show(draw(with_reasons(run, _reasons(run, name))), kept=shown)
    if command.plan_path:
        told = markdown(run, environment=environment, now=at, style=style, carried=carried, title=title)
        data = as_json(run, environment=environment, now=at, carried=carried, fail_on_changes=command.fail_on_changes)
        showing.write_files(command.plan_path, told, data)
    judged = {host: one for host, one in run.plans.items() if title != "status" or _is_unread(one)}
    failed = {host: why for host, one in judged.items() if (why := _why(host, one, carried))}
    if unwritten and not failed:
        # The organisation with whose variables it was tried: that dossier has no board, others may have theirs.
        failed = {one.host: f"the board was not written, see the table above ({one.code})" for one in unwritten}
    if not failed and code and title != "status":
        # Something to do, where that is to be an error: those that have it.
        busy = set(run.work) | {host for host, those in outcomes.items() if any(one.status == "done" for one in those)}
        failed = dict.fromkeys(sorted(busy), "there is something to do, see the table above (changes)")
    return {**result, "failed_hosts": [{"host": host, "run": name, "why": why} for host, why in failed.items()]}


def _reasons(run: RunPlan, name: str) -> dict[str, str]:
    """Why VZVZ rejected a document, as the organisation's own process found it in this run."""
    shared = OncePerRun(folder_of(name))
    rejected = [
        host
        for host, one in run.plans.items()
        if any(step.trouble and step.trouble.code == REJECTED for step in one.steps)
    ]
    return {host: mail_fetched.told_reason(shared, run.plans[host].ura) for host in rejected}


def _done(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]] | None:
    """The results of this run's effects at one host; None where it had nothing to do."""
    work, carried = raw.get(WORK), raw.get(CARRIED)
    if not isinstance(work, Mapping) or work.get("run") != name:
        return None
    found = list(carried.get("results") or []) if isinstance(carried, Mapping) else []
    # Not those of an earlier run in the same Ansible process. What broke off names no run.
    return [one for one in found if one.get("run") in (name, None)]


def _outcomes(done: list[Mapping[str, Any]]) -> tuple[EffectOutcome, ...]:
    told = []
    for one in done:
        step, trouble = str(one.get("effect") or one.get("item") or ""), one.get("trouble")
        # What has no status of its own broke off, and Ansible has told why.
        became: Any = one.get("status") or ("failed" if one.get("failed") else "")
        if became == "done" and not one.get("changed"):
            # Another run was first, or a mail was not due any more: nobody says that it was done here.
            continue
        if step in _EFFECTS and became in ("done", "failed", "dropped"):
            told.append(
                EffectOutcome(
                    Effect(step),
                    became,
                    unpack(Trouble, dict(trouble)) if trouble else None,
                    {str(kind): int(count) for kind, count in dict(one.get("changes") or {}).items()},
                )
            )
    return tuple(told)


def _after(done: list[Mapping[str, Any]], planned: Plan) -> Plan:
    """How it stands after the effects. Where that could not be looked at or recorded, it is an error of its own."""
    last = next((one for one in done if one.get("effect") == RECORD), None)
    if last is not None and last.get("plan"):
        found: Plan = unpack(Plan, json.loads(str(last["plan"])))
        stands = still_bounded(found, planned)
        lost = next((one["trouble"] for one in done if one.get("effect") == PUT_BACK and one.get("trouble")), None)
        return dataclasses.replace(stands, note=unpack(Trouble, dict(lost))) if lost else stands
    broken = next((one for one in done if one.get("effect") in (RECORD, MAIL) and one.get("trouble")), None)
    if broken is not None:
        return dataclasses.replace(planned, note=unpack(Trouble, dict(broken["trouble"])))
    return dataclasses.replace(planned, steps=(), mailing=(), mails=(), note=_NOT_CARRIED_OUT)


_NOT_CARRIED_OUT = Trouble(
    "not_carried_out",
    "It fell out of this run before all of its plan was carried out",
    expected="a host that stays in the play until the end",
    found="a task that failed, or a play that was interrupted: see its message above",
    action="correct what that names, and run again: the run goes on from what the dossier says",
)


def _is_unread(one: Plan) -> bool:
    """Whether its dossier could not be read. That a step once failed is no error of a status that says so."""
    return len(one.steps) < len(STEPS) and not (one.note and is_word(one.note))


def _why(host: str, one: Plan, carried: Carried | None) -> str:
    """The first of what stops, by its code and step; empty where nothing does."""
    found = [each for each in of_host(one, host, carried) if each.state is State.STOP]
    if not found:
        return ""
    first = found[0]
    at = f" at {first.step}" if first.step else ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{first.trouble.code}{at}{more}: see the table above"
