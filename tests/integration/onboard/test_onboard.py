# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook as a user runs it: check mode first, one organisation, one step, by hand, resumed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

from zorgid_sandbox import people, supervisor  # noqa: E402
from zorgid_sandbox.state import received  # noqa: E402

LINDE, ANKER, ZONNEVELD = "90000101", "00000202", "90000303"
ORGANISATIONS = {"huisartsenpraktijk_de_linde", "apotheek_het_anker", "thuiszorg_zonneveld"}
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
Run = Callable[..., dict[str, tuple[int, int]]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    state = tmp_path_factory.mktemp("onboard") / "sandbox"
    supervisor.start(state, ROOT / "sandbox" / "scenarios" / "demo.yml")
    yield state
    supervisor.stop(state)


@pytest.fixture
def demo_dir(tmp_path: Path) -> Path:
    return tmp_path / "demo"


@pytest.fixture
def command(sandbox: Path, demo_dir: Path) -> Callable[..., str]:
    """One command of Ansible with the demo's inventory; what it printed, after a good end."""

    def run(*words: str) -> str:
        done = subprocess.run(
            [words[0], "-i", str(ROOT / "inventories" / "demo"), "-i", str(sandbox / "inventory"), *words[1:]],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(demo_dir.parent / "ansible"),
                "ZORGID_DEMO_DIR": str(demo_dir),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def onboard(command: Callable[..., str]) -> Run:
    """The playbook with more words; ok and changed by host."""

    def run(*words: str) -> dict[str, tuple[int, int]]:
        text = command("ansible-playbook", "gbz.zorgid.onboard", *words)
        hosts = {host: (int(ok), int(changed)) for host, ok, changed, _u, _f in RECAP.findall(text)}
        assert hosts, text
        return hosts

    return run


def steps(command: Callable[..., str], demo_dir: Path, ura: str) -> dict[str, Any]:
    tree = demo_dir.parent / "tree"
    arguments = json.dumps({"dossier_url": f"sqlite:///{demo_dir}/work-dossier/dossier.sqlite3", "ura": ura})
    command("ansible", "apotheek_het_anker", "-m", "gbz.zorgid.dossier_info", "-a", arguments, "--tree", str(tree))
    result = json.loads((tree / "apotheek_het_anker").read_text())
    assert result["journal"]["valid"]
    return {one["step"]: one for one in result["organisations"][0]["steps"]}


@pytest.mark.slow
def test_check_mode_predicts_and_leaves_no_trace(sandbox: Path, demo_dir: Path, onboard: Run) -> None:
    before = len(received(sandbox, "intake")) + len(received(sandbox, "smtp"))
    hosts = onboard("--check", "--diff")
    # localhost looks whether there are organisations.
    assert {host for host, (_ok, changed) in hosts.items() if changed} == ORGANISATIONS == set(hosts) - {"localhost"}
    assert len(received(sandbox, "intake")) + len(received(sandbox, "smtp")) == before
    assert not demo_dir.exists()


def test_limit_and_tags_do_only_that(sandbox: Path, demo_dir: Path, onboard: Run, command: Callable[..., str]) -> None:
    before = people.outcome(sandbox)["organisations"]
    hosts = onboard("--limit", "apotheek_het_anker", "--tags", "prepare,certificate")
    assert set(hosts) == {"apotheek_het_anker"}
    found = steps(command, demo_dir, ANKER)
    assert {name for name, step in found.items() if step["state"] == "done"} == {"prepared", "certificate_checked"}
    assert people.outcome(sandbox)["organisations"] == before


@pytest.mark.slow
def test_what_was_done_by_hand_is_not_done_again_and_a_run_resumes(
    sandbox: Path, demo_dir: Path, onboard: Run, command: Callable[..., str]
) -> None:
    before = people.outcome(sandbox)["organisations"][ZONNEVELD]
    dossier = {
        "dossier_url": f"sqlite:///{demo_dir}/work-dossier/dossier.sqlite3",
        "ura": ZONNEVELD,
        "environment": "own",
    }
    word = {**dossier, "attested_by": "technical_administrator", "attested_how": "by hand"}
    for step in ("application_submitted", "document_signed"):
        command("ansible", "thuiszorg_zonneveld", "-m", "gbz.zorgid.dossier", "-a", json.dumps({**word, "step": step}))
    # The document that the Validatietool would have signed: made by the role's own action, before and elsewhere.
    other = demo_dir.parent / "other"
    onboard("--limit", "thuiszorg_zonneveld", "--tags", "prepare,certificate")
    signed = demo_dir / "work" / "documents" / f"{ZONNEVELD}.xml"
    command(
        "ansible-playbook",
        str(Path(__file__).parent / "sign_by_hand.yml"),
        "-e",
        json.dumps({"by_hand_path": str(other / "signed.xml")}),
    )
    signed.parent.mkdir(parents=True, exist_ok=True)
    signed.write_bytes((other / "signed.xml").read_bytes())

    onboard("--limit", "thuiszorg_zonneveld")
    after = people.outcome(sandbox)["organisations"][ZONNEVELD]
    assert after["applications"] == before["applications"]
    assert signed.read_bytes() == (other / "signed.xml").read_bytes()
    found = steps(command, demo_dir, ZONNEVELD)
    assert found["document_sent"]["state"] == "done"
    assert found["application_submitted"]["attested"]["by"] == "technical_administrator"
    assert onboard("--limit", "thuiszorg_zonneveld")["thuiszorg_zonneveld"][1] == 0


@pytest.mark.slow
def test_without_servers_people_are_led_to_the_end(command: Callable[..., str]) -> None:
    command("ansible-playbook", str(Path(__file__).parent / "by_people.yml"))


def test_a_number_is_no_ura_and_makes_no_dossier(demo_dir: Path, command: Callable[..., str]) -> None:
    number = json.dumps({"zorgid_onboarding_organisation": {"ura": 130, "name": "Apotheek Het Anker"}})
    with pytest.raises(AssertionError, match=r"(?s)apotheek_het_anker.*put quotes around it.*\[ura_invalid\]"):
        command("ansible-playbook", "gbz.zorgid.onboard", "--limit", "apotheek_het_anker", "-e", number)
    # The board says so; there is no dossier that it is of.
    assert not (demo_dir / "work-dossier").exists()


def test_a_misspelled_variable_is_named_and_makes_no_dossier(demo_dir: Path, command: Callable[..., str]) -> None:
    with pytest.raises(AssertionError, match=r"(?s)has a variable zorgid_onboarding_purg.*zorgid_onboarding_purge"):
        command(
            "ansible-playbook", "gbz.zorgid.onboard", "--limit", "apotheek_het_anker", "-e", "zorgid_onboarding_purg=1"
        )
    assert not demo_dir.exists()
