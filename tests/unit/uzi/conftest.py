# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One PKI for all tests of certificates."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from ansible_collections.gbz.zorgid.tests.support.keys import rsa_key
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import CHAINS, Pki, hierarchy


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    g1, g4 = hierarchy(CHAINS["g1"], pss=False, first_key=2), hierarchy(CHAINS["g4"], pss=True, first_key=5)
    return Pki(g1, g4, rsa_key(0), rsa_key(1), tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The driver of SoftHSM2, with two empty tokens, for this process, which reads its settings once."""
    places = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")
    driver = next((one for one in places if Path(one).exists()), "")
    if not driver or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM2 is not installed (Debian: softhsm2)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    # All of them at once: the driver looks for new ones no more.
    for label in ("zorgid", "renewal"):
        made = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "5678"]
        subprocess.run(made, check=True)
    return driver


class Web(ThreadingHTTPServer):
    """Answers what ``answers`` holds, by path and for GET and POST alike; counts what was asked."""

    answers: dict[str, bytes]
    asked: list[str]
    endless: Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(self.path)
        if self.path == "/endless":
            self._never_end()
            return
        answer = self.server.answers.get(self.path)
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(answer or b"")))
        self.end_headers()
        self.wfile.write(answer or b"")

    def _never_end(self) -> None:
        """A byte now and then, until the test says that it has seen enough."""
        self.send_response(200)
        self.end_headers()
        while not self.server.endless.wait(0.02):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    do_POST = do_GET  # noqa: N815 - the name http.server calls

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web(("127.0.0.1", 0), _Handler)
    server.answers, server.asked, server.endless = {}, [], Event()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
