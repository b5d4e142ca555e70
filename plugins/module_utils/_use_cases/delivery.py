# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a mail exactly once: it checks the dossier first, records right before the sending, and records the outcome."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.moments import stored
from .._dossier import said
from .._dossier.limits import DayLimit
from .._dossier.model import Dossier, Milestone, Submission
from .._dossier.store import DossierStore
from .._mail import smtp_mail
from .._mail.smtp_mail import DeliveryUncertainError, Receipt, SmtpSettings

#: Function of Message-ID and moment to the mail's bytes; the same input gives the same bytes.
Composed = Callable[[str, datetime.datetime], bytes]


@dataclass(frozen=True)
class Mailed:
    """``receipt`` is None if the claim is done or elsewhere, so that nothing was sent now."""

    claim: Submission
    receipt: Receipt | None = None
    repeated: bool = False


def mail_once(
    store: DossierStore,
    claim: tuple[str, str, str],
    recipient: str,
    settings: SmtpSettings,
    composed: Composed,
    *,
    evidence_of: Callable[[Receipt], dict[str, Any]] = lambda _receipt: {},
    still: Callable[[Dossier], str | None] = said.no_longer,
    proves: Callable[[dict[str, Any]], Milestone] | None = None,
    again: int | None = None,
    day: DayLimit | None = None,
) -> Mailed:
    """Send under a claim (URA, kind, digest). A mail that a dead run may have sent is sent again, with the same
    Message-ID and date.

    ``evidence_of``: evidence for the dossier besides Message-ID and moment. ``still``, ``again`` and ``day``: as for
    ``DossierStore.claim``. ``proves``: makes from the evidence the step that is done.
    """
    ura, kind, digest = claim
    domain = smtp_mail.domain_of(settings.sender)
    claimed = store.claim(ura, kind, digest, per_digest=True, domain=domain, still=still, again=again, day=day)
    if claimed.state not in ("intended", "sending"):
        return Mailed(claimed)
    repeated = claimed.state == "sending"
    if not repeated:
        store.mark_sending(claimed)
        claimed = store.submission(ura, kind, digest) or claimed
    try:
        mail = composed(claimed.message_id, stored(claimed.since))
        receipt = smtp_mail.send(mail, claimed.message_id, recipient, settings)
    except DeliveryUncertainError:
        raise
    except ZorgidError:
        # The mail was refused or not sent. A mail of an earlier run may still have arrived.
        if not repeated:
            store.release(claimed)
        raise
    # The moment of the first sending, because an answer to that mail applies too.
    evidence = {"message_id": receipt.message_id, "sent_at": claimed.since, "repeated": repeated}
    store.mark_done(claimed, {**evidence, **evidence_of(receipt)}, milestone=proves(evidence) if proves else None)
    return Mailed(claimed, receipt, repeated)


def elsewhere(submission: Submission) -> ZorgidError:
    return ZorgidError(
        "submission_elsewhere",
        "Another run is submitting this now",
        expected="one run at a time for one organisation",
        found=f"{submission.kind}, claimed elsewhere since {submission.since}",
        action="wait until that run has ended, then run again",
        details={"ura": submission.ura},
    )
