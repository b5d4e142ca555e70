# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTML page as a person reads it: which forms, fields under which labels, what is required, what is wrong."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from .._common.libraries import needs

with needs("lxml>=5.2"):
    import lxml.html

Kind = Literal["text", "select", "radio", "checkbox", "file"]
_NO_FIELDS = ("hidden", "submit", "button", "image", "reset")
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "label", "legend", "li", "main", "nav"),
    *("ol", "option", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
)
_CAPTCHA = re.compile(r"captcha|turnstile|cf-challenge", re.IGNORECASE)
_DECORATION = re.compile(r"\((?:verplicht|required|optioneel|optional)\)|[*:\u2217]|\s+$", re.IGNORECASE)
_ERROR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:error|errors|errorlist|fout|invalid-feedback|validation)(?:$|[\s_-])", re.IGNORECASE
)


def normal(text: str | None) -> str:
    """A label so that two spellings of it compare equal: no case, no blanks, no colon, asterisk or "(verplicht)"."""
    plain = unicodedata.normalize("NFKC", text or "")
    return " ".join(_DECORATION.sub(" ", plain).split()).casefold()


@dataclass(frozen=True)
class Choice:
    """One option of a select, or one button of a radio or checkbox group."""

    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """What a person sees as one field; a group of radio buttons is one field.

    ``labels`` are the normalised texts it can be found by, ``label`` is the one to show.
    """

    name: str
    kind: Kind
    label: str
    labels: tuple[str, ...]
    required: bool
    input_type: str = "text"
    choices: tuple[Choice, ...] = ()
    value: tuple[str, ...] = ()
    max_length: int | None = None
    pattern: str | None = None
    error: str | None = None
    multiple: bool = False


@dataclass(frozen=True)
class Button:
    """A submit button: its text, and what it adds to the form when it is pressed."""

    text: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Form:
    """A form: where it posts to, what a person fills in, what it carries along."""

    action: str
    method: str
    multipart: bool
    charset: str
    fields: tuple[Field, ...]
    hidden: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Page:
    """A fetched page."""

    url: str
    text: str
    forms: tuple[Form, ...]
    captcha: bool
    scripted: bool
    errors: tuple[str, ...] = field(default=())


