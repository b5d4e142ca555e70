# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as people have them: what editors, shells, browsers and other programs make of certificates and keys."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import armour
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.files import load_certificates, load_files
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.keyfiles import load_private_key
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    Authority,
    Pki,
    der,
    name_of,
    pem,
)
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)

SECRET = "wachtwoord"


@pytest.fixture(scope="session")
def made(pki: Pki) -> x509.Certificate:
    return pki.g4.issuing.issue(pki.key.public_key())


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def refused(call: Callable[..., Any], *given: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(*given)
    assert SECRET not in str(caught.value)
    return caught.value


def key_pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, secret: str | None = None) -> bytes:
    encryption = BestAvailableEncryption(secret.encode()) if secret else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption)


def block(label: str, content: bytes = b"0\x03\x02\x01\x05") -> bytes:
    return b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (label.encode(), base64.b64encode(content), label.encode())


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "PowerShell's >": lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"),
    "UTF-16 big endian": lambda data: b"\xfe\xff" + data.decode().encode("utf-16-be"),
    "UTF-16 LE without a mark": lambda data: data.decode().encode("utf-16-le"),
    "UTF-16 BE without a mark": lambda data: data.decode().encode("utf-16-be"),
    "UTF-32": lambda data: data.decode().encode("utf-32"),
    "Windows lines": lambda data: data.replace(b"\n", b"\r\n"),
    "old Mac lines": lambda data: data.replace(b"\n", b"\r"),
    "lines twice as many": lambda data: data.replace(b"\n", b"\r\r\n"),
    "blank lines between": lambda data: data.replace(b"\n", b"\n\n"),
    "trailing blanks": lambda data: data.replace(b"\n", b" \t\n"),
    "indented": lambda data: b"  " + data.replace(b"\n", b"\n  "),
    "no-break spaces": lambda data: data.replace(b"\n", b"\xc2\xa0\n"),
    "zero width spaces": lambda data: data.replace(b"\n", b"\xe2\x80\x8b\n"),
    "no last newline": lambda data: data.rstrip(),
    "blanks instead of lines": lambda data: data.replace(b"\n", b" "),
    "no lines at all": lambda data: data.replace(b"\n", b""),
    "lines written out": lambda data: data.replace(b"\n", b"\\n"),
    "bag attributes": lambda data: (
        b"Bag Attributes\n    friendlyName: Caf\xe9\nsubject=CN=a -----x\n\n" + data + b"rest\n"
    ),
    "a text before": lambda data: b"Geachte heer,\n\n" + data,
    "a NUL behind": lambda data: data + b"\0\0",
    "padding lost": lambda data: data.replace(b"=", b""),
    "without armour": lambda data: b"".join(data.splitlines()[1:-1]),
    "without armour, in lines": lambda data: b"\r\n".join(data.splitlines()[1:-1]) + b"\r\n",
    "without armour, UTF-16": lambda data: b"\xff\xfe" + b"".join(data.splitlines()[1:-1]).decode().encode("utf-16-le"),
    "OpenSSL's old name": lambda data: data.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_whoever_wrote_it(pki: Pki, made: x509.Certificate, tmp_path: Path, writer: str) -> None:
    path = written(tmp_path, WRITERS[writer](pem(made)))
    (entry,) = load_files([path])
    assert entry.certificate.der == der(made)
    written(tmp_path, WRITERS[writer](pem(pki.g1.root.certificate)))
    assert load_certificates(path) == ([pki.g1.root.certificate], [])


def test_a_key_whoever_wrote_it(pki: Pki, tmp_path: Path) -> None:
    for name in ("PowerShell's >", "old Mac lines", "byte order mark", "blanks instead of lines", "lines written out"):
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
            path = written(tmp_path, WRITERS[name](key_pem(pki.key, form)))
            assert load_private_key(path).private_numbers() == pki.key.private_numbers(), name
    for name in ("Windows lines", "PowerShell's >", "trailing blanks"):
        path = written(tmp_path, WRITERS[name](key_pem(pki.key, PrivateFormat.TraditionalOpenSSL, SECRET)))
        assert load_private_key(path, SECRET).private_numbers() == pki.key.private_numbers(), name


def bundle(certificates: list[x509.Certificate], form: str) -> bytes:
    data = pkcs7.serialize_certificates(certificates, Encoding.DER)
    return data if form == "DER" else base64.b64encode(data) if form == "base64" else block(form, data)


