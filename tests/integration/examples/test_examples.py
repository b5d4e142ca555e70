# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples on the modules' pages, run against the sandbox for one organisation of the demo.

Each task is the one of EXAMPLES. Substituted are its paths, hosts, addresses and secrets, and ``acceptance`` and
``production``, which would be CIBG's certificates; what the sandbox needs besides (its ports, its certificates) is in
``module_defaults``. The tasks run in the order in which an organisation needs them, and the sandbox's people act
between the plays.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.examples import ROOT, Tasks, examples, substituted, text_of
from ansible_collections.gbz.zorgid.tests.support.old_dossier import OLD
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from openpyxl import Workbook
from zorgid_sandbox import people, supervisor
from zorgid_sandbox.intake import store as intake

HOST, URA, VZVZ = "huisartsenpraktijk_de_linde", "90000101", "zorg-id@vzvz.example"
SRV = "/srv/zorgid"
KEY, OTHER_KEY = (base64.b64encode(os.urandom(32)).decode() for _number in range(2))
PASSPHRASE = "een wachtwoord voor een test"
TEXTS = {
    "certificates.gbz.example": "windows_certificates",
    "certificaathost.gbz.example": "windows_certificates",
    "https://portal.example/scim/v2": "{{ sandbox.portal.url }}",
    "https://fd2.formdesk.com/vzvz/Aanvraagformulier_ZORG-ID_Smart_technisch_beheerder": (
        "{{ sandbox.intake.application_form_url }}"
    ),
    "fd2.formdesk.com/vzvz/": "127.0.0.1",
    "acceptance": "own",
    "production": "own",
    "trust/acceptance.pem": "{{ sandbox.pki.intermediates }}",
    "trust/production.pem": "{{ sandbox.pki.intermediates }}",
}
TRUST = {"trust_anchors": "{{ sandbox.pki.trust_anchors }}"}
CA = {"ca_path": "{{ sandbox.ca_path }}"}
BESIDES: dict[str, dict[str, Any]] = {
    "uzi_certificate_info": TRUST,
    "uzi_certificate_export": TRUST,
    "organisation_document": {**TRUST, "intermediates": "{{ sandbox.pki.intermediates }}"},
    "organisation_document_info": {**TRUST, "intermediates": "{{ sandbox.pki.intermediates }}"},
    "intake_form": CA,
    "document_delivery": {**CA, "recipient": VZVZ},
    "mailbox_info": {**CA, "environment": "own", "allowed_senders": [VZVZ], "allowed_link_hosts": ["127.0.0.1"]},
    "activation_qr": {**CA, "allowed_senders": [VZVZ]},
    "employee_accounts": CA,
    "employee_invitations": CA,
    "portal_accounts_info": CA,
    "portal_administrators": CA,
}
#: (module, number of its task), by play; after a play the sandbox's people act.
PLAYS: list[list[tuple[str, int]]] = [
    [
        *((name, 0) for name in ("agb_code", "ura", "uzi_number", "mask", "mask_email", "beside")),
        ("uzi_store", 0),
        ("uzi_store", 1),
        *(("uzi_certificate_export", number) for number in range(3)),
        *(("uzi_certificate_info", number) for number in range(3)),
        ("organisation_document", 0),
        ("organisation_document_info", 3),
        *(("list_info", number) for number in range(2)),
        *(("working_folder", number) for number in range(2)),
        ("intake_form", 0),
    ],
    [
        *(("organisation_document_info", number) for number in range(3)),
        ("organisation_document", 1),
        ("document_delivery", 0),
    ],
    [("mailbox_info", 0), ("intake_form", 1)],
    [("mailbox_info", 0), ("activation_qr", 0)],
    [
        ("activation_qr", 1),
        ("activation_qr", 2),
        *(("employee_accounts", number) for number in range(3)),
        ("portal_administrators", 0),
        ("employee_accounts", 3),
        ("portal_accounts_info", 0),
        ("employee_invitations", 0),
        ("dossier_url", 0),
        *(("dossier_info", number) for number in range(4)),
        # The organisation leaves, and then the dossier gets another key and an old one another owner.
        *(("dossier", number) for number in (0, 1, 2, 3, 7, 8, 9, 6, 4, 5)),
    ],
]
#: These are about a dossier from before an update, in which a submission was interrupted.
OLD_DOSSIERS = {("dossier", 4): "interrupted.sqlite3", ("dossier", 5): "old.sqlite3"}
#: These are about a dossier with a key, which every other task would have to give too.
WITH_A_KEY = [("activation_qr", 1), ("activation_qr", 2), ("dossier", 9), ("dossier", 6)]
DOSSIERS = {**OLD_DOSSIERS, **dict.fromkeys(WITH_A_KEY, "with-a-key.sqlite3")}
#: The person of the examples, and another one.
EMPLOYEES = [
    {"external_id": "HR-10001", "first_name": "Sanne", "prefix": "van der", "last_name": "Berg",
     "date_of_birth": "1988-04-12", "email": "s.vanderberg@delinde.example", "registration": "self"},
    {"external_id": "HR-10003", "first_name": "Fatima", "last_name": "Haddad",
     "date_of_birth": "1991-02-03", "email": "f.haddad@delinde.example", "registration": "self"},
]  # fmt: skip
#: The list of the care group's example.
NMBRS = """\
Debiteurnr;Bedrijfnr;Persnr;Naam;Roepnaam;Voornamen;Voorvoegsels;NaamPartner;NaamSamenstelling;IdType;EmailWerk;EmailPrive;\
Geboortedatum;Datum in dienst;Datum uit dienst
1;1;7;Yılmaz;Ayşe;Ayşe;;Smit;2;1;a.smit@anker.example;;5-9-1980;1-1-2020;
"""
#: What is not run, and why.
NOT_RUN = {
    ("portal_map", 0): "a person scans the code while the task waits: tests/integration/browser/test_map_example.py",
}


