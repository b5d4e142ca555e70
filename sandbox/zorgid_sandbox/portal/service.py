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
from starlette.applications import Starlette

from .. import tls
from ..state import SandboxError, State, address, announce
from .faults import Faults
from .identities import create
from .pages import Pages
from .phone import Phone
from .scim import Scim
from .store import Store, Token
from .views import EXTENSION


def make_app(store: Store) -> Starlette:
    phone = Phone(store)
    return Starlette(
        routes=[*Scim(store, Faults(store.connection)).routes(), *phone.routes(), *Pages(store, phone).routes()]
    )


def serve(state: Path, port: int = 0, client_ca: Path | None = None) -> None:
    """Serve until ended; the address stands in DIR/run/portal.json as soon as the port listens.

    client_ca: PEM of the authority whose client certificates are demanded, besides the token.
    """
    State(state).make()
    tls.prepare(state)
    certificate, key = tls.server_files(state)
    store = Store(state)
    gc.freeze()
    gc.set_threshold(100_000)  # plain dicts make no cycles, and searching 100,000 people for cycles takes long
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    port = listener.getsockname()[1]
    base = f"https://127.0.0.1:{port}"
    config = uvicorn.Config(
        make_app(store),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ca_certs=str(client_ca) if client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if client_ca else ssl.CERT_NONE,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    announce(state, "portal", port, url=f"{base}/scim/v2", page=f"{base}/portal", ca_path=str(tls.ca_path(state)))
    try:
        uvicorn.Server(config).run(sockets=[listener])
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
    """A portal that answers; tokens by URA."""

    url: str
    page: str
    ca_path: str
    tokens: dict[str, str]
    state: Path
    pid: int


@contextmanager
def running(
    state: Path,
    organisations: Mapping[str, str] | None = None,
    role: str = "administrator",
    client_ca: Path | None = None,
) -> Iterator[RunningPortal]:
    """A portal in a process of its own, for tests and benchmarks; ended with the block. Arguments as seed and serve."""
    tokens = seed(state, organisations or {}, role)
    (State(state).run / "portal.json").unlink(missing_ok=True)
    log = State(state).log / f"portal-{secrets.token_hex(4)}.log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    demand = ["--client-ca", str(client_ca)] if client_ca else []
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "zorgid_sandbox.portal", "--state", str(state), *demand],
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
        yield RunningPortal(at["url"], at["page"], at["ca_path"], tokens, state, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
