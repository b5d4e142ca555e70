# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists as HR systems write them become the right accounts in a portal, and none of their people is shown."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys

import pytest
import yaml
from zorgid_sandbox import portal as service

URA = "90000101"
TODAY = datetime.date.today()
CANARIES = ("Zoëkanarie", "Kanariestein", "kanarie", "1971-02-03", "03-02-1971")


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


HEAD = "employeeid,nickname,prefixbirthname,birthname,dateofbirth,businessemailaddress,startdate,enddate\n"
ZOE = "Zoëkanarie,van der,Kanariestein,1971-02-03"
BEFORE = (
    f"40011,{ZOE},kanarie1@weg.example,2019-03-01,\n"
    "40012,Ankanarie,,Kanariestein,1980-01-01,kanarie2@weg.example,2019-03-01,\n"
)
AFTER = (
    f"40011,{ZOE},kanarie1@weg.example,2019-03-01,{day(-1)}\n"
    f"40377,{ZOE},kanarie1@weg.example,{day(0)},\n"
    f"40012,Ankanarie,,Kanariestein,1980-01-01,kanarie2@weg.example,2019-03-01,{day(0)}\n"
    f"40013,Bokanarie,,Kanariestein,1981-01-01,kanarie3@weg.example,{day(30)},\n"
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("portal"), {URA: "De Linde"}) as running:
        yield running


@pytest.fixture
def keep(portal, tmp_path):
    """Tasks, each with options, in one play; what each printed and the registered results that were asserted."""
    inventory = tmp_path / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text("all: {hosts: {localhost: {ansible_connection: local}}}")

    def run(*tasks, status=0, arguments=("-vv",)):
        shared = {"ura": URA, "portal_url": portal.url, "ca_path": portal.ca_path, "token": portal.tokens[URA]}
        book = [
            {
                "hosts": "localhost",
                "gather_facts": False,
                "module_defaults": {"group/gbz.zorgid.portal": shared},
                "tasks": list(tasks),
            }
        ]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(book))
        # As a file: of a folder, Ansible would try each list as an inventory, and show its rows.
        hosts, log = str(inventory / "hosts.yml"), tmp_path / "ansible.log"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "ansible",
                "playbook",
                "-i",
                hosts,
                *arguments,
                str(tmp_path / "play.yml"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOG_PATH": str(log)},
        )
        everything = done.stdout + done.stderr + log.read_text(encoding="utf-8")
        assert done.returncode == status, everything
        assert [one for one in CANARIES if one in everything] == []
        return " ".join(everything.split())

    run.inventory = inventory
    return run


def accounts(path, check, *, mapping="visma_net", **more):
    task = {"accounts_path": str(path), "list_mapping": mapping, **more}
    return [
        {"gbz.zorgid.employee_accounts": task, "register": "out", "ignore_errors": True},
        {"ansible.builtin.assert": {"that": check, "quiet": True}},
    ]


def test_a_new_contract_with_a_new_number_renames_and_whoever_left_goes(keep, portal):
    before, after = keep.inventory / "before.csv", keep.inventory / "after.csv"
    before.write_text(HEAD + BEFORE, encoding="utf-8")
    after.write_text(HEAD + AFTER, encoding="utf-8")
    shown = keep(
        *accounts(before, ["out.summary == {'created': 2}"]),
        *accounts(
            after,
            [
                "out.summary == {'updated': 1, 'unchanged': 1}",
                "out.results[0].external_id == '40377'",
                f"out.read.starts_on == [{{'row': 5, 'starts_on': '{day(30)}'}}]",
            ],
            purge=True,
            max_removals="100%",
        ),
        *accounts(after, ["not out.changed"], purge=True),
        arguments=("-v", "--diff"),
    )
    assert f"row 5 starts on {day(30)}: no account yet" in shown
    members = service.members(portal.state, URA)
    assert len(members) == 3  # with the administrator
    after.write_text(HEAD + AFTER.replace(f"2019-03-01,{day(0)}", f"2019-03-01,{day(-1)}"), encoding="utf-8")
    keep(*accounts(after, ["out.summary.unlinked == 1"], max_removals="100%"))


def test_what_is_wrong_changes_nothing(keep, portal, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text(HEAD + BEFORE, encoding="utf-8")
    twice = keep.inventory / "twice.csv"
    twice.write_text(HEAD + AFTER, encoding="utf-8")
    before = service.members(portal.state, URA)
    without = {"preset": "visma_net", "person": ""}
    keep(
        *accounts(outside, ["out.error_code == 'accounts_unreadable'", "'outside the folders' in out.msg"]),
        *accounts(outside, ["out.read.accounts == 2"], list_roots=[str(tmp_path)]),
        *accounts(twice, ["out.error_code == 'accounts_invalid'", "'row 3' in out.msg"], mapping=without),
        *accounts(twice, ["out.error_code == 'list_mapping_invalid'"], mapping="vismanet"),
        {
            "gbz.zorgid.employee_accounts": {"accounts": [], "list_mapping": "afas"},
            "register": "out",
            "ignore_errors": True,
        },
        {"ansible.builtin.assert": {"that": ["out.error_code == 'options_invalid'"]}},
        arguments=("--check", "-v"),
    )
    assert service.members(portal.state, URA) == before


def test_a_number_that_is_a_mail_address_is_told_to_nobody(keep):
    path = keep.inventory / "users.csv"
    rows = "kanarie8@weg.example,Ikanarie,Kanariestein,True\nkanarie9@weg.example,Jkanarie,Kanariestein,True\n"
    path.write_text("mail,givenName,surname,accountEnabled\n" + rows, encoding="utf-8")
    mapping = {"preset": "entra", "columns": {"external_id": "mail"}}
    keep(
        *accounts(path, ["out.summary == {'created': 2}", "out.results[1].external_id == 'row 3'"], mapping=mapping),
        arguments=("--check", "--diff", "-v"),
    )


def test_administrators_of_a_file(keep):
    path = keep.inventory / "administrators.csv"
    path.write_text(
        "nr;Roepnaam;Geboortenaam;Geboortedatum;Rol\n7;Kkanarie;Kanariestein;03-02-1971;operator\n", encoding="utf-8"
    )
    columns = {"external_id": "nr", "first_name": "Roepnaam", "last_name": "Geboortenaam", "role": "Rol"}
    task = {
        "administrators_path": str(path),
        "list_mapping": {"columns": {**columns, "date_of_birth": "Geboortedatum"}},
    }
    keep(
        {"gbz.zorgid.portal_administrators": task, "register": "out"},
        {
            "ansible.builtin.assert": {
                "that": ["out.summary == {'created': 1}", "out.read.file == 'administrators.csv'"]
            }
        },
        arguments=("--check", "--diff", "-v"),
    )
