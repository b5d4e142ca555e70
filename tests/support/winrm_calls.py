# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table winrm_calls.yml: its certificates, what is asked, and whether an answer is right.

`python -m tests.support.winrm_calls FOLDER` writes the certificates as PKCS#12 (password ``zorgid``) and DER, for a
real Windows store.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

TABLE = yaml.safe_load((Path(__file__).parent / "winrm_calls.yml").read_text(encoding="utf-8"))
PREFIX = b"gbz.zorgid proof of possession\0"
NONCE = bytes(range(32))
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SIGNED_INFO = (
    f'<ds:SignedInfo xmlns:ds="{XMLDSIG}"><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11">'
    "</ds:CanonicalizationMethod><ds:Reference><ds:DigestValue>é</ds:DigestValue></ds:Reference></ds:SignedInfo>"
).encode()
# Messages of other kinds, or of this kind as canonical XML never is; the last two are what it may look like.
OTHERS = [
    b"",
    b"Pay 1000 euro.",
    b"\xef\xbb\xbf" + SIGNED_INFO,
    b'<?xml version="1.0"?>' + SIGNED_INFO,
    b"<!DOCTYPE ds:SignedInfo>" + SIGNED_INFO,
    b'<!DOCTYPE a [<!ENTITY e "e">]>' + SIGNED_INFO.replace("é".encode(), b"&e;"),
    SIGNED_INFO + b"<!-- more -->",
    SIGNED_INFO.replace(XMLDSIG.encode(), b"urn:other"),
    SIGNED_INFO.replace(b"SignedInfo", b"Signature"),
    SIGNED_INFO.replace("é".encode(), "é".encode("latin-1")),
    SIGNED_INFO,
    f'<SignedInfo xmlns="{XMLDSIG}"><Reference/></SignedInfo>'.encode(),
]


@dataclass(frozen=True)
class Known:
    """A certificate of the table, and its key, which is in the store unless its state is ``none``."""

    certificate: x509.Certificate
    key: Any
    state: str
    provider: str | None

    @property
    def thumbprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def make() -> dict[str, Known]:
    """New certificates for every name of the table, and one (``stranger``) that is in no store."""
    made = {}
    for name, reported in {
        **TABLE["certificates"],
        "stranger": {"key": "rsa", "bits": 2048, "state": "absent"},
    }.items():
        key: Any = (
            rsa.generate_private_key(65537, reported["bits"])
            if reported["key"] == "rsa"
            else ec.generate_private_key(ec.SECP256R1())
        )
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}.example")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(30))
        made[name] = Known(builder.sign(key, hashes.SHA256()), key, reported["state"], reported.get("provider"))
    return made


def write(known: dict[str, Known], folder: Path) -> None:
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    encryption = encryption.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303
    for name, one in known.items():
        pem = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(one.certificate.public_bytes(Encoding.PEM) + pem)
        (folder / f"{name}.cer").write_bytes(one.certificate.public_bytes(Encoding.DER))
        pfx = pkcs12.serialize_key_and_certificates(None, one.key, one.certificate, None, encryption.build(b"zorgid"))
        (folder / f"{name}.p12").write_bytes(pfx)
    reported = {name: {"state": one.state, "provider": one.provider} for name, one in known.items()}
    (folder / "certificates.json").write_text(json.dumps(reported))


def read(folder: Path) -> dict[str, Known]:
    found = {}
    for name, reported in json.loads((folder / "certificates.json").read_text()).items():
        pem = (folder / f"{name}.pem").read_bytes()
        found[name] = Known(x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, None), **reported)
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def calls(known: dict[str, Known], place: str) -> list[dict[str, Any]]:
    """What is asked at this place (emulator, pwsh, windows), with everything filled in."""
    asked = []
    for call in TABLE["calls"]:
        if place in call.get("only", [place]):
            ask = _filled(call["ask"], known)
            if place == "pwsh":
                ask.setdefault("store_location", "CurrentUser")
            asked.append(
                {"name": call["name"], "ask": ask, "check": call.get("check", False), "over": call.get("over", "winrm")}
            )
    return asked


