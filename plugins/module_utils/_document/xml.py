# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses untrusted XML: no DTD, no entities, no network, limited size."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Mapping
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable

with needs("lxml>=5.2"):
    from lxml import etree

    PARSER = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
    )

Element = Any  # lxml's elements; its stubs are not installed where the collection runs

PROFILE = "urn:gbz:zorgid:organisatiedocument:1"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
# Bytes. An organisation document has a few kilobytes; with a scanned letter inside it is still smaller than this.
SIZE_LIMIT = 5 * 1024 * 1024
# Far above an organisation document: the number of "<" (tags, comments, instructions), and the limit of ``_work``.
MARKUP_LIMIT = 40_000
WORK_LIMIT = 20_000_000
# In these encodings a byte below 0x80 is always that ASCII character: a signature can be inserted as ASCII bytes.
ENCODINGS = ("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252")

_BEFORE_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml\s[^<>]*?\bencoding\s*=\s*["']([^"'<>]*)["']""")
# libxml2 does not escape these in a namespace in canonical form: the result is no XML, or that of another document.
_ESCAPED = frozenset('&<"\t\n\r')
# Byte order marks (Unicode 23.8), and the first "<" in these encodings without a mark; UTF-8 with a mark is accepted.
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
    b"<\0\0\0": "UTF-32",
    b"\0\0\0<": "UTF-32",
    b"<\0": "UTF-16",
    b"\0<": "UTF-16",
    b"\x4c\x6f\xa7\x94": "EBCDIC",
    b"+ADw-": "UTF-7",
}


def parse(xml: bytes, *, what: str = "the document") -> Element:
    """The root element of a document that is small enough to process.

    The limits are checked before the work: bytes and markup before parsing, the rest before canonicalisation.
    Errors: ``document_too_large``, ``document_encoding_unsupported``, ``document_has_dtd``, ``document_not_xml``,
    ``document_not_canonical``.
    """
    if len(xml) > SIZE_LIMIT:
        raise _too_large(what, f"{SIZE_LIMIT} bytes")
    encoding = encoding_of(xml, what)
    body = xml.removeprefix(codecs.BOM_UTF8).lstrip()
    if not body.startswith(b"<"):
        raise _no_xml(what, "an empty file" if not body else "something that does not begin as XML does, with <")
    markup = xml.count(b"<")
    if markup > MARKUP_LIMIT:
        raise _too_large(what, f"{MARKUP_LIMIT} tags, comments and instructions")
    if _BEFORE_ROOT.match(xml):
        raise _dtd(what)
    try:
        root = etree.fromstring(xml, PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        at = error.position if isinstance(error, etree.XMLSyntaxError) else None
        # libxml2's own sentence can quote the text around the fault, which may be personal data.
        found = f"a fault in line {at[0]}, column {at[1]}" if at else "text that no XML parser accepts"
        raise _no_xml(what, found) from error
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or any(True for _one in root.iter(etree.Entity)):
        raise _dtd(what)
    if info.xml_version != "1.0":
        raise ZorgidError(
            "document_not_xml",
            f"{what[0].upper()}{what[1:]} is not XML 1.0",
            # XML 1.1 has other line end characters, so programs read different texts; it has no canonical form.
            expected='version="1.0"',
            found=f"XML {printable(info.xml_version, 20)}",
            action="save it as XML 1.0",
        )
    if _python_name(info.encoding or "UTF-8") != encoding:
        raise _encoding(what, f"{info.encoding}, while {encoding} is declared")
    if b"&" in xml and any(
        not _ESCAPED.isdisjoint(uri) for _event, (_prefix, uri) in etree.iterwalk(root, ("start-ns",))
    ):
        raise not_canonical()
    # The declarations and attributes of the whole file as an upper bound: most documents need no closer calculation.
    if markup * (xml.count(b"xmlns") ** 2 + len(xml)) + xml.count(b"=") ** 2 > WORK_LIMIT:
        _work(root, what)
    return root


def _work(root: Element, what: str) -> int:
    """The maximum number of steps and characters of a canonicalisation. Error: ``document_too_large``.

    For every element libxml2 compares each namespace declaration in scope with each other one, and each attribute with
    each other one. In the exclusive form a declaration in scope, however long, may be written again at every element.
    """
    work = declared = characters = 0
    outer: list[tuple[int, int]] = []
    before = (0, 0)
    for event, node in etree.iterwalk(root, events=("start-ns", "start", "end")):
        if event == "start-ns":
            declared, characters = declared + 1, characters + len(node[0]) + len(node[1])
        elif event == "start":
            outer.append(before)
            before = (declared, characters)
            work += declared**2 + characters + len(node.attrib) ** 2
            if work > WORK_LIMIT:
                raise _too_large(what, "a few attributes in an element, and a few short namespaces, declared once")
        else:
            before = declared, characters = outer.pop()
    return work


def encoding_of(xml: bytes, what: str = "the document") -> str:
    """Python's name of the document's encoding. Its byte order mark and its declaration must agree.

    Error: ``document_encoding_unsupported``.
    """
    if xml.startswith(tuple(_MARKS)):
        raise _encoding(what, next(name for mark, name in _MARKS.items() if xml.startswith(mark)))
    body = xml.removeprefix(codecs.BOM_UTF8)
    declared = _DECLARED.match(body)
    written = declared.group(1).decode("latin-1") if declared else "UTF-8"
    name = _python_name(written)
    if name not in ENCODINGS:
        raise _encoding(what, written)
    if len(body) != len(xml) and name != "utf-8":
        raise _encoding(what, f"{written}, with the byte order mark of UTF-8")
    return name


@functools.lru_cache(maxsize=64)
def _python_name(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return name


def canonical(root: Element) -> bytes:
    """Exclusive XML Canonicalization 1.0 without comments (W3C, xml-exc-c14n) of the whole document.

    It includes the processing instructions before and after the root element (Canonical XML 1.0, 2.1). Error:
    ``document_not_canonical``.
    """
    try:
        return etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise not_canonical() from error


def select(root: Element, xpath: str, *, option: str) -> list[Any]:
    """The results of an XPath 1.0; prefixes are those of the document, its default namespace is ``default:``.

    Error: ``xpath_invalid``.
    """
    spaces = {prefix or "default": uri for prefix, uri in _namespaces(root).items()}
    try:
        found = root.getroottree().xpath(xpath, namespaces=spaces, smart_strings=True)
    except (etree.XPathError, ValueError) as error:
        raise ZorgidError(
            "xpath_invalid",
            f"{option} contains an XPath that cannot be used: {xpath}",
            expected="XPath 1.0; prefixes as in the document: " + (", ".join(sorted(spaces)) or "none"),
            found=str(error),
            action=f"correct {option}",
        ) from error
    return found if isinstance(found, list) else []


def _namespaces(root: Element) -> Mapping[str | None, str]:
    found: dict[str | None, str] = {}
    for element in root.iter(etree.Element):
        for prefix, uri in element.nsmap.items():
            found.setdefault(prefix, uri)
    return found


def _too_large(what: str, most: str) -> ZorgidError:
    return ZorgidError(
        "document_too_large",
        f"{what[0].upper()}{what[1:]} is too large to be an organisation document",
        expected=f"at most {most}",
        found=f"more than {most}",
        action="check that it is the right file",
    )


def _no_xml(what: str, found: str) -> ZorgidError:
    return ZorgidError(
        "document_not_xml",
        f"{what[0].upper()}{what[1:]} is not well-formed XML",
        expected="well-formed XML 1.0",
        found=found,
        action="check that it is the right file, and correct it",
    )


def _dtd(what: str) -> ZorgidError:
    return ZorgidError(
        "document_has_dtd",
        f"{what[0].upper()}{what[1:]} has a document type declaration",
        expected="XML without DTD and without entities of its own",
        found="<!DOCTYPE …>, or an entity",
        action="remove <!DOCTYPE …>",
    )


def _encoding(what: str, found: str) -> ZorgidError:
    return ZorgidError(
        "document_encoding_unsupported",
        f"{what[0].upper()}{what[1:]} is written in an encoding in which organisation documents are neither signed nor "
        "verified",
        expected="UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15 or windows-1252",
        found=printable(found, 60),
        action="save it as UTF-8",
    )


def not_canonical() -> ZorgidError:
    return ZorgidError(
        "document_not_canonical",
        "The document has no canonical form that all programs agree on, so it cannot be signed",
        expected="namespaces with absolute names (W3C, Canonical XML 1.0, 1.3) and without &, such as urn:vzvz:form",
        found="the name of a namespace that is relative, or with a character that programs write differently",
        action="correct the namespaces in the template or form",
    )
