# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed permission: exactly these bytes, by this key, for this map, organisation, person and day."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import date

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.permission import read_permission
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

MAP = hashlib.sha256(b"a map").hexdigest()
TEXT = f"""# What was agreed
map: {MAP}
ura: ["90000101", "90000102"]
person: HR-1001
agreed_by: A. Bestuurder
agreed_at_vzvz: B. Medewerker
agreed_on: 2026-11-01
changes: [register, update, block]
until: 2027-05-31
"""
TODAY = date(2026, 11, 27)


def pem(key):
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Signed:
    def __init__(self, folder, text=TEXT):
        self.key = ed25519.Ed25519PrivateKey.generate()
        self.file, self.sig, self.pub = folder / "p.yml", folder / "p.yml.sig", folder / "key.pem"
        self.pub.write_bytes(pem(self.key.public_key()))
        self.write(text)

    def write(self, text):
        self.file.write_bytes(text.encode())
        self.sig.write_bytes(self.key.sign(text.encode()))

    def read(self, digest=MAP, **more):
        asked = {"ura": "90000101", "person": "HR-1001", "today": TODAY, **more}
        return read_permission(self.file, self.pub, digest, **asked)

    def refused(self, *given, **more):
        with pytest.raises(ZorgidError) as caught:
            self.read(*given, **more)
        assert caught.value.code == "permission_invalid"
        assert caught.value.expected
        assert caught.value.action
        return str(caught.value)


@pytest.fixture
def signed(tmp_path):
    return Signed(tmp_path)


def test_a_signed_permission_is_read(signed):
    found = signed.read()
    assert found.changes == {"register", "update", "block"}
    assert found.uras == {"90000101", "90000102"}
    assert (found.agreed_by, found.agreed_at_vzvz) == ("A. Bestuurder", "B. Medewerker")
    assert (found.agreed_on, found.until) == (date(2026, 11, 1), date(2027, 5, 31))
    assert found.digest == hashlib.sha256(signed.file.read_bytes()).hexdigest()
    signed.sig.write_bytes(base64.encodebytes(signed.sig.read_bytes()))
    assert signed.read() == found


def test_the_commands_of_the_docs_make_one(signed, tmp_path):
    private = tmp_path / "private.pem"
    private.write_bytes(signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    signed.sig.unlink()
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", private, "-in", signed.file, "-out", signed.sig]
    subprocess.run(command, check=True)
    assert signed.read().person == "HR-1001"


@pytest.mark.parametrize("what", ["a byte", "an end", "another key", "an empty one", "a short one", "none"])
def test_another_signature_is_refused(signed, what):
    data = signed.file.read_bytes()
    if what == "a byte":
        signed.file.write_bytes(data.replace(b"2027", b"2028"))
    elif what == "an end":
        signed.file.write_bytes(data + b"\n")
    elif what == "another key":
        signed.pub.write_bytes(pem(ed25519.Ed25519PrivateKey.generate().public_key()))
    elif what == "none":
        signed.sig.unlink()
    else:
        signed.sig.write_bytes(b"" if what == "an empty one" else signed.sig.read_bytes()[:63])
    reported = signed.refused()
    assert ("no such file" if what == "none" else "changed after it was signed") in reported


def test_another_kind_of_key_is_refused(signed):
    signed.pub.write_bytes(pem(ec.generate_private_key(ec.SECP256R1()).public_key()))
    assert "an Ed25519 public key in PEM" in signed.refused()
    signed.pub.write_bytes(signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "it is a private key" in signed.refused()
    signed.pub.write_bytes(b"x" * 70_000)
    assert "a larger file" in signed.refused()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"digest": "0" * 64}, "the SHA-256 of the page map in use"),
        ({"ura": "90000103"}, "URA 90000103 in ura"),
        ({"person": "HR-1002"}, "another person"),
        ({"today": date(2027, 6, 1)}, "valid on 2027-06-01"),
        ({"today": date(2026, 10, 31)}, "valid on 2026-10-31"),
    ],
)
def test_a_permission_for_something_else_is_refused(signed, more, what):
    reported = signed.refused(**more)
    assert what in reported
    assert "HR-100" not in reported
    assert signed.read(today=date(2027, 5, 31), ura="90000102")


@pytest.mark.parametrize(
    ("written", "instead", "what"),
    [
        ("until: 2027-05-31", "until: 31-05-2027", "line 9: until has to be a day"),
        ("until: 2027-05-31", "", "the permission has no until"),
        ("register", "registre", '"registre", perhaps register'),
        ('"90000101"', '"9000010"', "eight digits"),
        (MAP, MAP[:-1], "64 hexadecimal digits"),
        ("agreed_by", "agree_by", "perhaps agreed_by"),
        ("person: HR-1001", "person:", "nothing stands behind person"),
    ],
)
def test_a_mistake_of_the_file_is_told(signed, written, instead, what):
    signed.write(TEXT.replace(written, instead))
    assert what in signed.refused()
