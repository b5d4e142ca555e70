# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line smtp: each mail server with its settings is tried once per run, with one login; each sender is tried once.

A mail is sent only on request (``test_mail``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._mail import own_mail, smtp_probe
from ....module_utils._mail.smtp_mail import DeliveryUncertainError, SmtpSettings
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight.finding import Finding, Standing
from ....module_utils._preflight.mail_servers import SenderAnswer, smtp
from ..document_mail import route_of
from ..onboarding import arguments
from ..onboarding.channel import channel, trouble_of
from .looking import Looking


def look(looking: Looking) -> Iterator[Finding]:
    if not looking.given.get("smtp"):
        return
    route = route_of(looking.options("document_delivery", arguments.document_delivery(looking.given)))
    settings, wanted = route.smtp, looking.test_mail
    if wanted:
        own_mail.check_recipient(wanted, route.recipient)
    way = {**dataclasses.asdict(settings), "sender": None, "port": settings.the_port()}
    # Tried once, because several logins with a wrong password may lock the account.
    login = looking.shared.get(
        {"preflight smtp": channel(looking.shared, "login", way)}, lambda: _login(looking, settings, way)
    )
    if login["trouble"]:
        yield Finding.stop("smtp", Trouble(**login["trouble"]))
        return
    answer = looking.shared.get(_of_sender(looking, settings, way), lambda: _sender(settings))
    where = f"{settings.host}:{settings.the_port()}"
    found = smtp(where, login["tls"], login=login["login"], sender=SenderAnswer(answer["code"], answer["reply"]))
    yield found
    if wanted and found.trouble is None:
        yield from _test_mail(looking, settings, way, wanted)


def _login(looking: Looking, settings: SmtpSettings, way: dict[str, Any]) -> dict[str, Any]:
    try:
        seen = smtp_probe.probe(settings)
    except (ZorgidError, OSError) as error:
        return {"trouble": dataclasses.asdict(trouble_of(error))}
    # Stored for the check of the sender, which comes later.
    looking.shared.put(_of_sender(looking, settings, way), {"code": seen.code, "reply": seen.reply})
    return {"trouble": {}, "tls": seen.tls, "login": seen.login}


def _sender(settings: SmtpSettings) -> dict[str, Any]:
    try:
        seen = smtp_probe.probe(settings)
    except (ZorgidError, OSError):
        return {"code": 0, "reply": ""}
    return {"code": seen.code, "reply": seen.reply}


def _of_sender(looking: Looking, settings: SmtpSettings, way: dict[str, Any]) -> dict[str, str]:
    return {"preflight sender": channel(looking.shared, "sender", way, settings.sender.lower())}


def _test_mail(looking: Looking, settings: SmtpSettings, way: dict[str, Any], wanted: str) -> Iterator[Finding]:
    """One mail for each server with its settings and sender. No finding contains the address."""
    if looking.action.check_mode:
        yield Finding.waits("smtp", "the test mail is not sent with --check")
        return
    key = {"preflight test mail": channel(looking.shared, "test mail", way, settings.sender.lower(), wanted)}
    sending = looking.shared.get(key, lambda: _sent(settings, wanted))
    if sending["trouble"]:
        trouble = Trouble(**sending["trouble"])
        if sending["uncertain"]:
            yield Finding("smtp", Standing.LOOK, trouble.message, trouble, {"test_mail": "perhaps"})
        else:
            yield Finding.stop("smtp", trouble)
        return
    says = "test mail handed over; look whether it arrives"
    yield Finding("smtp", Standing.WAITS, says, values={"test_mail": "sent"})


def _sent(settings: SmtpSettings, wanted: str) -> dict[str, Any]:
    try:
        own_mail.send(wanted, settings)
    except (ZorgidError, OSError) as error:
        uncertain = isinstance(error, DeliveryUncertainError)
        return {"trouble": dataclasses.asdict(trouble_of(error)), "uncertain": uncertain}
    return {"trouble": {}}
