# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, status, received, stop: the real services, as processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from zorgid_sandbox import cli, look, supervisor, tls
from zorgid_sandbox.state import SandboxError, State, address, received, record

DEMO = Path(__file__).resolve().parents[3] / "sandbox" / "scenarios" / "demo.yml"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A state folder with everything made and nothing running: a test takes a copy of it."""
    folder = tmp_path_factory.mktemp("prepared") / "state"
    State(folder).make()
    supervisor.prepare(State(folder), DEMO)
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    folder = tmp_path / "state"
    shutil.copytree(prepared, folder)
    with socket.socket() as probe:  # the prepared port may be another worker's by now
        probe.bind(("127.0.0.1", 0))
        (folder / "pki" / "port").write_text(f"{probe.getsockname()[1]}\n")
    yield folder
    supervisor.stop(folder)


def run(*words: str, state: Path) -> int:
    return cli.main([*words, "--state", str(state)])


def test_a_look_is_for_one_start(tmp_path):
    State(tmp_path).make()
    assert look.chosen(tmp_path) == "classic"
    look.choose(tmp_path, "wizard")
    assert look.chosen(tmp_path) == "wizard"
    look.choose(tmp_path, None)
    assert look.chosen(tmp_path) == "classic"
    look.choose(tmp_path, "mooi")
    with pytest.raises(SandboxError, match="no look 'mooi', but classic, wizard, spa"):
        look.chosen(tmp_path)


def test_start_runs_every_service_once_and_stop_ends_them(folder, capsys):
    assert run("start", "--look", "spa", state=folder) == 0
    pids = supervisor.running(folder)
    assert set(pids) == set(supervisor.present()) >= {"pki", "windows"}
    assert run("start", state=folder) == 0
    assert "It runs already." in capsys.readouterr().out
    assert run("start", "--look", "wizard", state=folder) == 1
    assert "It runs already, with the look spa." in capsys.readouterr().err
    assert supervisor.running(folder) == pids
    assert run("status", state=folder) == 0
    assert capsys.readouterr().out.count("running") == len(pids)
    port = address(folder, "windows")["port"]
    context = tls.client_context(folder)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.getpeercert()["subjectAltName"] == (("IP Address", "127.0.0.1"), ("DNS", "localhost"))

    variables = yaml.safe_load((folder / "inventory" / "group_vars" / "all" / "sandbox.yml").read_text())["sandbox"]
    assert variables["windows"]["port"] == port
    assert variables["portal"]["page"].endswith("/mijnzorgid")
    assert Path(variables["pki"]["trust_anchors"]).exists()
    assert Path(variables["ca_path"]).exists()
    hosts = yaml.safe_load((folder / "inventory" / "hosts.yml").read_text())["all"]["children"]
    assert list(hosts["care_organisations"]["hosts"]) == [
        "apotheek_het_anker",
        "huisartsenpraktijk_de_linde",
        "thuiszorg_zonneveld",
    ]

    assert run("stop", state=folder) == 0
    assert supervisor.running(folder) == {}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    capsys.readouterr()
    assert run("stop", state=folder) == 0
    assert capsys.readouterr().out == "It does not run.\n"
    assert run("status", state=folder) == 3


def test_the_certificates_stay_where_they_point_after_a_restart(folder):
    supervisor.start(folder, None)
    port = address(folder, "pki")["port"]
    anchors = (folder / "pki" / "trust_anchors.pem").read_bytes()
    supervisor.stop(folder)
    supervisor.start(folder, None)
    assert address(folder, "pki")["port"] == port
    assert (folder / "pki" / "trust_anchors.pem").read_bytes() == anchors


def test_a_start_that_fails_shows_the_log_and_leaves_nothing_running(folder, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (folder / "pki" / "port").write_text(f"{taken.getsockname()[1]}\n")
        assert run("start", state=folder) == 1
    message = capsys.readouterr().err
    assert "The service pki ended. The end of its log:" in message
    assert "which is taken now" in message
    assert supervisor.running(folder) == {}
    assert list((folder / "run").glob("*.json")) == []


def test_a_sandbox_that_lost_a_service_says_which(folder, capsys):
    supervisor.start(folder, None)
    os.kill(supervisor.running(folder)["windows"], signal.SIGKILL)
    deadline = time.monotonic() + 5
    while "windows" in supervisor.running(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert run("start", state=folder) == 1
    assert "windows does not" in capsys.readouterr().err
    assert run("status", state=folder) == 3


def test_stop_spares_a_process_that_only_has_the_pid(folder):
    (folder / "run" / "windows.pid").write_text(f"{os.getpid()}\n")
    assert supervisor.stop(folder) == []


def test_another_scenario_needs_another_folder(folder, tmp_path, capsys):
    other = tmp_path / "other.yml"
    other.write_text(DEMO.read_text() + "# another\n")
    assert cli.main(["start", "--state", str(folder), "--scenario", str(other)]) == 1
    assert "was made with another scenario" in " ".join(capsys.readouterr().err.split())


def test_the_first_start_needs_a_scenario(tmp_path, capsys):
    assert run("start", state=tmp_path / "empty") == 1
    assert "The first start needs --scenario FILE." in capsys.readouterr().err


def test_everything_received_is_listed_also_when_many_write_at_once(folder, capsys):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: record(folder, "smtp", "mail", f"mail {n}", f"body {n}".encode()), range(40)))
    entries = received(folder, "smtp", "mail")
    assert sorted(entry.summary for entry in entries) == sorted(f"mail {n}" for n in range(40))
    assert all(Path(entry.body).read_text() == entry.summary.replace("mail", "body") for entry in entries)
    assert received(folder, "portal") == []
    run("received", "--json", state=folder)
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)] == [entry.id for entry in entries]


def test_state_is_for_its_owner_only(folder):
    assert folder.stat().st_mode & 0o77 == 0
    assert (folder / "secrets.json").stat().st_mode & 0o77 == 0
    assert (folder / "tls" / "server.key").stat().st_mode & 0o77 == 0


def test_an_address_of_a_stopped_service_is_told(folder):
    with pytest.raises(SandboxError, match="The service smtp does not run"):
        address(folder, "smtp")
