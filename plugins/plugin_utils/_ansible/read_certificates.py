# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``uzi_certificate_info``: its options as a command, its outcome as a result."""

from __future__ import annotations

from ...module_utils._common.libraries import needs
from ...module_utils._use_cases.read_certificates import CertificatesRead, FindCertificates, ReadCertificates
from ...module_utils._uzi.result import as_result, evidence
from ...module_utils._uzi.selection import Judged
from .action import Options, Result
from .key_source import judge_settings_of, store_place_of, token_of

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.serialization import Encoding


def command_of(options: Options) -> ReadCertificates:
    return ReadCertificates(find_of(options), judge_settings_of(options), options["organisation_name"])


def find_of(options: Options) -> FindCertificates:
    """The options of ``options/certificates.py``."""
    return FindCertificates(
        paths=options["path"] or (),
        passphrase=options["passphrase"],
        token=token_of(options),
        store=store_place_of(options),
        ura=options["ura"],
        thumbprint=options["thumbprint"],
        subject=options["subject"],
        every=options["all"],
    )


def result_of(read: CertificatesRead) -> Result:
    """Error: why no certificate can be used, with all certificates that were found."""
    certificates = [_certificate(read, one) for one in read.judged]
    found: Result = {"environment": read.environment, "certificates": certificates}
    if read.refusal is not None:
        read.refusal.details = found
        raise read.refusal
    chosen = read.selected
    if chosen is None:
        return {**found, "selected": None}
    return {
        **found,
        "selected": {
            **_certificate(read, (chosen.entry, chosen.judgement)),
            "pem": chosen.entry.certificate.x509.public_bytes(Encoding.PEM).decode(),
            "reason": chosen.reason,
            "evidence": evidence(chosen.entry, chosen.judgement, read.environment),
        },
    }


def _certificate(read: CertificatesRead, judged: Judged) -> Result:
    entry, judgement = judged
    # Converted to text, because a bit string is possible as a value, though not in UZI certificates.
    parts = [{"type": one.oid.dotted_string, "value": str(one.value)} for one in entry.certificate.x509.subject]
    return {**as_result(entry, judgement, at=read.at), "subject_parts": parts}