def charset_of(content_type: str, body: bytes) -> str:
    """The charset of a page: HTTP header, byte order mark, meta element, else UTF-8; an unknown name counts as none."""
    if body.startswith(codecs.BOM_UTF8):
        return "utf-8"
    for place in (content_type, body[:2048].decode("ascii", "replace")):
        found = re.search(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", place, re.IGNORECASE)
        if found:
            # What the web calls Latin-1 is windows-1252 (WHATWG Encoding Standard).
            name = found.group(1).lower()
            name = "windows-1252" if name in ("iso-8859-1", "latin1", "ascii", "us-ascii") else name
            try:
                if b"x".decode(codecs.lookup(name).name) == "x":
                    return name
            except (LookupError, UnicodeError, AssertionError):
                continue
    return "utf-8"


def read_page(url: str, content_type: str, body: bytes) -> Page:
    """Parse a page. Wrong bytes for the declared charset become replacement characters, never an error."""
    charset = charset_of(content_type, body)
    text = body.decode(charset, "replace").replace("\x00", "")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    root: Any = lxml.html.document_fromstring(text.encode() or b"<html/>", parser=parser, ensure_head_body=True)
    base = root.xpath("string(//base/@href)")
    forms = tuple(_form(root, form, urljoin(url, base or ""), charset) for form in root.iter("form"))
    marks = " ".join(
        str(value)
        for element in root.iter("script", "iframe", "div", "img", "input")
        for key, value in element.attrib.items()
        if key in ("src", "class", "id", "name", "data-sitekey")
    )
    scripts = any(True for _one in root.iter("script"))
    for element in list(root.iter("script", "style", "template")):
        element.drop_tree()
    errors = tuple(_errors(root))
    return Page(
        url=url,
        text=" ".join(readable(root).split()),
        forms=forms,
        captcha=bool(_CAPTCHA.search(marks)),
        scripted=scripts,
        errors=errors,
    )


def readable(root: Any) -> str:
    """The text as a person sees it: what stands in blocks of its own never runs together. Changes the tree."""
    for element in root.iter(*_BLOCKS):
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    return str(root.text_content())


def _controls(root: Any, form: Any) -> Iterator[Any]:
    """The controls of a form: those in it, and those elsewhere that name it (form="id")."""
    own = form.get("id")
    for element in root.iter("input", "select", "textarea", "button"):
        named = element.get("form")
        if named == own if named is not None else form in element.iterancestors("form"):
            yield element


def _form(root: Any, form: Any, base: str, charset: str) -> Form:
    fields: dict[str, Field] = {}
    hidden: list[tuple[str, str]] = []
    buttons: list[Button] = []
    for element in _controls(root, form):
        kind = (element.get("type") or ("submit" if element.tag == "button" else "text")).lower()
        name = element.get("name") or ""
        if element.get("disabled") is not None or element.xpath("ancestor::fieldset[@disabled]"):
            continue
        if kind == "submit":
            text = element.get("value") or "" if element.tag == "input" else element.text_content()
            buttons.append(Button(text, ((name, element.get("value") or ""),) if name else ()))
        elif kind == "image":
            # An image button sends where it was clicked.
            point = tuple((f"{name}.{axis}" if name else axis, "1") for axis in "xy")
            buttons.append(Button(element.get("alt") or "", point))
        elif kind == "hidden" and name:
            hidden.append((name, element.get("value") or ""))
        elif kind not in _NO_FIELDS and name:
            one = _field(root, element, kind, name)
            fields[name] = _joined(fields[name], one) if name in fields else one
    return Form(
        action=urljoin(base, form.get("action") or ""),
        method=(form.get("method") or "get").upper(),
        multipart="multipart" in (form.get("enctype") or "").lower(),
        charset=charset_of(f"charset={(form.get('accept-charset') or charset).split()[0]}", b""),
        fields=tuple(fields.values()),
        hidden=tuple(hidden),
        buttons=tuple(buttons),
    )


def _joined(before: Field, after: Field) -> Field:
    """Two controls with one name: a group of radio buttons or checkboxes."""
    return Field(
        **{
            **before.__dict__,
            "labels": tuple(dict.fromkeys(before.labels + after.labels)) if before.kind == "text" else before.labels,
            "choices": before.choices + after.choices,
            "value": before.value + after.value,
            "required": before.required or after.required,
            "multiple": before.kind == "checkbox",
            "error": before.error or after.error,
        }
    )


def _field(root: Any, element: Any, kind: str, name: str) -> Field:
    own = _labels(root, element)
    around = _group_labels(root, element)
    group = around if kind in ("radio", "checkbox") else []
    choices: tuple[Choice, ...] = ()
    value: tuple[str, ...] = ()
    shape: Kind = "text"
    if element.tag == "select":
        shape = "select"
        options = [
            (o, o.get("value") if o.get("value") is not None else o.text_content().strip())
            for o in element.iter("option")
        ]
        choices = tuple(
            Choice(v, (normal(o.text_content()), normal(v))) for o, v in options if o.get("disabled") is None
        )
        chosen = [v for o, v in options if o.get("selected") is not None]
        value = tuple(chosen or [v for _o, v in options[:1] if element.get("multiple") is None])
    elif kind in ("radio", "checkbox"):
        shape = "radio" if kind == "radio" else "checkbox"
        sent = element.get("value") or "on"
        choices = (Choice(sent, tuple(dict.fromkeys([*map(normal, own), normal(sent)]))),)
        value = (sent,) if element.get("checked") is not None else ()
    elif kind == "file":
        shape = "file"
    else:
        value = (element.text if element.tag == "textarea" else element.get("value") or "",)
        value = (value[0] or "",)
    names = group if kind == "radio" and group else [*own, *group]
    shown = next(iter(names), name)
    # "Voornaam" may stand there three times; with its legend it is unique.
    within = [f"{legend} {label}" for legend in around for label in own]
    length = element.get("maxlength") or ""
    return Field(
        name=name,
        kind=shape,
        label=" ".join(shown.replace("*", "").split()).rstrip(":"),
        labels=tuple(
            dict.fromkeys(
                text for text in (*map(normal, [*names, *within]), normal(name), normal(element.get("id"))) if text
            )
        ),
        required=_required(element, names),
        input_type=kind,
        choices=choices,
        value=value,
        max_length=int(length) if length.isdigit() else None,
        pattern=element.get("pattern"),
        error=_error_of(root, element),
        multiple=element.tag == "select" and element.get("multiple") is not None,
    )


def _required(element: Any, names: list[str]) -> bool:
    return (
        element.get("required") is not None
        or element.get("aria-required") == "true"
        or bool(re.search(r"(?:^|[\s_-])(?:required|verplicht)(?:$|[\s_-])", element.get("class") or ""))
        or any(re.search(r"[*\u2217]\s*:?\s*$|\((?:verplicht|required)\)", text) for text in names)
    )


def _text(element: Any) -> str:
    """The text of a label without that of the controls in it."""
    controls = " or ".join(f"ancestor::{tag}" for tag in ("select", "textarea", "button", "script", "style"))
    parts = element.xpath(f"descendant::text()[not({controls})]")
    return " ".join(" ".join(parts).split())


def _by_ids(root: Any, ids: str | None) -> list[str]:
    return [_text(found) for one in (ids or "").split() for found in root.xpath("//*[@id=$id]", id=one)]


def _wrapping(element: Any) -> list[str]:
    return [_text(label) for label in element.xpath("ancestor::label[1]")]


def _labels(root: Any, element: Any) -> list[str]:
    """All texts that name a control, the most telling first (compare the accessible name, W3C accname)."""
    found = [*_by_ids(root, element.get("aria-labelledby")), element.get("aria-label") or ""]
    if element.get("id"):
        found += [_text(label) for label in root.xpath("//label[@for=$id]", id=element.get("id"))]
    found += _wrapping(element)
    if not any(found):
        # Forms laid out in tables or definition lists: the cell before.
        found += [
            _text(cell) for cell in element.xpath("ancestor::td[1]/preceding-sibling::*[self::td or self::th][1]")
        ]
        found += [_text(term) for term in element.xpath("ancestor::dd[1]/preceding-sibling::dt[1]")]
    found += [element.get("title") or "", element.get("placeholder") or ""]
    return [text for text in found if text.strip()]


def _group_labels(root: Any, element: Any) -> list[str]:
    for group in element.xpath("ancestor::*[self::fieldset or @role='radiogroup' or @role='group']")[::-1]:
        found = [*_by_ids(root, group.get("aria-labelledby")), group.get("aria-label") or ""]
        found += [_text(legend) for legend in group.xpath("legend")]
        if any(found):
            return [text for text in found if text]
    return [_text(cell) for cell in element.xpath("ancestor::td[1]/preceding-sibling::*[self::td or self::th][1]")]


def _error_of(root: Any, element: Any) -> str | None:
    """What the page says is wrong with this control, if it says so."""
    told = _by_ids(root, element.get("aria-errormessage"))
    if element.get("aria-invalid") == "true":
        told += _by_ids(root, element.get("aria-describedby"))
    if not told:
        near = element.xpath("ancestor::*[self::p or self::div or self::li or self::td or self::label or self::tr][1]")
        told = [_text(found) for block in near for found in block.iter() if _is_error(found)]
        if not told and near:
            # Error next to the field's block, as Django writes it: <ul class="errorlist"> before <p>.
            told = [_text(found) for found in near[0].xpath("preceding-sibling::*[1]") if _is_error(found)]
    told = [text for text in told if text]
    if told:
        return told[0][:200]
    return "invalid" if element.get("aria-invalid") == "true" else None


def _is_error(element: Any) -> bool:
    """A place for a message: marked as one, and without a control in it (some mark the whole block of the field)."""
    return (
        isinstance(element.tag, str)
        and (bool(_ERROR_CLASS.search(element.get("class") or "")) or element.get("role") == "alert")
        and not element.xpath("descendant-or-self::*[self::input or self::select or self::textarea]")
    )


def _errors(root: Any) -> list[str]:
    found = [_text(element) for element in root.iter() if _is_error(element)]
    return list(dict.fromkeys(text[:200] for text in found if text))
