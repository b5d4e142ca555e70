# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store of the Windows host that the task runs on or is delegated to."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleAuthenticationFailure, AnsibleError

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import needs
from ...module_utils._uzi import keys
from ...module_utils._uzi.certificate import is_authority, parse_certificate
from ...module_utils._uzi.files import KeyState, StoreEntry
from .action import Options, Result, ZorgidAction

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

_MODULE = "gbz.zorgid.uzi_store"
_ACTIONS = {
    "store_unavailable": "correct store_name and store_location, or the rights of this account",
    "key_not_exportable": "sign with the key where it is; it was made to stay",
    "key_inaccessible": "give the account of this connection the right to use the key",
}
_REFUSED = re.compile("credentials were rejected|failed to authenticate|auth(?:entication)? failure", re.IGNORECASE)
_CAUSE = re.compile(r"\[(?:Errno -?[0-9]+|[A-Z0-9]+: [A-Z0-9_]+)\] ([^'\"()]+)")


class WindowsStore:
    """One store; each method is one round trip."""

    def __init__(self, action: ZorgidAction, options: Options) -> None:
        self._action = action
        self._where = {name: options[name] for name in ("store_name", "store_location")}
        self.name = f"{options['store_location']}\\{options['store_name']}"

    def list(self) -> list[StoreEntry]:
        """Every readable certificate that is not an authority's, each with a key that signs on its host.

        What is in a store beside UZI certificates is no business of ours: it is left out when it cannot be read.
        """
        answer = self._call("list")
        authorities = tuple(_certificates(answer["authorities"]))
        return [entry for one in answer["certificates"] if (entry := self._entry(one, authorities)) is not None]

    def sign(self, thumbprint: str, digest: bytes, hash_name: str, padding: str) -> bytes:
        answer = self._call(
            "sign",
            thumbprint=thumbprint,
            digest=base64.b64encode(digest).decode(),
            hash=hash_name,
            padding=padding,
        )
        return base64.b64decode(answer["signature"])

    def export(self, thumbprint: str, password: str) -> bytes:
        """A PKCS#12 in the ciphers of the host; neither it nor the password is logged, except with ANSIBLE_DEBUG."""
        return base64.b64decode(self._call("export", thumbprint=thumbprint, password=password)["pfx"])

    def _entry(self, told: dict[str, Any], authorities: tuple[x509.Certificate, ...]) -> StoreEntry | None:
        try:
            parsed = parse_certificate(base64.b64decode(told["certificate"]))
        except ZorgidError:
            return None
        if is_authority(parsed.x509):
            return None
        key = told["key"]
        state = KeyState(parsed.key_type, parsed.key_bits, key["state"], key["provider"], key["reason"] or "")
        public, thumbprint = parsed.x509.public_key(), told["thumbprint"]
        remote = None
        if isinstance(public, rsa.RSAPublicKey) and key["state"] in ("exportable", "not_exportable"):
            remote = keys.RemoteKey(public, lambda digest, name, scheme: self.sign(thumbprint, digest, name, scheme))
        return StoreEntry(
            parsed, state, authorities, self.name, told["friendly_name"] or "", in_store=True, private_key=remote
        )

    def _call(self, operation: str, **arguments: Any) -> Result:
        action = self._action
        if not getattr(action._connection._shell, "_IS_WINDOWS", False):
            raise ZorgidError(
                "windows_host_needed",
                "The certificate store is on a Windows host, and this task does not run on one",
                expected="a connection winrm, psrp, or ssh with a PowerShell shell",
                found=f"connection {action._connection.transport}",
                action="delegate the task to the host with the certificates, or give files on the controller",
            )
        try:
            with _unlogged(action, "password" in arguments):
                answer = action._execute_module(
                    module_name=_MODULE,
                    module_args={"operation": operation, **self._where, **arguments},
                    task_vars=action.task_vars,
                )
        except (AnsibleError, OSError) as error:
            # A connection that breaks while a command runs surfaces as its library's own OSError (requests).
            raise _no_answer(action, error) from error
        if answer.get("failed") or answer.get("unreachable"):
            code = answer.get("error_code") or "windows_module_failed"
            raise ZorgidError(
                code,
                str(answer.get("msg") or "The Windows host gave no answer"),
                action=_ACTIONS.get(code),
            )
        return dict(answer)


@contextmanager
def _unlogged(action: ZorgidAction, secret: bool) -> Iterator[None]:
    """Hide one call, not the whole result of the user's task, from the host's log and the connection's -vvvvv."""
    places = (action._task, action._connection._play_context) if secret else ()
    before = [place.no_log for place in places]
    try:
        for place in places:
            place.no_log = True
        yield
    finally:
        for place, value in zip(places, before, strict=True):
            place.no_log = value


def _no_answer(action: ZorgidAction, error: Exception) -> ZorgidError:
    """The connection plugins tell a refused login in the text only, and the rest in words of their libraries."""
    told = " ".join(str(error).split())
    host = f"The Windows host {action._connection._play_context.remote_addr}"
    if isinstance(error, AnsibleAuthenticationFailure) or _REFUSED.search(told):
        return ZorgidError(
            "windows_login_refused",
            f"{host} refuses the login",
            action="correct ansible_user and ansible_password, or the way of logging in",
        )
    cause = _CAUSE.search(told)
    return ZorgidError(
        "windows_unreachable",
        f"{host} cannot be reached, or gave no answer",
        found=cause.group(1).strip() if cause else told,
        action="check its address, port and TLS certificate, and whether WinRM runs there",
    )


def _certificates(encoded: list[str]) -> list[x509.Certificate]:
    found = []
    for one in encoded:
        try:
            found.append(x509.load_der_x509_certificate(base64.b64decode(one)))
        except (ValueError, x509.InvalidVersion):
            # An authority that cannot be read cannot be part of a path.
            continue
    return found
