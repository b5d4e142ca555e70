# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and keys: PEM, DER, PKCS#12 of several makers, a key behind a wire, a token (SoftHSM2)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.files import load_files
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.keyfiles import load_private_key
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.keys import RemoteKey, prove_possession
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.pkcs11 import open_token
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import Pki, der, pem
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

SECRET = "wachtwoord"
FORMATS = {"pkcs8": PrivateFormat.PKCS8, "pkcs1": PrivateFormat.TraditionalOpenSSL}


def refused(call: Any, *given: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(*given)
    assert SECRET not in str(caught.value)
    return caught.value


def key_pem(key: Any, passphrase: str | None = None, form: str = "pkcs8") -> bytes:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, FORMATS[form], encryption)


@pytest.fixture(scope="session")
def made(pki: Pki) -> x509.Certificate:
    return pki.g4.issuing.issue(pki.key.public_key())


def p12(pki: Pki, certificate: x509.Certificate | None, key: Any, *, old: bool = False, secret: str = SECRET) -> bytes:
    encryption: Any = BestAvailableEncryption(secret.encode())
    if old:
        builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        encryption = builder.hmac_hash(hashes.SHA1()).build(secret.encode())  # noqa: S303 - Windows PowerShell 5.1
    chain = [pki.g4.issuing.certificate, pki.g4.services.certificate]
    return pkcs12.serialize_key_and_certificates(b"zorgid", key, certificate, chain, encryption)


