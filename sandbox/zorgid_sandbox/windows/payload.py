# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which payloads the engine `pwsh` runs: Ansible's own wrapper around our own script, both without any change.

A client that logs in sends a program, so no other program may run: each script in the payload is compared with the file
of the ansible-core in this environment and with the `uzi_store.ps1` of this checkout; of the rest (JSON) each field is
known.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

SEPARATOR = b"\n\0\0\0\0\n"
MODULE = "ansible_collections.gbz.zorgid.plugins.modules.uzi_store.ps1"
MODULE_FILE = Path(__file__).resolve().parents[3] / "plugins" / "modules" / "uzi_store.ps1"
_FILES = ("winrm_put_file.ps1", "winrm_fetch_file.ps1", "psrp_put_file.ps1", "psrp_fetch_file.ps1")
_HELPERS = ("powershell_mkdtemp.ps1", "powershell_expand_user.ps1", *_FILES)
_UTILITIES = {"Ansible.Basic.cs", "Ansible.ModuleUtils.AddType.psm1"}


class RefusedError(Exception):
    """The payload is not run; the text says why."""


@cache
def _known(name: str) -> tuple[bytes, ...]:
    """The allowed texts of a script with this name."""
    if name == MODULE:
        return (MODULE_FILE.read_bytes(),)
    spec = find_spec("ansible")
    if spec is None or spec.origin is None:
        raise RefusedError("ansible-core is not installed beside the sandbox, so its scripts are not known")
    root = Path(spec.origin).parent
    folders = {".cs": root / "module_utils" / "csharp", ".psm1": root / "module_utils" / "powershell"}
    path = folders.get(Path(name).suffix, root / "executor" / "powershell") / name
    if "/" in name or not path.is_file():
        raise RefusedError(f"{name!r} is no script of this ansible-core")
    texts = [path.read_bytes()]
    if name == "bootstrap_wrapper.ps1":
        # ansible-core 2.21 strips its comments, by a function of its own.
        from ansible.executor.powershell.module_manifest import _get_powershell_script

        texts.append(bytes(_get_powershell_script(name)))
        # ansible-core 2.19 and 2.20 strip each line.
        texts.append(b"\n".join(line.strip() for line in texts[0].splitlines() if line.strip()))
    return tuple(texts)


def _same(name: str, text: bytes) -> None:
    if text not in _known(name):
        raise RefusedError(f"{name} is not the one of this checkout, or of the ansible-core beside the sandbox")


def _only(where: str, given: Mapping[str, Any], *allowed: str) -> None:
    """Every field that is not empty must be known here."""
    if unknown := sorted(name for name, value in given.items() if value and name not in allowed):
        raise RefusedError(f"{where} has {', '.join(unknown)}")


def check(script: str, stdin: bytes, files: Path) -> None:
    """Raise RefusedError unless this may be run, by a host whose clients have their files in this folder."""
    try:
        _check(script, stdin, files)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise RefusedError(f"it has another form than Ansible's ({type(error).__name__})") from None


def _check(script: str, stdin: bytes, files: Path) -> None:
    _same("bootstrap_wrapper.ps1", script.encode())
    header, body, *_input = stdin.split(SEPARATOR)
    wrapper, manifest = json.loads(header), json.loads(body)
    _only("the wrapper", wrapper, "name", "script", "params")
    if wrapper["name"] != "exec_wrapper":
        raise RefusedError(f"the wrapper is {wrapper['name']!r}")
    _same("exec_wrapper.ps1", wrapper["script"].encode())
    _only("the wrapper's parameters", wrapper["params"], "TempPath", "EncodeInputOutput", "PwshPath")
    if (wrapper["params"].get("PwshPath") or "powershell").lower() not in ("powershell", "powershell.exe"):
        raise RefusedError(f"it names {wrapper['params']['PwshPath']!r} as PowerShell")
    _only("the manifest", manifest, "scripts", "actions")
    for name, one in manifest["scripts"].items():
        _same(name, base64.b64decode(one["script"], validate=True))
    (action,) = manifest["actions"]
    _only("the action", action, "name", "params")
    if action["name"] == "module_wrapper.ps1":
        _module(action["params"])
    elif action["name"] in _HELPERS:
        _helper(action["name"], action["params"], files)
    else:
        raise RefusedError(f"the action is {action['name']!r}")


def _module(parameters: Mapping[str, Any]) -> None:
    _only("the module", parameters, "Script", "Variables", "CSharpModules", "PowerShellModules", "ForModule")
    if parameters["Script"] != MODULE:
        raise RefusedError(f"the module is {parameters['Script']!r}")
    if set(parameters["CSharpModules"]) | set(parameters["PowerShellModules"]) != _UTILITIES:
        raise RefusedError("the module's utilities are others than Ansible.Basic")
    (variable,) = parameters["Variables"]
    _only("the variable", variable, "Name", "Value", "Scope")
    if (variable["Name"], variable["Scope"]) != ("complex_args", "Global"):
        raise RefusedError(f"it sets the variable {variable['Name']!r}")


def _helper(name: str, parameters: Mapping[str, Any], files: Path) -> None:
    _only(name, parameters, "Path", "Directory", "Name", "BufferSize", "Offset")
    if name in _FILES:
        path = PurePosixPath(parameters["Path"])
        if ".." in path.parts or not path.is_relative_to(files):
            raise RefusedError(f"{name} may use files below {files} only")
    elif name == "powershell_mkdtemp.ps1":
        simple = re.fullmatch(r"[A-Za-z0-9.-]+", parameters["Name"]) and ".." not in parameters["Name"]
        if parameters["Directory"] != "%TEMP%" or not simple:
            raise RefusedError(f"{name} makes folders in %TEMP% only")
