# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store of the Windows host that the task runs on or is delegated to."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleError

from ...module_utils._common.errors import ZorgidError
from ...module_utils._uzi import store_answers
from ...module_utils._uzi.files import StoreEntry
from ...module_utils._uzi.store import StorePlace, ToSign, store_entries
from . import windows_answer
from .action import Result, ZorgidAction

_MODULE = "gbz.zorgid.uzi_store"
# The limit of uzi_store for one call.
MOST_AT_ONCE = 50
# For the host's event log: controller and main process (a task runs in a child of it).
_RUN = f"{socket.gethostname()} {os.getppid()}"


class WindowsStore:
    """One store, a ``CertificateStore``; each method is one round trip; the constructor makes none."""

    def __init__(self, action: ZorgidAction, place: StorePlace) -> None:
        self._action, self._place = action, place

    def list(self) -> list[StoreEntry]:
        """Every readable certificate except CA certificates, each with a key that signs on its host."""
        listed, authorities = self.listed()
        return store_entries(listed, authorities, str(self._place), self._sign_one)

    def listed(self) -> tuple[Sequence[store_answers.ListedCertificate], Sequence[bytes]]:
        """The host's listing of the store: certificates, and the CA certificates above them as DER."""
        return store_answers.certificates_of(self._host, self._call("list"))

    def sign(self, items: Sequence[ToSign]) -> Sequence[bytes | ZorgidError]:
        """A signature for each item, or why there is none; one round trip for each fifty of them."""
        arguments = [one.as_argument() for one in items]
        calls = [arguments[at : at + MOST_AT_ONCE] for at in range(0, len(arguments), MOST_AT_ONCE)]
        answers = [
            store_answers.signatures_of(self._host, self._call("sign", to_sign=some, run=_RUN), len(some))
            for some in calls
        ]
        return [
            one if isinstance(one, bytes | ZorgidError) else windows_answer.refusal_of_script(one)
            for some in answers
            for one in some
        ]

    def _sign_one(self, thumbprint: str, data: bytes, hash_name: str, padding: str) -> bytes:
        (signature,) = self.sign([ToSign(thumbprint, data, hash_name, padding)])
        if isinstance(signature, ZorgidError):
            raise signature
        return signature

    def export(self, thumbprint: str, password: str) -> bytes:
        """A PKCS#12 (RFC 7292) with the host's ciphers. Neither it nor the password is logged, except with
        ANSIBLE_DEBUG."""
        return store_answers.pkcs12_of(self._host, self._call("export", thumbprint=thumbprint, password=password))

    def request(self, subject: Sequence[Mapping[str, str]], dns_names: Sequence[str], **how: Any) -> bytes:
        """Make a new key on the host; returns its request (DER). ``how``: ``key_bits``, ``exportable``,
        ``friendly_name``."""
        answer = self._call("request", subject=list(subject), dns_names=list(dns_names), **how)
        return store_answers.request_of(self._host, answer)

    def install(self, certificate: bytes) -> None:
        """Install the certificate with the key of its request. ``certificate``: DER."""
        self._call("install", certificate=base64.b64encode(certificate).decode())

    @property
    def _host(self) -> str:
        return windows_answer.name_of(self._action)

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
                    module_args={
                        "operation": operation,
                        "store_name": self._place.name,
                        "store_location": self._place.location,
                        **arguments,
                    },
                    task_vars=action.task_vars,
                )
        except (AnsibleError, OSError) as error:
            # If a connection breaks while a command runs, the library (requests) raises its own OSError.
            raise windows_answer.no_answer(windows_answer.name_of(action), error) from error
        if answer.get("failed") or answer.get("unreachable"):
            raise windows_answer.refusal(windows_answer.name_of(action), answer)
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
