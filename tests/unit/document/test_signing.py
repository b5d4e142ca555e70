# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every form of signature, judged by programs that are not ours."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
import xmlsec
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import ALGORITHMS, sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import verify
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party, issue, program
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
KINDS = [
    *itertools.product(["rsa-sha256", "rsa-pss-sha256"], [False, True]),
    *[(algorithm, False) for algorithm in ALGORITHMS if not algorithm.endswith("256")],
]
PRETTY = (
    b'<?xml version="1.0"?>\n<!-- form -->\n<f:a xmlns:f="urn:f" Id="x">\n'
    b" <f:ura>90000101</f:ura>\n <f:here/>\n</f:a>\n"
)


def file_name(algorithm: str, xades: bool) -> str:
    return f"{algorithm}-{'xades' if xades else 'plain'}.xml"


@pytest.fixture(scope="module")
def signed(linde: Party, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a document in every form, its certificate, and the document alone."""
    folder = tmp_path_factory.mktemp("signed")
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<d xmlns="urn:x" xmlns:u="urn:u" a="é">\n <URA>90000101</URA>\n</d>'
    )
    (folder / "document.xml").write_text(document, encoding="utf-8")
    (folder / "certificate.pem").write_bytes(linde.certificate.public_bytes(Encoding.PEM))
    for algorithm, xades in KINDS:
        made = sign(
            document.encode(),
            linde.key,
            linde.certificate,
            chain=[linde.ca],
            algorithm=algorithm,
            xades=xades,
        )
        (folder / file_name(algorithm, xades)).write_bytes(made)
    return folder


@pytest.mark.parametrize(("algorithm", "xades"), KINDS)
def test_we_verify_ours(signed: Path, algorithm: str, xades: bool) -> None:
    found = verify((signed / file_name(algorithm, xades)).read_bytes(), judge=None, ura="90000101")
    assert found.valid, found.report()
    assert found.signed_content is not None
    assert found.signed_content.tag == "{urn:x}d"
    assert found.signer is not None
    assert found.signer["xades"] is xades
    assert (found.signer["claimed_signing_time"] is not None) is xades


@pytest.mark.parametrize(("algorithm", "xades"), [kind for kind in KINDS if "pss" not in kind[0]])
def test_xmlsec1_verifies_ours(signed: Path, algorithm: str, xades: bool) -> None:
    command = [
        program("xmlsec1", "xmlsec1"),
        "--verify",
        "--insecure",
        "--pubkey-cert-pem",
        "certificate.pem",
        "--enabled-key-data",
        "rsa",
    ]
    for element in (f"{DS}:KeyInfo", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"):
        command += ["--id-attr:Id", element]
    run = subprocess.run(
        [*command, file_name(algorithm, xades)], cwd=signed, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(("algorithm", "xades"), KINDS)
def test_python_xmlsec_verifies_ours(signed: Path, algorithm: str, xades: bool) -> None:
    root = etree.parse(str(signed / file_name(algorithm, xades))).getroot()
    node = xmlsec.tree.find_node(root, "Signature")
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(signed / "certificate.pem"), xmlsec.constants.KeyDataFormatCertPem)
    context.verify(node)
    root.find(".//{urn:x}URA").text = "90000102"
    again = xmlsec.SignatureContext()
    again.key = xmlsec.Key.from_file(str(signed / "certificate.pem"), xmlsec.constants.KeyDataFormatCertPem)
    with pytest.raises(xmlsec.VerificationError):
        again.verify(node)


def test_java_verifies_ours(signed: Path, java: list[str]) -> None:
    names = [file_name(*kind) for kind in KINDS]
    changed = (signed / names[0]).read_bytes().replace(b"90000101", b"90000102")
    (signed / "changed.xml").write_bytes(changed)
    run = subprocess.run(
        [*java, "verify", str(signed / "certificate.pem"), str(signed), *names, "changed.xml"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [*(f"{name} true" for name in names), "changed.xml false"], run.stderr


def test_outside_of_the_signature_no_byte_changes(linde: Party) -> None:
    made = sign(PRETTY, linde.key, linde.certificate)
    start, end = made.index(b"<ds:Signature"), made.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert made[:start] + made[end:] == PRETTY
    assert verify(made, judge=None, ura="90000101").valid


def test_the_signature_stands_where_it_is_asked_for(linde: Party) -> None:
    made = sign(PRETTY, linde.key, linde.certificate, place="/f:a/f:here")
    assert b"<f:here><ds:Signature" in made
    assert verify(made, judge=None, ura="90000101").valid


def test_the_signature_has_the_certificate_and_no_key_value(linde: Party, unsigned: bytes) -> None:
    signature = etree.fromstring(sign(unsigned, linde.key, linde.certificate, chain=[linde.ca], xades=True)).find(
        f".//{{{DS}}}Signature"
    )
    assert signature is not None
    assert len(signature.findall(f".//{{{DS}}}X509Certificate")) == 2
    assert signature.find(f".//{{{DS}}}KeyValue") is None


def test_the_key_is_used_once(linde: Party, unsigned: bytes) -> None:
    class Counting:
        calls = 0

        def __getattr__(self, name: str) -> object:
            return getattr(linde.key, name)

        def sign(self, *arguments: object, **named: object) -> bytes:
            self.calls += 1
            return linde.key.sign(*arguments, **named)  # type: ignore[arg-type]

    key = Counting()
    sign(unsigned, key, linde.certificate, xades=True)  # type: ignore[arg-type]
    assert key.calls == 1


def test_what_cannot_be_signed(linde: Party, anker: Party, unsigned: bytes) -> None:
    signed_once = sign(unsigned, linde.key, linde.certificate)
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the case that is refused
    weak = Party(small, _certificate_of(small, linde), linde.ca)
    cases = [
        (lambda: sign(signed_once, linde.key, linde.certificate), "document_already_signed"),
        (lambda: sign(b'<a xmlns="relative"/>', linde.key, linde.certificate), "document_not_canonical"),
        (lambda: sign(unsigned, anker.key, linde.certificate), "key_certificate_mismatch"),
        (lambda: sign(unsigned, weak.key, weak.certificate), "key_too_small"),
        (lambda: sign(unsigned, linde.key, linde.certificate, algorithm="rsa-sha1"), "signature_algorithm_refused"),
        (lambda: sign(unsigned, linde.key, linde.certificate, place="//absent"), "signature_place_invalid"),
        (lambda: sign(unsigned, linde.key, linde.certificate, place="//["), "xpath_invalid"),
    ]
    for act, code in cases:
        with pytest.raises(ZorgidError) as caught:
            act()
        assert caught.value.code == code


def _certificate_of(key: rsa.RSAPrivateKey, issuer: Party) -> x509.Certificate:
    return issue(issuer.key, issuer.ca.subject, key, "90000101")
