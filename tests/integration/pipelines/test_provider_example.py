# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/examples/provider as a provider uses it: merge request, comment, guard, release, run; against the sandbox."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.customers import customer, table
from ansible_collections.gbz.zorgid.tests.support.pipeline import (
    EXAMPLE,
    ROOT,
    Job,
    Pipelines,
    git,
    merge_request_server,
)
from zorgid_sandbox import scenario, supervisor
from zorgid_sandbox.state import received

pytestmark = pytest.mark.slow
PERSONAL = (
    "Portaal admin e-mail",
    "Portaal admin achternaam",
    "Portaal admin geboortedatum",
    "Vertegenwoordiger e-mail",
)
CHANGED = re.compile(r"^\S+\s+: ok=\d+\s+changed=(\d+)\s+unreachable=0\s+failed=0", re.MULTILINE)


class Indented(yaml.SafeDumper):
    """Lists as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def indented(content: Any) -> str:
    return "---\n" + yaml.dump(content, Dumper=Indented, default_flow_style=False, width=150)


class Provider(Pipelines):
    """The example with the sandbox's three organisations in its table."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.state, self.kept = folder / "sandbox", folder / "srv"
        self.kept.mkdir()
        shutil.copytree(EXAMPLE, self.work, ignore=shutil.ignore_patterns("__pycache__"))
        supervisor.start(self.state, ROOT / "sandbox" / "scenarios" / "demo.yml")
        self.rows = [
            customer(
                1,
                Naam=one.name,
                URA=one.ura,
                Inventarisnaam=one.host,
                **{"Portaal_admin_e_mail": one.portal_administrator.email},
            )
            for one in scenario.load(self.state).organisations
        ]
        self._own()
        git(self.work, "init", "--quiet", "-b", "main")
        self.first = self.commit("The example")

    def _own(self) -> None:
        """What a provider fills in; nothing else of the example is changed."""
        for path in [each for each in self.work.rglob("*") if each.is_file()]:
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("/srv/zorgid", str(self.kept)), encoding="utf-8")
        table(self.work / "tables" / "klanten.csv", *self.rows)
        configuration = self.work / "ansible.cfg"
        text = configuration.read_text(encoding="utf-8").replace(",inventory\n", f",inventory,{self.state}/inventory\n")
        configuration.write_text(text, encoding="utf-8")
        groups = self.work / "inventory" / "group_vars"
        demo = ROOT / "inventories" / "demo" / "group_vars"
        variables = yaml.safe_load((demo / "care_organisations.yml").read_text(encoding="utf-8"))
        variables |= {
            "zorgid_onboarding_work_dir": str(self.kept / "work"),
            "zorgid_onboarding_dossier_key": "{{ vault_dossier_key }}",
        }
        del variables["zorgid_onboarding_accounts_path"]
        (groups / "care_organisations" / "main.yml").write_text(indented(variables), encoding="utf-8")
        shutil.copy(demo / "certificate_hosts.yml", groups / "certificate_hosts" / "main.yml")
        hosts = {"all": {"children": {"certificate_hosts": {"hosts": {"windows_certificates": {}}}}}}
        (self.work / "inventory" / "hosts.yml").write_text("---\n" + yaml.safe_dump(hosts), encoding="utf-8")
        vault = groups / "all" / "vault.yml"
        vault.write_text(
            yaml.safe_dump({"vault_dossier_key": base64.b64encode(os.urandom(32)).decode()}), encoding="utf-8"
        )
        done = self.shell(
            "ansible-vault encrypt --vault-password-file tools/vault-password " + str(vault), self.work, self.secrets
        )
        assert done.returncode == 0, done.stdout
        self.limits(environment="own")

    def limits(self, **changes: Any) -> None:
        path = self.work / "limits.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        for name, value in changes.items():
            content[name] = {**content[name], **value} if isinstance(value, dict) else value
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")

    def push(self, commit: str, *, release: bool = False) -> tuple[Job, Job | None]:
        """GitHub's run.yml, as after a push, on a schedule, or as somebody releases it."""
        said = {"github.event_name == 'workflow_dispatch'": release}
        plan = self.github("run.yml", "plan", commit, said)
        return plan, None if plan.failed else self.github("run.yml", "run", commit, said)

    def asked(self, branch: str, commit: str, *, fork: bool) -> tuple[Job, Job | None]:
        """GitHub's merge_request.yml."""
        own = "alone" if not fork else "refused"
        said = {
            "github.event.pull_request.base.sha": self.tip(),
            "github.event.pull_request.head.repo.full_name == github.repository && 'alone' || 'refused'": own,
            "github.token": "a token that may comment",
            "github.event.pull_request.number": 7,
        }
        check = self.github("merge_request.yml", "check", commit, said)
        comment = check.folder / "comment.md"
        return check, self.github("merge_request.yml", "comment", self.tip(), said, files=comment) if not fork else None

    def tip(self) -> str:
        return git(self.origin, "rev-parse", "main")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    made = Provider(tmp_path)
    try:
        yield made
    finally:
        supervisor.stop(made.state)


