# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal actions record in the dossier about what they saw: keyed digests, never a name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._common import moments
from .._common.libraries import demand
from .._common.ura import same_ura
from .._portal.access import PortalAccess
from .._portal.model import Account, Actual

if TYPE_CHECKING:
    from .._dossier.place import DossierPlace
    from .._dossier.store import DossierStore

EXPORT = "portal_export"
#: followed by a digest of the portal's id, which is the same for all organisations
_LINKED = "portal_linked:"
NO_KEY = (
    "Members and list are not recorded in the dossier, and it is not known who was "
    "offboarded: both need dossier_key, because a digest without a key can be guessed "
    "from a list of birth dates"
)
NO_DOSSIER = (
    "It is not known whether a person who is linked by this run was offboarded before: "
    "that needs dossier_url and dossier_key"
)


def opened(place: DossierPlace, *, read_only: bool) -> AbstractContextManager[DossierStore | None]:
    """The open dossier; None without one. Its libraries are imported only then, because that takes longer than a
    portal's answer."""
    if not place.url:
        return nullcontext()
    from .._dossier import store  # noqa: F401 - from here on ``demand`` knows which libraries it needs

    demand()
    return place.open(read_only=read_only)


def note_seen(
    store: DossierStore | None,
    portal: PortalAccess,
    *,
    has_key: bool,
    members: tuple[str, Iterable[Actual]] | None = None,
    listed: tuple[str, Iterable[Account]] | None = None,
) -> list[str]:
    """Returns warnings. ``members`` and ``listed``: kind of the record, and the content. ``has_key``: whether the
    user gave one. A look finds no keys in a dossier that is not made yet, and that is no lack of a key."""
    if store is None:
        return []
    contents: dict[str, tuple[bytes, str | None]] = {
        noted[0]: (canonical(noted[1]), None) for noted in (members, listed) if noted
    }
    ura, warnings = portal.ura.text, []
    others = also_of(store, portal)
    if (path := _export_of(portal)) is not None:
        written = moments.written_at(path)
        contents[EXPORT] = path.read_bytes(), moments.iso(written) if written else None
        if others:
            warnings.append(
                f"The export {path} was also used for the organisation {others[0]}: check which "
                "organisation it belongs to, and export the list of users of the other organisation "
                "again"
            )
    for kind, (content, at) in contents.items():
        owner = others[0] if others and kind == EXPORT else None
        if store.observations.note(ura, kind, content, at=at, owner=owner) is None:
            return warnings if has_key else [*warnings, NO_KEY]
    return warnings


def also_of(store: DossierStore | None, portal: PortalAccess) -> list[str]:
    """The other organisations for which this export was read. A missing file is reported by the code that reads it."""
    path = _export_of(portal)
    if store is None or path is None:
        return []
    used = store.observations.used_for(EXPORT, path.read_bytes())
    return [one for one in used if not same_ura(one, portal.ura.text)]


def _export_of(portal: PortalAccess) -> Path | None:
    path = Path(portal.export_path or "")
    return path if portal.by_hand and path.is_file() else None


def links_of(store: DossierStore) -> Callable[[str], bool]:
    """A function: whether an identity (by the portal's id) was seen in two organisations, because one linked it."""
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
    """The same bytes for the same people, independent of their order."""
    texts = sorted(json.dumps(one, sort_keys=True, default=sorted) for one in people)
    return json.dumps(texts).encode()
