# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a document is signed again, what is shown of it, and a thousand of them in one process."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import Organisation, check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._document.rendering import default, fill, render
from ansible_collections.gbz.zorgid.plugins.module_utils._document.revision import WantedSignature, lines, reason
from ansible_collections.gbz.zorgid.plugins.module_utils._document.schema import validate
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import SignatureKind, sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import verify
from ansible_collections.gbz.zorgid.plugins.module_utils._document.xml import canonical, parse
from ansible_collections.gbz.zorgid.tests.benchmarks import documents
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party
from lxml import etree

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples" / "organisation"
NAMES = [
    ("thumbprint", "Vingerafdruk"),
    ("serial_number", "Serienummer"),
    ("issuer", "Uitgever"),
    ("not_after", "GeldigTot"),
]


def why(wanted: WantedSignature, unsigned: bytes, existing: bytes | None) -> str:
    return reason(unsigned, wanted, None if existing is None else verify(existing, judge=None), existing)


@pytest.mark.parametrize(
    "asked",
    [{}, {"xades": True}, {"algorithm": "rsa-pss-sha512"}, {"place": "/*/*[1]"}],
)
def test_nothing_changed(unsigned: bytes, linde: Party, asked: dict[str, Any]) -> None:
    made = sign(unsigned, linde.key, linde.certificate, **asked)
    assert why(WantedSignature(linde.certificate, kind=SignatureKind(**asked)), unsigned, made) == "unchanged"
    # Other white space inside a tag is not other content; a file that an editor has saved again is still the same.
    again = unsigned.replace(b'" omgeving="', b'"  omgeving="')
    assert why(WantedSignature(linde.certificate, kind=SignatureKind(**asked)), again, made) == "unchanged"


def test_why_it_is_signed_again(organisation: Organisation, unsigned: bytes, linde: Party, anker: Party) -> None:
    made = sign(unsigned, linde.key, linde.certificate)
    wanted = WantedSignature(linde.certificate)
    moved = dataclasses.replace(organisation, name="Huisartsenpraktijk De Eik")
    assert why(wanted, unsigned, None) == "new"
    assert why(wanted, unsigned, b"") == "invalid"
    assert why(wanted, unsigned, unsigned) == "invalid"
    assert why(wanted, unsigned, made.replace(b"Lindelaan", b"Eikenlaan")) == "invalid"
    assert why(WantedSignature(anker.certificate), unsigned, made) == "certificate"
    assert why(WantedSignature(linde.certificate, kind=SignatureKind(xades=True)), unsigned, made) == "algorithm"
    assert (
        why(WantedSignature(linde.certificate, kind=SignatureKind(algorithm="rsa-sha512")), unsigned, made)
        == "algorithm"
    )
    assert why(WantedSignature(linde.certificate, chain=[linde.ca]), unsigned, made) == "algorithm"
    assert why(WantedSignature(linde.certificate, kind=SignatureKind(place="/*/*[1]")), unsigned, made) == "algorithm"
    assert why(wanted, render(organisation, extra={"valid_until": "2027-01-01"}), made) == "validity"
    assert why(wanted, render(moved), made) == "content"


def test_people_are_not_shown(organisation: Organisation, unsigned: bytes) -> None:
    shown = lines(unsigned)
    assert "Organisatiedocument/Zorgaanbieder/URA: 90000101\n" in shown
    assert "Contactpersoon[2]/Achternaam: L*******\n" in shown
    foreign = lines(
        render(
            organisation, template="<x y='{{ organisation.people.representative.email }}'>{{ organisation.name }}</x>"
        )
    )
    for text in (shown, foreign):
        for person in vars(organisation.people).values():
            assert person.last_name not in text
            assert person.email not in text
    assert "De Linde" not in foreign


def test_a_value_is_one_short_line(organisation: Organisation) -> None:
    forged = dataclasses.replace(organisation, name="De Linde")
    xml = render(forged).replace(b">De Linde<", b">De\nOrganisatiedocument/Zorgaanbieder/URA: 90000102\x7f<")
    assert len(lines(xml).splitlines()) == len(lines(render(forged)).splitlines())
    assert "\nOrganisatiedocument/Zorgaanbieder/URA: 90000102" not in lines(xml)
    assert len(lines(b"<a>" + b"x" * 1_000_000 + b"</a>")) < 300


def test_the_examples_are_what_the_collection_makes() -> None:
    organisation = check_organisation(yaml.safe_load((EXAMPLES / "organisation.yml").read_text()))
    document = (EXAMPLES / "organisation.xml").read_bytes()
    validate(document)
    certificate = {name: etree.fromstring(document).findtext(f"{{*}}Certificaat/{{*}}{tag}") for name, tag in NAMES}
    extra = {"environment": "acceptance", "certificate": certificate}
    assert canonical(parse(render(organisation, extra=extra))) == canonical(parse(document))
    mapping = yaml.safe_load((EXAMPLES / "mapping.yml").read_text())
    filled = fill((EXAMPLES / "form.xml").read_bytes(), mapping, organisation, extra)
    assert b"<reg:URA>90000101</reg:URA>" in filled
    assert b">vul in<" not in filled


def test_every_element_is_documented() -> None:
    schema = etree.fromstring(default("organisation.xsd").encode())
    reported = re.findall(r"[\w@]+", (EXAMPLES.parents[1] / "organisation_document.md").read_text())
    for kind, sign_of in (("element", ""), ("attribute", "@")):
        for one in schema.iter(f"{{http://www.w3.org/2001/XMLSchema}}{kind}"):
            assert sign_of + one.get("name") in reported


def test_a_thousand_documents_without_growth(organisation: Organisation, linde: Party) -> None:
    grown = documents.growth(lambda: documents.whole(organisation, linde.key, linde.certificate), 1000)
    # 500 signed documents are about 2,500 kB: keeping them, or their trees, would show.
    assert grown < 1024
