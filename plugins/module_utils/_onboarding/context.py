# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the deciding functions of one organisation share: known facts, observations, and decisions about earlier
steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from . import links
from .known import Known, moment
from .observed import ABSENT, Look, Moment, Observed, Seen, Trouble
from .plan import Planned, State
from .policy import CHECKING, Policy
from .steps import NEEDS, STEPS, Effect, Need


class Context:
    def __init__(self, known: Known, observed: Observed, policy: Policy, now: Moment) -> None:
        self.known, self.observed, self.policy, self.now = known, observed, policy, now
        self._decided: dict[str, Planned] = {}
        self._looks: set[Need] = set()
        self._held: dict[Need, str] = {}

    def take(self, planned: Planned) -> None:
        self._decided[planned.step] = planned

    def decided(self) -> tuple[Planned, ...]:
        return tuple(self._decided.values())

    def looks(self) -> frozenset[Need]:
        return frozenset(self._looks)

    def before(self, name: str) -> Planned:
        """The decision about an earlier step."""
        return self._decided[name]

    def missing(self, name: str) -> str | None:
        """The first step that has to come before ``name`` and is not done yet."""
        return next((one for one in STEPS[name].after if not self._decided[one].satisfied), None)

    def decisions(self) -> tuple[Planned, ...]:
        """The decisions. A trouble that blocks steps and belongs to none of them is added to the first step that it
        blocks: an unreadable mailbox, for example, must not look as if VZVZ had not answered."""
        steps = list(self._decided.values())
        for need in Need:
            trouble = self.seen(need).trouble
            if trouble is None or any(trouble in (one.trouble, *one.warnings) for one in steps):
                continue
            at = self._held.get(need)
            if at is None and need is Need.MAILBOX:
                at = next((one.step for one in steps if one.state is State.WAIT and one.who == "vzvz"), None)
            steps = [self.stop(at, trouble, warnings=one.warnings) if one.step == at else one for one in steps]
        return tuple(steps)

    # Observations

    def seen(self, need: Need) -> Seen[Any]:
        """The observation of a need; a certificate that expires while VZVZ still assesses the document is not good."""
        found: Seen[Any] = getattr(self.observed, need.value)
        if need is Need.CERTIFICATE and found.value and found.value.not_after - self.now < CHECKING:
            return Seen.bad(
                "certificate_ends_too_soon",
                "The certificate expires before VZVZ can have assessed the document",
                expected=f"a certificate that is valid for at least {CHECKING.days} more days",
                found=f"valid until {found.value.not_after.date().isoformat()}",
                action="renew it first (playbook renew_certificate)",
            )
        return found

    def trouble(self, *needs: Need) -> Trouble | None:
        return next((one.trouble for one in map(self.seen, needs) if one.look is Look.BAD), None)

    @property
    def mailbox_unread(self) -> bool:
        return self.observed.mailbox.look is Look.BAD

    def wants(self, effect: Effect) -> str | None:
        """The first need of the effect that was not seen good; None if there is none. Needs that were not observed yet
        are requested, all at once."""
        lacking: str | None = None
        for need in NEEDS[effect]:
            look = self.seen(need).look
            if look is Look.NOT_ASKED:
                self._looks.add(need)
            if look in (Look.NOT_ASKED, Look.BAD):
                lacking = lacking or need.value
        return lacking

    def is_absent(self, need: Need) -> bool:
        return bool(
            getattr(self.observed, need.value) == ABSENT or getattr(self.observed, need.value).look is Look.ABSENT
        )

    # Results

    def done(self, name: str, because: str = "", evidence: Mapping[str, Any] | None = None, **more: Any) -> Planned:
        # A dossier has no step for the lines below the steps (notices, invitations).
        known = self.known.steps.get(name)
        since = moment(known.since) if known else None
        return Planned(name, State.DONE, because, since=since, evidence=evidence or {}, **more)

    @property
    def registered_before(self) -> bool:
        """A person stated that the organisation was in the portal, with an administrator, before it had this
        dossier."""
        return self.known.stands("registered_before", "undone") is not None

    def registered(self, name: str) -> Planned:
        return self.done(name, "the organisation was already registered (statement by a person)")

    def later(self, name: str, because: str, **more: Any) -> Planned:
        return Planned(name, State.LATER, because, **more)

    def do(self, name: str, effect: Effect, because: str, **more: Any) -> Planned:
        """Plan the effect, if all of its needs are good and the run's tags allow it."""
        if missing := self.missing(name):
            return self.later(name, f"{missing} comes first")
        if effect in links.NOT_ANY_MORE and (new := self.known.continued_by):
            return self.later(name, f"it goes on under another URA number, {new}")
        if lacking := self.wants(effect):
            trouble = self.trouble(*NEEDS[effect])
            own = trouble if _OWNER.get(lacking) == name else None
            if own:
                return self.stop(name, own)
            for need in NEEDS[effect]:
                if self.seen(need).look is Look.BAD:
                    self._held.setdefault(need, name)
            return self.later(name, f"{lacking.replace('_', ' ')} must be valid first: {because}")
        if not self.policy.allows(effect):
            return self.later(name, f"skipped by the tags of this run: {because}", left_out=True)
        return Planned(name, State.DO, because, (effect,), **more)

    def wait(self, name: str, who: str, what: str, because: str = "", **more: Any) -> Planned:
        known = self.known.steps.get(name)
        since = moment(known.since) if known and known.state == "waiting" and known.who == who else None
        return Planned(name, State.WAIT, because, who=who, what=what, since=since, **more)

    def stop(self, name: str, trouble: Trouble, **more: Any) -> Planned:
        return Planned(name, State.STOP, trouble.message, trouble=trouble, **more)

    def look(self, name: str, trouble: Trouble, who: str = "provider", **more: Any) -> Planned:
        return Planned(name, State.LOOK, trouble.message, who=who, what=trouble.action, trouble=trouble, **more)

    def warned(self, planned: Planned, *warnings: Trouble | None) -> Planned:
        return dataclasses.replace(planned, warnings=(*planned.warnings, *(one for one in warnings if one)))


#: The step at which the trouble of a need is shown, once.
_OWNER: dict[str, str] = {
    Need.ORGANISATION: "prepared",
    Need.CERTIFICATE: "certificate_checked",
    Need.KEY: "certificate_checked",
    Need.DOCUMENT: "document_signed",
    Need.SMTP: "document_sent",
    Need.MAILBOX: "application_confirmed",
    Need.APPLICATION_FORM: "application_submitted",
    Need.FOLLOW_UP_FORM: "follow_up_submitted",
    Need.PORTAL: "administrators_registered",
}
