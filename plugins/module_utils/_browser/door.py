# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only way out for the browser: a proxy on 127.0.0.1, in the browser's own process, that connects to the hosts of
the map and to nothing else.

Playwright asks nobody about a redirect, and the browser has ways of its own, so the hosts are enforced here, where
every connection has to pass. It is also where a CA file and a client certificate are used: Chromium trusts only its own
stores. With one of them this side speaks TLS to the portal, verified as everywhere in the collection, and shows the
browser a certificate whose key was made for this run and never leaves this process. Without them bytes pass as they
are.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
import os
import select
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from .._common.libraries import needs

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

_MOST_HEAD = 16 * 1024
_END = b"\r\n\r\n"
_MOST_CONNECTIONS = 100
_IDLE = 300.0
_LOOKS = 5
#: of linux/sock_diag.h
_SOCK_DIAG = 4
_BY_FAMILY = 20
_ANY = 0xFFFFFFFF


class Shown(NamedTuple):
    """What the browser is shown in place of the portal's certificate. spki: for the browser's command line. path: of
    the certificate, for Playwright's own requests."""

    context: ssl.SSLContext
    spki: str
    path: Path


def own_certificate(hosts: list[str], folder: Path) -> Shown:
    """A certificate for these names; its key is in a file only as long as OpenSSL reads it."""
    now, key = datetime.datetime.now(datetime.UTC), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gbz.zorgid, this run only")])
    # Playwright's Node takes a number of a host for "localhost".
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    for host in sorted({_split(host)[0] for host in hosts} - {"localhost"}):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path, secret = folder / "shown.pem", folder / "shown.key"
    path.write_bytes(made.public_bytes(pem))
    secret.touch(mode=0o600)
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    secret.unlink()
    context.set_alpn_protocols(["http/1.1"])
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Shown(context, base64.b64encode(hashlib.sha256(public).digest()).decode("ascii"), path)


def _split(host: str) -> tuple[str, int]:
    parts = urlsplit(f"https://{host}")
    return (parts.hostname or "").lower(), parts.port or 443


class Door:
    """For connections of this user only. proxies: of each host, an address or empty. tls: how the portal is verified;
    with it ``shown`` is used too.

    ``untrusted``: the portal's certificate was refused."""

    def __init__(self, proxies: Mapping[str, str], tls: ssl.SSLContext | None, shown: Shown | None) -> None:
        self._ways = {_split(host): proxy for host, proxy in proxies.items()}
        self._tls, self._shown = tls, shown
        self.spki = shown.spki if shown else ""
        self.untrusted = False
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def open(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _address = self._listening.accept()
            if self._free.acquire(blocking=False):
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()
            else:
                near.close()

    def _serve(self, near: socket.socket) -> None:
        far: socket.socket | None = None
        try:
            near.settimeout(_IDLE)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            way = _asked(_head(near))
            if way not in self._ways or not _ours(near):
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            try:
                far = self._reach(way)
            except ssl.SSLCertVerificationError:
                self.untrusted = True
                raise
            near.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            if self._shown:
                near = self._shown.context.wrap_socket(near, server_side=True)
            _pass_on(near, far)
        except (OSError, ValueError):
            pass  # the other side sees an ended connection, as it would without this proxy
        finally:
            for one in (near, far):
                if one:
                    one.close()
            self._free.release()

    def _reach(self, way: tuple[str, int]) -> socket.socket:
        proxy = self._ways[way]
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        far = socket.create_connection((parts.hostname or "", parts.port or 80) if proxy else way, timeout=30)
        try:
            if proxy:
                name = f"[{way[0]}]:{way[1]}" if ":" in way[0] else f"{way[0]}:{way[1]}"
                head = f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n"
                if parts.username is not None:
                    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                    head += f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
                far.sendall(head.encode("ascii") + b"\r\n")
                if _head(far).split(b" ", 2)[1:2] != [b"200"]:
                    raise ConnectionRefusedError
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                far = self._tls.wrap_socket(far, server_hostname=way[0])
            far.settimeout(_IDLE)
        except BaseException:
            far.close()
            raise
        return far


def _head(near: socket.socket) -> bytes:
    """Up to the empty line, and nothing of what follows, which is not ours."""
    head = b""
    while not head.endswith(_END):
        ahead = near.recv(_MOST_HEAD, socket.MSG_PEEK)
        if not ahead or len(head) > _MOST_HEAD:
            raise ConnectionError
        end = (head + ahead).find(_END)
        head += near.recv(len(ahead) if end < 0 else end + len(_END) - len(head))
    return head


def _ours(near: socket.socket) -> bool:
    """Whether the other end is of this user: another user of the controller could come in as the portal's client."""
    far, here = near.getpeername(), near.getsockname()
    user = _user_of(far, here)
    # The list of all connections may lack some that are there: it changes while it is read.
    for _unused in range(_LOOKS if user is None else 0):
        if (user := _listed_user_of(far, here)) is not None:
            break
    return user == os.geteuid()


def _user_of(end: tuple[str, int], other: tuple[str, int]) -> int | None:
    """Of this end of one connection, as the kernel knows it (sock_diag(7)); None if it does not tell."""
    ends = [socket.inet_aton(host).ljust(16, b"\0") for host, _unused in (end, other)]
    one = struct.pack("!HH", end[1], other[1]) + ends[0] + ends[1] + struct.pack("=III", 0, _ANY, _ANY)
    asked = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY) + one
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(struct.pack("=IHHII", 16 + len(asked), _BY_FAMILY, 1, 1, 0) + asked)
            answer = kernel.recv(4096)
    except OSError:
        return None
    # A listening socket is no end of a connection, and is told where there is none.
    if len(answer) < 88 or struct.unpack_from("=H", answer, 4)[0] != _BY_FAMILY or answer[20:56] != one[:36]:
        return None
    return int(struct.unpack_from("=I", answer, 80)[0])


def _listed_user_of(end: tuple[str, int], other: tuple[str, int]) -> int | None:
    ends = [_as_the_kernel_writes(*end), _as_the_kernel_writes(*other)]
    with Path("/proc/net/tcp").open(encoding="utf-8") as lines:
        users = {int(words[7]) for words in map(str.split, lines) if words[1:3] == ends}
    return users.pop() if len(users) == 1 else None


def _as_the_kernel_writes(host: str, port: int) -> str:
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"


def _asked(head: bytes) -> tuple[str, int] | None:
    method, target, *_rest = head.decode("latin-1").split(" ", 2)
    return _split(target) if method == "CONNECT" else None


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    """Bytes both ways, until one side ends or nothing has come for long."""
    other = {near: far, far: near}
    while True:
        held: list[socket.socket] = [one for one in other if isinstance(one, ssl.SSLSocket) and one.pending()]
        ready = held or select.select(list(other), [], [], _IDLE)[0]
        if not ready:
            return
        for one in ready:
            one.settimeout(0)
            try:
                data = one.recv(65536)
            except (ssl.SSLWantReadError, BlockingIOError):
                continue  # a part of a record, or one that is about TLS itself
            if not data:
                with suppress(OSError):
                    other[one].shutdown(socket.SHUT_WR)
                return
            other[one].settimeout(_IDLE)
            other[one].sendall(data)
