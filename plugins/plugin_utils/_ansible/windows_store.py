# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store of the Windows host that the task runs on or is delegated to."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible.errors import AnsibleError

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import needs
from ...module_utils._common.text import printable
from ...module_utils._uzi import keys, windows
from ...module_utils._uzi.certificate import is_authority, parse_certificate, public_key_of
from ...module_utils._uzi.files import KeyState, StoreEntry
from . import windows_answer
from .action import Options, Result, ZorgidAction

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    from ...module_utils._common.damage import DAMAGED

_MODULE = "gbz.zorgid.uzi_store"
# uzi_store's own limit for one call.
MOST_AT_ONCE = 50
# For the event log of the host: which controller, which process of it (a task runs in a child of that process).
_RUN = f"{socket.gethostname()} {os.getppid()}"


@dataclass(frozen=True)
class ToSign:
    """What one key of the store signs: the canonical SignedInfo of an XML signature, or a challenge of
    ``keys.prove_possession``. The host hashes it; it signs nothing else."""

    thumbprint: str
    data: bytes
    hash_name: str = "SHA256"
    padding: str = "pkcs1"

    def as_option(self) -> dict[str, str]:
        challenge = self.data.startswith(keys.CHALLENGE_PREFIX)
        data = self.data.removeprefix(keys.CHALLENGE_PREFIX)
        return {
            "thumbprint": self.thumbprint,
            "purpose": "possession" if challenge else "document",
            "data": base64.b64encode(data).decode(),
            "hash": self.hash_name,
            "padding": self.padding,
        }


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
        listed, authorities = self.listing()
        return entries(listed, authorities, self.name, self._sign_one)

    def listing(self) -> tuple[Sequence[windows.Listed], Sequence[bytes]]:
        """What the store holds, as the host told it: certificates, and the authorities above them as DER."""
        return windows.listing(self._host, self._call("list"))

    def sign(self, items: Sequence[ToSign]) -> Sequence[bytes | ZorgidError]:
        """A signature for each item, or why there is none; one round trip for each fifty of them."""
        options = [one.as_option() for one in items]
        calls = [options[at : at + MOST_AT_ONCE] for at in range(0, len(options), MOST_AT_ONCE)]
        answers = [
            windows.signatures(self._host, self._call("sign", to_sign=some, run=_RUN), len(some)) for some in calls
        ]
        return [
            one if isinstance(one, bytes | ZorgidError) else windows_answer.told_by_script(one)
            for some in answers
            for one in some
        ]

    def _sign_one(self, thumbprint: str, data: bytes, hash_name: str, padding: str) -> bytes:
        (signature,) = self.sign([ToSign(thumbprint, data, hash_name, padding)])
        if isinstance(signature, ZorgidError):
            raise signature
        return signature

    def export(self, thumbprint: str, password: str) -> bytes:
        """A PKCS#12 in the ciphers of the host; neither it nor the password is logged, except with ANSIBLE_DEBUG."""
        return windows.exported(self._host, self._call("export", thumbprint=thumbprint, password=password))

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
                    module_args={"operation": operation, **self._where, **arguments},
                    task_vars=action.task_vars,
                )
        except (AnsibleError, OSError) as error:
            # A connection that breaks while a command runs surfaces as its library's own OSError (requests).
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


def entries(
    listed: Iterable[windows.Listed], authorities: Iterable[bytes], store: str, sign: Callable[..., bytes]
) -> list[StoreEntry]:
    """``sign``: thumbprint, data, name of the hash and padding; asked only when one of the keys is used."""
    above = tuple(_certificates(authorities))
    return [entry for one in listed if (entry := _entry(one, above, store, sign)) is not None]


def _entry(
    told: windows.Listed, authorities: tuple[x509.Certificate, ...], store: str, sign: Callable[..., bytes]
) -> StoreEntry | None:
    try:
        parsed = parse_certificate(told.der)
    except ZorgidError:
        return None
    if is_authority(parsed.x509):
        return None
    state = KeyState(parsed.key_type, parsed.key_bits, told.state, told.provider, printable(told.reason, 500))
    public = public_key_of(parsed.x509)
    remote = None
    if isinstance(public, rsa.RSAPublicKey) and told.state in ("exportable", "not_exportable"):
        remote = keys.RemoteKey(public, partial(sign, told.thumbprint), hashes_there=True)
    shown = printable(told.friendly_name)
    return StoreEntry(parsed, state, authorities, store, shown, in_store=True, private_key=remote)


def _certificates(ders: Iterable[bytes]) -> list[x509.Certificate]:
    found = []
    for der in ders:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except DAMAGED:
            # An authority that cannot be read cannot be part of a path.
            continue
    return found
