# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine `pwsh`: what it runs and what it refuses, how what it runs is confined, and how it ends."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socketserver
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible.executor.powershell import module_manifest
from ansible_collections.gbz.zorgid.tests.support import winrm_hosts
from zorgid_sandbox import scenario as scenarios
from zorgid_sandbox.state import SandboxError, State, connect, credentials, new_password
from zorgid_sandbox.windows import payload, powershell, web
from zorgid_sandbox.windows.engine import Emulator

MODULE = payload.MODULE.removesuffix(".ps1")
BOOTSTRAP = module_manifest._get_powershell_script("bootstrap_wrapper.ps1").decode()
FILES = Path("/tmp/files-of-a-host")


def sent(**changed: Any) -> tuple[str, bytes]:
    """What ansible-core itself makes of a module call."""
    more = {"pwsh_interpreter": "powershell"} if "pwsh_interpreter" in _names() else {}
    given = {
        "name": MODULE,
        "module_data": payload.MODULE_FILE.read_bytes(),
        "module_path": "/collection/uzi_store.ps1",
        "module_args": {"operation": "list", "store_location": "CurrentUser"},
        "environment": {},
        "async_timeout": 0,
        "become_plugin": None,
        "substyle": "powershell",
        "task_vars": {},
        "profile": "legacy",
        **more,
        **changed,
    }
    return BOOTSTRAP, module_manifest._create_powershell_wrapper(**given)


def _names() -> tuple[str, ...]:
    code = module_manifest._create_powershell_wrapper.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def altered(part: int, change: Any) -> tuple[str, bytes]:
    script, stdin = sent()
    parts = [json.loads(one) for one in stdin.split(payload.SEPARATOR)]
    change(parts[part])
    return script, payload.SEPARATOR.join(json.dumps(one).encode() for one in parts)


def helper(name: str, **parameters: Any) -> tuple[str, bytes]:
    return module_manifest._bootstrap_powershell_script(name, parameters, has_input=True)


class TestPayload:
    """Which payloads may run. No PowerShell is needed to say so."""

    def test_ansibles_own_around_our_script(self) -> None:
        payload.check(*sent(), FILES)
        payload.check(*helper("winrm_put_file.ps1", Path=f"{FILES}/x"), FILES)
        payload.check(*helper("powershell_mkdtemp.ps1", Directory="%TEMP%", Name="ansible-tmp-1.2-3"), FILES)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (("Remove-Item x", sent()[1]), "bootstrap_wrapper.ps1 is not the one"),
            ((BOOTSTRAP + "\n", sent()[1]), "bootstrap_wrapper.ps1 is not the one"),
            ((BOOTSTRAP, b""), "another form"),
            ((BOOTSTRAP, b"{}\n\0\0\0\0\n[]"), "another form"),
            (sent(module_data=payload.MODULE_FILE.read_bytes() + b"\n"), "uzi_store.ps1 is not the one"),
            (sent(name="ansible.builtin.win_x"), "is no script of this ansible-core"),
            (sent(environment={"PATH": "/tmp/evil"}), "the module has Environment"),
            (altered(0, lambda one: one["params"].update(PwshPath="/tmp/evil")), "names '/tmp/evil' as PowerShell"),
            (altered(0, lambda one: one["params"].update(ActionParameters={"a": 1})), "has ActionParameters"),
            (altered(0, lambda one: one.update(script="evil")), "exec_wrapper.ps1 is not the one"),
            (altered(0, lambda one: one.update(name="evil")), "the wrapper is 'evil'"),
            (altered(1, lambda one: one["scripts"].update(evil={"script": "ZXZpbA=="})), "'evil' is no script"),
            (altered(1, lambda one: one["scripts"].update({"../x": {"script": "eA=="}})), "is no script"),
            (altered(1, lambda one: one.update(signed_hashlist=["x"])), "the manifest has signed_hashlist"),
            (altered(1, lambda one: one["actions"].insert(0, {"name": "become_wrapper.ps1"})), "another form"),
            (altered(1, lambda one: one["actions"][0].update(name="coverage_wrapper.ps1")), "the action is"),
            (altered(1, lambda one: one["actions"][0].update(secure_params={"x": 1})), "has secure_params"),
            (altered(1, lambda one: one["actions"][0]["params"].update(Breakpoints=["x"])), "has Breakpoints"),
            (altered(1, lambda one: one["actions"][0]["params"].update(Script="exec_wrapper.ps1")), "the module is"),
            (altered(1, lambda one: one["actions"][0]["params"].update(CSharpModules=["x.cs"])), "utilities"),
            (
                altered(1, lambda one: one["actions"][0]["params"]["Variables"][0].update(Name="PSModulePath")),
                "sets the variable 'PSModulePath'",
            ),
            (
                altered(1, lambda one: one["actions"][0]["params"]["Variables"][0].update(Option="x")),
                "the variable has Option",
            ),
            (helper("winrm_put_file.ps1", Path="/etc/cron.d/x"), "files below /tmp/files-of-a-host only"),
            (helper("winrm_fetch_file.ps1", Path=f"{FILES}/../x"), "files below /tmp/files-of-a-host only"),
            (helper("powershell_mkdtemp.ps1", Directory="/etc", Name="x"), "folders in %TEMP% only"),
            (helper("powershell_mkdtemp.ps1", Directory="%TEMP%", Name="../x"), "folders in %TEMP% only"),
        ],
    )
    def test_nothing_else(self, given: tuple[str, bytes], said: str) -> None:
        with pytest.raises(payload.RefusedError, match=said):
            payload.check(*given, FILES)


