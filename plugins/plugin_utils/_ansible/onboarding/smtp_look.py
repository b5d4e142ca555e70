# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the mail server lets us in, without a mail: once per run for all who use it in the same way."""

from __future__ import annotations

import dataclasses
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._intake import outgoing
from ....module_utils._intake.hosts import check_environment
from ....module_utils._intake.outgoing import SmtpSettings
from ....module_utils._onboarding.observed import ABSENT, GOOD, Look, Seen, Trouble
from ..action import Options
from .channel import bad, channel, trouble_of
from .shared import OncePerRun


def look(options: Options, *, shared: OncePerRun) -> Seen[bool]:
    """``options``: those of ``document_delivery``."""
    if not options.get("smtp"):
        return ABSENT
    settings = SmtpSettings(**options["smtp"], ca_path=options["ca_path"], timeout=options["timeout"])
    try:
        recipient = outgoing.check_address(options["recipient"], "recipient")
        outgoing.check_address(settings.sender, "sender")
        check_environment(options["environment"], [recipient, settings.host])
    except ZorgidError as error:
        return bad(error)
    # One mail server, one way in: the sender's address is no part of it.
    way = {**dataclasses.asdict(settings), "sender": None, "port": settings.the_port()}
    found = shared.get({"smtp": channel(shared, "smtp", way)}, lambda: _tried(settings))
    return Seen(Look.BAD, trouble=Trouble(**found)) if found else GOOD


def _tried(settings: SmtpSettings) -> dict[str, Any]:
    """What is wrong; empty when nothing is."""
    try:
        outgoing.try_login(settings)
    except (ZorgidError, OSError) as error:
        return dataclasses.asdict(trouble_of(error))
    return {}
