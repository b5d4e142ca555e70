# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that identify the organisation in CIBG's profile of UZI server certificates: otherName 2.5.5.5 and the
permanentIdentifier (RFC 4043)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import Ura, is_ura
from .problems import Problem, problem
from .profile import PERMANENT_IDENTIFIER, SERVER_CARD, URA_ASSIGNER, UZI_NAME

with needs("cryptography>=44"):
    from cryptography import x509
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import core

    class _Identifier(core.Sequence):  # type: ignore[misc]
        """PermanentIdentifier, RFC 4043 section 2."""

        _fields = [
            ("identifier_value", core.UTF8String, {"optional": True}),
            ("assigner", core.ObjectIdentifier, {"optional": True}),
        ]


_UZI = re.compile(
    r"(?P<oid_ca>[0-9]+(?:\.[0-9]+)+)-(?P<version>[0-9]+)-(?P<uzi_number>[0-9]{1,9})-(?P<card_type>[A-Z])"
    r"-(?P<ura>[0-9]{1,8})-(?P<role>[0-9]{2}\.[0-9]{3})-(?P<agb_code>[0-9]{1,8})",
    re.ASCII,
)


def fields_of(names: Sequence[x509.OtherName]) -> tuple[dict[str, str], list[Problem]]:
    """The fields in all otherNames of a certificate together (``ura``, ``uzi_number``, ``agb_code``, ``card_type``,
    ``role``, ``oid_ca``), each if present, and their problems."""
    return _agreed(_uzi_names(names), _identifiers(names))


def _text(value: bytes) -> str | None:
    """The string in an otherName: IA5String as CIBG writes it, another string type, an OCTET STRING, or bare text."""
    try:
        decoded = core.load(value, strict=True)
        if isinstance(decoded, core.OctetString):
            return bytes(decoded.native).decode("ascii")
        return decoded.native if isinstance(decoded.native, str) else value.decode("ascii")
    except (ValueError, TypeError):
        return value.decode("ascii", errors="replace")


def _uzi_names(names: Sequence[x509.OtherName]) -> list[dict[str, str] | None]:
    """Each otherName 2.5.5.5; None for one that does not have the form of the profile."""
    texts = {_text(one.value) or "" for one in names if one.type_id.dotted_string == UZI_NAME}
    matches = [_UZI.fullmatch(text) for text in sorted(texts)]
    return [match.groupdict() if match else None for match in matches]


def _identifiers(names: Sequence[x509.OtherName]) -> set[str | None]:
    """The URA in each permanentIdentifier of CIBG; None for one that is not in the form of RFC 4043."""
    found = set[str | None]()
    for one in names:
        if one.type_id.dotted_string != PERMANENT_IDENTIFIER:
            continue
        try:
            identifier = _Identifier.load(one.value, strict=True)
            if identifier["assigner"].native == URA_ASSIGNER and identifier["identifier_value"].native:
                value = identifier["identifier_value"].native
                found.add(value if is_ura(value) else None)
        except (ValueError, TypeError):
            found.add(None)
    return found


def _agreed(
    uzi_names: list[dict[str, str] | None], permanent_identifiers: set[str | None]
) -> tuple[dict[str, str], list[Problem]]:
    """The fields of all names together. If they contradict each other there is no URA, so that nobody uses a wrong
    one."""
    read = [one for one in uzi_names if one is not None]
    identifiers = {one for one in permanent_identifiers if one is not None}
    uras = {Ura(one) for one in (*(one["ura"] for one in read), *identifiers)}
    if len(uras) > 1 or len(read) > 1:
        numbers = printable(", ".join(sorted({one["ura"] for one in read} | identifiers)))
        return {}, [problem("certificate_ura_conflict", found=f"{len(read)} UZI names, URA {numbers}")]
    if None in uzi_names:
        return {}, [problem("certificate_profile", found="a name 2.5.5.5 in another form")]
    if None in permanent_identifiers:
        return {}, [problem("certificate_profile", found="a permanentIdentifier in another form")]
    if not uras:
        return {}, [problem("certificate_ura_missing")]
    if not read:
        return {"ura": identifiers.pop()}, [problem("certificate_profile", found="no name 2.5.5.5 (UZI number)")]
    fields = read[0]
    if fields["card_type"] != SERVER_CARD:
        return fields, [problem("certificate_personal_card", found=f"card type {fields['card_type']}")]
    return fields, []
