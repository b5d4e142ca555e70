# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``renew_certificate``: renews the certificate of every organisation of the play, wherever its key is.

One process handles all of them, so that a Windows store is listed once and a refused PIN is not tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ....module_utils._common import moments
from ....module_utils._common.beside import beside
from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._use_cases import renewal_screen
from ....module_utils._use_cases.renew_certificate import (
    RenewalPlace,
    RenewCertificate,
    carry_out,
    look,
)
from ....module_utils._use_cases.renewal_screen import RenewalRow
from ....module_utils._uzi.file_keys import FileKeys
from ....module_utils._uzi.files import StoreEntry
from ....module_utils._uzi.judge import Judge
from ....module_utils._uzi.renewal import Rules, Step
from ....module_utils._uzi.signer import WantedSigner
from ..action import Options, Result, ZorgidAction, file_inaccessible
from ..make_document import signer_of
from ..opening import place_of
from ..windows_keys import WindowsKeys
from ..windows_store import WindowsStore
from . import arguments, showing, variables
from .ahead import in_place_of
from .beginning import refuse_unknown
from .options import options_of
from .windows_hosts import on_host

#: The playbook's own variables, of the inventory or -e.
_SPEC: dict[str, dict[str, Any]] = {
    "zorgid_renew_dir": {"type": "path"},
    "zorgid_renew_days": {"type": "int", "default": 90},
    "zorgid_renew_g1": {"type": "bool", "default": True},
    "zorgid_renew_key_bits": {"type": "int", "default": 4096, "choices": [2048, 3072, 4096]},
    "zorgid_renew_exportable": {"type": "bool", "default": False},
}
_NEEDED = (
    "organisation",
    "environment",
    "certificate",
    "certificate_host",
    "trust",
    "work_dir",
    "document_path",
    "dossier_url",
    "dossier_tenant",
    "dossier_key",
    "dossier_head_path",
)
_RENEWS = (Step.INSTALL, Step.FINISH)


@dataclass(frozen=True)
class _Work:
    """One organisation, ready to observe."""

    row: RenewalRow
    wanted: WantedSigner
    place: RenewalPlace
    dossier: DossierPlace
    environment: str

    @property
    def command(self) -> RenewCertificate:
        if self.row.command is None:
            raise AssertionError("made with its command")
        return self.row.command


def renew(action: ZorgidAction, hosts: Sequence[str]) -> Result:
    """Result: ``renewed``: organisations whose document has to be signed and sent again; ``refused``: reason by host.
    Error: ``variables_invalid``."""
    refuse_unknown(action)
    renewal = _Renewal(action)
    works = [renewal.of(host) for host in hosts]
    rows = [renewal.looked_at(one) if isinstance(one, _Work) else one for one in works]
    if not action.check_mode:
        pairs = zip(works, rows, strict=True)
        rows = [renewal.carried_out(one, row) if isinstance(one, _Work) else row for one, row in pairs]
    environments = sorted({one.environment for one in works if isinstance(one, _Work)})
    text = renewal_screen.screen(
        rows,
        environment=", ".join(environments) or "no environment",
        style=showing.style(),
        now=moments.now(),
        check=action.check_mode,
    )
    showing.show(text)
    due = (Step.REQUEST, *_RENEWS)
    would = [row for row in rows if row.situation and row.situation.decision.step in due and not row.error]
    return {
        "changed": bool(would) if action.check_mode else any(row.renewed and row.renewed.changed for row in rows),
        "organisations": [_result_of(row) for row in rows],
        "renewed": [row.host for row in rows if row.sent_again and not row.error],
        "refused": {row.host: f"See the table above. ({row.error.code})" for row in rows if row.error},
    }


def _result_of(row: RenewalRow) -> Result:
    current = row.situation.current if row.situation else None
    return {
        "host": row.host,
        "ura": row.ura,
        "step": row.situation.decision.step.value if row.situation else None,
        "reason": row.situation.decision.reason if row.situation else None,
        "days_left": current.days_left if current else None,
        "thumbprint_sha1": current.thumbprint if current else None,
        "error_code": row.error.code if row.error else None,
    }


