# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``organisation_document_info``: its options as a command, its outcome as a result."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._common.ura import Ura
from ...module_utils._document.described import digest
from ...module_utils._document.revision import lines
from ...module_utils._use_cases.verify_document import DocumentVerified, VerifyDocument, not_valid
from .action import Options, Result
from .key_source import judge_settings_of
from .opening import place_of


def command_of(options: Options) -> VerifyDocument:
    """Errors: ``ura_invalid``, ``options_invalid``."""
    return VerifyDocument(
        path=Path(options["path"]),
        trust=judge_settings_of(options),
        ura=None if options["ura"] is None else Ura.of(options["ura"]).text,
        certificate_path=options["certificate_path"],
        schema=options["schema"],
        dossier=place_of(options),
        require_valid=options["require_valid"],
    )


def result_of(verified: DocumentVerified, *, require_valid: bool) -> Result:
    """Error: ``document_invalid`` with ``require_valid``; it has the result as details."""
    found = verified.found
    result: Result = {
        "path": str(verified.path),
        "digest": verified.digest,
        "valid": found.valid,
        "signer": found.signer,
        "signed_content": lines(found.signed_content) if found.signed_content is not None else None,
        "signed_digest": digest(found.signed_bytes) if found.signed_content is not None else None,
        **found.as_result(),
    }
    if verified.unused:
        result["warnings"] = [one.message for one in verified.unused]
    if require_valid and not found.valid:
        raise not_valid(verified.path, found, result)
    return result
