# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a plan's table as data, one for each organisation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import effects
from .carried import Carried
from .document import REJECTED
from .matters import Matter, of_host
from .observed import Moment, Trouble
from .plan import Plan, Planned, State, is_word
from .runs import RunPlan
from .steps import STEP_OF
from .style import who

ON_HOLD = "on hold, recorded by a person"


@dataclass(frozen=True)
class Row:
    """``shared``: the subject, if other organisations may have the same. ``did``: something was done for this
    organisation in this run. ``why``: the reason, if ``says`` is what is done."""

    host: str
    name: str
    ura: str
    state: State
    step: str
    says: str
    shared: Trouble | None = None
    since: Moment | None = None
    why: str = ""
    did: bool = False

    @property
    def on_hold(self) -> bool:
        return self.says == ON_HOLD


def row(run: RunPlan, host: str, carried: Carried | None = None) -> Row:
    """A need for a person is shown before what is done, and that before a wait."""
    one = run.plans[host]
    about = sorted(of_host(one, host, carried), key=lambda each: each.state is not State.STOP)
    done = effects.carried_out(run, carried, host, "done") if carried else ()
    if about and (about[0].state is State.STOP or done or one.state is not State.DO):
        return _needs(one, host, about[0])
    if done:
        # Mail to people is in the sums; it is shown here only if nothing else was done.
        shown = [each for each in done if each.effect not in effects.MAILS] or list(done)
        now = one.turn if one.turn and one.turn.state is State.WAIT and one.turn.who else None
        said = effects.effects_in_words(shown, done=True) + (f"; now {who(now.who)}" if now else "")
        step = now.step if now else STEP_OF[shown[-1].effect]
        return Row(host, one.name or host, one.ura, State.DONE, step, said, did=True)
    return _as_planned(one, host)


def with_reasons(run: RunPlan, reasons: Mapping[str, str]) -> RunPlan:
    """The plan with VZVZ's own reasons for rejections, by host, first in the text: for the terminal only."""

    def with_reason(step: Planned, reason: str) -> Planned:
        if not reason or step.trouble is None or step.trouble.code != REJECTED:
            return step
        message = f"VZVZ rejected the document: {reason}"
        return replace(step, because=message, trouble=replace(step.trouble, message=message, found=""))

    plans = {
        host: replace(one, steps=tuple(with_reason(step, reasons.get(host, "")) for step in one.steps))
        for host, one in run.plans.items()
    }
    return replace(run, plans=plans)


def _needs(one: Plan, host: str, matter: Matter) -> Row:
    return Row(host, one.name or host, one.ura, matter.state, matter.step, matter.trouble.message, matter.trouble)


def _as_planned(one: Plan, host: str) -> Row:
    turn = one.turn
    if one.note is not None and is_word(one.note) and not one.effects:
        says = ON_HOLD if one.note.code == "dossier_held" else "withdrawn"
        return Row(host, one.name or host, one.ura, State.WAIT, "", says)
    if turn is None or turn.state is State.DONE:
        return Row(host, one.name or host, one.ura, State.DONE, "", "nothing to do")
    if turn.state is State.DO:
        said = effects.effects_in_words(effects.planned(one), done=False)
        why = "" if turn.changes else turn.because
        return Row(host, one.name or host, one.ura, State.DO, turn.step, said, why=why)
    if turn.state is State.WAIT and turn.effects:
        said = effects.effects_in_words(effects.planned(one), done=False)
        return Row(host, one.name or host, one.ura, State.DO, turn.step, said)
    says = who(turn.who) if turn.who else turn.because
    return Row(host, one.name or host, one.ura, turn.state, turn.step, says, since=turn.since)
