# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook with the rulebook that is shipped: from a mail to the next step (`make events`)."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, ImapHost, serve_imap
from ansible_collections.gbz.zorgid.tests.support.onboard_world import ROOT, World
from ansible_collections.gbz.zorgid.tests.support.rulebook import (
    BIN,
    PATIENCE,
    RULEBOOKS,
    Rulebook,
    need_programs,
    only_printing,
)
from zorgid_sandbox.smtp.store import VZVZ
from zorgid_sandbox.state import credentials

pytestmark = [pytest.mark.slow, pytest.mark.events]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """A figure for the person who reads the output."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def reported(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  {text}", end="", flush=True)

    return reported


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two organisations whose form and document were sent."""
    need_programs()
    made = World(tmp_path_factory.mktemp("events"), 2)
    try:
        for ura in made.uras:
            # ansible-rulebook copies the inventory, so a path relative to it would lead nowhere.
            path = str(made.exports / f"org{ura}.json")
            made.edit(f"org{ura}", lambda one, path=path: one.update(zorgid_onboarding_accounts_path=path))
        made.play()
        yield made
    finally:
        made.stop()


def working_folder(world: World, mailbox: dict[str, Any]) -> Path:
    """``inventory`` and ``events.yml``, as docs/events.md describes it, with its command."""
    folder = world.folder / "zorgid"
    # ansible-rulebook takes one inventory: a folder with what two had.
    shutil.copytree(world.inventory, folder / "inventory")
    shutil.copytree(world.state / "inventory" / "group_vars", folder / "inventory" / "group_vars", dirs_exist_ok=True)
    shutil.copy(world.state / "inventory" / "hosts.yml", folder / "inventory" / "sandbox.yml")
    (folder / "mailbox.yml").write_text(yaml.safe_dump({"mailbox": mailbox}), encoding="utf-8")
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    command = re.search(r"^ {7}(\(cat mailbox\.yml;.*? > events\.yml)$", page, re.MULTILINE | re.DOTALL)
    assert command
    environment = {**world.environment, "PATH": f"{BIN}:{world.environment['PATH']}"}
    lines = command[1].replace("\n       ", "\n")
    subprocess.run(["bash", "-ec", lines], cwd=folder, env=environment, check=True, timeout=120)
    return folder


def test_mail_is_followed_by_the_next_step(world: World, tmp_path: Path, say: Callable[[str], None]) -> None:
    account = credentials(world.state, "imap")
    (tmp_path / "password").write_text(account["password"], encoding="utf-8")
    path = world.state / "inventory" / "group_vars" / "all" / "sandbox.yml"
    sandbox = yaml.safe_load(path.read_text(encoding="utf-8"))["sandbox"]
    mailbox = {
        "host": "127.0.0.1",
        "port": sandbox["imap"]["port"],
        "username": account["username"],
        "password_file": str(tmp_path / "password"),
        "ca_path": sandbox["ca_path"],
        "allowed_senders": [VZVZ],
    }
    folder = working_folder(world, mailbox)
    variables = yaml.safe_load((folder / "events.yml").read_text(encoding="utf-8"))
    assert variables == {"mailbox": mailbox, "organisations": {f"org{ura}": ura for ura in world.uras}}
    known, unknown = world.uras
    # The other one is not known here.
    del variables["organisations"][f"org{unknown}"]
    demo = world.environment["ZORGID_DEMO_DIR"]
    running = Rulebook(tmp_path / "rulebook", "gbz.zorgid.onboard_on_mail", variables, ZORGID_DEMO_DIR=demo)
    running.start("-i", str(folder / "inventory"))
    try:
        say(f"ansible-rulebook waits for mail after {running.waits_for_mail():.1f} s")
        world.people_act()
        seconds = running.until(lambda: world.arrived(known, "follow_up"))
        say(f"from VZVZ's mails to the follow-up form that was submitted: {seconds:.1f} s")
        # Each of VZVZ's mails was an event; the later ones find nothing to do.
        seconds = running.until(lambda: "nothing to do" in running.output())
        say(f"to the end of the next run, with nothing to do: {seconds:.1f} s more")
    finally:
        running.kill()
    output = running.output()
    hosts = set(re.findall(r"^(\S+)\s+: ok=", output, re.MULTILINE))
    assert (f"org{known}" in hosts, f"org{unknown}" in hosts) == (True, False)
    assert not world.arrived(unknown, "follow_up")
    assert world.outcome()["received_twice"] == []
    assert account["password"] not in output
    # The schedule finds what no event came for.
    world.play()
    assert world.arrived(unknown, "follow_up")


