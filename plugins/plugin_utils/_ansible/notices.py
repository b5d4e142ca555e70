# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``onboarding_notices``: its options as a command, and its outcome as a result."""

from __future__ import annotations

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.organisation import check_organisation
from ...module_utils._use_cases.send_notices import NoticeResult, NoticesOutcome, SendNotices
from .action import Options, Result
from .mail_servers import smtp_of
from .opening import place_of


def command_of(options: Options) -> SendNotices:
    """Errors: ``options_invalid, address_invalid, organisation_invalid, ura_invalid``."""
    for name in ("reminder_days", "escalation_days"):
        if options[name] < 1:
            raise ZorgidError(
                "options_invalid",
                f"{name} is not a number of days",
                expected="1 or more",
                found=str(options[name]),
                action=f"correct {name}",
            )
    return SendNotices(
        smtp=smtp_of(options),
        organisation=check_organisation(options["organisation"]),
        dossier=place_of(options),
        environment=options["environment"],
        vzvz_address=options["vzvz_address"],
        reminder_days=options["reminder_days"],
        escalation_days=options["escalation_days"],
    )


def result_of(outcome: NoticesOutcome, *, diff_mode: bool) -> Result:
    """Error: the failure of a notice, with the outcome of the others."""
    result: Result = {
        "changed": outcome.changed,
        "ura": outcome.ura,
        "notices": [_result_of(one) for one in outcome.notices],
    }
    if outcome.silent:
        result["silent"] = outcome.silent
    if diff_mode and outcome.notices:
        lines = [f"{one.notice.kind} for {one.notice.role}: {one.notice.subject}\n" for one in outcome.notices]
        result["diff"] = {"before": "", "after": "".join(lines)}
    if outcome.failure:
        outcome.failure.details = {**outcome.failure.details, **result}
        raise outcome.failure
    return result


def _result_of(one: NoticeResult) -> Result:
    notice = one.notice
    result = {"step": notice.step, "kind": notice.kind, "role": notice.role, "subject": notice.subject}
    return {**result, "status": one.status, **({"error_code": one.error_code} if one.error_code else {})}
