# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks with one-line commands: reads the variables typed with -e, the one organisation, and its dossier.

The variables of the command line are read by name and not as a task's options, because an inventory may have its own
variable ``step``, and ``-e how='by telephone'`` loses its second word before a task sees it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import context
from ansible.utils.vars import load_extra_vars

from ....module_utils._common import moments
from ....module_utils._common.beside import beside
from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.ura import Ura
from ....module_utils._dossier.checks import check_step
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._onboarding import recordable, typed
from ....module_utils._onboarding.chosen import chosen
from ....module_utils._onboarding.commands import ABOUT, BY, HOW, VARIABLES, WHOLE, command
from ....module_utils._onboarding.step_names import named
from ....module_utils._onboarding.style import Style
from ....module_utils._use_cases.accept_restored import AcceptRestored, accept_restored
from ....module_utils._use_cases.dossier_entries import Resolve, Say
from ....module_utils._use_cases.leave_dossier import LeaveDossier
from ....module_utils._use_cases.say_by_hand import Said, SayByHand, say_by_hand
from ....module_utils._use_cases.take_leave import TakeLeave, take_leave
from ....module_utils._uzi.file_keys import pending_key
from ....module_utils._uzi.key_source import KeySource
from ..action import Result, ZorgidAction
from ..opening import place_of
from . import arguments, showing, variables
from .ahead import in_place_of
from .beginning import NAMED, refuse_unknown
from .of_person import MATTERS, NEEDED, of_person, refuse_old

_OPENING = (
    "organisation",
    "environment",
    "dossier_url",
    "dossier_tenant",
    "dossier_key",
    "dossier_head_path",
)
_FILES = ("work_dir", "document_path", "handed_dir")


@dataclass(frozen=True)
class _One:
    """An organisation and its variables."""

    host: str
    ura: str
    name: str
    place: DossierPlace
    given: Mapping[str, Any]
    #: the action with this host's variables
    action: ZorgidAction


def by_hand(action: ZorgidAction, playbook: str, organisations: list[str]) -> Result:
    """The action ``onboarding_by_hand``. Errors: ``variables_invalid``, ``inventory_empty``, ``organisation_not_one``,
    ``options_invalid``, ``attestation_incomplete``, ``step_unknown``, ``not_confirmed``, and those of what it does."""
    loaded = load_extra_vars(action._loader)
    refuse_old((*map(str, loaded), *map(str, action.task_vars)), playbook)
    refuse_unknown(action)
    names = VARIABLES[playbook]
    typed.refuse_near(map(str, loaded), names, playbook)
    extra = typed.texts(context.CLIARGS.get("extra_vars") or (), loaded, names)
    everyone = "all" in names and typed.is_true(extra, "all")
    hosts = chosen(
        organisations,
        set(map(str, action.task_vars["ansible_play_hosts_all"])),
        limit=str(action.task_vars.get("ansible_limit") or ""),
        playbook=playbook,
        everyone=everyone,
        # A null is no organisation either.
        named=str(action.task_vars[NAMED] or "").strip() if NAMED in action.task_vars else None,
    )
    work = _Work(action.check_mode, extra, showing.style())
    if playbook == "leave":
        leaving = _variables_of(action, hosts[0], (*_OPENING, *_FILES))
        # Only needed for a key that waits for CIBG. If these variables are broken, no renewal can have made one.
        with contextlib.suppress(ZorgidError):
            leaving = _variables_of(action, hosts[0], (*_OPENING, *_FILES, "certificate"))
        return work.leave(leaving)
    if matter := MATTERS.get(playbook):
        one = _variables_of(action, hosts[0], (*_OPENING, *NEEDED))
        return of_person(one.action, matter, one.host, one.name, one.place, one.given, extra)
    if everyone:
        holds = work.restored if typed.is_true(extra, "restored") else work.hold_all
        return holds(_variables_of(action, host, _OPENING) for host in hosts)
    if "restored" in extra:
        raise _invalid("A backup is restored for all organisations", "-e all=true -e restored=true", ["restored"])
    one = _variables_of(action, hosts[0], _OPENING)
    return work.hold(one) if playbook == "hold" else work.done(one)


def _variables_of(action: ZorgidAction, host: str, names: tuple[str, ...]) -> _One:
    mine = str(action.task_vars["inventory_hostname"]) == host
    other = action if mine else in_place_of(action, host)
    given = variables.read(other.task_vars, other._templar.template, names)
    organisation = given["organisation"]
    ura = Ura.of(organisation.get("ura")).text
    return _One(host, ura, str(organisation.get("name") or host), place_of(arguments.opening(given)), given, other)


