# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A care group in which everything is done, made without a single pass: dossier, documents, mails, portal.

What leaves the house is written where it arrives. What the actions note of what they read (documents, the mailbox,
lists, members) they note themselves, in this process: nobody can write it as they would but they.
"""

from __future__ import annotations

import mailbox
import os
import secrets
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.gbz.zorgid.plugins.action import (
    employee_accounts,
    mailbox_info,
    organisation_document,
    portal_accounts_info,
    portal_administrators,
    uzi_certificate_info,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.kept import DOCUMENT
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Submission
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.submission import values_digest
from ansible_collections.gbz.zorgid.plugins.module_utils._report.notices import due
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.submit_form import STEP_OF, SUBMISSION_OF
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.carrying import LINK_FOR
from zorgid_sandbox import imap
from zorgid_sandbox.people import letters
from zorgid_sandbox.portal.identities import create
from zorgid_sandbox.portal.store import Store, Token, now
from zorgid_sandbox.portal.views import EXTENSION
from zorgid_sandbox.state import address, credentials

from ._care_group import KEY, CareGroup

ENVIRONMENT = "own"


def started(folder: Path, count: int) -> CareGroup:
    """A care group with its sandbox running. In the portal all is done already: nobody sees it without a token."""
    group = CareGroup(folder, count)
    group.prepare()
    _fill_portal(group)
    group.start()
    return group


def _fill_portal(group: CareGroup) -> None:
    """Every organisation with its five people, their phones active, and a token."""
    store = Store(group.state)
    try:
        for ura in group.uras:
            store.put_organisation({"ura": ura, "name": f"Zorgaanbieder {ura}", "status": "active"})
            registrar = Token((0, ura, "registrar", None, "filled", "", None))
            people = [(one, "administrator") for one in group.administrators(ura)]
            people += [(one, "employee") for one in group.employees(ura)]
            for one, role in people:
                identity = create(store, registrar, _user(one, ura, role))[1]
                document = {**identity.document, "device": {"state": "active", "since": now()}}
                document["identification"] = {"method": "self", "checkedAt": now()}
                store.save(document)
            store.commit()
            owner = next(iter(store.members[ura]))
            group.tokens[ura] = store.make_token(ura, "administrator", owner, "Ansible", 90)
    finally:
        store.close()


def _user(person: dict[str, Any], ura: str, role: str) -> dict[str, Any]:
    return {
        "externalId": person["external_id"],
        "name": {"givenName": person["first_name"], "familyName": person["last_name"]},
        "emails": [{"value": person["email"], "primary": True}],
        EXTENSION: {"dateOfBirth": person["date_of_birth"], "memberships": [{"ura": ura, "role": role}]},
    }


class AllDone:
    """Makes it; the sandbox runs."""

    def __init__(self, group: CareGroup) -> None:
        self._group = group
        shared = yaml.safe_load((group.state / "inventory" / "group_vars" / "all" / "sandbox.yml").read_text("utf-8"))
        self._sandbox = shared["sandbox"]

    def make(self) -> None:
        group = self._group
        # A commit waits for the disk, and here are fifty of them for each organisation: in memory they do not.
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
            self._at = Path(folder)
            self._make()
            group.dossier.parent.mkdir(parents=True, exist_ok=True)
            for path in self._at.iterdir():
                there = group.head if path.name == group.head.name else group.dossier.parent / path.name
                shutil.move(path, there)
        self._vault_tokens()

    def _make(self) -> None:
        uras = self._group.uras
        with self._open() as store:
            for ura in uras:
                name = f"Zorgaanbieder {ura}"
                store.register(ura, name)
                reported = {"name": name, "host": self._group.host(ura)}
                store.set_milestone(ura, "prepared", "done", evidence=reported)
                self._form(store, ura, "application")
        with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
            signed = list(pool.map(self._signed, uras))
        with self._open() as store:
            for ura, (evidence, document) in zip(uras, signed, strict=True):
                store.set_milestone(ura, "certificate_checked", "done", evidence=evidence)
                self._sent(store, ura, document)
        # Two processes at once must not both make the mailbox.
        mailbox.Maildir(imap.folder(self._group.state), create=True)
        with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
            list(pool.map(self._received, uras))
        found = self._act(
            mailbox_info,
            imap=self._imap(),
            allowed_senders=[self._sandbox["imap"]["sender"]],
            allowed_link_hosts=["127.0.0.1"],
            ca_path=self._sandbox["ca_path"],
            **self._dossier,
        )
        if found["unknown"]:
            raise RuntimeError(f"mails were not understood: {found['unknown'][:2]}")
        answers = {(one["ura"], one["kind"]): one for one in found["answers"]}
        with self._open() as store:
            for ura in uras:
                self._answered(store, ura, answers)
                self._reported(store, ura)

    def _signed(self, ura: str) -> tuple[dict[str, Any], dict[str, Any]]:
        document = self._document(ura)
        return self._evidence(ura), {name: document[name] for name in ("digest", "certificate", "content")}

    def _received(self, ura: str) -> None:
        self._mails(ura)
        self._portal(ura)

    @property
    def _dossier(self) -> dict[str, str]:
        url = f"sqlite:///{self._at / self._group.dossier.name}"
        return {"dossier_url": url, "environment": ENVIRONMENT, "dossier_key": KEY}

    def _open(self) -> DossierStore:
        head = self._at / self._group.head.name
        return DossierStore.open(self._dossier["dossier_url"], environment=ENVIRONMENT, key=KEY, head_path=head)

    def _vault_tokens(self) -> None:
        vault = VaultLib([("default", VaultSecret(self._group.vault.read_bytes().strip()))])
        for ura, token in self._group.tokens.items():
            lines = "".join(f"  {line}\n" for line in vault.encrypt(token).decode().splitlines())
            path = self._group.inventory / "host_vars" / self._group.host(ura) / "portal_token.yml"
            path.write_text(f"---\nzorgid_portal_token: !vault |\n{lines}", encoding="utf-8")

    def _imap(self) -> dict[str, Any]:
        known, at = credentials(self._group.state, "imap"), self._sandbox["imap"]
        login = {"username": known["username"], "access_token": known["access_token"]}
        return {"host": at["host"], "port": at["port"], "security": at["security"], **login}

    @staticmethod
    def _act(module: Any, **given: Any) -> dict[str, Any]:
        """What the action of a task with these options gives, in this process."""
        spec = module.ActionModule.SPEC
        checked = ArgumentSpecValidator(spec.options, spec.mutually_exclusive).validate(given)
        if checked.error_messages:
            raise RuntimeError(checked.error_messages)
        action = object.__new__(module.ActionModule)
        action._task = SimpleNamespace(check_mode=False, diff=False)
        action.task_vars = {}  # ``run`` would set them
        result: dict[str, Any] = action.act(checked.validated_parameters)
        if result.get("failed"):
            raise RuntimeError(result["msg"])
        return result

    def _trust(self) -> dict[str, Any]:
        pki = self._sandbox["pki"]
        return {
            "trust_anchors": pki["trust_anchors"],
            "intermediates": pki["intermediates"],
            "revocation": "require",
            "environment": ENVIRONMENT,
        }

    def _evidence(self, ura: str) -> dict[str, Any]:
        """What a run records of the certificate."""
        group = self._group
        path = f"{self._sandbox['pki']['files']}/{group.host(ura)}.pem"
        name = f"Zorgaanbieder {ura}"
        found = self._act(uzi_certificate_info, path=[path], ura=ura, organisation_name=name, **self._trust())
        evidence: dict[str, Any] = found["selected"]["evidence"]
        evidence["key_state"] = "own_file" if group.windows_host(ura) is None else "exportable"
        return evidence

    def _form(self, store: DossierStore, ura: str, form: str) -> None:
        kind, step = SUBMISSION_OF[form], STEP_OF[form]
        values = {**asdict(check_organisation(self._group.organisation(ura))), "environment": ENVIRONMENT}
        claimed = store.claim(ura, kind, values_digest(form, values), per_digest=False)
        store.mark_sending(claimed)
        reference = self._reference(ura)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        evidence = {"reference": reference, "submitted_at": at, "mapping_version": "built-in", "page_sha256": "0" * 64}
        store.mark_done(claimed, evidence)
        store.set_milestone(ura, step, "done", evidence={"reference": reference})

    def _reference(self, ura: str) -> str:
        return f"ZS-2026-{self._group.uras.index(ura) + 1:05}"

    def _document(self, ura: str) -> dict[str, Any]:
        """Signed as on its Windows host: the same certificate, with the key that the sandbox keeps."""
        group, path = self._group, self._group.work / "documents" / f"{ura}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        files = f"{self._sandbox['pki']['files']}/{group.host(ura)}"
        return self._act(
            organisation_document,
            organisation=group.organisation(ura),
            path=str(path),
            source="file",
            certificate_path=f"{files}.pem",
            key_path=f"{files}.key.pem",
            **self._trust(),
            **{name: value for name, value in self._dossier.items() if name != "environment"},
        )

    def _sent(self, store: DossierStore, ura: str, document: dict[str, Any]) -> None:
        signed = {"sha256": document["digest"], "certificate": document["certificate"]["thumbprint"]}
        store.set_milestone(ura, "document_signed", "done", evidence={**signed, "content": document["content"]})
        claimed = self._mailed(store, ura, DOCUMENT, document["digest"], {"response": "250 OK"})
        reported = {"sha256": document["digest"], "message_id": claimed.message_id, "sent_at": claimed.since}
        store.set_milestone(ura, "document_sent", "done", evidence=reported)

    @staticmethod
    def _mailed(store: DossierStore, ura: str, kind: str, digest: str, reported: dict[str, Any]) -> Submission:
        claimed = store.claim(ura, kind, digest, per_digest=True, domain="gbz.example")
        store.mark_sending(claimed)
        claimed = store.submission(ura, kind, digest) or claimed
        evidence = {"message_id": claimed.message_id, "sent_at": claimed.since, "repeated": False}
        store.mark_done(claimed, {**evidence, **reported})
        return claimed

    def _mails(self, ura: str) -> None:
        link = f"{address(self._group.state, 'intake')['base']}/vervolgformulier/{secrets.token_urlsafe(24)}"
        code = f"zorgid://activate?code={secrets.token_urlsafe(24)}"
        more: dict[str, dict[str, str]] = {"follow_up_link": {"link": link}, "activation_qr": {"qr": code}}
        for kind in ("application_confirmed", "document_confirmed", "follow_up_link", "activation_qr"):
            letters.send(self._group.state, kind, ura=ura, reference=self._reference(ura), **more.get(kind, {}))

    def _answered(self, store: DossierStore, ura: str, answers: dict[tuple[str, str], dict[str, Any]]) -> None:
        confirmed, activation = answers[ura, "document_confirmed"], answers[ura, "activation_qr"]
        reported = {"reference": self._reference(ura)}
        at = confirmed["received_at"]
        store.set_milestone(ura, "application_confirmed", "done", evidence=reported, evidence_at=at)
        self._form(store, ura, "follow_up")
        reported = {"message_id": activation["message_id"]}
        store.set_milestone(ura, "activation_qr_received", "done", evidence=reported)
        store.set_milestone(ura, "identity_activated", "done", evidence={"proof": "portal"})
        person = check_organisation(self._group.organisation(ura)).people.portal_administrator
        store.observations.note(ura, LINK_FOR, person.identity)

    def _portal(self, ura: str) -> None:
        """Each finds what is there already, and notes what it saw."""
        group, at = self._group, self._sandbox["portal"]
        shared = {
            "driver": "scim",
            "portal_url": at["url"],
            "token": self._group.tokens[ura],
            "ca_path": at["ca_path"],
            "ura": ura,
            **self._dossier,
        }
        path = str(group.lists / f"{group.host(ura)}.json")
        kept = (
            self._act(portal_administrators, administrators=group.administrators(ura), **shared),
            self._act(employee_accounts, accounts_path=path, **shared),
        )
        if any(one["changed"] for one in kept):
            raise RuntimeError(f"the portal was not as the lists say: {[one['summary'] for one in kept]}")
        self._act(portal_accounts_info, **shared)

    @staticmethod
    def _reported(store: DossierStore, ura: str) -> None:
        """The last steps, and the representative has been told of each milestone."""
        store.set_milestone(ura, "administrators_registered", "done", evidence={"accounts": 1})
        store.set_milestone(ura, "employees_registered", "done", evidence={"accounts": 4})
        store.set_milestone(ura, "employees_active", "done", evidence={"accounts": 4, "inactive": 0})
        while notices := due(store.read(ura), datetime.now(UTC)):
            for one in notices:
                reported = {"kind": one.kind, "role": one.role}
                AllDone._mailed(store, ura, one.submission, one.digest, reported)
