# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second engine: what a client sends is run by PowerShell, a process for each command, confined (`confine.py`).

On Linux .NET has `CurrentUser\\My` only, in files under HOME: a HOME per host is a store per host. Keys are of neither
kind that Windows knows, and exportable. The store is filled through .NET itself (`fill.ps1`).
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

from ..state import SandboxError, State, record, write
from . import payload
from .engine import Output, failed
from .faults import strikes
from .store import CertificateStore

HOW_TO_GET_IT = (
    "Install PowerShell 7 (https://learn.microsoft.com/powershell/scripting/install/installing-powershell-on-linux), "
    "so that `pwsh` is on PATH, or name the program in ZORGID_PWSH."
)
OLDEST = (7, 4)
_SECONDS, _VERSION_SECONDS = 120.0, 30.0
_CONFINE, _FILL = (Path(__file__).with_name(name) for name in ("confine.py", "fill.ps1"))
_HOME_PREFIX = "zorgid-windows-"

# What makes PowerShell itself say what a client must be told: done before Ansible's bootstrap. An old PowerShell cannot
# be simulated this way; the emulator does that.
_MADE_TO_SAY = {
    "constrained": "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'",
    "blocked": "throw [System.Management.Automation.PSSecurityException]::new("
    "'File bootstrap.ps1 cannot be loaded because running scripts is disabled on this system.')",
    "killed": "[System.Diagnostics.Process]::GetCurrentProcess().Kill()",
    "noisy": "Write-Output 'Welcome to this server.'",
}


def find() -> Path:
    """The program, by ZORGID_PWSH or on PATH. Raises SandboxError if there is none."""
    named = os.environ.get("ZORGID_PWSH") or "pwsh"
    found = shutil.which(named)
    if found is None and Path(named).is_dir():
        raise SandboxError(
            f"The Windows host's engine pwsh needs PowerShell, and {named} in ZORGID_PWSH is a folder: "
            f"name the program in it, such as {Path(named) / 'pwsh'}."
        )
    if found is None and Path(named).is_file():
        raise SandboxError(
            f"The Windows host's engine pwsh needs PowerShell, and {named} in ZORGID_PWSH is a file that cannot be "
            "run: name the program, and make it executable (chmod +x)."
        )
    if found is None:
        raise SandboxError(
            f"The Windows host's engine pwsh needs PowerShell, and {named} is not there. {HOW_TO_GET_IT}"
        )
    return Path(found).resolve()


