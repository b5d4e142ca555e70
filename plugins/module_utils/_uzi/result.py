# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as the modules return it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .._common.text import printable
from .files import StoreEntry
from .judge import Judgement


def as_result(entry: StoreEntry, judgement: Judgement, at: datetime | None = None) -> dict[str, Any]:
    """The documented fields; times are ISO 8601 UTC, ``days_left`` whole days (negative when expired)."""
    certificate = entry.certificate
    return {
        "ura": certificate.ura,
        "uzi_number": certificate.uzi_number,
        "agb_code": certificate.agb_code,
        "card_type": certificate.card_type,
        "role": certificate.role,
        "oid_ca": certificate.oid_ca,
        "subject": certificate.subject,
        "organisation_name": certificate.organisation_name,
        "dns_names": list(certificate.dns_names),
        "issuer": certificate.issuer,
        "serial_number": certificate.serial_number,
        "thumbprint": certificate.thumbprint,
        "thumbprint_sha1": certificate.thumbprint_sha1,
        "not_before": _time(certificate.not_before),
        "not_after": _time(certificate.not_after),
        "days_left": (certificate.not_after - (at or datetime.now(UTC))).days,
        "hierarchy": certificate.hierarchy,
        "signature_algorithm": certificate.signature_algorithm,
        "policies": list(certificate.policies),
        "key": {
            "type": entry.key.type,
            "bits": entry.key.bits,
            "state": entry.key.state,
            "provider": entry.key.provider,
            "reason": printable(entry.key.reason),
        },
        "source": entry.source,
        "friendly_name": printable(entry.friendly_name),
        "usable": judgement.usable,
        "problems": [
            {"code": one.code, "severity": one.severity, "message": one.message, "action": one.action}
            for one in judgement.problems
        ],
    }


def evidence(entry: StoreEntry, judgement: Judgement, environment: str) -> dict[str, Any]:
    """What the dossier records: enough to recognise the certificate later, the same in every run with it."""
    certificate = entry.certificate
    return {
        "thumbprint": certificate.thumbprint,
        "serial_number": certificate.serial_number,
        "issuer": certificate.issuer_common_name,
        "not_after": _time(certificate.not_after),
        "hierarchy": certificate.hierarchy,
        "environment": environment,
        "key_state": entry.key.state,
        "warnings": sorted({one.code for one in judgement.problems if one.severity == "warning"}),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
