# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is too weak, paths that are counted, which of several CRLs counts, and names that turn a terminal around."""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import path as paths
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.files import KeyState, StoreEntry, load_files
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge, Judgement
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.path import PathFinder, Untrusted
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.result import as_result, evidence
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.revocation import Revocation
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    DAY,
    NOW,
    Authority,
    Pki,
    der,
    name_of,
    pem,
)
from asn1crypto import core
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding


def resigned(
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey,
    *,
    exponent: int = 65537,
    modulus: int | None = None,
    digest: str = "sha256",
    subject: asn1.Name | None = None,
) -> x509.Certificate:
    """The certificate with another key or name in it, or another digest, and again a right signature."""
    made = asn1.Certificate.load(der(certificate))
    body = made["tbs_certificate"]
    if modulus or exponent != 65537:
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        numbers = {"modulus": modulus or public.public_numbers().n, "public_exponent": exponent}
        body["subject_public_key_info"]["public_key"] = asn1_keys.RSAPublicKey(numbers)
    if subject:
        body["subject"] = subject
    for place in (body["signature"], made["signature_algorithm"]):
        place["algorithm"], place["parameters"] = f"{digest}_rsa", core.Null()
    algorithm = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1(), "md5": hashes.MD5()}[digest]  # noqa: S303
    signature = key.sign(body.dump(force=True), padding.PKCS1v15(), algorithm)
    made["signature_value"] = core.OctetBitString(signature)
    return x509.load_der_x509_certificate(made.dump(force=True))


def judged(certificate: x509.Certificate, extra: Any = (), **options: Any) -> Judgement:
    return Judge(revocation="off", **options).judge(parse_certificate(der(certificate)), extra)


def errors(judgement: Judgement) -> list[str]:
    return [one.code for one in judgement.errors()]


WEAK = {
    "1024 bits": ({"modulus": (1 << 1023) + 1}, "an RSA key of 1024 bits"),
    "512 bits": ({"modulus": (1 << 511) + 1}, "an RSA key of 512 bits"),
    "exponent 3": ({"exponent": 3}, "small or even exponent"),
    "exponent 1": ({"exponent": 1}, "small or even exponent"),
    "exponent 65536": ({"exponent": 65536}, "small or even exponent"),
    "exponent 65538": ({"exponent": 65538}, "small or even exponent"),
    "SHA-1": ({"digest": "sha1"}, "signed with SHA1"),
    "MD5": ({"digest": "md5"}, "signed with MD5"),
}


