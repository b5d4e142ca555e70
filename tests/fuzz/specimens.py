# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Right inputs, and the words that inputs are made of."""

from __future__ import annotations

import base64
import datetime
import functools
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._document.rendering import render
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
)

SUBJECTS = (
    *("Bevestiging aanvraag ZORG-ID Smart", "Bevestiging organisatiedocument ZORG-ID Mobiel"),
    *("Organisatiedocument afgekeurd", "Vervolgformulier ZORG-ID Smart", "Activatie ZORG-ID Smart", "Afwezig"),
)
FROMS = (
    *('"ZORG-ID" <zorg-id@vzvz.example>', "zorg-id@vzvz.example, x@y.example", "((((x))))zorg-id@vzvz.example", "<>"),
    *("Group: zorg-id@vzvz.example;", "=?utf-8?b?Wk9SRy1JRA==?= <zorg-id@vzvz.example>", '"' * 200),
)
HEADERS = (
    "Authentication-Results",
    "Auto-Submitted",
    "Content-Type",
    "Message-ID",
    "From",
    "Subject",
    "Date",
    "Received",
)
MAIL_WORDS = (
    *(
        "URA-nummer: 90000101",
        "URA: 00000202",
        "Kenmerk: ZS-2026.12.",
        "Reden: de naam klopt niet",
        "<br>",
        "<!-- x -->",
    ),
    "https://forms.vzvz.example/vervolg?t=1",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fforms.vzvz.example%2Fv&data=1",
    "https://urldefense.com/v3/__https://forms.vzvz.example/v__;!!x!y$",
    '<a href="https://forms.vzvz.example/v">hier</a>',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
)
TAGS = (
    *("form", "input", "select", "option", "textarea", "button", "label", "fieldset", "legend", "table", "tr", "td"),
    *("div", "p", "a", "script", "style", "template", "noscript", "svg", "math", "meta", "base", "iframe", "wbr", "br"),
)
ATTRIBUTES = (
    *(
        "name",
        "value",
        "type",
        "id",
        "for",
        "form",
        "action",
        "method",
        "enctype",
        "formaction",
        "disabled",
        "required",
    ),
    *(
        "href",
        "class",
        "maxlength",
        "pattern",
        "aria-labelledby",
        "checked",
        "selected",
        "multiple",
        "onsubmit",
        "role",
    ),
    *("content", "http-equiv", "charset", "accept-charset", "formmethod"),
)
COLUMNS = ("external_id", "first_name", "last_name", "date_of_birth", "uzi_number", "email", "state", "checked_by")
EXPORT = (
    "Gebruikersnaam",
    "Voornaam",
    "Achternaam",
    "Geboortedatum",
    "Rol",
    "Status",
    "Personeelsnummer",
    "UZI-nummer",
)
CELLS = (
    "1001",
    "Jan",
    "Jansen",
    "1988-04-12",
    "12-04-1988",
    "12/04/88",
    "32245",
    "123456789",
    "1,23E+05",
    "present",
    "Beheerder",
    "Actief",
)
JSON_KEYS = (
    *("Resources", "totalResults", "itemsPerPage", "startIndex", "schemas", "id", "name", "familyName", "emails"),
    *("value", "bulk", "supported", "maxOperations", "Operations", "status", "meta", "version", "certificate", "key"),
)
XML_CHANGES = (
    ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
    ('URI=""', 'URI="#x"'),
    ('URI=""', 'URI="http://vzvz.example/"'),
    ("<ds:Reference", "<ds:Reference><ds:Reference"),
    ("<ds:Transform ", "<ds:Transform><x/></ds:Transform><ds:Transform "),
    ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA</ds:X509Certificate><ds:X509Certificate>"),
    ("90000101", "90000102"),
    ("90000101", "900<!-- -->00101"),
    ("UTF-8", "UTF-16"),
    ("ds:", "dsig:"),
    ("xmlns:ds=", "xmlns:evil="),
    ("<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><?xml"),
    ("<ds:SignatureValue>", "<ds:SignatureValue>A"),
    ("<ds:Signature", "<ds:Object><ds:Signature"),
)
ORGANISATION: dict[str, Any] = {
    "ura": "90000101",
    "name": "Huisartsenpraktijk De Linde",
    "kvk_number": "12000101",
    "address": {"street": "Lindelaan", "house_number": "12", "postal_code": "3511 AB", "city": "Utrecht"},
    "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
    "provider": {"name": "Voorbeeld GBZ Beheer", "email": "zorgid@gbz.example", "phone": "+31301234567"},
    "people": {
        role: {
            "first_name": "Johanna",
            "last_name": "Lindeman",
            "email": "j.lindeman@delinde.example",
            **({} if role == "representative" else {"phone": "+31600001001"}),
            **({"date_of_birth": "1975-03-09"} if role == "portal_administrator" else {}),
        }
        for role in ("technical_administrator", "portal_administrator", "representative")
    },
}
_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:zorgid:scim:schemas:2.0:User"],
    "id": "a1",
    "externalId": "1001",
    "userName": "Jan Jansen 123456789",
    "name": {"givenName": "Jan", "familyName": "Jansen"},
    "emails": [{"value": "jan@delinde.example", "primary": True}],
    "active": True,
    "meta": {"version": 'W/"1"'},
    "urn:zorgid:scim:schemas:2.0:User": {
        "dateOfBirth": "1988-04-12",
        "memberships": [{"ura": "90000101", "role": "employee"}],
        "attributes": [{"type": "uziNumber", "value": "123456789"}],
        "device": {"state": "active", "since": "2026-01-01T00:00:00Z"},
    },
}
_CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": True, "maxOperations": 100, "maxPayloadSize": 1048576},
    "filter": {"supported": True, "maxResults": 200},
    "etag": {"supported": True},
}
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_SCHEMA: dict[str, Any] = {"id": "urn:zorgid:scim:schemas:2.0:User", "name": "ZORG-ID", "attributes": []}
#: what a portal answers, by the last part of the path
SCIM: list[object] = [
    {
        "ServiceProviderConfig": _CONFIG,
        "Schemas": {"schemas": [_LIST], "totalResults": 1, "Resources": [_SCHEMA]},
        "Organisations": {"id": "90000101", "ura": "90000101", "name": "De Linde", "status": "registered"},
        "Me": {**_USER, "id": "me", _SCHEMA["id"]: {"memberships": [{"ura": "90000101", "role": "administrator"}]}},
        "Users": {"schemas": [_LIST], "totalResults": 1, "itemsPerPage": 1, "startIndex": 1, "Resources": [_USER]},
        "Bulk": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": [
                {"method": "POST", "bulkId": "0", "status": "201", "location": "/Users/b2", "version": 'W/"1"'}
            ],
        },
    }
]