@pytest.mark.parametrize("form", ["DER", "base64", "PKCS7", "CMS", "PKCS #7 SIGNED DATA", "CERTIFICATE"])
def test_pkcs7_everywhere(pki: Pki, made: x509.Certificate, tmp_path: Path, form: str) -> None:
    chain = [pki.g4.issuing.certificate, pki.g4.services.certificate]
    (entry,) = load_files([written(tmp_path, bundle([made, *chain], form))])
    assert (entry.certificate.der, set(entry.chain)) == (der(made), set(chain))
    anchors, others = tmp_path / "anchors.p7b", tmp_path / "others.p7c"
    anchors.write_bytes(bundle([pki.g4.root.certificate], form))
    others.write_bytes(bundle(chain, form))
    judge = Judge(trust_anchors=anchors, intermediates=others, revocation="off")
    assert judge.judge(entry.certificate).usable


def test_pkcs7_of_openssl(pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
    source, path = tmp_path / "a.pem", tmp_path / "a.p7b"
    source.write_bytes(pem(made) + pem(pki.g4.issuing.certificate))
    for form in ("PEM", "DER"):
        command = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", str(source), "-outform", form, "-out", str(path)]
        subprocess.run(command, check=True)
        assert load_files([path])[0].chain == (pki.g4.issuing.certificate,)


def test_a_trusted_certificate_of_openssl(made: x509.Certificate, tmp_path: Path) -> None:
    source, path = tmp_path / "a.pem", tmp_path / "b.pem"
    source.write_bytes(pem(made))
    command = ["openssl", "x509", "-in", str(source), "-trustout", "-addtrust", "serverAuth", "-out", str(path)]
    subprocess.run(command, check=True)
    assert b"TRUSTED CERTIFICATE" in path.read_bytes()
    assert load_files([path])[0].certificate.der == der(made)


def test_the_same_certificate_twice_in_a_file(made: x509.Certificate, tmp_path: Path) -> None:
    assert len(load_files([written(tmp_path, pem(made) * 3)])) == 1


@pytest.mark.parametrize(
    "label",
    ["PUBLIC KEY", "CERTIFICATE REQUEST", "X509 CRL", "DH PARAMETERS", "EC PARAMETERS", "ATTRIBUTE CERTIFICATE"],
)
def test_no_part_is_dropped_without_a_word(pki: Pki, made: x509.Certificate, tmp_path: Path, label: str) -> None:
    files = pki.files(tmp_path)
    path = written(tmp_path, pem(made) + block(label))
    (entry,) = load_files([path])
    assert [one.code for one in entry.problems] == ["certificate_file_parts"]
    assert f"block 2 ({label})" in entry.problems[0].message
    assert entry.problems[0].severity == "warning"
    anchors = Path(files["trust_anchors"])
    anchors.write_bytes(anchors.read_bytes() + block(label))
    judged = Judge(**files, revocation="off").judge(entry.certificate)
    assert judged.usable
    assert f"{anchors}: block 3 ({label})" in " ".join(one.message for one in judged.problems)
    alone = written(tmp_path, block(label))
    assert f"only block 1 ({label})" in str(refused(load_files, [alone]))
    assert f"only block 1 ({label})" in str(refused(load_certificates, alone))


@pytest.mark.parametrize("bundle", ["trust_anchors", "intermediates"])
def test_a_certificate_among_the_authorities_is_warned_about(
    pki: Pki, made: x509.Certificate, tmp_path: Path, bundle: str
) -> None:
    files = pki.files(tmp_path)
    (entry,) = load_files([written(tmp_path, pem(made))])
    judge = Judge(**files, revocation="off")
    assert "certificate_file_parts" not in [one.code for one in judge.judge(entry.certificate).problems]
    Path(files[bundle]).write_bytes(Path(files[bundle]).read_bytes() + pem(made))
    judged = Judge(**files, revocation="off").judge(entry.certificate)
    assert judged.usable
    (reported,) = [one for one in judged.problems if one.code == "certificate_file_parts"]
    assert reported.severity == "warning"
    assert files[bundle] in reported.message
    assert "which is not a CA certificate" in reported.message


@pytest.mark.parametrize(
    ("damage", "reported"),
    [
        (lambda a, b: a + b.replace(b"M", b"!"), "block 2 (CERTIFICATE) is damaged: it is not base64"),
        (lambda a, b: a + b.rsplit(b"-----END", 1)[0], "block 2 (CERTIFICATE) is cut off"),
        (lambda a, b: a.rsplit(b"-----END", 1)[0] + b, "block 1 (CERTIFICATE) is cut off"),
        (lambda a, b: a + b.split(b"\n", 1)[1], "an END line without a BEGIN line (END CERTIFICATE) where block 2"),
        (lambda a, b: a + b[:200] + b"\n-----END CERTIFICATE-----\n", "block 2 (CERTIFICATE) is damaged"),
        (
            lambda a, b: a + b.replace(b"END CERTIFICATE", b"END PKCS7"),
            "block 2 begins as CERTIFICATE and ends as PKCS7",
        ),
        (
            lambda a, b: a + b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "block 2 (CERTIFICATE) is empty",
        ),
        (lambda a, b: a + block("CERTIFICATE", b"0" * 70_000), "block 2 (CERTIFICATE) is damaged, or no certificate"),
        (lambda a, b: a.replace(b"-----", "–––––".encode()), "do not have five hyphens"),
        (lambda a, b: a.replace(b"-----", b"----"), "do not have five hyphens"),
    ],
)
def test_damage_has_a_place(
    pki: Pki, made: x509.Certificate, tmp_path: Path, damage: Callable[[bytes, bytes], bytes], reported: str
) -> None:
    error = refused(load_files, [written(tmp_path, damage(pem(made), pem(pki.g4.issuing.certificate)))])
    assert (error.code, reported in str(error)) == ("certificate_unreadable", True), str(error)


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"", "an empty file"),
        (b"\r\n \0", "an empty file"),
        (b"\n<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        ("\ufeff<HTML>404".encode(), "a web page"),
        (b"<?xml version='1.0'?><EntityDescriptor/>", "an XML document"),
        (b'{"certificate": "MIID"}', "a JSON document"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"\xfe\xed\xfe\xed\0\0\0\x02", "a Java key store (JKS)"),
        (b"\0\0\0\0CERT\x03\0\0\0", "a Microsoft certificate store (SST)"),
        (b"\x1e\xf1\xb5\xb0\0\0\0\0", "PVK"),
        (b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "PuTTY (PPK)"),
        (b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@host\n", "a public key of SSH"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n", "a key of SSH"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Outlook"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", "decrypt it first"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n=aaaa\n-----END PGP MESSAGE-----\n", "a file of PGP"),
        (b"Dit is geen certificaat.", "a text without a PEM block"),
        (b"QUJD" * 40, "bytes that are neither PEM nor DER"),
        (b"\xca\xfe\xba\xbe" * 40, "neither PEM nor DER"),
    ],
)
def test_other_files_are_said_as_what_they_are(tmp_path: Path, content: bytes, reported: str) -> None:
    path = written(tmp_path, content)
    for call in (lambda: load_files([path]), lambda: load_certificates(path)):
        error = refused(call)
        assert (error.code, reported in str(error)) == ("certificate_unreadable", True), str(error)
    error = refused(load_private_key, path)
    assert (error.code, reported in str(error)) == ("key_unreadable", True)


