# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dossier of one organisation knows, in the planner's words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._common.moments import parse
from .._dossier.checks import check_step
from .._dossier.model import Milestone, Submission
from .observed import Moment, Trouble
from .steps import STEPS


@dataclass(frozen=True)
class Word:
    """What a person said: ``word`` of ``subject`` (a step, or nothing), happened ``at``."""

    word: str
    at: Moment
    subject: str = ""
    by: str = ""
    how: str = ""


@dataclass(frozen=True)
class Known:
    """``steps`` by name; ``submissions`` the newest of each kind; ``words`` oldest first.

    ``host`` is the inventory name that last held this URA, None where none did. ``code_for``: keyed digest of the
    person for whom the kept code or the letter was made; ``link_for``: of the one who was portal administrator when the
    follow-up link came. ``code_kept``: there is a code that can still be destroyed. ``portal_changed_at``: the last
    change that was recorded in the portal. ``unusable``: why nothing may be done on this dossier (a damaged row, an
    environment that nobody has said).
    """

    ura: str
    name: str = ""
    steps: Mapping[str, Milestone] = field(default_factory=dict)
    submissions: Mapping[str, Submission] = field(default_factory=dict)
    words: tuple[Word, ...] = ()
    host: str | None = None
    code_for: str | None = None
    code_kept: bool = False
    link_for: str | None = None
    portal_changed_at: Moment | None = None
    unusable: Trouble | None = None

    def step(self, name: str) -> Milestone:
        return self.steps.get(name) or Milestone(check_step(name))

    def word(self, word: str, subject: str | None = None) -> Word | None:
        """The newest of this kind, about this subject where one is given."""
        found = [one for one in self.words if one.word == word and subject in (None, one.subject)]
        return max(found, key=lambda one: one.at, default=None)

    def stands(self, word: str, undone_by: str) -> Word | None:
        """The newest ``word``, unless ``undone_by`` was said after it, about this word and not about a step."""
        said = self.word(word)
        undone = [one for one in self.words if one.word == undone_by and one.subject in ("", word)]
        return said if said and all(one.at < said.at for one in undone) else None

    @property
    def empty(self) -> bool:
        """Nothing was ever sent, said or answered. What the portal alone shows does not say that we applied."""
        return not self.submissions and not self.words and not any(map(_is_ours, self.steps.values()))


def _is_ours(milestone: Milestone) -> bool:
    step = STEPS[milestone.step]
    proven = bool(milestone.evidence) or milestone.attested is not None
    return milestone.state == "done" and step.event and proven and milestone.evidence.get("proof") != "portal"


def moment(text: str | None) -> Moment | None:
    """A moment that the dossier wrote; None for none. One without a zone is in UTC, as all that it writes."""
    return parse(text, zone=datetime.UTC)
