# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what a run would do for one organisation and why, for whom it waits, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .observed import Moment, Trouble
from .steps import Effect, Need


class State(StrEnum):
    """The state of a step. ``LOOK``: a person has to look; ``STOP``: an error; ``LATER``: something else comes
    first."""

    DONE = "done"
    DO = "do"
    WAIT = "wait"
    LOOK = "look"
    STOP = "stop"
    LATER = "later"


#: The state of an organisation is the first of these that a step has: those that need a person come first.
WEIGHT = (State.STOP, State.LOOK, State.DO, State.WAIT, State.LATER, State.DONE)


def is_word(note: Trouble) -> bool:
    """Whether the note comes from a person's statement, which is not an error."""
    return note.code in ("dossier_held", "organisation_withdrawn")


@dataclass(frozen=True)
class Planned:
    """One step. ``because`` says why in half a sentence; ``who`` and ``what`` go with WAIT and LOOK, ``trouble`` with
    STOP and LOOK. ``evidence``: what proves DONE if the dossier does not have it yet; ``evidence_at``: when the mail of
    VZVZ with it arrived. ``left_out``: an effect that the tags of this run exclude. ``changes``: number of changes in
    the portal by kind."""

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
    """Mail to people: step, ``kind``, role and number; no texts and no addresses.

    ``kind`` is request, reminder, escalation or status for a notice, and invitation or reminder for an employee's
    mail."""

    effect: Effect
    step: str
    kind: str
    role: str
    count: int = 1


@dataclass(frozen=True)
class Plan:
    """``looks``: needs to observe before this is a plan: observe them and plan again. ``remind``: whether people may be
    reminded (never while an answer of theirs is not recognised). ``note``: a fact about the organisation as a whole,
    such as on hold. ``mailing``: the lines for notices and invitations, which are not steps of VZVZ's plan and are
    carried out after all steps. ``mails``: the mails that will be sent."""

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
        """The state on the organisation's line. One that is on hold or withdrawn waits for a person's statement."""
        if self.note is not None and not is_word(self.note):
            return State.STOP
        if self.note is not None and not self.steps:
            return State.WAIT
        return min((part.state for part in self.parts), key=WEIGHT.index, default=State.DONE)

    @property
    def turn(self) -> Planned | None:
        """The step that the organisation's line shows."""
        return next((part for part in self.parts if part.state is self.state), None)

    def step(self, name: str) -> Planned:
        return next(step for step in self.steps if step.step == name)
