# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dossier of one organisation contains, as the planner's types."""

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
    """A person's statement: ``word`` about ``subject`` (a step, or nothing), which happened ``at``."""

    word: str
    at: Moment
    subject: str = ""
    by: str = ""
    how: str = ""


@dataclass(frozen=True)
class Known:
    """``steps`` by name; ``submissions`` the newest of each kind; ``words`` oldest first.

    ``host`` is the inventory name that last had this URA number, or None. ``code_for``: keyed digest of the person for
    whom the stored code or the letter was made; ``link_for``: of the portal administrator when the follow-up link came.
    ``code_kept``: the dossier or a file still has a code. ``portal_changed_at``: the last recorded change in the
    portal. ``unusable``: why nothing may be done with this dossier (a damaged row, an unknown environment).
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
        """The newest statement of this kind, and about this subject if one is given."""
        found = [one for one in self.words if one.word == word and subject in (None, one.subject)]
        return max(found, key=lambda one: one.at, default=None)

    def stands(self, word: str, undone_by: str) -> Word | None:
        """The newest ``word``, unless a later ``undone_by`` is about this word (not about a step)."""
        said = self.word(word)
        undone = [one for one in self.words if one.word == undone_by and one.subject in ("", word)]
        return said if said and all(one.at < said.at for one in undone) else None

    @property
    def can_log_in(self) -> bool:
        """Somebody of this organisation can log in to the portal, as far as the dossier knows."""
        return self.step("identity_activated").state == "done" or bool(self.stands("registered_before", "undone"))

    @property
    def continued_by(self) -> str:
        """The new URA number of the organisation; empty if it has none."""
        found = [one for one in self.words if one.word == "continued_by"]
        return found[-1].subject if found else ""

    @property
    def empty(self) -> bool:
        """Whether nothing was ever sent, stated or answered. What the portal shows does not prove that we applied."""
        words = [one for one in self.words if one.word not in ("continues", "continued_by")]
        return not self.submissions and not words and not any(map(_is_ours, self.steps.values()))


def _is_ours(milestone: Milestone) -> bool:
    step = STEPS[milestone.step]
    proven = bool(milestone.evidence) or milestone.attested is not None
    return milestone.state == "done" and step.event and proven and milestone.evidence.get("proof") != "portal"


def moment(text: str | None) -> Moment | None:
    """Parse a moment of the dossier; None if there is none. Without a zone it is in UTC, as the dossier writes all
    moments."""
    return parse(text, zone=datetime.UTC)
