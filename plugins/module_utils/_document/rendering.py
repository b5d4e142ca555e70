# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes unsigned XML from the organisation: with a template, or by filling in VZVZ's form. Values are not evaluated."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.organisation import CONTROL, Organisation
from .._common.text import printable
from .._common.trouble import in_words
from .byte_edits import (
    Edit,
    apply,
    path_of,
    places,
    replace_attribute,
    replace_content,
)
from .xml import Element, encoding_of, parse, select

with needs("Jinja2>=3.1"):
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment
with needs("lxml>=5.2"):
    from lxml import etree

# The names of the environments in the default profile.
ENVIRONMENTS = {"production": "productie", "acceptance": "acceptatie", "test": "test", "own": "eigen"}


def render(organisation: Organisation, *, template: str | None = None, extra: Mapping[str, Any] | None = None) -> bytes:
    """Unsigned XML in UTF-8.

    ``template`` is the text of a Jinja2 template (default: our profile). Its variables are ``organisation`` (the fields
    of the inventory), and ``environment``, ``omgeving``, ``certificate`` and ``valid_until`` from ``extra``; values are
    escaped and never rendered themselves. The template runs in Jinja2's immutable sandbox and can load no file.

    Errors: ``organisation_invalid`` (a control character, with its field), ``template_invalid``, ``document_not_xml``,
    ``document_has_dtd``.
    """
    values = context(organisation, extra or {})
    try:
        xml = str(_compiled(template).render(values)).encode("utf-8")
    except Exception as error:  # the user's template is a program: it can raise anything
        cause = str(error)
        if not cause or any(text in cause for text in _texts(values["organisation"])):
            cause = in_words(error)
        raise ZorgidError(
            "template_invalid",
            "The template cannot be rendered",
            expected="a Jinja2 template that uses only organisation, environment, omgeving, certificate, valid_until",
            found=cause + _line(error),
            action="correct the template",
        ) from error
    if template is not None:
        parse(xml, what="what the template makes")
    return xml


def fill(form: bytes, mapping: Mapping[str, str], organisation: Organisation, extra: Mapping[str, Any]) -> bytes:
    """The XML form with the values filled in; every other byte stays unchanged.

    ``mapping`` maps an XPath to a value's name, such as ``ura``, ``address.city``, ``people.representative.email``,
    ``environment`` or ``certificate.thumbprint``. The XPath finds exactly one attribute, or one element without child
    elements.

    Errors: ``form_place_missing``, ``form_place_ambiguous``, ``form_place_not_text``, ``form_value_unknown``,
    ``xpath_invalid``, ``organisation_invalid``, and those of ``xml.parse``.
    """
    values = context(organisation, extra)
    root = parse(form, what="the form")
    encoding = encoding_of(form)
    where = places(form)
    edits: dict[int, Edit] = {}
    for xpath, name in mapping.items():
        value = _value(values, name)
        node = _one(root, xpath)
        if getattr(node, "is_attribute", False):
            owner = node.getparent()
            text = escape(value, {'"': "&quot;", "'": "&apos;"}).encode(encoding, "xmlcharrefreplace")
            edit = replace_attribute(form, where[path_of(owner)], _written(owner, node.attrname, encoding), text)
        else:
            if not (isinstance(node, etree._Element) and isinstance(node.tag, str)) or len(node):
                raise ZorgidError(
                    "form_place_not_text",
                    f"The form has something other than text at {xpath}",
                    expected="an attribute, or an element without child elements, comments or instructions",
                    action="let the XPath point at the element that contains the text",
                    found="something else",
                )
            edit = replace_content(form, where[path_of(node)], escape(value).encode(encoding, "xmlcharrefreplace"))
        if edit.start in edits:
            raise ZorgidError(
                "form_place_ambiguous",
                f"Two entries of the mapping fill the same place of the form; one is {xpath}",
                expected="one value for each place",
                found="two",
                action="remove one of the two entries",
            )
        edits[edit.start] = edit
    made = apply(form, list(edits.values()))
    parse(made, what="the filled form")
    return made


def context(organisation: Organisation, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The values for templates and mappings. Error: ``organisation_invalid`` for characters that XML does not allow."""
    environment = str(extra.get("environment") or "production")
    values = {
        "organisation": asdict(organisation),
        "environment": environment,
        "omgeving": ENVIRONMENTS.get(environment, environment),
        "certificate": dict(extra["certificate"]) if extra.get("certificate") else None,
        "valid_until": extra.get("valid_until"),
    }
    _refuse_unprintable(values["organisation"], "")
    return values


def _refuse_unprintable(value: Any, field: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unprintable(inner, f"{field}.{name}" if field else name)
    elif isinstance(value, str) and (found := CONTROL.search(value)):
        raise ZorgidError(
            "organisation_invalid",
            (f"{field} contains the character U+{ord(found.group()):04X} at position {found.start() + 1}"),
            expected="text without control characters",
            action="correct this field in the inventory",
            found=f"U+{ord(found.group()):04X}",
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif value:
        yield str(value)


def _line(error: Exception) -> str:
    """The line of the template where the error is: from Jinja2 for a syntax error, else from Python's traceback."""
    at = getattr(error, "lineno", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == "<template>":
            at = frame.lineno
    return f" (line {at})" if at else ""


@functools.lru_cache(maxsize=8)
def _compiled(template: str | None) -> Any:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(template if template is not None else default("organisation.xml.j2"))


def default(name: str) -> str:
    """A file of the default profile (``organisation.xml.j2``, ``organisation.xsd``)."""
    return files(__package__).joinpath("profile").joinpath(name).read_text(encoding="utf-8")


def _value(values: Mapping[str, Any], name: str) -> str:
    found: Any = {**values["organisation"], **{k: v for k, v in values.items() if k != "organisation"}}
    for step in str(name).split("."):
        if not isinstance(found, Mapping) or step not in found:
            raise ZorgidError(
                "form_value_unknown",
                f"The mapping uses a value that does not exist: {name}",
                expected="a field of organisation such as ura or address.city, or environment, omgeving, valid_until, "
                "certificate.thumbprint, certificate.serial_number, certificate.issuer, certificate.not_after",
                found=f"`{printable(name, 60)}`",
                action="correct the mapping",
            )
        found = found[step]
    if isinstance(found, Mapping):
        raise ZorgidError(
            "form_value_unknown",
            f"The mapping uses a group of values: {name}",
            expected="one of " + ", ".join(f"{name}.{inner}" for inner in found),
            found="a group",
            action="use one of them in the mapping",
        )
    return "" if found is None else str(found)


def _one(root: Element, xpath: str) -> Any:
    found = select(root, xpath, option="mapping")
    if not found:
        raise ZorgidError(
            "form_place_missing",
            f"The form has no element or attribute {xpath}",
            expected="exactly one element or attribute",
            action="compare the mapping with the form; a newer form may use another name",
            found="none",
        )
    if len(found) > 1:
        raise ZorgidError(
            "form_place_ambiguous",
            f"The form has {len(found)} elements or attributes {xpath}",
            expected="exactly one element or attribute",
            action="make the XPath more exact",
            found=f"{len(found)} of them",
        )
    return found[0]


def _written(owner: Element, attribute: str, encoding: str) -> list[bytes]:
    """The names under which the attribute may be written: a namespace can have several prefixes."""
    name = etree.QName(attribute)
    if not name.namespace:
        return [name.localname.encode(encoding)]
    prefixes = [prefix for prefix, uri in owner.nsmap.items() if uri == name.namespace and prefix] or ["xml"]
    return [f"{prefix}:{name.localname}".encode(encoding) for prefix in prefixes]
