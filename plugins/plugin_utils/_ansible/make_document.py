# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``organisation_document``: its options as commands, its outcome as a result."""

from __future__ import annotations

import datetime
from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.organisation import check_organisation
from ...module_utils._common.text import printable
from ...module_utils._common.ura import Ura
from ...module_utils._document import signing
from ...module_utils._document.described import DescribedDocument
from ...module_utils._use_cases.make_document import DocumentMade, MakeDocument
from ...module_utils._use_cases.verify_document import VerifyDocument
from ...module_utils._uzi.certificate import thumbprint
from ...module_utils._uzi.signer import WantedSigner
from .action import Options, Result
from .key_source import judge_settings_of, key_source_of
from .opening import place_of

#: For the option signature_algorithm.
ALGORITHMS = list(signing.ALGORITHMS)


def command_of(options: Options) -> MakeDocument:
    """Errors: ``organisation_invalid``, ``options_invalid``."""
    document = DescribedDocument(
        organisation=check_organisation(options["organisation"]),
        path=Path(options["path"]),
        template=_path(options["template"]),
        form=_path(options["form"]),
        mapping=options["mapping"],
        schema=options["schema"],
        valid_until=_day(options["valid_until"]),
        kind=signing.SignatureKind(options["signature_algorithm"], options["xades"], options["signature_place"]),
        include_chain=options["include_chain"],
    )
    return MakeDocument(document, signer_of(options), place_of(options))


def signer_of(options: Options) -> WantedSigner:
    """The signer only; of the organisation, only URA number and name are needed. Errors: ``ura_invalid``,
    ``options_invalid``."""
    organisation = options["organisation"]
    ura = Ura.of(organisation.get("ura")).text
    return WantedSigner(ura, organisation.get("name"), key_source_of(options), judge_settings_of(options))


def verification_of(options: Options) -> VerifyDocument:
    """The command for a document that a person signed: it is only verified. Errors: those of ``signer_of``."""
    ura = Ura.of(options["organisation"].get("ura")).text
    return VerifyDocument(Path(options["path"]), judge_settings_of(options), ura, schema=options["schema"])


def result_of(made: DocumentMade, *, diff_mode: bool) -> Result:
    state, signer, found = made.state, made.signer, made.verification
    result: Result = {
        "path": str(state.path),
        "changed": made.changed,
        "reason": state.reason,
        "digest": made.digest,
        "content": made.content,
        "certificate": {
            "thumbprint": thumbprint(signer.certificate),
            "serial_number": f"{signer.certificate.serial_number:X}",
            "not_after": signer.certificate.not_valid_after_utc.isoformat(),
            "ura": made.ura,
        },
        "key": signer.entry.key.state,
        "warnings": [str(problem.message) for problem in signer.judgement.problems],
        **({"checks": []} if found is None else found.as_result()),
    }
    if made.previous_path:
        result["previous_path"] = str(made.previous_path)
    if diff_mode and (difference := made.difference()):
        before, after = difference
        path = str(state.path)
        result["diff"] = {"before_header": path, "after_header": path, "before": before, "after": after}
    return result


def _path(given: str | None) -> Path | None:
    return Path(given) if given else None


def _day(given: str | None) -> datetime.date | None:
    if given is None:
        return None
    try:
        return datetime.date.fromisoformat(given)
    except ValueError as error:
        raise ZorgidError(
            "options_invalid",
            "valid_until is not a date",
            expected="YYYY-MM-DD",
            found=printable(given, 40),
            action="correct valid_until",
        ) from error
