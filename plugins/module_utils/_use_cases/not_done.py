# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person looked in the portal: a change that nobody could prove was not made, so that it may be made again."""

from __future__ import annotations

from dataclasses import dataclass, field

from .._dossier.place import DossierPlace
from .portal_journal import said_not_made


@dataclass(frozen=True)
class NotDone:
    """external_id: of the account. by: who says it."""

    place: DossierPlace
    ura: str
    external_id: str = field(repr=False)
    by: str


def say_not_done(command: NotDone, *, read_only: bool = False) -> bool:
    """Whether anything was, or would be, recorded. Errors: ``submission_unknown``, ``submission_not_uncertain``,
    ``dossier_key_missing``, and those of the dossier."""
    with command.place.open(read_only=read_only) as store:
        return said_not_made(store, command.ura, command.external_id, by=command.by).changed
