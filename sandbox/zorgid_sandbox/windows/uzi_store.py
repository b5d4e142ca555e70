# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `gbz.zorgid.uzi_store` does, without PowerShell: the same options, results and failures.

It stands in for one script only, told by its digest: another script is refused until somebody has compared the two.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .faults import strikes
from .store import PROVIDERS, CertificateStore, Entry

# The script that this emulator was compared with line by line: `python -m zorgid_sandbox windows-digest FILE`.
SCRIPT_DIGEST = "896367161a5ce3aa9b43ed9b0aa9a9dcdcc59eb9c782867ca85984d5631d4abd"

NO_LOG = ("password",)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_OPTIONS: dict[str, Any] = {
    "operation": None,
    "store_name": "My",
    "store_location": "LocalMachine",
    "thumbprint": None,
    "digest": None,
    "hash": "SHA256",
    "padding": "pkcs1",
    "password": None,
    "subject": None,
    "dns_names": [],
    "key_bits": 4096,
    "exportable": False,
    "friendly_name": "",
    "certificate": None,
}
_CHOICES = {
    "operation": ("list", "sign", "export", "request", "install"),
    "store_location": ("LocalMachine", "CurrentUser"),
    "hash": tuple(_HASHES),
    "padding": ("pkcs1", "pss"),
}
_NEEDED = {
    "list": (),
    "sign": ("thumbprint", "digest"),
    "export": ("thumbprint", "password"),
    "request": ("subject",),
    "install": ("certificate",),
}


