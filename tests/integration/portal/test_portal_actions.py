# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's actions through ansible-playbook, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sandbox"))

from zorgid_sandbox import portal as service

URA = "90000101"
ACCOUNTS = [
    {"external_id": f"HR-{number}", "first_name": "Sanne", "last_name": f"Zwaluwstaart{number}",
     "date_of_birth": "1988-04-12", "email": f"s{number}@linde.example"}
    for number in range(5)
]  # fmt: skip


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("portal"), {URA: "De Linde"}) as running:
        yield running


@pytest.fixture
def play(portal, tmp_path):
    def run(module, options, *arguments, **variables):
        shared = {"ura": URA, "portal_url": portal.url, "ca_path": portal.ca_path, "token": portal.tokens[URA]}
        task = {f"gbz.zorgid.{module}": {**shared, **options}, "register": "out", "ignore_errors": True}
        book = [
            {
                "hosts": "localhost",
                "connection": "local",
                "gather_facts": False,
                "vars": variables,
                "tasks": [
                    task,
                    {
                        "ansible.builtin.copy": {"content": "{{ out | to_json }}", "dest": str(tmp_path / "out.json")},
                        "check_mode": False,
                        "diff": False,
                    },
                ],
            }
        ]
        path = tmp_path / "play.yml"
        path.write_text(yaml.safe_dump(book))
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *arguments, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert portal.tokens[URA] not in done.stdout + done.stderr
        return json.loads((tmp_path / "out.json").read_text()), done.stdout

    return run


def test_from_check_mode_to_nothing_left(play, tmp_path):
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(ACCOUNTS))
    out, shown = play("employee_accounts", {"accounts_path": str(path)}, "--check", "--diff")
    assert out["changed"]
    assert out["summary"] == {"created": 5}
    assert "email: s*@linde.example" in shown
    assert "Zwaluwstaart" not in shown
    out, _shown = play("portal_accounts_info", {})
    assert out["count"] == 1
    out, _shown = play("employee_accounts", {"accounts_path": str(path)})
    assert out["summary"] == {"created": 5}
    out, _shown = play("employee_accounts", {"accounts": ACCOUNTS})
    assert (out["changed"], out["summary"]) == (False, {"unchanged": 5})
    variable = [{**account, "last_name": "{{ base }}" + account["last_name"][-1]} for account in ACCOUNTS]
    out, _shown = play("employee_accounts", {"accounts_variable": "people"}, people=variable, base="Zwaluwstaart")
    assert (out["changed"], out["summary"]) == (False, {"unchanged": 5})
    out, _shown = play("portal_accounts_info", {"external_ids": ["HR-3"]})
    assert [sorted(item) for item in out["accounts"]] == [["active", "device", "external_id", "id", "role"]]
    out, _shown = play("portal_accounts_info", {"external_ids": ["HR-3"], "full": True})
    assert out["accounts"][0]["last_name"] == "Zwaluwstaart3"


def test_administrators(play):
    wanted = [{"external_id": "HR-8", "first_name": "Ali", "last_name": "Demir", "role": "operator"}]
    out, _shown = play("portal_administrators", {"administrators": wanted})
    assert out["summary"] == {"created": 1}
    out, _shown = play("portal_administrators", {"administrators": wanted})
    assert not out["changed"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"accounts": [ACCOUNTS[0], ACCOUNTS[0]]}, "accounts_contradict"),
        ({"accounts": [{**ACCOUNTS[0], "external_id": "X", "state": "blocked"}]}, "accounts_failed"),
        ({"accounts_variable": "nowhere"}, "accounts_unreadable"),
        ({"accounts": [], "ura": "123"}, "ura_invalid"),
        ({"accounts": [], "token": "wrong"}, "portal_token_refused"),
        ({"accounts": [], "token": ""}, "options_invalid"),
        ({"accounts": [], "portal_url": "https://127.0.0.1:1/scim/v2"}, "portal_unreachable"),
        ({"accounts": [], "portal_url": "http://portal.example/scim/v2"}, "portal_url_insecure"),
        ({"accounts": [], "max_removals": "many"}, "max_removals_invalid"),
        ({"accounts": [], "driver": "worklist"}, "options_invalid"),
        ({}, "options_invalid"),
    ],
)
def test_wrong_input_is_one_sentence(play, options, code):
    out, _shown = play("employee_accounts", options)
    assert out["failed"]
    assert out["error_code"] == code
    assert "Zwaluwstaart" not in json.dumps(out)


@pytest.mark.parametrize(
    ("playbook", "variables", "device", "count"),
    [
        ("device_lost", {"zorgid_device_step": "lost"}, "blocked", 1),
        ("device_lost", {"zorgid_device_step": "found"}, "invited", 1),
        ("device_lost", {"zorgid_device_step": "revoke"}, "revoked", 1),
        ("device_lost", {"zorgid_device_step": "enrol"}, "invited", 1),
        ("offboard", {}, None, 0),
        ("offboard", {"again": True}, None, 0),
    ],
)
def test_playbooks(play, portal, tmp_path, playbook, variables, device, count):
    play("employee_accounts", {"accounts": ACCOUNTS[4:] if playbook == "device_lost" else []})
    values = {
        "zorgid_onboarding_portal": {"url": portal.url, "token": portal.tokens[URA]},
        "zorgid_onboarding_organisation": {"ura": URA},
        "zorgid_onboarding_ca_path": portal.ca_path,
        "zorgid_device_hosts": "localhost",
        "zorgid_offboard_hosts": "localhost",
        "zorgid_device_external_id": "HR-4",
        "zorgid_offboard_external_id": "HR-4",
        "zorgid_device_confirmed": True,
        "zorgid_offboard_confirmed": True,
        "ansible_connection": "local",
        **variables,
    }
    (tmp_path / "values.json").write_text(json.dumps(values))
    path = Path(__file__).resolve().parents[3] / "playbooks" / f"{playbook}.yml"
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-e", f"@{tmp_path}/values.json", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    out, _shown = play("portal_accounts_info", {"external_ids": ["HR-4"]})
    assert out["count"] == count
    if device:
        assert out["accounts"][0]["device"] == device
