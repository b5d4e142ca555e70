# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `gbz.zorgid.uzi_store` does, without PowerShell: the same options, results and failures.

That it does the same is shown by tests/support/winrm_calls.yml: one table of calls and answers, for this module, for
the script in PowerShell, and for the script on Windows. If they differ, this module is wrong.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..state import record
from .faults import strikes
from .store import PROVIDERS, CertificateStore, Entry

MOST_AT_ONCE, MOST_BYTES = 50, 64 * 1024
CHALLENGE_PREFIX = b"gbz.zorgid proof of possession\0"
NO_LOG = ("password",)
_SHORT_NAMES = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "L": NameOID.LOCALITY_NAME,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
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
    "to_sign": None,
    "run": "",
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
}
# The options of what stands in a list, by the list's name: their defaults, their choices, and what is needed.
_PARTS: dict[str, tuple[dict[str, Any], dict[str, tuple[str, ...]]]] = {
    "to_sign": (
        {"thumbprint": None, "purpose": None, "data": None, "hash": "SHA256", "padding": "pkcs1"},
        {"purpose": ("document", "possession"), "hash": tuple(_HASHES), "padding": ("pkcs1", "pss")},
    ),
    "subject": ({"type": None, "value": None}, {}),
}
_NEEDED = {
    "list": (),
    "sign": ("to_sign",),
    "export": ("thumbprint", "password"),
    "request": ("subject",),
    "install": ("certificate",),
}


