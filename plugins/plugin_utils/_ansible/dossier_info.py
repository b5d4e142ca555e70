# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``dossier_info``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ...module_utils._dossier import said
from ...module_utils._dossier.closing import closed
from ...module_utils._dossier.model import Dossier, Milestone, Observation, StepName, shown_milestone
from ...module_utils._dossier.words import shown_word
from ...module_utils._mail.problems import NOTHING_TO_DO, action_of
from ...module_utils._use_cases.read_dossiers import (
    CheckJournal,
    DossiersRead,
    ReadDossiers,
    check_journal,
    read_dossiers,
)
from .action import Options, Result
from .opening import place_of


def command_of(options: Options) -> CheckJournal | ReadDossiers:
    if options["journal_only"]:
        return CheckJournal(place_of(options))
    return ReadDossiers(place_of(options), options["ura"], options["full"], options["verify"])


def info(options: Options) -> Result:
    """All data of one organisation or of all. Names of people and journal rows are included only with ``full``."""
    command = command_of(options)
    if isinstance(command, CheckJournal):
        return {"journal": dataclasses.asdict(check_journal(command))}
    return result_of(read_dossiers(command))


def result_of(found: DossiersRead) -> Result:
    result: Result = {"to_look_at": to_look_at(found.of_nobody)}
    if found.journal:
        result["journal"] = dataclasses.asdict(found.journal)
    if found.export is not None:
        journal = {**result.get("journal", {}), "entries": found.export["journal"]}
        return {**result, "organisations": found.export["organisations"], "journal": journal}
    return {**result, "organisations": [_organisation(one) for one in found.dossiers]}


def _organisation(one: Dossier) -> Result:
    steps = [whole_step(each.step, shown_milestone(each)) for each in one.milestones.values()]
    return {
        "ura": one.ura,
        "name": one.name,
        "damaged": one.damaged,
        # Nothing is known of a damaged dossier, not even that a step is open.
        "steps": [] if one.damaged else steps,
        "submissions": [dataclasses.asdict(each) for each in one.submissions],
        "observations": [dataclasses.asdict(each) for each in one.observations],
        "to_look_at": to_look_at(each for each in one.observations if not closed(one, each)),
        "words": [shown_word(each) for each in one.words],
        "withdrawn": said.withdrawn(one.words) is not None,
        "held": said.held(one.words) is not None,
    }


def to_look_at(observations: Iterable[Observation]) -> list[Result]:
    """Mail that a person has to look at."""
    return [
        {
            "received_at": one.received_at,
            "message_id": one.message_id,
            "code": one.code,
            "problem": one.problem,
            "action": action_of(one.problem),
        }
        for one in observations
        if one.problem and one.problem not in NOTHING_TO_DO
    ]


def whole_step(step: StepName, known: dict[str, Any]) -> dict[str, Any]:
    """With every field, so that a playbook can use each of them."""
    return {**dataclasses.asdict(Milestone(step)), **known}
