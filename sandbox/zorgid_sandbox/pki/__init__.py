# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both UZI hierarchies, each with a production-like and an acceptance-like root, and their CRL and OCSP services.

In ``DIR/pki``: ``<hierarchy>/<authority>.{pem,key.pem,crl}``; ``issued/<name>.{pem,key.pem}`` (every certificate and
its key, for the Windows host); ``files/`` (what may lie in a file: certificates with chain, keys, PKCS#12).
"""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from .. import scenario as scenarios
from ..state import State, connect, write
from .hierarchies import AUTHORITIES, Authorities, make
from .profile import Request, issue
from .server import make_crl, serve

__all__ = ["PASSPHRASE", "issue_request", "prepare", "revoke", "serve", "variables"]

# The .p12 files of the sandbox; they hold throw-away keys.
PASSPHRASE = "sandbox"  # noqa: S105
_ISSUERS = {"g1": "g1-uzi", "g4": "g4-uzi"}
_PRODUCTION = ("production-g1", "production-g4")
_ACCEPTANCE = ("acceptance-g1", "acceptance-g4")


def _bad(ura: str) -> dict[str, Request]:
    """Certificates to refuse, or to warn about, by name. All but `other_ura` carry this organisation's URA."""

    def request(name: str, issuer: str = "g1-uzi", **more: Any) -> Request:
        given = {"ura": ura, "organisation": "Zorg Voorbeeld", "fqdn": f"{name.replace('_', '-')}.example"}
        return Request(name=name, issuer=issuer, **{**given, "uzi_number": "91000001", **more})

    return {
        one.name: one
        for one in (
            request("expired", valid_from_days=-900, valid_to_days=-1),
            request("not_yet_valid", valid_from_days=7),
            request("expires_soon", valid_to_days=30),
            request("revoked", revoked_days_ago=10),
            request("revoked_g4", "g4-uzi", revoked_days_ago=10),
            request("revoked_issuer", "g4-uzi-2024"),
            request("acceptance", "test-g1-uzi"),
            request("acceptance_g4", "acc-g4-uzi"),
            request("untrusted", "stranger"),
            request("self_signed"),
            request("personal", card_type="Z", role="01.015"),
            request("other_ura", ura="99999999"),
            request("no_ura", encoding="none"),
            request("ura_conflict", permanent_ura="99999998"),
            request("printable", encoding="printable"),
            request("raw", encoding="raw"),
        )
    }


def _keys(sizes: dict[str, int]) -> dict[str, rsa.RSAPrivateKey]:
    """New keys; making them releases the interpreter's lock, so that threads use every core. Large ones go first."""
    names = sorted(sizes, key=lambda name: -sizes[name])
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(lambda name: rsa.generate_private_key(65537, sizes[name]), names), strict=True))


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _bundle(certificates: list[x509.Certificate]) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(state: Path) -> None:
    """Make every authority and certificate at the first start; at every start, fresh CRL files."""
    folder = State(state).pki
    if not (folder / "complete").exists():
        _make_everything(state)
        write(folder / "complete", "")
    authorities = Authorities(state)
    for name in AUTHORITIES:
        write(authorities.file(name, "crl"), make_crl(authorities, name).public_bytes(Encoding.DER))


def _make_everything(state: Path) -> None:
    folder, scenario = State(state).pki, scenarios.load(state)
    write(folder / "port", f"{_free_port()}\n")
    with closing(connect(state)) as connection:
        connection.execute("DROP TABLE IF EXISTS pki_issued")
        connection.execute(
            "CREATE TABLE pki_issued (issuer TEXT, serial TEXT, name TEXT, revoked_at TEXT,"
            " PRIMARY KEY (issuer, serial))"
        )
    good = {
        one.host: Request(
            name=one.host,
            issuer=_ISSUERS[one.hierarchy],
            ura=one.ura,
            organisation=one.name,
            fqdn=one.fqdn,
            uzi_number=one.uzi_number,
            agb_code=one.agb_code,
        )
        for one in scenario.organisations
    }
    bits = {one.host: one.key_bits for one in scenario.organisations}
    keys = _keys({**dict.fromkeys(AUTHORITIES, 2048), **bits, "bad": 2048, "other": 2048})

    authorities = Authorities(state)
    for name, certificate in make(authorities, keys).items():
        write(authorities.file(name, "pem"), certificate.public_bytes(Encoding.PEM))
        write(authorities.file(name, "key.pem"), _pem(keys[name]))
        issuer, revoked = AUTHORITIES[name].issuer, AUTHORITIES[name].revoked
        if issuer is not None:
            _remember(state, issuer, certificate, name, revoked)

    in_files = {one.host for one in scenario.organisations if one.store.key_state == "exportable"}
    for request in good.values():
        _keep(authorities, request, keys[request.name], key_in_file=request.name in in_files)
    for request in _bad(scenario.organisations[0].ura).values():
        _keep(authorities, request, keys["bad"], key_in_file=True)
    for number in range(scenario.windows.others):
        request = Request(
            name=f"other-{number:03}",
            issuer=("g1-uzi", "g4-uzi")[number % 2],
            ura=f"{70000000 + number}",
            organisation=f"Zorgaanbieder {number}",
            fqdn=f"zorg{number}.example",
            uzi_number=f"{71000000 + number}",
        )
        _keep(authorities, request, keys["other"], key_in_file=False)

    for hierarchies, target in ((_PRODUCTION, folder), (_ACCEPTANCE, folder / "acceptance")):
        mine = {name: one for name, one in AUTHORITIES.items() if one.hierarchy in hierarchies and not one.revoked}
        anchors = [authorities.certificates[name] for name, one in mine.items() if one.issuer is None]
        others = [authorities.certificates[name] for name, one in mine.items() if one.issuer is not None]
        write(target / "trust_anchors.pem", _bundle(anchors))
        write(target / "intermediates.pem", _bundle(others))


