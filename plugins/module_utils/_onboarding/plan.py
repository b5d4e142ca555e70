# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what a run would do for one organisation, and why; who is waited for; what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .observed import Moment, Trouble
from .steps import Effect, Need


class State(StrEnum):
    """Of a step. ``LOOK``: a person has to look; ``STOP``: an error; ``LATER``: something else comes first."""

    DONE = "done"
    DO = "do"
    WAIT = "wait"
    LOOK = "look"
    STOP = "stop"
    LATER = "later"


#: What counts when an organisation has several: what needs a person comes first.
WEIGHT = (State.STOP, State.LOOK, State.DO, State.WAIT, State.LATER, State.DONE)


def is_word(note: Trouble) -> bool:
    """A person wanted it so; that is no error."""
    return note.code in ("dossier_held", "organisation_withdrawn")


@dataclass(frozen=True)
class Planned:
    """One step. ``because`` says why in half a sentence; ``who`` and ``what`` go with WAIT and LOOK, ``trouble`` with
    STOP and LOOK. ``evidence``: what proves DONE where the dossier does not say so yet; ``evidence_at``: when the mail
    of VZVZ came that it is from. ``left_out``: an effect that
    the tags of this run hold back. ``changes``: in the portal, by kind."""

    step: str
    state: State
    because: str = ""
    effects: tuple[Effect, ...] = ()
    who: str = ""
    what: str = ""
    since: Moment | None = None
    trouble: Trouble | None = None
    warnings: tuple[Trouble, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    evidence_at: Moment | None = None
    left_out: bool = False
    changes: Mapping[str, int] = field(default_factory=dict)

    @property
    def satisfied(self) -> bool:
        """Whether the steps after it may go on in the same run."""
        return self.state is State.DONE or (self.state is State.DO and bool(self.effects))


@dataclass(frozen=True)
class PlannedMail:
    """Mail to people: about which step, of what ``kind``, to which role, how many; no texts and no addresses.

    ``kind`` of a notice is request, reminder, escalation or status; of an employee's mail invitation or reminder."""

    effect: Effect
    step: str
    kind: str
    role: str
    count: int = 1


@dataclass(frozen=True)
class Plan:
    """``looks``: what has to be observed before this is a plan: observe it and plan again. ``remind``: whether people
    may be reminded (never while an answer of theirs is not understood). ``note``: what holds for the organisation as a
    whole, such as that it is held. ``mailing``: what becomes of notices and invitations; no step of VZVZ's plan, and
    carried out after all of them. ``mails``: those that go."""

    ura: str
    name: str
    steps: tuple[Planned, ...]
    looks: frozenset[Need] = frozenset()
    remind: bool = True
    note: Trouble | None = None
    mailing: tuple[Planned, ...] = ()
    mails: tuple[PlannedMail, ...] = ()

    @property
    def parts(self) -> tuple[Planned, ...]:
        """The steps, and the mail to people."""
        return (*self.steps, *self.mailing)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return tuple(effect for part in self.parts for effect in part.effects)

    @property
    def state(self) -> State:
        """The organisation's line. One that a person holds or withdrew waits for that person's word."""
        if self.note is not None and not is_word(self.note):
            return State.STOP
        if self.note is not None and not self.steps:
            return State.WAIT
        return min((part.state for part in self.parts), key=WEIGHT.index, default=State.DONE)

    @property
    def turn(self) -> Planned | None:
        """The step that the line is about."""
        return next((part for part in self.parts if part.state is self.state), None)

    def step(self, name: str) -> Planned:
        return next(step for step in self.steps if step.step == name)
