# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates from a store or files to files on the controller, one result for each."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import needs
from ...module_utils._uzi import export
from ...module_utils._uzi.files import StoreEntry
from ...module_utils._uzi.judge import Judgement
from ...module_utils._uzi.selection import select
from .action import Options, Result, ZorgidAction
from .certificates import find
from .signing import judge_from
from .windows_store import WindowsStore

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12

SUFFIXES = {"pem": "pem", "der": "cer", "pkcs7": "p7b", "pkcs12": "p12"}


def export_certificates(action: ZorgidAction, options: Options) -> Result:
    """The action ``uzi_certificate_export``. With ``all`` one failing certificate does not keep the others."""
    judge = judge_from(options)
    judged = [(entry, judge.judge(entry.certificate, entry.chain)) for entry in find(action, options)]
    target = Path(options["dest"])
    told = _left_out(judged)
    if not options["all"]:
        chosen = select(judged)
        return {**_export(action, options, chosen.entry, chosen.judgement, target), **told}
    results: list[Result] = []
    for entry, judgement in judged:
        certificate = entry.certificate
        if certificate.card_type is None:
            continue
        name = f"{certificate.ura}-{certificate.thumbprint[:16]}.{SUFFIXES[options['format']]}"
        try:
            results.append(_export(action, options, entry, judgement, target / name))
        except ZorgidError as error:
            thumbprint = certificate.thumbprint
            results.append({"changed": False, "thumbprint": thumbprint, "error_code": error.code, "msg": str(error)})
    result: Result = {
        **told,
        "changed": any(one["changed"] for one in results),
        "results": [{name: value for name, value in one.items() if name != "diff"} for one in results],
    }
    if diffs := [one["diff"] for one in results if "diff" in one]:
        result["diff"] = diffs
    failed = [one for one in results if "error_code" in one]
    if failed:
        raise ZorgidError(
            "export_incomplete",
            f"{len(failed)} of {len(results)} certificates were not exported",
            found=", ".join(sorted({one["error_code"] for one in failed})),
            action="see the results",
            details=result,
            expected="all of them",
        )
    return result


def _left_out(judged: list[tuple[StoreEntry, Judgement]]) -> Result:
    """Warnings about parts of the files that are in no export, each once."""
    problems = [one for entry, judgement in judged for one in (*entry.problems, *judgement.problems)]
    messages = dict.fromkeys(one.message for one in problems if one.code == "certificate_file_parts")
    return {"warnings": list(messages)} if messages else {}


def _export(action: ZorgidAction, options: Options, entry: StoreEntry, judgement: Judgement, path: Path) -> Result:
    form, certificate = options["format"], entry.certificate.x509
    passphrase = options["export_passphrase"]
    chain = list(judgement.chain) if options["include_chain"] else []
    current = export.is_current(path, certificate, chain, form, passphrase, force=options["force"])
    result: Result = {
        "changed": not current,
        "path": str(path),
        "thumbprint": entry.certificate.thumbprint,
        "ura": entry.certificate.ura,
        "chain_length": len(chain),
    }
    if current:
        return result
    if form == "pkcs12" and entry.key.state != "exportable":
        raise ZorgidError(
            "key_not_exportable",
            f"The private key of {entry.certificate.thumbprint_sha1} cannot be exported",
            expected="an exportable key",
            found=f"{entry.key.state}: {entry.key.reason}" if entry.key.reason else entry.key.state,
            action="sign with the key where it is",
        )
    if action.diff_mode:
        result["diff"] = {
            "before_header": str(path),
            "after_header": str(path),
            "before": "another content\n" if path.exists() else "",
            "after": f"{form}: {entry.certificate.subject}, SHA-256 {entry.certificate.thumbprint}, "
            f"{len(chain)} authorities\n",
        }
    if not action.check_mode:
        key = _key(action, options, entry) if form == "pkcs12" else None
        export.write(path, export.encode(certificate, chain, form, key, passphrase))
    return result


def _key(action: ZorgidAction, options: Options, entry: StoreEntry) -> rsa.RSAPrivateKey:
    if entry.private_key is not None and not entry.in_store:
        return entry.private_key
    password = secrets.token_urlsafe(32)
    data = WindowsStore(action, options).export(entry.certificate.thumbprint_sha1, password)
    key: Any = pkcs12.load_key_and_certificates(data, password.encode())[0]
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ZorgidError(
            "key_not_exportable",
            "The host's PKCS#12 holds no RSA key",
            action="export it on the host",
            expected="an RSA key",
            found="none",
        )
    return key