def arrived(provider: Provider) -> dict[str, int]:
    """How many of each kind VZVZ and the mail server got."""
    return Counter(one.kind for one in received(provider.state) if one.kind in ("application", "document", "notice"))


def reported_nobody(provider: Provider, text: str) -> None:
    """No person of the table, no secret."""
    for row in provider.rows:
        for column in (
            "Portaal admin e-mail",
            "Portaal admin achternaam",
            "Portaal admin geboortedatum",
            "Vertegenwoordiger e-mail",
        ):
            assert row[column] not in text, column
    assert "@" not in text


def test_a_merge_request_is_commented_guarded_merged_and_run(provider: Provider) -> None:
    # Nothing was released yet: a push runs nothing.
    plan, _run = provider.push(provider.first)
    assert (plan.failed, plan.status) == ("Guard", 2), plan.output
    assert "Plan" not in plan.played

    # A colleague releases it, but the plan does more than the limits allow: three applications of two at most.
    provider.limits(effects={"submit_application": 2})
    plan, _run = provider.push(provider.commit("Two at most"), release=True)
    assert (plan.failed, plan.status) == ("Limits", 3), plan.output
    assert "Stopped: submit_application: 3 is more than 2." in plan.output
    assert arrived(provider) == {}
    shown = (plan.folder / "summary.md").read_text(encoding="utf-8")
    assert "90000101" in shown
    reported_nobody(provider, shown)

    # A higher limit is a merge request of its own, by a colleague.
    provider.limits(effects={"submit_application": 3})
    with merge_request_server() as (provider.api, posted):
        branch = provider.commit("Three at most", "limits")
        check, comment = provider.asked("limits", branch, fork=False)
        assert check.failed == "", check.output
        assert comment is not None
        assert comment.failed == "", comment.output
        path, login, body = posted.pop()
        assert (path, login) == ("/repos/gbz/zorgid/issues/7/comments", "Bearer a token that may comment")
        assert "The other files are code" in body
        assert "limits.json" in body
        merged = provider.merge("limits")

        # It is code, so the merge alone runs nothing.
        plan, _run = provider.push(merged)
        assert (plan.failed, plan.status) == ("Guard", 3), plan.output
        plan, run = provider.push(merged, release=True)
        assert plan.failed == "", plan.output
        assert run is not None
        assert run.failed == "", run.output
        sent = arrived(provider)
        assert sent["application"] == 3

        # The schedule, with nothing changed: nothing is sent again.
        plan, run = provider.push(merged)
        assert run is not None
        assert run.failed == "", run.output
        assert {int(count) for count in CHANGED.findall(run.output)} == {0}
        assert arrived(provider) == sent

        # A customer's own data: commented, merged, run by itself.
        provider.rows[0]["Straat"] = "Geheimeweg"
        table(provider.work / "tables" / "klanten.csv", *provider.rows)
        branch = provider.commit("De Linde moved", "moved")
        check, comment = provider.asked("moved", branch, fork=False)
        assert check.failed == "", check.output
        _path, _login, body = posted.pop()
        assert "huisartsenpraktijk_de_linde: Straat" in body
        assert "2 unchanged" in body
        reported_nobody(provider, body)
        assert "Geheimeweg" not in body
        # Without a secret: nothing was asked, and the vault was not opened.
        assert provider.secrets["VAULT_PASSWORD"] not in check.output
        plan, run = provider.push(provider.merge("moved"))
        assert plan.failed == "", plan.output
        assert run is not None
        assert run.failed == "", run.output
        plan, run = provider.push(provider.tip())
        assert run is not None
        assert {int(count) for count in CHANGED.findall(run.output)} == {0}, run.output

        # A row that cannot be used: told with row and column.
        table(provider.work / "tables" / "klanten.csv", *provider.rows, customer(44, KVK="1"))
        check, comment = provider.asked("wrong", provider.commit("One more", "wrong"), fork=False)
        assert check.failed == "Compare", check.output
        assert "row 5 (Praktijk 44) is not used: KVK" in posted.pop()[2]
        git(provider.work, "checkout", "--quiet", "main")

        # A customer's host_vars: refused, and nothing in it was run; nor after somebody merged it all the same.
        stolen = provider.folder / "STOLEN"
        file = provider.work / "inventory" / "host_vars" / "apotheek_het_anker.yml"
        file.parent.mkdir()
        file.write_text(
            f"---\nzorgid_onboarding_notices: \"{{{{ lookup('pipe', 'touch {stolen}') }}}}\"\n", encoding="utf-8"
        )
        check, _comment = provider.asked("evil", provider.commit("A variable", "evil"), fork=True)
        assert (check.failed, check.status) == ("Guard", 3), check.output
        assert "only a customer's own data may change here" in check.output
        assert not stolen.exists()
        plan, _run = provider.push(provider.merge("evil"))
        assert (plan.failed, plan.status) == ("Guard", 3), plan.output
        assert not stolen.exists()
        assert "Plan" not in plan.played


