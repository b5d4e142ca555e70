# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a written name (RFC 4514, and the forms of OpenSSL, Java and .NET) with the name of a certificate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._common.libraries import needs

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    # The attribute names that programs write instead of the object identifier.
    _TYPES = {
        "cn": NameOID.COMMON_NAME,
        "commonname": NameOID.COMMON_NAME,
        "l": NameOID.LOCALITY_NAME,
        "localityname": NameOID.LOCALITY_NAME,
        "st": NameOID.STATE_OR_PROVINCE_NAME,
        "s": NameOID.STATE_OR_PROVINCE_NAME,
        "sp": NameOID.STATE_OR_PROVINCE_NAME,
        "stateorprovincename": NameOID.STATE_OR_PROVINCE_NAME,
        "o": NameOID.ORGANIZATION_NAME,
        "organizationname": NameOID.ORGANIZATION_NAME,
        "ou": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "organizationalunitname": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "c": NameOID.COUNTRY_NAME,
        "countryname": NameOID.COUNTRY_NAME,
        "street": NameOID.STREET_ADDRESS,
        "streetaddress": NameOID.STREET_ADDRESS,
        "dc": NameOID.DOMAIN_COMPONENT,
        "uid": NameOID.USER_ID,
        "serialnumber": NameOID.SERIAL_NUMBER,
        "sn": NameOID.SURNAME,
        "surname": NameOID.SURNAME,
        "gn": NameOID.GIVEN_NAME,
        "g": NameOID.GIVEN_NAME,
        "givenname": NameOID.GIVEN_NAME,
        "t": NameOID.TITLE,
        "title": NameOID.TITLE,
        "e": NameOID.EMAIL_ADDRESS,
        "email": NameOID.EMAIL_ADDRESS,
        "emailaddress": NameOID.EMAIL_ADDRESS,
        "organizationidentifier": NameOID.ORGANIZATION_IDENTIFIER,
    }

_LONGEST = 2_000
_ONELINE = re.compile(r"/(?=[A-Za-z0-9.]{1,64}=)")
_ESCAPED = re.compile(r"(?:\\[0-9a-f]{2})+|\\(.)", re.IGNORECASE | re.DOTALL)


def is_name(written: str, name: x509.Name) -> bool:
    """Whether ``written`` is ``name``, with its attributes in this or the reverse order.

    Values are compared without case and white space (RFC 5280, 7.1). False for a text that cannot be parsed.
    """
    try:
        found = list(_pairs(written))
    except ValueError:
        return False
    wanted = [(one.oid.dotted_string, _folded(str(one.value))) for one in name]
    return found in (wanted, wanted[::-1])


def _pairs(written: str) -> Iterator[tuple[str, str]]:
    if len(written) > _LONGEST:
        raise ValueError
    oneline = written.startswith("/")  # OpenSSL's older form, which has no escapes
    for piece in _ONELINE.split(written[1:]) if oneline else _pieces(written):
        kind, equals, value = piece.partition("=")
        kind = kind.strip().lower().removeprefix("oid.")
        if not equals:
            raise ValueError
        yield _TYPES[kind].dotted_string if kind in _TYPES else kind, _folded(value if oneline else _value(value))


def _pieces(written: str) -> Iterator[str]:
    """The parts between commas, semicolons and plus signs that are neither quoted nor escaped."""
    start, quoted, escaped = 0, False, False
    for at, letter in enumerate(written):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter in ",;+" and not quoted:
            yield written[start:at]
            start = at + 1
    if quoted or escaped:
        raise ValueError
    yield written[start:]


def _value(written: str) -> str:
    value = written.strip()
    if value.startswith("#"):
        # The value as hexadecimal DER. For a text: the tag, the length (one byte, because names are short) and the
        # text.
        der = bytes.fromhex(value[1:])
        if len(der) < 2 or len(der) != der[1] + 2:
            raise ValueError
        return der[2:].decode("utf-16-be" if der[0] == 0x1E else "utf-8")
    if value.startswith('"'):
        # RFC 2253 quotes a value as a whole; .NET doubles a quote inside.
        written = value[1:-1].replace('""', '"')
    return _ESCAPED.sub(_unescaped, written)


def _unescaped(found: re.Match[str]) -> str:
    return found.group(1) or bytes.fromhex(found.group().replace("\\", "")).decode("utf-8", "replace")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
