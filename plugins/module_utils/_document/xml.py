# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading XML that others may have written: no DTD, no entities, no network, no giant files."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs

with needs("lxml>=5.2"):
    from lxml import etree

Element = Any  # lxml's elements; its stubs are not installed where the collection runs

PROFILE = "urn:gbz:zorgid:organisatiedocument:1"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
# An organisation document has a few kilobytes; a scanned letter inside one still fits.
SIZE_LIMIT = 5 * 1024 * 1024
# Many times what an organisation document has. Canonicalising takes a time that grows with the square of these.
NODE_LIMIT = 20_000
ATTRIBUTE_LIMIT = 100
NAMESPACE_LIMIT = 1_000
# In less there is no room for enough of them to matter; real documents are spared the counting.
_COUNTED_FROM = 32 * 1024
# In these a byte below 0x80 is always that ASCII character: a signature can be put in without touching the rest.
ENCODINGS = ("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252")

_BEFORE_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


def parse(xml: bytes, *, what: str = "the document") -> Element:
    """The root element. Errors: ``document_too_large``, ``document_has_dtd``, ``document_not_xml``."""
    if len(xml) > SIZE_LIMIT:
        raise _too_large(what, f"{SIZE_LIMIT} bytes")
    if _BEFORE_ROOT.match(xml):
        raise _dtd(what)
    try:
        root = etree.fromstring(xml, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        at = error.position if isinstance(error, etree.XMLSyntaxError) else None
        raise ZorgidError(
            "document_not_xml",
            f"{what[0].upper()}{what[1:]} is not well-formed XML",
            expected="well-formed XML 1.0",
            # libxml2's own sentence can quote the text around the fault, which may be personal data.
            found=f"a fault in line {at[0]}, column {at[1]}" if at else "text that no XML parser takes",
        ) from error
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or any(True for _one in root.iter(etree.Entity)):
        raise _dtd(what)
    if xml.count(b"xmlns:") > NAMESPACE_LIMIT:
        raise _too_large(what, f"{NAMESPACE_LIMIT} namespace declarations")
    if len(xml) > _COUNTED_FROM:
        for number, node in enumerate(root.iter()):
            if number >= NODE_LIMIT:
                raise _too_large(what, f"{NODE_LIMIT} elements, comments and instructions")
            if len(node.attrib) > ATTRIBUTE_LIMIT:
                raise _too_large(what, f"{ATTRIBUTE_LIMIT} attributes in an element")
    encoding_of(root)
    return root


def encoding_of(root: Element) -> str:
    """Python's name of the encoding the document was read in. Error: ``document_encoding_unsupported``."""
    declared = root.getroottree().docinfo.encoding or "UTF-8"
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = declared
    if name not in ENCODINGS:
        raise ZorgidError(
            "document_encoding_unsupported",
            "The document is written in an encoding that cannot be signed in place",
            expected="UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15 or windows-1252",
            found=ascii(declared),
            action="save it as UTF-8",
        )
    return name


def canonical(element: Element) -> bytes:
    """Exclusive XML Canonicalization 1.0 without comments (W3C, xml-exc-c14n). Error: ``document_not_canonical``."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise ZorgidError(
            "document_not_canonical",
            "The document has no canonical form, so it cannot be signed",
            expected="namespaces with absolute names (W3C, Canonical XML 1.0, 1.3), such as urn:vzvz:form",
            action="correct the namespaces in the template or form",
        ) from error


def select(root: Element, xpath: str, *, option: str) -> list[Any]:
    """What an XPath 1.0 finds; prefixes are those of the document, its default namespace is ``default:``.

    Error: ``xpath_invalid``.
    """
    spaces = {prefix or "default": uri for prefix, uri in _namespaces(root).items()}
    try:
        found = root.getroottree().xpath(xpath, namespaces=spaces, smart_strings=True)
    except (etree.XPathError, ValueError) as error:
        raise ZorgidError(
            "xpath_invalid",
            f"{option} holds an XPath that cannot be used: {xpath}",
            expected="XPath 1.0; prefixes as in the document: " + (", ".join(sorted(spaces)) or "none"),
            found=str(error),
        ) from error
    return found if isinstance(found, list) else []


def _namespaces(root: Element) -> Mapping[str | None, str]:
    found: dict[str | None, str] = {}
    for element in root.iter(etree.Element):
        for prefix, uri in element.nsmap.items():
            found.setdefault(prefix, uri)
    return found


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
    )


def _too_large(what: str, most: str) -> ZorgidError:
    return ZorgidError(
        "document_too_large",
        f"{what[0].upper()}{what[1:]} is too large to be an organisation document",
        expected=f"at most {most}",
        found="more than that",
    )


def _dtd(what: str) -> ZorgidError:
    return ZorgidError(
        "document_has_dtd",
        f"{what[0].upper()}{what[1:]} has a document type declaration",
        expected="XML without DTD and without entities of its own",
        action="remove <!DOCTYPE …>",
    )
