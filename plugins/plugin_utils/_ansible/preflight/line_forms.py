# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line forms: VZVZ's pages are fetched and compared with the mapping; nothing is posted.

The application form is one page for all organisations, fetched once per run; each organisation's values are tried on
it. Each organisation has its own link to the follow-up form, in VZVZ's mail.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._dossier.model import Dossier
from ....module_utils._forms.browser import FetchedPage
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight.finding import Finding
from ....module_utils._preflight.form_pages import form
from ....module_utils._use_cases.form_pages import FormKind
from ....module_utils._use_cases.look_at_form import against, fetched
from ....module_utils._use_cases.submit_form import STEP_OF, SubmitForm
from ..form import command_of
from ..mailbox import command_of as reading_of
from ..onboarding import arguments
from ..onboarding.channel import channel, trouble_of
from ..onboarding.mail_fetched import follow_up_link
from .line_imap import opens
from .looking import Looking

_NAMES: dict[FormKind, str] = {"application": "application", "follow_up": "follow-up"}


def look(looking: Looking) -> Iterator[Finding]:
    dossier = looking.store.read(looking.ura) if looking.store else None
    yield from _application(looking, dossier)
    yield from _follow_up(looking, dossier)


def _application(looking: Looking, dossier: Dossier | None) -> Iterator[Finding]:
    if not looking.given.get("application_form_url"):
        return
    if _is_done(dossier, "application"):
        yield Finding.ok("forms", "application form: recorded as submitted")
        return
    command = command_of(looking.options("intake_form", arguments.application_form(looking.given)))
    way = (command.url, command.ca_path, command.timeout, command.allowed_hosts, command.environment)
    fetched = looking.shared.get({"preflight form": channel(looking.shared, *way)}, lambda: _fetched(command))
    yield _found("application", command, fetched)


def _follow_up(looking: Looking, dossier: Dossier | None) -> Iterator[Finding]:
    if not looking.given.get("imap") or looking.store is None or _is_done(dossier, "follow_up"):
        return
    reading = reading_of(looking.options("mailbox_info", arguments.mailbox_info(looking.given)))
    box = looking.store.observations.mailbox(reading.imap.place(), reading.reading())
    rows = looking.store.observations.known(box, looking.ura).rows
    links = [one for one in rows if one.kind == "follow_up_link" and not one.problem]
    if not links:
        yield Finding.ok("forms", "follow-up form: no link yet")
        return
    if not opens(looking, reading):
        # The password is not tried again; the line imap reports the error.
        yield Finding.waits("forms", "follow-up form: its link is in the mailbox, which cannot be opened")
        return
    # The link is not stored, because anyone who has it can fill in the form.
    link = follow_up_link(reading, max(links, key=lambda one: (one.received_at, one.uid)), store=looking.store)
    options = looking.options("intake_form", arguments.follow_up_form(looking.given, link))
    command = command_of(options)
    yield _found("follow_up", command, _fetched(command))


def _is_done(dossier: Dossier | None, kind: FormKind) -> bool:
    milestone = dossier.milestones.get(STEP_OF[kind]) if dossier else None
    return milestone is not None and milestone.state == "done"


def _fetched(command: SubmitForm) -> dict[str, Any]:
    try:
        page = fetched(command)
    except (ZorgidError, OSError) as error:
        return {"trouble": dataclasses.asdict(trouble_of(error))}
    return {"trouble": {}, **dataclasses.asdict(page), "body": base64.b64encode(page.body).decode()}


def _found(kind: FormKind, command: SubmitForm, fetched: dict[str, Any]) -> Finding:
    name = _NAMES[kind]
    if fetched["trouble"]:
        return form(name, None, Trouble(**fetched["trouble"]))
    page = FetchedPage(fetched["url"], fetched["status"], fetched["content_type"], base64.b64decode(fetched["body"]))
    fields, error = against(command, page)
    return form(name, fields, trouble_of(error) if error else None)
