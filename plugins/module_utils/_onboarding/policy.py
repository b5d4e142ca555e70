# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one organisation's variables say about what a run may do."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .steps import STEPS, Effect

#: VZVZ judges a document in days; a certificate that ends before cannot be confirmed any more.
CHECKING = datetime.timedelta(days=14)
#: Two clocks that a mail server and a controller may differ by. Within it, nobody is believed by the clock alone.
CLOCKS = datetime.timedelta(minutes=5)
#: For how long the claim of another run is nothing to look at; as long as one of another controller is believed.
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
    """``proof_needed``: a mail counts only when its sender is proven (production). ``run_tags``, ``skip_tags``: as
    Ansible gives them; they hold back effects, never observations. ``host``: the organisation's inventory name.
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