def mail(ura: str, number: int, sender: str = VZVZ) -> bytes:
    return (
        f"From: VZVZ <{sender}>\r\nTo: {USER}\r\nSubject: Activatie ZORG-ID Smart\r\n"
        f"Message-ID: <r{number}@vzvz.example>\r\n\r\nURA-nummer: {ura}\r\n"
    ).encode()


def printing(pki: Pki, host: ImapHost, folder: Path, **mailbox: Any) -> Rulebook:
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    given = {
        "host": "127.0.0.1",
        "port": host.port,
        "username": USER,
        "password_file": str(folder / "password"),
        "ca_path": str(pki.ca_path),
        "allowed_senders": [VZVZ],
        **mailbox,
    }
    variables = {"mailbox": given, "organisations": {"linde": "90000101"}}
    return Rulebook(folder / "rulebook", only_printing(folder), variables)


def events(running: Rulebook) -> list[str]:
    return re.findall(r"EVENT (\S+ \d+)", running.output())


def test_disconnected_flooded_killed_and_started_again(pki: Pki, tmp_path: Path, say: Callable[[str], None]) -> None:
    with serve_imap(pki) as host:
        running = printing(pki, host, tmp_path)
        try:
            running.start()
            running.waits_for_mail()
            host.deliver(mail("90000101", 1))
            say(f"from a mail to the rule: {running.until(lambda: len(events(running)) == 1):.2f} s")
            host.drop()
            host.deliver(mail("90000101", 2))
            seconds = running.until(lambda: len(events(running)) == 2)
            say(f"the same after the server broke off the connection: {seconds:.1f} s")
            before = running.memory()
            host.deliver(*(mail("90000101", number, f"p{number}@elders.example") for number in range(1000)))
            host.deliver(mail("90000101", 3))
            seconds = running.until(lambda: len(events(running)) == 3)
            say(f"the same behind 1,000 mails of others: {seconds:.1f} s, memory {before} -> {running.memory()} MB")
            assert host.fetched == [101, 102, 1103]
            assert running.memory() - before < 64
            running.kill()
            # Nobody waits: this one is left to the schedule.
            host.deliver(mail("90000101", 4))
            running.start()
            say(f"killed and started again, waits for mail after {running.waits_for_mail():.1f} s")
            host.deliver(mail("90000101", 5))
            running.until(lambda: events(running))
            assert events(running) == ["linde 1105"]
            assert PASSWORD not in running.output()
        finally:
            running.kill()


def test_a_wrong_argument_ends_ansible_rulebook_with_one_sentence(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host:
        running = printing(pki, host, tmp_path, security="none")
        try:
            assert running.start().wait(PATIENCE) != 0
        finally:
            running.kill()
    assert "The argument security cannot be used. Expected: one of tls, starttls. Found: none." in running.output()


def test_an_event_without_a_host_runs_for_nobody(tmp_path: Path) -> None:
    """The rulebook's condition does not take it; even without the condition, the limit is a host that nobody has."""
    [ruleset] = yaml.safe_load((RULEBOOKS / "onboard_on_mail.yml").read_text(encoding="utf-8"))
    ruleset["sources"] = [{"eda.builtin.generic": {"payload": [{"mailbox": {"uid": 1}}], "shutdown_after": 300}}]
    [rule] = ruleset["rules"]
    careless = {**rule, "name": "Careless", "condition": "event.mailbox.uid is defined"}
    careless["action"] = {"run_playbook": {"name": "gbz.zorgid.onboard"}}
    ruleset["rules"].append(careless)
    (tmp_path / "rulebook.yml").write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    inventory = tmp_path / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text("care_organisations: {hosts: {org1: {}, org2: {}}}\n", encoding="utf-8")
    running = Rulebook(tmp_path / "run", tmp_path / "rulebook.yml", {})
    try:
        running.start("-i", str(inventory))
        running.until(lambda: "leaves us with no hosts to target" in running.output())
    finally:
        running.kill()
    assert "PLAY RECAP" not in running.output()


def test_the_rulebook_for_awx_is_loaded_and_asks_for_a_controller(pki: Pki, tmp_path: Path) -> None:
    """All that is known of it: ansible-rulebook accepts the file. AWX itself is not here."""
    with serve_imap(pki) as host:
        running = printing(pki, host, tmp_path)
        running.rulebook = "gbz.zorgid.onboard_on_mail_awx"
        try:
            assert running.start().wait(PATIENCE) != 0
        finally:
            running.kill()
    assert "run_job_template which needs controller url and token to be defined" in running.output()
