# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of every pipeline, ours and the example's. What tools know better is `make workflows-check`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "provider"
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((EXAMPLE / ".github" / "workflows").glob("*.yml"))
RUNNERS = {"ubuntu-24.04", "${{ matrix.os }}", ("self-hosted", "zorgid")}
#: The only expressions that a script may contain: values that the workflow itself lists.
OUR_OWN = {"${{ matrix.powershell }}"}
#: Who may write, and why no less is enough.
WRITES = {
    ("merge_request", "comment"): {"pull-requests"},
    ("release", "attest"): {"attestations", "id-token"},
    ("release", "draft"): {"contents"},
}


def load(path: Path) -> dict[Any, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(path)["jobs"].items()


def complaints(path: Path) -> Iterator[str]:
    content = load(path)
    # YAML 1.1 reads the key `on` as true.
    events = content.get("on", content.get(True))
    if "pull_request_target" in events or "workflow_run" in events:
        yield "an event that gives secrets to somebody else's code"
    if "permissions" not in content:
        yield "no permissions"
    for name, job in jobs(path):
        granted = {**(content.get("permissions") or {}), **(job.get("permissions") or {})}
        writes = {what for what, how in granted.items() if how == "write"}
        if writes != WRITES.get((path.stem, name), set()):
            yield f"{name}: may write {sorted(writes)}"
        if "timeout-minutes" not in job:
            yield f"{name}: no timeout"
        runner = job["runs-on"]
        if (tuple(runner) if isinstance(runner, list) else runner) not in RUNNERS:
            yield f"{name}: an unknown runner"
        for step in job["steps"]:
            if "uses" in step and not re.fullmatch(r"[\w-]+/[\w-]+@v[1-9]\d*", step["uses"]):
                yield f"{name}: {step['uses']} is no action with its major version"
            if step.get("uses", "").startswith("actions/checkout@") and (step.get("with") or {}).get(
                "persist-credentials", True
            ):
                yield f"{name}: checkout leaves a token behind"
            if wild := set(re.findall(r"\$\{\{.*?\}\}", step.get("run", ""))) - OUR_OWN:
                yield f"{name}: {sorted(wild)} in a script"


@pytest.mark.heavy
@pytest.mark.parametrize("path", [*OURS, *EXAMPLES], ids=lambda path: f"{path.parents[2].name}-{path.stem}")
def test_a_workflow_keeps_the_rules(path: Path) -> None:
    assert list(complaints(path)) == []


def test_a_workflow_that_breaks_them_all(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(
        "on: [pull_request_target]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions: {contents: write}\n"
        "    steps:\n      - uses: actions/checkout@main\n      - run: echo ${{ github.head_ref }}\n",
        encoding="utf-8",
    )
    assert len(list(complaints(path))) == 8


@pytest.mark.heavy
def test_a_secret_is_where_nobody_elses_code_runs() -> None:
    for path in [*OURS, *EXAMPLES]:
        text = path.read_text(encoding="utf-8")
        content = load(path)
        events = content.get("on", content.get(True))
        if "pull_request" in events:
            assert "secrets." not in text, path.name
            assert "self-hosted" not in text, path.name
        for name, job in jobs(path):
            if "secrets." in str(job):
                assert job.get("environment"), f"{path.name}: {name}"
    gitlab = load(EXAMPLE / ".gitlab-ci.yml")
    for name in ("plan", "run"):
        assert gitlab[name]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
        assert gitlab[name]["tags"] == ["zorgid"]
        assert gitlab[name]["environment"]["name"] == "zorgid"
    for name in ("check", "comment"):
        assert "tags" not in gitlab[name]
        assert "VAULT_PASSWORD" not in str(gitlab[name])


def test_the_supported_cores_are_those_of_the_collection() -> None:
    matrix = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["matrix"]["strategy"]["matrix"]
    sanity = load(ROOT / ".github" / "workflows" / "sanity.yml")["jobs"]["sanity"]["strategy"]["matrix"]
    wanted = re.search(r"^ansible-core>=(\S+),<(\S+)$", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.M)
    assert wanted
    first, beyond = (int(version.split(".")[1]) for version in wanted.groups())
    assert matrix["core"] == sanity["core"] == [f"2.{minor}" for minor in range(first, beyond)]
    assert load(ROOT / "meta" / "runtime.yml")["requires_ansible"] == f">=2.{first}.0"
    left_out = {(one["core"], one["python"]) for one in matrix["exclude"]}
    # What ansible-core says of a controller: 2.19 from 3.11 to 3.13, 2.20 and 2.21 from 3.12 to 3.14.
    assert left_out == {("2.19", "3.14"), ("2.20", "3.11"), ("2.21", "3.11")}


def test_every_target_that_a_workflow_calls_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    #: These come from elsewhere: the site and the execution environment.
    coming = {"site", "ee"}
    called = {
        target
        for path in OURS
        for _name, job in jobs(path)
        for step in job["steps"]
        for target in re.findall(r"(?:^|\) )make ([a-z-]+)", step.get("run", ""), re.M)
    }
    assert called
    assert called <= targets | coming
