# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uzi_certificate_info and uzi_certificate_export do with a store or files."""

from __future__ import annotations

from .._uzi.files import StoreEntry, load_files
from .._uzi.result import as_result, evidence
from .._uzi.selection import Judged, select, with_key
from .action import Options, Result, ZorgidAction
from .signing import judge_from
from .windows_store import WindowsStore


def certificate_info(action: ZorgidAction, options: Options) -> Result:
    """The action ``uzi_certificate_info``."""
    judge = judge_from(options)
    judged: list[Judged] = []
    for entry in entries(action, options):
        judged.append((entry, with_key(entry, judge.judge(entry.certificate, entry.chain))))
    shown = [as_result(*pair, at=judge.at) for pair in judged]
    result: Result = {"environment": judge.environment, "certificates": shown}
    if options["all"]:
        return {**result, "selected": None}
    wanted = {name: options[name] for name in ("ura", "thumbprint", "subject")}
    chosen = select(judged, **wanted, details=result)
    return {
        **result,
        "selected": {
            **as_result(chosen.entry, chosen.judgement, at=judge.at),
            "reason": chosen.reason,
            "evidence": evidence(chosen.entry, chosen.judgement, judge.environment),
        },
    }


def entries(action: ZorgidAction, options: Options) -> list[StoreEntry]:
    """From the files in ``path``, or else from the Windows store of the host at hand."""
    if options["path"]:
        return load_files(options["path"], options["passphrase"])
    return WindowsStore(action, options).list()
