# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about the answers of the mail servers. Pure."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass

from .._onboarding.observed import Trouble
from .finding import Finding

#: If no mail of VZVZ came for this many days, the mailbox may be the wrong one.
QUIET_DAYS = 30
#: VZVZ needs up to this many days for an answer; before that, no mail is missing.
ANSWER_DAYS = 5


@dataclass(frozen=True)
class SenderAnswer:
    """The answer of a mail server to MAIL FROM (RFC 5321). ``code``: 0 if it closed the connection. ``reply``: cleaned
    for a screen."""

    code: int
    reply: str = ""


def smtp(where: str, tls: str, *, login: bool, sender: SenderAnswer) -> Finding:
    """``where``: host and port of the server."""
    if sender.code in (250, 251):
        parts = [where, "login" if login else "no login configured", tls, "sender taken (MAIL FROM, then RSET)"]
        return Finding.ok("smtp", ", ".join(filter(None, parts)))
    if sender.code == 530 and not login:
        trouble = Trouble(
            "smtp_login_refused",
            f"The SMTP server {where} wants a login, and none is configured",
            "smtp.username with smtp.password or smtp.access_token",
            _said(sender),
            "give smtp.username with smtp.password or smtp.access_token",
        )
        return Finding.stop("smtp", trouble)
    if 500 <= sender.code < 600:
        trouble = Trouble(
            "smtp_refused",
            f"The SMTP server {where} rejects the sender",
            "250 to MAIL FROM with smtp.sender",
            _said(sender),
            "correct smtp.sender, or let the mail server's administrator allow this account to send as it",
        )
        return Finding.stop("smtp", trouble)
    trouble = Trouble(
        "smtp_refused",
        f"The SMTP server {where} does not say whether it takes the sender",
        "250 to MAIL FROM with smtp.sender",
        _said(sender),
        "run again later; if it stays so, ask the mail server's administrator",
    )
    return Finding.look("smtp", trouble)


def _said(sender: SenderAnswer) -> str:
    return f"{sender.code} {sender.reply}".strip() if sender.code else "the connection was interrupted"


def mailbox(
    where: str,
    folder: str,
    *,
    newest: datetime.datetime | None,
    sent: datetime.datetime | None,
    now: datetime.datetime,
) -> Finding:
    """``newest``: when the newest mail of an allowed sender came. ``sent``: when any organisation of this dossier last
    sent something that VZVZ answers."""
    place = f"{where}, folder {folder}"
    # The line on the screen is short, because it also has the organisation's name; the details have the rest.
    if newest is None and (sent is None or _days(sent, now) < ANSWER_DAYS):
        since = "nothing sent yet" if sent is None else f"last sent {_ago(sent, now)}"
        return Finding.waits("imap", f"{folder}: no mail of an allowed sender yet; {since}")
    if newest is None:
        trouble = Trouble(
            "mailbox_quiet",
            f"{place}: {_NONE}",
            "an answer to what was sent",
            f"none, and the last form or document was sent {_ago(sent, now)}" if sent else "none",
            _CHECK,
        )
        return dataclasses.replace(Finding.look("imap", trouble), says=f"{folder}: {_NONE}")
    if _days(newest, now) > QUIET_DAYS and (sent is None or newest < sent):
        old = f"newest mail of an allowed sender is {_days(newest, now)} days old; the right folder?"
        asked = f"; the last form or document was sent {_ago(sent, now)}" if sent else ""
        trouble = Trouble(
            "mailbox_quiet",
            f"{place}: {old}",
            f"a mail of the last {QUIET_DAYS} days",
            f"the newest came {_ago(newest, now)}{asked}",
            _CHECK,
        )
        return dataclasses.replace(Finding.look("imap", trouble), says=f"{folder}: {old}")
    return Finding.ok("imap", f"{place}, newest mail of an allowed sender {_ago(newest, now)}")


_NONE = "no mail of an allowed sender; the right folder?"
_CHECK = (
    "check imap.folder, allowed_senders and the rules of the mailbox that move mail; when VZVZ has nothing to answer, "
    "nothing has to be done"
)


def _days(at: datetime.datetime, now: datetime.datetime) -> int:
    return max(0, (now - at).days)


def _ago(at: datetime.datetime, now: datetime.datetime) -> str:
    days = _days(at, now)
    return "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"
