# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the built site: every link and fragment has a target, and nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

#: What a browser fetches by itself, or runs.
LOADED = (
    "link/@href",
    "script/@src",
    "img/@src",
    "img/@srcset",
    "source/@src",
    "iframe/@src",
    "object/@data",
    "video/@src",
)


@dataclass
class Report:
    pages: int = 0
    links: int = 0
    wrong: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    """Where links leave the site. Nobody asks these hosts anything."""


def check(site: Path) -> Report:
    report, places = Report(), {}
    documents = {
        path: html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot() for path in site.rglob("*.html")
    }
    for path, document in documents.items():
        places[path] = {str(value) for name in ("id", "name") for value in document.xpath(f"//@{name}")}
    for path, document in sorted(documents.items()):
        report.pages += 1
        where = path.relative_to(site)
        report.wrong += [f"{where}: loads {one}" for one in _loaded_from_outside(document)]
        for link in {
            str(value) for name in ("href", "src", "data-content_root") for value in document.xpath(f"//*/@{name}")
        }:
            report.links += 1
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                report.outside.add(link)
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_relative_to(site.resolve()) or not target.exists():
                report.wrong.append(f"{where}: {link} is not there")
            elif parts.fragment and target in places and unquote(parts.fragment) not in places[target]:
                report.wrong.append(f"{where}: {link}: the page has no such place")
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        for remote in ("url(http", "url(//", 'url("http', "url('http", '@import "http', "@import url("):
            if remote in text:
                report.wrong.append(f"{style.relative_to(site)}: loads from outside: {remote}")
    return report


def _loaded_from_outside(document: html.HtmlElement) -> Iterator[str]:
    for place in LOADED:
        for value in document.xpath(f"//{place}"):
            parts = urlsplit(str(value))
            if parts.netloc or parts.scheme not in ("", "data"):
                yield str(value)
