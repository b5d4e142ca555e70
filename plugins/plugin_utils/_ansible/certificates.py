# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uzi_certificate_info does, and how it and uzi_certificate_export find certificates."""

from __future__ import annotations

from ...module_utils._common.libraries import needs
from ...module_utils._uzi.files import StoreEntry
from ...module_utils._uzi.judge import Judge, Judgement
from ...module_utils._uzi.result import as_result, evidence
from ...module_utils._uzi.selection import check_thumbprint, fitting, judge_entry, nothing_fits, select
from .action import Options, Result, ZorgidAction
from .signing import entries_of, judge_from

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.serialization import Encoding


def certificate_info(action: ZorgidAction, options: Options) -> Result:
    """The action ``uzi_certificate_info``."""
    judge, name = judge_from(options), options["organisation_name"]
    judged = [(entry, judge_entry(judge, entry, name)) for entry in find(action, options)]
    shown = [_shown(judge, *pair) for pair in judged]
    result: Result = {"environment": judge.environment, "certificates": shown}
    if options["all"]:
        return {**result, "selected": None}
    chosen = select(judged, details=result)
    return {
        **result,
        "selected": {
            **_shown(judge, chosen.entry, chosen.judgement),
            "pem": chosen.entry.certificate.x509.public_bytes(Encoding.PEM).decode(),
            "reason": chosen.reason,
            "evidence": evidence(chosen.entry, chosen.judgement, judge.environment),
        },
    }


def _shown(judge: Judge, entry: StoreEntry, judgement: Judgement) -> Result:
    subject = entry.certificate.x509.subject
    # Values are texts but for an attribute that is a string of bits, which no UZI certificate has.
    parts = [{"type": one.oid.dotted_string, "value": str(one.value)} for one in subject]
    return {**as_result(entry, judgement, at=judge.at), "subject_parts": parts}


def find(action: ZorgidAction, options: Options) -> list[StoreEntry]:
    """The certificates that fit: with ``all`` any number of them, else at least one."""
    check_thumbprint(options["thumbprint"])
    entries = entries_of(action, options, paths=options["path"] or (), token=options["pkcs11_token"])
    wanted = {name: options[name] for name in ("ura", "thumbprint", "subject")}
    found = fitting(entries, **wanted)
    if not found and not options["all"]:
        raise nothing_fits(entries, **wanted)
    return found
