# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates, judged by OpenSSL, which had no part in making them."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from zorgid_sandbox import pki, supervisor
from zorgid_sandbox.pki.hierarchies import AUTHORITIES, Authorities
from zorgid_sandbox.pki.profile import Request, issue
from zorgid_sandbox.state import State, address

DEMO = Path(__file__).resolve().parents[3] / "sandbox" / "scenarios" / "demo.yml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki") / "state"
    State(folder).make()
    supervisor.prepare(State(folder), DEMO)
    threading.Thread(target=pki.serve, args=(folder,), daemon=True).start()
    while not (folder / "run" / "pki.json").exists():
        threading.Event().wait(0.01)
    return folder


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates((folder / "pki" / "files" / f"{name}.pem").read_bytes())[0]


def fetch(url: str, data: bytes | None = None) -> bytes:
    assert url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(url, data) as answer:  # noqa: S310 - loopback, asserted
        return answer.read()


def openssl_verify(folder: Path, name: str, tmp_path: Path, variables: dict | None = None) -> str:
    """OpenSSL's word on the chain and every CRL on it, fetched from where the certificates point."""
    variables = variables or pki.variables(folder)
    crls = []
    for number, path in enumerate(variables["crls"]):
        crl = x509.load_der_x509_crl(Path(path).read_bytes())
        crls += ["-CRLfile", str(tmp_path / f"{number}.pem")]
        (tmp_path / f"{number}.pem").write_bytes(crl.public_bytes(pki.Encoding.PEM))
    chain = str(folder / "pki" / "files" / f"{name}.pem")
    bundles = ["-trusted", variables["trust_anchors"], "-untrusted", variables["intermediates"], "-untrusted", chain]
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-crl_check_all", *bundles, *crls, chain],
        capture_output=True,
        text=True,
        check=False,
    )
    return "OK" if done.returncode == 0 else done.stderr


@pytest.mark.parametrize("name", ["huisartsenpraktijk_de_linde", "apotheek_het_anker", "thuiszorg_zonneveld"])
def test_openssl_accepts_the_organisations_certificates(folder, name, tmp_path):
    assert openssl_verify(folder, name, tmp_path) == "OK"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("expired", "certificate has expired"),
        ("not_yet_valid", "certificate is not yet valid"),
        ("revoked", "0 depth lookup: certificate revoked"),
        ("revoked_g4", "0 depth lookup: certificate revoked"),
        ("revoked_issuer", "1 depth lookup: certificate revoked"),
        ("acceptance", "unable to get local issuer certificate"),
        ("acceptance_g4", "unable to get local issuer certificate"),
        ("untrusted", "unable to get local issuer certificate"),
        ("self_signed", "self-signed certificate"),
    ],
)
def test_openssl_refuses_the_bad_ones_for_their_own_reason(folder, name, said, tmp_path):
    assert said in openssl_verify(folder, name, tmp_path)


@pytest.mark.parametrize("name", ["acceptance", "acceptance_g4"])
def test_acceptance_is_good_under_its_own_roots(folder, name, tmp_path):
    assert openssl_verify(folder, name, tmp_path, pki.variables(folder)["acceptance"]) == "OK"


def test_the_g4_profile_is_cibgs(folder):
    one = certificate(folder, "thuiszorg_zonneveld")
    assert one.issuer.rfc4514_string() == "CN=UZI Server - G4 PKIo Priv G-TLS SYS - 2025,O=CIBG,C=NL"
    scheme = one.signature_algorithm_parameters
    assert isinstance(scheme, padding.PSS)
    assert (scheme._salt_length, scheme.mgf._algorithm.name, one.signature_hash_algorithm.name) == (
        64,
        "sha512",
        "sha512",
    )
    assert one.public_key().key_size == 4096
    policies = one.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == [
        "2.16.528.1.1003.1.2.44.15.35.11",
        "0.4.0.2042.1.1",
    ]
    names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    others = {other.type_id.dotted_string: other.value for other in names.get_values_for_type(x509.OtherName)}
    text = b"2.16.528.1.1003.1.3.5.5.5-1-90030303-S-90000303-00.000-41054321"
    assert others["2.5.5.5"] == b"\x16" + bytes([len(text)]) + text
    # SEQUENCE { UTF8String URA, OID 2.16.528.1.1007.3.3 }
    assert others["1.3.6.1.5.5.7.8.3"].hex() == "3014" + "0c08" + b"90000303".hex() + "0608" + "60841001876f0303"