class TestWeak:
    @pytest.mark.heavy
    @pytest.mark.parametrize("weakness", WEAK)
    def test_the_certificate(self, pki: Pki, tmp_path: Path, weakness: str) -> None:
        change, reported = WEAK[weakness]
        made = resigned(pki.g1.issuing.issue(pki.key.public_key()), pki.g1.issuing.key, **change)
        found = judged(made, **pki.files(tmp_path))
        assert errors(found)[0] == "certificate_weak"
        assert reported in found.problems[0].message
        path = tmp_path / "weak.pem"
        path.write_bytes(pem(made))
        assert load_files([path])[0].certificate.key_type == "RSA"

    @pytest.mark.parametrize("weakness", ["exponent 1", "exponent 65536"])
    def test_an_authority_with_a_key_that_no_library_reads(self, pki: Pki, tmp_path: Path, weakness: str) -> None:
        change, reported = WEAK[weakness]
        files = pki.files(tmp_path)
        weak = Authority(name_of("Zwak"), pki.other_key, pss=False)
        weak.make(pki.g1.root, 1)
        found = judged(
            weak.issue(pki.key.public_key()), [resigned(weak.certificate, pki.g1.root.key, **change)], **files
        )
        assert "certificate_weak" in errors(found)
        assert reported in " ".join(one.message for one in found.problems)

    @pytest.mark.heavy
    @pytest.mark.parametrize(("exponent", "bits"), [(65537, 1024), (3, 2048)])
    def test_an_authority_with_a_weak_key(self, pki: Pki, tmp_path: Path, exponent: int, bits: int) -> None:
        short = Authority(name_of("Kort"), rsa.generate_private_key(exponent, bits), pss=False)
        short.make(pki.g1.root, 1)
        found = judged(short.issue(pki.key.public_key()), [short.certificate], **pki.files(tmp_path))
        assert errors(found) == ["certificate_weak"]
        assert "CN=Kort" in found.problems[0].message

    @pytest.mark.parametrize("digest", ["sha1", "md5"])
    def test_only_the_anchor_may_have_signed_itself_in_an_old_way(self, pki: Pki, tmp_path: Path, digest: str) -> None:
        files = pki.files(tmp_path)
        made = pki.g1.issuing.issue(pki.key.public_key())
        root = resigned(pki.g1.root.certificate, pki.g1.root.key, digest=digest)
        Path(files["trust_anchors"]).write_bytes(pem(root))
        assert errors(judged(made, **files)) == []
        issuing = resigned(pki.g1.issuing.certificate, pki.g1.services.key, digest=digest)
        Path(files["intermediates"]).write_bytes(pem(issuing) + pem(pki.g1.services.certificate))
        found = judged(made, **files)
        assert errors(found)[0] == "certificate_weak"
        assert "UZI-register Private Server CA G1" in found.problems[0].message

    def test_the_root_s_key_counts(self, pki: Pki, tmp_path: Path) -> None:
        root = Authority(name_of("Klein"), rsa.generate_private_key(65537, 1024), pss=False)  # noqa: S505
        root.make(root, 1)
        path = tmp_path / "root.pem"
        path.write_bytes(pem(root.certificate))
        assert errors(judged(root.issue(pki.key.public_key()), trust_anchors=path)) == ["certificate_weak"]


