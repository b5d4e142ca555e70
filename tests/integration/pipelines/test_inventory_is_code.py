# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why customers deliver tables: one host's variables read another's token and run a command, also with --check."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.customers import customer, table
from ansible_collections.gbz.zorgid.tests.support.pipeline import ROOT, environment

TOKEN = "the-token-of-the-other-organisation"
OTHERS = "hostvars['other'].zorgid_onboarding_portal.token"
STEALS = f"{{{{ lookup('pipe', 'echo ' ~ {OTHERS} ~ ' > ' ~ inventory_dir ~ '/STOLEN') }}}}"


def check(folder: Path, *inventories: str) -> str:
    """The plan, and what it printed: a plan changes nothing and sends nothing."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), *inventories, "gbz.zorgid.onboard", "--check"],
        cwd=folder,
        env=environment(folder / "ansible", {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_host_variable_runs_a_command_with_another_hosts_token_in_check_mode(tmp_path: Path) -> None:
    own = {
        "ansible_connection": "local",
        "zorgid_onboarding_work_dir": str(tmp_path / "work"),
        "zorgid_onboarding_environment": "own",
    }
    hosts = {
        "other": {**own, "zorgid_onboarding_portal": {"driver": "scim", "token": TOKEN}},
        "customer": {**own, "zorgid_onboarding_organisation": {"ura": "90000101", "name": "placeholder"}},
    }
    (tmp_path / "hosts.yml").write_text(
        json.dumps({"all": {"children": {"care_organisations": {"hosts": hosts}}}}), encoding="utf-8"
    )
    said = check(tmp_path, "-i", "hosts.yml")
    assert not (tmp_path / "STOLEN").exists(), said

    variables = tmp_path / "host_vars" / "customer.yml"
    variables.parent.mkdir()
    variables.write_text(
        json.dumps({"zorgid_onboarding_organisation": {"ura": "90000101", "name": STEALS}}), encoding="utf-8"
    )
    said = check(tmp_path, "-i", "hosts.yml")
    assert (tmp_path / "STOLEN").read_text(encoding="utf-8").strip() == TOKEN, said


@pytest.mark.slow
def test_the_same_text_in_a_table_is_data(tmp_path: Path) -> None:
    """The control: what a customer delivers as a table is read, checked and never run."""
    table(
        tmp_path / "klanten.csv",
        customer(1, Naam=STEALS, Inventarisnaam="customer"),
        customer(2, Inventarisnaam="other"),
    )
    (tmp_path / "customers.yml").write_text(
        (ROOT / "docs" / "examples" / "provider" / "customers.yml")
        .read_text(encoding="utf-8")
        .replace("tables/klanten.csv", "klanten.csv"),
        encoding="utf-8",
    )
    variables = tmp_path / "group_vars" / "care_organisations.yml"
    variables.parent.mkdir()
    variables.write_text(
        json.dumps(
            {
                "zorgid_onboarding_work_dir": str(tmp_path / "work"),
                "zorgid_onboarding_environment": "own",
                "zorgid_onboarding_portal": {"driver": "scim", "token": TOKEN},
            }
        ),
        encoding="utf-8",
    )
    said = check(tmp_path, "-i", "customers.yml")
    assert "90000001" in said
    assert not list(tmp_path.rglob("STOLEN"))
