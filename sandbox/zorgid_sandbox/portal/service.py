# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's process: SCIM, pages and the phone's side on one HTTPS port."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp

from .. import tls
from ..look import HOMES, chosen
from ..state import SandboxError, State, address, announce
from . import looks
from .faults import Faults
from .identities import create
from .pages import Pages
from .phone import Phone
from .scim import Scim
from .store import Store, Token
from .views import EXTENSION
from .wire import Wire


def make_app(store: Store, look: str = "classic", elsewhere: int = 0) -> ASGIApp:
    """elsewhere: the port of another origin of the same application."""
    phone, faults = Phone(store), Faults(store.connection)
    scim, classic = Scim(store, faults), Pages(store, phone, faults, elsewhere)
    routes = [*scim.routes(), *phone.routes(), *classic.routes(), *looks.routes(look, store, phone)]
    return Wire(Starlette(routes=routes), store, faults)


def serve(
    state: Path, port: int = 0, client_ca: Path | None = None, look: str | None = None, *, http2: bool = False
) -> None:
    """Serve until ended; the address stands in DIR/run/portal.json as soon as the port listens.

    client_ca: PEM of the authority whose client certificates are demanded, besides the token. look: of LOOKS;
    without it the one that the sandbox's start has chosen. http2: also serve HTTP/2, on a port of its own (`page_h2`).
    """
    State(state).make()
    look = look or chosen(state)
    tls.prepare(state)
    certificate, key = tls.server_files(state)
    store = Store(state)
    gc.freeze()
    gc.set_threshold(100_000)  # plain dicts make no cycles, and searching 100,000 people for cycles takes long
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    port = listener.getsockname()[1]
    base = f"https://127.0.0.1:{port}"
    other = socket.create_server(("127.0.0.1", 0))  # another origin, for an ordered `login_elsewhere`
    app = make_app(store, look, other.getsockname()[1])
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ca_certs=str(client_ca) if client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if client_ca else ssl.CERT_NONE,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    more = {}
    second = socket.create_server(("127.0.0.1", 0)) if http2 else None
    if second:
        more["page_h2"] = f"https://127.0.0.1:{second.getsockname()[1]}{HOMES[look]}"
    page, authority = f"{base}{HOMES[look]}", str(tls.ca_path(state))
    announce(state, "portal", port, url=f"{base}/scim/v2", page=page, ca_path=authority, **more)

    async def run() -> None:
        server = uvicorn.Server(config)
        if second:
            from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

            from . import h2server  # only who asks for HTTP/2 needs its library

            config.load()
            await h2server.listen(
                app,
                second,
                tls.server_context(state),
                lambda: HttpToolsProtocol(config, server.server_state, app_state={}),
            )
        await server.serve(sockets=[listener, other])

    try:
        uvloop.run(run())
    finally:
        store.close()


def seed(state: Path, organisations: Mapping[str, str], role: str = "administrator") -> dict[str, str]:
    """Organisations with one administrator and a bearer token each, without the activation by QR codes.

    organisations: URA → name. role: administrator | operator | registrar (VZVZ itself). Returns URA → token.
    """
    State(state).make()
    store = Store(state)
    tokens = {}
    try:
        for ura, name in organisations.items():
            if ura not in store.organisations:
                store.put_organisation({"ura": ura, "name": name, "status": "active"})
            owner = _seed_person(store, ura, "administrator")
            if role == "operator":
                owner = _seed_person(store, ura, "operator")
            tokens[ura] = store.make_token(ura, role, None if role == "registrar" else owner, "seed", 1)
    finally:
        store.close()
    return tokens


def _seed_person(store: Store, ura: str, role: str) -> str:
    """The id of the organisation's first person with this role, made when there is none."""
    for key in store.members.get(ura, {}):
        if store.identities[key].document["memberships"][ura]["role"] == role:
            return key
    names = {"administrator": "Admin", "operator": "Beheerder"}
    person = {
        "name": {"givenName": names[role], "familyName": ura},
        EXTENSION: {"memberships": [{"ura": ura, "role": role}]},
    }
    _, identity, _ = create(store, Token((0, ura, "registrar", None, "seed", "", None)), person)
    store.commit()
    return str(identity.document["id"])


@dataclass(frozen=True)
class RunningPortal:
    """A portal that answers; tokens by URA. page_h2: the pages over HTTP/2, empty unless asked for."""

    url: str
    page: str
    ca_path: str
    tokens: dict[str, str]
    state: Path
    pid: int
    page_h2: str = ""


@contextmanager
def running(
    state: Path,
    organisations: Mapping[str, str] | None = None,
    role: str = "administrator",
    client_ca: Path | None = None,
    look: str = "classic",
    *,
    http2: bool = False,
) -> Iterator[RunningPortal]:
    """A portal in a process of its own, for tests and benchmarks; ended with the block. Arguments as seed and serve."""
    tokens = seed(state, organisations or {}, role)
    (State(state).run / "portal.json").unlink(missing_ok=True)
    log = State(state).log / f"portal-{secrets.token_hex(4)}.log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    demand = [*(["--client-ca", str(client_ca)] if client_ca else []), *(["--http2"] if http2 else [])]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "zorgid_sandbox.portal", "--state", str(state), "--look", look, *demand],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        deadline = time.monotonic() + 30
        while not (State(state).run / "portal.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SandboxError(f"The portal did not start: {log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.02)
        at = address(state, "portal")
        yield RunningPortal(at["url"], at["page"], at["ca_path"], tokens, state, process.pid, at.get("page_h2", ""))
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
