# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the site, with the network off, and check it. `make site` calls this with the Python of .venv-site."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import pages
from .checked import check
from .event_source import page as event_source_page

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".cache" / "site"
SOURCE, HTML = PLACE / "source", PLACE / "html"
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]


def main() -> int:
    shutil.rmtree(PLACE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    offline, how = without_network()
    print(f"site: built without the network: {how}", flush=True)
    copy_pages()
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(PLACE / "ansible"),
        "PYTHONPATH": str(Path(__file__).parent / "offline"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    modules = SOURCE / "modules"
    modules.mkdir()
    described = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    built = ["sphinx-build", "-q", "-j", "auto", "-W", "--keep-going", "-b", "html", "-c", str(Path(__file__).parent)]
    for command in (
        [*described, "--dest-dir", str(modules), "gbz.zorgid"],
        [*built, "-d", str(PLACE / "doctrees"), str(SOURCE), str(HTML)],
    ):
        if subprocess.run([*offline, *command], env=environment, check=False).returncode:  # noqa: S603 - our own words
            print(f"site: {command[0]} found something wrong; see above", file=sys.stderr)
            return 1
    report = check(HTML)
    (PLACE / "outside.txt").write_text("".join(f"{one}\n" for one in sorted(report.outside)), encoding="utf-8")
    for line in report.wrong:
        print(f"site: {line}", file=sys.stderr)
    print(f"site: {report.pages} pages, {report.links} links, {len(report.wrong)} wrong")
    print(f"site: {len(report.outside)} links leave the site (listed in {shown(PLACE / 'outside.txt')}, not tried)")
    print(f"site: begin at {shown(HTML / 'index.html')}")
    return 1 if report.wrong else 0


def without_network() -> tuple[list[str], str]:
    """A namespace without a network if the system gives one; offline/sitecustomize.py is there in any case."""
    tried = shutil.which(NAMESPACE[0]) and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603
    if tried and not tried.returncode:
        return NAMESPACE, "in a network namespace of its own, and a hook in Python"
    return [], "a hook in Python refuses every connection (no network namespace here)"


def every_page() -> list[str]:
    found = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")]
    return sorted([*found, *pages.MORE])


def copy_pages() -> None:
    every = every_page()
    plugins = {path.stem: path for path in (ROOT / "extensions/eda/plugins/event_source").glob("[!_]*.py")}
    sections = pages.navigation(every, plugins)
    files: set[str] = set()
    decisions = {}
    for page in every:
        text = (ROOT / page).read_text(encoding="utf-8")
        for link in pages.links(text):
            found = Path(os.path.normpath((ROOT / page).parent / link))
            if found.is_dir() and not (found / "README.md").is_file() and found != ROOT / "docs" / "decisions":
                files |= folder(found)
            elif found.is_file() and found.relative_to(ROOT).as_posix() not in every:
                files.add(copied(found))
        text = pages.converted(text, page, lambda path: (ROOT / path).is_dir(), every)
        if page == "README.md":
            text += "".join(pages.toctree(section.pages, section.title) for section in sections)
        if page.startswith(pages.DECISIONS):
            decisions[page], text = text, f"---\norphan: true\n---\n{text}"
        below = pages.children(page, every)
        write(pages.source_name(page), text + (pages.toctree(map(pages.without_suffix, below)) if below else ""))
    for name, path in plugins.items():
        write(f"event_sources/{name}.md", event_source_page(name, path.read_text(encoding="utf-8")))
    write("docs/decisions/index.md", pages.decisions_page(decisions))
    copied(ROOT / "CHANGELOG.rst")
    found = re.search(r"^version: (\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    reported = {
        "version": found[1] if found else "",
        "dutch": [pages.without_suffix(page) for page in pages.DUTCH],
        "files": sorted(one for one in files if one.endswith((".md", ".rst"))),
    }
    (PLACE / "site.json").write_text(json.dumps(reported), encoding="utf-8")


def folder(found: Path) -> set[str]:
    """The page of a folder, with all files below it."""
    below = [path for path in sorted(found.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    name = found.relative_to(ROOT).as_posix()
    write(f"{name}/index.md", pages.folder_page(name, [path.relative_to(found).as_posix() for path in below]))
    return {copied(path) for path in below}


def copied(path: Path) -> str:
    name = path.relative_to(ROOT).as_posix()
    (SOURCE / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, SOURCE / name)
    return name


def write(name: str, text: str) -> None:
    (SOURCE / name).parent.mkdir(parents=True, exist_ok=True)
    (SOURCE / name).write_text(text, encoding="utf-8")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())
