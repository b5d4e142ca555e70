# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mailbox before it is read: login, folder, and when the newest mail of an allowed sender came. EXAMINE only."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .._common.errors import ZorgidError
from . import imap_fetch
from .answering import located
from .imap_connection import ImapSettings, opened
from .imap_mailbox import from_senders
from .sender_proof import Trust
from .smtp_probe import tls_of

#: Most mails of which the header is read, the newest first. An allowed sender's address may also be in the display name
#: of somebody else.
MOST = 200


@dataclass(frozen=True)
class MailboxSeen:
    """``newest``: when the newest mail of an allowed sender came; None if there is none. ``mails``: how many may be
    from one."""

    tls: str
    mails: int
    newest: datetime.datetime | None


def newest(settings: ImapSettings, trust: Trust) -> MailboxSeen:
    """Errors: as ``imap_mailbox.read``; if the connection fails, with what answers there."""
    try:
        with opened(settings) as (server, _uidvalidity):
            uids = from_senders(server, trust.senders)
            came = None
            for end in range(len(uids), max(0, len(uids) - MOST), -imap_fetch.CHUNK):
                heads = imap_fetch.heads(server, uids[max(0, end - imap_fetch.CHUNK) : end])
                dates = [one.received_at for one in heads if one.received_at and one.sender in trust.senders]
                if dates:
                    came = max(dates)
                    break
            return MailboxSeen(tls_of(server.sock), len(uids), came)
    except ZorgidError as error:
        raise located(error, "IMAP", settings) from error
