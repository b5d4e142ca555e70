# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``mailbox_info``: its options as a command, and its outcome as a result."""

from __future__ import annotations

import datetime

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.moments import iso, parse
from ...module_utils._common.text import printable
from ...module_utils._common.ura import Ura
from ...module_utils._mail.inbox import ReceivedMail
from ...module_utils._mail.mail_patterns import MailPatterns
from ...module_utils._mail.problems import action_of
from ...module_utils._mail.vzvz_status import ToConfirm, VzvzStatus
from ...module_utils._use_cases.read_mailbox import MailboxAnswers, ReadMailbox
from .action import Options, Result
from .mail_servers import imap_of, trust_of
from .opening import place_of

_NO_LINKS = "allowed_link_hosts is empty, so no link is allowed: a mail with the follow-up form is in unknown."


def command_of(options: Options) -> ReadMailbox:
    """Errors: ``ura_invalid, options_invalid, allowed_hosts_invalid``."""
    return ReadMailbox(
        ura=options["ura"] and str(Ura.of(options["ura"])),
        imap=imap_of(options),
        trust=trust_of(options),
        patterns=MailPatterns.of(options["texts"]),
        # Without an organisation there is no status that depends on it.
        since=_since(options["since"]) if options["ura"] else None,
        dossier=place_of(options),
        environment=options["environment"],
    )


def _since(text: str | None) -> datetime.datetime | None:
    if not text:
        return None
    since = parse(text)
    if since is None:
        raise ZorgidError(
            "options_invalid",
            "since is not a moment",
            expected="ISO 8601 with a time zone, such as 2026-11-24T12:00:00Z",
            found=f"`{printable(text, 40)}`" + (", without a time zone" if parse(text, zone=datetime.UTC) else ""),
            action="give sent_at of document_delivery as it stands there, or add Z or the offset (+01:00)",
        )
    return since


def result_of(found: MailboxAnswers) -> Result:
    result: Result = {
        "answers": [_answer(one) for one in found.answers],
        "unknown": [_unknown(one) for one in found.unknown],
    }
    if found.no_links:
        result["warnings"] = [_NO_LINKS]
    if found.status:
        result["standing"] = _standing(found.status)
        result["to_confirm"] = [_to_confirm(one) for one in found.to_confirm]
    return result


def _answer(one: ReceivedMail) -> Result:
    return {
        "kind": one.kind,
        "message_id": one.message_id,
        "uid": one.uid,
        "uidvalidity": one.uidvalidity,
        "received_at": _received_at(one),
        "ura": one.ura,
        "reference": one.reference,
        "link": one.link,
        "reason": one.reason,
        "proven": one.proven,
    }


def _unknown(one: ReceivedMail) -> Result:
    return {
        "message_id": one.message_id,
        "received_at": _received_at(one),
        "ura": one.ura,
        "problem": one.problem,
        "action": action_of(one.problem, one.detail),
    }


def _standing(status: VzvzStatus) -> Result:
    document, follow_up, activation = status.document, status.follow_up, status.activation
    return {
        "application_confirmed_at": _received_at(status.application),
        "document": status.document_says,
        "document_at": _received_at(document),
        "document_reason": document.reason if document else None,
        "follow_up_link": follow_up.link if follow_up else None,
        "activation_message_id": activation.message_id if activation else None,
        "activation_at": _received_at(activation),
        "reference": status.reference,
    }


def _to_confirm(one: ToConfirm) -> Result:
    return {
        "kind": one.mail.kind,
        "message_id": one.mail.message_id,
        "received_at": _received_at(one.mail),
        "step": one.step,
        "why": one.why,
        "action": one.action,
    }


def _received_at(one: ReceivedMail | None) -> str | None:
    """Empty if the mail's date cannot be read."""
    if one is None:
        return None
    return iso(one.received_at) if one.received_at else ""
