# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pages the site has, where its navigation shows them, and how their text is converted. No files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

#: The pages that are in Dutch: a browser and a screen reader are told so.
DUTCH = ("LEESMIJ.md", "docs/browser_in_uw_naam.md", "docs/lists_voor_hr.md")
#: What is not in docs and is a page all the same.
MORE = (
    "README.md",
    "LEESMIJ.md",
    "CONTRIBUTING.md",
    "awx/README.md",
    "roles/zorgid_onboarding/README.md",
    "sandbox/README.md",
    "sandbox/zorgid_sandbox/portal/README.md",
)
DECISIONS = "docs/decisions/"
#: Pages outside docs that are not about developing.
_USERS = ("roles/", "awx/")

_LINK = re.compile(r"(?<=\]\()([^()\s#]+)(#[^()\s]*)?(?=\))")
_FENCE = re.compile(r"^ *```")


@dataclass(frozen=True)
class Section:
    """A heading of the navigation, and the pages below it, without their suffix."""

    title: str
    pages: tuple[str, ...]


def source_name(path: str) -> str:
    """Where a page of the repository is in the site's sources: a site begins with index."""
    return "index.md" if path == "README.md" else path


def without_suffix(path: str) -> str:
    return source_name(path).removesuffix(".md").removesuffix(".rst")


def navigation(pages: Iterable[str], event_sources: Iterable[str]) -> list[Section]:
    """Every page but the front page and those that `children` puts below another one."""
    every = sorted(pages)
    dutch = [page for page in every if page in DUTCH]
    below = {page for parent in every for page in children(parent, every)}
    reference = [page for page in every if page.startswith("docs/") and page not in below and page not in dutch]
    guides = [page for page in reference if page.startswith("docs/guides/")]
    developing = ["CONTRIBUTING.md", *(page for page in reference if page.startswith("docs/developing/"))]
    other = [page for page in reference if page not in (*guides, *developing) and not page.startswith(DECISIONS)]
    rest = [page for page in every if not page.startswith("docs/") and page not in (*dutch, *developing, "README.md")]
    return [
        Section("Guides", tuple(map(without_suffix, guides))),
        Section("Voor zorgorganisaties", tuple(map(without_suffix, dutch))),
        Section("Modules and plugins", ("modules/index", *(f"event_sources/{name}" for name in sorted(event_sources)))),
        Section("Reference", tuple(map(without_suffix, [*other, *(one for one in rest if one.startswith(_USERS))]))),
        Section(
            "Developing",
            (
                *map(without_suffix, developing),
                *(without_suffix(one) for one in rest if not one.startswith(_USERS) and one not in below),
                f"{DECISIONS}index",
                "CHANGELOG",
            ),
        ),
    ]


def children(page: str, every: Iterable[str]) -> list[str]:
    """The pages that the navigation shows below this one."""
    folders = {"docs/guides/README.md": "docs/guides/", "sandbox/README.md": "sandbox/"}
    folders["docs/developing/README.md"] = "docs/developing/"
    folder = folders.get(page)
    return [] if folder is None else [one for one in sorted(every) if one.startswith(folder) and one != page]


def toctree(pages: Iterable[str], title: str = "") -> str:
    caption = f":caption: {title}\n" if title else ""
    return "\n```{toctree}\n:hidden:\n" + caption + ":maxdepth: 1\n\n" + "".join(f"/{one}\n" for one in pages) + "```\n"


def links(text: str) -> Iterator[str]:
    """Where the links of a Markdown page go, without what is outside and what is on the page itself."""
    for line in _outside_code(text):
        for match in _LINK.finditer(line):
            if not _is_outside(match[1]):
                yield match[1]


def converted(text: str, page: str, is_folder: Callable[[str], bool], pages: Iterable[str]) -> str:
    """The page as the site needs it: a link to README.md goes to the front page, one to a folder to its page."""
    known, where = set(pages), posixpath.dirname(page)

    def target(match: re.Match[str]) -> str:
        if _is_outside(match[1]):
            return match[0]
        path = posixpath.normpath(posixpath.join(where, match[1]))
        if is_folder(path):
            path = f"{path}/README.md" if f"{path}/README.md" in known else f"{path}/index.md"
        return posixpath.relpath(source_name(path), where or ".") + (match[2] or "")

    return "".join(_LINK.sub(target, line) if outside_code else line for line, outside_code in _lines(text))


def folder_page(folder: str, files: Iterable[str]) -> str:
    """What a code host shows for a link to a folder: its files."""
    items = "".join(f"* {{download}}`{file} </{folder}/{file}>`\n" for file in sorted(files))
    return f"---\norphan: true\n---\n# The files of {folder}\n\n{items}"


def decisions_page(texts: Mapping[str, str]) -> str:
    """All decisions with their titles. As a hundred lines of every page's navigation they would be in the way."""
    rows = []
    for page, text in sorted(texts.items()):
        title = next(line for line in text.splitlines() if line.startswith("# ")).removeprefix("# ")
        rows.append(f"* [{title}]({posixpath.basename(page)})\n")
    return "# Decisions\n\nWhy something is as it is, half a page each.\n\n" + "".join(rows)


def _is_outside(target: str) -> bool:
    return re.match(r"[a-z]+:", target) is not None


def _outside_code(text: str) -> Iterator[str]:
    return (line for line, outside_code in _lines(text) if outside_code)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    inside = False
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line) is not None
        inside = inside != fence
        yield line, not inside and not fence
