# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand VZVZ's activation code to the portal administrator as files, or store it in the dossier until then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .._activation.code_files import CodeFiles, existing
from .._activation.handed import CODE_FOR, KEPT_AS
from .._common.errors import ZorgidError
from .._common.organisation import Organisation
from .._dossier import said
from .._dossier.model import Dossier, Milestone, StepName
from .._dossier.observations import base_of
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .code_source import CodeMail, CodePicture, demand_own, find


@dataclass(frozen=True)
class HandOverCode:
    """Make the files for the portal administrator (VZVZ's step plan, step 3).

    ``origin``: where the code comes from; None: from the dossier. ``secret_key``: the key that encrypts the code in the
    dossier; None: the dossier's own key, if it has one.
    """

    organisation: Organisation
    files: CodeFiles
    dossier: DossierPlace
    origin: CodeMail | CodePicture | None = None
    secret_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class KeepCode:
    """Store the code in the dossier, and make no files. ``secret_key``: as for ``HandOverCode``; ``folder``: may
    contain files of an earlier run, which the outcome lists."""

    organisation: Organisation
    origin: CodeMail | CodePicture
    dossier: DossierPlace
    folder: Path | None = None
    secret_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class CodeOutcome:
    """``before`` and ``files``: the files with the code before and after (in check mode: as they would be)."""

    ura: str
    changed: bool
    before: tuple[Path, ...]
    files: tuple[Path, ...]


#: Called right before an effect: a sentence if it is not wanted any more.
Still = Callable[[Dossier], "str | None"]


def hand_over(command: HandOverCode, *, check_mode: bool, still: Still | None = None) -> CodeOutcome:
    """Errors: ``dossier_held``, ``organisation_withdrawn``, ``code_void``, ``message_of_another``, ``secret_absent``,
    ``directory_unwritable``, ``plan_stale``, and those of the source and of the dossier."""
    organisation, origin = command.organisation, command.origin
    before = tuple(existing(command.files.folder))
    with command.dossier.maybe_open(read_only=check_mode) as store:
        if store:
            _demand_wanted(store, organisation.ura, origin, still)
        if origin is not None:
            changed = _write(store, command, origin, check_mode=check_mode)
        elif command.secret_key:
            changed = _write_encrypted(needed(store), command, command.secret_key, check_mode=check_mode)
        else:
            changed = _write_sealed(needed(store), command, check_mode=check_mode)
        if store and isinstance(origin, CodeMail):
            changed |= _record(store, organisation, origin.message_id)
    return CodeOutcome(organisation.ura, changed, before, tuple(command.files.wanted()))


def keep_code(command: KeepCode, *, check_mode: bool, still: Still | None = None) -> CodeOutcome:
    """Errors: those of ``hand_over``, and ``dossier_key_missing``."""
    organisation, origin = command.organisation, command.origin
    ura = organisation.ura
    before = tuple(existing(command.folder))
    with command.dossier.maybe_open(read_only=check_mode) as found:
        store = needed(found)
        _demand_wanted(store, ura, origin, still)
        if isinstance(origin, CodeMail):
            demand_own(store, origin, ura)
        code = find(origin)
        payload = code.payload()
        if not command.secret_key:
            changed = _seal(store, ura, code.source, payload)
        elif check_mode:
            # With a read-only store, this only returns whether there is one.
            changed = not store.destroy_secret(ura, KEPT_AS)
        else:
            changed = store.keep_secret(ura, KEPT_AS, payload, command.secret_key)
        if isinstance(origin, CodeMail):
            changed |= _record(store, organisation, origin.message_id)
    return CodeOutcome(ura, changed, before, before)


def needed(store: DossierStore | None) -> DossierStore:
    if store is None:
        raise ZorgidError(
            "options_invalid",
            "The code is stored in the dossier",
            action="give dossier_url",
            expected="dossier_url",
            found="nothing",
        )
    return store


