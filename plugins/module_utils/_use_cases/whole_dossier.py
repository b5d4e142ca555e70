# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is about a whole dossier and not about one organisation: its tables, whose it is, its key."""

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
    """Bring the tables up to date; on PostgreSQL as their owner. Needs no key and no head."""

    place: DossierPlace


@dataclass(frozen=True)
class Adopt:
    """One person's word that an older version's dossier belongs to the environment and tenant of ``place``."""

    place: DossierPlace
    by: str


@dataclass(frozen=True)
class ChangeKey:
    """``new_key``: 32 bytes as base64, in place of ``place.key``. ``lost``: ``by`` says that nobody has ``place.key``
    any more; what was sealed with it is destroyed.

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
    """Done before, also by a run that was killed: then the new key opens the dossier, and there is nothing to do."""
    if _opens(dataclasses.replace(command.place, key=command.new_key)):
        return DossierChange(False, {}, {})
    if not command.lost:
        with command.place.open(read_only=read_only) as store:
            return store.rekeying.rekey(command.new_key)
    with dataclasses.replace(command.place, key=None).open(read_only=read_only, key_lost=True) as store:
        return store.rekeying.replace_lost(command.new_key, by=command.by)


def _opens(place: DossierPlace) -> bool:
    """Whether the key is the dossier's; it is not where the dossier has none."""
    try:
        with place.open(read_only=True) as store:
            return store.whose.key_id is not None
    except ZorgidError as error:
        if error.code != "dossier_key_wrong":
            raise
        return False