class TestFiles:
    def test_pem_with_key_and_chain(self, pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.pem"
        path.write_bytes(key_pem(pki.key) + pem(made) + pem(pki.g4.issuing.certificate))
        (entry,) = load_files([path])
        assert entry.certificate.ura == "90000101"
        assert (entry.key.state, entry.key.provider) == ("exportable", "file")
        assert entry.chain == (pki.g4.issuing.certificate,)
        assert "PRIVATE" not in repr(entry)
        prove_possession(entry.private_key, made)

    def test_a_key_of_somebody_else_is_not_its_key(self, pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.pem"
        path.write_bytes(key_pem(pki.other_key) + pem(made))
        (entry,) = load_files([path])
        assert (entry.key.state, entry.private_key) == ("none", None)

    def test_several_certificates_in_a_file(self, pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.pem"
        path.write_bytes(pem(made) + pem(pki.g1.issuing.issue(pki.other_key.public_key())))
        assert len(load_files([path, path])) == 4

    def test_der(self, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.cer"
        path.write_bytes(der(made))
        (entry,) = load_files([path])
        assert (entry.certificate.der, entry.key.state) == (der(made), "none")

    @pytest.mark.parametrize("old", [False, True])
    def test_pkcs12(self, pki: Pki, made: x509.Certificate, tmp_path: Path, old: bool) -> None:
        path = tmp_path / "a.p12"
        path.write_bytes(p12(pki, made, pki.key, old=old))
        (entry,) = load_files([path], SECRET)
        assert (entry.key.state, len(entry.chain)) == ("exportable", 2)
        assert load_private_key(path, SECRET).private_numbers() == pki.key.private_numbers()
        assert refused(load_files, [path], "verkeerd").code == "passphrase_wrong"
        assert refused(load_files, [path]).code == "passphrase_wrong"

    @pytest.mark.parametrize("options", [["-legacy"], ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC"]])
    def test_pkcs12_of_openssl(self, pki: Pki, made: x509.Certificate, tmp_path: Path, options: list[str]) -> None:
        source, path = tmp_path / "a.pem", tmp_path / "a.p12"
        source.write_bytes(key_pem(pki.key) + pem(made))
        command = ["openssl", "pkcs12", "-export", *options, "-in", str(source), "-out", str(path)]
        subprocess.run([*command, "-passout", f"pass:{SECRET}"], check=True)
        (entry,) = load_files([path], SECRET)
        assert entry.key.state == "exportable"

    def test_pkcs12_without_a_key(self, pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.p12"
        path.write_bytes(p12(pki, made, None))
        (entry,) = load_files([path], SECRET)
        assert entry.key.state == "none"
        assert refused(load_private_key, path, SECRET).code == "key_absent"

    def test_pkcs12_with_two_keys(self, pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
        path = tmp_path / "a.p12"
        other = pki.g4.issuing.issue(pki.other_key.public_key())
        path.write_bytes(two_keys(p12(pki, made, pki.key), p12(pki, other, pki.other_key)))
        assert refused(load_files, [path], SECRET).code == "key_several"
        assert refused(load_private_key, path, SECRET).code == "key_several"

    @pytest.mark.parametrize("form", FORMATS)
    def test_encrypted_keys(self, pki: Pki, made: x509.Certificate, tmp_path: Path, form: str) -> None:
        path = tmp_path / "a.pem"
        path.write_bytes(key_pem(pki.key, SECRET, form) + pem(made))
        assert load_private_key(path, SECRET).private_numbers() == pki.key.private_numbers()
        assert refused(load_private_key, path, "verkeerd").code == "passphrase_wrong"
        assert refused(load_private_key, path).code == "passphrase_wrong"
        (entry,) = load_files([path])
        assert (entry.key.state, entry.key.reason) == ("inaccessible", "encrypted; give the passphrase")
        assert load_files([path], SECRET)[0].key.state == "exportable"

    def test_a_key_in_der(self, pki: Pki, tmp_path: Path) -> None:
        path = tmp_path / "key.der"
        path.write_bytes(pki.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        assert load_private_key(path).private_numbers() == pki.key.private_numbers()
        encryption = BestAvailableEncryption(SECRET.encode())
        path.write_bytes(pki.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption))
        assert load_private_key(path, SECRET).private_numbers() == pki.key.private_numbers()
        assert refused(load_private_key, path, "verkeerd").code == "passphrase_wrong"
        assert refused(load_private_key, path).code == "passphrase_wrong"

    @pytest.mark.parametrize("legacy", [[], ["-traditional"]])
    def test_a_file_of_openssl(self, pki: Pki, made: x509.Certificate, tmp_path: Path, legacy: list[str]) -> None:
        """The certificate first, then its encrypted key."""
        source, key, path = tmp_path / "source.pem", tmp_path / "key.pem", tmp_path / "a.pem"
        source.write_bytes(key_pem(pki.key))
        command = ["openssl", "pkey", *legacy, "-aes256", "-in", str(source), "-passout", f"pass:{SECRET}"]
        subprocess.run([*command, "-out", str(key)], check=True)
        path.write_bytes(pem(made) + key.read_bytes())
        (entry,) = load_files([path], SECRET)
        assert entry.key.state == "exportable"

    def test_an_unneeded_passphrase_is_no_mistake(self, pki: Pki, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_bytes(key_pem(pki.key))
        assert load_private_key(path, SECRET).key_size == 2048

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "certificate_unreadable"),
            (os.urandom(1_000_000), "certificate_unreadable"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "certificate_unreadable"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate_unreadable"),
            (b"0" * (8 * 1024 * 1024 + 1), "certificate_unreadable"),
        ],
        ids=["empty", "noise", "cut", "short", "huge"],
    )
    def test_noise(self, tmp_path: Path, content: bytes, code: str) -> None:
        path = tmp_path / "noise"
        path.write_bytes(content)
        assert refused(load_files, [path]).code == code

    def test_files_that_do_not_serve(self, pki: Pki, tmp_path: Path) -> None:
        assert refused(load_files, [tmp_path / "absent.pem"]).code == "file_unreadable"
        authorities = tmp_path / "ca.pem"
        authorities.write_bytes(pem(pki.g1.root.certificate))
        assert refused(load_files, [authorities]).code == "certificate_unreadable"
        curve = tmp_path / "ec.pem"
        curve.write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1())))
        assert refused(load_private_key, curve).code == "key_not_rsa"
        assert refused(load_private_key, authorities).code == "key_absent"
        noise = tmp_path / "noise.key"
        noise.write_bytes(os.urandom(1000))
        assert refused(load_private_key, noise).code == "key_unreadable"


def two_keys(first: bytes, second: bytes) -> bytes:
    """A PKCS#12 whose safe holds the contents of both; its integrity code no longer fits, and is not asked."""
    one, two = (asn1_pkcs12.Pfx.load(data) for data in (first, second))
    safe = asn1_pkcs12.AuthenticatedSafe([*one.authenticated_safe, *two.authenticated_safe])
    one["auth_safe"]["content"] = safe.dump()
    return bytes(one.dump(force=True))


class Elsewhere:
    """A key on another host, which counts what it is asked."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.key, self.asked = key, list[tuple[str, str]]()

    def __call__(self, digest: bytes, name: str, scheme: str) -> bytes:
        self.asked.append((name, scheme))
        function = {"SHA256": hashes.SHA256(), "SHA512": hashes.SHA512()}[name]
        pss = padding.PSS(padding.MGF1(function), function.digest_size)
        return self.key.sign(digest, pss if scheme == "pss" else padding.PKCS1v15(), Prehashed(function))


class TestRemoteKey:
    def test_one_call_for_a_document(self, pki: Pki, made: x509.Certificate) -> None:
        there = Elsewhere(pki.key)
        key = RemoteKey(pki.key.public_key(), there)
        for algorithm, asked in (("rsa-sha256", ("SHA256", "pkcs1")), ("rsa-pss-sha512", ("SHA512", "pss"))):
            there.asked.clear()
            assert b"SignatureValue" in sign(b"<a/>", key, made, algorithm=algorithm)
            assert there.asked == [asked]

    def test_data_and_digest_are_the_same(self, pki: Pki) -> None:
        key = RemoteKey(pki.key.public_key(), Elsewhere(pki.key))
        digest = hashlib.sha256(b"zorg").digest()
        plain = key.sign(b"zorg", padding.PKCS1v15(), hashes.SHA256())
        assert plain == key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))

    def test_a_signature_of_another_key_is_not_handed_on(self, pki: Pki, made: x509.Certificate) -> None:
        key = RemoteKey(pki.key.public_key(), Elsewhere(pki.other_key))
        assert refused(key.sign, b"x", padding.PKCS1v15(), hashes.SHA256()).code == "key_mismatch"
        assert refused(prove_possession, pki.other_key, made).code == "key_mismatch"

    def test_a_host_that_hashes_gets_the_data_and_no_digest(self, pki: Pki) -> None:
        given: list[tuple[bytes, str, str]] = []

        def there(data: bytes, name: str, scheme: str) -> bytes:
            given.append((data, name, scheme))
            return pki.key.sign(data, padding.PKCS1v15(), hashes.SHA384())

        key = RemoteKey(pki.key.public_key(), there, hashes_there=True)
        key.sign(b"zorg", padding.PKCS1v15(), hashes.SHA384())
        assert given == [(b"zorg", "SHA384", "pkcs1")]
        digest = hashlib.sha256(b"zorg").digest()
        error = refused(key.sign, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        assert (error.code, len(given)) == ("padding_unsupported", 1)

    def test_a_challenge_can_be_taken_for_nothing_else(self, pki: Pki, made: x509.Certificate) -> None:
        given: list[bytes] = []

        def there(data: bytes, name: str, scheme: str) -> bytes:
            given.append(data)
            return pki.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

        key = RemoteKey(pki.key.public_key(), there, hashes_there=True)
        prove_possession(key, made)
        prove_possession(key, made)
        assert [one[:31] for one in given] == [b"gbz.zorgid proof of possession\0"] * 2
        assert [len(one) for one in given] == [63, 63]
        assert given[0] != given[1]

    def test_it_only_signs(self, pki: Pki) -> None:
        key = RemoteKey(pki.key.public_key(), Elsewhere(pki.key))
        assert refused(key.private_numbers).code == "key_not_exportable"
        assert (
            refused(key.private_bytes, Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).code == "key_not_exportable"
        )
        assert refused(key.decrypt, b"", padding.PKCS1v15()).code == "key_not_exportable"
        salt = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        assert refused(key.sign, b"x", salt, hashes.SHA256()).code == "padding_unsupported"


@pytest.fixture(scope="session")
def token(pki: Pki, made: x509.Certificate, softhsm: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token with certificate and key, made with SoftHSM's and OpenSC's own means; its driver."""
    folder = tmp_path_factory.mktemp("token")
    key = folder / "key.pem"
    key.write_bytes(key_pem(pki.key))
    run = ["softhsm2-util", "--pin", "1234"]
    subprocess.run([*run, "--import", str(key), "--token", "zorgid", "--label", "linde", "--id", "A1"], check=True)
    import pkcs11

    with pkcs11.lib(softhsm).get_token(token_label="zorgid").open(user_pin="1234", rw=True) as session:
        for label, number, certificate in [("linde", 0xA1, made), ("issuer", 0xA2, pki.g4.issuing.certificate)]:
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.LABEL: label,
                    pkcs11.Attribute.ID: bytes([number]),
                    pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                    pkcs11.Attribute.VALUE: der(certificate),
                }
            )
    return softhsm


class TestToken:
    def test_a_wrong_pin(self, token: str) -> None:
        # First of all: a login counts for the whole process.
        error = refused(open_token, token, "zorgid", "4321")
        assert (error.code, error.found) == ("pkcs11_pin_wrong", "a wrong PIN; few tries are left")

    def test_it_signs(self, pki: Pki, token: str, made: x509.Certificate) -> None:
        (entry,) = open_token(token, "zorgid", "1234", "linde")
        assert entry.chain == ()
        (entry,) = open_token(token, "zorgid", "1234")
        assert entry.chain == (pki.g4.issuing.certificate,)
        assert (entry.certificate.ura, entry.key.state, entry.key.provider) == ("90000101", "not_exportable", "pkcs11")
        assert entry.private_key is not None
        for algorithm in ("rsa-sha256", "rsa-sha512", "rsa-pss-sha256"):
            # RemoteKey verifies each signature with the certificate's own key before it hands it on.
            assert b"SignatureValue" in sign(b"<a/>", entry.private_key, made, algorithm=algorithm)

    def test_refusals(self, token: str) -> None:
        assert refused(open_token, token, "other", "1234").code == "pkcs11_failed"
        assert refused(open_token, "/nowhere.so", "zorgid", "1234").code == "pkcs11_failed"
        assert refused(open_token, token, "zorgid", "1234", "anker").code == "certificate_not_found"

    def test_the_actions_read_it(self, pki: Pki, token: str, tmp_path: Path) -> None:
        """As a playbook does it: chosen and judged; its key cannot be exported."""
        files = {**pki.files(tmp_path), "revocation": "off", "pkcs11_module": token, "pkcs11_token": "zorgid"}
        files |= {"pkcs11_pin": "1234", "ura": "90000101"}

        def task(module: str, options: dict[str, Any]) -> Any:
            command = ["ansible", "localhost", "-m", f"gbz.zorgid.{module}", "-a", json.dumps({**files, **options})]
            environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "ANSIBLE_HOME": str(tmp_path)}
            command += ["--tree", str(tmp_path / "tree")]
            subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)
            return json.loads((tmp_path / "tree" / "localhost").read_text())

        selected = task("uzi_certificate_info", {})["selected"]
        assert (selected["usable"], selected["key"]["provider"], selected["source"]) == (True, "pkcs11", "zorgid")
        secret = {"format": "pkcs12", "export_passphrase": SECRET, "dest": str(tmp_path / "a.p12")}
        assert task("uzi_certificate_export", secret)["error_code"] == "key_not_exportable"
