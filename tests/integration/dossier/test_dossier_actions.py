# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dossier's actions through ansible-playbook, as a user runs them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

URA, NAME = "90000101", "Sanne Zwaluwstaart"
KEY = "7vQhXo2nJ9Lr0c5bWm3Zt8sKfYd1uPgAeRiNxEkTj4U="
PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
KEEPING = str(Path(__file__).resolve().parents[1] / "keeping")
OLD = Path(__file__).resolve().parents[2] / "support" / "dossier_945c30d.sqlite3"
ORGANISATION = {
    "ura": URA,
    "name": "Huisartsenpraktijk De Linde",
    "kvk_number": "12345678",
    "address": {"street": "Lindelaan", "house_number": "12", "postal_code": "3511 AB", "city": "Utrecht"},
    "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
    "provider": {"name": "Voorbeeld GBZ Beheer", "email": "zorgid@gbz.example", "phone": "+31301234567"},
    "people": {
        "technical_administrator": {
            "first_name": "Piet", "last_name": "Els", "email": "piet@gbz.example", "phone": "+31301234567",
        },
        "portal_administrator": {
            "first_name": "Sanne", "last_name": "Zwaluwstaart", "email": "sanne@linde.example",
            "phone": "+31301234568", "date_of_birth": "1975-03-09",
        },
        "representative": {"first_name": "Jo", "last_name": "Iep", "email": "jo@linde.example"},
    },
}  # fmt: skip
STEP = {"ura": URA, "step": "identity_activated"}
WAIT = {**STEP, "state": "waiting", "who": "portal_administrator", "what": "Scan the code"}
WORD = {**STEP, "attested_by": NAME, "attested_at": "2026-11-01", "attested_how": "told by telephone"}


