# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTML page as a person reads it: its forms, their fields by label, what is required, and the errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .._net.url_policy import browsers_url
from .complaints import Complaints
from .controls import PageReading
from .fields import Form
from .html_tree import (
    CONTROLS,
    HtmlTree,
    Node,
    element_text,
    read,
    too_large,
)
from .labels import Labels
from .scripts import Scripts

MOST_CONTROLS = 1_000
MOST_OPTIONS = 5_000

_CAPTCHA = re.compile(r"captcha|turnstile|cf-challenge|altcha|friendly-?challenge|arkose", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A fetched page."""

    url: str
    text: str
    forms: tuple[Form, ...]
    captcha: bool
    scripted: bool
    """Whether scripts that do more than count visitors make up the page."""
    errors: tuple[str, ...] = field(default=())
    refresh: tuple[float, str] | None = None
    """Seconds and absolute address of the page that a browser goes on to by itself."""


def read_page(url: str, content_type: str, body: bytes) -> Page:
    """Parse a page as a browser does. Error: ``form_too_large``, before parsing, for a page larger than any form."""
    document = read(content_type, body)
    controls: dict[int, list[Node]] = {}
    for node in document.nodes:
        if node.tag in CONTROLS and node.form is not None:
            controls.setdefault(id(node.form), []).append(node)
    most = max((len(found) for found in controls.values()), default=0)
    if most > MOST_CONTROLS:
        raise too_large("fields of one form", MOST_CONTROLS, most)
    options = sum(node.tag == "option" for node in document.nodes)
    if options > MOST_OPTIONS:
        raise too_large("options", MOST_OPTIONS, options)
    base = _base(document, url)
    scripts = Scripts(document)
    reading = PageReading(document, url, base, Labels(document), Complaints(document), scripts)
    marks = " ".join(
        f"{node.tag} {node.get('src')[:500]} {node.get('class')[:500]} {node.get('id')[:100]} {node.get('name')[:100]}"
        for node in document.nodes
        if node.tag in ("script", "iframe", "div", "img", "input") or "-" in node.tag
    )
    return Page(
        url=url,
        text=element_text(document.root),
        forms=tuple(reading.form(node, controls.get(id(node), [])) for node in document.nodes if node.tag == "form"),
        captcha=bool(_CAPTCHA.search(marks)) or any(node.has("data-sitekey") for node in document.nodes),
        scripted=scripts.make_pages,
        errors=reading.complaints.all(),
        refresh=_refresh(document, url, base),
    )


def _base(document: HtmlTree, url: str) -> str:
    """The address that others on the page are relative to: the first ``<base href>``, if a browser follows it."""
    href = next((node.get("href") for node in document.nodes if node.tag == "base" and node.has("href")), "")
    try:
        base = browsers_url(href, url)
    except ValueError:
        return url
    return base if base.startswith(("http:", "https:")) else url


_BLANKS = "\t\n\f\r "


def _refresh(document: HtmlTree, url: str, base: str) -> tuple[float, str] | None:
    """The first ``<meta http-equiv="refresh">`` that says when (HTML, "shared declarative refresh steps")."""
    for node in document.nodes:
        if node.tag != "meta" or node.get("http-equiv").lower() != "refresh":
            continue
        content = node.get("content").strip(_BLANKS)
        time = re.match(r"(\d{0,9})[\d.]*", content, re.ASCII)
        rest = content[time.end() :] if time else content
        if time is None or not time.group() or (rest and rest[0] not in _BLANKS + ";,"):
            continue
        rest = re.sub(r"^[;,]", "", rest.lstrip(_BLANKS)).lstrip(_BLANKS)
        rest = re.sub(r"^url\s{0,99}=\s{0,99}", "", rest, flags=re.IGNORECASE)
        target = rest[1:].partition(rest[0])[0] if rest[:1] in ("'", '"') else rest
        try:
            onward = browsers_url(target, base) if target else url
        except ValueError:
            return None
        # A browser does not run a script in that place.
        return None if onward.startswith("javascript:") else (float(time.group(1) or 0), onward)
    return None
