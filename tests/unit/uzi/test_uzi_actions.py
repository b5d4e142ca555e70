# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing among certificates, and exporting them: the same file twice is one, another one is not overwritten."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.export_certificates import export_certificates
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_certificates import read_certificates
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.signer import Signer, open_signer
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import export_certificates as exporting
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import read_certificates as reading
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.make_document import signer_of
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import Pki, pem, uzi_name
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

TRUST = dict.fromkeys(["environment", "trust_anchors", "intermediates", "crls", "at"])
INFO = {
    **TRUST,
    **dict.fromkeys(["passphrase", "ura", "thumbprint", "subject", "organisation_name"]),
    **dict.fromkeys(["pkcs11_module", "pkcs11_token", "pkcs11_pin", "pkcs11_label"]),
    "revocation": "off",
    "expiry_warning_days": 60,
    "all": False,
    "store_name": "My",
    "store_location": "LocalMachine",
}
EXPORT = {**INFO, "format": "pem", "include_chain": True, "export_passphrase": None, "force": False}
SIGN = {
    **INFO,
    "certificate_path": None,
    "key_path": None,
    "source": "file",
}


#: No Windows store is asked here.
NO_STORE: Any = None


def write(path: Path, certificate: x509.Certificate, key: Any = None) -> str:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if key else b""
    path.write_bytes(secret + pem(certificate))
    return str(path)


