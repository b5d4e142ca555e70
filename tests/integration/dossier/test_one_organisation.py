# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""zorgid_organisation names exactly one organisation, in the playbooks and in those of AWX, whose limit may be lost."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.chosen import chosen

ROOT = Path(__file__).resolve().parents[3]
URAS = {"delinde": "90000101", "anker": "90000202"}
STEP = ("-e", "step=identity_activated", "-e", "how=telephone")


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        hosts: dict[str, Any] = {
            host: {"zorgid_onboarding_organisation": {"ura": ura, "name": host}} for host, ura in URAS.items()
        }
        variables = {
            "zorgid_onboarding_work_dir": str(folder / "work"),
            "zorgid_onboarding_environment": "test",
            "zorgid_onboarding_dossier_key": key,
        }
        inventory = {"care_organisations": {"vars": variables, "hosts": hosts}}
        (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")

    def run(self, playbook: str, *words: str) -> tuple[int, str]:
        environment = {**os.environ, "ANSIBLE_HOME": str(self.folder / "home"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "inventory.yml", playbook, *words],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def activated(self) -> list[str]:
        url = f"sqlite:///{self.folder}/work-dossier/dossier.sqlite3"
        with DossierStore.open(url, read_only=True) as store:
            dossiers = store.read_all()
        return [one.ura for one in dossiers if one.milestones["identity_activated"].state == "done"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def awx(name: str) -> str:
    return str(ROOT / "awx" / "playbooks" / f"{name}.yml")


@pytest.mark.parametrize(
    ("named", "limit", "everyone", "result"),
    [
        ("delinde", "", False, ("delinde",)),
        ("", "", False, None),
        ("all", "", False, None),
        ("delinde:anker", "", False, None),
        ("care_organisations", "", False, None),
        ("d*", "", False, None),
        ("delinde", "anker", False, None),
        ("delinde", "", True, None),
    ],
)
def test_one_name_and_never_a_pattern(named: str, limit: str, everyone: bool, result: tuple[str, ...] | None) -> None:
    def choose() -> tuple[str, ...]:
        play = {limit} if limit else set(URAS)
        return chosen(list(URAS), play, limit=limit, playbook="done", everyone=everyone, named=named)

    if result:
        assert choose() == result
        return
    with pytest.raises(ZorgidError) as found:
        choose()
    assert found.value.code == "organisation_not_one"


def test_the_playbook_done_of_awx_is_about_the_organisation_of_the_survey_or_about_none(desk: Desk) -> None:
    # As AWX passes it: a file of extra variables, and no limit.
    survey = desk.folder / "survey.yml"
    survey.write_text("{zorgid_organisation: anker, step: identity_activated, how: by telephone}", encoding="utf-8")
    code, reported = desk.run(awx("done"), "-e", "@survey.yml")
    assert code == 0, reported
    assert desk.activated() == ["90000202"]
    code, reported = desk.run(awx("done"), *STEP)
    assert (code, "organisation_not_one" in reported) == (2, True), reported
    # An empty answer that arrives as null is no organisation either, and not all of them.
    nothing = ("-e", '{"zorgid_organisation": null}')
    code, reported = desk.run(awx("hold"), *nothing, "-e", "all=true", "-e", "why=x")
    assert (code, "organisation_not_one" in reported) == (2, True), reported
    assert desk.activated() == ["90000202"]


@pytest.mark.slow
def test_what_a_playbook_does_not_use_is_refused(desk: Desk) -> None:
    for name in ("zorgid_plan_keep=true", "zorgid_plan_digest=x"):
        code, reported = desk.run("gbz.zorgid.hold", "-l", "anker", "-e", "why=x", "-e", name)
        assert (code, "belongs to the playbook" in reported) == (2, True), reported
    code, reported = desk.run("gbz.zorgid.portal_login", "-l", "anker", "-e", "zorgid_organisation=delinde")
    assert (code, "does not use zorgid_organisation" in reported) == (2, True), reported
    code, reported = desk.run(
        "gbz.zorgid.telemetry", "-e", "zorgid_telemetry_path=x.prom", "-e", "zorgid_organisation=delinde"
    )
    assert (code, "telemetry_limited" in reported) == (2, True), reported


@pytest.mark.slow
@pytest.mark.parametrize("named", ["", "all", "delinde:anker", "care_organisations", "d*", "nobody"])
@pytest.mark.parametrize("playbook", ["gbz.zorgid.plan", "onboard_one"])
def test_a_run_for_one_organisation_refuses_everything_else(desk: Desk, playbook: str, named: str) -> None:
    path = awx(playbook) if "." not in playbook else playbook
    code, reported = desk.run(path, "-e", f"zorgid_organisation={named}")
    assert (code, "organisation_not_one" in reported) == (2, True), reported
    # It stopped before it looked at anything.
    assert "Observe]" not in reported


@pytest.mark.slow
def test_the_jobs_around_an_approval_do_nothing_without_a_digest(desk: Desk) -> None:
    for words in ((), ("-l", "delinde"), ("-e", "zorgid_plan_digest=")):
        code, reported = desk.run(awx("onboard_approved"), *words)
        assert code != 0, reported
        assert "Carry out]" not in reported
        assert "The dossier has no plan with this digest" in reported, reported
    code, reported = desk.run(awx("approval_needed"), "-e", '{"zorgid_plan_work": false}')
    assert (code, "nobody is asked" in reported) == (2, True), reported
    code, reported = desk.run(awx("approval_needed"))
    assert (code, "the job before failed" in reported) == (2, True), reported
    code, reported = desk.run(awx("approval_needed"), "-e", f"zorgid_plan_digest={'a' * 32}")
    assert code == 0, reported
