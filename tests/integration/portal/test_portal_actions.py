# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's actions and playbooks through ansible-playbook, as a user runs them. A play costs two seconds, so each
runs as many tasks as it can."""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from aiosmtpd.controller import Controller
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.inviting import invitations_due
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_accounts import members_of
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_invitations import send_invitations
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import invitations
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal import access_of
from zorgid_sandbox import portal as service
from zorgid_sandbox import tls

ROOT = Path(__file__).resolve().parents[3]
URA = "90000101"
ZEROS = "00000212"
ACCOUNTS = [
    {"external_id": f"HR-{number}", "first_name": "Sanne", "last_name": f"Zwaluwstaart{number}",
     "date_of_birth": "1988-04-12", "email": f"s{number}@linde.example"}
    for number in range(5)
]  # fmt: skip

KEEPING = str(Path(__file__).resolve().parents[1] / "keeping")


class Vaulted(str):
    """A value that is written with the tag !vault."""


class Dumper(yaml.SafeDumper):
    pass


Dumper.add_representer(Vaulted, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|"))


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("portal"), {URA: "De Linde", ZEROS: "Het Anker"}) as running:
        yield running


def playbook(path, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *arguments, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_ACTION_PLUGINS": KEEPING},
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def play(portal, tmp_path):
    def run(tasks, *arguments, files=(), **variables):
        """Results of (module, options), in order, and what was shown."""
        shared = {"ura": URA, "portal_url": portal.url, "ca_path": portal.ca_path, "token": portal.tokens[URA]}
        steps = [
            {f"gbz.zorgid.{module}": options, "register": f"out{number}", "ignore_errors": True}
            for number, (module, options) in enumerate(tasks)
        ]
        everything = "{{ [" + ", ".join(f"out{number}" for number in range(len(tasks))) + "] | to_json }}"
        steps.append({"keep_results": {"content": everything, "dest": str(tmp_path / "out.json")}, "no_log": True})
        book = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": steps, "vars": variables}
        book["module_defaults"] = {"group/gbz.zorgid.portal": shared}
        path = tmp_path / "play.yml"
        path.write_text(yaml.dump([{**book, "vars_files": list(files)}], Dumper=Dumper))
        done = playbook(path, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert portal.tokens[URA] not in done.stdout + done.stderr
        return json.loads((tmp_path / "out.json").read_text()), done.stdout

    return run


def test_check_mode_shows_a_masked_plan(play, portal, tmp_path):
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(ACCOUNTS))
    before = service.members(portal.state, URA)
    letters = {"invitations_dir": str(tmp_path / "letters")}
    (out,), shown = play([("employee_accounts", {"accounts_path": str(path), **letters})], "--check", "--diff")
    assert (out["changed"], out["summary"]) == (True, {"created": 5})
    assert len(out["invitations"]) == 5
    assert not (tmp_path / "letters").exists()
    assert "email: s*@linde.example" in shown
    assert "Zwaluwstaart" not in shown
    assert service.members(portal.state, URA) == before
    (out,), shown = play([("employee_accounts", {"accounts_path": str(path), "full": True})], "--check", "--diff")
    assert "email: s0@linde.example" in shown
    assert out["results"][0]["account"]["last_name"] == "Zwaluwstaart0"


def test_every_way_in_says_the_same(play, tmp_path):
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(ACCOUNTS))
    (tmp_path / "secret").write_text("open sesame")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    people = [{**account, "last_name": "{{ base }}" + account["last_name"][-1]} for account in ACCOUNTS]
    people[1]["email"] = Vaulted(vault.encrypt(ACCOUNTS[1]["email"]).decode())
    (tmp_path / "vars.yml").write_text(yaml.dump({"people": people}, Dumper=Dumper))
    # What comes from outside (here from a file) is no template, whatever it looks like.
    foreign = [{**ACCOUNTS[0], "first_name": "{{ base }}"}]
    (tmp_path / "foreign.json").write_text(json.dumps(foreign))
    letters = tmp_path / "letters"
    out, _shown = play(
        [
            ("portal_accounts_info", {}),
            ("employee_accounts", {"accounts_path": str(path), "invitations_dir": str(letters)}),
            ("employee_accounts", {"accounts": ACCOUNTS}),
            ("employee_accounts", {"accounts_variable": "people"}),
            ("portal_accounts_info", {"external_ids": ["HR-3"]}),
            ("portal_accounts_info", {"external_ids": ["HR-3"], "full": True}),
            ("employee_accounts", {"accounts_variable": "foreign"}),
            ("portal_accounts_info", {"external_ids": ["HR-0"], "full": True}),
            ("employee_accounts", {"accounts": ACCOUNTS}),
            ("employee_accounts", {"accounts": ACCOUNTS[:2], "invitations_dir": str(path)}),
        ],
        "--vault-password-file",
        str(tmp_path / "secret"),
        files=[str(tmp_path / "vars.yml")],
        base="Zwaluwstaart",
        foreign="{{ lookup('ansible.builtin.file', '" + str(tmp_path / "foreign.json") + "') | from_json }}",
    )
    assert out[0]["count"] == 1
    assert out[1]["summary"] == {"created": 5}
    assert sorted(out[1]["invitations"]) == sorted(str(file) for file in letters.iterdir())
    for same in out[2:4]:
        assert (same["changed"], same["summary"]) == (False, {"unchanged": 5})
    assert [sorted(item) for item in out[4]["accounts"]] == [["active", "device", "external_id", "id", "role"]]
    assert out[5]["accounts"][0]["last_name"] == "Zwaluwstaart3"
    assert out[6]["summary"] == {"updated": 1}
    assert out[7]["accounts"][0]["first_name"] == "{{ base }}"
    # the letters cannot be written: what became of the accounts is told all the same
    assert (out[9]["error_code"], out[9]["summary"]) == ("invitations_unwritable", {"unchanged": 2})


def test_administrators(play):
    wanted = [{"external_id": "HR-8", "first_name": "Ali", "last_name": "Demir", "role": "administrator"}]
    out, _shown = play([("portal_administrators", {"administrators": wanted})] * 2)
    assert out[0]["summary"] == {"created": 1}
    assert "Smartcard" in out[0]["results"][0]["message"]
    assert not out[1]["changed"]


def test_worklist(play, tmp_path):
    export = tmp_path / "export.csv"
    head = "Gebruikersnaam;Voornaam;Achternaam;Geboortedatum;Rol;Status;Personeelsnummer\n"
    export.write_text(f"{head}Vera Baas;Vera;Baas;09-03-1975;Administrator;Actief;\n")
    there = {"driver": "worklist", "export_path": str(export), "worklist_dir": str(tmp_path / "lists")}
    letters = {"invitations_dir": str(tmp_path / "letters")}
    tasks = [
        ("employee_accounts", {**there, **letters, "accounts": ACCOUNTS}),
        ("employee_accounts", {**there, **letters, "accounts": ACCOUNTS}),
        ("portal_accounts_info", {"driver": "worklist", "export_path": str(export)}),
    ]
    out, _shown = play(tasks)
    assert out[0]["changed"]
    assert out[0]["summary"] == {"todo": 5}
    assert out[0]["worklists"][0]["html"] == str(tmp_path / "lists" / f"{URA}-employees.html")
    assert not out[1]["changed"]
    assert out[2]["count"] == 1


class Inbox:
    """What arrived; refused holds the addresses that the server does not take."""

    def __init__(self):
        self.mails, self.refused = [], set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def inbox(portal):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*tls.server_files(portal.state))
    handler = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        handler.port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, ssl_context=context)
    controller.start()
    yield handler
    controller.stop()


def test_invitations_are_mailed_once_and_reminded_of(play, portal, inbox, tmp_path):
    smtp = {"host": "127.0.0.1", "port": inbox.port, "security": "tls", "sender": "zorgid@gbz.example"}
    shared = {"accounts": ACCOUNTS[:3], "dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3", "smtp": smtp}
    now = {**shared, "remind_after_days": 0, "reminders": 1}
    inbox.refused.add(ACCOUNTS[1]["email"])
    accounts = ("employee_accounts", {"accounts": [*ACCOUNTS[:2], {**ACCOUNTS[2], "email": None}]})
    out, _shown = play([accounts, ("employee_invitations", {**shared, "accounts": accounts[1]["accounts"]})])
    assert [item["status"] for item in out[1]["results"]] == ["invited", "failed", "failed"]
    assert [item.get("error_code") for item in out[1]["results"]] == [None, "recipient_refused", "email_missing"]
    inbox.refused.clear()
    ((checked,), _shown) = play([("employee_invitations", shared)], "--check")
    assert (checked["summary"], len(inbox.mails)) == ({"waiting": 1, "invited": 2}, 1)
    lost = {**now, "reminders": 2, "smtp": {**smtp, "port": 1}}
    (*out, broken), _shown = play([("employee_invitations", options) for options in (shared, shared, now, now, lost)])
    assert [item["summary"] for item in out] == [
        {"waiting": 1, "invited": 2},
        {"waiting": 3},
        {"reminded": 3},
        {"overdue": 3},
    ]
    assert [item["changed"] for item in out] == [True, False, True, False]
    assert len(inbox.mails) == len({mail["Message-ID"] for mail in inbox.mails}) == 6
    first = inbox.mails[0]
    assert "id1645526564" in first.get_body().get_content()
    assert [part.get_filename() for part in first.iter_attachments()] == ["uitnodiging-zorg-id.html"]
    assert next(first.iter_attachments()).get_content().count(b"<svg") == 2
    assert (broken["error_code"], broken["summary"]) == ("smtp_unreachable", {"failed": 3})
    assert "linde.example" not in json.dumps(broken)


def test_nobody_is_mailed_at_an_address_of_two_people(play, inbox, tmp_path):
    """Who shares a mailbox gets a letter by hand: whoever reads that mail could enrol as another."""
    path = tmp_path / "hr.csv"
    head = "Nr;Roepnaam;Achternaam;Geboren;Mail\n"
    rows = (
        "SB-1;Sanne;Rietzanger1;12-4-1988;balie@linde.example\n"
        "SB-2;Sanne;Rietzanger2;13-4-1988;Balie@linde.example\n"
        "SB-3;Sanne;Rietzanger3;14-4-1988;r3@linde.example\n"
    )
    path.write_text(head + rows, encoding="utf-8")
    columns = {"external_id": "Nr", "first_name": "Roepnaam", "last_name": "Achternaam", "date_of_birth": "Geboren"}
    listed = {
        "accounts_path": str(path),
        "list_mapping": {"columns": {**columns, "email": "Mail"}},
        "list_roots": [str(tmp_path)],
    }
    smtp = {"host": "127.0.0.1", "port": inbox.port, "security": "tls", "sender": "zorgid@gbz.example"}
    mailing = {**listed, "dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3", "smtp": smtp}
    tasks = [("employee_accounts", listed), ("employee_invitations", mailing), ("employee_invitations", mailing)]
    (made, out, again), shown = play(tasks, "-v")
    assert made["summary"] == {"created": 3}
    assert [(one["external_id"], one["status"]) for one in out["results"]] == [
        ("SB-1", "skipped"),
        ("SB-2", "skipped"),
        ("SB-3", "invited"),
    ]
    assert not out["failed"]
    assert out["summary"] == {"skipped": 2, "invited": 1}
    assert again["summary"] == {"skipped": 2, "waiting": 1}
    assert [mail["To"] for mail in inbox.mails] == ["r3@linde.example"]
    # The warning, and why nobody mailed each of them.
    assert any(one.startswith("2 employees share a mail address") for one in out["warnings"])
    assert any("rows 2, 3 have one mail address" in one for one in made["warnings"])
    assert [one.get("error_code") for one in out["results"]] == ["mailbox_shared", "mailbox_shared", None]
    assert "balie@linde.example" not in shown.casefold()


class Act:
    """What the glue looks at of the action around it."""

    check_mode = diff_mode = False
    task_vars: ClassVar = {}


def test_no_more_than_a_plan_said_are_invited_and_it_counts_as_the_run_mails(play, portal, inbox, tmp_path):
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    smtp = {"host": "127.0.0.1", "port": inbox.port, "security": "tls", "sender": "zorgid@gbz.example"}
    # People of their own: with a mail address and a birth date of others they would be near matches.
    listed = [{**account, "external_id": f"PL-{number}", "last_name": f"Plevier{number}", "registration": "self",
               "email": f"plevier{number}@linde.example"}
              for number, account in enumerate(ACCOUNTS[:4])]  # fmt: skip
    listed[3]["email"] = None
    play([("employee_accounts", {"accounts": listed})])
    options = {
        **{"driver": "scim", "ura": URA, "portal_url": portal.url, "token": portal.tokens[URA]},
        **{"token_path": None, "ca_path": portal.ca_path, "client_cert": None, "client_key": None, "timeout": 30},
        **{"validate_certs": True, "accounts": listed, "accounts_path": None, "accounts_variable": None},
        **{"dossier_url": url, "smtp": smtp, "reminders": 2, "remind_after_days": 7, "organisation_name": None},
    }

    def counted():
        wanted = desired.from_list(listed)
        with DossierStore.open(url) as store:
            sent = store.read(URA).submissions
        now = datetime.datetime.now(datetime.UTC)
        return invitations_due(URA, wanted, members_of(access_of(options), since=True), sent, now)

    assert counted() == {"invited": 3, "unreachable": 1}

    def invite(planned):
        command = invitations.command_of(Act(), options)
        return invitations.result_of(send_invitations(command, check_mode=False, planned=planned))

    first = invite({"invited": 2})
    # Who has no address was told with the plan, and fails no run.
    assert (first["summary"], first.get("failed")) == ({"invited": 2, "later": 1, "failed": 1}, None)
    assert counted() == {"invited": 1, "waiting": 2, "unreachable": 1}
    assert invite({"reminded": 5})["summary"] == {"waiting": 2, "later": 1, "failed": 1}
    inbox.refused.add(listed[2]["email"])
    refused = invite({"invited": 1})
    assert (refused["failed"], refused["error_code"]) == (True, "invitations_failed")
    inbox.refused.clear()
    assert invite({"invited": 1})["summary"] == {"waiting": 2, "invited": 1, "failed": 1}
    assert counted() == {"waiting": 3, "unreachable": 1}
    assert len(inbox.mails) == 3


def test_who_has_to_enrol_again_is_invited_again(play, inbox, tmp_path):
    smtp = {"host": "127.0.0.1", "port": inbox.port, "security": "tls", "sender": "zorgid@gbz.example"}
    invite = ("employee_invitations", {
        "accounts": ACCOUNTS[3:], "dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3", "smtp": smtp,
    })  # fmt: skip
    out, _shown = play([("employee_accounts", {"accounts": ACCOUNTS[3:]}), invite, invite])
    assert [item["summary"] for item in out[1:]] == [{"invited": 2}, {"waiting": 2}]
    revoked = ("employee_accounts", {"accounts": [{**ACCOUNTS[3], "state": "revoked"}]})
    again = ("employee_accounts", {"accounts": [ACCOUNTS[3]], "reactivate": True})
    out, _shown = play([revoked, invite, again, invite, invite])
    assert [out[number]["summary"] for number in (1, 3, 4)] == [
        {"waiting": 1},
        {"invited": 1, "waiting": 1},
        {"waiting": 2},
    ]
    assert [mail["To"] for mail in inbox.mails].count(ACCOUNTS[3]["email"]) == 2


def test_nobody_is_invited_again_because_the_ura_is_written_in_another_way(play, portal, inbox, tmp_path):
    smtp = {"host": "127.0.0.1", "port": inbox.port, "security": "tls", "sender": "zorgid@gbz.example"}
    mailing = {"dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3", "smtp": smtp}
    shared = {"accounts": ACCOUNTS[:1], "token": portal.tokens[ZEROS]}
    invited = [("employee_invitations", {**shared, **mailing, "ura": ura}) for ura in (ZEROS, ZEROS.lstrip("0"))]
    out, _shown = play([("employee_accounts", {**shared, "ura": ZEROS}), *invited])
    assert [item["summary"] for item in out[1:]] == [{"invited": 1}, {"waiting": 1}]
    assert len(inbox.mails) == 1


@pytest.mark.slow
def test_a_long_run_says_how_far_it_is(play, portal):
    many = [
        {
            **ACCOUNTS[0],
            "external_id": f"M-{number}",
            "last_name": f"Meeuw{number}",
            "email": f"m{number}@linde.example",
        }
        for number in range(700)
    ]
    # The first hundred go in bulk, to measure: six seconds, longer than a run may be silent.
    service.put_fault(portal.state, "latency operation_ms=60")
    (out,), shown = play([("employee_accounts", {"accounts": many})])
    service.clear_faults(portal.state)
    assert out["summary"] == {"created": 700}
    assert re.search(rf"portal {URA}: \d+ of 700 changes made", shown)


WRONG = [
    ({"accounts": [ACCOUNTS[0], ACCOUNTS[0]]}, "accounts_contradict"),
    ({"accounts": [{**ACCOUNTS[0], "external_id": "X", "state": "blocked"}]}, "accounts_failed"),
    ({"accounts_variable": "nowhere"}, "accounts_unreadable"),
    ({"accounts_variable": "inventory_hostname"}, "accounts_unreadable"),
    ({"accounts_path": "/nowhere/accounts.json"}, "accounts_unreadable"),
    ({"accounts": [], "ura": 138}, "ura_invalid"),
    ({"accounts": [], "ura": "9000010x"}, "ura_invalid"),
    ({"accounts": [], "ura": "90000999"}, "portal_wrong_organisation"),
    ({"accounts": [], "token": "wrong"}, "portal_token_refused"),
    ({"accounts": [], "token": ""}, "options_invalid"),
    ({"accounts": [], "token": "", "token_path": "/nowhere"}, "token_unreadable"),
    ({"accounts": [], "portal_url": "https://127.0.0.1:1/scim/v2"}, "portal_unreachable"),
    ({"accounts": [], "portal_url": "http://portal.example/scim/v2"}, "portal_url_insecure"),
    ({"accounts": [], "portal_url": "portal"}, "portal_url_invalid"),
    ({"accounts": [], "max_removals": "many"}, "max_removals_invalid"),
    ({"accounts": [], "driver": "worklist"}, "options_invalid"),
    ({"accounts": [], "accounts_path": "/nowhere"}, "options_invalid"),
    ({}, "options_invalid"),
    ({"accounts": [], "timeout": 0}, "options_invalid"),
]


def test_wrong_input_is_one_sentence(play):
    out, shown = play([("employee_accounts", options) for options, _code in WRONG])
    assert [item["error_code"] for item in out] == [code for _options, code in WRONG]
    assert all(item["failed"] for item in out)
    assert "Zwaluwstaart" not in json.dumps(out) + shown


def test_a_leaver_and_a_lost_phone_in_one_line(play, portal, tmp_path):
    key, url = base64.b64encode(bytes(range(32))).decode(), f"sqlite:///{tmp_path}/dossier.sqlite3"
    play([("employee_accounts", {"accounts": ACCOUNTS})])
    (tmp_path / "hr.json").write_text(json.dumps(ACCOUNTS))
    values = {
        "zorgid_onboarding_portal": {"driver": "scim", "url": portal.url, "token": portal.tokens[URA]},
        "zorgid_onboarding_organisation": {"ura": URA, "name": "De Linde"},
        "zorgid_onboarding_ca_path": portal.ca_path,
        "zorgid_onboarding_work_dir": str(tmp_path / "work"),
        "zorgid_onboarding_dossier_url": url,
        "zorgid_onboarding_dossier_key": key,
        "zorgid_onboarding_environment": "test",
        "zorgid_onboarding_accounts_path": str(tmp_path / "hr.json"),
        "zorgid_hosts": "localhost",
        "ansible_connection": "local",
    }
    (tmp_path / "values.json").write_text(json.dumps(values))

    def typed(name, *given):
        words = [word for one in given for word in ("-e", one)]
        return playbook(ROOT / "playbooks" / f"{name}.yml", "-e", f"@{tmp_path}/values.json", *words)

    done = typed("offboard", "id=HR-3", "confirm=true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"De Linde: HR-3 unlinked \(was employee, phone invited\)", done.stdout)
    assert "changed=1" in done.stdout
    assert "Zwaluwstaart" not in done.stdout
    people = {item["external_id"]: item["device"] for item in service.members(portal.state, URA)}
    assert ("HR-3" in people, people["HR-4"]) == (False, "invited")
    with DossierStore.open(url, key=key, read_only=True) as store:
        assert [one.word for one in store.read(URA).words] == ["offboarded"]

    done = typed("device_lost", "id=HR-4")
    assert done.returncode == 2
    assert '"error_code": "answer_missing"' in done.stdout
    # once, on the screen
    assert re.sub(r" \\\n\s+", " ", done.stdout).count("-l localhost -e id=HR-4 -e used_after_report=no") == 1
