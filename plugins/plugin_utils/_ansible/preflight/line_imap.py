# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line imap: each mailbox is opened once per run and settings; no flag is changed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.moments import iso, parse
from ....module_utils._common.text import printable
from ....module_utils._dossier.store import DossierStore
from ....module_utils._mail import imap_newest
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight.finding import Finding
from ....module_utils._preflight.mail_servers import mailbox
from ....module_utils._use_cases.read_mailbox import ReadMailbox
from ..mailbox import command_of
from ..onboarding import arguments
from ..onboarding.channel import channel, trouble_of
from .looking import Looking

#: Submissions that VZVZ answers by mail.
_ANSWERED = ("application_form", "organisation_document", "follow_up_form")


def look(looking: Looking) -> Iterator[Finding]:
    if not looking.given.get("imap"):
        return
    reading = command_of(looking.options("mailbox_info", arguments.mailbox_info(looking.given)))
    facts, imap = _facts(looking, reading), reading.imap
    if facts["trouble"]:
        yield Finding.stop("imap", Trouble(**facts["trouble"]))
        return
    where = f"{imap.host}:{imap.the_port()}" + (f", {facts['tls']}" if facts["tls"] else "")
    newest, sent = parse(facts["newest"]), parse(facts["sent"])
    yield mailbox(where, printable(imap.folder, 60), newest=newest, sent=sent, now=looking.now)


def opens(looking: Looking, reading: ReadMailbox) -> bool:
    """Whether the mailbox could be opened, for lines that need a mail in it."""
    return not _facts(looking, reading)["trouble"]


def _facts(looking: Looking, reading: ReadMailbox) -> dict[str, Any]:
    imap, shared = reading.imap, looking.shared
    way = (dataclasses.asdict(imap), imap.place(), sorted(reading.trust.senders), reading.dossier.url)
    found: dict[str, Any] = shared.get({"preflight imap": channel(shared, *way)}, lambda: _read(reading, looking.store))
    return found


def _read(reading: ReadMailbox, store: DossierStore | None) -> dict[str, Any]:
    try:
        seen = imap_newest.newest(reading.imap, reading.trust)
        sent = _last_sent(store)
    except (ZorgidError, OSError) as error:
        return {"trouble": dataclasses.asdict(trouble_of(error))}
    return {
        "trouble": {},
        "tls": seen.tls,
        "newest": iso(seen.newest) if seen.newest else "",
        "sent": iso(sent) if sent else "",
    }


def _last_sent(store: DossierStore | None) -> datetime.datetime | None:
    dossiers = store.read_all() if store else []
    sent = [one for each in dossiers for one in each.submissions if one.kind in _ANSWERED and one.state == "done"]
    return max(filter(None, (parse(one.since, zone=datetime.UTC) for one in sent)), default=None)