def refused(call: Any, *given: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(*given)
    return caught.value


@pytest.fixture
def trust(pki: Pki, tmp_path: Path) -> dict[str, Any]:
    return pki.files(tmp_path)


def info(trust: dict[str, Any], *paths: str, **options: Any) -> dict[str, Any]:
    command = reading.command_of({**INFO, **trust, "path": list(paths), **options})
    return reading.result_of(read_certificates(command, NO_STORE))


def signer(options: dict[str, Any], ura: str) -> Signer:
    wanted = signer_of({**options, "organisation": {"ura": ura}})
    return open_signer(wanted, wanted.trust.judge(), NO_STORE)


class TestSelection:
    def test_the_one_that_lasts_longest(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        public = pki.key.public_key()
        short = write(tmp_path / "a.pem", pki.g1.issuing.issue(public, ends=100), pki.key)
        long = write(tmp_path / "b.pem", pki.g4.issuing.issue(public, ends=900), pki.key)
        over = write(tmp_path / "c.pem", pki.g4.issuing.issue(public, begins=-99, ends=-1), pki.key)
        found = info(trust, short, long, over, ura="90000101")
        assert [one["usable"] for one in found["certificates"]] == [True, True, False]
        assert (found["selected"]["source"], found["selected"]["hierarchy"]) == (long, "g4")
        assert found["selected"]["reason"] == "of 2 usable ones the one that expires last"
        assert found["selected"]["evidence"]["thumbprint"] == found["certificates"][1]["thumbprint"]
        sha1 = found["certificates"][0]["thumbprint_sha1"]
        assert info(trust, short, long, thumbprint=sha1.lower())["selected"]["source"] == short
        assert info(trust, short, long, subject="ZORGID.delinde", ura="90000101")["selected"]["source"] == long
        assert info(trust, short, over, all=True)["selected"] is None
        assert found["selected"]["pem"].encode() in Path(long).read_bytes()
        spaced = "\u200e" + " ".join(sha1[at : at + 2] for at in range(0, 40, 2))
        assert info(trust, short, long, thumbprint=spaced)["selected"]["source"] == short

    def test_only_what_fits_is_judged_and_told(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        public = pki.key.public_key()
        mine = write(tmp_path / "a.pem", pki.g1.issuing.issue(public))
        others = [
            write(tmp_path / f"{ura}.pem", pki.g1.issuing.issue(public, [uzi_name(str(ura))]))
            for ura in range(90000102, 90000110)
        ]
        found = info(trust, mine, *others, ura="90000101")
        assert [one["source"] for one in found["certificates"]] == [mine]
        assert len(info(trust, mine, *others, ura="90000101", all=True)["certificates"]) == 1
        assert info(trust, mine, ura="12345678", all=True)["certificates"] == []
        error = refused(lambda: info(trust, mine, *others, ura="12345678"))
        assert error.code == "certificate_not_found"
        assert error.found == "9 others"

    def test_another_name_is_a_warning(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        mine = write(tmp_path / "a.pem", pki.g4.issuing.issue(pki.key.public_key()), pki.key)
        for name, expected in [("huisartsenpraktijk  DE LINDE", []), ("De Linde", ["certificate_name_differs"])]:
            found = info(trust, mine, organisation_name=name)["selected"]
            assert (found["usable"], [one["code"] for one in found["problems"]]) == (True, expected)
            assert found["evidence"]["warnings"] == expected

    def test_a_certificate_without_a_number_says_so(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        bare = write(tmp_path / "a.pem", pki.g4.issuing.issue(pki.key.public_key(), []))
        assert refused(lambda: info(trust, bare, ura="90000101")).code == "certificate_ura_missing"

    def test_refusals_name_what_is_wrong(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        public = pki.key.public_key()
        mine = write(tmp_path / "a.pem", pki.g1.issuing.issue(public))
        other = write(tmp_path / "b.pem", pki.g1.issuing.issue(public, [uzi_name("90000102")]))
        over = write(tmp_path / "c.pem", pki.g1.issuing.issue(public, begins=-99, ends=-1))
        twin = write(tmp_path / "d.pem", pki.g1.issuing.issue(public))
        for paths, options, code in [
            ([mine], {"ura": "90000102"}, "certificate_ura_mismatch"),
            ([mine, other], {"ura": "90000103"}, "certificate_not_found"),
            ([mine], {"thumbprint": "00" * 20}, "certificate_not_found"),
            ([mine], {"subject": "anker"}, "certificate_not_found"),
            ([over], {"ura": "90000101"}, "certificate_expired"),
            ([mine, twin], {"ura": "90000101"}, "certificate_ambiguous"),
            ([mine, other], {}, "certificate_ambiguous"),
        ]:
            error = refused(lambda given=paths, more=options: info(trust, *given, **more))
            assert error.code == code
            known = code in ("certificate_expired", "certificate_ambiguous")
            assert len(error.details.get("certificates", [])) == (len(paths) if known else 0)

    def test_the_signer_proves_its_key(self, pki: Pki, trust: dict[str, Any], tmp_path: Path) -> None:
        made = pki.g4.issuing.issue(pki.key.public_key())
        options = {**SIGN, **trust, "certificate_path": write(tmp_path / "a.pem", made, pki.key)}
        found = signer(options, "90000101")
        assert found.certificate == made
        assert [one.subject for one in found.chain] == [pki.g4.issuing.name, pki.g4.services.name]
        assert "RSAPrivateKey" not in repr(found)
        assert refused(signer, options, "90000102").code == "certificate_ura_mismatch"
        bare = {**options, "certificate_path": write(tmp_path / "b.pem", made)}
        assert refused(signer, bare, "90000101").code == "key_absent"
        wrong = {**bare, "key_path": write(tmp_path / "key.pem", made, pki.other_key)}
        assert refused(signer, wrong, "90000101").code == "key_mismatch"
        for more in ({"certificate_path": None}, {"source": "pkcs11"}, {"at": "tomorrow"}):
            assert refused(signer, {**options, **more}, "90000101").code == "options_invalid"


class TestExport:
    @pytest.fixture
    def source(self, pki: Pki, tmp_path: Path) -> str:
        return write(tmp_path / "source.pem", pki.g4.issuing.issue(pki.key.public_key()), pki.key)

    def export(self, trust: dict[str, Any], source: str, dest: Path, *, check: bool = False, **options: Any) -> Any:
        command = exporting.command_of({**EXPORT, **trust, "path": [source], "dest": str(dest), **options})
        outcome = export_certificates(command, NO_STORE, check_mode=check)
        return exporting.result_of(outcome, every=command.find.every, diff_mode=True)

    @pytest.mark.parametrize("form", ["pem", "der", "pkcs7", "pkcs12"])
    def test_twice_is_once(self, trust: dict[str, Any], source: str, tmp_path: Path, form: str) -> None:
        dest = tmp_path / "out" / "a"
        options = {"format": form, "export_passphrase": "geheim"}
        reported = self.export(trust, source, dest, check=True, **options)
        assert (reported["changed"], dest.parent.exists()) == (True, False)
        assert "PRIVATE" not in str(reported)
        assert "geheim" not in str(reported)
        assert self.export(trust, source, dest, **options)["changed"]
        assert dest.stat().st_mode & 0o777 == 0o600
        written = dest.read_bytes()
        assert self.export(trust, source, dest, **options)["changed"] is False
        assert dest.read_bytes() == written
        assert list(dest.parent.iterdir()) == [dest]

    def test_openssl_reads_them(self, trust: dict[str, Any], source: str, tmp_path: Path) -> None:
        secret = {"format": "pkcs12", "export_passphrase": "geheim"}
        self.export(trust, source, tmp_path / "a.p12", **secret)
        self.export(trust, source, tmp_path / "a.p7b", format="pkcs7")
        run = ["openssl", "pkcs12", "-in", str(tmp_path / "a.p12"), "-passin", "pass:geheim", "-nodes", "-info"]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
        assert done.stdout.count("BEGIN CERTIFICATE") == 4
        assert "BEGIN PRIVATE KEY" in done.stdout
        assert "AES-256-CBC" in done.stderr
        run = ["openssl", "pkcs7", "-inform", "DER", "-in", str(tmp_path / "a.p7b"), "-print_certs"]
        assert subprocess.run(run, capture_output=True, text=True, check=True).stdout.count("BEGIN CERTIFICATE") == 4

    def test_another_certificate_is_not_overwritten(
        self, pki: Pki, trust: dict[str, Any], source: str, tmp_path: Path
    ) -> None:
        dest = tmp_path / "a.pem"
        for content in (pem(pki.g1.root.certificate), b"notes"):
            dest.write_bytes(content)
            assert refused(lambda: self.export(trust, source, dest)).code == "export_would_overwrite"
            assert dest.read_bytes() == content
        assert self.export(trust, source, dest, force=True)["changed"]
        assert self.export(trust, source, dest, include_chain=False)["changed"]
        assert dest.read_bytes().count(b"BEGIN CERTIFICATE") == 1

    def test_a_pkcs12_needs_the_key(self, pki: Pki, trust: dict[str, Any], source: str, tmp_path: Path) -> None:
        dest = tmp_path / "a.p12"
        bare = write(tmp_path / "bare.pem", pki.g4.issuing.issue(pki.key.public_key()))
        options = {"format": "pkcs12", "export_passphrase": "geheim"}
        for check in (True, False):
            error = refused(lambda given=check: self.export(trust, bare, dest, check=given, **options))
            assert error.code == "key_not_exportable"
        assert not dest.exists()

    def test_everything_and_one_that_fails(self, pki: Pki, trust: dict[str, Any], source: str, tmp_path: Path) -> None:
        over = write(tmp_path / "over.pem", pki.g1.issuing.issue(pki.key.public_key(), begins=-9, ends=-1))
        folder = tmp_path / "out"
        options = {"path": [source, over], "all": True}
        first = self.export(trust, source, folder, **options)
        assert (first["changed"], len(first["results"]), len(first["diff"])) == (True, 2, 2)
        assert self.export(trust, source, folder, **options)["changed"] is False
        Path(first["results"][0]["path"]).write_bytes(b"notes")
        error = refused(lambda: self.export(trust, source, folder, **options))
        assert error.code == "export_incomplete"
        assert [one.get("error_code") for one in error.details["results"]] == ["export_would_overwrite", None]

    @pytest.mark.parametrize("every", [False, True])
    def test_what_is_left_out_is_told_once(
        self, pki: Pki, trust: dict[str, Any], source: str, tmp_path: Path, every: bool
    ) -> None:
        extra = b"-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQU=\n-----END CERTIFICATE REQUEST-----\n"
        Path(source).write_bytes(Path(source).read_bytes() + extra)
        anchors = Path(trust["trust_anchors"])
        anchors.write_bytes(anchors.read_bytes() + pem(pki.g4.issuing.issue(pki.key.public_key())))
        reported = self.export(trust, source, tmp_path / "out", all=every)["warnings"]
        assert len(reported) == 2
        assert f"{source}: block 3 (CERTIFICATE REQUEST)" in reported[0]
        assert str(anchors) in reported[1]
        assert "which is not a CA certificate" in reported[1]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
    def test_the_owner_stays(self, pki: Pki, trust: dict[str, Any], source: str, tmp_path: Path) -> None:
        dest = tmp_path / "a.pem"
        dest.write_bytes(pem(pki.g1.root.certificate))
        os.chown(dest, 65534, 65534)
        assert self.export(trust, source, dest, force=True)["changed"]
        found = dest.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65534, 65534, 0o600)

    def test_a_folder_that_cannot_be_written(self, trust: dict[str, Any], source: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        assert refused(lambda: self.export(trust, source, tmp_path / "file" / "a.pem")).code == "file_unwritable"
