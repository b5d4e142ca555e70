# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal actions note in the dossier of what they saw: digests under its key, never a name."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...module_utils._common.libraries import demand
from ...module_utils._common.ura import same_ura
from ...module_utils._portal.model import Account, Actual
from .action import Options

if TYPE_CHECKING:
    from ...module_utils._dossier.store import DossierStore

EXPORT = "portal_export"
#: with a digest of the portal's id behind it, which is the same for all organisations
_LINKED = "portal_linked:"
NO_KEY = (
    "Nothing of members and list is noted in the dossier, and who was offboarded is not known: that needs dossier_key, "
    "because a digest without a key can be compared with a list of birth dates"
)
NO_DOSSIER = (
    "Whether somebody who is linked by this run was offboarded before is not known: that needs dossier_url and "
    "dossier_key"
)


def portal_dossier(options: Options, *, read_only: bool) -> AbstractContextManager[DossierStore | None]:
    """Most tasks have no dossier, and its libraries take longer to import than a portal takes to answer."""
    if not options["dossier_url"]:
        return nullcontext()
    from .opening import open_dossier

    demand()
    return open_dossier(options, read_only=read_only)


def note_seen(
    store: DossierStore | None,
    options: Options,
    *,
    members: tuple[str, Iterable[Actual]] | None = None,
    listed: tuple[str, Iterable[Account]] | None = None,
) -> list[str]:
    """Warnings. ``members`` and ``listed``: the kind that they are noted as, and what they are."""
    if store is None:
        return []
    contents: dict[str, tuple[bytes, str | None]] = {
        told[0]: (canonical(told[1]), None) for told in (members, listed) if told
    }
    ura, warnings = str(options["ura"]), []
    others = also_of(store, options)
    if options["driver"] == "worklist" and Path(options["export_path"] or "").is_file():
        path = Path(options["export_path"])
        contents[EXPORT] = path.read_bytes(), of_when(path)
        if others:
            warnings.append(
                f"The export {path} is also that of the organisation {others[0]}: look whose it is, and export the "
                "list of users of the other one again"
            )
    for kind, (content, at) in contents.items():
        owner = others[0] if others and kind == EXPORT else None
        if store.observations.note(ura, kind, content, at=at, owner=owner) is None:
            return [*warnings, NO_KEY]
    return warnings


def also_of(store: DossierStore | None, options: Options) -> list[str]:
    """The other organisations whose export this file was. An export that is not there is told by whoever reads it."""
    if store is None or options["driver"] != "worklist" or not Path(options["export_path"] or "").is_file():
        return []
    used = store.observations.used_for(EXPORT, Path(options["export_path"]).read_bytes())
    return [one for one in used if not same_ura(one, str(options["ura"]))]


def links_of(store: DossierStore) -> Callable[[str], bool]:
    """Whether an identity (by the portal's id) was seen to be of two organisations: one linked what another has."""
    known: frozenset[str] | None = None

    def linked(identity: str) -> bool:
        nonlocal known
        if known is None:
            known = store.observations.kinds(_LINKED)
        return bool(known) and _link(store, identity) in known

    return linked


def note_links(store: DossierStore, ura: str, identities: Iterable[str]) -> None:
    for identity in identities:
        store.observations.note(ura, _link(store, identity), identity.encode())


def _link(store: DossierStore, identity: str) -> str:
    return _LINKED + (store.observations.keyed_for_all("identity", identity.encode()) or "")


def canonical(people: Iterable[Any]) -> bytes:
    """The same bytes for the same people, in whatever order they come."""
    told = sorted(json.dumps(one, sort_keys=True, default=sorted) for one in people)
    return json.dumps(told).encode()


def of_when(path: Path) -> str | None:
    """When the file was written; None where its clock is ahead of ours, because nobody knows then."""
    at = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    return at.isoformat(timespec="seconds") if at <= datetime.datetime.now(datetime.UTC) else None
