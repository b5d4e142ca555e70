# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``activation_qr``: its options as a command, the outcome as its result."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._activation.code_files import CodeFiles
from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.organisation import check_organisation
from ...module_utils._net.url_policy import allowed_places
from ...module_utils._use_cases.activation_code import CodeOutcome, HandOverCode, KeepCode, Still, hand_over, keep_code
from ...module_utils._use_cases.code_source import CodeMail, CodePicture
from ...module_utils._use_cases.destroy_code import DestroyCode, destroy_code
from .action import Options, Result
from .mail_servers import imap_of, trust_of
from .opening import place_of


def command_of(options: Options) -> HandOverCode | KeepCode | DestroyCode:
    """Errors: ``organisation_invalid``, ``ura_invalid``, ``options_invalid``, ``allowed_hosts_invalid``."""
    organisation, state, secret_key = (
        check_organisation(options["organisation"]),
        options["state"],
        options["secret_key"],
    )
    if secret_key and not options["dossier_url"]:
        raise ZorgidError(
            "options_invalid",
            "secret_key needs dossier_url",
            action="give dossier_url too",
            expected="dossier_url with it, where the code is stored",
            found="secret_key alone",
        )
    if state == "kept" and not (secret_key or options["dossier_key"]):
        raise ZorgidError(
            "options_invalid",
            "state kept needs a key",
            action="give dossier_key, or secret_key",
            expected="dossier_key or secret_key with it",
            found="neither",
        )
    folder, dossier = Path(options["directory"]) if options["directory"] else None, place_of(options)
    if state == "absent":
        return DestroyCode(organisation.ura, folder, dossier)
    if state == "kept":
        return KeepCode(organisation, _origin_of(options), dossier, folder, secret_key)
    origin = _origin_of(options) if options["message_id"] or options["image_path"] else None
    files = CodeFiles(Path(options["directory"]), tuple(options["formats"]), options.get("environment"))
    return HandOverCode(organisation, files, dossier, origin, secret_key)


def _origin_of(options: Options) -> CodeMail | CodePicture:
    allowed_hosts = tuple(options["allowed_link_hosts"])
    allowed_places(allowed_hosts)
    if not options["message_id"]:
        return CodePicture(Path(options["image_path"]), allowed_hosts)
    if not options["imap"]:
        raise ZorgidError(
            "options_invalid",
            "message_id needs imap",
            action="give imap, or image_path instead",
            expected="imap with message_id",
            found="message_id alone",
        )
    return CodeMail(options["message_id"], imap_of(options), trust_of(options))


def carry_out(
    command: HandOverCode | KeepCode | DestroyCode, *, check_mode: bool, still: Still | None = None
) -> CodeOutcome:
    if isinstance(command, DestroyCode):
        return destroy_code(command, check_mode=check_mode, still=still)
    if isinstance(command, KeepCode):
        return keep_code(command, check_mode=check_mode, still=still)
    return hand_over(command, check_mode=check_mode, still=still)


def result_of(outcome: CodeOutcome, *, diff_mode: bool) -> Result:
    result: Result = {"changed": outcome.changed, "ura": outcome.ura, "files": [str(path) for path in outcome.files]}
    if diff_mode:
        before, after = ("".join(f"{path}\n" for path in paths) for paths in (outcome.before, outcome.files))
        result["diff"] = {"before": before, "after": after}
    return result
