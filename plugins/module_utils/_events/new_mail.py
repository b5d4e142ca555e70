# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail of known organisations as it arrives, for ever: read what is new, wait, read again.

The mailbox is opened with EXAMINE and read with BODY.PEEK, as everywhere in this collection.
"""

from __future__ import annotations

import imaplib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .._common.errors import ZorgidError
from .._mail import imap_fetch, imap_mailbox
from .._mail.imap_connection import ImapSettings, connected
from .._mail.imap_idle import Waiting, WaitingTls, can_idle, idle
from .._mail.inbox import ReceivedMail, classify
from .arguments import Watch
from .mail_event import MailEvent, event_of

_LOG = logging.getLogger("gbz.zorgid.mailbox")
#: Codes after which the account could be locked by trying again soon.
_REFUSED = ("imap_login_refused",)
#: Greater than any UID (RFC 3501, 9), so that a search from here returns the newest mail alone.
_AFTER_ALL = 2**32 - 1


@dataclass(frozen=True)
class Pace:
    """Seconds. ``first`` to ``most``: pauses after a connection that failed, each twice the one before; ``refused`` to
    ``most_refused``: after a refused login. ``held``: a connection that lasted so long begins with ``first`` again.
    ``renew``: longest IDLE, below the 29 minutes of RFC 2177; a dead connection is noticed then. ``soon``: the first
    IDLE after mail, because some servers do not tell of what came just before it. ``poll``: without IDLE. ``look``: how
    long a wait needs at most to notice that it has to stop."""

    first: float = 1
    most: float = 300
    refused: float = 900
    most_refused: float = 3600
    held: float = 60
    renew: float = 600
    soon: float = 10
    poll: float = 60
    look: float = 1


@dataclass(frozen=True)
class Position:
    """All mail up to ``uid`` is old."""

    uidvalidity: int
    uid: int


def new_mail(watch: Watch, stopped: threading.Event, pace: Pace = Pace()) -> Iterator[MailEvent]:
    """Blocks until there is mail; ends only if ``stopped`` is set. What arrived before the first connection is old."""
    position: Position | None = None
    failures = 0
    while not stopped.is_set():
        began = time.monotonic()
        try:
            with connected(_with_secret(watch), Waiting, WaitingTls) as (server, uidvalidity):
                if position is None or position.uidvalidity != uidvalidity:
                    if position is not None:
                        _LOG.warning("The mail server has numbered its mails anew: what is in the mailbox now is old.")
                    position = Position(uidvalidity, _newest(server))
                waits = can_idle(server)
                _LOG.info("Connected to the mailbox, waiting for mail %s.", "(IDLE)" if waits else "(polling)")
                quiet = False
                while not stopped.is_set():
                    for event, reached in _read(server, watch, position):
                        position = reached
                        if event:
                            yield event
                    if waits:
                        quiet = not idle(server, pace.renew if quiet else pace.soon, stopped.is_set, pace.look)
                    else:
                        stopped.wait(pace.poll)
        except ZorgidError as error:
            trouble = error
        except Exception:  # noqa: BLE001 - an odd answer of a server must not end the source
            trouble = ZorgidError(
                "imap_refused",
                "The mail server gave an answer that cannot be read",
                expected="an IMAP4rev1 server",
                found="another answer",
                action="check the mail server",
            )
        else:
            return
        failures = 1 if time.monotonic() - began >= pace.held else failures + 1
        pause = pause_after(trouble.code, failures, pace)
        _LOG.error("%s Next attempt in %d seconds. (%s)", trouble, pause, trouble.code)
        stopped.wait(pause)


def pause_after(code: str, failures: int, pace: Pace) -> float:
    """Seconds before the next attempt, after so many that failed one after the other."""
    first, most = (pace.refused, pace.most_refused) if code in _REFUSED else (pace.first, pace.most)
    # The exponent is limited before it is used.
    return min(most, first * float(1 << min(failures - 1, 20)))


def _with_secret(watch: Watch) -> ImapSettings:
    """Read at each connection, so that a new password or token needs no restart."""
    secret = watch.secret.read()
    token = watch.secret.where == "access_token_file"
    return replace(watch.settings, password=None if token else secret, access_token=secret if token else None)


def _newest(server: imaplib.IMAP4) -> int:
    return max(map(int, imap_mailbox.search(server, "UID", f"{_AFTER_ALL}:*")), default=0)


def _read(server: imaplib.IMAP4, watch: Watch, position: Position) -> Iterator[tuple[MailEvent | None, Position]]:
    """All events after ``position``, with the position after each. Reads again until nothing more came meanwhile: an
    event may have waited long for the rulebook to take it."""
    while True:
        # What a server told meanwhile is not used, and would become more and more.
        server.untagged_responses.clear()
        # Some servers tell of new mail only in the answer to a command, and search only what they told of.
        server.noop()
        newest = _newest(server)
        if newest <= position.uid:
            return
        # The server searches, so that mail of others is not fetched, however much there is.
        uids = imap_mailbox.from_senders(server, watch.trust.senders, position.uid)
        uids = [uid for uid in uids if position.uid < int(uid) <= newest]
        for start in range(0, len(uids), imap_fetch.CHUNK):
            for head in imap_fetch.heads(server, uids[start : start + imap_fetch.CHUNK]):
                position = replace(position, uid=max(position.uid, head.uid))
                yield _event(server, watch, position, head), position
        position = replace(position, uid=newest)
        yield None, position


def _event(server: imaplib.IMAP4, watch: Watch, position: Position, head: imap_fetch.MailHead) -> MailEvent | None:
    if head.sender not in watch.trust.senders or head.size > imap_mailbox.MOST_BYTES:
        return None
    raw = imap_fetch.whole(server, head.uid)
    if raw is None:
        return None
    found = ReceivedMail("unknown", head.message_id, head.uid, position.uidvalidity, head.received_at)
    return event_of(classify(found, raw, watch.trust, watch.patterns, {}), watch.organisations)
