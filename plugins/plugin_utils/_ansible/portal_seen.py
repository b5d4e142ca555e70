# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal actions note in the dossier of what they saw: digests under its key, never a name."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...module_utils._common.libraries import demand
from ...module_utils._common.ura import same_ura
from ...module_utils._portal.model import Account, Actual
from .action import Options

EXPORT = "portal_export"
_NO_KEY = (
    "Nothing of members and list is noted in the dossier: that needs dossier_key, because a digest without a key can "
    "be compared with a list of birth dates"
)


def note_seen(
    options: Options,
    *,
    check_mode: bool,
    members: tuple[str, Iterable[Actual]] | None = None,
    listed: tuple[str, Iterable[Account]] | None = None,
) -> list[str]:
    """Warnings. ``members`` and ``listed``: the kind that they are noted as, and what they are."""
    if not options["dossier_url"]:
        return []
    # Only here: most tasks have no dossier, and its libraries take longer to import than a portal takes to answer.
    from .opening import open_dossier

    demand()
    contents: dict[str, tuple[bytes, str | None]] = {
        told[0]: (_canonical(told[1]), None) for told in (members, listed) if told
    }
    ura = str(options["ura"])
    warnings = []
    with open_dossier(options, read_only=check_mode) as store:
        others: list[str] = []
        # An export that is not there is told by whoever reads it.
        if options["driver"] == "worklist" and Path(options["export_path"] or "").is_file():
            path = Path(options["export_path"])
            content = path.read_bytes()
            contents[EXPORT] = content, _of_when(path)
            others = [one for one in store.observations.used_for(EXPORT, content) if not same_ura(one, ura)]
            if others:
                warnings.append(
                    f"The export {path} is also that of the organisation {others[0]}: look whose it is, and export the "
                    "list of users of the other one again"
                )
        for kind, (content, at) in contents.items():
            owner = others[0] if others and kind == EXPORT else None
            if store.observations.note(ura, kind, content, at=at, owner=owner) is None:
                return [*warnings, _NO_KEY]
    return warnings


def _canonical(people: Iterable[Any]) -> bytes:
    """The same bytes for the same people, in whatever order they come."""
    told = sorted(json.dumps(one, sort_keys=True, default=sorted) for one in people)
    return json.dumps(told).encode()


def _of_when(path: Path) -> str | None:
    """When the file was written; None where its clock is ahead of ours, because nobody knows then."""
    at = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    return at.isoformat(timespec="seconds") if at <= datetime.datetime.now(datetime.UTC) else None
