# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the login to the mail server without sending: once per run for all organisations with the same settings."""

from __future__ import annotations

import dataclasses
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._mail import smtp_mail
from ....module_utils._mail.smtp_mail import SmtpSettings
from ....module_utils._onboarding.observed import GOOD, Look, Seen, Trouble
from ..action import Options
from ..document_mail import route_of
from .channel import bad, channel, trouble_of
from .shared import OncePerRun


def look(options: Options, *, shared: OncePerRun) -> Seen[bool]:
    """``options``: those of ``document_delivery``."""
    try:
        settings = route_of(options).smtp
    except ZorgidError as error:
        return bad(error)
    # The sender's address is not part of the login.
    way = {**dataclasses.asdict(settings), "sender": None, "port": settings.the_port()}
    found = shared.get({"smtp": channel(shared, "smtp", way)}, lambda: _tried(settings))
    return Seen(Look.BAD, trouble=Trouble(**found)) if found else GOOD


def _tried(settings: SmtpSettings) -> dict[str, Any]:
    """The trouble; empty if there is none."""
    try:
        smtp_mail.try_login(settings)
    except (ZorgidError, OSError) as error:
        return dataclasses.asdict(trouble_of(error))
    return {}
