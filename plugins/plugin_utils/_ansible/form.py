# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``intake_form``: its options as a command, the outcome as its result."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._common.organisation import check_organisation
from ...module_utils._use_cases.submit_form import FormOutcome, SubmitForm
from .action import Options, Result
from .opening import place_of


def command_of(options: Options) -> SubmitForm:
    """Errors: ``organisation_invalid``, ``ura_invalid``."""
    hosts = options["allowed_hosts"]
    return SubmitForm(
        organisation=check_organisation(options["organisation"]),
        form=options["form"],
        url=options["url"],
        environment=options["environment"],
        dossier=place_of(options),
        mapping_path=options["mapping_path"],
        directory=Path(options["directory"]) if options["directory"] else None,
        care_applications_path=options["care_applications_path"],
        ca_path=options["ca_path"],
        timeout=options["timeout"],
        allowed_hosts=None if hosts is None else tuple(hosts),
    )


def result_of(outcome: FormOutcome, *, diff_mode: bool) -> Result:
    return {
        "changed": outcome.changed,
        "ura": outcome.ura,
        "status": outcome.status,
        "reference": outcome.reference,
        **({"submitted_at": outcome.submitted_at} if outcome.status == "submitted" else {}),
        **({"mapping_version": outcome.mapping_version} if outcome.mapping_version is not None else {}),
        **{f"{name}_path": str(path) for name, path in outcome.pages.items()},
        **({"warnings": list(outcome.warnings)} if outcome.warnings else {}),
        **({"diff": {"before": "", "after": outcome.typed}} if diff_mode and outcome.typed is not None else {}),
    }