#: Below a module's page there is an example that is run; this one is not.
WITHOUT = {"portal_map"}


def test_every_example_is_run_or_has_a_reason() -> None:
    assert {name for name in examples() if not any(name == one for play in PLAYS for one, _number in play)} == WITHOUT
    every = {(name, number) for name, tasks in examples().items() for number in range(len(tasks))}
    run = {one for play in PLAYS for one in play}
    assert run | set(NOT_RUN) == every
    assert not run & set(NOT_RUN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made: Path = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT / "inventories" / "demo", made / "inventory")
    supervisor.start(made / "sandbox", ROOT / "sandbox" / "scenarios" / "demo.yml")
    try:
        yield made
    finally:
        supervisor.stop(made / "sandbox")


def prepare(folder: Path) -> None:
    """The files that the examples name."""
    for name in (URA, "documents", "handed", "received", "worklists", "left", "export", "certificates"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "vault-password").write_text("a password for a test\n")
    (folder / "hr").mkdir()
    (folder / "hr" / f"{URA}.json").write_text(json.dumps(EMPLOYEES))
    form = "<Registratie><Organisatie naam=''><URA/></Organisatie><Contact><Email/></Contact></Registratie>"
    (folder / "vzvz-form.xml").write_text(form)
    book = Workbook()
    for line in (ROOT / "docs" / "examples" / "klanten.csv").read_text(encoding="utf-8").splitlines():
        book.active.append(line.split(";"))
    book.save(folder / "klanten.xlsx")
    list_of_employees = (ROOT / "docs" / "examples" / "medewerkers.csv").read_text(encoding="utf-8")
    (folder / "hr" / "medewerkers.csv").write_text(list_of_employees, encoding="utf-8")
    whole = list_of_employees.replace(";De Linde", ";Huisartsenpraktijk De Linde")
    (folder / "inventory" / "medewerkers.csv").write_text(whole, encoding="utf-8")
    shutil.copyfile(ROOT / "docs" / "examples" / "portal_export.csv", folder / f"gebruikers-{URA}.csv")
    enabled = text_of(ROOT / "plugins" / "callback" / "board.py")
    assert enabled
    (folder / "ansible.cfg").write_text(enabled.replace("# ", ""))


def here(folder: Path, value: Any) -> Any:
    """A text or dictionary of an example, as the sandbox has it."""
    if isinstance(value, dict):
        for name in ("imap", "smtp"):
            if value.get("host") == f"{name}.gbz.example":
                kept = {key: one for key, one in value.items() if key in ("sender", "mailbox")}
                names = ("host", "port", "security", "username", "access_token")
                return {**kept, **{key: f"{{{{ sandbox.{name}.{key} }}}}" for key in names}}
        if "authentication_server" in value:
            # The sandbox's mail server proves no sender.
            return {key: one for key, one in value.items() if not key.startswith("authentication")}
        return value
    if not isinstance(value, str):
        return value
    text = TEXTS.get(value, value).replace(SRV, str(folder)).replace("/srv/hr", str(folder / "hr"))
    text = text.replace("~/zorgid", str(folder / "working"))
    if text in ("klanten.xlsx", "hr/medewerkers.csv"):
        return str(folder / text)
    return text


