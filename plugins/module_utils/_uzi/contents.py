# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file contains: certificates, keys, a PKCS#12, and parts that are not used, which are all reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words
from .armour import Block, NoBlocks, blocks_of
from .certificate import SIZE_LIMIT as CERTIFICATE_LIMIT

with needs("cryptography>=44"):
    from cryptography import x509

    from .._common.damage import DAMAGED
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import cms, parser

#: Bytes. The certificates of two hundred organisations in one PEM file have less than 1 MB.
SIZE_LIMIT = 8 * 1024 * 1024

_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE", "TRUSTED CERTIFICATE")
_BUNDLES = ("PKCS7", "PKCS #7 SIGNED DATA", "CMS", "CERTIFICATE CHAIN", "PKCS12", "")
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
#: The ASN.1 tags of the first members of a SEQUENCE, by RFC 5280, 5958, 8017, 7292, 5915 and PKCS#3.
_SHAPES = (
    ((16, 16, 3), "certificate"),
    ((16, 3), "public key"),
    ((16, 4), "key"),
    ((2, 16, 4), "key"),
    ((2, 2, 2, 2, 2, 2), "key"),
    ((2, 4), "key"),
    ((2, 16), "PKCS#12"),
    ((2, 2), "parameters or a public key"),
)


@dataclass
class Contents:
    """``left``: places of the blocks that are not used. ``keys`` and ``pkcs12`` are not decrypted yet."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    keys: list[Block] = field(default_factory=list)
    pkcs12: Block | None = None
    left: list[str] = field(default_factory=list)


def contents_of(path: str | Path) -> Contents:
    """Errors: ``file_unreadable``, ``certificate_unreadable`` (it names the kind of file or the damaged block)."""
    found = Contents()
    try:
        blocks = blocks_of(read(Path(path)))
        for block in blocks:
            _sort(block, found)
        if found.pkcs12 and len(blocks) > 1:
            raise NoBlocks(f"{found.pkcs12.place} is a PKCS#12 beside other contents: put it in a file of its own")
    except NoBlocks as reason:
        raise unreadable(path, str(reason)) from reason
    found.certificates = list(dict.fromkeys(found.certificates))
    return found


def read(path: Path, limit: int = SIZE_LIMIT) -> bytes:
    """The bytes of a file of at most ``limit`` bytes."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ZorgidError(
            "file_unreadable",
            f"The file {path} cannot be read",
            expected="a file on the controller",
            found=in_words(error),
            action="correct the path or the permissions",
        ) from error
    if len(data) > limit:
        raise unreadable(path, f"more than {limit // 1024 // 1024} MB")
    return data


def unreadable(path: str | Path, found: str) -> ZorgidError:
    """The error ``certificate_unreadable`` for a file; ``found`` describes its content."""
    return ZorgidError(
        "certificate_unreadable",
        f"{path} cannot be read as certificates",
        expected="PEM, DER, PKCS#7 or PKCS#12",
        found=printable(found, 400),
        action="export the certificate again",
    )


def _sort(block: Block, found: Contents) -> None:
    if block.label.endswith("PRIVATE KEY"):
        found.keys.append(block)
        return
    if block.label not in (*_CERTIFICATES, *_BUNDLES):
        found.left.append(block.place)
        return
    kind = _kind(block.der)
    if kind == "PKCS#7":
        found.certificates += _of_bundle(block)
    elif kind == "PKCS#12":
        found.pkcs12 = block
    elif kind == "key" and not block.label:
        found.keys.append(block)
    elif kind == "certificate":
        found.certificates.append(_certificate(block))
    else:
        raise NoBlocks(f"{block.place} is damaged, or no certificate" + (f" ({kind})" if kind else ""))


def _kind(der: bytes) -> str:
    """The kind, from the ASN.1 tags only; empty for bytes that are not ASN.1."""
    try:
        tag, content = (parsed := parser.parse(der))[2], parsed[4]
        members: list[tuple[int, bytes]] = []
        while content and len(members) < 6:
            size = parser.peek(content)
            one = parser.parse(content[:size], strict=True)
            members.append((one[2] if one[0] == 0 else -1, one[4]))
            content = content[size:]
    except (ValueError, TypeError):
        return ""
    if tag != 16 or not members:
        return ""
    if members[0] == (6, _SIGNED_DATA):
        return "PKCS#7"
    tags = tuple(tag for tag, _content in members)
    return next((kind for shape, kind in _SHAPES if tags[: len(shape)] == shape), "")


def _certificate(block: Block) -> x509.Certificate:
    der = block.der
    if block.label == "TRUSTED CERTIFICATE":
        # OpenSSL's TRUSTED CERTIFICATE: data about its trusted uses follows the certificate.
        der = der[: parser.peek(der)]
    if len(der) > CERTIFICATE_LIMIT:
        raise NoBlocks(f"{block.place} has {len(der)} bytes, more than any certificate")
    try:
        return x509.load_der_x509_certificate(der)
    except DAMAGED as error:
        for what, load in (("request", x509.load_der_x509_csr), ("revocation list (CRL)", x509.load_der_x509_crl)):
            try:
                load(der)
            except DAMAGED:
                continue
            raise NoBlocks(f"{block.place} is a certificate {what}, not a certificate") from error
        why = ": more bytes follow it" if parser.peek(der) < len(der) else ""
        raise NoBlocks(f"{block.place} is damaged, or another kind of file{why}") from error


def _of_bundle(block: Block) -> list[x509.Certificate]:
    """The certificates of a PKCS#7 or CMS (RFC 5652). Its signatures are not verified."""
    try:
        choices = cms.ContentInfo.load(block.der)["content"]["certificates"]
        ders = [one.chosen.dump() for one in choices if one.name == "certificate"]
    except (ValueError, TypeError, KeyError) as error:
        raise NoBlocks(f"{block.place} is a damaged PKCS#7") from error
    if not ders:
        raise NoBlocks(f"{block.place} is a PKCS#7 without a certificate")
    place = block.place if block.label else "the PKCS#7"
    return [_certificate(Block(f"certificate {n} of {place}", "", der)) for n, der in enumerate(ders, 1)]
