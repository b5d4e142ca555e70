# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed permission to work a portal's pages for an organisation, in the name of one person.

It is a YAML file with the keys of ``_KEYS``, and its signature beside it in ``FILE.sig``, over the exact bytes of the
file. Whoever may agree makes them with OpenSSL 3; the private key is never on the controller::

    openssl genpkey -algorithm ed25519 -out permission-key.pem
    openssl pkey -in permission-key.pem -pubout -out permission-key.pub.pem
    sha256sum page_map.yml
    openssl pkeyutl -sign -rawin -inkey permission-key.pem -in permission.yml -out permission.yml.sig
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast, get_args

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words
from .map_nodes import Node, Notes, load
from .names import ChangeKind

with needs("cryptography>=44"):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

_KEYS: Final = ("map", "ura", "person", "agreed_by", "agreed_at_vzvz", "agreed_on", "changes", "until")
_MAX_LINES: Final = 1000
_MOST: Final = 64 * 1024
_SIGN: Final = "openssl pkeyutl -sign -rawin -inkey KEY -in FILE -out FILE.sig"


@dataclass(frozen=True)
class Permission:
    """digest: SHA-256 of the file. map: of the page map's file. uras: eight digits each. person: external id of the
    person whose session it is. agreed_by, agreed_at_vzvz: who agreed, for the organisation and for VZVZ. until: the
    last day."""

    digest: str
    map: str
    uras: frozenset[str]
    person: str
    agreed_by: str
    agreed_at_vzvz: str
    agreed_on: date
    changes: frozenset[ChangeKind]
    until: date


def read_permission(
    path: str | Path, key_path: str | Path, map_digest: str, *, ura: str, person: str, today: date
) -> Permission:
    """The permission, if it is signed, for this map, organisation (eight digits) and person, and still valid. Which
    changes it allows is in the result. Error: ``permission_invalid``."""
    file = Path(path)
    notes = Notes(lambda found: _invalid(file, "a YAML file as docs/browser.md describes", found, "correct the file"))
    data = _bytes(file, file, "the permission")
    _verify(file, data, _key(file, Path(key_path)))
    node, read = load(file, notes, lines=_MAX_LINES)
    if read != data:
        raise _invalid(file, "a file that does not change while it is read", "other contents", "run again")
    permission = _permission(notes, node, data)
    notes.check()
    _fits(file, permission, map_digest, ura, person, today)
    return permission


def _fits(file: Path, found: Permission, map_digest: str, ura: str, person: str, today: date) -> None:
    if found.map != map_digest:
        raise _invalid(
            file,
            f"map: {map_digest} (the SHA-256 of the page map in use)",
            f"map: {found.map}",
            "let the changed map be agreed, and have the permission signed again with its digest",
        )
    if not found.agreed_on <= today <= found.until:
        raise _invalid(
            file,
            f"a permission that is valid on {today.isoformat()}",
            f"one from {found.agreed_on.isoformat()} until {found.until.isoformat()}",
            "have a new permission signed",
        )
    if ura not in found.uras:
        raise _invalid(
            file,
            f"URA {ura} in ura",
            f"only other ones: {len(found.uras)}",
            "have a permission signed for this organisation; until then this organisation keeps its worklists",
        )
    if person != found.person:
        raise _invalid(
            file,
            "person: the external id in portal_person",
            "another person",
            "correct portal_person, or have a permission signed for the person whose session it is",
        )


def _permission(notes: Notes, node: Node, data: bytes) -> Permission:
    known = notes.mapping(node, "the permission", _KEYS, _KEYS)
    texts = {
        name: notes.text(known[name], name) if name in known else ""
        for name in ("map", "person", "agreed_by", "agreed_at_vzvz")
    }
    if texts["map"] and not re.fullmatch(r"[0-9a-f]{64}", texts["map"]):
        notes.wrong(known["map"].line, "map has to be the SHA-256 of the page map, 64 hexadecimal digits (sha256sum)")
    return Permission(
        digest=hashlib.sha256(data).hexdigest(),
        **texts,
        uras=frozenset(_uras(notes, known.get("ura"))),
        agreed_on=_day(notes, known.get("agreed_on"), "agreed_on"),
        changes=frozenset(
            cast(ChangeKind, notes.one_of(one, "changes", get_args(ChangeKind)))
            for one in (notes.items(known["changes"], "changes") if "changes" in known else ())
        ),
        until=_day(notes, known.get("until"), "until"),
    )


def _uras(notes: Notes, node: Node | None) -> Collection[str]:
    found = []
    for one in notes.items(node, "ura") if node is not None else ():
        ura = notes.text(one, "ura")
        if ura and not re.fullmatch(r"[0-9]{8}", ura):
            notes.wrong(one.line, "ura has to be a list of URA numbers with eight digits, in quotation marks")
        found.append(ura)
    return found


def _day(notes: Notes, node: Node | None, name: str) -> date:
    text = notes.text(node, name) if node is not None else ""
    if node is not None and text:
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        notes.wrong(node.line, f"{name} has to be a day, as 2027-06-30")
    return date.min


def _bytes(file: Path, one: Path, what: str) -> bytes:
    try:
        with one.open("rb") as opened:
            data = opened.read(_MOST + 1)
    except OSError as error:
        raise _invalid(file, f"{what}, {printable(one.name, 100)}", in_words(error), _ACTION) from error
    if len(data) > _MOST:
        raise _invalid(file, f"{what} of at most {_MOST // 1024} KiB", "a larger file", _ACTION)
    return data


_ACTION: Final = f"have the permission signed by whoever may agree: {_SIGN}"


def _key(file: Path, key_path: Path) -> Ed25519PublicKey:
    data = _bytes(file, key_path, "the public key")
    try:
        key = load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise _invalid(
            file,
            "an Ed25519 public key in PEM",
            f"{printable(key_path.name, 100)} is something else"
            + ("; it is a private key, which belongs to the signer only" if b"PRIVATE KEY" in data else ""),
            "openssl pkey -in KEY -pubout -out KEY.pub.pem",
        )
    return key


def _verify(file: Path, data: bytes, key: Ed25519PublicKey) -> None:
    beside = file.with_name(f"{file.name}.sig")
    signature = _bytes(file, beside, "its signature")
    if len(signature) != 64:
        try:
            signature = base64.b64decode(b"".join(signature.split()), validate=True)
        except binascii.Error:
            signature = b""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        raise _invalid(
            file,
            f"a signature in {printable(beside.name, 100)} that fits the file and the pinned key",
            "one that does not: the file was changed after it was signed, or another key signed it",
            _ACTION,
        ) from None


def _invalid(file: Path, expected: str, found: str, action: str) -> ZorgidError:
    return ZorgidError(
        "permission_invalid",
        f"The permission {printable(file.name, 100)} does not allow this; nothing was opened in the portal",
        expected=expected,
        found=found,
        action=action,
    )