@functools.cache
def _keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    return rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)


@functools.cache
def _certificates() -> tuple[x509.Certificate, x509.Certificate]:
    """An organisation's and its authority's."""
    own, authority = _keys()
    uzi = b"2.16.528.1.1003.1.3.5.5.5-1-12345678-S-90000101-00.000-00000000"
    other = x509.OtherName(x509.ObjectIdentifier("2.5.5.5"), bytes([0x16, len(uzi)]) + uzi)
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST UZI-register Private Server CA G1")])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "zorgid.delinde.example")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    def made(name: x509.Name, key: rsa.RSAPrivateKey, authoritative: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(17)
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=3000))
            .add_extension(x509.BasicConstraints(authoritative, None), True)
        )
        if not authoritative:
            builder = builder.add_extension(x509.SubjectAlternativeName([other]), False)
        return builder.sign(authority, hashes.SHA256())

    return made(subject, own, False), made(issuer, authority, True)


@functools.cache
def ders() -> tuple[bytes, ...]:
    return tuple(one.public_bytes(Encoding.DER) for one in _certificates())


@functools.cache
def blocks() -> tuple[str, ...]:
    """Blocks of a PEM file, those that belong there and those that do not."""
    own, _authority = _keys()
    both = _certificates()
    plain = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return tuple(
        block.decode()
        for block in (
            *(one.public_bytes(Encoding.PEM) for one in both),
            plain,
            own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim")),
            own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            pkcs7.serialize_certificates(list(both), Encoding.PEM),
            plain.replace(b"PRIVATE", b"OPENSSH PRIVATE"),
        )
    )


@functools.cache
def documents() -> tuple[str, ...]:
    own, _authority = _keys()
    certificate, authority = _certificates()
    unsigned = render(check_organisation(ORGANISATION))
    signed = [sign(unsigned, own, certificate, xades=xades, chain=[authority]) for xades in (False, True)]
    return tuple(one.decode() for one in (unsigned, *signed))


def workbook(sheet: str, *, strict: bool) -> dict[str, str]:
    """The parts of an XLSX file with one sheet (ECMA-376; ``strict``: ISO/IEC 29500 Strict)."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    if strict:
        main = "http://purl.oclc.org/ooxml/spreadsheetml/main"
        document = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{document}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{document}"><sheets>'
        '<sheet name="Blad1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{document}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{sheet}</worksheet>',
    }


def _windows() -> list[object]:
    """What the Windows module answers to ``list`` and ``sign``."""
    own, authority = (base64.b64encode(der).decode() for der in ders())
    key = {
        "state": "not_exportable",
        "reason": "",
        "provider": "KSP",
        "provider_type": "cng",
        "algorithm": "RSA",
        "bits": 2048,
    }
    one = {"thumbprint": "A" * 40, "certificate": own, "friendly_name": "UZI", "key": key}
    return [
        {"certificates": [one], "authorities": [authority]},
        {"signatures": [{"signature": "AAAA"}]},
        {"failed": True, "msg": "x"},
        {"pfx": "AAAA"},
    ]


WINDOWS = _windows()
