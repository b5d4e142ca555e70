# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action ``dossier``: one action for all records, so that a task reads like the person's statement."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.organisation import check_organisation
from ...module_utils._common.ura import same_ura
from ...module_utils._dossier.erasure import Erased, Unreached
from ...module_utils._dossier.leaving import Left
from ...module_utils._dossier.model import DossierChange, StepName, StepState, UndoableWord, WordName
from ...module_utils._dossier.rekeying import Lost
from ...module_utils._use_cases.dossier_entries import (
    DossierEntry,
    Erase,
    Note,
    Recorded,
    RecordEntries,
    RecordStep,
    Register,
    Resolve,
    Say,
    record_entries,
)
from ...module_utils._use_cases.leave_dossier import LeaveDossier, leave_dossier
from ...module_utils._use_cases.whole_dossier import Adopt, ChangeKey, Migrate, adopt, change_key, migrate
from .action import Options, Result
from .dossier_info import whole_step
from .opening import place_of

Command = Migrate | Adopt | ChangeKey | LeaveDossier | RecordEntries

_SOMEBODY = "a person"
_OF_STATE = ("who", "what", "error_code", "message")
#: Each erasure reports what it does not reach.
_REMAINS = (
    "All that the dossier stored about {ura} is now in {path}, with names and what was encrypted: keep it secret. "
    "Not erased: in the journal the URA number, the moments and the kinds of {ura}'s rows; copies of the database, "
    "mail in the mailbox, and files in work_dir. On PostgreSQL run VACUUM."
)


@dataclass(frozen=True)
class _Given:
    """The given options, without those that open a dossier."""

    ura: str | None
    organisation: dict[str, Any] | None
    step: StepName | None
    state: StepState | None
    who: str | None
    what: str | None
    error_code: str | None
    message: str | None
    evidence: dict[str, Any] | None
    evidence_at: str | None
    word: WordName | None
    undoes: UndoableWord | None
    subject: str | None = field(repr=False)
    attested_by: str | None
    attested_at: str | None
    attested_how: str | None
    resolve: str | None
    arrived: bool | None
    erase: str | None = field(repr=False)
    leave: str | None
    note: str | None
    adopt: bool
    new_dossier_key: str | None = field(repr=False)
    key_lost: bool
    migrate: bool