@pytest.fixture
def play(tmp_path):
    """Run tasks in one play; what each returned, and what was shown."""
    url = f"sqlite:///{tmp_path}/dossiers/dossier.sqlite3"

    def run(*tasks, arguments=(), hosts="localhost,"):
        listed = []
        for number, (module, options) in enumerate(tasks):
            task = {f"gbz.zorgid.{module}": {"dossier_url": url, **options}}
            listed.append({**task, "register": f"out{number}", "ignore_errors": True})
        listed.append(
            {
                "keep_results": {
                    "content": "{{ [" + ", ".join(f"out{number}" for number in range(len(tasks))) + "] | to_json }}",
                    "dest": f"{tmp_path}/{{{{ inventory_hostname }}}}.json",
                },
            }
        )
        book = tmp_path / "play.yml"
        book.write_text(
            yaml.safe_dump([{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": listed}])
        )
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", hosts, *arguments, str(book)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_ACTION_PLUGINS": KEEPING},
        )
        shown = done.stdout + done.stderr
        assert done.returncode == 0, shown
        assert "Traceback" not in shown
        assert "Zwaluwstaart" not in shown
        first = hosts.split(",")[0]
        return json.loads((tmp_path / f"{first}.json").read_text()), shown

    return run


def test_check_mode_predicts_and_makes_nothing(play, tmp_path):
    tasks = [("dossier", WAIT), ("dossier", {"organisation": ORGANISATION}), ("dossier_info", {})]
    predicted, shown = play(*tasks, arguments=["--check", "--diff"])
    assert not (tmp_path / "dossiers").exists()
    assert [one["changed"] for one in predicted] == [True, True, False]
    assert "Scan the code" in shown
    real, _ = play(*tasks)
    assert [one["changed"] for one in real] == [True, True, False]
    assert {**real[0]["milestone"], "since": ""} == {**predicted[0]["milestone"], "since": ""}
    again, _ = play(*tasks, arguments=["--diff"])
    assert [one["changed"] for one in again] == [False, False, False]
    (organisation,) = again[2]["organisations"]
    assert organisation["name"] == "Huisartsenpraktijk De Linde"
    assert [one["state"] for one in organisation["steps"] if one["step"] == "identity_activated"] == ["waiting"]
    assert again[2]["journal"]["valid"]


def test_a_persons_word_and_its_erasure(play):
    tasks = [
        ("dossier", {**WORD, "evidence": {"reference": "ZS-1"}}),
        ("dossier", WAIT),
        ("dossier_info", {"ura": URA}),
    ]
    (attested, waited, info), _ = play(*tasks, arguments=["--diff"])
    assert attested["milestone"]["attested"]["by"] == "S" + "*" * (len(NAME) - 1)
    assert not waited["changed"]
    assert waited["milestone"]["state"] == "done"
    # The word, and the step that it moves.
    assert info["journal"]["rows"] == 2
    assert [(one["word"], one["subject"]) for one in info["organisations"][0]["words"]] == [("done", WORD["step"])]
    erased = {"ura": URA, "erase": NAME, "attested_by": "privacy_officer"}
    full = ("dossier_info", {"full": True})
    (before, predicted), _ = play(full, ("dossier", erased), arguments=["--check"])
    assert before["organisations"][0]["steps"][8]["attested"]["by"] == NAME
    assert predicted["changed"]
    (first, second, after), _ = play(("dossier", erased), ("dossier", erased), full, arguments=["--diff", "-vvv"])
    assert (first["changed"], second["changed"]) == (True, False)
    assert NAME not in json.dumps(after)
    assert after["journal"]["valid"]
    events = [row["event"] for row in after["journal"]["entries"]]
    assert events == ["word_said", "milestone_attested", "erased", "erased_by"]


@pytest.mark.slow
def test_an_organisation_leaves_and_sealed_contents_that_name_a_person_are_told(play, tmp_path):
    key, path = base64.b64encode(secrets.token_bytes(32)).decode(), tmp_path / "left" / "90000101.json"
    opening = {"dossier_key": key, "ura": URA}
    play(("dossier", {**WORD, "dossier_key": key}))
    with DossierStore.open(f"sqlite:///{tmp_path}/dossiers/dossier.sqlite3", key=key) as store:
        version = store.sealed.keep(URA, "organisation_document", f"<document>{NAME}</document>".encode())
    (erased,), shown = play(("dossier", {**opening, "erase": NAME, "attested_by": "privacy_officer"}))
    assert [(one["kind"], one["version"]) for one in erased["sealed"]] == [("organisation_document", version)]
    assert erased["unsearched"] == []
    assert f"organisation_document ({version})" in shown
    leave = ("dossier", {**opening, "leave": str(path), "attested_by": "account_manager"})
    (predicted,), _ = play(leave, arguments=["--check", "--diff"])
    assert (predicted["changed"], path.exists()) == (True, False)
    (left, again, info), shown = play(
        leave, leave, ("dossier_info", {"dossier_key": key}), arguments=["--diff", "-vvv"]
    )
    assert left["rows"] == predicted["rows"]
    assert (left["changed"], again["changed"], again["rows"]) == (True, False, {})
    assert hashlib.sha256(path.read_bytes()).hexdigest() == left["export_sha256"]
    assert "Nothing is there" in shown
    assert key not in shown
    assert (info["organisations"], info["journal"]["valid"]) == ([], True)
    reported = json.loads(path.read_text(encoding="utf-8"))
    assert NAME in base64.b64decode(reported["rows"]["sealed"][0]["content"]).decode()


WRONG = [
    ({"ura": URA, "leave": "/left.json"}, "options_invalid"),
    ({"organisation": ORGANISATION, "leave": "/left.json", "attested_by": "desk"}, "options_invalid"),
    ({"ura": URA, "leave": "/left.json", "attested_by": "desk", "note": "x"}, "options_invalid"),
    ({"ura": URA, "leave": "", "attested_by": "desk"}, "options_invalid"),
    ({"ura": URA}, "options_invalid"),
    ({"step": "prepared", "state": "done"}, "options_invalid"),
    ({"ura": URA, "step": "celebrated", "state": "done"}, "options_invalid"),
    ({"ura": URA, "step": "prepared"}, "options_invalid"),
    ({"ura": URA, "state": "done", "resolve": "application_form", "arrived": True}, "options_invalid"),
    ({"ura": URA, "resolve": "application_form"}, "options_invalid"),
    ({**WORD, "state": "done"}, "options_invalid"),
    ({**WORD, "attested_by": None}, "options_invalid"),
    ({**WORD, "what": "x"}, "options_invalid"),
    ({**WAIT, "attested_by": "desk"}, "options_invalid"),
    ({"ura": URA, "word": "withdrawn"}, "options_invalid"),
    ({"ura": URA, "word": "lost", "subject": "a bag", "attested_by": "desk", "attested_how": "x"}, "word_invalid"),
    ({**STEP, "state": "waiting", "who": "employee"}, "milestone_invalid"),
    ({**WORD, "attested_at": "last week"}, "time_invalid"),
    ({"ura": "Sanne", "step": "prepared", "state": "done"}, "ura_invalid"),
    ({"ura": "90000102", "organisation": ORGANISATION}, "ura_contradicts"),
    ({"organisation": {**ORGANISATION, "people": {}}}, "organisation_invalid"),
    ({"ura": URA, "resolve": "application_form", "arrived": True}, "submission_unknown"),
    ({"ura": URA, "erase": " "}, "erase_subject_invalid"),
    ({**WAIT, "dossier_url": "mysql://zorgid:hush@localhost/x"}, "dossier_url_invalid"),
    ({**WAIT, "dossier_url": "postgresql+psycopg://zorgid:hush@127.0.0.1:1/x"}, "dossier_unreachable"),
]


def test_wrong_input_is_refused_and_nothing_is_recorded(play):
    outs, shown = play(*[("dossier", options) for options, _code in WRONG], ("dossier_info", {"full": True}))
    assert "hush" not in shown
    info = outs.pop()
    assert info["organisations"] == []
    assert info["journal"]["rows"] == 0
    for (options, code), out in zip(WRONG, outs, strict=True):
        assert out["failed"], options
        assert out["error_code"] == code, (options, out["msg"])


@pytest.mark.slow
def test_fifty_hosts_at_once(play):
    hosts = "".join(f"host{number}," for number in range(50))
    tasks = [
        ("dossier", {"ura": "{{ (90000200 + inventory_hostname[4:] | int) | string }}", "step": step, "state": "done"})
        for step in ("prepared", "certificate_checked")
    ]
    out, _ = play(*tasks, arguments=["--forks", "50"], hosts=hosts)
    assert all(one["changed"] for one in out)
    (info,), _ = play(("dossier_info", {}))
    assert len(info["organisations"]) == 50
    assert (info["journal"]["valid"], info["journal"]["rows"]) == (True, 100)


@pytest.mark.slow
def test_another_key_and_a_lost_one(play, tmp_path):
    old, new, third = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(3))
    url, document = f"sqlite:///{tmp_path}/dossiers/dossier.sqlite3", "organisation_document"
    play(("dossier", {**WAIT, "dossier_key": old}))
    with DossierStore.open(url, key=old) as store:
        store.sealed.keep(URA, document, b"<xml/>")
    rekey = ("dossier", {"dossier_key": old, "new_dossier_key": new})
    (reported,), shown = play(rekey, arguments=["--check", "--diff", "-v"])
    assert reported["changed"]
    (reported,), _ = play(rekey)
    assert reported["changed"]
    # As after a run that was killed: the same task once more, and the keys are in nothing that was shown.
    (again, info, wrong), more = play(
        rekey, ("dossier_info", {"dossier_key": new}), ("dossier", {**WORD, "dossier_key": old}), arguments=["-v"]
    )
    assert (again["changed"], info["journal"]["valid"], wrong["error_code"]) == (False, True, "dossier_key_wrong")
    assert not any(key in shown + more for key in (old, new))
    with DossierStore.open(url, key=new, read_only=True) as store:
        assert store.sealed.newest(URA, document).content == b"<xml/>"

    lost = {"new_dossier_key": third, "key_lost": True}
    said = {**lost, "attested_by": "technical_administrator"}
    (alone, half, without), _ = play(
        ("dossier", {**said, "ura": URA}), ("dossier", lost), ("dossier", {"key_lost": True, "attested_by": "desk"})
    )
    assert [one["error_code"] for one in (alone, half, without)] == ["options_invalid"] * 3
    for arguments in (["--check"], []):
        (reported,), shown = play(("dossier", said), arguments=arguments)
        assert reported["changed"]
        assert reported["destroyed"] == [{"ura": URA, "kind": document}]
        assert f"{document} of {URA}" in " ".join(shown.split())
        assert "proven by their chain only" in " ".join(shown.split())
    (again, info), _ = play(("dossier", said), ("dossier_info", {"dossier_key": third, "full": True}))
    assert (again["changed"], info["journal"]["valid"]) == (False, True)
    assert info["organisations"][0]["sealed"] == []