def test_the_g1_profile_keeps_leading_zeros(folder):
    one = certificate(folder, "apotheek_het_anker")
    assert one.issuer.rfc4514_string() == "CN=UZI-register Private Server CA G1,O=CIBG,C=NL"
    assert isinstance(one.signature_algorithm_parameters, padding.PKCS1v15)
    names = one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.OtherName)[0].value.endswith(b"-1-00020202-S-00000202-00.000-02098765")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("personal", b"-91000001-Z-90000101-01.015-"),
        ("other_ura", b"-S-99999999-"),
        ("printable", b"\x13"),
        ("raw", b"\x04"),
        ("acceptance", b"2.16.528.1.1007.99.2110-"),
        ("ura_conflict", b"-S-90000101-"),
    ],
)
def test_bad_names_carry_what_they_are_named_for(folder, name, value):
    names = certificate(folder, name).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uzi, permanent = names.get_values_for_type(x509.OtherName)
    assert value in uzi.value
    assert (b"99999998" in permanent.value) == (name == "ura_conflict")


def test_no_ura_has_only_a_dns_name(folder):
    names = certificate(folder, "no_ura").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [type(name) for name in names] == [x509.DNSName]


def test_keys_lie_in_files_only_where_the_scenario_lets_them(folder):
    files = folder / "pki" / "files"
    assert (files / "huisartsenpraktijk_de_linde.key.pem").exists()
    for name in ("apotheek_het_anker", "thuiszorg_zonneveld"):
        assert not list(files.glob(f"{name}.key.pem")) + list(files.glob(f"{name}.p12"))
    held = pkcs12.load_pkcs12((files / "huisartsenpraktijk_de_linde.p12").read_bytes(), b"sandbox")
    assert held.key.public_key() == held.cert.certificate.public_key()
    assert len(held.additional_certs) == 2


def test_crl_and_issuer_are_where_the_certificate_points(folder):
    one = certificate(folder, "revoked_g4")
    point = one.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name[0].value
    crl = x509.load_der_x509_crl(fetch(point))
    issuer = Authorities(folder).certificates["g4-uzi"]
    access = one.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    urls = {description.access_method._name: description.access_location.value for description in access}
    assert x509.load_der_x509_certificate(fetch(urls["caIssuers"])) == issuer
    assert crl.is_signature_valid(issuer.public_key())
    assert crl.get_revoked_certificate_by_serial_number(one.serial_number) is not None
    assert crl.next_update_utc > one.not_valid_before_utc


def _ocsp(folder: Path, subject: x509.Certificate, issuer: x509.Certificate) -> ocsp.OCSPResponse:
    nonce = x509.OCSPNonce(b"0123456789abcdef")
    request = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, hashes.SHA256())
    request = request.add_extension(nonce, critical=False).build()
    port = address(folder, "pki")["port"]
    answer = ocsp.load_der_ocsp_response(fetch(f"http://127.0.0.1:{port}/ocsp", request.public_bytes(pki.Encoding.DER)))
    if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
        assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value == nonce
        issuer.public_key().verify(
            answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), answer.signature_hash_algorithm
        )
    return answer


def test_ocsp_tells_good_revoked_unknown_and_not_mine(folder):
    held = Authorities(folder).certificates
    good, revoked = certificate(folder, "thuiszorg_zonneveld"), certificate(folder, "revoked_g4")
    assert _ocsp(folder, good, held["g4-uzi"]).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert _ocsp(folder, revoked, held["g4-uzi"]).certificate_status is ocsp.OCSPCertStatus.REVOKED
    wanted = Request("never", "g4-uzi", "1", "Niemand", "never.example", "1")
    never_recorded = issue(Authorities(folder), wanted, good.public_key())
    assert _ocsp(folder, never_recorded, held["g4-uzi"]).certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    stranger = certificate(folder, "self_signed")
    assert _ocsp(folder, stranger, stranger).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    port = address(folder, "pki")["port"]
    noise = ocsp.load_der_ocsp_response(fetch(f"http://127.0.0.1:{port}/ocsp", b"noise"))
    assert noise.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_certificate_can_be_issued_on_request_and_revoked(folder):
    key = rsa.generate_private_key(65537, 2048)
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    issued = x509.load_der_x509_certificate(pki.issue_request(folder, csr, "apotheek_het_anker"))
    issuer = Authorities(folder).certificates["g4-uzi"]
    issued.verify_directly_issued_by(issuer)
    assert issued.public_key() == key.public_key()
    assert _ocsp(folder, issued, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    pki.revoke(folder, "apotheek_het_anker")
    assert _ocsp(folder, issued, issuer).certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_no_two_authorities_share_a_key(folder):
    keys = {hashlib.sha256(Authorities(folder).file(name, "key.pem").read_bytes()).digest() for name in AUTHORITIES}
    assert len(keys) == len(AUTHORITIES)