class TestCountedPaths:
    def found(self, pki: Pki, certificate: x509.Certificate, others: list[x509.Certificate]) -> tuple[str, PathFinder]:
        finder = PathFinder([pki.g1.root.certificate], [pki.g1.services.certificate], NOW)
        try:
            finder.find(certificate, others)
        except Untrusted as untrusted:
            return str(untrusted), finder
        return "", finder

    @pytest.mark.heavy
    def test_many_authorities_of_one_name_and_key(self, pki: Pki) -> None:
        """Each is signed by all: a search without bounds walks 100! paths."""
        same = Authority(name_of("SAME"), pki.other_key, pss=False)
        certificates = []
        for _ in range(100):
            same.make(same, 5)
            certificates.append(same.certificate)
        reported, finder = self.found(pki, same.issue(pki.key.public_key()), certificates)
        assert reported == "no chain leads to a trusted CA"
        assert (finder.signatures, finder.paths) == (1, 0)

    @pytest.mark.heavy
    def test_many_authorities_of_one_name_with_own_keys(self, pki: Pki) -> None:
        keys = [rsa.generate_private_key(65537, 1024) for _ in range(12)]  # noqa: S505
        ring = [Authority(name_of("SAME"), key, pss=False) for key in keys]
        certificates = []
        for one in ring:
            for issuer in ring:
                one.make(issuer, 5)
                certificates.append(one.certificate)
        made = ring[0].issue(pki.key.public_key())
        reported, finder = self.found(pki, made, certificates)
        assert reported == "finding its chain takes more than 2000 comparisons with CA certificates"
        assert finder.signatures <= paths.MOST_SIGNATURES
        assert (finder.looks, finder.paths) == (paths.MOST_LOOKS + 1, 0)

    def test_a_path_is_found_among_many_that_lead_nowhere(self, pki: Pki) -> None:
        """Key identifiers tell them apart without a signature; where they lie, the signature does."""
        others = []
        for _ in range(40):
            false = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
            false.make(false, 1)
            others.append(false.certificate)
        made = pki.g1.issuing.issue(pki.key.public_key())
        reported, finder = self.found(pki, made, [*others, pki.g1.issuing.certificate])
        assert (reported, finder.signatures, finder.paths) == ("", 3, 1)

    @pytest.mark.heavy
    def test_many_paths_that_hang_together_and_are_not_valid(self, pki: Pki) -> None:
        """Each leads to the root, and none of the authorities is valid any more."""
        issuing = Authority(name_of("Oud"), pki.other_key, pss=False)
        others = []
        for number in range(40):
            issuing.make(pki.g1.root, 0)
            body = asn1.Certificate.load(der(issuing.certificate))
            body["tbs_certificate"]["validity"]["not_after"] = asn1.Time(
                {"utc_time": NOW - 5 * DAY - datetime.timedelta(seconds=number)}
            )
            others.append(resigned(x509.load_der_x509_certificate(body.dump(force=True)), pki.g1.root.key))
        reported, finder = self.found(pki, issuing.issue(pki.key.public_key()), others)
        assert "none of 10 chains is valid" in reported
        assert finder.paths == paths.MOST_PATHS
        issuing.make(pki.g1.root, 0)
        assert self.found(pki, issuing.issue(pki.key.public_key()), [*others, issuing.certificate])[0] == ""

    def test_more_authorities_than_anybody_sends(self, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[Any] = []
        monkeypatch.setattr(paths, "is_authority", lambda one: read.append(one) or True)
        finder = PathFinder([pki.g1.root.certificate], [], NOW)
        read.clear()
        with pytest.raises(Untrusted, match="more than 300 CA certificates"):
            finder.find(pki.g1.issuing.issue(pki.key.public_key()), [pki.g1.issuing.certificate] * 301)
        assert read == []

    def test_a_deep_hierarchy_ends(self, pki: Pki) -> None:
        above, others = pki.g1.root, []
        for number in range(30):
            one = Authority(name_of(f"Laag {number}"), pki.other_key if number % 2 else pki.key, pss=False)
            one.make(above, 40)
            others.append(one.certificate)
            above = one
        reported, finder = self.found(pki, above.issue(pki.key.public_key()), others)
        assert (reported, finder.paths) == ("no chain leads to a trusted CA", 0)


def crl(
    issuer: Authority,
    revoked: x509.Certificate | None,
    *,
    began: float = -1,
    ends: float = 1,
    number: int | None = None,
    delta: int | None = None,
    reason: x509.ReasonFlags | None = None,
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.name)
    builder = builder.last_update(NOW + began * DAY).next_update(NOW + ends * DAY)
    if revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(revoked.serial_number).revocation_date(NOW - 2 * DAY)
        builder = builder.add_revoked_certificate(
            (entry.add_extension(x509.CRLReason(reason), False) if reason else entry).build()
        )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), False)
    if delta is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(delta), True)
    return builder.sign(issuer.key, issuer.algorithm, rsa_padding=issuer.padding).public_bytes(Encoding.DER)


#: Two CRLs and what they say together; each also in the other order.
TOGETHER: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the newer one revokes": ({"began": -2}, {"began": -1, "revokes": True}, "revoked"),
    "the newer one no longer does": ({"began": -2, "revokes": True}, {"began": -1}, "good"),
    "the newest is over": ({"began": -5, "ends": 5}, {"began": -3, "ends": -1}, "unknown"),
    "the newest is over and revokes": (
        {"began": -5, "ends": 5},
        {"began": -3, "ends": -1, "revokes": True},
        "revoked",
    ),
    "the older one is over": ({"began": -5, "ends": -2, "revokes": True}, {"began": -1}, "good"),
    "numbers go before times": ({"began": -1, "number": 7}, {"began": -2, "number": 8, "revokes": True}, "revoked"),
    "equal numbers": ({"began": -2, "number": 7}, {"began": -1, "number": 7, "revokes": True}, "revoked"),
    "one without a number": ({"began": -2, "number": 99}, {"began": -1, "revokes": True}, "revoked"),
    "a delta revokes": ({"began": -2, "number": 7}, {"began": -1, "number": 8, "delta": 7, "revokes": True}, "revoked"),
    "a delta says nothing": ({"began": -2, "number": 7}, {"began": -1, "number": 8, "delta": 7}, "good"),
    "a delta without its whole": (
        {"began": -3, "number": 7, "delta": 6},
        {"began": -1, "number": 8, "delta": 7},
        "unknown",
    ),
    "an old delta": (
        {"began": -1, "number": 9},
        {"began": -2, "number": 8, "delta": 7, "revokes": True},
        "good",
    ),
    "from the future": ({"began": -1}, {"began": 0.5, "revokes": True}, "good"),
}