def test_whose_it_is_is_looked_at_by_every_task(play, tmp_path):
    mine = {"environment": "production", "dossier_tenant": "linde"}
    outs, _ = play(
        ("dossier", {**WAIT, **mine}),
        ("dossier", {**WAIT, **mine, "environment": "acceptance"}),
        ("dossier_info", {"ura": URA, **mine, "dossier_tenant": "els"}),
        ("dossier_info", {"ura": URA}),
        ("dossier", {"adopt": True, **mine, "dossier_tenant": "els", "attested_by": "a"}),
        ("dossier", {"adopt": True, **mine, "attested_by": "a"}),
        ("dossier", {"migrate": True}),
        ("dossier", {"migrate": True, "ura": URA}),
        ("dossier", {**WAIT, **mine, "dossier_url": "sqlite:///work/dossier.sqlite3"}),
        # What was to be an absolute path, and is none.
        (
            "dossier",
            {**WAIT, **mine, "dossier_url": "sqlite:///{{ inventory_dir | default('') | basename }}/x.sqlite3"},
        ),
    )
    differs = "dossier_tenant_differs"
    codes = [None, "dossier_environment_differs", differs, differs, differs, None, differs, "options_invalid"]
    codes += ["dossier_url_invalid"] * 2
    assert [out.get("error_code") for out in outs] == codes
    assert f"sqlite:///{Path.cwd()}/work/dossier.sqlite3" in outs[8]["msg"]
    assert not outs[5]["changed"]


