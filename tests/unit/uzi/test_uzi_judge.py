# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging: path, validity, environment, revocation; OpenSSL is asked about the same certificates."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import profile, revocation
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge, Judgement
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    DAY,
    NOW,
    Authority,
    Pki,
    der,
    name_of,
    pem,
    permanent,
    uzi_name,
)
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp


def judged(certificate: x509.Certificate, extra: Any = (), **options: Any) -> Judgement:
    return Judge(**options).judge(parse_certificate(der(certificate)), extra)


def errors(judgement: Judgement) -> list[str]:
    assert judgement.usable == (not judgement.errors())
    return [one.code for one in judgement.errors()]


def codes(judgement: Judgement) -> list[str]:
    return [one.code for one in judgement.problems]


def openssl_accepts(folder: Path, files: dict[str, str], certificate: x509.Certificate, *more: str) -> bool:
    path = folder / "judged.pem"
    path.write_bytes(pem(certificate))
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *more]
    command += ["-CAfile", files["trust_anchors"], "-untrusted", files["intermediates"], str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("hierarchy", "dates", "expected"),
    [
        ("g1", {}, []),
        ("g4", {}, []),
        ("g1", {"begins": -400, "ends": -1}, ["certificate_expired"]),
        ("g4", {"begins": -400, "ends": -1}, ["certificate_expired"]),
        ("g4", {"begins": 2}, ["certificate_not_yet_valid"]),
    ],
)
@pytest.mark.parametrize("revoked", [False, True])
def test_openssl_judges_the_same(
    pki: Pki, tmp_path: Path, hierarchy: str, dates: dict[str, int], expected: list[str], revoked: bool
) -> None:
    files = pki.files(tmp_path)
    made = getattr(pki, hierarchy).issuing.issue(pki.key.public_key(), **dates)
    crls = pki.crls(tmp_path, [made] if revoked else [])
    bundle = tmp_path / "crls.pem"
    bundle.write_bytes(b"".join(x509.load_der_x509_crl(Path(p).read_bytes()).public_bytes(Encoding.PEM) for p in crls))
    found = judged(made, **files, crls=crls, revocation="require")
    assert errors(found) == expected + (["certificate_revoked"] if revoked else [])
    accepted = openssl_accepts(tmp_path, files, made, "-crl_check_all", "-CRLfile", str(bundle))
    assert accepted == found.usable


def test_the_chain_is_told_issuer_first(pki: Pki, tmp_path: Path) -> None:
    found = judged(pki.g4.issuing.issue(pki.key.public_key()), **pki.files(tmp_path), revocation="off")
    assert [one.subject for one in found.chain] == [one.name for one in reversed(pki.g4.authorities)]


def test_what_comes_with_the_certificate_helps_but_is_not_trusted(pki: Pki, tmp_path: Path) -> None:
    made = pki.g1.issuing.issue(pki.key.public_key())
    anchors = pki.files(tmp_path)["trust_anchors"]
    above = [one.certificate for one in pki.g1.authorities]
    assert errors(judged(made, trust_anchors=anchors, revocation="off")) == ["certificate_untrusted"]
    assert errors(judged(made, above[1:], trust_anchors=anchors, revocation="off")) == []
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(pem(pki.g4.root.certificate))
    assert errors(judged(made, above, trust_anchors=str(stranger), revocation="off")) == ["certificate_untrusted"]


def test_a_wrong_issuer_with_the_right_name(pki: Pki, tmp_path: Path) -> None:
    forged = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
    files = pki.files(tmp_path)
    made = forged.issue(pki.key.public_key())
    assert errors(judged(made, **files, revocation="off")) == ["certificate_untrusted"]
    assert not openssl_accepts(tmp_path, files, made)