def test_a_request_is_no_certificate(pki: Pki, tmp_path: Path) -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(name_of("a")).sign(pki.key, SHA256())
    path = written(tmp_path, request.public_bytes(Encoding.DER))
    assert "is a certificate request, not a certificate" in str(refused(load_files, [path]))
    path = written(tmp_path, pki.g1.issuing.crl())
    assert "is a certificate revocation list (CRL), not a certificate" in str(refused(load_files, [path]))


def test_an_authority_given_as_the_certificate_is_said(pki: Pki, tmp_path: Path) -> None:
    own = Authority(name_of("zelfgemaakt"), pki.other_key, pss=False)
    own.make(own, 0)
    reported = str(refused(load_files, [written(tmp_path, pem(own.certificate))]))
    assert "CN=zelfgemaakt" in reported
    assert "is a self-signed CA certificate (CA:TRUE)" in reported
    reported = str(
        refused(load_files, [written(tmp_path, pem(pki.g1.issuing.certificate) + pem(pki.g1.root.certificate))])
    )
    assert ("signed itself" in reported, "1 others like it" in reported) == (False, True)


@pytest.mark.parametrize(
    ("content", "code", "reported"),
    [
        (lambda k: key_pem(k, PrivateFormat.OpenSSH), "key_unreadable", "ssh-keygen -p -m PKCS8"),
        (
            lambda k: key_pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.TraditionalOpenSSL),
            "key_not_rsa",
            "",
        ),
        (lambda k: key_pem(ec.generate_private_key(ec.SECP256R1())), "key_not_rsa", ""),
        (lambda k: block("TSS2 PRIVATE KEY"), "key_unreadable", "block 1 (TSS2 PRIVATE KEY), a kind of key"),
        (lambda k: block("RSA PRIVATE KEY"), "key_unreadable", "block 1 (RSA PRIVATE KEY) is damaged"),
        (lambda k: key_pem(k) * 2, "key_several", ""),
        (
            lambda k: k.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "key_absent",
            "",
        ),
        (
            lambda k: (
                b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: RC2-40-CBC,0011223344556677\n\n"
                b"MIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"
            ),
            "key_unreadable",
            "not supported",
        ),
    ],
)
def test_keys_of_other_kinds(
    pki: Pki, tmp_path: Path, content: Callable[[rsa.RSAPrivateKey], bytes], code: str, reported: str
) -> None:
    error = refused(load_private_key, written(tmp_path, content(pki.key)), SECRET)
    assert (error.code, reported in str(error)) == (code, True), str(error)


