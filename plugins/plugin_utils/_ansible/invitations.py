# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``employee_invitations``: its options as a command, and its outcome as a result."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ...module_utils._common.text import printable
from ...module_utils._use_cases.send_invitations import InvitationsOutcome, Invited, SendInvitations
from .action import Options, Result, ZorgidAction
from .mail_servers import smtp_of
from .opening import place_of
from .portal import access_of
from .portal_lists import employees_of, with_source


def command_of(action: ZorgidAction, options: Options) -> SendInvitations:
    """``action``: for a list in a variable. Errors: ``address_invalid, accounts_unreadable, ura_invalid``."""
    return SendInvitations(
        smtp=smtp_of(options),
        employees=employees_of(action, options),
        portal=access_of(options),
        dossier=place_of(options),
        organisation=printable(options["organisation_name"] or ""),
        reminders=int(options["reminders"]),
        patience=datetime.timedelta(days=options["remind_after_days"]),
    )


def result_of(outcome: InvitationsOutcome) -> Result:
    counts, source = outcome.counts, outcome.source
    places = {}
    if source.key_is_personal:
        places = {one["external_id"]: f"row {row}" for one, row in zip(source.accounts, source.rows, strict=True)}
    result: Result = {
        "changed": bool(counts.get("invited") or counts.get("reminded")),
        "results": [_result_of(one, places) for one in outcome.results],
        "summary": counts,
    }
    if outcome.failed:
        first, stopped = outcome.failed[0], outcome.server_failure
        msg = (
            f"{len(outcome.failed)} of {len(outcome.results)} invitations failed; see results for "
            "the accounts and the reasons."
        )
        result |= {
            "failed": True,
            "error_code": stopped.code if stopped else "invitations_failed",
            "msg": f"{msg} The first, {places.get(first.external_id, first.external_id)}: {first.failure}",
        }
    if skipped := counts.get("skipped"):
        result["warnings"] = [
            f"{skipped} employees share a mail address with another person and were not invited by mail; hand out "
            "their letters, or add an address of their own in the HR system (mailbox_shared)"
        ]
    return with_source(result, source)


def _result_of(one: Invited, places: Mapping[str, str]) -> Result:
    name = places.get(one.external_id, one.external_id)
    result = {"external_id": name, "status": one.status, "message": str(one.failure or "")}
    return {**result, **({"error_code": one.failure.code} if one.failure else {})}
