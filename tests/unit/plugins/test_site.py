# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make site` makes its pages of. The site itself is built and checked by `make site`."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
SOURCE = '''
"""Not shown: there is a DOCUMENTATION."""
DOCUMENTATION = r"""
short_description: Events of a mailbox
description:
  - Waits for mail. See V(imap).
options:
  host:
    description: [The mail server., "With O(port)."]
    type: str
    required: true
  tls:
    description: Encrypted.
    type: dict
    suboptions:
      verify: {description: Check the certificate., type: bool, default: true}
  mode: {description: How., choices: [idle, poll], default: idle}
notes: A delivery is a hint.
"""
EXAMPLES = r"""
- name: Mail
  sources:
    - gbz.zorgid.mailbox: {host: imap.gbz.example}
"""
raise SystemExit("the generator imports nothing")
'''


def tool(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"docs_site_{name}", ROOT / "tools" / "docs_site" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages, event_source, checked = (tool(name) for name in ("pages", "event_source", "checked"))


def test_every_page_is_once_in_the_navigation() -> None:
    every = sorted([*DOCS, *pages.MORE])
    shown = [page for section in pages.navigation(every, ["mailbox"]) for page in section.pages]
    shown += [pages.without_suffix(below) for page in every for below in pages.children(page, every)]
    # The decisions have a page of their own, which lists all of them.
    expected = {pages.without_suffix(page) for page in every if not page.startswith(pages.DECISIONS)} - {"index"}
    assert set(shown) == expected | {"modules/index", "event_sources/mailbox", "docs/decisions/index", "CHANGELOG"}
    assert len(shown) == len(set(shown))
    assert all((ROOT / page).is_file() for page in pages.MORE)


def test_without_an_event_source_there_is_no_page_of_one() -> None:
    assert not any("event_sources" in page for section in pages.navigation(DOCS, []) for page in section.pages)


def test_the_decisions_are_listed_with_their_titles() -> None:
    text = pages.decisions_page(
        {"docs/decisions/0002-b.md": "<!-- x -->\n# 0002 B\n", "docs/decisions/0001-a.md": "# 0001 A"}
    )
    assert text.endswith("* [0001 A](0001-a.md)\n* [0002 B](0002-b.md)\n")


@pytest.mark.parametrize(
    ("page", "link", "found"),
    [
        ("docs/guides/a.md", "../../README.md#two-commands", "../../index.md#two-commands"),
        ("docs/guides/a.md", "../dossier.md", "../dossier.md"),
        ("README.md", "docs/decisions", "docs/decisions/index.md"),
        ("README.md", "docs/guides", "docs/guides/README.md"),
        ("docs/a.md", "../LICENSE", "../LICENSE"),
        ("docs/a.md", "#here", "#here"),
        ("docs/a.md", "https://example.com/README.md", "https://example.com/README.md"),
    ],
)
def test_links(page: str, link: str, found: str) -> None:
    text = f"See [it]({link}).\n```\n[it](../README.md)\n```\n"
    made = pages.converted(
        text, page, lambda path: path in ("docs/decisions", "docs/guides"), ["docs/guides/README.md"]
    )
    assert made == f"See [it]({found}).\n```\n[it](../README.md)\n```\n"


def test_every_link_has_a_file() -> None:
    missing = [
        f"{page}: {link}"
        for page in [*DOCS, *pages.MORE]
        for link in pages.links((ROOT / page).read_text(encoding="utf-8"))
        if not (ROOT / page).parent.joinpath(link).exists()
    ]
    assert missing == []


def test_every_page_that_is_linked_is_in_the_site() -> None:
    every = {*DOCS, *pages.MORE}
    missing = set()
    for page in every:
        for link in pages.links((ROOT / page).read_text(encoding="utf-8")):
            path = (ROOT / page).parent.joinpath(link).resolve()
            path = path / "README.md" if (path / "README.md").is_file() else path
            if path.suffix == ".md" and (found := path.relative_to(ROOT).as_posix()) not in every:
                missing.add(f"{page}: {found}")
    assert missing == set()


def test_pages_in_dutch_are_those_that_are_written_in_it() -> None:
    dutch = set()
    for page in [*DOCS, *pages.MORE]:
        words = re.findall(r"[a-z]+", (ROOT / page).read_text(encoding="utf-8").lower())
        if sum(word in ("het", "een", "van", "niet") for word in words) > len(words) / 30:
            dutch.add(page)
    assert dutch == set(pages.DUTCH)


def test_the_page_of_an_event_source() -> None:
    text = event_source.page("mailbox", SOURCE)
    assert text.startswith("# gbz.zorgid.mailbox event source – Events of a mailbox\n")
    assert "### host\n\nstr; **required**\n\nThe mail server\\." in text
    assert "### tls.verify\n\nbool; default: `true`" in text
    assert "### mode\n\nstr; default: `idle`; one of `idle`, `poll`" in text
    assert "```yaml\n- name: Mail\n  sources:\n" in text
    assert "Not shown" not in text


def test_an_event_source_with_only_a_docstring_or_nothing() -> None:
    assert "Waits for mail." in event_source.page("mailbox", '"""Waits for mail."""\n')
    with pytest.raises(ValueError, match="neither DOCUMENTATION nor a docstring"):
        event_source.page("mailbox", "x = 1\n")


def test_what_is_wrong_with_a_site_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<html><head><link rel="stylesheet" href="https://cdn.example/a.css"><script src="b.js"></script></head><body>'
        '<a href="b.html#there">1</a><a href="b.html#gone">2</a><a href="gone.html">3</a><a href="#top">4</a>'
        '<a href="https://vzvz.example/">5</a><img src="//cdn.example/x.png"><p id="top"></p></body></html>'
    )
    (tmp_path / "b.html").write_text('<html><body><p id="there"></p></body></html>')
    (tmp_path / "b.js").write_text("")
    (tmp_path / "c.css").write_text("@font-face { src: url(https://cdn.example/f.woff2) }")
    report = checked.check(tmp_path)
    assert sorted(report.wrong) == [
        "a.html: b.html#gone: the page has no such place",
        "a.html: gone.html is not there",
        "a.html: loads //cdn.example/x.png",
        "a.html: loads https://cdn.example/a.css",
        "c.css: loads from outside: url(http",
    ]
    assert report.outside == {"https://cdn.example/a.css", "//cdn.example/x.png", "https://vzvz.example/"}
    assert report.pages == 2