def program(tmp_path: Path, *lines: str) -> Path:
    """A program in the place of PowerShell."""
    path = tmp_path / "pwsh"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    # The other user has to reach it.
    for folder in (tmp_path, *tmp_path.parents):
        if any(part.startswith("pytest-of-") for part in folder.parts):
            folder.chmod(folder.stat().st_mode | 0o011)
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    State(tmp_path / "state").make()
    connect(tmp_path / "state").close()
    return tmp_path / "state"


class TestProgram:
    """No PowerShell, an old one, one that hangs, one that is none."""

    def test_none(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ZORGID_PWSH", "no-such-pwsh")
        with pytest.raises(SandboxError, match=r"no-such-pwsh is not there\. Install PowerShell 7"):
            powershell.PowerShell(state)

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("echo PowerShell 7.3.9", "is PowerShell 7.3.9; the engine needs 7.4 or newer"),
            ("echo usage: something; exit 2", "is no PowerShell that runs here; it says: usage: something"),
            ("echo cannot find libicu >&2; exit 134", "it says: cannot find libicu"),
            ("exec sleep 1000", "it says: PowerShell gave no answer within"),
        ],
    )
    def test_another(self, state: Path, tmp_path: Path, line: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(powershell, "_VERSION_SECONDS", 0.5)
        with pytest.raises(SandboxError, match=said):
            powershell.PowerShell(state, program(tmp_path, line))

    def test_one_that_may_not_be_run(self, state: Path, tmp_path: Path) -> None:
        there = program(tmp_path, "echo PowerShell 7.6.9")
        there.chmod(0o644)
        with pytest.raises(SandboxError, match=r"it says: user \d+ cannot run it: Permission denied"):
            powershell.PowerShell(state, there)


class TestConfinement:
    def test_what_runs_has_little(self, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_OF_THE_WORKFLOW", "x")
        shown = 'if [ "$1" = --version ]; then echo PowerShell 7.6.9; exit; fi; id -u; pwd; ulimit -c; ulimit -t; env'
        host = powershell.PowerShell(state, program(tmp_path, shown))
        try:
            user, folder, core, seconds, *environment = host._start(["x"], b"", 10).stdout.decode().splitlines()
        finally:
            host.close()
        assert int(user) != 0
        assert os.geteuid() == 0 or int(user) == os.geteuid()
        assert (folder, core, seconds) == (str(host.home), "0", "120")
        names = {line.partition("=")[0] for line in environment}
        assert "SECRET_OF_THE_WORKFLOW" not in names
        assert {name for name in names if not name.startswith(("DOTNET_", "POWERSHELL_"))} <= {
            "HOME",
            "LANG",
            "NO_COLOR",
            "PATH",
            "PWD",
            "SHLVL",
            "TEMP",
            "TERM",
            "TMPDIR",
            "OLDPWD",
            "_",
        }
        assert not host.home.exists()

    def test_what_it_leaves_behind_ends_with_it(self, state: Path, tmp_path: Path) -> None:
        line = 'if [ "$1" = --version ]; then echo PowerShell 7.6.9; exit; fi; sleep 1000 <&- >&- 2>&- & echo $!'
        host = powershell.PowerShell(state, program(tmp_path, line))
        try:
            assert stat.S_IMODE(host.home.stat().st_mode) == 0o700
            left = int(host._start(["x"], b"", 10).stdout)
        finally:
            host.close()
        assert _gone(left)

    def test_a_time_limit(self, state: Path, tmp_path: Path) -> None:
        line = 'if [ "$1" = --version ]; then echo PowerShell 7.6.9; exit; fi; echo some; exec sleep 1000'
        host = powershell.PowerShell(state, program(tmp_path, line))
        try:
            output = host._start(["x"], b"", 0.5)
        finally:
            host.close()
        assert output.stderr == b"PowerShell gave no answer within 0 s and was ended.\r\n"
        assert output.exit_code == 1

    def test_it_dies_with_the_service(self, state: Path, tmp_path: Path) -> None:
        """Even where the service is killed and can end nothing itself."""
        line = 'if [ "$1" = --version ]; then echo PowerShell 7.6.9; exit; fi; echo $$ > "$HOME/pid"; exec sleep 1000'
        code = (
            "import sys; from pathlib import Path; from zorgid_sandbox.windows.powershell import PowerShell\n"
            "host = PowerShell(Path(sys.argv[1]), Path(sys.argv[2])); print(host.home, flush=True)\n"
            "host._start(['x'], b'', 100)"
        )
        command = [sys.executable, "-c", code, str(state), str(program(tmp_path, line))]
        environment = {**os.environ, "PYTHONPATH": str(winrm_hosts.ROOT / "sandbox")}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
            assert service.stdout is not None
            noted = Path(service.stdout.readline().strip()) / "pid"
            while not (noted.exists() and noted.read_text()):
                assert service.poll() is None
            service.kill()
        assert _gone(int(noted.read_text()))
        # Its keys lie there until the next start.
        assert noted.exists()
        powershell.PowerShell(state, program(tmp_path, "echo PowerShell 7.6.9")).close()
        assert not noted.parent.exists()


def _gone(pid: int) -> bool:
    """Ended, or a zombie that waits for init."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
    return False


class TestOffUnlessAsked:
    def test_the_emulator_is_the_default(self) -> None:
        assert scenarios.Windows().engine == "emulator"

    def test_an_unknown_engine(self, tmp_path: Path) -> None:
        (tmp_path / "scenario.yml").write_text("organisations: []\nwindows: {engine: wine}\n")
        with pytest.raises(SandboxError, match="engine is wine, expected one of"):
            scenarios.read(tmp_path / "scenario.yml")

    def test_a_password_per_start(self, state: Path) -> None:
        before = credentials(state, "windows"), credentials(state, "smtp")
        new_password(state, "windows")
        after = credentials(state, "windows"), credentials(state, "smtp")
        assert (after[0]["user"], after[1]) == (before[0]["user"], before[1])
        assert after[0]["password"] != before[0]["password"]

    def test_loopback_only_whatever_was_bound(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def everywhere(server: Any) -> None:
            server.server_address = ("0.0.0.0", 5986)  # noqa: S104 - what must not be

        monkeypatch.setattr(socketserver.TCPServer, "server_activate", lambda server: None)
        monkeypatch.setattr(web._Server, "server_bind", everywhere)
        with pytest.raises(SandboxError, match=r"listens on 0\.0\.0\.0, which is not loopback"):
            web._Server(state, Emulator(state))


ACTION = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        given = self._task.args
        self._connection.put_file(given["there"], given["file"])
        self._connection.fetch_file(given["file"], given["back"])
        return {"changed": True}
"""


def test_files_go_there_and_come_back(powershell_host: winrm_hosts.Host, tmp_path: Path) -> None:
    """put_file and fetch_file of Ansible's connections, by its own scripts."""
    home = json.loads((powershell_host.folder / "run" / "windows.json").read_text())["home"]
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "there_and_back.py").write_text(ACTION)
    (tmp_path / "there").write_bytes(bytes(range(256)))
    files = {"there": f"{tmp_path}/there", "file": f"{home}/files/file", "back": f"{tmp_path}/back"}
    play = [{"hosts": "over_psrp", "gather_facts": False, "tasks": [{"there_and_back": files}]}]
    (tmp_path / "play.yml").write_text(json.dumps(play))
    inventory = str(powershell_host.inventory())
    done = winrm_hosts.run(tmp_path, "ansible-playbook", "-i", inventory, str(tmp_path / "play.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "back").read_bytes() == bytes(range(256))


def test_the_password_of_an_export_stands_nowhere(powershell_host: winrm_hosts.Host, tmp_path: Path) -> None:
    """Not in the answer, not at -vvvvv, not in the log of the host, and in no process's command line."""
    password, seen, ended = "vervoer-zeer-geheim", list[str](), threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if "pwsh" in line or "powershell" in line:
                    seen.append(line)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        options = {"operation": "export", "store_location": "CurrentUser", "password": "{{ pfx_password }}"}
        options["thumbprint"] = powershell_host.known["rsa"].thumbprint
        (tmp_path / "vars.json").write_text(json.dumps({"pfx_password": password}))
        words = ["-m", "gbz.zorgid.uzi_store", "-a", json.dumps(options), "-e", f"@{tmp_path / 'vars.json'}", "-vvvvv"]
        done = winrm_hosts.run(tmp_path, "ansible", "-i", str(powershell_host.inventory()), "over_winrm", *words)
    finally:
        ended.set()
        watching.join()
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"pfx": "MI' in done.stdout
    assert password not in done.stdout + done.stderr
    assert password not in (powershell_host.folder / "log" / "windows.log").read_text()
    assert [line for line in seen if "-EncodedCommand" in line]
    hidden = base64.b64encode(password.encode("utf-16-le")).decode().rstrip("=")
    digest = hashlib.sha256(password.encode()).hexdigest()
    assert not [line for line in seen if password in line or hidden in line or digest in line]