def _filled(value: Any, known: dict[str, Known]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    if not isinstance(value, str) or not (match := re.fullmatch(r"<(.*)>", value)):
        return value
    document = {"thumbprint": known["rsa"].thumbprint, "purpose": "document"}
    match match[1].split():
        case ["thumbprint", name]:
            return known[name].thumbprint
        case ["dialog", name]:
            # The dialog of Windows: lower case, blanks, and U+200E in front, which nobody sees.
            return "\u200e" + " ".join(re.findall("..", known[name].thumbprint.lower()))
        case ["certificate", name]:
            return _text(known[name].certificate.public_bytes(Encoding.DER))
        case ["signed", "info"]:
            # White space in base64 is no error to Windows.
            return re.sub("(.{64})", "\\1\r\n", _text(SIGNED_INFO))
        case ["nonce"]:
            return _text(NONCE)
        case [number, "bytes"]:
            return _text(b"z" * int(number))
        case ["other", "messages"]:
            return [{**document, "data": _text(one)} for one in OTHERS]
        case [number, "documents"]:
            return [{**document, "data": _text(SIGNED_INFO)}] * int(number)
        case [number, "ok"]:
            return ["ok"] * int(number)
    raise AssertionError(value)


def check(name: str, given: dict[str, Any], known: dict[str, Known], place: str, tmp_path: Path) -> None:
    """Assert that this is the right answer to the call of this name."""
    call = next(one for one in TABLE["calls"] if one["name"] == name)
    expected, ask = call["answer"], _filled(call["ask"], known)
    if "error_code" in expected:
        assert given["failed"] is True
        assert given.get("error_code") == expected["error_code"], given
        assert re.search(expected["msg"], given["msg"]), given["msg"]
    else:
        assert not given.get("failed"), given
    if "changed" in expected:
        assert given["changed"] is expected["changed"]
    if "signed" in expected:
        signed = _filled(expected["signed"], known)
        assert [one.get("error_code", "ok") for one in given["signatures"]] == signed
        for number, pattern in expected.get("said", {}).items():
            assert re.search(pattern, given["signatures"][number]["msg"])
        for item, one in zip(ask["to_sign"], given["signatures"], strict=True):
            if "signature" in one:
                _verify(item, base64.b64decode(one["signature"]), known, tmp_path)
                assert bool(one["event_log"]) is (place == "pwsh"), one["event_log"]
    if "opens" in expected:
        password, name = expected["opens"]
        _open(base64.b64decode(given["pfx"]), password, known[name], tmp_path)
    if expected.get("empty"):
        assert (given["certificates"], given["authorities"], given["unread"]) == ([], [], [])
    for name in expected.get("keys", ()):
        _key(given, known[name], place)
    if lacks := expected.get("lacks"):
        assert lacks not in json.dumps(given)


def _verify(item: dict[str, Any], signature: bytes, known: dict[str, Known], tmp_path: Path) -> None:
    """OpenSSL's own program verifies each signature."""
    plain = re.sub("[^0-9A-F]", "", item["thumbprint"].upper())
    one = next(one for one in known.values() if one.thumbprint == plain)
    data = base64.b64decode(item["data"])
    (tmp_path / "data").write_bytes(data if item["purpose"] == "document" else PREFIX + data)
    (tmp_path / "signature").write_bytes(signature)
    public = one.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    command = ["openssl", "dgst", f"-{item.get('hash', 'SHA256').lower()}", "-verify", "public.pem"]
    command += [*(options if item.get("padding") == "pss" else []), "-signature", "signature", "data"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "Verified OK\n", (item, done)


def _open(pfx: bytes, password: str, one: Known, tmp_path: Path) -> None:
    """OpenSSL's own program opens it, and so does the library that the collection uses."""
    (tmp_path / "key.p12").write_bytes(pfx)
    options = ["-in", "key.p12", "-nodes", "-legacy", "-passin", f"pass:{password}"]
    done = subprocess.run(["openssl", "pkcs12", *options], cwd=tmp_path, capture_output=True, check=True)
    key = load_pem_private_key(done.stdout[done.stdout.index(b"-----BEGIN PRIVATE KEY-----") :], None)
    held, certificate, _others = pkcs12.load_key_and_certificates(pfx, password.encode())
    assert key.private_numbers() == held.private_numbers() == one.key.private_numbers()
    assert certificate == one.certificate


def _key(given: dict[str, Any], one: Known, place: str) -> None:
    reported = next(entry for entry in given["certificates"] if entry["thumbprint"] == one.thumbprint)
    assert base64.b64decode(reported["certificate"]) == one.certificate.public_bytes(Encoding.DER)
    key, is_rsa = reported["key"], isinstance(one.key, rsa.RSAPrivateKey)
    state, provider, reason = one.state, one.provider, ""
    if not is_rsa:
        state, provider, reason = "inaccessible", None, "The key is not RSA"
    elif state == "none":
        reason = "The certificate has no private key."
    elif place == "pwsh":
        # .NET on Linux knows keys of a third type only, which can always leave.
        state, provider = "exportable", "other"
    elif state == "inaccessible":
        provider, reason = None, key["reason"] or "said in Windows' words"
    elif state == "not_exportable":
        reason = "The key was made not exportable"
    expected = (state, provider, reason, "RSA" if is_rsa else "ECC", one.key.key_size if is_rsa else 0)
    assert (key["state"], key["provider_type"], key["reason"], key["algorithm"], key["bits"]) == expected
    assert bool(key["provider"]) == bool(provider)


if __name__ == "__main__":
    write(make(), Path(sys.argv[1]))
