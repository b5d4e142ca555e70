# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a failed or missing answer of a Windows host into an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleAuthenticationFailure

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.text import printable
from .action import ZorgidAction

_ACTIONS = {
    "store_unavailable": "correct store_name and store_location, or the permissions of this account",
    "key_not_exportable": "sign on the host of the key: it was made so that it cannot be exported",
    "key_inaccessible": "give the account of this connection permission to use the key",
}
_REFUSED = re.compile("credentials were rejected|failed to authenticate|auth(?:entication)? failure", re.IGNORECASE)
# pywinrm, pypsrp, xmltodict, requests-credssp, kerberos: each connection plugin has its own text around these words.
_LIBRARY = re.compile(r"\b(?:is|are) not installed", re.IGNORECASE)
_CAUSE = re.compile(r"\[(?:Errno -?[0-9]+|[A-Z0-9]+: [A-Z0-9_]+)\] ([^'\"()]+)")
# The causes, in the words of requests and urllib3, which both winrm and psrp use.
_NO_WAY = (
    (
        r"NameResolutionError|getaddrinfo|name or service not known|nodename nor servname|name resolution",
        "its name does not resolve",
        "correct ansible_host, or the name in DNS",
    ),
    (
        r"connection refused|ECONNREFUSED|errno 111|winerror 10061",
        "it refuses the connection at this port",
        "correct ansible_port, or start WinRM there",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|hostname mismatch|doesn't match|SSLError",
        "its TLS certificate is not the one that is trusted",
        "correct ansible_winrm_ca_trust_path or ansible_psrp_cert_validation, or the certificate of its listener",
    ),
    (
        r"timed out|timeout|no route to host|network is unreachable",
        "no answer in time",
        "check its address, the firewall between, and whether it is switched on",
    ),
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Messages of PowerShell or of Ansible's bootstrap, and the solutions.
_BARRIERS = (
    (
        r"language ?mode|constrained ?language|only core types|not trusted|application control",
        "allow PowerShell's Full Language Mode for this account (AppLocker, App Control), or sign where it is allowed",
    ),
    (
        r"running scripts is disabled|execution ?polic|not digitally signed|UnauthorizedAccess",
        "allow this account to run scripts (Get-ExecutionPolicy -List on the host)",
    ),
    (
        r"malicious content|antivirus|ScriptContainedMaliciousContent|AMSI",
        "see what the virus scanner of the host reported, and let it pass the scripts of Ansible",
    ),
    (r"requires PowerShell v?5\.1|minimum PowerShell version", "install Windows PowerShell 5.1 or newer there"),
)
_LOOK = "log in on the host with the same account and see what PowerShell, its policies and the virus scanner say"


def name_of(action: ZorgidAction) -> str:
    """The host's inventory name with address and port, for a message."""
    connection, task = action._connection, action._task
    name = getattr(task, "delegate_to", None) or action.task_vars.get("inventory_hostname")
    address = str(connection._play_context.remote_addr or "")
    try:
        port = connection.get_option("port")
    except (KeyError, AttributeError):
        port = None
    place = f"{address}:{port}" if port else address
    known = printable(name or address)
    return f"The Windows host {known}" if known == place else f"The Windows host {known} ({place})"


def no_answer(host: str, error: Exception) -> ZorgidError:
    """Connection plugins show a refused login only in their text, and other causes in the words of their libraries."""
    text = printable(error, 400)
    if _LIBRARY.search(text):
        return ZorgidError(
            "library_missing",
            "The connection to this Windows host needs a Python library on the controller",
            found=printable(text),
            action="install it into the Python that runs Ansible: python -m pip install pywinrm (connection winrm) or "
            "pypsrp (connection psrp)",
            expected="the library that this kind of connection uses",
        )
    if isinstance(error, AnsibleAuthenticationFailure) or _REFUSED.search(text):
        return ZorgidError(
            "windows_login_refused",
            f"{host} refuses the login",
            action="correct ansible_user and ansible_password, or the way of logging in",
            expected="a login that the host accepts",
            found="refused",
        )
    cause = _CAUSE.search(text)
    which, action = next(
        ((which, action) for pattern, which, action in _NO_WAY if re.search(pattern, text, re.IGNORECASE)),
        ("", "check its address, port and TLS certificate, and whether WinRM runs there"),
    )
    why = cause.group(1).strip() if cause else printable(text)
    return ZorgidError(
        "windows_unreachable",
        f"{host} cannot be reached, or gave no answer",
        found=f"{which} ({why})" if which and cause else which or why,
        action=action,
        expected="an answer of the script for Windows",
    )


def refusal(host: str, answer: Mapping[str, Any]) -> ZorgidError:
    """The error for a failed result of ``_execute_module``: the script's own refusal, or an answer that is not the
    script's."""
    if answer.get("error_code"):
        return refusal_of_script(answer)
    streams = [answer[name] for name in ("module_stderr", "module_stdout") if name in answer]
    lines = [line for stream in (streams or [answer.get("msg")]) for line in _lines(stream)]
    said, action = next(
        ((line, action) for line in lines for pattern, action in _BARRIERS if re.search(pattern, line, re.IGNORECASE)),
        (lines[0] if lines else "no output", _LOOK),
    )
    return ZorgidError(
        "windows_module_failed",
        f"{host} gave no answer that can be read" if streams else f"{host} stopped the script",
        found=said,
        action=action,
        expected="an answer of the script for Windows",
    )


def refusal_of_script(answer: Mapping[str, Any]) -> ZorgidError:
    """The script's own refusal: its code, and the text of Windows."""
    code = str(answer.get("error_code") or "")
    code = code if re.fullmatch("[a-z_]{1,60}", code) else "windows_module_failed"
    return ZorgidError(code, printable(answer.get("msg") or "Windows gave no reason", 500), action=_ACTIONS.get(code))


def _lines(stream: Any) -> list[str]:
    """The lines with words. A truncated answer is not shown, because it may contain an exported key."""
    # PowerShell 7 adds a frame: "Line |", "  12 | code", "     | what is wrong".
    lines = (printable(_COLOURS.sub("", line)).lstrip("| ") for line in str(stream or "")[:20_000].splitlines())
    return ["an answer that is cut off" if line.startswith("{") else line for line in lines if line]
