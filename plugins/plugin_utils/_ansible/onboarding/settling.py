# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a run: shows once what it did and the state of all organisations, and fails hosts with errors."""

from __future__ import annotations

import dataclasses
import json
import shlex
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ....module_utils._common.moments import now
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._onboarding.approval import Approval
from ....module_utils._onboarding.carried import Carried, EffectOutcome, status
from ....module_utils._onboarding.data import as_json
from ....module_utils._onboarding.document import REJECTED
from ....module_utils._onboarding.markdown import markdown
from ....module_utils._onboarding.matters import failures, of_host
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.plan import Plan, State, is_word
from ....module_utils._onboarding.rows import with_reasons
from ....module_utils._onboarding.runs import RunPlan, still_bounded
from ....module_utils._onboarding.screen import Title, table
from ....module_utils._onboarding.steps import STEPS, Effect
from ....module_utils._onboarding.wire import unpack
from ....module_utils._use_cases.record_run import RecordRun
from ..action import Options, Result, ZorgidAction
from . import mail_fetched, showing
from .beginning import BEGUN, folder_of
from .board_written import Boards
from .handed_over import lying
from .run_plan import CARRIED, DECIDED, KEPT, MAIL, PUT_BACK, RECORD, WORK
from .shared import OncePerRun

_EFFECTS = frozenset(effect.value for effect in Effect)


@dataclass(frozen=True)
class Settle:
    """``board``: the host whose variables are used for the board of its dossier. ``fail_on_changes``: a plan with
    effects is an error. ``plan_path``: folder for the plan as Markdown and JSON; None for no files."""

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
    """Write one board for each dossier and record the run in it, and show the table after the last one.
    ``failed_hosts``: the hosts with an error, with half a sentence each; the table has the details."""
    variables = action.task_vars
    name = str((variables.get(BEGUN) or {}).get("run", ""))
    boards = Boards(action, folder_of(name))
    title: Title = variables[DECIDED]["title"]
    last = command.board == variables[DECIDED]["boards"][-1]
    ended = _ended(variables, name) if last else None
    board = boards.write(command.board, _ran(variables, name, command.board, ended) if title == "onboard" else None)
    if ended is None:
        return board
    outcomes, run = ended.outcomes, ended.run
    paths, unwritten = boards.paths_and_troubles(variables[DECIDED]["boards"])
    carried = Carried(outcomes, unwritten) if title == "onboard" else None
    if carried is None:
        run = dataclasses.replace(run, attention=(*run.attention, *unwritten))
    at, style = now(), showing.style()
    environment = str(variables[DECIDED]["environment"])
    handed = lying(run, variables["hostvars"], name)
    approval = _approval(variables, name)
    draw = partial(
        table,
        environment=environment,
        now=at,
        style=style,
        title=title,
        carried=carried,
        boards=paths,
        handed=handed,
        approval=approval,
    )
    shown = draw(run)
    code, word = status(run, carried, fail_on_changes=command.fail_on_changes)
    result: Result = {"table": shown.splitlines(), "status": word, "exit_status": code, "handed": handed, **board}
    # Shown before files are written, so that a write error hides nothing. VZVZ's reason is only shown: a task's result
    # and a log file are stored, so they must not contain it.
    showing.show(draw(with_reasons(run, _reasons(run, name))), kept=shown)
    if command.plan_path:
        page = markdown(
            run, environment=environment, now=at, style=style, carried=carried, title=title, approval=approval
        )
        data = as_json(
            run,
            environment=environment,
            now=at,
            carried=carried,
            fail_on_changes=command.fail_on_changes,
            approval=approval,
        )
        showing.write_files(command.plan_path, page, data)
    judged = {host: one for host, one in run.plans.items() if title != "status" or _is_unread(one)}
    failed = {host: why for host, one in judged.items() if (why := _why(host, one, carried))}
    if unwritten and not failed:
        # The hosts whose variables were used for a board that was not written; other boards may be written.
        failed = {one.host: "The board was not written: see the table above" for one in unwritten}
    if not failed and code and title != "status":
        # With ``fail_on_changes``, hosts with effects fail too.
        busy = set(run.work) | {host for host, those in outcomes.items() if any(one.status == "done" for one in those)}
        failed = dict.fromkeys(sorted(busy), "There is something to do: see the table above (changes)")
    return {**result, "failed_hosts": [{"host": host, "run": name, "why": why} for host, why in failed.items()]}


def _approval(variables: Mapping[str, Any], name: str) -> Approval | None:
    """Of the plan that this run kept, or that it was approved to carry out."""
    if approved := variables[DECIDED].get("approved"):
        return Approval(**approved)
    kept = variables.get(KEPT)
    # Without one of an earlier run in the same Ansible process.
    if not isinstance(kept, Mapping) or kept.get("run") != name:
        return None
    return Approval(str(kept["digest"]), bool(kept["work"]), str(kept["until"]), _choice(variables))