def test_an_older_dossier_is_brought_up_to_date_and_adopted(play, tmp_path):
    folder = tmp_path / "dossiers"
    folder.mkdir()
    shutil.copyfile(OLD, folder / "dossier.sqlite3")
    tasks = [
        ("dossier", {"migrate": True}),
        ("dossier", {"migrate": True}),
        ("dossier", {**WAIT, "step": "administrators_registered", "environment": "production"}),
        ("dossier", {"adopt": True, "environment": "production", "attested_by": NAME}),
        ("dossier", {"adopt": True, "environment": "production", "attested_by": NAME}),
    ]
    first = OLD.read_bytes()
    outs, shown = play(*tasks, arguments=["--check", "--diff"])
    assert [out["changed"] for out in outs] == [True, True, True, True, True]
    assert (folder / "dossier.sqlite3").read_bytes() == first
    outs, shown = play(*tasks, arguments=["--diff"])
    assert [out["changed"] for out in outs] == [True, False, True, True, False]
    assert "production" in shown


def test_first_acceptance_then_production_with_one_dossier_stops(tmp_path):
    """Through the role: what was recorded for acceptance never counts in production."""
    variables = {
        "organisation": ORGANISATION,
        "work_dir": str(tmp_path / "work"),
        "dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3",
        "application_form_url": "https://127.0.0.1:9/form",
    }
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "roles": [{"role": "gbz.zorgid.zorgid_onboarding"}],
        "vars": {f"zorgid_onboarding_{name}": value for name, value in variables.items()},
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))

    def run(environment):
        reported, book = f"zorgid_onboarding_environment={environment}", str(tmp_path / "play.yml")
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "ansible",
                "playbook",
                "-i",
                "localhost,",
                "--tags",
                "prepare",
                "-e",
                reported,
                book,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )

    # There is neither certificate nor form here, which is told; whose the dossier is, is recorded all the same.
    done = run("acceptance")
    assert (done.returncode, "dossier_environment_differs" in done.stdout) == (2, False), done.stdout + done.stderr
    with DossierStore.open(variables["dossier_url"], read_only=True) as store:
        assert store.read(URA).milestones["prepared"].state == "done"
    before = (tmp_path / "dossier.sqlite3").read_bytes()
    done = run("production")
    assert done.returncode == 2, done.stdout
    assert "[dossier_environment_differs]" in done.stdout
    assert "belongs to the environment acceptance" in " ".join(done.stdout.split())
    assert "windows_host_needed" not in done.stdout
    assert (tmp_path / "dossier.sqlite3").read_bytes() == before


def test_the_playbooks_say_whose_dossier_they_open(tmp_path):
    inventory = tmp_path / "hosts.yml"
    organisation = {"ura": URA, "name": "De Linde"}
    reported = {"work_dir": str(tmp_path / "work"), "environment": "acceptance", "dossier_key": KEY}
    reported["organisation"] = organisation

    def status(**more):
        variables = {f"zorgid_onboarding_{name}": value for name, value in {**reported, **more}.items()}
        group = {"hosts": {"de_linde": {"ansible_connection": "local"}}, "vars": variables}
        inventory.write_text(yaml.safe_dump({"all": {"children": {"care_organisations": group}}}))
        return subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(PLAYBOOKS / "status.yml")],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )

    url = f"sqlite:///{tmp_path}/work/dossier.sqlite3"
    with DossierStore.open(url, environment="acceptance", tenant="linde", key=KEY) as store:
        store.register(URA, "De Linde")
    done = status(dossier_tenant="linde")
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "work" / "report" / "onboarding.json").is_file()
    for wrong in ({}, {"dossier_tenant": "els"}):
        done = status(**wrong)
        assert (done.returncode, "dossier_tenant_differs" in done.stdout) == (2, True), done.stdout
    done = status(dossier_tenant="linde", environment="production")
    assert (done.returncode, "dossier_environment_differs" in done.stdout) == (2, True), done.stdout
