# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a dossier with what a task says of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from ...module_utils._common.errors import ZorgidError
from ...module_utils._dossier.model import JournalCheck
from ...module_utils._dossier.store import DossierStore
from .action import Options


def open_dossier(options: Options, *, read_only: bool, adopts: bool = False, key_lost: bool = False) -> DossierStore:
    """The options of ``options/dossier.py``; an empty text is none."""
    return DossierStore.open(
        options["dossier_url"],
        read_only=read_only,
        environment=options.get("environment"),
        tenant=options.get("dossier_tenant"),
        key=options.get("dossier_key"),
        head_path=options.get("dossier_head_path"),
        adopts=adopts,
        key_lost=key_lost,
    )


def maybe_dossier(options: Options, *, read_only: bool) -> AbstractContextManager[DossierStore | None]:
    """For actions that serve without a dossier too."""
    return open_dossier(options, read_only=read_only) if options["dossier_url"] else nullcontext()


@dataclass(frozen=True)
class Place:
    """A dossier as an organisation of the inventory names it; an empty text is none. URL and key may be secret."""

    url: str = field(repr=False)
    environment: str | None = None
    tenant: str | None = None
    key: str | None = field(default=None, repr=False)
    head_path: str | None = None


def check_each(places: Iterable[Place]) -> dict[Place, JournalCheck | ZorgidError]:
    """The whole of every dossier of a run, each once, however many organisations name it: what its check found, or why
    it cannot be opened. One that cannot be looked at leaves the others alone. Nothing is written."""
    found: dict[Place, JournalCheck | ZorgidError] = {}
    for place in dict.fromkeys(places):
        try:
            with DossierStore.open(
                place.url,
                read_only=True,
                environment=place.environment,
                tenant=place.tenant,
                key=place.key,
                head_path=place.head_path,
            ) as store:
                found[place] = store.verify_journal()
        except ZorgidError as error:
            found[place] = error
    return found
