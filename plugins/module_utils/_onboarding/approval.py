# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run tells of a plan that waits for an approval, or of the approved plan that it carried out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .known import moment
from .observed import Moment
from .style import Style


@dataclass(frozen=True)
class Approval:
    """``digest`` is empty if no plan was recorded: there is nothing to do (``work``), or the user gave --check.
    ``until``: of a recorded plan; ``choice``: the options that chose its organisations and effects, for the command.
    ``requester``, ``approver``: of an approved plan, as they may be shown; ``same``: they are one person; ``checked``:
    with --check, so nobody approved it."""

    digest: str = ""
    work: bool = True
    until: str = ""
    choice: str = ""
    requester: str = ""
    approver: str = ""
    same: bool = False
    checked: bool = False

    @property
    def command(self) -> str:
        """Empty unless a plan was recorded."""
        if not self.until:
            return ""
        words = ("ansible-playbook gbz.zorgid.onboard", self.choice, f"-e zorgid_plan_digest={self.digest}")
        return " ".join(word for word in words if word)

    def lines(self, style: Style, now: Moment) -> Iterator[str]:
        if self.checked:
            yield f"Plan {self.digest}:"
            yield f"  {style.text(f'asked for by {self.requester}', 200)}"
            yield "  It can still be carried out. With --check it was not used."
        elif self.approver:
            who = f"asked for by {self.requester}, approved by {self.approver}"
            yield f"Plan {self.digest}:"
            yield f"  {style.text(who + (' (the same)' if self.same else ''), 200)}"
        elif self.command:
            until = moment(self.until)
            at = f"until {style.moment(until, now)} ({style.zone_name})" if until else "for four hours"
            yield f"Plan {self.digest}"
            yield f"  After its approval, once, {at}:"
            yield f"  {self.command}"
        elif not self.work:
            yield "No plan was recorded: nothing can be done now, so there is nothing to approve."
        else:
            yield "No plan was recorded, because of --check."

    def data(self) -> dict[str, Any]:
        """For plan.json; without names."""
        return {"digest": self.digest, "work": self.work, "until": self.until or None, "command": self.command}