class RefusalError(Exception):
    """The module's `fail_json`."""

    def __init__(self, message: str, error_code: str | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


def digest(script: str) -> str:
    """SHA-256 of a script's lines, each stripped, empty ones dropped: ansible-core re-wraps them on the way."""
    lines = (line.strip() for line in script.splitlines())
    return hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()


def run(state: Path, arguments: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Run the module; the result as it would print it, but for `invocation`."""
    options = {**_OPTIONS, **{name: value for name, value in arguments.items() if value is not None}}
    try:
        _check(options)
        store = CertificateStore(state, options["store_location"], options["store_name"])
        if strikes(state, "store_unavailable") is not None or not store.exists():
            raise RefusalError(
                f"The store {options['store_location']}\\{options['store_name']} cannot be opened.", "store_unavailable"
            )
        operations: dict[str, Callable[[CertificateStore, dict[str, Any], bool], dict[str, Any]]] = {
            "list": _list,
            "sign": _sign,
            "export": _export,
            "request": _request,
            "install": _install,
        }
        return {"changed": False, **operations[options["operation"]](store, options, check_mode)}
    except RefusalError as refusal:
        return {
            "changed": False,
            "failed": True,
            "msg": str(refusal),
            **({"error_code": refusal.error_code} if refusal.error_code else {}),
        }


def _check(options: dict[str, Any]) -> None:
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise RefusalError(
            f"Unsupported parameters for (uzi_store) module: {', '.join(unknown)}. "
            f"Supported parameters include: {', '.join(sorted(_OPTIONS))}"
        )
    if options["operation"] is None:
        raise RefusalError("missing required arguments: operation")
    for name, choices in _CHOICES.items():
        if options[name] not in choices:
            raise RefusalError(
                f"value of {name} must be one of: {', '.join(choices)}. Got no match for: {options[name]}"
            )
    if missing := [name for name in _NEEDED[options["operation"]] if options[name] is None]:
        raise RefusalError(
            f"operation is {options['operation']} but all of the following are missing: {', '.join(missing)}"
        )


def _decoded(options: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(options[name], validate=True)
    except (binascii.Error, ValueError):
        raise RefusalError(f"{name} is not base64") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _list(store: CertificateStore, _options: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
    entries = store.entries()
    return {
        "certificates": [
            {
                "thumbprint": entry.thumbprint,
                "certificate": _text(entry.der),
                "friendly_name": entry.friendly_name,
                "key": _key(entry),
            }
            for entry in entries
        ],
        "authorities": _authorities(store, entries),
    }


def _key(entry: Entry) -> dict[str, Any]:
    public = entry.certificate.public_key()
    is_rsa = isinstance(public, rsa.RSAPublicKey)
    state = entry.key_state if is_rsa or entry.key_state == "none" else "inaccessible"
    known = state in ("exportable", "not_exportable")
    reason = {
        "inaccessible": "Keyset does not exist" if is_rsa else "The key is not RSA",
        "none": "The certificate has no private key.",
        "not_exportable": "The key was made not exportable",
    }
    return {
        "state": state,
        "reason": reason.get(state, ""),
        "provider": PROVIDERS[entry.provider] if known and entry.provider else None,
        "provider_type": entry.provider if known else None,
        "algorithm": "RSA" if is_rsa else "ECC",
        "bits": public.key_size if isinstance(public, rsa.RSAPublicKey) else 0,
    }


def _authorities(store: CertificateStore, entries: list[Entry]) -> list[str]:
    """The issuers of these certificates, and theirs, by name, from the stores CA and Root."""
    by_name: dict[bytes, list[x509.Certificate]] = {}
    for name in ("CA", "Root"):
        for entry in CertificateStore(store.state, store.location, name).entries():
            by_name.setdefault(entry.certificate.subject.public_bytes(), []).append(entry.certificate)
    found: list[str] = []
    wanted = {entry.certificate.issuer.public_bytes() for entry in entries}
    seen: set[bytes] = set()
    while wanted:
        name_of = wanted.pop()
        seen.add(name_of)
        for certificate in by_name.get(name_of, []):
            found.append(_text(certificate.public_bytes(Encoding.DER)))
            if (issuer := certificate.issuer.public_bytes()) not in seen:
                wanted.add(issuer)
    return list(dict.fromkeys(found))


def _usable(store: CertificateStore, options: dict[str, Any]) -> Entry:
    entry = store.find(re.sub("[^0-9A-F]", "", options["thumbprint"].upper()))
    if entry is None:
        raise RefusalError(f"No certificate with thumbprint {options['thumbprint']}.", "certificate_not_found")
    if entry.key_state == "none":
        raise RefusalError("The certificate has no private key.", "key_absent")
    if not isinstance(entry.certificate.public_key(), rsa.RSAPublicKey):
        raise RefusalError("The key is not RSA.", "key_not_rsa")
    if entry.key_state == "inaccessible":
        raise RefusalError("The private key cannot be used: Keyset does not exist", "key_inaccessible")
    return entry


def _sign(store: CertificateStore, options: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
    entry, value, algorithm = _usable(store, options), _decoded(options, "digest"), _HASHES[options["hash"]]
    if len(value) != algorithm.digest_size:
        raise RefusalError(f"digest has {len(value)} bytes, {options['hash']} has {algorithm.digest_size}")
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if options["padding"] == "pss":
        if entry.provider == "capi":
            raise RefusalError("A key of a CAPI provider signs PKCS#1 v1.5 only, not RSASSA-PSS.", "key_inaccessible")
        scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    return {"signature": _text(entry.key.sign(value, scheme, Prehashed(algorithm)))}


def _export(store: CertificateStore, options: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
    entry = _usable(store, options)
    if entry.key_state != "exportable":
        raise RefusalError("The private key may not be exported: the key was made not exportable", "key_not_exportable")
    # Windows PowerShell 5.1 writes the ciphers of 1999.
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303
        .build(options["password"].encode())
    )
    name = entry.friendly_name.encode() or None
    return {"pfx": _text(pkcs12.serialize_key_and_certificates(name, entry.key, entry.certificate, None, encryption))}


def _request(store: CertificateStore, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    if store.name != "My":
        raise RefusalError("A request is made for the store My only.", "request_failed")
    try:
        subject = x509.Name.from_rfc4514_string(options["subject"], {"SERIALNUMBER": NameOID.SERIAL_NUMBER})
    except ValueError:
        raise RefusalError(f"The subject {options['subject']} is no distinguished name.", "request_failed") from None
    if options["key_bits"] < 2048:
        raise RefusalError("A key of less than 2048 bits is not made.", "request_failed")
    if check_mode:
        return {"changed": True}
    key = rsa.generate_private_key(65537, options["key_bits"])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
    )
    if options["dns_names"]:
        names = x509.SubjectAlternativeName([x509.DNSName(name) for name in options["dns_names"]])
        builder = builder.add_extension(names, critical=False)
    csr = builder.sign(key, hashes.SHA256())
    store.remember_request(key, options["friendly_name"], exportable=options["exportable"])
    return {"changed": True, "csr": _text(csr.public_bytes(Encoding.DER))}


def _install(store: CertificateStore, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    if store.name != "My":
        raise RefusalError("A certificate is installed in the store My only.", "install_failed")
    try:
        certificate = x509.load_der_x509_certificate(_decoded(options, "certificate"))
    except ValueError:
        raise RefusalError("What should be installed is no certificate.", "install_failed") from None
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303
    known = store.find(thumbprint)
    if known is not None and known.key_state != "none":
        return {"thumbprint": thumbprint}
    request = store.request_for(certificate)
    if request is None:
        raise RefusalError("No pending request on this host belongs to the certificate.", "install_failed")
    if not check_mode:
        store.add(
            certificate,
            options["friendly_name"] or request["friendly_name"],
            key_state="exportable" if request["exportable"] else "not_exportable",
            provider="cng",
            key=request["key_pem"],
        )
        store.forget_request(request)
    return {"changed": True, "thumbprint": thumbprint}