class TestTwoCrls:
    @pytest.mark.parametrize("turned", [False, True])
    @pytest.mark.parametrize("case", TOGETHER)
    def test_the_newest_counts_in_files(self, pki: Pki, tmp_path: Path, case: str, turned: bool) -> None:
        *made, state = TOGETHER[case]
        certificate = pki.g4.issuing.issue(pki.key.public_key())
        files = []
        for number, given in enumerate(made):
            more = {key: value for key, value in given.items() if key != "revokes"}
            path = tmp_path / f"{number}.crl"
            path.write_bytes(crl(pki.g4.issuing, certificate if given.get("revokes") else None, **more))
            files.append(path)
        found = Revocation(reversed(files) if turned else files).check(certificate, pki.g4.issuing.certificate)
        assert found.state == state, found.reason

    def test_both_in_one_file(self, pki: Pki, tmp_path: Path) -> None:
        certificate = pki.g1.issuing.issue(pki.key.public_key())
        both = [crl(pki.g1.issuing, None, began=-2), crl(pki.g1.issuing, certificate, began=-1)]
        path = tmp_path / "both.pem"
        for order in permutations(both):
            path.write_bytes(b"".join(x509.load_der_x509_crl(one).public_bytes(Encoding.PEM) for one in order))
            assert Revocation([path]).check(certificate, pki.g1.issuing.certificate).state == "revoked"

    def test_a_hold_that_a_delta_takes_back_revokes_nothing_by_itself(self, pki: Pki, tmp_path: Path) -> None:
        certificate = pki.g1.issuing.issue(pki.key.public_key())
        whole, delta = tmp_path / "whole.crl", tmp_path / "delta.crl"
        whole.write_bytes(crl(pki.g1.issuing, None, number=7, began=-2))
        lifted = x509.ReasonFlags.remove_from_crl
        delta.write_bytes(crl(pki.g1.issuing, certificate, number=8, delta=7, reason=lifted))
        assert Revocation([delta, whole]).check(certificate, pki.g1.issuing.certificate).state == "good"

    def test_what_is_fetched_may_be_older_than_a_file_that_is_over(self, pki: Pki, tmp_path: Path, web: Any) -> None:
        certificate = pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl")
        path = tmp_path / "a.crl"
        path.write_bytes(crl(pki.g1.issuing, None, began=-2, ends=-1))
        for began, state in ((-3, "unknown"), (-0.5, "good")):
            web.answers["/a.crl"] = crl(pki.g1.issuing, None, began=began, ends=3)
            assert Revocation([path]).check(certificate, pki.g1.issuing.certificate).state == state
        assert len(web.asked) == 2
        # Where a file decides, nobody is asked.
        path.write_bytes(crl(pki.g1.issuing, certificate))
        assert Revocation([path]).check(certificate, pki.g1.issuing.certificate).state == "revoked"
        assert len(web.asked) == 2

    def test_an_older_one_that_is_sent_again_is_not_kept(self, pki: Pki, tmp_path: Path, web: Any) -> None:
        certificate = pki.g1.issuing.issue(pki.key.public_key(), crl_url=f"{web.url}/a.crl")

        def asked() -> str:
            return Revocation(cache_dir=tmp_path).check(certificate, pki.g1.issuing.certificate).state

        def aged() -> None:
            for one in tmp_path.iterdir():
                os.utime(one, (0, 0))

        web.answers["/a.crl"] = crl(pki.g1.issuing, certificate, began=-1, number=8)
        assert asked() == "revoked"
        aged()
        web.answers["/a.crl"] = crl(pki.g1.issuing, None, began=-2, number=7)
        assert (asked(), len(web.asked)) == ("revoked", 2)
        # A forged one of the highest number, once kept, does not stay.
        forged = Authority(pki.g1.issuing.name, pki.other_key, pss=False)
        next(tmp_path.iterdir()).write_bytes(crl(forged, None, number=10**9))
        aged()
        assert (asked(), len(web.asked)) == ("good", 3)


