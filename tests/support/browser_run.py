# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of the driver ``browser`` in a process of its own, to be killed: ``python -m tests.support.browser_run``.

It reads what to do as JSON, logs in, keeps the list, and stops at the last click where it is told to: it says so and
waits for its end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import Browser, open_window
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch, Sent
from zorgid_sandbox import portal as service

from .browser import browser_uid
from .browser_world import World, reported
from .portal_pages import Phone

ROOT = Path(__file__).resolve().parents[2]


def begun(
    world: World, map_path: str, rows: Sequence[Mapping[str, Any]], place: Path, stop: str = ""
) -> subprocess.Popen[str]:
    """stop: before, after (the last click), or nowhere. place: for the browser's private folder."""
    portal = {**asdict(world.portal), "state": str(world.portal.state)}
    phone = [world.phone.identity_id, world.phone.device_key]
    given = {
        "portal": portal, "phone": phone, "folder": str(world.folder), "map": map_path, "rows": rows, "stop": stop,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.browser_run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "XDG_RUNTIME_DIR": str(place)},
        start_new_session=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    process.stdin = None
    return process


def heard(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout
    line = process.stdout.readline().strip()
    if line != word:
        process.kill()
        raise AssertionError(f"{line!r} and not {word!r}: {process.communicate()[1][-3000:]}")


class Stopping:
    """A window that stops at its last click."""

    def __init__(self, window: Browser, stop: str) -> None:
        self._window, self._stop = window, stop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._window, name)

    def last(self, *given: Any, **more: Any) -> Sent:
        if self._stop == "before":
            _wait("before")
        sent = self._window.last(*given, **more)
        if self._stop == "after":
            _wait("after")
        return sent


def _wait(word: str) -> None:
    print(word, flush=True)
    time.sleep(60)


def main() -> None:
    given = json.load(sys.stdin)
    portal = service.RunningPortal(**{**given["portal"], "state": Path(given["portal"]["state"])})
    page_map = read_map(given["map"])
    hosts = [urlsplit(portal.page).netloc]
    window = open_window(Launch(portal.page, hosts, ca_path=portal.ca_path, timeout=10.0, uid=browser_uid()))
    try:
        stopping: Any = Stopping(window, given["stop"])
        world = World(portal, Phone(portal, *given["phone"]), stopping, Path(given["folder"]), "")
        world.log_in(page_map)
        print("logged in", flush=True)
        print(json.dumps(reported(world.keep(page_map, given["rows"]))), flush=True)
    finally:
        window.close()


if __name__ == "__main__":
    main()
