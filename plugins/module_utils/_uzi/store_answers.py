# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates the answers of ``uzi_store`` on a Windows host: data of known types, or an error with the place in it.

The host is trusted with its own keys only. A profile script, a proxy or another module of that name can change
the answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from .._common.errors import ZorgidError, kind
from .files import KeyAccess

T = TypeVar("T")
STATES: tuple[KeyAccess, ...] = get_args(KeyAccess)
#: Far above the store of a whole care group.
MOST_CERTIFICATES = 5_000
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class ListedCertificate:
    """A certificate of the store (DER), and what Windows reports about its key. ``thumbprint``: SHA-1, as in
    Windows."""

    thumbprint: str
    der: bytes
    friendly_name: str
    state: KeyAccess
    provider: str | None
    reason: str


class _WrongError(Exception):
    def __init__(self, place: str, expected: str, found: str) -> None:
        super().__init__(place)
        self.place, self.expected, self.found = place, expected, found


def certificates_of(host: str, answer: Mapping[str, Any]) -> tuple[list[ListedCertificate], list[bytes]]:
    """The certificates, and the CA certificates above them as DER. ``host`` begins the message of the error.

    Error: ``windows_answer_unreadable``.
    """
    return _read(host, lambda: (_each(answer, "certificates", _certificate), _each(answer, "authorities", _bytes)))


def signatures_of(host: str, answer: Mapping[str, Any], count: int) -> list[bytes | Mapping[str, Any] | ZorgidError]:
    """For each of the ``count`` items: its signature, the host's refusal unchanged, or an error for an invalid answer.
    An invalid answer for one item does not affect the others."""

    def one(answer: Any, place: str) -> bytes | Mapping[str, Any] | ZorgidError:
        try:
            item = _object(answer, place)
            return _bytes(item["signature"], f"{place}.signature") if item.get("signature") else item
        except _WrongError as wrong:
            return _unreadable(host, wrong)

    def read() -> list[bytes | Mapping[str, Any] | ZorgidError]:
        found = _each(answer, "signatures", one)
        if len(found) != count:
            raise _WrongError("signatures", f"{count} of them", str(len(found)))
        return found

    return _read(host, read)


def pkcs12_of(host: str, answer: Mapping[str, Any]) -> bytes:
    """The PKCS#12 in the answer (bytes)."""
    return _read(host, lambda: _bytes(answer.get("pfx"), "pfx"))


def request_of(host: str, answer: Mapping[str, Any]) -> bytes:
    """The request for a certificate, DER."""
    return _read(host, lambda: _bytes(answer.get("csr"), "csr"))


def _read(host: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except _WrongError as wrong:
        raise _unreadable(host, wrong) from wrong


def _unreadable(host: str, wrong: _WrongError) -> ZorgidError:
    return ZorgidError(
        "windows_answer_unreadable",
        f"{host} gave an answer that is not from the module uzi_store: {wrong.place}",
        expected=wrong.expected,
        found=wrong.found,
        action="check what answers there instead of Ansible's module, for example a profile or a proxy",
    )


def _each(answer: Mapping[str, Any], name: str, check: Callable[[Any, str], T]) -> list[T]:
    value = answer.get(name)
    if not isinstance(value, list) or len(value) > MOST_CERTIFICATES:
        raise _WrongError(name, f"a list of at most {MOST_CERTIFICATES}", kind(value))
    return [check(one, f"{name}[{number}]") for number, one in enumerate(value)]


def _certificate(entry: Any, place: str) -> ListedCertificate:
    item = _object(entry, place)
    key = _object(item.get("key"), f"{place}.key")
    state = next((one for one in STATES if one == key.get("state")), None)
    if state is None:
        raise _WrongError(f"{place}.key.state", " | ".join(STATES), kind(key.get("state")))
    return ListedCertificate(
        thumbprint=_text(item.get("thumbprint"), f"{place}.thumbprint"),
        der=_bytes(item.get("certificate"), f"{place}.certificate"),
        friendly_name=_text(item.get("friendly_name") or "", f"{place}.friendly_name"),
        state=state,
        provider=_text(key["provider"], f"{place}.key.provider") if key.get("provider") is not None else None,
        reason=_text(key.get("reason") or "", f"{place}.key.reason"),
    )


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _WrongError(place, "an object", kind(value))
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
        raise _WrongError(place, f"a text of at most {MOST_CHARACTERS} characters", kind(value))
    return str(value)


def _bytes(value: Any, place: str) -> bytes:
    try:
        return base64.b64decode(_text(value, place), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _WrongError(place, "base64", kind(value)) from error