def _keep(authorities: Authorities, request: Request, key: rsa.RSAPrivateKey, *, key_in_file: bool) -> None:
    state, folder = authorities.state, State(authorities.state).pki
    self_signed = key if request.name == "self_signed" else None
    certificate = issue(authorities, request, key.public_key(), self_signed)
    chain = [] if self_signed else authorities.chain(request.issuer)
    if self_signed is None:
        ago = request.revoked_days_ago
        _remember(
            state,
            request.issuer,
            certificate,
            request.name,
            None if ago is None else datetime.now(UTC) - timedelta(days=ago),
        )
    write(folder / "issued" / f"{request.name}.pem", _bundle([certificate]))
    write(folder / "issued" / f"{request.name}.key.pem", _pem(key))
    if request.name.startswith("other-"):
        return
    write(folder / "files" / f"{request.name}.pem", _bundle([certificate, *chain]))
    if key_in_file:
        encryption = BestAvailableEncryption(PASSPHRASE.encode())
        write(folder / "files" / f"{request.name}.key.pem", _pem(key))
        write(
            folder / "files" / f"{request.name}.p12",
            pkcs12.serialize_key_and_certificates(request.name.encode(), key, certificate, chain, encryption),
        )


def _remember(state: Path, issuer: str, certificate: x509.Certificate, name: str, revoked: datetime | None) -> None:
    with closing(connect(state)) as connection:
        connection.execute(
            "INSERT INTO pki_issued VALUES (?, ?, ?, ?)",
            (
                issuer,
                f"{certificate.serial_number:x}",
                name,
                None if revoked is None else revoked.replace(microsecond=0).isoformat(),
            ),
        )


def revoke(state: Path, name: str) -> None:
    """Revoke the certificates of this name (a host, or a bad one) as of now; the services publish it at once."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    with closing(connect(state)) as connection:
        connection.execute("UPDATE pki_issued SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL", (now, name))


def issue_request(state: Path, csr: x509.CertificateSigningRequest, host: str, hierarchy: str = "g4") -> bytes:
    """What CIBG does with a request: the certificate (DER) for the requested key, in the name of this organisation."""
    organisation = next(one for one in scenarios.load(state).organisations if one.host == host)
    key = csr.public_key()
    if not csr.is_signature_valid or not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the request is not signed by its RSA key")
    authorities = Authorities(state)
    request = Request(
        name=host,
        issuer=_ISSUERS[hierarchy],
        ura=organisation.ura,
        organisation=organisation.name,
        fqdn=organisation.fqdn,
        uzi_number=organisation.uzi_number,
        agb_code=organisation.agb_code,
        valid_from_days=0,
        valid_to_days=1095,
    )
    certificate = issue(authorities, request, key)
    _remember(state, request.issuer, certificate, host, None)
    return certificate.public_bytes(Encoding.DER)


def issued(state: Path, name: str) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A certificate and its key, whatever the key's state in the scenario."""
    folder = State(state).pki / "issued"
    key = load_pem_private_key((folder / f"{name}.key.pem").read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we made it
    return x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes()), key


def variables(state: Path) -> dict[str, Any]:
    """What the inventory tells about the PKI: paths of bundles, CRL files, and of the folder of certificates."""
    folder, authorities = State(state).pki, Authorities(state)

    def crls(hierarchies: tuple[str, ...]) -> list[str]:
        return [str(authorities.file(name, "crl")) for name, one in AUTHORITIES.items() if one.hierarchy in hierarchies]

    def bundles(where: Path) -> dict[str, str]:
        return {name: str(where / f"{name}.pem") for name in ("trust_anchors", "intermediates")}

    return {
        **bundles(folder),
        "crls": crls(_PRODUCTION),
        "acceptance": {**bundles(folder / "acceptance"), "crls": crls(_ACCEPTANCE)},
        "files": str(folder / "files"),
        "passphrase": PASSPHRASE,
    }