def test_a_loop_of_authorities(pki: Pki, tmp_path: Path) -> None:
    one, two = (Authority(name_of(text), pki.other_key, pss=False) for text in ("Lus A", "Lus B"))
    one.make(two, 3)
    two.make(one, 3)
    made = one.issue(pki.key.public_key())
    found = judged(made, [one.certificate, two.certificate], **pki.files(tmp_path), revocation="off")
    assert errors(found) == ["certificate_untrusted"]


def test_a_server_certificate_is_no_authority(pki: Pki, tmp_path: Path) -> None:
    server = pki.g1.issuing.issue(pki.other_key.public_key())
    false = Authority(server.subject, pki.other_key, pss=False)
    found = judged(false.issue(pki.key.public_key()), [server], **pki.files(tmp_path), revocation="off")
    assert errors(found) == ["certificate_untrusted"]


def test_a_proven_authority_proves_no_other(pki: Pki, tmp_path: Path) -> None:
    judge = Judge(**pki.files(tmp_path), revocation="off")
    forged = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
    for issuing, expected in ((pki.g1.issuing, []), (forged, ["certificate_untrusted"]), (pki.g1.issuing, [])):
        found = judge.judge(parse_certificate(der(issuing.issue(pki.key.public_key()))))
        assert errors(found) == expected


def test_the_revoked_authority_of_2024(pki: Pki, tmp_path: Path) -> None:
    revoked = Authority(name_of("UZI Server - G4 PKIo Priv G-TLS SYS - 2024"), pki.other_key, pss=True)
    revoked.make(pki.g4.services, 0)
    made = revoked.issue(pki.key.public_key())
    found = judged(made, [revoked.certificate], **pki.files(tmp_path), revocation="off")
    assert errors(found) == ["certificate_revoked"]
    # Also where nobody has its certificate: the advice to look for it would be wrong.
    assert errors(judged(made, **pki.files(tmp_path), revocation="off"))[0] == "certificate_revoked"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([uzi_name(card="Z")], "certificate_personal_card"),
        ([], "certificate_ura_missing"),
        ([uzi_name("90000101"), permanent("90000102")], "certificate_ura_conflict"),
    ],
)
def test_what_is_no_server_certificate(pki: Pki, tmp_path: Path, names: list[Any], code: str) -> None:
    made = pki.g1.issuing.issue(pki.key.public_key(), names)
    assert errors(judged(made, **pki.files(tmp_path), revocation="off")) == [code]


def test_warnings_leave_it_usable(pki: Pki, tmp_path: Path) -> None:
    files = pki.files(tmp_path)
    made = pki.g1.issuing.issue(pki.key.public_key(), ends=30)
    found = judged(made, **files, revocation="off")
    assert (found.usable, codes(found)) == (True, ["certificate_expires_soon", "certificate_g1_ends"])
    assert codes(judged(made, **files, revocation="off", expiry_warning_days=10)) == ["certificate_g1_ends"]
    later = judged(made, **files, revocation="off", at=NOW + 31 * DAY)
    assert errors(later) == ["certificate_expired"]