class RefusalError(Exception):
    """The module's `fail_json`."""

    def __init__(self, message: str, error_code: str | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


def run(state: Path, arguments: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Run the module; the result as it would print it, but for `invocation`."""
    options = {**_OPTIONS, **{name: value for name, value in arguments.items() if value is not None}}
    try:
        _check(options)
        store = CertificateStore(state, options["store_location"], options["store_name"])
        if strikes(state, "store_unavailable") is not None or not store.exists():
            raise RefusalError(
                f"The store {options['store_location']}\\{options['store_name']} cannot be opened. "
                "The system cannot find the file specified.",
                "store_unavailable",
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
    """Ansible.Basic's checks, with its texts and in its order."""
    _check_level(options, _OPTIONS, _CHOICES, ("operation",), "")
    if missing := [name for name in _NEEDED[options["operation"]] if options[name] is None]:
        raise RefusalError(
            f"operation is {options['operation']} but all of the following are missing: {', '.join(missing)}"
        )
    for name, (defaults, choices) in _PARTS.items():
        if options[name] is None:
            continue
        parts = [{**defaults, **part} for part in options[name]]
        for part in parts:
            needed = tuple(key for key, value in defaults.items() if value is None)
            _check_level(part, defaults, choices, needed, f" found in {name}")
        options[name] = parts
    if options["operation"] == "sign" and not 1 <= len(options["to_sign"]) <= MOST_AT_ONCE:
        raise RefusalError(f"to_sign has {len(options['to_sign'])} items, expected 1 to {MOST_AT_ONCE}")


def _check_level(
    given: dict[str, Any], known: dict[str, Any], choices: dict[str, tuple[str, ...]], needed: tuple[str, ...], at: str
) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise RefusalError(
            f"Unsupported parameters for (gbz.zorgid.uzi_store) module: {', '.join(unknown)}{at}. "
            f"Supported parameters include: {', '.join(sorted(known))}"
        )
    if missing := [name for name in needed if given[name] is None]:
        raise RefusalError(f"missing required arguments: {', '.join(missing)}{at}")
    for name, allowed in choices.items():
        if given[name] not in allowed:
            raise RefusalError(
                f"value of {name} must be one of: {', '.join(allowed)}. Got no match for: {given[name]}{at}"
            )


def _decoded(text: str, name: str, code: str) -> bytes:
    """Base64 as .NET reads it: white space may stand anywhere, nothing else."""
    try:
        return base64.b64decode(re.sub("[ \t\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        raise RefusalError(f"{name} is not base64", code) from None


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
        "unread": [],
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


def _wanted(store: CertificateStore, thumbprint: str) -> Entry:
    plain = re.sub("[^0-9A-F]", "", thumbprint.upper())
    entry = store.find(plain)
    if entry is None:
        raise RefusalError(f"No certificate with thumbprint {plain}.", "certificate_not_found")
    return entry


def _usable(entry: Entry) -> Entry:
    if not isinstance(entry.certificate.public_key(), rsa.RSAPublicKey):
        raise RefusalError("The key is not RSA.", "key_not_rsa")
    if entry.key_state == "inaccessible":
        raise RefusalError("The private key cannot be used: Keyset does not exist", "key_inaccessible")
    if entry.key_state == "none":
        raise RefusalError("The certificate has no private key.", "key_absent")
    return entry


def _is_signed_info(data: bytes) -> bool:
    """One element SignedInfo of XML-DSig and nothing beside it."""
    try:
        text = data.decode()
        if not text.startswith("<") or text.startswith(("<?", "<!")) or not text.endswith(">") or "<!DOCTYPE" in text:
            return False
        root = ET.fromstring(text)  # noqa: S314 - no document type, so no entities
    except (ValueError, ET.ParseError):
        return False
    return root.tag == "{http://www.w3.org/2000/09/xmldsig#}SignedInfo" and not text.endswith("-->")


def _signed_bytes(item: dict[str, Any]) -> bytes:
    data = _decoded(item["data"], "data", "signing_refused")
    if item["purpose"] == "possession":
        if not 16 <= len(data) <= 64:
            raise RefusalError(f"A nonce has 16 to 64 bytes, not {len(data)}.", "signing_refused")
        return CHALLENGE_PREFIX + data
    if len(data) > MOST_BYTES or not _is_signed_info(data):
        raise RefusalError("The data is not the canonical SignedInfo of an XML signature.", "signing_refused")
    return data


def _sign(store: CertificateStore, options: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
    signatures = []
    for item in options["to_sign"]:
        try:
            signatures.append(_signed(store, item, options["run"]))
        except RefusalError as refusal:
            signatures.append({"error_code": refusal.error_code, "msg": str(refusal)})
    return {"signatures": signatures}


def _signed(store: CertificateStore, item: dict[str, Any], run: str) -> dict[str, Any]:
    entry = _wanted(store, item["thumbprint"])
    data, algorithm = _signed_bytes(item), _HASHES[item["hash"]]
    _usable(entry)
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if item["padding"] == "pss":
        if entry.provider == "capi":
            raise RefusalError("A key of a CAPI provider signs PKCS#1 v1.5 only, not RSASSA-PSS.", "key_inaccessible")
        scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    digest = hashlib.new(item["hash"].lower(), data).hexdigest().upper()
    record(
        store.state,
        "windows",
        "event_log",
        f"Signed: account=SANDBOX\\gbz-ansible thumbprint={entry.thumbprint} purpose={item['purpose']} "
        f"hash={item['hash']} padding={item['padding']} digest={digest} run={re.sub('[^ -~]', '?', run)[:200]}",
    )
    return {"signature": _text(entry.key.sign(data, scheme, algorithm)), "event_log": ""}


def _export(store: CertificateStore, options: dict[str, Any], _check_mode: bool) -> dict[str, Any]:
    entry = _usable(_wanted(store, options["thumbprint"]))
    if entry.key_state != "exportable":
        raise RefusalError("The private key may not be exported: the key was made not exportable", "key_not_exportable")
    # Windows PowerShell 5.1 uses the ciphers of 1999.
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303
        .build(options["password"].encode())
    )
    name = entry.friendly_name.encode() or None
    return {"pfx": _text(pkcs12.serialize_key_and_certificates(name, entry.key, entry.certificate, None, encryption))}


def _subject(parts: list[dict[str, Any]]) -> x509.Name:
    attributes = []
    for part in parts:
        kind, value = part["type"], part["value"]
        if not re.fullmatch(r"[A-Za-z]+|[0-2](\.[0-9]+)+", kind):
            raise ValueError(f"{kind} is no attribute of a name.")
        if not value:
            raise ValueError(f"The attribute {kind} has no value.")
        oid = _SHORT_NAMES.get(kind.upper()) if kind.isalpha() else x509.ObjectIdentifier(kind)
        if oid is None:
            raise ValueError("The OID value is invalid. (Parameter 'oidValue')")
        attributes.append(x509.NameAttribute(oid, value))
    if not attributes:
        raise ValueError("The subject has no attribute.")
    return x509.Name(attributes)


def _request(store: CertificateStore, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    if store.name != "My":
        raise RefusalError("A request is made for the store My only.", "request_failed")
    try:
        subject = _subject(options["subject"])
        if options["key_bits"] < 2048:
            raise ValueError("A key of less than 2048 bits is not made.")
    except ValueError as error:
        raise RefusalError(f"The request cannot be made: {error}", "request_failed") from None
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
    der = _decoded(options["certificate"], "certificate", "install_failed")
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        raise RefusalError(
            "The certificate cannot be installed: Cannot find the requested object.", "install_failed"
        ) from None
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303
    known = store.find(thumbprint)
    if known is not None and known.key_state != "none":
        return {"thumbprint": thumbprint}
    request = store.request_for(certificate)
    if request is None:
        raise RefusalError(
            "The certificate cannot be installed: No pending request on this host belongs to the certificate.",
            "install_failed",
        )
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