NAMES: dict[str, Callable[[str], core.Asn1Value]] = {
    "utf8_string": core.UTF8String,
    "bmp_string": core.BMPString,
    "universal_string": core.UniversalString,
}


class TestNames:
    @pytest.mark.parametrize("kind", NAMES)
    def test_what_moves_a_terminal_is_not_shown(self, pki: Pki, tmp_path: Path, kind: str) -> None:
        value = NAMES[kind]("De\0 Linde\u202e\x1b[31m\r\nOK\u200b")
        part = asn1.NameTypeAndValue({"type": "organization_name", "value": asn1.DirectoryString(kind, value)})
        subject = asn1.Name("", asn1.RDNSequence([asn1.RelativeDistinguishedName([part])]))
        made = resigned(pki.g1.issuing.issue(pki.key.public_key()), pki.g1.issuing.key, subject=subject)
        parsed = parse_certificate(der(made))
        assert parsed.organisation_name == "De? Linde??[31m OK?"
        judgement = Judge(**pki.files(tmp_path), revocation="off").judge(parsed)
        entry = StoreEntry(parsed, KeyState("RSA", 2048, "none", reason="\x1b]0;x"), friendly_name="a\x07\u202eb")
        shown = [as_result(entry, judgement), evidence(entry, judgement, "own")]
        assert all(text.isprintable() for text in _texts(shown))
        assert judgement.usable

    def test_an_issuer_that_is_not_at_hand(self, pki: Pki, tmp_path: Path) -> None:
        strange = Authority(name_of("Vreemd\x1b[2J\u202e"), pki.other_key, pss=False)
        found = judged(strange.issue(pki.key.public_key()), **pki.files(tmp_path))
        assert all(one.message.isprintable() for one in found.problems)

    def test_what_comes_along_may_have_no_readable_name(self, pki: Pki, tmp_path: Path) -> None:
        """As an attacker puts it beside a signature."""
        strange = Authority(name_of("Vreemd"), pki.other_key, pss=False)
        parsed = parse_certificate(der(strange.issue(pki.key.public_key())))
        broken = der(pki.g4.services.certificate).replace(
            pki.g4.services.name.rfc4514_string()[3:9].encode(), b"\xff" * 6
        )
        damaged = x509.load_der_x509_certificate(broken)
        with pytest.raises(ValueError, match=r"subject|issuer"):
            assert damaged.subject == damaged.issuer
        found = Judge(**pki.files(tmp_path), revocation="off").judge(parsed, [damaged])
        assert [one.code for one in found.errors()] == ["certificate_untrusted"]

    def test_a_name_that_is_not_unicode_is_said(self, pki: Pki) -> None:
        value = core.UTF8String("Caf@")
        part = asn1.NameTypeAndValue({"type": "common_name", "value": asn1.DirectoryString("utf8_string", value)})
        subject = asn1.Name("", asn1.RDNSequence([asn1.RelativeDistinguishedName([part])]))
        made = resigned(pki.g1.issuing.issue(pki.key.public_key()), pki.g1.issuing.key, subject=subject)
        with pytest.raises(ZorgidError) as caught:
            parse_certificate(der(made).replace(b"\x0c\x04Caf@", b"\x14\x04Caf\xe9"))
        assert "T61String" in str(caught.value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


async def _not_at_once() -> str:
    await asyncio.sleep(0)
    return "waited"


async def _refused() -> str:
    raise Untrusted("no path")


def test_what_waits_for_nothing_needs_no_loop(monkeypatch: pytest.MonkeyPatch, pki: Pki, tmp_path: Path) -> None:
    assert paths.at_once(_not_at_once) == "waited"
    with pytest.raises(Untrusted):
        paths.at_once(_refused)
    monkeypatch.setattr(asyncio, "run", lambda _made: pytest.fail("a loop was made"))
    assert judged(pki.g1.issuing.issue(pki.key.public_key()), **pki.files(tmp_path)).chain