def _choice(variables: Mapping[str, Any]) -> str:
    """The options of this run without which the next one would make another plan. For a shell."""
    tags = [str(tag) for tag in variables.get("ansible_run_tags") or () if tag != "all"]
    skipped = [str(tag) for tag in variables.get("ansible_skip_tags") or ()]
    given = {
        "-l": str(variables.get("ansible_limit") or ""),
        "-t": ",".join(sorted(tags)),
        "--skip-tags": ",".join(sorted(skipped)),
    }
    words = [word for option, value in given.items() if value for word in (option, value)]
    for name in ("zorgid_organisation", "zorgid_hosts"):
        if value := str(variables.get(name) or ""):
            words += ["-e", f"{name}={value}"]
    return shlex.join(words)


@dataclass(frozen=True)
class _Ended:
    """``run``: the plans after their effects, with the hosts in order."""

    run: RunPlan
    outcomes: Mapping[str, tuple[EffectOutcome, ...]]


def _ended(variables: Mapping[str, Any], name: str) -> _Ended:
    decided: RunPlan = unpack(RunPlan, json.loads(str(variables[DECIDED]["plan"])))
    title = variables[DECIDED]["title"]
    plans: dict[str, Plan] = dict(decided.plans)
    outcomes: dict[str, tuple[EffectOutcome, ...]] = {}
    for host in decided.plans if title == "onboard" else ():
        done = _done(variables["hostvars"].raw_get(host), name)
        if done is not None:
            outcomes[host], plans[host] = _outcomes(done), _after(done, plans[host])
        elif host in decided.work and title == "onboard":
            plans[host] = dataclasses.replace(plans[host], steps=(), mailing=(), mails=(), note=_NOT_CARRIED_OUT)
    return _Ended(dataclasses.replace(decided, plans={host: plans[host] for host in sorted(plans)}), outcomes)


def _ran(
    variables: Mapping[str, Any], name: str, board: str, ended: _Ended | None
) -> Callable[[DossierPlace], RecordRun]:
    """What is recorded about this run in the dossier of ``board``. The first item counts for all of them."""

    def count() -> dict[str, dict[str, int]]:
        of = ended or _ended(variables, name)
        carried = Carried(of.outcomes)
        theirs: dict[str, list[str]] = defaultdict(list)
        for host in of.run.plans:
            # Of an organisation whose dossier could not be read, the last dossier has the code.
            theirs[variables[DECIDED]["board_of"].get(host, variables[DECIDED]["boards"][-1])].append(host)
        return {each: failures(of.run, carried, hosts) for each, hosts in theirs.items()}

    counts = OncePerRun(folder_of(name)).get({"failures": name}, count)
    seconds = round(time.monotonic() - float(variables[BEGUN]["began"]))
    return partial(RecordRun, run=name, seconds=seconds, failures=counts.get(board, {}))


def _reasons(run: RunPlan, name: str) -> dict[str, str]:
    """VZVZ's reasons for rejections by host, which the organisations' processes found in this run."""
    shared = OncePerRun(folder_of(name))
    rejected = [
        host
        for host, one in run.plans.items()
        if any(step.trouble and step.trouble.code == REJECTED for step in one.steps)
    ]
    return {host: mail_fetched.found_reason(shared, run.plans[host].ura) for host in rejected}


def _done(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]] | None:
    """The results of this run's effects for one host; None if it had none."""
    work, carried = raw.get(WORK), raw.get(CARRIED)
    if not isinstance(work, Mapping) or work.get("run") != name:
        return None
    found = list(carried.get("results") or []) if isinstance(carried, Mapping) else []
    # Without results of an earlier run in the same Ansible process. An interrupted item has no run.
    return [one for one in found if one.get("run") in (name, None)]


def _outcomes(done: list[Mapping[str, Any]]) -> tuple[EffectOutcome, ...]:
    outcomes = []
    for one in done:
        step, trouble = str(one.get("effect") or one.get("item") or ""), one.get("trouble")
        # An item without a status was interrupted, and Ansible has shown why.
        became: Any = one.get("status") or ("failed" if one.get("failed") else "")
        if became == "done" and not one.get("changed"):
            # Another run was first, or a mail was not due any more, so it is not reported as done.
            continue
        if step in _EFFECTS and became in ("done", "failed", "dropped"):
            outcomes.append(
                EffectOutcome(
                    Effect(step),
                    became,
                    unpack(Trouble, dict(trouble)) if trouble else None,
                    {str(kind): int(count) for kind, count in dict(one.get("changes") or {}).items()},
                )
            )
    return tuple(outcomes)


def _after(done: list[Mapping[str, Any]], planned: Plan) -> Plan:
    """The plan after the effects. A failure to observe or record it is an error of its own."""
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
    """Whether its dossier could not be read. For the playbook status, a step that failed earlier is not an error."""
    return len(one.steps) < len(STEPS) and not (one.note and is_word(one.note))


def _why(host: str, one: Plan, carried: Carried | None) -> str:
    """A reference to the table if something stops; otherwise empty. The text is the same for all hosts, so that Ansible
    prints its own notice only once."""
    stops = any(each.state is State.STOP for each in of_host(one, host, carried))
    return "It failed: see the table above" if stops else ""
