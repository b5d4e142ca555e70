# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of docs/examples/provider: what of a merge request and of a plan it lets through."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.columns import COLUMNS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import model
from ansible_collections.gbz.zorgid.tests.support.customers import customer, table
from ansible_collections.gbz.zorgid.tests.support.pipeline import EXAMPLE, git

GO, CANNOT_TELL, STOP = 0, 2, 3
#: What became of an account; no plan has these as a change.
RESULTS = {"unchanged", "failed", "accepted", "todo", "unproven"}
ROWS = [customer(1, Inventarisnaam="one", Portaal_adres="https://portal.example"), customer(2)]


def loaded() -> ModuleType:
    """The script, in this process: a test of it takes no second."""
    spec = importlib.util.spec_from_file_location("provider_guard", EXAMPLE / "tools" / "guard.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GUARD = loaded()


def guard(where: Path, *words: str) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.chdir(where), contextlib.redirect_stdout(said):
        status = GUARD.main(list(words))
    return status, said.getvalue()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "-b", "main")
    (tmp_path / "tables").mkdir()
    table(tmp_path / "tables" / "klanten.csv", *ROWS)
    (tmp_path / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "before")
    return tmp_path


def ago(repository: Path, commits: int) -> str:
    return git(repository, "rev-parse", f"HEAD~{commits}")


def asked(repository: Path, *words: str) -> tuple[int, str]:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "after")
    return guard(repository, "changes", ago(repository, 1), "HEAD", *words)


def write(repository: Path, **changes: str) -> None:
    table(repository / "tables" / "klanten.csv", {**ROWS[0], **changes}, ROWS[1])


def test_a_customers_own_data_may_change_and_no_value_is_shown(repository: Path) -> None:
    write(repository, **{"Straat": "Geheimeweg", "Portaal admin e-mail": "nieuw@delinde.example"})
    status, said = asked(repository)
    assert status == GO
    assert "1 tables, 0 other files" in said
    assert "Geheimeweg" not in said
    assert "nieuw@" not in said


def test_a_new_row_of_own_data_may_come(repository: Path) -> None:
    table(repository / "tables" / "klanten.csv", *ROWS, customer(3))
    assert asked(repository)[0] == GO


OURS = [
    "Zorggroep", "Certificaat server", "Certificaat bestand", "Sleutel bestand", "Portaal driver", "Portaal adres",
    "Portaal export", "HR-lijst", "HR-locatie", "Inventarisnaam", "Certificaat token",
]  # fmt: skip


@pytest.mark.parametrize("column", OURS)
def test_a_column_that_says_where_a_secret_goes_or_what_is_read_is_a_colleagues(repository: Path, column: str) -> None:
    write(repository, **{column: "evil.example"})
    status, said = asked(repository)
    assert status == STOP
    assert f"90000001: {column}" in said
    assert "evil" not in said
    assert guard(repository, "changes", ago(repository, 1), "HEAD", "--code", "alone")[0] == GO


def test_every_column_is_a_customers_or_ours() -> None:
    titles = {column.title for column in COLUMNS}
    assert titles <= GUARD.CUSTOMERS | GUARD.OURS
    assert not GUARD.CUSTOMERS & GUARD.OURS
    ours = {"host", "group", "certificate_host", "accounts"}
    for column in COLUMNS:
        steers = column.path in ours or column.path.startswith(("certificate.", "portal.", "list_mapping."))
        assert (column.title in GUARD.OURS) == steers, column.title


def test_a_new_row_that_takes_another_organisations_name_in_the_inventory(repository: Path) -> None:
    table(repository / "tables" / "klanten.csv", *ROWS, customer(3, Inventarisnaam="one"))
    assert asked(repository)[0] == STOP


def test_a_name_that_makes_the_name_in_the_inventory(repository: Path) -> None:
    table(repository / "tables" / "klanten.csv", ROWS[0], {**ROWS[1], "Naam": "Praktijk 9"})
    status, said = asked(repository)
    assert status == STOP
    assert "90000002: Naam" in said
    write(repository, Naam="De Linde")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "a name whose row has one")
    assert guard(repository, "changes", ago(repository, 2), "HEAD")[0] == GO


def test_a_row_that_is_gone(repository: Path) -> None:
    table(repository / "tables" / "klanten.csv", ROWS[0])
    status, said = asked(repository)
    assert status == STOP
    assert "90000002: its row is gone" in said


@pytest.mark.parametrize(
    "path",
    [
        "host_vars/one.yml",
        "inventory/host_vars/one/main.yml",
        "inventory/group_vars/all/main.yml",
        "tables/group_vars/all.yml",
        "tables/host_vars/one.csv",
        "ansible.cfg",
        "limits.json",
        ".gitlab-ci.yml",
        ".github/workflows/run.yml",
        "tools/guard.py",
        "tables/klanten.xlsx",
        "tables/.csv",
        "tables/klanten.csv.yml",
        "tables/a\nb.csv",
        "collections/ansible_collections/gbz/zorgid/plugins/action/x.py",
    ],
)
def test_any_other_file_is_refused_to_a_customer(repository: Path, path: str) -> None:
    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text("x: \"{{ lookup('pipe', 'id') }}\"\n", encoding="utf-8")
    status, said = asked(repository)
    assert status == STOP
    assert "only a customer's own data may change here" in said
    assert not [line for line in said.splitlines() if line.startswith(("b.csv", "::"))]
    assert guard(repository, "changes", ago(repository, 1), "HEAD", "--code", "alone")[0] == GO

    write(repository, Straat="Maanweg")
    git(repository, "commit", "--quiet", "--all", "-m", "both")
    status, said = guard(repository, "changes", ago(repository, 2), "HEAD", "--code", "alone")
    assert status == STOP
    assert "Make two of it" in said


