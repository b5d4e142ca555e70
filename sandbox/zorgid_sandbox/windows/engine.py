# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first engine, in place of PowerShell: unwraps what ansible-core sends and runs the one module that is known here.

A module call of ansible-core 2.19 to 2.21 is a bootstrap script with, on its standard input, a JSON header, a line of
four NUL bytes, the manifest (modules, arguments, become) as JSON, and maybe more such parts. The bootstrap's text
differs between the versions; the NUL bytes in it do not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..state import record
from . import uzi_store
from .faults import strikes
from .payload import MODULE, SEPARATOR

_MASK, _MASK_ALL = "********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Output:
    """The result of a command: its streams and its exit code."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0


class Engine(Protocol):
    """What runs a client's commands: the emulator, or PowerShell (`powershell.py`)."""

    def run(self, script: str, stdin: bytes) -> Output: ...


def failed(message: str) -> Output:
    return Output(stderr=message.encode() + b"\r\n", exit_code=1)


def _masked(value: Any, secrets: tuple[str, ...]) -> Any:
    """As Ansible.Basic does: the output has no value of a no_log option."""
    match value:
        case str() if value in secrets:
            return _MASK_ALL
        case str():
            for secret in secrets:
                value = value.replace(secret, _MASK)
            return value
        case dict():
            return {key: _masked(item, secrets) for key, item in value.items()}
        case list():
            return [_masked(item, secrets) for item in value]
    return value


# What real PowerShell said to Ansible's bootstrap in these cases (`pwsh` is made to say it by `powershell.py`).
_SAID: dict[str, Output] = {
    "constrained": failed(
        "Cannot invoke method. Method invocation is supported only on core types in this language mode."
    ),
    "blocked": failed("File cannot be loaded because running scripts is disabled on this system."),
    "killed": Output(exit_code=137),
    "old": Output(b'{"failed":true,"msg":"Ansible requires PowerShell v5.1"}\r\n', exit_code=1),
}


def _barrier(state: Path) -> Output | None:
    return next((said for kind, said in _SAID.items() if strikes(state, kind) is not None), None)


class Emulator:
    """Runs one script after another for the host of this state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def run(self, script: str, stdin: bytes) -> Output:
        """Run a script; an unknown script ends with a message on stderr and exit code 1."""
        if (seconds := strikes(self.state, "slow")) is not None:
            time.sleep(seconds)
        if (said := _barrier(self.state)) is not None:
            return said
        if "`0`0`0`0" not in script or SEPARATOR not in stdin:
            return failed(
                "The sandbox's Windows host runs no PowerShell of its own; it knows Ansible's bootstrap only."
            )
        try:
            header, body, *extra = stdin.split(SEPARATOR)
            wrapper = json.loads(header)
            name = wrapper["name"].removesuffix(".ps1")
            if name != "exec_wrapper":
                return self._helper(name, wrapper["params"], body)
            manifest = json.loads(body)
            last = manifest["actions"][-1]
            if last["name"].removesuffix(".ps1") != "module_wrapper":
                return self._helper(last["name"].removesuffix(".ps1"), last["params"], b"".join(extra))
            return self._module(manifest, last["params"])
        except (ValueError, KeyError, TypeError, IndexError) as error:
            return failed(f"The sandbox's Windows host does not know this form of Ansible's bootstrap: {error!r}")

    def _module(self, manifest: dict[str, Any], parameters: dict[str, Any]) -> Output:
        script = parameters["Script"]
        if script != MODULE:
            return self._json({"failed": True, "msg": f"The sandbox's Windows host does not know {script}."})
        arguments = next(one["Value"] for one in parameters["Variables"] if one["Name"] == "complex_args")
        given = {name: value for name, value in arguments.items() if not name.startswith("_ansible")}
        check_mode = bool(arguments.get("_ansible_check_mode", False))
        result = uzi_store.run(self.state, given, check_mode=check_mode)
        secrets = tuple(str(given[name]) for name in uzi_store.NO_LOG if given.get(name))
        to_sign = given.get("to_sign") or []
        names = [
            given.get("thumbprint") or result.get("thumbprint") or "",
            *(str(one.get("thumbprint")) for one in to_sign),
        ]
        codes = [one.get("error_code", "") for one in (result, *result.get("signatures", ()))]
        actions = "via become" if any(one["name"].startswith("become") for one in manifest["actions"]) else ""
        record(
            self.state,
            "windows",
            str(given.get("operation")),
            " ".join(filter(None, [*names, "in check mode" if check_mode else "", actions, *codes])),
        )
        answer = self._json(_masked({**result, "invocation": {"module_args": given}}, secrets))
        if strikes(self.state, "cut") is not None:
            return Output(answer.stdout[: len(answer.stdout) // 2])
        noise = b"Welcome to this server.\r\n" if strikes(self.state, "noisy") is not None else b""
        return Output(noise + answer.stdout, exit_code=answer.exit_code)

    @staticmethod
    def _json(result: dict[str, Any]) -> Output:
        return Output(json.dumps(result).encode() + b"\r\n", exit_code=1 if result.get("failed") else 0)

    def _helper(self, name: str, parameters: dict[str, Any], body: bytes) -> Output:
        """The scripts by which ansible-core makes a temporary folder and copies a file; their files are not stored."""
        if name == "powershell_mkdtemp":
            folder = parameters["Directory"].replace("%TEMP%", "C:\\Users\\gbz-ansible\\AppData\\Local\\Temp")
            return Output(f"{folder}\\{parameters['Name']}\r\n".encode())
        if name in ("winrm_put_file", "psrp_put_file"):
            data = b"".join(base64.b64decode(line) for line in body.split())
            return Output(json.dumps({"sha1": hashlib.sha1(data).hexdigest()}).encode())  # noqa: S324
        return failed(f"The sandbox's Windows host does not know ansible-core's script {name}.")
