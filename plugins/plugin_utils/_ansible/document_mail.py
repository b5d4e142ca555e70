# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``document_delivery``: its options as a command, and its outcome as a result."""

from __future__ import annotations

from ...module_utils._common.moments import iso
from ...module_utils._common.organisation import check_organisation
from ...module_utils._mail.smtp_mail import check_address
from ...module_utils._use_cases.send_document import DocumentMail, MailRoute, SendDocument
from .action import Options, Result
from .mail_servers import smtp_of
from .opening import place_of


def command_of(options: Options) -> SendDocument:
    """Errors: those of ``route_of``, and ``organisation_invalid, ura_invalid``."""
    return SendDocument(
        route=route_of(options),
        organisation=check_organisation(options["organisation"]),
        dossier=place_of(options),
        path=options["path"],
        language=options["language"],
        subject=options["subject"],
        text=options["text"],
        max_bytes=options["max_bytes"],
    )


def route_of(options: Options) -> MailRoute:
    """The part of the command that a check of the mail server needs. Errors: ``address_invalid,
    environment_mismatch``."""
    recipient = check_address(options["recipient"], "recipient")
    return MailRoute(smtp_of(options), recipient, options["environment"])


def result_of(mailed: DocumentMail, *, diff_mode: bool) -> Result:
    result: Result = {"changed": mailed.changed, "ura": mailed.ura}
    if mailed.sha256:
        result["document_sha256"] = mailed.sha256
    result |= {"repeated": mailed.repeated, "status": mailed.status}
    if mailed.status == "sent":
        result |= {"message_id": mailed.message_id, "sent_at": iso(mailed.sent_at) if mailed.sent_at else None}
    if diff_mode and mailed.preview:
        result["diff"] = {"before": "", "after": mailed.preview}
    return result