class TestEnvironments:
    def test_nothing_is_trusted_in_production_but_what_is_pinned(
        self, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = pki.files(tmp_path)
        made = pki.g4.issuing.issue(pki.key.public_key())
        given = {"environment": "production", "revocation": "off", **files}
        assert errors(judged(made, **given)) == ["certificate_untrusted"]
        # The real authorities' bytes are not here: with the digest of ours pinned, ours are trusted, wherever from.
        digest = pki.g4.issuing.certificate.fingerprint(SHA256()).hex()
        monkeypatch.setitem(profile.PINS, "production", frozenset([digest]))
        assert errors(judged(made, **given)) == []
        found = judged(made, [pki.g4.issuing.certificate], environment="production", revocation="off")
        assert (errors(found), [one.subject for one in found.chain]) == ([], [pki.g4.issuing.name])
        assert errors(judged(pki.g1.issuing.issue(pki.key.public_key()), **given)) == ["certificate_untrusted"]

    @pytest.mark.parametrize(
        ("issuer", "environment"),
        [
            ("TEST UZI-register Private Server CA G1", "production"),
            ("ACCEPTATIE UZI Server - G4 Priv G-TLS SYS - 2025", "production"),
            ("UZI-register Private Server CA G1", "acceptance"),
            ("UZI Server - G4 PKIo Priv G-TLS SYS - 2025", "acceptance"),
            ("ACCEPTATIE UZI Server - G4 Priv G-TLS SYS - 2025", "own"),
        ],
    )
    def test_the_wrong_environment_is_named(self, pki: Pki, tmp_path: Path, issuer: str, environment: str) -> None:
        made = Authority(name_of(issuer), pki.other_key, pss=False).issue(pki.key.public_key())
        found = judged(made, environment=environment, **pki.files(tmp_path), revocation="off")
        assert errors(found) == ["certificate_wrong_environment"]

    def test_defaults(self, pki: Pki, tmp_path: Path) -> None:
        files = pki.files(tmp_path)
        assert (Judge().environment, Judge().revocation) == ("production", "require")
        assert (Judge(**files).environment, Judge(**files).revocation) == ("own", "prefer")
        for environment, code in [("own", "trust_anchors_missing"), ("moon", "environment_unknown")]:
            with pytest.raises(ZorgidError) as caught:
                Judge(environment=environment)
            assert caught.value.code == code


class TestRevocation:
    def test_an_expired_crl_says_nothing(self, pki: Pki, tmp_path: Path) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key())
        crls = pki.crls(tmp_path, began=-3, ends=-1)
        found = judged(made, **pki.files(tmp_path), crls=crls, revocation="require")
        assert errors(found) == ["revocation_unknown"]
        assert "valid until" in found.problems[0].message
        preferred = judged(made, **pki.files(tmp_path), crls=crls, revocation="prefer")
        assert (preferred.usable, codes(preferred)) == (True, ["certificate_g1_ends", "revocation_unknown"])
        assert "revocation_unknown" not in codes(judged(made, **pki.files(tmp_path), crls=crls, revocation="off"))

    def test_a_crl_of_somebody_else_says_nothing(self, pki: Pki, tmp_path: Path) -> None:
        forged = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
        path = tmp_path / "forged.crl"
        path.write_bytes(forged.crl())
        made = pki.g1.issuing.issue(pki.key.public_key())
        found = judged(made, **pki.files(tmp_path), crls=[str(path)], revocation="require")
        assert "signature is wrong" in found.problems[0].message

    def test_a_revoked_authority(self, pki: Pki, tmp_path: Path) -> None:
        crls = pki.crls(tmp_path, [pki.g4.issuing.certificate])
        made = pki.g4.issuing.issue(pki.key.public_key())
        found = judged(made, **pki.files(tmp_path), crls=crls, revocation="prefer")
        assert errors(found) == ["certificate_revoked"]
        assert "2025" in found.problems[0].message

    def test_revoked_later_is_good_before(self, pki: Pki, tmp_path: Path) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key())
        files, crls = pki.files(tmp_path), pki.crls(tmp_path, [made])
        assert errors(judged(made, **files, crls=crls, revocation="require")) == ["certificate_revoked"]
        assert errors(judged(made, **files, crls=crls, revocation="require", at=NOW - 3 * DAY)) == []

    def test_noise_for_a_crl(self, pki: Pki, tmp_path: Path) -> None:
        path = tmp_path / "noise.crl"
        path.write_bytes(b"\x00" * 100)
        with pytest.raises(ZorgidError) as caught:
            Judge(**pki.files(tmp_path), crls=[str(path)])
        assert caught.value.code == "crl_unreadable"

    def test_a_crl_is_fetched_once_and_kept(self, pki: Pki, tmp_path: Path, web: Any) -> None:
        made = [pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl") for _ in range(2)]
        web.answers["/a.crl"] = pki.g1.issuing.crl([made[1]])
        options = {**pki.files(tmp_path), "revocation": "prefer", "cache_dir": tmp_path / "cache"}
        for _run in range(2):
            judge = Judge(**options)
            found = [judge.judge(parse_certificate(der(one))) for one in made]
            assert [errors(one) for one in found] == [[], ["certificate_revoked"]]
        assert web.asked == ["/a.crl"]
        # A damaged cache costs another fetch and nothing else.
        cached = next((tmp_path / "cache").iterdir())
        cached.write_bytes(b"noise")
        assert errors(judged(made[1], **options)) == ["certificate_revoked"]
        assert len(web.asked) == 2

    def test_a_crl_without_entries_is_kept_too(self, pki: Pki, tmp_path: Path, web: Any) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl")
        web.answers["/a.crl"] = pki.g1.issuing.crl()
        for _run in range(2):
            assert revocation.Revocation(cache_dir=tmp_path).check(made, pki.g1.issuing.certificate).state == "good"
        assert web.asked == ["/a.crl"]

    def test_an_answer_that_never_ends_is_left(self, pki: Pki, web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Byte after byte, each in time for itself."""
        monkeypatch.setattr(revocation, "_WHOLE_SECONDS", 0.3)
        made = pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/endless")
        began = time.monotonic()
        status = revocation.Revocation(()).check(made, pki.g1.issuing.certificate)
        assert time.monotonic() - began < 10
        web.endless.set()
        assert (status.state, "not sent within 0.3 seconds" in status.reason) == ("unknown", True)

    def test_nothing_is_fetched_for_an_untrusted_certificate(self, pki: Pki, tmp_path: Path, web: Any) -> None:
        stranger = Authority(name_of("Vreemd"), pki.other_key, pss=False)
        judged(stranger.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl"), **pki.files(tmp_path))
        assert web.asked == []

    @pytest.mark.parametrize("answer", [None, b"noise"])
    def test_no_crl_to_be_had(self, pki: Pki, tmp_path: Path, web: Any, answer: bytes | None) -> None:
        if answer:
            web.answers["/a.crl"] = answer
        made = pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl")
        found = judged(made, **pki.files(tmp_path), revocation="require")
        assert errors(found) == ["revocation_unknown"]

    def test_nobody_listens(self, pki: Pki, tmp_path: Path) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key(), crl_url="http://127.0.0.1:1/a.crl")
        found = judged(made, **pki.files(tmp_path), revocation="require")
        assert "cannot be reached" in found.problems[0].message


def ocsp_answer(
    issuer: Authority, certificate: x509.Certificate, *, responder: Authority | None = None, revoked: bool = False
) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer.certificate,
        algorithm=SHA1(),  # noqa: S303 - RFC 5019
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=NOW - timedelta(minutes=1),
        next_update=NOW + DAY,
        revocation_time=NOW - DAY if revoked else None,
        revocation_reason=None,
    )
    responder = responder or issuer
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    return builder.sign(responder.key, SHA256()).public_bytes(Encoding.DER)


class TestOcsp:
    @pytest.mark.parametrize(("revoked", "state"), [(False, "good"), (True, "revoked")])
    @pytest.mark.parametrize("hierarchy", ["g1", "g4"])
    def test_an_answer_counts(self, pki: Pki, web: Any, hierarchy: str, revoked: bool, state: str) -> None:
        issuing = getattr(pki, hierarchy).issuing
        made = issuing.issue(pki.key.public_key(), ocsp_url=f"{web.url}/ocsp")
        web.answers["/ocsp"] = ocsp_answer(issuing, made, revoked=revoked)
        assert revocation.Revocation().check(made, issuing.certificate).state == state

    def test_an_answer_is_kept(self, pki: Pki, web: Any, tmp_path: Path) -> None:
        mine, other = (pki.g1.issuing.issue(pki.key.public_key(), ocsp_url=f"{web.url}/ocsp") for _ in range(2))
        web.answers["/ocsp"] = ocsp_answer(pki.g1.issuing, mine)
        for _run in range(2):
            asked = revocation.Revocation(cache_dir=tmp_path).check(mine, pki.g1.issuing.certificate)
            assert asked.state == "good"
        assert len(web.asked) == 1
        # What is kept for one certificate says nothing of another, and an answer for another one is not kept.
        assert revocation.Revocation(cache_dir=tmp_path).check(other, pki.g1.issuing.certificate).state == "unknown"
        assert (len(web.asked), len(list(tmp_path.iterdir()))) == (2, 1)

    def test_a_responder_serves_where_no_crl_is_to_be_had(self, pki: Pki, web: Any, tmp_path: Path) -> None:
        urls = {"crl_url": f"{web.url}/absent.crl", "ocsp_url": f"{web.url}/ocsp"}
        made = pki.g1.issuing.issue(pki.key.public_key(), **urls)
        web.answers["/ocsp"] = ocsp_answer(pki.g1.issuing, made, revoked=True)
        found = judged(made, **pki.files(tmp_path), revocation="require")
        assert (errors(found)[0], web.asked) == ("certificate_revoked", ["/absent.crl", "/ocsp"])

    def test_an_answer_for_another_certificate_says_nothing(self, pki: Pki) -> None:
        mine, other = (pki.g1.issuing.issue(pki.key.public_key()) for _ in range(2))
        answer = ocsp_answer(pki.g1.issuing, other)
        assert revocation.judge_ocsp(answer, other, pki.g1.issuing.certificate).state == "good"
        assert revocation.judge_ocsp(answer, mine, pki.g1.issuing.certificate).state == "unknown"

    def test_an_answer_signed_by_somebody_else_says_nothing(self, pki: Pki) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key())
        forged = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
        forged.make(forged, 0)
        answer = ocsp_answer(pki.g1.issuing, made, responder=forged)
        assert revocation.judge_ocsp(answer, made, pki.g1.issuing.certificate).state == "unknown"

    def test_noise_and_refusals(self, pki: Pki) -> None:
        made = pki.g1.issuing.issue(pki.key.public_key())
        later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
        for answer in (b"", b"noise", later.public_bytes(Encoding.DER)):
            assert revocation.judge_ocsp(answer, made, pki.g1.issuing.certificate).state == "unknown"


def altered(data: bytes, random: Random) -> bytes:
    """These bytes with one to three of them changed, lost or added."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(changed))
        if random.random() < 0.8:
            changed[place] = random.randrange(256)
        else:
            changed[place : place + random.randrange(2)] = random.randbytes(random.randrange(3))
    return bytes(changed) if changed != data else altered(data, random)


@pytest.mark.parametrize("hierarchy", ["g1", "g4"])
def test_damaged_bytes_are_refused_or_judged(pki: Pki, tmp_path: Path, hierarchy: str) -> None:
    """Whatever is wrong with certificate, authority, CRL or OCSP answer: no exception but ours, and never "good"."""
    random, files = Random(20261124), pki.files(tmp_path)  # noqa: S311 - the same ones each time
    issuing = getattr(pki, hierarchy).issuing
    made = issuing.issue(pki.key.public_key(), [uzi_name(), permanent("90000101")])
    sound, judge = parse_certificate(der(made)), Judge(**files, revocation="off")
    answer, crl, path = ocsp_answer(issuing, made), issuing.crl(), tmp_path / "altered.crl"
    for _ in range(150):
        with suppress(ZorgidError):
            assert not judge.judge(parse_certificate(altered(sound.der, random))).usable
        with suppress(ValueError, x509.InvalidVersion):
            above = [x509.load_der_x509_certificate(altered(der(issuing.certificate), random))]
            bare = Judge(trust_anchors=files["trust_anchors"], revocation="off")
            assert not bare.judge(sound, above).usable
        path.write_bytes(altered(crl, random))
        with suppress(ZorgidError):
            assert revocation.Revocation([path]).check(made, issuing.certificate).state == "unknown"
        assert revocation.judge_ocsp(altered(answer, random), made, issuing.certificate).state == "unknown"
