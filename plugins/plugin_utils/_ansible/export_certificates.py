# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``uzi_certificate_export``: its options as a command, its outcome as a result."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._use_cases.export_certificates import (
    CertificatesExported,
    ExportCertificates,
    Exported,
    NotExported,
)
from .action import Options, Result
from .key_source import judge_settings_of
from .read_certificates import find_of


def command_of(options: Options) -> ExportCertificates:
    return ExportCertificates(
        find=find_of(options),
        trust=judge_settings_of(options),
        dest=Path(options["dest"]),
        form=options["format"],
        include_chain=options["include_chain"],
        passphrase=options["export_passphrase"],
        force=options["force"],
    )


def result_of(outcome: CertificatesExported, *, every: bool, diff_mode: bool) -> Result:
    """``every``: return a list of results instead of one. Error: ``export_incomplete``, with all results."""
    whole: Result = {"warnings": list(outcome.warnings)} if outcome.warnings else {}
    results = [_result(one) for one in outcome.exports]
    diffs = [_diff(one) for one in outcome.exports if isinstance(one, Exported) and one.difference] if diff_mode else []
    if not every:
        (result,) = results
        return {**result, **({"diff": diffs[0]} if diffs else {}), **whole}
    whole |= {"changed": any(one["changed"] for one in results), "results": results}
    if diffs:
        whole["diff"] = diffs
    failed = [one.error for one in outcome.exports if isinstance(one, NotExported)]
    if failed:
        raise ZorgidError(
            "export_incomplete",
            f"{len(failed)} of {len(results)} certificates were not exported",
            found=", ".join(sorted({one.code for one in failed})),
            action="see the results",
            details=whole,
            expected="all of them",
        )
    return whole


def _result(one: Exported | NotExported) -> Result:
    thumbprint = one.certificate.thumbprint
    if isinstance(one, NotExported):
        return {"changed": False, "thumbprint": thumbprint, "error_code": one.error.code, "msg": str(one.error)}
    return {
        "changed": one.changed,
        "path": str(one.path),
        "thumbprint": thumbprint,
        "ura": one.certificate.ura,
        "chain_length": one.chain_length,
    }


def _diff(one: Exported) -> Result:
    before, after = one.difference or ("", "")
    return {"before_header": str(one.path), "after_header": str(one.path), "before": before, "after": after}