def record(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """All checks come before the first write; check mode runs the same code with a read-only store."""
    command = command_of(options)
    match command:
        case Migrate():
            return _of_whole(migrate(command, read_only=check_mode), diff_mode=diff_mode)
        case Adopt():
            return _of_whole(adopt(command, read_only=check_mode), diff_mode=diff_mode)
        case ChangeKey():
            return _of_key(change_key(command, read_only=check_mode), diff_mode=diff_mode)
        case LeaveDossier():
            return _of_left(command, leave_dossier(command, read_only=check_mode), diff_mode=diff_mode)
        case RecordEntries():
            return _of_entries(record_entries(command, read_only=check_mode), diff_mode=diff_mode)


def command_of(options: Options) -> Command:
    """Errors: ``options_invalid``, ``ura_contradicts``, ``organisation_invalid``."""
    place = place_of(options)
    given = _Given(**{one.name: options[one.name] for one in dataclasses.fields(_Given)})
    _check(given)
    by = given.attested_by or ""
    if given.migrate:
        return Migrate(place)
    if given.adopt:
        return Adopt(place, by)
    if given.new_dossier_key:
        return ChangeKey(place, given.new_dossier_key, given.key_lost, by)
    if given.word and given.ura is None and given.organisation is None:
        return RecordEntries(place, (_word(given, "", given.word),))
    if given.leave:
        return LeaveDossier(place, given.ura or "", given.leave, by)
    return RecordEntries(place, tuple(_entries(given)))


def _entries(given: _Given) -> Iterator[DossierEntry]:
    organisation = check_organisation(given.organisation) if given.organisation is not None else None
    ura = organisation.ura if organisation else given.ura or ""
    if given.ura is not None and not same_ura(given.ura, ura):
        raise ZorgidError(
            "ura_contradicts",
            "ura and the organisation's URA number differ",
            expected="the same number, or only one of the two",
            found=f"{given.ura} and {ura}",
            action="leave ura out",
        )
    by = given.attested_by or _SOMEBODY
    if given.step and given.state:
        values = {name: getattr(given, name) for name in (*_OF_STATE, "evidence", "evidence_at")}
        yield RecordStep(ura, given.step, given.state, **values)
    elif given.step or given.word:
        yield _word(given, ura, given.word or "done")
    if given.resolve:
        yield Resolve(ura, given.resolve, bool(given.arrived), by)
    if given.erase is not None:
        yield Erase(ura, given.erase, by)
    if given.note is not None:
        yield Note(ura, given.note, by)
    if organisation:
        yield Register(ura, organisation.name)


def _word(given: _Given, ura: str, word: WordName) -> Say:
    return Say(
        ura,
        word,
        by=given.attested_by or "",
        how=given.attested_how or "",
        at=given.attested_at,
        step=given.step,
        undoes=given.undoes,
        subject=given.subject or "",
        evidence=given.evidence,
    )


def _check(given: _Given) -> None:
    attests = given.attested_how is not None or given.attested_at is not None
    has_state = given.state is not None or attests
    extra = [name for name in (*_OF_STATE, "evidence", "evidence_at") if getattr(given, name) is not None]
    works = [
        name
        for name in ("organisation", "step", "word", "resolve", "erase", "leave", "note")
        if getattr(given, name) is not None
    ]
    word, of_step = given.word, given.word in ("done", "undone")
    whose = [name for name in ("ura", "organisation") if getattr(given, name) is not None]
    alone = next((name for name in ("migrate", "adopt", "new_dossier_key") if getattr(given, name)), None)
    if given.key_lost and not given.new_dossier_key:
        problem = "key_lost needs new_dossier_key, the key that takes its place"
    elif alone and (works or whose):
        problem = f"{alone} is about the whole dossier: leave out {(works or whose)[0]}"
    elif alone:
        return
    elif not whose and "looked_at" not in (word, given.undoes) and word not in ("hold", "go_on"):
        problem = "one of ura, organisation is missing"
    elif not works:
        problem = (
            "one of organisation, step, word, resolve, erase, leave, note, adopt, migrate, new_dossier_key is missing"
        )
    elif given.leave is not None and not (given.leave and given.attested_by):
        problem = "leave needs the path of a new file, and attested_by"
    elif given.leave and works != ["leave"]:
        problem = "an organisation that leaves is not recorded: leave out organisation, and give ura"
    elif word and not (given.attested_by and given.attested_how):
        problem = "a word needs attested_by and attested_how"
    elif word and given.step and not of_step:
        problem = f"the word {word} is about no step"
    elif word and not given.step and (extra or word == "done"):
        problem = "the word done needs step" if word == "done" else f"{extra[0]} belongs to a step"
    elif word == "undone" and bool(given.step) == bool(given.undoes):
        problem = "the word undone needs step or undoes, one of them"
    elif given.undoes and word != "undone":
        problem = "undoes belongs to the word undone"
    elif given.subject and (not word or given.step):
        problem = "subject belongs to a word that is about no step"
    elif given.step and not has_state:
        problem = "step needs state, or attested_by with attested_how"
    elif not word and not given.step and (has_state or extra):
        problem = "state, evidence and attested_how belong to a step"
    elif attests and not (given.attested_by and given.attested_how):
        problem = "an attestation needs attested_by and attested_how"
    elif attests and (given.state or any(getattr(given, name) is not None for name in (*_OF_STATE, "evidence_at"))):
        problem = (
            "an attested step is done: it takes evidence, and no state, who, what, error_code, message or evidence_at"
        )
    elif given.state and given.attested_by:
        problem = "attested_by goes with attested_how, resolve, erase, leave or note, not with state"
    else:
        return
    raise ZorgidError("options_invalid", problem, action="correct the task's options")


def _of_entries(done: tuple[Recorded, ...], *, diff_mode: bool) -> Result:
    ura = done[0].entry.ura
    if not ura:
        change = done[0].change
        return {
            **_of_whole(change, diff_mode=diff_mode),
            **({"warnings": list(change.warnings)} if change.warnings else {}),
        }
    result: Result = {"ura": ura, "changed": any(one.change.changed for one in done)}
    warnings = [warning for one in done for warning in one.change.warnings]
    for one in done:
        if isinstance(one.change, Erased):
            result |= {"sealed": one.change.sealed, "unsearched": one.change.unsearched}
            warnings += _of_unreached(ura, one.change)
        if isinstance(one.entry, RecordStep | Say) and one.entry.step:
            result["milestone"] = whole_step(one.entry.step, one.change.after)
    if warnings:
        result["warnings"] = warnings
    if diff_mode:
        result["diff"] = [_diff(f"{ura} {one.entry.about}", one.change) for one in done if one.change.changed]
    return result


def _of_whole(change: DossierChange, *, diff_mode: bool) -> Result:
    result: Result = {"changed": change.changed}
    if diff_mode and change.changed:
        result["diff"] = _diff("the dossier", change)
    return result


def _of_key(changed: DossierChange | Lost, *, diff_mode: bool) -> Result:
    if isinstance(changed, DossierChange):
        return _of_whole(changed, diff_mode=diff_mode)
    named = ", ".join(f"{one['kind']} of {one['ura']}" for one in changed.destroyed) or "nothing"
    warning = (
        f"Destroyed, because nobody can open it any more: {named}. The rows of the journal up to {changed.unproven} "
        "are proven by their chain only: who could write the database may have written them anew."
    )
    whole = _of_whole(changed.change, diff_mode=diff_mode)
    return {**whole, "destroyed": changed.destroyed, "warnings": [warning]}


def _of_left(command: LeaveDossier, left: Left, *, diff_mode: bool) -> Result:
    ura = command.ura
    result: Result = {"ura": ura, "changed": left.change.changed, "rows": left.rows}
    if not left.change.changed:
        return {
            **result,
            "warnings": [f"Nothing is there: the dossier holds nothing of {ura}, and no file was written"],
        }
    if left.sha256:
        result |= {"export_sha256": left.sha256, "warnings": [_REMAINS.format(ura=ura, path=command.path)]}
    if diff_mode:
        result["diff"] = _diff(f"{ura} rows", left.change)
    return result


def _of_unreached(ura: str, erased: Erased) -> list[str]:
    warnings = []
    if erased.sealed:
        warnings.append(
            f"Encrypted contents of {ura} contain the person and were not changed, because a signed document cannot "
            f"be changed: {_kinds(erased.sealed)}. If possible, make and sign the document again without this name; "
            "leave erases everything of the organisation"
        )
    if erased.unsearched:
        warnings.append(
            f"Encrypted contents of {ura} were not searched and may contain the person: {_kinds(erased.unsearched)}. "
            "They are not text, or need dossier_key or another key"
        )
    return warnings


def _kinds(contents: Iterable[Unreached]) -> str:
    return ", ".join(f"{one['kind']}" + (f" ({one['version']})" if one["version"] else "") for one in contents)


def _diff(header: str, change: DossierChange) -> dict[str, Any]:
    return {"before_header": header, "after_header": header, "before": change.before, "after": change.after}
