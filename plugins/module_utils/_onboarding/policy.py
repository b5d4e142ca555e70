# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may do for one organisation, by its variables."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .steps import STEPS, Effect

#: VZVZ assesses a document within days; it cannot confirm one whose certificate expires before.
CHECKING = datetime.timedelta(days=14)
#: By how much the clocks of a mail server and a controller may differ. Times that are closer do not decide an order.
CLOCKS = datetime.timedelta(minutes=5)
#: How long the claim of another run needs no person; equal to the lease of a claim of another controller.
LEASE = datetime.timedelta(minutes=15)

_TAGS: dict[Effect, str] = {
    Effect.SUBMIT_APPLICATION: "application",
    Effect.SIGN_DOCUMENT: "document",
    Effect.MAIL_DOCUMENT: "document",
    Effect.SUBMIT_FOLLOW_UP: "follow_up",
    Effect.MAKE_LETTER: "activation",
    Effect.DESTROY_CODE: "activation",
    Effect.KEEP_ADMINISTRATORS: "administrators",
    Effect.KEEP_EMPLOYEES: "employees",
    Effect.SEND_NOTICES: "notices",
    Effect.INVITE: "notices",
}
TAGS = (*dict.fromkeys(step.tag for step in STEPS.values()), "notices")


@dataclass(frozen=True)
class Policy:
    """``proof_needed``: a mail applies only if its sender is proven (production). ``run_tags``, ``skip_tags``: as
    Ansible gives them; they exclude effects, never observations. ``host``: the organisation's inventory name.
    ``notices``: people may be mailed (``zorgid_onboarding_notices``)."""

    host: str
    environment: str = "production"
    proof_needed: bool = True
    run_tags: frozenset[str] = frozenset({"all"})
    skip_tags: frozenset[str] = frozenset()
    notices: bool = False

    def allows(self, effect: Effect) -> bool:
        tag = _TAGS[effect]
        wanted = bool(self.run_tags & {"all", "tagged", tag})
        return wanted and not self.skip_tags & {"all", "tagged", tag}
