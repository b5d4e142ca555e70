# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the planner's data of one organisation from an open dossier, and writes its records."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ....module_utils._activation.handed import CODE_FOR, KEPT_AS
from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.organisation import Person
from ....module_utils._dossier.model import Dossier
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding import remembered
from ....module_utils._onboarding.known import Known
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.recording import Record


def remembered_of(store: DossierStore, ura: str) -> Known:
    return read(store, ura)[0]


def read(store: DossierStore, ura: str) -> tuple[Known, Dossier | None]:
    """Does not raise errors of this organisation's dossier: they become ``Known.unusable``."""
    try:
        with store.at_once():
            dossier = store.read(ura)
            return _known(store, dossier), dossier
    except ZorgidError as error:
        return Known(ura, unusable=Trouble.of(error)), None


def _known(store: DossierStore, dossier: Dossier) -> Known:
    unusable = None
    try:
        store.demand_known()
    except ZorgidError as error:
        unusable = Trouble.of(error)
    return remembered.known(
        dossier,
        seen=store.observations.noted(dossier.ura),
        code_kept=store.keeps(dossier.ura, KEPT_AS),
        elsewhere={
            one.kind
            for one in dossier.submissions
            if one.state in ("intended", "sending")
            and (now := store.submission(dossier.ura, one.kind, one.digest))
            and now.state == "elsewhere"
        },
        unusable=unusable,
    )


def person_of(store: DossierStore, ura: str, person: Person) -> str | None:
    """The keyed digest for ``Observed.person``; None without a key."""
    return store.observations.keyed(ura, CODE_FOR, person.identity)


def write_down(store: DossierStore, ura: str, records: Iterable[Record]) -> bool:
    """Write the records; returns whether something changed."""
    changed = False
    for one in records:
        values = {item.name: getattr(one, item.name) for item in dataclasses.fields(one)}
        step, state = values.pop("step"), values.pop("state")
        evidence = dict(values.pop("evidence")) or None
        if step == "prepared" and evidence and isinstance(evidence.get("name"), str):
            changed |= store.register(ura, evidence["name"]).changed
        changed |= store.set_milestone(ura, step, state, evidence=evidence, **values).changed
    return changed
