# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's plan as Markdown for a merge request on GitLab or GitHub: tables, with folded details. Pure.

In names and other foreign text, special characters become character references, which are neither Markdown nor HTML.
Text that would still be a mention or a reference (``@x``, ``#1``) goes into ``<code>``, where neither platform makes
links. The file has dates and no ages, so that the same plan gives the same file except for its moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import effects
from .approval import Approval
from .carried import Carried, status
from .known import moment
from .matters import MOST_ALONE, Matter, command, dismissal, matters
from .observed import Moment
from .plan import WEIGHT, State
from .rows import Row, row
from .runs import RunPlan
from .style import Style, message_id, number, safe_line

_SIGNS = {
    State.STOP: "✗ stop",
    State.LOOK: "! look",
    State.DO: "→ will do",
    State.WAIT: "… waits",
    State.LATER: "… later",
    State.DONE: "✓ did",
}
#: Characters with a meaning in Markdown or HTML.
_MARKED = re.compile(r"[!\"#$&'()*+:<>@\[\\\]^_`{|}~]")
#: Text that starts a mention, a reference, a label, a formula or an emoji if letters are next to it.
_REFERENCE = re.compile(r"[@#!%~&$^:\[\]]\w|\w[@#!%~&$^:\[\]]|GH-\d|\b[0-9a-f]{7,40}\b")


def markdown(
    run: RunPlan,
    *,
    environment: str,
    now: Moment,
    style: Style,
    carried: Carried | None = None,
    title: str = "plan",
    approval: Approval | None = None,
) -> str:
    """The same rows as on the screen, but one for each organisation; organisations without a problem are only counted.
    ``style`` has the time zone."""
    rows = sorted((row(run, host, carried) for host in run.plans), key=lambda one: WEIGHT.index(one.state))
    found = matters(run, carried)
    lines = [f"## ZORG-ID {title}: {foreign(environment)}", ""]
    lines += [f"{number(len(rows), 'organisation', 'organisations')}, {style.moment(now)} ({foreign(style.zone_name)})"]
    fine = sum(one.state is State.DONE and not one.did for one in rows)
    lines += ["", *_sums(run, carried, found, fine)]
    if approval and approval.command:
        until = moment(approval.until)
        at = f", until {style.moment(until)} ({foreign(style.zone_name)})" if until else ""
        lines.append(f"* Plan {_code(approval.digest)}; after its approval, once{at}: {_code(approval.command)}")
    lines.append("")
    busy = [one for one in rows if one.state in (State.STOP, State.LOOK, State.DO) or one.did]
    if busy:
        lines += [*_table(busy, style), ""]
    waiting = [one for one in rows if one.state in (State.WAIT, State.LATER)]
    if waiting:
        lines += _folded(f"{number(len(waiting), 'organisation', 'organisations')}: wait", _table(waiting, style))
    if found:
        lines += ["### Action needed", ""]
        for each in found:
            lines += _folded(_headline(run, each), _details(run, each, style))
    return "\n".join(lines).rstrip() + "\n"


def foreign(text: str, most: int = 400) -> str:
    """Text from others, for a cell or a line."""
    line = safe_line(text, most)
    safe = _MARKED.sub(lambda found: f"&#{ord(found[0])};", line)
    return f"<code>{safe}</code>" if _REFERENCE.search(line) else safe


def _sums(run: RunPlan, carried: Carried | None, found: tuple[Matter, ...], fine: int) -> Iterator[str]:
    dids = [did for one in run.plans.values() for did in effects.planned(one)]
    if carried is not None:
        dids = [did for host in carried.effects for did in effects.carried_out(run, carried, host, "done")]
    yield f"* {'In this run' if carried is None else 'Done in this run'}: {effects.added_up(dids) or 'nothing'}"
    needs = len({host for one in found for host in one.hosts}) + len(run.attention)
    yield f"* Action needed: {needs:,}"
    if fine:
        yield f"* Nothing to do: {number(fine, 'organisation', 'organisations')}"
    yield f"* Result: {status(run, carried)[1]}"


def _table(rows: list[Row], style: Style) -> list[str]:
    return ["| | organisation | URA | step | |", "|---|---|---|---|---|", *(_row(one, style) for one in rows)]


def _row(one: Row, style: Style) -> str:
    says = f"{one.says} ({one.why})" if one.why else one.says
    since = f", since {style.day(one.since)}" if one.since else ""
    cells = (_SIGNS[one.state], foreign(one.name), foreign(one.ura, 20), _code(one.step), foreign(says) + since)
    return f"| {' | '.join(cells)} |"


def _headline(run: RunPlan, matter: Matter) -> str:
    names = _names(run, matter.hosts[:MOST_ALONE])
    if (more := len(matter.hosts) - MOST_ALONE) > 0:
        names += f" and {more:,} more"
    many = f"{number(len(matter.hosts), '', 'organisations')}: " if len(matter.hosts) > 1 else ""
    at = f", {_code(matter.step)}" if matter.step else ""
    return f"{many}{names or 'Of no organisation'}{at}: {foreign(matter.trouble.message)}"


def _names(run: RunPlan, hosts: tuple[str, ...]) -> str:
    return ", ".join(f"{foreign(run.plans[host].name or host)} ({foreign(run.plans[host].ura, 20)})" for host in hosts)


def _details(run: RunPlan, matter: Matter, style: Style) -> Iterator[str]:
    if len(matter.hosts) > MOST_ALONE:
        yield f"* organisations: {_names(run, matter.hosts)}"
    trouble = matter.trouble
    if trouble.mail or trouble.mail_at:
        at = style.moment(trouble.mail_at) if trouble.mail_at else "without a date"
        named = message_id(trouble)
        yield f"* mail: {at}{f', {_code(named)}' if named else ''}"
    for label, text in (("expected", trouble.expected), ("found", trouble.found), ("do", trouble.action)):
        if text:
            yield f"* {label}: {foreign(text, 600)}"
    if typed := command(matter):
        yield f"* record: {_code(' '.join(typed))}"
    if typed := dismissal(matter):
        yield f"* if this mail needs no action, record: {_code(' '.join(typed))}"
    yield f"* code: {_code(trouble.code)}"


def _code(text: str) -> str:
    """Literal text: a command, a step, a code."""
    return f"<code>{_MARKED.sub(lambda found: f'&#{ord(found[0])};', text)}</code>" if text else ""


def _folded(summary: str, inside: Iterator[str] | list[str]) -> list[str]:
    return ["<details>", f"<summary>{summary}</summary>", "", *inside, "", "</details>", ""]
