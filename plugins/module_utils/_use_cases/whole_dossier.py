# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to a dossier as a whole: its tables, its environment and customer, its key."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from .._common.errors import ZorgidError
from .._dossier.model import DossierChange
from .._dossier.place import DossierPlace
from .._dossier.rekeying import Lost
from .._dossier.store import DossierStore


@dataclass(frozen=True)
class Migrate:
    """Migrate the tables; on PostgreSQL as their owner. Needs no key and no head."""

    place: DossierPlace


@dataclass(frozen=True)
class Adopt:
    """A person states that a dossier of an older version belongs to the environment and tenant of ``place``."""

    place: DossierPlace
    by: str


@dataclass(frozen=True)
class ChangeKey:
    """``new_key``: 32 bytes as base64, replaces ``place.key``. ``lost``: ``by`` states that nobody has ``place.key``
    any more; content that was encrypted with it is destroyed.

    Errors: ``dossier_key_invalid``, ``dossier_key_missing``, ``dossier_key_wrong``.
    """

    place: DossierPlace
    new_key: str = field(repr=False)
    lost: bool = False
    by: str = ""


def migrate(command: Migrate, *, read_only: bool) -> DossierChange:
    place = command.place
    return DossierStore.migrate(place.url, read_only=read_only, environment=place.environment, tenant=place.tenant)


def adopt(command: Adopt, *, read_only: bool) -> DossierChange:
    with command.place.open(read_only=read_only, adopts=True) as store:
        return store.adopt(by=command.by)


def change_key(command: ChangeKey, *, read_only: bool) -> DossierChange | Lost:
    """If the new key already opens the dossier, because an earlier or killed run changed it, there is nothing to do."""
    if _opens(dataclasses.replace(command.place, key=command.new_key)):
        return DossierChange(False, {}, {})
    if not command.lost:
        with command.place.open(read_only=read_only) as store:
            return store.rekeying.rekey(command.new_key)
    with dataclasses.replace(command.place, key=None).open(read_only=read_only, key_lost=True) as store:
        return store.rekeying.replace_lost(command.new_key, by=command.by)


def _opens(place: DossierPlace) -> bool:
    """Whether this is the dossier's key; False if the dossier has none."""
    try:
        with place.open(read_only=True) as store:
            return store.whose.key_id is not None
    except ZorgidError as error:
        if error.code != "dossier_key_wrong":
            raise
        return False
