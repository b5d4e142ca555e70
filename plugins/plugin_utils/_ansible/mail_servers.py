# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``options/smtp.py`` and ``options/imap.py`` as the settings of mail servers, and the trust in
senders."""

from __future__ import annotations

from ...module_utils._common.errors import ZorgidError
from ...module_utils._mail.imap_connection import ImapSettings
from ...module_utils._mail.sender_proof import Trust
from ...module_utils._mail.smtp_mail import SmtpSettings, check_address
from ...module_utils._net.url_policy import allowed_places
from .action import Options


def smtp_of(options: Options) -> SmtpSettings:
    """Error: ``address_invalid``."""
    settings = SmtpSettings(**options["smtp"], ca_path=options["ca_path"], timeout=options["timeout"])
    check_address(settings.sender, "sender")
    return settings


def imap_of(options: Options) -> ImapSettings:
    return ImapSettings(**options["imap"], ca_path=options["ca_path"], timeout=options["timeout"])


def trust_of(options: Options) -> Trust:
    """The senders whose mail is processed. Errors: ``options_invalid``, ``allowed_hosts_invalid``. Allowed hosts are
    checked before any mail is read, because a wrong entry would otherwise look like a mail with a forbidden link."""
    allowed_places(options["allowed_link_hosts"])
    method, server = options["authentication"], (options["authentication_server"] or "").strip().lower()
    if method == "authentication_results" and not server:
        raise ZorgidError(
            "options_invalid",
            "authentication_server is missing",
            expected="the name that your mail server writes at the start of Authentication-Results, or microsoft365",
            found="nothing",
            action="give authentication_server",
        )
    if server and method != "authentication_results":
        raise ZorgidError(
            "options_invalid",
            "authentication_server alone proves no sender",
            expected="authentication: authentication_results with it",
            found=f"authentication: {method}",
            action="set authentication to authentication_results, or remove authentication_server",
        )
    if not options["allowed_senders"]:
        raise ZorgidError(
            "options_invalid",
            "allowed_senders is empty, so no mail would be read",
            expected="at least one address",
            found="an empty list",
            action="give VZVZ's address, or remove allowed_senders, so that the built-in one is used",
        )
    return Trust(
        senders=frozenset(check_address(sender, "sender").lower() for sender in options["allowed_senders"]),
        link_hosts=tuple(options["allowed_link_hosts"]),
        method=method,
        authentication_server=server or None,
    )