def test_the_same_on_gitlab(provider: Provider) -> None:
    released = {"CI_PIPELINE_SOURCE": "web", "RELEASE": "yes"}
    plan = provider.gitlab("plan", provider.first, {"CI_PIPELINE_SOURCE": "push"}, protected=True)
    assert plan.status == 2, plan.output
    plan = provider.gitlab("plan", provider.first, released, protected=True)
    assert plan.status == 0, plan.output
    reported_nobody(provider, (plan.folder / "plan" / "plan.md").read_text(encoding="utf-8"))
    run = provider.gitlab("run", provider.first, {}, protected=True)
    assert run.status == 0, run.output
    assert arrived(provider)["application"] == 3
    again = provider.gitlab("run", provider.first, {}, protected=True)
    assert {int(count) for count in CHANGED.findall(again.output)} == {0}, again.output

    # Without the secret, a job of a merge request cannot make the plan, whatever it is made to run.
    plan = provider.gitlab("plan", provider.first, {"CI_PIPELINE_SOURCE": "push"}, protected=False)
    assert plan.status == 1, plan.output
    assert "this job has no VAULT_PASSWORD" in plan.output

    provider.rows[0]["Plaats"] = "Geheimstad"
    table(provider.work / "tables" / "klanten.csv", *provider.rows)
    branch = provider.commit("moved", "moved")
    said = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": provider.first,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_PROJECT_ID": "11",
    }
    check = provider.gitlab("check", branch, said, protected=False)
    assert check.status == 0, check.output
    with merge_request_server() as (api, posted):
        posting = {"CI_API_V4_URL": f"{api}/api/v4", "CI_PROJECT_ID": "11", "CI_MERGE_REQUEST_IID": "7"}
        file = check.folder / "comment.md"
        job = provider.gitlab("comment", branch, {**posting, "COMMENT_TOKEN": "may"}, protected=False, files=file)
        assert job.status == 0, job.output
        assert posted[0][:2] == ("/api/v4/projects/11/merge_requests/7/notes", "may")
        assert "huisartsenpraktijk_de_linde: Plaats" in posted[0][2]
        reported_nobody(provider, posted[0][2])
        job = provider.gitlab("comment", branch, {**posting, "COMMENT_TOKEN": "may not"}, protected=False, files=file)
        assert job.status == 2
        assert "the server answered 403" in job.output

    (provider.work / "inventory" / "group_vars" / "all" / "more.yml").write_text("---\nx: 1\n", encoding="utf-8")
    check = provider.gitlab("check", provider.commit("code too", "moved"), said, protected=False)
    assert check.status == 1, check.output
    assert "only a customer's own data may change here" in check.output


def test_what_a_table_says_never_leaves_its_block_in_the_comment(provider: Provider) -> None:
    """GitLab runs a line that begins with a slash; a fence inside the text would end the block."""
    provider.rows[0]["Naam"] = "```` /merge @all ::set-output"
    provider.rows[0]["KVK"] = "1"
    table(provider.work / "tables" / "klanten.csv", *provider.rows)
    check, _comment = provider.asked("x", provider.commit("x", "x"), fork=True)
    text = (check.folder / "comment.md").read_text(encoding="utf-8")
    assert check.failed == "Compare"
    fences = re.findall(r"^`+", text, re.MULTILINE)
    assert len(set(fences)) == 1
    assert len(fences[0]) > max(len(run) for run in re.findall(r"(?<=.)`+", text))
    assert not [line for line in text.splitlines() if line.startswith(("/", "::", "@"))]
