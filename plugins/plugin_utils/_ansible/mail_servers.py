# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``options/smtp.py`` and ``options/imap.py`` as the settings of mail servers, and the trust in
senders."""

from __future__ import annotations

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
    return Trust.of(
        options["allowed_senders"],
        tuple(options["allowed_link_hosts"]),
        options["authentication"],
        options["authentication_server"],
    )