class _Work:
    def __init__(self, check: bool, extra: dict[str, str], style: Style) -> None:
        self._check, self._extra, self._style = check, extra, style
        self._by = extra.get("by", BY)

    # done

    def done(self, one: _One) -> Result:
        subjects = [name for name in ("step", *ABOUT, "resolve") if name in self._extra]
        if not subjects:
            return self._list(one)
        if len(subjects) > 1:
            raise _invalid(
                f"{' and '.join(subjects)} are two things to record", "one of them in each command", subjects
            )
        entry = self._entry(one, subjects[0])
        said = say_by_hand(SayByHand(one.place, entry), read_only=self._check)
        return self._result(said, list(self._of_done(one, entry, said)))

    def _list(self, one: _One) -> Result:
        if stray := [name for name in ("how", "at", "undo", "arrived") if name in self._extra]:
            raise _invalid(
                f"{stray[0]} without step", f"-e step=…; without -e {stray[0]} the playbook lists the steps", stray
            )
        with one.place.open(read_only=True) as store:
            dossier = store.read(one.ura)
        name = dossier.name or one.name
        lines = recordable.listing(dossier, name, one.host, style=self._style, now=moments.now())
        return _shown(lines, changed=False)

    def _entry(self, one: _One, about: str) -> Say | Resolve:
        extra, text = self._extra, self._extra[about]
        undo = typed.is_true(extra, "undo")
        if about == "resolve":
            if "arrived" not in extra:
                raise _invalid(
                    "resolve without arrived",
                    "-e arrived=true when VZVZ has it, -e arrived=false when not",
                    self._extra,
                )
            return Resolve(one.ura, text, typed.is_true(extra, "arrived"), self._by)
        whole = named(text) if about == "step" else about
        how = extra.get("how") or ("taken back" if undo else "")
        if not how:
            again = " ".join(command("done", one.host, {about: whole if about == "step" else text, "how": HOW}))
            raise ZorgidError(
                "attestation_incomplete",
                "It is not said how this is known",
                expected="-e how='…', without personal data",
                found="no how",
                action=again,
            )
        step = check_step(whole) if about == "step" and whole not in WHOLE else None
        word: Any = "undone" if undo else "done" if step else whole
        return Say(
            one.ura,
            word,
            by=self._by,
            how=how,
            at=extra.get("at"),
            step=step,
            undoes=None if step or not undo else whole,
            subject="" if about == "step" else text,
        )

    def _of_done(self, one: _One, entry: Say | Resolve, said: Said) -> Iterator[str]:
        name = said.name or one.name
        what = entry.kind if isinstance(entry, Resolve) else entry.step or entry.undoes or entry.word
        undone = not isinstance(entry, Resolve) and entry.word == "undone"
        verb = "taken back" if undone else "recorded"
        if said.already:
            yield from self._said(f"{what}: nothing to do, {said.already}", one, name, said)
            return
        at = self._style.moment(moments.now(), moments.now())
        how = "" if isinstance(entry, Resolve) else f", {entry.how}"
        yield from self._said(f"{what} {verb} ({at}{how})", one, name, said)
        if said.states and (following := recordable.next_step(said.states)):
            yield from recordable.labelled("next", following, self._style)
        if not undone and not isinstance(entry, Resolve):
            yield from recordable.labelled("undo", "the same command with -e undo=true", self._style)

    # hold

    def hold(self, one: _One) -> Result:
        entry = self._held(one.ura)
        said = say_by_hand(SayByHand(one.place, entry), read_only=self._check)
        return self._result(said, list(self._of_hold(one, entry, said, said.name or one.name)))

    def hold_all(self, ones: Iterable[_One]) -> Result:
        """Put each dossier on hold once; the first organisation of a dossier reports for all of its organisations."""
        lines: list[str] = []
        changed = False
        notes: list[str] = []
        for place, those in _by_place(ones).items():
            entry = self._held("")
            said = say_by_hand(SayByHand(place, entry), read_only=self._check)
            whole = f"{len(those):,} organisation{'' if len(those) == 1 else 's'} of the dossier of {those[0].host}"
            lines += self._of_hold(None, entry, said, whole)
            changed, notes = changed or said.changed, [*notes, *said.notes]
        return {**_shown(lines, changed=changed), "notes": notes}

    def restored(self, ones: Iterable[_One]) -> Result:
        if "go_on" in self._extra:
            raise _invalid("restored holds, and go_on releases", "one of the two", ["restored", "go_on"])
        lines, changed = list[str](), False
        for place, those in _by_place(ones).items():
            found = accept_restored(AcceptRestored(place, self._by, self._held("").how), read_only=self._check)
            changed |= found.changed
            lines += recordable.restored(found, those[0].host, style=self._style, check=self._check)
        return _shown(lines, changed=changed)

    def _held(self, ura: str) -> Say:
        if typed.is_true(self._extra, "go_on"):
            return Say(ura, "go_on", by=self._by, how=self._extra.get("why", "the reason is gone"))
        if "why" not in self._extra:
            raise ZorgidError(
                "attestation_incomplete",
                "It is not said why nothing may be sent",
                expected="-e why='…', without personal data; or -e go_on=true, to go on",
                found="neither",
                action="give one of the two",
            )
        return Say(ura, "hold", by=self._by, how=self._extra["why"])

    def _of_hold(self, one: _One | None, entry: Say, said: Said, name: str) -> Iterator[str]:
        goes_on = entry.word == "go_on"
        what = f"goes on ({entry.how})" if goes_on else f"held, nothing is sent or submitted ({entry.how})"
        yield from self._said(f"nothing to do, {said.already}" if said.already else what, one, name, said)
        if not goes_on:
            given = {**({} if one else {"all": "true"}), "go_on": "true"}
            again = " ".join(command("hold", one.host if one else "", given))
            yield from recordable.labelled("go on", again, self._style)

    # leave

    def leave(self, one: _One) -> Result:
        confirmed = typed.is_true(self._extra, "confirm")
        day = moments.now().strftime("%Y%m%d")
        at = self._extra.get("export") or f"{beside(str(one.given['work_dir']), 'left')}/{one.ura}-{day}.json"
        export = Path(at).expanduser().absolute()
        renewal = Path(beside(str(one.given["work_dir"]), "renew"))
        leaving = TakeLeave(
            LeaveDossier(one.place, one.ura, str(export), self._by),
            (str(one.given["document_path"]), *_of_renewals(one, renewal)),
            (str(one.given["handed_dir"]),),
        )
        works = confirmed and not self._check
        gone = take_leave(leaving, read_only=not works)
        changed = gone.left.change.changed or bool(gone.paths)
        if not changed:
            nothing = "nothing to do, neither the dossier nor the files here hold anything of it"
            said = recordable.recorded(nothing, style=self._style, check=False, name=one.name, ura=one.ura)
            return _shown([*said, *recordable.not_deleted(gone.kept)], changed=False)
        what = "left; this is gone:" if works else "this would be destroyed:"
        head = recordable.recorded(
            what, style=self._style, check=not works, name=one.name, ura=one.ura, says_check=False
        )
        lines = [*head, *recordable.leaving(gone.left.rows, gone.paths, gone.kept, export, gone.further)]
        shown = _shown(lines, changed=changed)
        if works or self._check:
            return {**shown, "rows": gone.left.rows, "paths": list(gone.paths), "export_sha256": gone.left.sha256}
        given = {name: text for name, text in self._extra.items() if name != "confirm"}
        raise ZorgidError(
            "not_confirmed",
            "Nothing was destroyed, because it was not confirmed",
            expected="-e confirm=true",
            found="no confirm, or false",
            action=f"when all that is to go: {' '.join(command('leave', one.host, {**given, 'confirm': 'true'}))}",
        )

    # all

    def _said(self, what: str, one: _One | None, name: str, said: Said) -> Iterator[str]:
        ura = one.ura if one else ""
        check = self._check and said.changed
        yield from recordable.recorded(what, style=self._style, check=check, name=name, ura=ura)
        for each in said.notes:
            yield from recordable.note(each, self._style)

    def _result(self, said: Said, lines: list[str]) -> Result:
        return {**_shown(lines, changed=said.changed), "notes": list(said.notes)}


def _of_renewals(one: _One, folder: Path) -> Iterator[str]:
    """The files of renewals: requests, CIBG's answers, and a new key in a file that waits for its certificate."""
    yield from (str(path) for path in sorted(folder.glob(f"{one.ura}.*")))
    certificate = one.given.get("certificate") or {}
    if certificate.get("source") == "file" and certificate.get("certificate_path"):
        source = KeySource("file", certificate["certificate_path"], certificate.get("key_path"))
        yield str(pending_key(source, one.ura))


def _by_place(ones: Iterable[_One]) -> dict[DossierPlace, list[_One]]:
    found: dict[DossierPlace, list[_One]] = {}
    for one in ones:
        found.setdefault(one.place, []).append(one)
    return found


def _shown(lines: Iterable[str], *, changed: bool) -> Result:
    shown_lines = list(lines)
    showing.show("\n".join(shown_lines))
    return {"changed": changed, "told": shown_lines}


def _invalid(message: str, expected: str, given: Iterable[str]) -> ZorgidError:
    return ZorgidError(
        "options_invalid",
        message,
        expected=expected,
        found=" ".join(f"-e {name}=…" for name in given),
        action="correct the command",
    )