def test_a_table_that_is_a_link_or_a_program_is_none(repository: Path) -> None:
    (repository / "tables" / "link.csv").symlink_to("../inventory/host_vars/one.yml")
    assert asked(repository)[0] == STOP
    (repository / "tables" / "klanten.csv").chmod(0o755)
    assert asked(repository)[0] == STOP


@pytest.mark.parametrize(
    "text",
    [
        b"Naam,URA,Straat\nDe Linde,90000001,Weg\n",
        b"Naam;URA;Straat,Portaal adres\nDe Linde;90000001;x\n",
        b"Uitleg\nNaam;URA;Portaal adres\n",
        b"naam;ura;portaal adres\n",
        b"Naam;URA;Organisatie\nx;90000001;y\n",
        b"Naam;URA;Naam\nx;90000001;y\n",
        b"Naam;URA\nx;90000001;y\n",
        b"Naam;URA\nx;90000001\ny;90000001\n",
        "Naam;URA\nDe Lindé;90000001\n".encode("latin-1"),
        "Naam;URA\n".encode("utf-16"),
        b'Naam;URA\n"x"y;1\n',
        b"",
    ],
)
def test_a_table_that_two_programs_may_read_in_two_ways_is_not_judged(repository: Path, text: bytes) -> None:
    (repository / "tables" / "klanten.csv").write_bytes(text)
    status, said = asked(repository)
    assert status == CANNOT_TELL
    assert "Stopped, because it cannot be told" in said


def test_commits_that_say_nothing(repository: Path) -> None:
    for before in ("", "0" * 40, "1" * 40, "HEAD~1", "no-such-branch"):
        assert guard(repository, "changes", before, "HEAD")[0] == CANNOT_TELL
    with pytest.raises(SystemExit):
        guard(repository, "changes", "--output=x", "HEAD")
    assert guard(repository, "changes", "HEAD", "HEAD") == (GO, "Changed: 0 tables, 0 other files.\nNo file changed.\n")
    assert not (repository / "x").exists()


def test_a_branch_that_was_rewritten(repository: Path) -> None:
    released = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "--orphan", "other")
    git(repository, "commit", "--quiet", "-m", "another history")
    assert guard(repository, "changes", released, "HEAD", "--straight")[0] == CANNOT_TELL


def plan(**changes: object) -> dict[str, object]:
    step = {"effects": ["submit_application"], "changes": {}}
    return {
        "format": 1,
        "environment": "production",
        "organisations": [{"state": "do", "steps": [step]}, {"state": "stop", "steps": []}],
        **changes,
    }


LIMITS = {"environment": "production", "effects": {"submit_application": 1}, "changes": {"linked": 2}, "stopped": 1}


def judged(where: Path, made: object, limits: object) -> tuple[int, str]:
    (where / "plan.json").write_text(json.dumps(made), encoding="utf-8")
    (where / "limits.json").write_text(json.dumps(limits), encoding="utf-8")
    return guard(where, "plan", "plan.json", "limits.json")


def test_a_plan_within_its_limits(tmp_path: Path) -> None:
    status, said = judged(tmp_path, plan(), LIMITS)
    assert status == GO
    assert "effect submit_application: 1, at most 1" in said


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([{"effects": ["submit_application"], "changes": None}] * 2, "submit_application: 2 is more than 1"),
        ([{"effects": ["invite"], "changes": {}}], "invite: 1 is more than 0"),
        ([{"effects": [], "changes": {"linked": 3}}], "linked: 3 is more than 2"),
        ([{"effects": [], "changes": {"unlinked": 1}}], "unlinked: 1 is more than 0"),
    ],
)
def test_more_than_allowed_or_of_a_kind_that_nobody_allowed(tmp_path: Path, steps: object, why: str) -> None:
    status, said = judged(tmp_path, plan(organisations=[{"state": "do", "steps": steps}]), LIMITS)
    assert status == STOP
    assert f"Stopped: {why}." in said
    assert "Read plan.md" in said


def test_too_many_errors_or_another_environment(tmp_path: Path) -> None:
    broken = [{"state": "stop", "steps": []}] * 2
    assert judged(tmp_path, plan(organisations=broken), LIMITS)[0] == STOP
    status, said = judged(tmp_path, plan(environment="acceptance"), LIMITS)
    assert status == STOP
    # A number of limits.json is about another environment, so nobody is asked to raise one.
    assert "Correct that first" in said
    assert "raise the number" not in said


@pytest.mark.parametrize(
    ("made", "limits"),
    [
        (plan(format=2), LIMITS),
        (plan(organisations=[]), LIMITS),
        (plan(organisations=None), LIMITS),
        ({}, LIMITS),
        ([], LIMITS),
        (plan(), {}),
        (plan(), {**LIMITS, "effects": {"submit_application": "many"}}),
        (plan(organisations=[{"state": "do", "steps": [{"effects": [], "changes": {"linked": "x"}}]}]), LIMITS),
    ],
)
def test_what_cannot_be_told_is_stopped(tmp_path: Path, made: object, limits: object) -> None:
    assert judged(tmp_path, made, limits)[0] == CANNOT_TELL


def test_the_examples_limits_name_every_kind_that_a_plan_may_have() -> None:
    limits = json.loads((EXAMPLE / "limits.json").read_text(encoding="utf-8"))
    assert set(limits["effects"]) == set(Effect)
    assert set(limits["changes"]) == set(get_args(model.AccountStatus)) - RESULTS


def test_a_plan_that_was_not_made(tmp_path: Path) -> None:
    (tmp_path / "limits.json").write_text("{}", encoding="utf-8")
    assert guard(tmp_path, "plan", "plan.json", "limits.json")[0] == CANNOT_TELL
