# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data come out as text or are refused; a form keeps every byte that is not filled in."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import Organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._document.rendering import fill, render
from ansible_collections.gbz.zorgid.plugins.module_utils._document.schema import validate
from lxml import etree

NAME = "{urn:gbz:zorgid:organisatiedocument:1}Naam"
FORM = b"""<?xml version='1.0' encoding="ISO-8859-1"?>
<!-- VZVZ: vul in  -->
<r:Registratie   xmlns:r='urn:vzvz' xmlns="urn:ander" r:versie = "2" naam='>'>\r
  <r:URA></r:URA><r:Naam   />\t<Naam attr="/>">oud</Naam>
  <a><![CDATA[ <URA> ]]></a>  <plaats> weg </plaats>
</r:Registratie  >
<?einde?>
"""


@pytest.mark.parametrize(
    "name",
    [
        "{{ lookup('pipe','id') }}",
        "{% for x in range(9) %}x{% endfor %}",
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
        "]]>",
        "&amp; <b>\"'",
        "Ŵ 𝄞 é",
        "<?php x ?>",
    ],
)
def test_data_are_text(organisation: Organisation, name: str) -> None:
    made = render(dataclasses.replace(organisation, name=name))
    validate(made)
    assert etree.fromstring(made).findtext(f".//{NAME}") == name
    filled = fill(FORM, {"//default:plaats": "name"}, dataclasses.replace(organisation, name=name), {})
    assert etree.fromstring(filled).findtext("{urn:ander}plaats") == name


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\x85", "\ufffe", "\ud800"])
def test_a_control_character_is_refused_with_its_field(organisation: Organisation, character: str) -> None:
    person = dataclasses.replace(organisation.people.representative, last_name=f"Lin{character}deman")
    wrong = dataclasses.replace(organisation, people=dataclasses.replace(organisation.people, representative=person))
    with pytest.raises(ZorgidError, match=r"people\.representative\.last_name contains the character U\+") as caught:
        render(wrong)
    assert caught.value.code == "organisation_invalid"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("<a>{{ organisation.nmae }}</a>", "template_invalid"),
        ("<a>{% if %}</a>", "template_invalid"),
        ("<a>{{ ''.__class__.__mro__ }}</a>", "template_invalid"),
        ("{% include '/etc/passwd' %}", "template_invalid"),
        ("<a>{{ organisation.update({'ura': '1'}) }}</a>", "template_invalid"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "template_invalid"),
        ("<a>{{ 'x' * 10 ** 13 }}</a>", "template_invalid"),
        ("<a>{{ '\\ud800' }}</a>", "template_invalid"),
        ("<a>", "document_not_xml"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document_has_dtd"),
    ],
)
def test_a_template_that_cannot_be_used(organisation: Organisation, template: str, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        render(organisation, template=template)
    assert caught.value.code == code


def test_a_template_error_names_the_line_and_no_value(organisation: Organisation) -> None:
    with pytest.raises(ZorgidError, match=r"nmae.*\(line 3\)"):
        render(organisation, template="<a>\n<b/>\n{{ organisation.nmae }}</a>")
    with pytest.raises(ZorgidError) as caught:
        render(organisation, template="<a>{{ organisation.address[organisation.people.representative.email] }}</a>")
    assert "lindeman" not in str(caught.value)


def test_an_own_template_sees_the_same_values(organisation: Organisation) -> None:
    made = render(
        organisation, template="<x o='{{ omgeving }}'>{{ organisation.ura }}</x>", extra={"environment": "acceptance"}
    )
    assert made == b"<x o='acceptatie'>90000101</x>"


def test_a_form_keeps_every_other_byte(organisation: Organisation) -> None:
    mapping = {
        "/r:Registratie/r:URA": "ura",
        "/r:Registratie/r:Naam": "name",
        "//default:Naam": "address.city",
        "/r:Registratie/@naam": "care_application.version",
        "/r:Registratie/@r:versie": "environment",
    }
    made = fill(FORM, mapping, dataclasses.replace(organisation, name="Caf\u00e9 \u20ac"), {"environment": "test"})
    expected = (
        FORM.replace(b"<r:URA></r:URA>", b"<r:URA>90000101</r:URA>")
        .replace(b"<r:Naam   />", b"<r:Naam   >Caf\xe9 &#8364;</r:Naam>")
        .replace(b">oud<", b">Utrecht<")
        .replace(b"naam='>'", b"naam='8.2'")
        .replace(b'r:versie = "2"', b'r:versie = "test"')
    )
    assert made == expected


@pytest.mark.parametrize(
    ("form", "place", "expected"),
    [
        # Two prefixes for one namespace, a prefix that nobody declares, a byte order mark, other encodings.
        (
            b'<r xmlns:a="urn:x" xmlns:b="urn:x" n="1" b:n="2"/>',
            "/r/@a:n",
            b'<r xmlns:a="urn:x" xmlns:b="urn:x" n="1" b:n="90000101"/>',
        ),
        (b"<r xml:lang='nl'/>", "/r/@xml:lang", b"<r xml:lang='90000101'/>"),
        (b"\xef\xbb\xbf<r><a/></r>", "/r/a", b"\xef\xbb\xbf<r><a>90000101</a></r>"),
        (
            b'<?xml version="1.0" encoding="windows-1252"?><r>\x80<a x=""/></r>',
            "//@x",
            b'<?xml version="1.0" encoding="windows-1252"?><r>\x80<a x="90000101"/></r>',
        ),
        (b"<r><!-- <a/> --><?a <a/>?><a>x</a></r>", "//a", b"<r><!-- <a/> --><?a <a/>?><a>90000101</a></r>"),
    ],
)
def test_forms_as_programs_write_them(organisation: Organisation, form: bytes, place: str, expected: bytes) -> None:
    assert fill(form, {place: "ura"}, organisation, {}) == expected


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"//weg": "ura"}, "form_place_missing"),
        ({"//*": "ura"}, "form_place_ambiguous"),
        ({"/r:Registratie": "ura"}, "form_place_not_text"),
        ({"//r:URA": "uraa"}, "form_value_unknown"),
        ({"//r:URA": "address"}, "form_value_unknown"),
        ({"//q:URA": "ura"}, "xpath_invalid"),
        ({"//r:URA\0": "ura"}, "xpath_invalid"),
        ({"/comment()": "ura"}, "form_place_not_text"),
        ({"/processing-instruction()": "ura"}, "form_place_not_text"),
        ({"//default:plaats/text()": "ura"}, "form_place_not_text"),
        ({"/*/namespace::r": "ura"}, "form_place_not_text"),
        ({"//r:URA": "ura", "/r:Registratie/r:URA": "name"}, "form_place_ambiguous"),
    ],
)
def test_a_mapping_that_does_not_fit(organisation: Organisation, mapping: dict[str, str], code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        fill(FORM, mapping, organisation, {})
    assert caught.value.code == code


def test_utf_16_is_refused(organisation: Organisation) -> None:
    with pytest.raises(ZorgidError) as caught:
        fill('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), {"/a": "ura"}, organisation, {})
    assert caught.value.code == "document_encoding_unsupported"


def test_what_does_not_fit_the_schema_is_named_without_its_value(unsigned: bytes, tmp_path: Path) -> None:
    with pytest.raises(ZorgidError) as caught:
        validate(unsigned.replace(b"<URA>90000101<", b"<URA>geheim<"))
    assert caught.value.code == "document_schema_invalid"
    assert "URA (pattern_valid)" in str(caught.value)
    assert "geheim" not in str(caught.value)
    with pytest.raises(ZorgidError) as caught:
        validate(unsigned, tmp_path / "absent.xsd")
    assert caught.value.code == "schema_unusable"


def test_a_schema_may_ask_for_the_signature(tmp_path: Path) -> None:
    schema = tmp_path / "own.xsd"
    schema.write_text(
        """<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a"><s:complexType><s:sequence>
        <s:element name="b"/><s:any namespace="http://www.w3.org/2000/09/xmldsig#" processContents="skip"/>
        </s:sequence></s:complexType></s:element></s:schema>"""
    )
    validate(b"<a><b/></a>", schema)
    with pytest.raises(ZorgidError, match=r"a \(element_content\)"):
        validate(b"<a/>", schema)


def test_a_schema_fetches_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.xsd"
        for part in (f'<s:include schemaLocation="{url}"/>', f'<s:import namespace="urn:q" schemaLocation="{url}"/>'):
            schema = tmp_path / f"{len(part)}.xsd"
            own = f'{part}<s:element name="a" type="s:int"/>'
            schema.write_text(f'<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema">{own}</s:schema>')
            with contextlib.suppress(ZorgidError):
                validate(b"<a>1</a>", schema)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_an_own_schema(tmp_path: Path) -> None:
    schema = tmp_path / "own.xsd"
    schema.write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a" type="s:int"/></s:schema>'
    )
    validate(b"<a>1</a>", schema)
    with pytest.raises(ZorgidError, match=r"line 1: a \(datatype"):
        validate(b"<a>x</a>", schema)
