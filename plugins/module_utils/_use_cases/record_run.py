# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records in a dossier that a run ended, for telemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._dossier.place import DossierPlace


@dataclass(frozen=True)
class RecordRun:
    """``run``: random, the same for each dossier of the run. ``seconds``: how long it took. ``failures``: error code ->
    number of organisations of this dossier."""

    place: DossierPlace
    run: str
    seconds: int
    failures: Mapping[str, int] = field(default_factory=dict)


def record_run(command: RecordRun) -> bool:
    """Returns False without a dossier: a run that had nothing to record does not create one. Errors: those of opening
    the dossier."""
    with command.place.open(read_only=True) as store:
        if not store.exists:
            return False
    with command.place.open(read_only=False) as store:
        store.runs.record(command.run, seconds=command.seconds, failures=command.failures)
    return True
