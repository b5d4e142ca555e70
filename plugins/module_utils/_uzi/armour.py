# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks in the bytes of a certificate or key file, or a description of what the file is instead.

PEM is read leniently (RFC 7468, with the headers of RFC 1421): PowerShell, editors and web pages add byte order marks,
UTF-16, blanks and other line ends, or remove line ends. The content of a block is not parsed here.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from dataclasses import dataclass

#: Enough for two hundred organisations, each with a key, a certificate and some CA certificates.
MOST_BLOCKS = 2000

_MARKER = re.compile(r"-----\s*(BEGIN|END) ([A-Za-z0-9 #/._-]{1,64}?)\s*-----")
#: All quantifiers are possessive: backtracking would take a time quadratic in the length of a file of blanks.
_HEADER = re.compile(r"\s*+[A-Za-z0-9-]{1,40}+:[^\n]*+(?:\n[ \t]++[^\n]++)*+\n")
_NEARLY = re.compile(r"(?:BEGIN|END) (?:[A-Z0-9]{1,20} ){0,4}(?:CERTIFICATE|KEY|PKCS7|CMS)")
#: Characters that may stand between base64 characters: white space of every kind and invisible marks.
_BLANK = re.compile("[\\s\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: The first bytes of a file, and the kind of file that they identify.
_KINDS = (
    (b"PK\x03\x04", "a ZIP archive: unpack it first"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"\xfe\xed\xfe\xed", "a Java key store (JKS): convert it with keytool -importkeystore -deststoretype PKCS12"),
    (b"\xce\xce\xce\xce", "a Java key store (JCEKS): convert it with keytool -importkeystore -deststoretype PKCS12"),
    (b"\x1e\xf1\xb5\xb0", "a Microsoft private key (PVK): convert it with openssl rsa -inform PVK"),
    (b"\x00\x00\x00\x00CERT", "a Microsoft certificate store (SST): export the certificate alone"),
    (b"PuTTY-User-Key-File", "a key of PuTTY (PPK): convert it with puttygen -O private-openssh, then ssh-keygen"),
    (b"---- BEGIN SSH2", "a key of SSH"),
    (b"ssh-", "a public key of SSH"),
    (b"ecdsa-sha2-", "a public key of SSH"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text of a word processor (RTF): save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "a file of Microsoft Office or Outlook"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"$ANSIBLE_VAULT", "a file of ansible-vault: decrypt it first"),
    (b"-----BEGIN PGP", "a file of PGP"),
    (b"-----BEGIN AGE", "a file of age: decrypt it first"),
)


@dataclass(frozen=True)
class Block:
    """``place`` is for messages, such as ``block 2 (CERTIFICATE)``; ``text`` is the PEM text, empty for DER."""

    place: str
    label: str
    der: bytes
    text: bytes = b""

    @property
    def encrypted(self) -> bool:
        """Whether it is an encrypted private key (PKCS#8, or the headers of RFC 1421)."""
        return self.label == "ENCRYPTED PRIVATE KEY" or b"ENCRYPTED" in self.text.partition(b"\n\n")[0]


class NoBlocks(Exception):  # noqa: N818 - an outcome, not a defect
    """The text describes what the file is instead, or which block of it is damaged."""


def blocks_of(data: bytes) -> list[Block]:
    """The blocks of a file in their order; a file without PEM is one block without a label. Raises ``NoBlocks``."""
    if not data.strip(b"\x00\t\n\r "):
        raise NoBlocks("an empty file")
    text = _text(data)
    start = data[:40] if text is None else text[:1000].lstrip().encode("utf-8", "replace")[:40]
    for mark, kind in _KINDS:
        if start.startswith(mark):
            raise NoBlocks(kind)
    if text is not None and _MARKER.search(text):
        return _armoured(text)
    if text is not None:
        return [Block("the file", "", _bare(text))]
    if data[0] != 0x30:
        raise NoBlocks("bytes that are neither PEM nor DER")
    return [Block("the file", "", data)]


def _text(data: bytes) -> str | None:
    """The file as text with the line end LF; None for a binary file."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _lines(data[len(mark) :].decode(encoding, "replace"))
    if data[0] == 0x30 and data[1:2] >= b"\x80":  # a DER SEQUENCE, even when it contains text
        return None
    even, odd = data[:200:2], data[1:200:2]
    if len(odd) > 1 and not any(odd) and all(even):
        return _lines(data.decode("utf-16-le", "replace"))
    if len(odd) > 1 and not any(even[: len(odd)]) and all(odd):
        return _lines(data.decode("utf-16-be", "replace"))
    if b"-----BEGIN " in data or b"----- BEGIN " in data:
        # The text around the blocks may be in any encoding.
        return _lines(data.decode("utf-8", "replace"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x00-\x08\x0e-\x1f]", text[:400]) else _lines(text)


def _lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # A variable or a JSON string can contain the text on one line, with \n written as two characters.
    return text.replace("\\r", "").replace("\\n", "\n") if "-----\\n" in text or "-----\\r" in text else text


def _armoured(text: str) -> list[Block]:
    markers = list(_MARKER.finditer(text))
    if len(markers) > 2 * MOST_BLOCKS:
        raise NoBlocks(f"a file of more than {MOST_BLOCKS} blocks")
    blocks: list[Block] = []
    begun: re.Match[str] | None = None
    for marker in markers:
        number = len(blocks) + 1
        if marker[1] == "BEGIN":
            if begun:
                raise NoBlocks(f"block {number} ({begun[2]}) is cut off: another one begins in it")
            begun = marker
            continue
        if not begun:
            raise NoBlocks(f"an END line without a BEGIN line (END {marker[2]}) where block {number} should start")
        if begun[2] != marker[2]:
            raise NoBlocks(f"block {number} begins as {begun[2]} and ends as {marker[2]}")
        blocks.append(_block(number, begun[2], text[begun.end() : marker.start()]))
        begun = None
    if begun:
        raise NoBlocks(f"block {len(blocks) + 1} ({begun[2]}) is cut off: its END line is missing")
    return blocks


def _block(number: int, label: str, body: str) -> Block:
    place = f"block {number} ({label})"
    headers, at = "", 0
    while match := _HEADER.match(body, at):
        headers += match[0].strip() + "\n"
        at = match.end()
    letters = _BLANK.sub("", body[at:])
    try:
        # Restore lost padding: only one padding fits. The checksum line of OpenPGP is not supported.
        der = base64.b64decode(letters.rstrip("=") + "=" * (-len(letters.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoBlocks(f"{place} is damaged: it is not base64") from error
    if not der:
        raise NoBlocks(f"{place} is empty")
    lines = "\n".join(letters[start : start + 64] for start in range(0, len(letters), 64))
    armour = f"-----BEGIN {label}-----\n{headers}{chr(10) if headers else ''}{lines}\n-----END {label}-----\n"
    return Block(place, label, der, armour.encode())


def _bare(text: str) -> bytes:
    """Decode base64 without BEGIN and END lines, as a pipeline variable or a Windows dialog gives it."""
    letters = _BLANK.sub("", text)
    if _BASE64.fullmatch(letters):
        try:
            der = base64.b64decode(letters, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NoBlocks("base64 that is cut off") from error
        if not der.startswith(b"0"):
            raise NoBlocks("base64 of bytes that are neither PEM nor DER")
        return der
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        raise NoBlocks("a web page: a server sent it instead of the file")
    if start.startswith("<"):
        raise NoBlocks("an XML document")
    if start.startswith(("{", "[")):
        raise NoBlocks("a JSON document")
    if _NEARLY.search(text):
        raise NoBlocks("PEM whose lines BEGIN and END do not have five hyphens on both sides")
    raise NoBlocks("a text without a PEM block")
