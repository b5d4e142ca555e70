# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions ``dossier`` and ``dossier_info``: options to calls of the store, changes to results and diffs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.ura import same_ura
from ...module_utils._document.content import check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.closing import closed
from ...module_utils._dossier.erasure import Erased
from ...module_utils._dossier.model import Change, Dossier, JournalCheck, Milestone, Observation, shown
from ...module_utils._dossier.store import DossierStore
from ...module_utils._dossier.verification import journal_broken
from ...module_utils._dossier.words import shown_word
from ...module_utils._intake.problems import NOTHING_TO_DO, action_of
from .action import Options, Result
from .opening import open_dossier

_OF_STATE = ("who", "what", "error_code", "message")


def record(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """Everything is checked before anything is written; check mode runs the same code on a store that cannot write."""
    _check(options)
    if options["adopt"] or options["migrate"]:
        return _adopt(options, check_mode=check_mode, diff_mode=diff_mode)
    if options["new_dossier_key"]:
        return _rekey(options, check_mode=check_mode, diff_mode=diff_mode)
    if options["word"] and options["ura"] is None and options["organisation"] is None:
        return _say_of_all(options, check_mode=check_mode, diff_mode=diff_mode)
    if options["leave"]:
        return _leave(options, check_mode=check_mode, diff_mode=diff_mode)
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
    erased = None
    with open_dossier(options, read_only=check_mode) as store:
        step = _of_step(store, ura, options)
        if step:
            changes.append((options["step"], step))
        elif options["word"]:
            changes.append((options["word"], _say(store, ura, options)))
        if options["resolve"]:
            by = options["attested_by"] or "a person"
            resolved = store.resolve(ura, options["resolve"], arrived=options["arrived"], by=by)
            changes.append((options["resolve"], resolved))
        if options["erase"] is not None:
            by = options["attested_by"] or "a person"
            erased = store.erasure.erase(ura, subject=options["erase"], by=by)
            changes.append(("erase", erased))
        if options["note"] is not None:
            changes.append(("note", store.note(ura, options["note"], by=options["attested_by"] or "a person")))
        if organisation:
            changes.append(("organisation", store.register(ura, organisation.name)))
    result: Result = {"ura": ura, "changed": any(change.changed for _what, change in changes)}
    if erased:
        result |= {"sealed": erased.sealed, "unsearched": erased.unsearched}
    if step:
        result["milestone"] = _whole(options["step"], step.after)
    warnings = [one for _what, change in changes for one in change.warnings]
    if warnings := warnings + (_of_sealed(ura, erased) if erased else []):
        result["warnings"] = warnings
    if diff_mode:
        result["diff"] = [
            {"before_header": f"{ura} {name}", "after_header": f"{ura} {name}", **_sides(change)}
            for name, change in changes
            if change.changed
        ]
    return result


def _say_of_all(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    with open_dossier(options, read_only=check_mode) as store:
        change = _say(store, "", options)
    result = _of_all(change, diff_mode=diff_mode)
    return {**result, "warnings": list(change.warnings)} if change.warnings else result


def _say(store: DossierStore, ura: str, options: Options) -> Change:
    word, subject = options["word"], options["subject"] or ""
    if word == "undone":
        subject = options["step"] or ":".join(filter(None, (options["undoes"], subject)))
    elif word == "done":
        subject = options["step"] or ""
    return store.say(
        ura,
        word,
        by=options["attested_by"],
        at=options["attested_at"],
        how=options["attested_how"],
        subject=subject,
        evidence=options["evidence"],
    )


def _adopt(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """What is about the whole dossier: its tables, and whose it is."""
    if options["migrate"]:
        told = {"environment": options["environment"], "tenant": options["dossier_tenant"]}
        change = DossierStore.migrate(options["dossier_url"], read_only=check_mode, **told)
    else:
        with open_dossier(options, read_only=check_mode, adopts=True) as store:
            change = store.adopt(by=options["attested_by"])
    return _of_all(change, diff_mode=diff_mode)


def _rekey(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    """Done before, also by a run that was killed: then the new key opens the dossier, and there is nothing to do."""
    new = options["new_dossier_key"]
    try:
        with open_dossier({**options, "dossier_key": new}, read_only=True) as store:
            done = store.whose.key_id is not None
    except ZorgidError as error:
        if error.code != "dossier_key_wrong":
            raise
        done = False
    if done:
        return {"changed": False}
    if not options["key_lost"]:
        with open_dossier(options, read_only=check_mode) as store:
            return _of_all(store.rekeying.rekey(new), diff_mode=diff_mode)
    with open_dossier({**options, "dossier_key": None}, read_only=check_mode, key_lost=True) as store:
        lost = store.rekeying.replace_lost(new, by=options["attested_by"])
    named = ", ".join(f"{one['kind']} of {one['ura']}" for one in lost.destroyed) or "nothing"
    told = (
        f"Destroyed, because nobody can open it any more: {named}. The rows of the journal up to {lost.unproven} are "
        "proven by their chain only: who could write the database may have written them anew."
    )
    return {**_of_all(lost.change, diff_mode=diff_mode), "destroyed": lost.destroyed, "warnings": [told]}


def _leave(options: Options, *, check_mode: bool, diff_mode: bool) -> Result:
    ura = options["ura"]
    with open_dossier(options, read_only=check_mode) as store:
        left = store.leaving.leave(ura, options["leave"], by=options["attested_by"])
    result: Result = {"ura": ura, "changed": left.change.changed, "rows": left.rows}
    if not left.change.changed:
        return {
            **result,
            "warnings": [f"Nothing is there: the dossier holds nothing of {ura}, and no file was written"],
        }
    if left.sha256:
        result |= {"export_sha256": left.sha256, "warnings": [_REMAINS.format(ura=ura, path=options["leave"])]}
    if diff_mode:
        result["diff"] = {"before_header": f"{ura} rows", "after_header": f"{ura} rows", **_sides(left.change)}
    return result


#: What an erasure does not reach is said with each.
_REMAINS = (
    "All that the dossier held of {ura} stands in {path} now, with names and with what was sealed: keep it secret. "
    "Not erased: in the journal the URA number, the moments and the kinds of {ura}'s rows; copies of the database, "
    "mail in the mailbox, and files in work_dir. On PostgreSQL run VACUUM."
)


def _of_sealed(ura: str, erased: Erased) -> list[str]:
    told = []
    if erased.sealed:
        told.append(
            f"Sealed contents of {ura} name the person and stay as they are, because a signed document is a whole: "
            f"{_kinds(erased.sealed)}. Have the document made and signed anew without the name where it may be; "
            "everything of the organisation goes with leave"
        )
    if erased.unsearched:
        told.append(
            f"Nobody looked into sealed contents of {ura}, which may name the person: {_kinds(erased.unsearched)}. "
            "They are no text, or need dossier_key or a key of their own"
        )
    return told


def _kinds(contents: list[Result]) -> str:
    return ", ".join(f"{one['kind']}" + (f" ({one['version']})" if one["version"] else "") for one in contents)


def _of_all(change: Change, *, diff_mode: bool) -> Result:
    result: Result = {"changed": change.changed}
    if diff_mode and change.changed:
        result["diff"] = {"before_header": "the dossier", "after_header": "the dossier", **_sides(change)}
    return result


def _check(options: Options) -> None:
    attests = options["attested_how"] is not None or options["attested_at"] is not None
    told = options["state"] is not None or attests
    extra = [name for name in (*_OF_STATE, "evidence", "evidence_at") if options[name] is not None]
    works = [
        name
        for name in ("organisation", "step", "word", "resolve", "erase", "leave", "note")
        if options[name] is not None
    ]
    word, of_step = options["word"], options["word"] in ("done", "undone")
    whose = [name for name in ("ura", "organisation") if options[name] is not None]
    alone = next((name for name in ("migrate", "adopt", "new_dossier_key") if options[name]), None)
    if options["key_lost"] and not options["new_dossier_key"]:
        problem = "key_lost needs new_dossier_key, the key that takes its place"
    elif alone and (works or whose):
        problem = f"{alone} is about the whole dossier: leave out {(works or whose)[0]}"
    elif alone:
        return
    elif not whose and "looked_at" not in (word, options["undoes"]) and word not in ("hold", "go_on"):
        problem = "one of ura, organisation is missing"
    elif not works:
        problem = (
            "one of organisation, step, word, resolve, erase, leave, note, adopt, migrate, new_dossier_key is missing"
        )
    elif options["leave"] is not None and not (options["leave"] and options["attested_by"]):
        problem = "leave needs the path of a new file, and attested_by"
    elif options["leave"] and works != ["leave"]:
        problem = "an organisation that leaves is not recorded: leave out organisation, and give ura"
    elif word and not (options["attested_by"] and options["attested_how"]):
        problem = "a word needs attested_by and attested_how"
    elif word and options["step"] and not of_step:
        problem = f"the word {word} is about no step"
    elif word and not options["step"] and (extra or word == "done"):
        problem = "the word done needs step" if word == "done" else f"{extra[0]} belongs to a step"
    elif word == "undone" and bool(options["step"]) == bool(options["undoes"]):
        problem = "the word undone needs step or undoes, one of them"
    elif options["undoes"] and word != "undone":
        problem = "undoes belongs to the word undone"
    elif options["subject"] and (not word or options["step"]):
        problem = "subject belongs to a word that is about no step"
    elif options["step"] and not told:
        problem = "step needs state, or attested_by with attested_how"
    elif not word and not options["step"] and (told or extra):
        problem = "state, evidence and attested_how belong to a step"
    elif attests and not (options["attested_by"] and options["attested_how"]):
        problem = "an attestation needs attested_by and attested_how"
    elif attests and (options["state"] or any(options[name] is not None for name in (*_OF_STATE, "evidence_at"))):
        problem = (
            "an attested step is done: it takes evidence, and no state, who, what, error_code, message or evidence_at"
        )
    elif options["state"] and options["attested_by"]:
        problem = "attested_by goes with attested_how, resolve, erase, leave or note, not with state"
    else:
        return
    raise ZorgidError("options_invalid", problem, action="correct the task's options")


def _of_step(store: DossierStore, ura: str, options: Options) -> Change | None:
    if not options["step"]:
        return None
    if options["state"] is None:
        return _say(store, ura, {**options, "word": options["word"] or "done"})
    told = {name: options[name] for name in _OF_STATE}
    told |= {name: options[name] for name in ("evidence", "evidence_at")}
    return store.set_milestone(ura, options["step"], options["state"], **told)


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
        looked_at = store.words.looked_at()
        nobodys = [one for one in store.observations.of_nobody() if one.code not in looked_at]
        result: Result = {"to_look_at": to_look_at(nobodys)}
        if ura or full:
            if options["verify"]:
                result["journal"] = dataclasses.asdict(store.verify_journal())
            if full:
                export = store.export(ura)
                journal = {**result.get("journal", {}), "entries": export["journal"]}
                return {**result, "organisations": export["organisations"], "journal": journal}
            dossiers = [store.read(ura)]
        elif options["verify"]:
            dossiers, check = store.read_checked()
            result["journal"] = dataclasses.asdict(check)
        else:
            dossiers = store.read_all()
    result["organisations"] = [_organisation(one) for one in dossiers]
    return result


def _organisation(one: Dossier) -> Result:
    return {
        "ura": one.ura,
        "name": one.name,
        "damaged": one.damaged,
        # Of one that cannot be believed nothing is known, also not that a step is open.
        "steps": [] if one.damaged else [_whole(step, shown(each)) for step, each in one.milestones.items()],
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


def _whole_journal(store: DossierStore) -> JournalCheck:
    """Error: ``dossier_journal_broken``, when no organisation can go on."""
    check = store.verify_journal()
    if not check.whole:
        raise journal_broken(check.message)
    return check
