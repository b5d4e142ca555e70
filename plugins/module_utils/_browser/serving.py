# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the browser's process does: start Playwright and the browser, then do what its owner asks, a line at a time."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import select
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .._common.errors import ZorgidError
from .._net.tls import tls_context
from . import troubles, wire
from .child import end_with
from .door import Door, own_certificate
from .gate import Gate
from .window import Launch, Versions
from .work import Work

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Playwright

#: seconds that the browser gets for its start
START = 60.0
#: seconds in which most questions follow an answer; the page's requests wait as long
_NEXT = 0.004


def serve(lines: BinaryIO, answers: BinaryIO) -> None:
    """Until the owner closes the pipe."""
    try:
        begin: wire.Begin = wire.typed(wire.Begin, json.loads(lines.readline()))
        version = _library()
        door = _door(begin)
        _change_user(begin)
        door.open()
        playwright, browser = _start(begin, door)
    except ZorgidError as error:
        wire.write(answers, wire.packed(error))
        return
    gate = Gate(begin.launch.hosts, begin.launch.timeout, lambda digest: wire.write(answers, {"sent": digest}))
    work = Work(_context(browser, begin.launch), gate, begin.launch, Path(begin.folder), door)
    versions = Versions(version, browser.version)
    wire.write(answers, {"answer": wire.plain(versions)})
    for line in _asked(lines, work):
        wire.write(answers, _done(work, line))
    with suppress(Exception):  # the owner ends whatever is left
        browser.close()
        playwright.stop()


def _asked(lines: BinaryIO, work: Work) -> Any:
    """The owner's lines. In between the page goes on: its requests need this process."""
    while True:
        since = time.monotonic()
        ready = select.select([lines], [], [], _NEXT)[0]
        while not (ready or select.select([lines], [], [], 0)[0]):
            # Soon after an answer the next question comes soon; later, twenty looks a second do.
            work.tab.idle(0.005 if time.monotonic() - since < 0.2 else 0.05)
        line = lines.readline()
        if not line:
            return
        yield json.loads(line)


def _done(work: Work, line: dict[str, Any]) -> Any:
    call, given = line["call"], line["given"]
    try:
        kinds = wire.parameters(call)
        result = getattr(work, call)(**{name: wire.typed(kinds[name], value) for name, value in given.items()})
        return {"answer": wire.plain(result)}
    except Exception as error:  # noqa: BLE001 - nothing of Playwright's own words leaves this process
        return wire.packed(work.translated(error))


def _library() -> str:
    """The version of Playwright. Imported as whoever started this, who may read it."""
    try:
        importlib.import_module("playwright.sync_api")
        return importlib.metadata.version("playwright")
    except ImportError as error:
        raise troubles.not_installed("a Playwright that can be imported") from error


def _door(begin: wire.Begin) -> Door:
    launch = begin.launch
    if not launch.ca_path and not launch.client_cert:
        return Door(begin.proxies, None, None)
    tls = tls_context("portal", launch.ca_path, launch.client_cert, launch.client_key)
    if not launch.validate_certs:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    shown = own_certificate(list(launch.hosts), Path(begin.folder))
    os.environ["NODE_EXTRA_CA_CERTS"] = str(shown.path)
    return Door(begin.proxies, tls, shown)


def _change_user(begin: wire.Begin) -> None:
    uid = begin.launch.uid
    if uid is None:
        return
    for one in Path(begin.folder).iterdir():
        os.chown(one, uid, uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    end_with(begin.owner)


#: what Playwright turns on itself; and a page takes the place of the one before in its frame: a new one for each page,
#: which Chromium makes since 2025, takes a tenth of a registration
FEATURES = ("CDPScreenshotNewSurface", "SkipListAccountsWithoutGaiaCookies", "RenderDocument:level/crashed-frame")


def _start(begin: wire.Begin, door: Door) -> tuple[Playwright, Browser]:
    arguments = [
        "--no-pings",
        # No --disable-features: a second one takes the place of Playwright's own, as this one does, which has them all.
        f"--enable-features={','.join(FEATURES)}",
        "--disable-quic",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]
    if door.spki:
        arguments.append(f"--ignore-certificate-errors-spki-list={door.spki}")
    try:
        from playwright.sync_api import sync_playwright

        playwright = sync_playwright().start()
        browser = playwright.chromium.launch(
            executable_path=begin.program,
            headless=True,
            chromium_sandbox=True,
            proxy={"server": door.address, "bypass": "<-loopback>"},
            downloads_path=Path(begin.folder) / "downloads",
            args=arguments,
            timeout=START * 1000,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except Exception as error:  # noqa: BLE001 - nothing of Playwright's own words leaves this process
        raise troubles.at_start(error) from None
    return playwright, browser


def _context(browser: Browser, launch: Launch) -> BrowserContext:
    context = browser.new_context(
        accept_downloads=True,
        service_workers="block",
        permissions=[],
        ignore_https_errors=not launch.validate_certs,
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        storage_state=json.loads(launch.state) if launch.state else None,
    )
    context.set_default_timeout(launch.timeout * 1000)
    return context
