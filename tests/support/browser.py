# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Chromium with its sandbox on, for one module of tests. As root it runs as another user, with what starts it.

Playwright's ``PLAYWRIGHT_NODEJS_PATH`` names a script that becomes that user and goes on as Playwright's own Node. So
all that Node and Chromium write is that user's, in one folder that is removed at the end. A browser whose sandbox is on
has ``--no-zygote-sandbox`` in a command line, too: look for the whole word ``--no-sandbox``.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for one in PROGRAMS if (found := shutil.which(one))), None)
#: nobody
UID = 65534


def node() -> Path:
    """Playwright's program; as root, one sentence where the browser's user cannot come to it."""
    # Not in the head of this module: without Playwright its tests are skipped.
    import playwright

    program = Path(playwright.__file__).resolve().parent / "driver" / "node"
    closed = [one for one in program.parents if not one.stat().st_mode & 0o001]
    if os.getuid() == 0 and closed:
        pytest.fail(
            f"As root these tests run the browser as user {UID}, who cannot enter {closed[-1]}: chmod o+x that folder, "
            "or clone into another one",
            pytrace=False,
        )
    return program


@contextmanager
def other_user() -> Iterator[Path]:
    """A folder of the user that runs the browser; as root, Playwright's Node is started as that user until the end."""
    home = Path(tempfile.mkdtemp(prefix="zorgid-browser-"))
    before = os.environ.get("PLAYWRIGHT_NODEJS_PATH")
    try:
        if os.getuid() == 0:
            (home / "tmp").mkdir()
            script = home / "node"
            folder = shlex.quote(str(home / "tmp"))
            script.write_text(
                f"#!/bin/sh\nexec setpriv --reuid={UID} --regid={UID} --clear-groups"
                f' env HOME={folder} TMPDIR={folder} {shlex.quote(str(node()))} "$@"\n',
                encoding="utf-8",
            )
            script.chmod(0o755)
            home.chmod(0o755)
            os.chown(home / "tmp", UID, UID)
            os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(script)
        yield home
    finally:
        if before is None:
            os.environ.pop("PLAYWRIGHT_NODEJS_PATH", None)
        else:
            os.environ["PLAYWRIGHT_NODEJS_PATH"] = before
        # Here and not in the head: tests/__init__.py has to come first.
        from ansible_collections.gbz.zorgid.plugins.module_utils._browser.folder import remove

        remove(home)


@contextmanager
def chromium() -> Iterator[Any]:
    """Playwright's ``Browser``."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("this test needs a browser: apt install chromium-headless-shell")
    with other_user(), sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=True)
        yield browser
        browser.close()


@contextmanager
def shown_folder() -> Iterator[Path]:
    """A folder for pages that the browser's user may read, unlike those of pytest; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="zorgid-shown-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(start: str, hosts: list[str], **options: Any) -> Iterator[Any]:
    """The product's own window (``process.Browser``) in a place of its own: no other test's browser is in its way."""
    pytest.importorskip("playwright")
    if not CHROMIUM:
        pytest.skip("this test needs a browser: apt install chromium-headless-shell")
    # Here and not in the head: tests/__init__.py has to come first.
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import open_window
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch

    with private_place():
        window = open_window(Launch(start, hosts, uid=browser_uid(), **{"timeout": 10.0, **options}))
        try:
            yield window
        finally:
            window.close()


def browser_uid() -> int | None:
    """For ``Launch.uid``."""
    return UID if os.getuid() == 0 else None


@contextmanager
def private_place() -> Iterator[Path]:
    """A folder in which the browsers of this block have their private folders and their lock."""
    node()
    place = Path(tempfile.mkdtemp(prefix="z-"))  # short: see folder.py
    place.chmod(0o755)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(place)
    try:
        yield place
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(place, ignore_errors=True)


def pss(pid: int) -> dict[str, int]:
    """Bytes of memory, shared pages counted in part, of each program among this process and all below it."""
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.processes import family

    found: dict[str, int] = {}
    for one in family(pid):
        try:
            name = Path(f"/proc/{one}/comm").read_text(encoding="utf-8").strip()
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it has ended meanwhile
        size = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
        found[name] = found.get(name, 0) + size
    return found


def main() -> None:
    """A process with a window, until it is killed: ``python -m tests.support.browser START HOST CA_PATH``. It says the
    number of the browser's process."""
    start, host, ca_path = sys.argv[1:4]
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import open_window
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch

    window = open_window(Launch(start, [host], ca_path=ca_path, uid=browser_uid()))
    try:
        window.start()
        print(child_of(os.getpid()), flush=True)
        time.sleep(60)
    finally:
        window.close()


def child_of(pid: int) -> int:
    """The browser's process that this one started last; a session of other tests may have one, too."""
    from ansible_collections.gbz.zorgid.plugins.module_utils._browser.processes import family

    words = {one: Path(f"/proc/{one}/cmdline").read_bytes() for one in family(pid) if one != pid}
    return max((one for one, line in words.items() if b"/_browser/child.py" in line), key=_started)


def _started(pid: int) -> int:
    """In ticks since the machine started (proc(5), field 22)."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])


if __name__ == "__main__":
    main()