class _Renewal:
    def __init__(self, action: ZorgidAction) -> None:
        self._action, self._now = action, moments.now()
        self._listed: dict[tuple[str, str], list[StoreEntry] | ZorgidError] = {}
        self._judges: dict[str, Judge] = {}
        self._refused: dict[tuple[str, ...], ZorgidError] = {}

    def of(self, host: str) -> _Work | RenewalRow:
        """The organisation's work, or why its variables cannot be used."""
        row = RenewalRow(host, host, "")
        try:
            return self._work(host, row)
        except ZorgidError as error:
            return replace(row, error=error)

    def looked_at(self, work: _Work) -> RenewalRow:
        row, token = work.row, work.wanted.source.token
        known = (str(token.module), str(token.token), str(token.pin))
        try:
            if work.wanted.source.source == "pkcs11" and known in self._refused:
                raise self._refused[known]
            row = replace(row, situation=look(work.command, work.place, self._judge(work.wanted)))
            if row.situation and row.situation.decision.step in _RENEWS:
                row = replace(row, sent_again=not _points(row) and _was_sent(work.dossier, row.ura))
        except ZorgidError as error:
            if error.code == "pkcs11_pin_wrong":
                self._refused[known] = error
            return replace(row, error=error)
        except OSError as error:
            return replace(row, error=_of_file(error))
        return row

    def carried_out(self, work: _Work, row: RenewalRow) -> RenewalRow:
        if row.error or row.situation is None:
            return row
        try:
            return replace(row, renewed=carry_out(work.command, work.place, row.situation, now=self._now))
        except ZorgidError as error:
            return replace(row, error=error)
        except OSError as error:
            return replace(row, error=_of_file(error))

    def _judge(self, wanted: WantedSigner) -> Judge:
        key = repr(wanted.trust)
        if key not in self._judges:
            self._judges[key] = wanted.trust.judge()
        return self._judges[key]

    def _work(self, host: str, row: RenewalRow) -> _Work:
        mine = str(self._action.task_vars["inventory_hostname"]) == host
        other = self._action if mine else in_place_of(self._action, host)
        given = variables.read(other.task_vars, other._templar.template, _NEEDED)
        asked = arguments.given(arguments.organisation_document(given))
        options = options_of(other, "organisation_document", asked)
        wanted = signer_of(options)
        own = _own_options(other)
        command = command_of(own, wanted, str(given["work_dir"]))
        row = replace(row, name=command.name or host, ura=wanted.ura, command=command)
        return _Work(
            row,
            wanted,
            self._place(wanted, own, str(given["certificate_host"])),
            place_of(arguments.opening(given)),
            str(given["environment"]),
        )

    def _place(self, wanted: WantedSigner, own: Options, host: str) -> RenewalPlace:
        source, bits = wanted.source, own["zorgid_renew_key_bits"]
        if source.source == "file":
            return FileKeys(source, wanted.ura, bits=bits, now=self._now)
        if source.source == "pkcs11":
            # Rarely used, and slow to import.
            from ....module_utils._uzi.token_keys import TokenKeys

            source.check()
            return TokenKeys(source.token, wanted.ura, bits=bits, now=self._now)
        how = {
            "key_bits": bits,
            "exportable": own["zorgid_renew_exportable"],
            "friendly_name": wanted.organisation_name or "",
        }
        key = (host, str(source.store))
        return WindowsKeys(source.store, partial(self._entries, key), lambda act: self._on(host, source, act), how)

    def _entries(self, key: tuple[str, str], read: Callable[[], list[StoreEntry]]) -> list[StoreEntry]:
        """Each store is listed once, and the run waits only once for a host that does not answer."""
        if key not in self._listed:
            try:
                self._listed[key] = read()
            except ZorgidError as error:
                self._listed[key] = error
        found = self._listed[key]
        if isinstance(found, ZorgidError):
            raise found
        return found

    def _on(self, host: str, source: Any, act: Callable[[WindowsStore], Any]) -> Any:
        with on_host(self._action, host) as there:
            return act(WindowsStore(there, source.store))


def command_of(options: Options, wanted: WantedSigner, work_dir: str) -> RenewCertificate:
    """The command from the playbook's variables. Its folder is not in the work folder, because a lost request would be
    made again, with another key."""
    folder = options["zorgid_renew_dir"] or beside(work_dir, "renew")
    return RenewCertificate(
        wanted.ura,
        wanted.organisation_name or "",
        Path(folder).expanduser().absolute(),
        wanted.source.thumbprint,
        wanted.source.source == "file",
        Rules(options["zorgid_renew_days"], options["zorgid_renew_g1"]),
    )


def _own_options(action: ZorgidAction) -> Options:
    given = {name: action._templar.template(action.task_vars[name]) for name in _SPEC if name in action.task_vars}
    checked = ArgumentSpecValidator(_SPEC).validate(given)
    if checked.error_messages:
        raise ZorgidError(
            "variables_invalid",
            "The variables of renew_certificate cannot be used",
            expected="what docs/certificates.md says",
            found=printable("; ".join(checked.error_messages), 400),
            action="correct them",
        )
    return dict(checked.validated_parameters)


def _points(row: RenewalRow) -> bool:
    """Whether the inventory still names the old certificate."""
    if row.command is None or not row.command.thumbprint or row.situation is None:
        return False
    return row.situation.decision.step is Step.INSTALL or row.situation.newer is not None


def _was_sent(dossier: DossierPlace, ura: str) -> bool:
    with dossier.open(read_only=True) as store:
        return store.read(ura).milestones["document_sent"].state == "done"


def _of_file(error: OSError) -> ZorgidError:
    if error.filename is None:
        raise error
    return file_inaccessible(error)