def test_a_key_without_its_certificate(pki: Pki, tmp_path: Path) -> None:
    reported = str(refused(load_files, [written(tmp_path, key_pem(pki.key))]))
    assert "a private key without its certificate (block 1 (PRIVATE KEY))" in reported


def test_pkcs12_of_every_sort(pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
    def p12(certificate: x509.Certificate | None, key: Any, secret: bytes | None, *others: x509.Certificate) -> bytes:
        encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"a", key, certificate, list(others), encryption)

    whole = p12(made, pki.key, SECRET.encode())
    assert "no passphrase was given" in str(refused(load_files, [written(tmp_path, whole)]))
    assert "does not open it" in str(refused(load_files, [written(tmp_path, whole)], "verkeerd"))
    # As a pipeline keeps it.
    assert load_files([written(tmp_path, base64.encodebytes(whole))], SECRET)[0].private_key is not None
    assert load_files([written(tmp_path, p12(made, pki.key, None))])[0].private_key is not None
    path = written(tmp_path, p12(None, None, SECRET.encode(), pki.g4.root.certificate))
    assert "is a self-signed CA certificate" in str(refused(load_files, [path], SECRET))
    assert "a PKCS#12" in str(refused(load_certificates, path))
    path = written(tmp_path, p12(None, pki.key, SECRET.encode()))
    assert "the PKCS#12 contains no certificate" in str(refused(load_files, [path], SECRET))
    assert load_private_key(path, SECRET).key_size == 2048


@pytest.mark.parametrize("command", [["-passout", "pass:"], ["-passout", "pass:", "-nomac"]])
def test_a_pkcs12_with_an_empty_passphrase(
    pki: Pki, made: x509.Certificate, tmp_path: Path, command: list[str]
) -> None:
    source, path = tmp_path / "a.pem", tmp_path / "a.p12"
    source.write_bytes(key_pem(pki.key) + pem(made))
    subprocess.run(["openssl", "pkcs12", "-export", "-in", str(source), "-out", str(path), *command], check=True)
    assert load_files([path])[0].private_key is not None
    assert load_files([path], "")[0].private_key is not None


def test_rounds_without_end_are_not_counted(pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
    encryption = BestAvailableEncryption(SECRET.encode())
    file = asn1_pkcs12.Pfx.load(pkcs12.serialize_key_and_certificates(None, pki.key, made, [], encryption))
    file["mac_data"]["iterations"] = 2**31 - 1
    error = refused(load_files, [written(tmp_path, file.dump(force=True))], SECRET)
    assert (error.code, "rounds" in str(error)) == ("key_unreadable", True)


def test_a_file_of_many_blocks_is_counted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    monkeypatch.setattr(armour, "_block", lambda number, *_: opened.append(number))
    path = written(tmp_path, block("CERTIFICATE") * (armour.MOST_BLOCKS + 1))
    assert "more than 2000 blocks" in str(refused(load_files, [path]))
    assert opened == []


def test_a_large_block_is_not_opened(tmp_path: Path) -> None:
    big = b"0\x83\x02\x00\x00" + b"\x30\x82\xff\xff" + bytes(0xFFFF) + b"\x30\x00\x03\x01\x00"
    big = b"0\x83" + (len(big) - 5).to_bytes(3, "big") + big[5:]
    assert "more than any certificate" in str(refused(load_certificates, written(tmp_path, big)))


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN CERTIFICATE-----\nA: b\n" + b" " * 2_000_000 + b"-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n" + b"A: b\n" * 400_000 + b"-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nA:" + b"\n \t" * 700_000 + b"-----END CERTIFICATE-----\n",
        b"BEGIN " * 400_000,
        b"-----BEGIN " * 200_000,
        b"-----" + b"\n" * 2_000_000 + b"-----BEGIN x" + b" " * 2_000_000,
    ],
)
def test_a_large_text_takes_no_square_of_time(tmp_path: Path, content: bytes) -> None:
    """Each took minutes to hours; ten seconds guard against a hang."""
    start = time.monotonic()
    assert refused(load_files, [written(tmp_path, content)]).code == "certificate_unreadable"
    assert time.monotonic() - start < 10


def test_a_pkcs12_in_armour_stands_alone(pki: Pki, made: x509.Certificate, tmp_path: Path) -> None:
    data = pkcs12.serialize_key_and_certificates(b"k", pki.key, made, None, BestAvailableEncryption(SECRET.encode()))
    (entry,) = load_files([written(tmp_path, block("PKCS12", data))], SECRET)
    assert entry.key.state == "exportable"
    for other in (block("PKCS12", data), pem(made), key_pem(pki.key)):
        assert "beside other" in str(refused(load_files, [written(tmp_path, block("PKCS12", data) + other)], SECRET))