class PowerShell:
    """One host: its HOME, and what runs for it. ``close`` ends all of it."""

    def __init__(self, state: Path, program: Path | None = None) -> None:
        self.state = state
        self.program = program or find()
        # Not in the state folder, which only its owner may enter; the state folder records it, in case the service is
        # killed.
        self._noted = State(state).root / "windows" / "home"
        _forget_home(self._noted)
        self.home = Path(tempfile.mkdtemp(prefix=_HOME_PREFIX))
        write(self._noted, str(self.home))
        # Files of clients are outside the folders from which PowerShell might load or start something.
        self._files = self.home / "files"
        self._user, self._group = 0, 0
        self._running: set[subprocess.Popen[bytes]] = set()
        try:
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                self._user, self._group = nobody.pw_uid, nobody.pw_gid
                os.chown(self.home, self._user, self._group)
            (self.home / "bin").mkdir()
            self._files.mkdir()
            os.chown(self._files, self._user or -1, self._group or -1)
            self._put_on_path(self.program)
            self._check_version()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all running processes, and remove the HOME with its store."""
        for process in list(self._running):
            _end(process)
        _forget_home(self._noted)

    def _check_version(self) -> None:
        reported = self._start(["--version"], b"", _VERSION_SECONDS)
        version = re.search(rb"PowerShell (\d+)\.(\d+)", reported.stdout)
        if version is None:
            said = (reported.stderr or reported.stdout).decode(errors="replace").strip().splitlines() or ["nothing"]
            raise SandboxError(f"{self.program} is no PowerShell that runs here; it says: {said[0]}. {HOW_TO_GET_IT}")
        if (int(version[1]), int(version[2])) < OLDEST:
            text = reported.stdout.decode().strip()
            raise SandboxError(f"{self.program} is {text}; the engine needs 7.4 or newer. {HOW_TO_GET_IT}")

    def run(self, script: str, stdin: bytes) -> Output:
        """Run Ansible's payload; anything else is refused with a message on stderr and exit code 1."""
        try:
            payload.check(script, stdin, self._files)
        except payload.RefusedError as error:
            return failed(f"The sandbox's Windows host does not run this: {error}.")
        record(self.state, "windows", "powershell", f"{len(stdin)} bytes")
        before = next((text for kind, text in _MADE_TO_SAY.items() if strikes(self.state, kind) is not None), None)
        # The client's script was just compared; only a fault adds something around it.
        text = script if before is None else f"{before}\n$input | & {{\n{script}\n}}\n"
        command = base64.b64encode(text.encode("utf-16-le")).decode()
        output = self._start(["-NoProfile", "-NonInteractive", "-EncodedCommand", command], stdin, _SECONDS)
        if strikes(self.state, "cut") is not None:
            return Output(output.stdout[: len(output.stdout) // 2], output.stderr, output.exit_code)
        return output

    def fill(self) -> int:
        """Put what the emulator's store holds (LocalMachine) into this HOME's (CurrentUser); how many certificates."""
        entries = []
        for name in ("My", "CA", "Root"):
            for one in CertificateStore(self.state, name=name).entries():
                given = {"store": name, "password": "", "certificate": base64.b64encode(one.der).decode()}
                if one.key_pem and one.key_state in ("exportable", "not_exportable"):
                    key: Any = load_pem_private_key(one.key_pem, None, unsafe_skip_rsa_key_validation=True)
                    pfx = pkcs12.serialize_key_and_certificates(
                        None, key, one.certificate, None, BestAvailableEncryption(b"fill")
                    )
                    given |= {"password": "fill", "certificate": base64.b64encode(pfx).decode()}
                entries.append(given)
        arguments = ["-NoProfile", "-NonInteractive", "-EncodedCommand"]
        command = base64.b64encode(_FILL.read_text(encoding="utf-8").encode("utf-16-le")).decode()
        done = self._start([*arguments, command], json.dumps(entries).encode(), _SECONDS)
        if done.exit_code or done.stderr:
            raise SandboxError(f"The store cannot be filled: {done.stderr.decode(errors='replace').strip()}")
        # If everybody may run PowerShell's program, Ansible does not need to start a second one from the first.
        own = Path(done.stdout.decode().strip()) / "pwsh"
        if own.is_file() and own.stat().st_mode & stat.S_IXOTH:
            self._put_on_path(own)
        return len(entries)

    def _put_on_path(self, program: Path) -> None:
        """ansible-core 2.21 looks for `powershell` on PATH, to see whether it runs in that one, or has to start it."""
        link = self.home / "bin" / "powershell"
        link.unlink(missing_ok=True)
        link.symlink_to(program)

    def _start(self, arguments: Sequence[str], stdin: bytes, seconds: float) -> Output:
        environment = {
            "HOME": str(self.home),
            "TEMP": str(self._files),
            "TMPDIR": str(self.home),
            "PATH": f"{self.home}/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "POWERSHELL_TELEMETRY_OPTOUT": "1",
            "POWERSHELL_UPDATECHECK": "Off",
            "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "DOTNET_EnableDiagnostics": "0",
            # Each process runs for seconds, so optimising for later would only cost time.
            "DOTNET_TieredPGO": "0",
            "DOTNET_gcConcurrent": "0",
            "DOTNET_GCHeapHardLimit": "0x30000000",
            "ZORGID_PARENT": str(os.getpid()),
        }
        confined = [sys.executable, "-I", str(_CONFINE), str(self._user), str(self._group), str(self.program)]
        process = subprocess.Popen(  # noqa: S603 - no shell; the program was chosen by whoever started the sandbox
            [*confined, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=self.home,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            stdout, stderr = process.communicate(stdin, seconds)
        except subprocess.TimeoutExpired:
            return failed(f"PowerShell gave no answer within {seconds:.0f} s and was ended.")
        finally:
            # Processes that it may have left are in its group.
            _end(process)
            self._running.discard(process)
        return Output(stdout, stderr, process.returncode if process.returncode >= 0 else 128 - process.returncode)


def _forget_home(noted: Path) -> None:
    if noted.exists():
        home = Path(noted.read_text(encoding="utf-8"))
        if home.name.startswith(_HOME_PREFIX):
            shutil.rmtree(home, ignore_errors=True)
        noted.unlink()


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
