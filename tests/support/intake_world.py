# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Form, mail server and mailbox with what the four intake actions need to reach them."""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gbz.zorgid.plugins.action import activation_qr, document_delivery, intake_form, mailbox_info
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_mailbox import read_mailbox
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_document import send_document
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.submit_form import submit_form
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import activation_code, document_mail, form, mailbox
from ansible_collections.gbz.zorgid.tests.support.form_zoo import DONE, LABEL_FOR, MAPPING
from ansible_collections.gbz.zorgid.tests.support.intake_support import (
    ORGANISATION,
    Pki,
    Reply,
    Request,
    Site,
    serve,
)
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    TOKEN,
    USER,
    ImapHost,
    SmtpHost,
    serve_imap,
    serve_smtp,
)

Task = tuple[str, dict[str, Any]]

URA = "90000101"
SENDER = "zorg-id@vzvz.example"
PAYLOAD = "zorgid://activatie?code=S3CR3T-9f31&ura=90000101"
PERSONAL = ("Lindeman", "j.lindeman", "1975-03-09", "+31600001001", PASSWORD, TOKEN, PAYLOAD, "S3CR3T")
CAPTCHA = LABEL_FOR.pages[0].replace("<button", '<div class="g-recaptcha" data-sitekey="k"></div><button')
CHANGED = LABEL_FOR.pages[0].replace("Geboortedatum", "Leeftijd")


@dataclass
class World:
    folder: Path
    pki: Pki
    site: Site
    smtp: SmtpHost
    imap: ImapHost
    reply: Reply = field(default_factory=lambda: Reply(DONE))
    """What the form answers to a post."""

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/dossier.sqlite3"

    def form(self, page: str = "form", **changed: Any) -> Task:
        options = {
            "form": "application",
            "url": self.site.url.replace("/form", f"/{page}"),
            "organisation": ORGANISATION,
            "environment": "acceptance",
            "mapping_path": str(self.folder / "mapping.yml"),
            "directory": str(self.folder / "handed"),
            "dossier_url": self.url,
            "ca_path": str(self.pki.ca_path),
            "timeout": 5,
        }
        return "intake_form", _with(options, changed)

    def document(self, **changed: Any) -> Task:
        smtp = {"host": "127.0.0.1", "port": self.smtp.port, "username": USER, "password": PASSWORD, "sender": USER}
        options = {
            "path": str(self.folder / "document.xml"),
            "organisation": ORGANISATION,
            "environment": "acceptance",
            "recipient": SENDER,
            "smtp": {**smtp, **changed.pop("smtp", {})},
            "dossier_url": self.url,
            "ca_path": str(self.pki.ca_path),
            "timeout": 5,
        }
        return "document_delivery", _with(options, changed)

    def mailbox(self, module: str = "mailbox_info", **changed: Any) -> Task:
        imap = {"host": "127.0.0.1", "port": self.imap.port, "username": USER, "access_token": TOKEN}
        more = changed.pop("imap", {})
        options = {
            "imap": None if more is None else _with(imap, more),
            "allowed_senders": [SENDER],
            "allowed_link_hosts": ["forms.vzvz.example"],
            "environment": "acceptance" if module == "mailbox_info" else None,
            "dossier_url": self.url,
            "ca_path": str(self.pki.ca_path),
            "timeout": 5,
        }
        return module, _with(options, changed)

    def code(self, **changed: Any) -> Task:
        handed = str(self.folder / "handed")
        return self.mailbox("activation_qr", **{"organisation": ORGANISATION, "directory": handed, **changed})


def _with(options: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**options, **changed}.items() if value is not None}


@contextmanager
def a_world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    def answer(request: Request) -> Reply:
        if request.method == "POST":
            return made.reply
        if request.path == "/gone":
            return Reply("Not here", status=404)
        return Reply({"/captcha": CAPTCHA, "/changed": CHANGED}.get(request.path, LABEL_FOR.pages[0]))

    (tmp_path / "mapping.yml").write_text(yaml.safe_dump(MAPPING), encoding="utf-8")
    (tmp_path / "document.xml").write_text("<Organisatiedocument/>", encoding="utf-8")
    (tmp_path / "applications.yml").write_text(
        "[{vendor: Voorbeeld Zorg-ICT, name: VoorbeeldHIS, minimum_version: '8.2'}]", encoding="utf-8"
    )
    with serve(pki, answer) as site, serve_smtp(pki) as smtp, serve_imap(pki) as imap:
        made = World(tmp_path, pki, site, smtp, imap)
        yield made


def answer_mail(number: int, subject: str, more: str = "", picture: bytes | None = None) -> bytes:
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"], made["To"], made["Subject"] = SENDER, USER, subject
    made["Message-ID"] = f"<v{number}@vzvz.example>"
    made.set_content(f"URA-nummer: {URA}\nKenmerk: ZS-2026-00042\n{more}\n")
    if picture:
        made.add_attachment(picture, maintype="image", subtype="png", filename="code.png")
    return bytes(made)


def call(task: Task, *, check: bool = False, diff: bool = False, **more: Any) -> dict[str, Any]:
    """What the action does after Ansible has checked its options, without Ansible around it."""
    module, given = task
    action = {
        "intake_form": intake_form,
        "document_delivery": document_delivery,
        "mailbox_info": mailbox_info,
        "activation_qr": activation_qr,
    }[module]
    checked = ArgumentSpecValidator(action.ActionModule.SPEC.options).validate(given)
    assert not checked.error_messages
    options = checked.validated_parameters
    if module == "mailbox_info":
        return mailbox.result_of(read_mailbox(mailbox.command_of(options), check_mode=check))
    if module == "intake_form":
        return form.result_of(submit_form(form.command_of(options), check_mode=check, **more), diff_mode=diff)
    if module == "activation_qr":
        outcome = activation_code.carry_out(activation_code.command_of(options), check_mode=check, **more)
        return activation_code.result_of(outcome, diff_mode=diff)
    mailed = send_document(document_mail.command_of(options), check_mode=check, **more)
    return document_mail.result_of(mailed, diff_mode=diff)
