# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions ``dossier`` and ``dossier_info``: options to calls of the store, changes to results and diffs."""

from __future__ import annotations

import dataclasses
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.ura import same_ura
from ...module_utils._document.content import check_organisation
from ...module_utils._dossier.model import Change, JournalCheck, Milestone, shown
from ...module_utils._dossier.store import DossierStore
from ...module_utils._dossier.verification import journal_broken
from .action import Options, Result
from .opening import open_dossier

_OF_STATE = ("who", "what", "error_code", "message")


def record(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """Everything is checked before anything is written; check mode runs the same code on a store that cannot write."""
    _check(options)
    if options["adopt"]:
        return _adopt(options, check_mode=check_mode, diff_mode=diff_mode)
    organisation = check_organisation(options["organisation"]) if options["organisation"] is not None else None
    ura = organisation.ura if organisation else options["ura"]
    if options["ura"] is not None and not same_ura(options["ura"], ura):
        raise ZorgidError(
            "ura_contradicts",
            "ura and the organisation's URA number differ",
            expected="the same number, or only one of the two",
            found=f"{options['ura']} and {ura}",
            action="leave ura out",
        )
    changes: list[tuple[str, Change]] = []
    with open_dossier(options, read_only=check_mode) as store:
        step = _of_step(store, ura, options)
        if step:
            changes.append((options["step"], step))
        if options["resolve"]:
            by = options["attested_by"] or "a person"
            resolved = store.resolve(ura, options["resolve"], arrived=options["arrived"], by=by)
            changes.append((options["resolve"], resolved))
        if options["erase"] is not None:
            by = options["attested_by"] or "a person"
            changes.append(("erase", store.erase(ura, subject=options["erase"], by=by)))
        if options["note"] is not None:
            changes.append(("note", store.note(ura, options["note"], by=options["attested_by"] or "a person")))
        if organisation:
            changes.append(("organisation", store.register(ura, organisation.name)))
    result: Result = {"ura": ura, "changed": any(change.changed for _what, change in changes)}
    if step:
        result["milestone"] = _whole(options["step"], step.after)
    if diff_mode:
        result["diff"] = [
            {"before_header": f"{ura} {name}", "after_header": f"{ura} {name}", **_sides(change)}
            for name, change in changes
            if change.changed
        ]
    return result


def _adopt(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    with open_dossier(options, read_only=check_mode) as store:
        change = store.adopt(by=options["attested_by"])
    result: Result = {"changed": change.changed}
    if diff_mode and change.changed:
        result["diff"] = {"before_header": "the dossier", "after_header": "the dossier", **_sides(change)}
    return result


def _check(options: Options) -> None:
    attests = options["attested_how"] is not None or options["attested_at"] is not None
    told = options["state"] is not None or attests
    extra = [name for name in (*_OF_STATE, "evidence") if options[name] is not None]
    works = [name for name in ("organisation", "step", "resolve", "erase", "note") if options[name] is not None]
    whose = [name for name in ("ura", "organisation") if options[name] is not None]
    if options["adopt"] and (works or whose):
        problem = f"adopt is about the whole dossier: leave out {(works or whose)[0]}"
    elif options["adopt"]:
        return
    elif not whose:
        problem = "one of ura, organisation is missing"
    elif not works:
        problem = "one of organisation, step, resolve, erase, note, adopt is missing"
    elif options["step"] and not told:
        problem = "step needs state, or attested_by with attested_how"
    elif not options["step"] and (told or extra):
        problem = "state, evidence and attested_how belong to a step"
    elif attests and not (options["attested_by"] and options["attested_how"]):
        problem = "an attestation needs attested_by and attested_how"
    elif attests and (options["state"] or any(options[name] is not None for name in _OF_STATE)):
        problem = "an attested step is done: it takes evidence, and no state, who, what, error_code or message"
    elif options["state"] and options["attested_by"]:
        problem = "attested_by goes with attested_how, resolve, erase or note, not with state"
    else:
        return
    raise ZorgidError("options_invalid", problem, action="correct the task's options")


def _of_step(store: DossierStore, ura: str, options: Options) -> Change | None:
    if not options["step"]:
        return None
    if options["state"] is None:
        return store.attest(
            ura,
            options["step"],
            by=options["attested_by"],
            at=options["attested_at"],
            how=options["attested_how"],
            evidence=options["evidence"],
        )
    told = {name: options[name] for name in _OF_STATE}
    return store.set_milestone(ura, options["step"], options["state"], evidence=options["evidence"], **told)


def _whole(step: str, known: dict[str, Any]) -> dict[str, Any]:
    """Every field, so that a playbook may ask for each."""
    return {**dataclasses.asdict(Milestone(step)), **known}


def _sides(change: Change) -> dict[str, Any]:
    return {"before": change.before, "after": change.after}


def read_dossiers(options: Options) -> Result:
    """Everything of one organisation or of all; names of people and the journal's rows only in full."""
    ura, full = options["ura"], options["full"]
    with open_dossier(options, read_only=True) as store:
        if options["journal_only"]:
            return {"journal": dataclasses.asdict(_whole_journal(store))}
        result: Result = {}
        if ura or full:
            if options["verify"]:
                result["journal"] = dataclasses.asdict(store.verify_journal())
            if full:
                export = store.export(ura)
                journal = {**result.get("journal", {}), "entries": export["journal"]}
                return {"organisations": export["organisations"], "journal": journal}
            dossiers = [store.read(ura)]
        elif options["verify"]:
            dossiers, check = store.read_checked()
            result["journal"] = dataclasses.asdict(check)
        else:
            dossiers = store.read_all()
    result["organisations"] = [
        {
            "ura": one.ura,
            "name": one.name,
            "damaged": one.damaged,
            # Of one that cannot be believed nothing is known, also not that a step is open.
            "steps": [] if one.damaged else [_whole(step, shown(each)) for step, each in one.milestones.items()],
            "submissions": [dataclasses.asdict(each) for each in one.submissions],
            "messages": [dataclasses.asdict(each) for each in one.messages],
        }
        for one in dossiers
    ]
    return result


def _whole_journal(store: DossierStore) -> JournalCheck:
    """Error: ``dossier_journal_broken``, when no organisation can go on."""
    check = store.verify_journal()
    if not check.whole:
        raise journal_broken(check.message)
    return check