def _demand_wanted(store: DossierStore, ura: str, origin: CodeMail | CodePicture | None, still: Still | None) -> None:
    """Errors: ``plan_stale``, ``dossier_held``, ``organisation_withdrawn``, ``code_void``."""
    if still:
        said.demand_wanted(store.read(ura), still)
    store.words.demand_going(ura)
    dossier = store.read(ura)
    if not isinstance(origin, CodeMail):
        return
    came = [one.received_at for one in dossier.observations if base_of(one.message_id) == origin.message_id]
    verdicts = {said.code_counts(dossier.words, at) for at in came}
    if verdicts - {"yes"}:
        void = "no" in verdicts
        raise ZorgidError(
            "code_void",
            f"The code in this mail was sent before a loss was recorded for {ura}"
            if void
            else (f"The time of this mail is too close to a loss recorded for {ura} to tell which came first"),
            expected="a code that VZVZ sent after the loss",
            found=f"a mail of {max(came)}",
            action="ask VZVZ for a new code"
            + ("" if void else "; or, if this code came after the loss, record the time of the loss (attested_at)"),
        )


def _record(store: DossierStore, organisation: Organisation, message_id: str) -> bool:
    """Record the step, and the person for whom the code is: the portal administrator at the first handling of this
    code. A later change of the administrator does not change that. Returns whether something changed."""
    ura = organisation.ura
    step: StepName = "activation_qr_received"
    known = store.read(ura).milestones[step]
    another = known.evidence.get("message_id") not in (None, message_id)
    if not store.read_only and (another or CODE_FOR not in store.observations.noted(ura)):
        store.observations.note(ura, CODE_FOR, organisation.people.portal_administrator.identity)
    return store.prove(ura, Milestone("activation_qr_received", "done", evidence={"message_id": message_id})).changed


def _seal(store: DossierStore, ura: str, source: str, payload: str) -> bool:
    """Store the code encrypted; returns whether it differs from the stored one. Error: ``dossier_key_missing``."""
    if _sealed(store, ura) == (source, payload):
        return False
    if not store.read_only:
        store.sealed.keep(ura, KEPT_AS, json.dumps([source, payload]).encode())
    return True


def _sealed(store: DossierStore | None, ura: str) -> tuple[str, str] | None:
    """Source and payload of the code in the dossier."""
    found = store.sealed.newest(ura, KEPT_AS) if store else None
    if found is None:
        return None
    source, payload = json.loads(found.content)
    return source, payload


def _write(
    store: DossierStore | None, command: HandOverCode, origin: CodeMail | CodePicture, *, check_mode: bool
) -> bool:
    organisation = command.organisation
    if store and isinstance(origin, CodeMail):
        demand_own(store, origin, organisation.ura)
    code = find(origin)
    if command.files.source() == code.source:
        return False
    known = _sealed(store, organisation.ura)
    # Already stored: the mailbox is not read again, and it may not have the mail any more.
    payload = known[1] if known and known[0] == code.source else code.payload()
    if check_mode:
        return True
    if command.secret_key:
        needed(store).keep_secret(organisation.ura, KEPT_AS, payload, command.secret_key)
    elif store and store.sealed.usable:
        _seal(store, organisation.ura, code.source, payload)
    command.files.write(organisation, payload, code.source)
    return True


def _write_encrypted(store: DossierStore, command: HandOverCode, secret_key: str, *, check_mode: bool) -> bool:
    """A code that is stored with a ``secret_key`` is removed from the dossier when its files are made."""
    ura = command.organisation.ura
    if check_mode:
        # With a read-only store, this only returns whether there is one.
        return store.destroy_secret(ura, KEPT_AS)
    try:
        with store.using_secret(ura, KEPT_AS, secret_key) as payload:
            command.files.write(command.organisation, payload, "dossier")
    except ZorgidError as error:
        if error.code != "secret_absent" or command.files.source() is None:
            raise
        # Already handed over.
        return False
    return True


def _write_sealed(store: DossierStore, command: HandOverCode, *, check_mode: bool) -> bool:
    known = _sealed(store, command.organisation.ura)
    if known is None:
        raise ZorgidError(
            "secret_absent",
            f"The dossier of {command.organisation.ura} contains no activation code",
            expected="a code that was stored with dossier_key and not yet destroyed",
            found="none",
            action="set message_id or image_path",
        )
    source, payload = known
    if command.files.source() == source:
        return False
    if not check_mode:
        command.files.write(command.organisation, payload, source)
    return True