def after(folder: Path, number: int) -> None:
    """What a person makes of the files of this play."""
    if number == 0:
        shutil.copyfile(folder / URA / "organisation.xml", folder / URA / "signed-by-hand.xml")
        shutil.copyfile(folder / URA / "organisation.xml", folder / "documents" / f"{URA}.xml")
        exported = (folder / URA / "certificate.p12").read_bytes()
        key, certificate, _more = pkcs12.load_key_and_certificates(exported, PASSPHRASE.encode())
        assert key
        assert certificate
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / URA / "key.pem").write_bytes(pem)
        (folder / URA / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    if number == 3:
        shutil.copyfile(folder / "handed" / URA / "activation-qr.png", folder / "received" / f"{URA}.png")
        for name in OLD_DOSSIERS.values():
            shutil.copyfile(OLD, folder / name)


def tasks_of(folder: Path, play: list[tuple[str, int]]) -> Tasks:
    every = examples()
    made = []
    for name, number in play:
        task = substituted(every[name][number], lambda value: here(folder, value))
        if (name, number) in DOSSIERS:
            task[f"gbz.zorgid.{name}"]["dossier_url"] = f"sqlite:///{folder}/{DOSSIERS[name, number]}"
        if name == "uzi_store":
            task["delegate_to"] = "windows_certificates"
        made.append({**task, "name": f"{name} {number}"})
    return made


def run(folder: Path, tasks: Tasks) -> str:
    book = {
        "hosts": HOST,
        "gather_facts": False,
        "module_defaults": {f"gbz.zorgid.{name}": options for name, options in BESIDES.items()},
        "vars": {
            "vault_dossier_key": KEY,
            "vault_dossier_key_new": OTHER_KEY,
            "vault_dossier_url": f"sqlite:///{folder}/dossier.sqlite3",
            "vault_dossier_owner_url": f"sqlite:///{folder}/dossier.sqlite3",
            "vault_export_passphrase": PASSPHRASE,
            "vault_certificate_passphrase": PASSPHRASE,
            "person_to_forget": "Lindeman",
        },
        "tasks": [{**task, "ignore_errors": True} for task in tasks],
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([book], sort_keys=False, allow_unicode=True), encoding="utf-8")
    inventories = ["-i", str(folder / "inventory"), "-i", str(folder / "sandbox" / "inventory")]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *inventories, "--vault-password-file",
         str(folder / "vault-password"), str(path)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ZORGID_DEMO_DIR": str(folder),
        },
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_examples_of_the_pages(folder: Path) -> None:
    prepare(folder)
    wrong = {}
    for number, play in enumerate(PLAYS):
        shown = run(folder, tasks_of(folder, play))
        (folder / f"shown{number}.txt").write_text(shown)
        for name, which in play:
            part = re.search(rf"^TASK \[{name} {which}\].*?(?=^TASK |^PLAY )", shown, re.MULTILINE | re.DOTALL)
            if part is None or not re.search(r"^(ok|changed): ", part[0], re.MULTILINE) or "...ignoring" in part[0]:
                wrong[name, which] = part[0] if part else "did not run"
        after(folder, number)
        list(
            people.act(
                folder / "sandbox",
                handed=folder / "handed",
                inventory=folder / "sandbox" / "inventory",
                vault_password_file=folder / "vault-password",
            )
        )
    assert not wrong, "\n".join(wrong.values())
    # What the sandbox has of it, and the lines of the callback.
    assert len(intake.forms(folder / "sandbox", "application")) == 1
    assert len(intake.forms(folder / "sandbox", "follow_up")) == 1
    assert f"  {HOST}: " in (folder / f"shown{len(PLAYS) - 1}.txt").read_text()


@pytest.mark.slow
def test_the_care_group_of_the_page(tmp_path: Path) -> None:
    text = text_of(ROOT / "plugins" / "inventory" / "care_group.py")
    assert text
    (tmp_path / "care_group.yml").write_text(text, encoding="utf-8")
    (tmp_path / "hr_exports").mkdir()
    (tmp_path / "hr_exports" / "apotheek_het_anker.csv").write_text(NMBRS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(tmp_path / "care_group.yml"), "--list"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "ansible"), "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"},
    )
    assert done.returncode == 0, done.stderr
    organisation = json.loads(done.stdout)["_meta"]["hostvars"]["apotheek_het_anker"]["zorgid_onboarding_organisation"]
    # Ansible marks what a file says: it is never a template.
    assert organisation["ura"] == {"__ansible_unsafe": "00000202"}
    assert organisation["care_application"]["name"] == {"__ansible_unsafe": "VoorbeeldHIS"}
