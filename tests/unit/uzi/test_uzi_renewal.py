# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is due about a certificate, and the keys that are renewed: in files, killed after each step, and on a token."""

from __future__ import annotations

import dataclasses
import itertools
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import renewal_screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.renew_certificate import (
    RenewCertificate,
    Renewed,
    Situation,
    carry_out,
    look,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.renewal_screen import RenewalRow
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.file_keys import FileKeys
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import JudgeSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.key_source import KeySource, Token
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.problems import problem
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.renewal import (
    Current,
    Decision,
    Found,
    Issued,
    Request,
    Rules,
    Step,
    decide,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.signer import WantedSigner, open_signer
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import renewing
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import NOW, Pki, der, pem, uzi_name
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

URA = "90000101"
NO_STORE: Any = None
SECRET = "zeer geheim"


def refused(call: Callable[..., Any], *given: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(*given)
    return caught.value


class TestDecide:
    CURRENT = Current("AA", "g4", NOW, 400, usable=True, revoked=False, key="old")
    REQUEST = Request("r.csr.pem", NOW, "new")

    def decide(self, *, days: int = 400, rules: Rules | None = None, **found: Any) -> Decision:
        names = {one.name for one in dataclasses.fields(Current)}
        given = {"days_left": days, **{name: found.pop(name) for name in list(found) if name in names}}
        current = dataclasses.replace(self.CURRENT, **given)
        return decide(Found(URA, current, **{"keys": frozenset({"old"}), **found}), rules or Rules())

    @pytest.mark.parametrize(
        ("found", "reason"),
        [
            ({}, ""),
            ({"days": 91}, ""),
            ({"days": 90}, "it ends in 90 days"),
            ({"days": -1}, "it has expired"),
            ({"revoked": True}, "it was revoked"),
            ({"hierarchy": "g1"}, "G1 ends on 12 November 2028"),
            ({"hierarchy": "g1", "rules": Rules(90, g1=False)}, ""),
            ({"days": 20, "rules": Rules(10)}, ""),
        ],
    )
    def test_why(self, found: dict[str, Any], reason: str) -> None:
        assert self.decide(**found) == Decision(Step.REQUEST if reason else Step.KEEP, reason)

    def test_the_way_of_a_request(self) -> None:
        due: dict[str, Any] = {"days": 10, "request": self.REQUEST}
        assert self.decide(**due).step is Step.WAIT
        assert self.decide(**due, issued=Issued("c", "new")).step is Step.INSTALL
        assert self.decide(**due, issued=Issued("c", "new"), keys=frozenset({"old", "new"})).step is Step.FINISH
        # One who put the answer down wants it, whether it is due or not; a request alone only lies there.
        assert self.decide(request=self.REQUEST, issued=Issued("c", "new")).step is Step.INSTALL
        kept = self.decide(request=self.REQUEST)
        assert (kept.step, "r.csr.pem" in kept.note) == (Step.KEEP, True)
        assert self.decide(newer="BB").step is Step.POINT

    def test_what_must_not_be_put_in_place(self) -> None:
        due: dict[str, Any] = {"days": 10, "request": self.REQUEST}
        wrong = ZorgidError("certificate_revoked", "It was revoked")
        assert refused(lambda: self.decide(**due, issued=Issued("c", "", wrong))) is wrong
        other = refused(lambda: self.decide(**due, issued=Issued("c", "old")))
        assert (other.code, "the key in use now" in str(other)) == ("key_mismatch", True)
        assert refused(lambda: self.decide(**due, pinned=True, issued=Issued("c", "new"))).code == "renewal_pinned"
        assert refused(lambda: self.decide(days=10, issued=Issued("c", "new"))).code == "renewal_unclear"
        lost = dataclasses.replace(self.REQUEST, lost="there")
        assert refused(lambda: self.decide(days=10, request=lost)).code == "renewal_unclear"
        assert refused(decide, Found(URA, None, frozenset()), Rules()).code == "certificate_not_found"


class Desk:
    """An organisation with a certificate that ends in 34 days, and CIBG."""

    def __init__(self, pki: Pki, folder: Path, source: KeySource, ura: str = URA) -> None:
        self.pki, self.folder, self.ura = pki, folder, ura
        self.trust = JudgeSettings(environment="test", revocation="off", **pki.files(folder))
        self.source = source
        self.command = RenewCertificate(
            ura, "Huisartsenpraktijk De Linde", folder / "renew", source.thumbprint, source.source == "file"
        )

    def place(self) -> Any:
        if self.source.source == "file":
            return FileKeys(self.source, self.ura, bits=2048, now=NOW)
        from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.token_keys import TokenKeys

        return TokenKeys(self.source.token, self.ura, bits=2048, now=NOW)

    def look(self) -> Situation:
        return look(self.command, self.place(), self.trust.judge())

    def renew(self) -> tuple[Step, Renewed]:
        """One run of the playbook."""
        situation = self.look()
        return situation.decision.step, carry_out(self.command, self.place(), situation, now=NOW)

    def issues(self, **how: Any) -> x509.Certificate:
        """CIBG's answer to the request."""
        public: Any = x509.load_pem_x509_csr(self.command.request.read_bytes()).public_key()
        issued = self.pki.g4.issuing.issue(public, ends=1095, **how)
        self.command.issued.write_bytes(der(issued))
        return issued

    def signs_with(self) -> x509.Certificate:
        """The certificate with which a run would sign now; its key is proven."""
        return open_signer(
            WantedSigner(self.ura, None, self.source, self.trust), self.trust.judge(), NO_STORE
        ).certificate

    def files(self) -> dict[str, bytes]:
        return {str(one.relative_to(self.folder)): one.read_bytes() for one in self.folder.rglob("*") if one.is_file()}


def with_files(pki: Pki, folder: Path, form: str, passphrase: str | None = None) -> Desk:
    """``form``: pem (two files), combined, der (two files), pkcs12."""
    folder.mkdir(exist_ok=True)
    old = pki.g4.issuing.issue(pki.key.public_key(), ends=34)
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    encoding = Encoding.DER if form == "der" else Encoding.PEM
    key = pki.key.private_bytes(encoding, PrivateFormat.PKCS8, how)
    certificate, key_path = folder / "linde.pem", folder / "linde.key"
    chain = pem(pki.g4.issuing.certificate)
    if form == "pkcs12":
        content = pkcs12.serialize_key_and_certificates(None, pki.key, old, [pki.g4.issuing.certificate], how)
    elif form == "der":
        content = der(old)
    else:
        content = pem(old) + (chain + key if form == "combined" else b"")
    certificate.write_bytes(content)
    certificate.chmod(0o644 if form in ("pem", "der") else 0o600)
    two = form in ("pem", "der")
    if two:
        key_path.write_bytes(key)
        key_path.chmod(0o600)
    return Desk(pki, folder, KeySource("file", str(certificate), str(key_path) if two else None, passphrase))


FORMS = [("pem", SECRET), ("combined", None), ("der", None), ("pkcs12", None)]


class TestFiles:
    @pytest.mark.parametrize(("form", "passphrase"), FORMS)
    def test_from_request_to_swap(self, pki: Pki, tmp_path: Path, form: str, passphrase: str | None) -> None:
        desk = with_files(pki, tmp_path, form, passphrase)
        old, before = desk.signs_with(), desk.files()
        assert desk.look().decision == Decision(Step.REQUEST, "it ends in 33 days")
        assert desk.files() == before
        assert desk.renew()[0] is Step.REQUEST
        pending = tmp_path / "zorgid-renewal" / f"{URA}.key.pem"
        assert [stat.S_IMODE(one.stat().st_mode) for one in (pending, pending.parent)] == [0o600, 0o700]
        assert (b"ENCRYPTED" in pending.read_bytes()) == (passphrase is not None)
        csr = x509.load_pem_x509_csr(desk.command.request.read_bytes())
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert (csr.subject, names.get_values_for_type(x509.DNSName)) == (old.subject, ["zorgid.delinde.example"])

        requested = desk.files()
        assert desk.renew() == (Step.WAIT, Renewed(False))
        assert desk.files() == requested

        new = desk.issues()
        step, renewed = desk.renew()
        assert (step, renewed.until) == (Step.INSTALL, new.not_valid_after_utc)
        assert desk.signs_with() == new
        after = desk.files()
        day = f"{NOW:%Y%m%d}"
        assert after[f"linde.{day}.pem"] == before["linde.pem"]
        assert after.get(f"linde.{day}.key") == before.get("linde.key")
        kept = {f"linde.{day}.pem", f"renew/{URA}.{day}.csr.pem", f"renew/{URA}.{day}.cer"}
        assert after.keys() - before.keys() == kept | ({f"linde.{day}.key"} if desk.source.key_path else set())
        assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("linde.pem", f"linde.{day}.pem")] == [
            stat.S_IMODE((tmp_path / f"linde.{day}.pem").stat().st_mode)
        ] * 2
        if form == "der":
            assert after["linde.pem"] == der(new)
        if form == "combined":
            assert after["linde.pem"].count(b"BEGIN CERTIFICATE") == 3
        assert desk.renew() == (Step.KEEP, Renewed(False))
        assert desk.files() == after

    @pytest.mark.parametrize(("form", "passphrase"), [("pem", SECRET), ("combined", SECRET)])
    def test_killed_after_each_step(self, pki: Pki, tmp_path: Path, form: str, passphrase: str | None) -> None:
        base = with_files(pki, tmp_path / "base", form, passphrase)
        base.renew()
        steps = 99
        for done in itertools.count():
            folder = tmp_path / str(done)
            subprocess.run(["cp", "-a", tmp_path / "base", folder], check=True)
            source = dataclasses.replace(
                base.source,
                certificate_path=str(folder / "linde.pem"),
                key_path=str(folder / "linde.key") if base.source.key_path else None,
            )
            desk = Desk(pki, folder, source)
            old, before = desk.signs_with(), desk.files()
            new = desk.issues()
            steps = len(list(itertools.islice(desk.place().steps(new, [pki.g4.issuing.certificate]), done)))
            # Whatever lies there now signs, with the old pair or with the new one.
            assert desk.signs_with() in (old, new)
            step, _renewed = desk.renew()
            assert step in (Step.INSTALL, Step.FINISH)
            assert desk.signs_with() == new
            after = desk.files()
            day = f"{NOW:%Y%m%d}"
            assert after[f"linde.{day}.pem"] == before["linde.pem"]
            assert after.get(f"linde.{day}.key") == before.get("linde.key")
            assert len([name for name in after if name.startswith("linde.")]) == (4 if source.key_path else 2)
            assert not (folder / "zorgid-renewal" / f"{URA}.key.pem").exists()
            assert desk.renew()[0] is Step.KEEP
            if steps < done:
                break
        assert steps == (6 if base.source.key_path else 3)

    def test_what_was_kept_is_never_overwritten(self, pki: Pki, tmp_path: Path) -> None:
        desk = with_files(pki, tmp_path, "pem", SECRET)
        mine = tmp_path / f"linde.{NOW:%Y%m%d}.key"
        mine.write_bytes(b"of somebody else")
        old = (tmp_path / "linde.key").read_bytes()
        desk.renew()
        desk.issues()
        desk.renew()
        assert mine.read_bytes() == b"of somebody else"
        assert mine.with_stem(f"{mine.stem}-2").read_bytes() == old

    def test_a_new_key_never_lies_open_where_the_old_one_does_not(self, pki: Pki, tmp_path: Path) -> None:
        desk = with_files(pki, tmp_path, "pem", SECRET)
        desk.source = dataclasses.replace(desk.source, passphrase=None)
        assert refused(desk.look).code == "passphrase_wrong"
        assert not desk.command.folder.exists()

    def test_what_cibg_did_not_issue_for_this_is_not_put_in_place(self, pki: Pki, tmp_path: Path) -> None:
        desk = with_files(pki, tmp_path, "pem", SECRET)
        desk.renew()
        desk.issues(names=[uzi_name("90000102")])
        before = desk.files()
        assert refused(desk.renew).code == "certificate_ura_mismatch"
        desk.issues(begins=2)
        assert refused(desk.renew).code == "certificate_not_yet_valid"
        desk.command.issued.write_bytes(der(pki.g4.issuing.issue(pki.key.public_key(), ends=1000)))
        assert refused(desk.renew).code == "key_mismatch"
        desk.command.issued.write_bytes(b"no certificate")
        assert refused(desk.renew).code == "certificate_unreadable"
        assert {**desk.files(), f"renew/{URA}.cer": b""} == {**before, f"renew/{URA}.cer": b""}
        desk.issues()
        (tmp_path / "zorgid-renewal" / f"{URA}.key.pem").unlink()
        assert refused(desk.renew).code == "renewal_unclear"

    def test_one_that_the_inventory_names_by_its_thumbprint(self, pki: Pki, tmp_path: Path) -> None:
        desk = with_files(pki, tmp_path, "pem", SECRET)
        desk.renew()
        desk.issues()
        named = hexadecimal(desk.signs_with())
        desk = Desk(pki, tmp_path, dataclasses.replace(desk.source, thumbprint=named))
        assert refused(desk.renew).code == "renewal_pinned"
        assert refused(desk.renew).action == "take the line thumbprint out, and run this again"


@pytest.fixture
def on_token(pki: Pki, softhsm: str, tmp_path: Path) -> Desk:
    """A token of its own with a key and its certificate, both called linde."""
    import pkcs11
    from pkcs11 import Attribute

    run = ["softhsm2-util", "--pin", "1234"]
    key = tmp_path / "key.pem"
    key.write_bytes(pki.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    subprocess.run([*run, "--import", str(key), "--token", "renewal", "--label", "linde", "--id", "A1"], check=True)
    key.unlink()
    old = pki.g4.issuing.issue(pki.key.public_key(), ends=34)
    with pkcs11.lib(softhsm).get_token(token_label="renewal").open(user_pin="1234", rw=True) as session:
        session.create_object(
            {
                Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: "linde",
                Attribute.ID: b"\xa1",
                Attribute.SUBJECT: old.subject.public_bytes(),
                Attribute.VALUE: der(old),
            }
        )
    return Desk(pki, tmp_path, KeySource("pkcs11", token=Token(softhsm, "renewal", "1234", "linde")))


def test_a_key_on_a_token(on_token: Desk) -> None:
    import pkcs11
    from pkcs11 import Attribute, ObjectClass

    def keys() -> dict[bytes, Any]:
        session = pkcs11.lib(on_token.source.token.module).get_token(token_label="renewal").open()
        return {
            bytes(one[Attribute.ID]): one for one in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        }

    old = on_token.signs_with()
    assert on_token.look().decision == Decision(Step.REQUEST, "it ends in 33 days")
    assert len(keys()) == 1
    assert on_token.renew()[0] is Step.REQUEST
    (new_id,) = keys().keys() - {b"\xa1"}
    made = keys()[new_id]
    assert (made[Attribute.EXTRACTABLE], made[Attribute.SENSITIVE], made.key_length) == (False, True, 2048)
    # Killed before the request was written: the pair that waits serves.
    csr = on_token.command.request.read_bytes()
    on_token.command.request.unlink()
    assert on_token.renew()[0] is Step.REQUEST
    public = [x509.load_pem_x509_csr(one).public_key() for one in (csr, on_token.command.request.read_bytes())]
    assert (public[0] == public[1], len(keys())) == (True, 2)
    assert on_token.renew() == (Step.WAIT, Renewed(False))
    assert on_token.signs_with() == old

    new = on_token.issues()
    # Killed between the token and what is put away.
    on_token.place().install(new, [])
    assert on_token.look().decision.step is Step.FINISH
    assert on_token.renew()[0] is Step.FINISH
    assert on_token.signs_with() == new
    assert sorted(keys()) == sorted([b"\xa1", new_id])
    assert on_token.renew() == (Step.KEEP, Renewed(False))

    # An inventory that names the old one by its thumbprint is told.
    named = Desk(on_token.pki, on_token.folder, dataclasses.replace(on_token.source, thumbprint=hexadecimal(old)))
    step, renewed = named.renew()
    assert (step, renewed.point_to.lower()) == (Step.POINT, new.fingerprint(SHA1()).hex())  # noqa: S303 - as Windows names it
    assert on_token.place().lost("0" * 64) == "the token renewal"


def hexadecimal(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def test_the_table(pki: Pki, tmp_path: Path) -> None:
    desk = with_files(pki, tmp_path, "pem", SECRET)
    waits, fine = desk.look(), with_files(pki, tmp_path / "b", "pem", SECRET).look()
    waits = dataclasses.replace(waits, decision=Decision(Step.WAIT, "it ends in 33 days"), since=NOW)
    fine = dataclasses.replace(
        fine, decision=Decision(Step.KEEP), current=dataclasses.replace(TestDecide.CURRENT, days_left=812)
    )
    error = ZorgidError("passphrase_wrong", "key.pem cannot be opened", action="give the right passphrase")
    rows = [
        RenewalRow("zonneveld", "Zonneveld", "90000303", desk.command, fine),
        RenewalRow("delinde", "De Linde " + "lang " * 20, URA, desk.command, waits, Renewed(False)),
        RenewalRow("debrug", "De Brug", "90000404", error=error),
    ]
    shown = renewal_screen.screen(rows, environment="production", style=Style(), now=NOW, check=False).splitlines()
    assert shown[0].startswith("ZORG-ID renewal · production · 3 organisations · ")
    assert [line.split()[0] for line in shown[2:5]] == ["✗", "…", "✓"]
    assert shown[4] == f"✓ {'Zonneveld':<28} 90000303   812 days  keep"
    assert "33 days  waits for CIBG since" in shown[3]
    assert f"send {desk.command.request} to CIBG (UZI-register)" in " ".join(" ".join(shown).split())
    assert "[passphrase_wrong]" in shown[2]
    assert [line for line in shown if len(line) > 100] == []


def test_a_pin_that_was_refused_is_not_tried_for_the_next_organisation(pki: Pki, tmp_path: Path) -> None:
    desk = with_files(pki, tmp_path, "pem", SECRET)
    tried: list[str] = []

    class Locked:
        """A token that refuses: a login to a real one counts for this whole process."""

        def entries(self) -> Any:
            tried.append("once")
            raise ZorgidError("pkcs11_pin_wrong", "The token renewal refuses the PIN")

    action: Any = None
    place: Any = Locked()
    run = renewing._Renewal(action)
    source = KeySource("pkcs11", token=Token("driver.so", "renewal", "4321"))
    rows = [RenewalRow(host, host, URA, desk.command) for host in ("delinde", "anker")]
    wanted = WantedSigner(URA, None, source, desk.trust)
    seen = [run.looked_at(renewing._Work(row, wanted, place, DossierPlace(), "test")) for row in rows]
    assert [one.error.code for one in seen if one.error] == ["pkcs11_pin_wrong"] * 2
    assert tried == ["once"]


def test_a_bundle_that_is_not_there_says_what_makes_it(tmp_path: Path) -> None:
    for environment in ("production", "acceptance"):
        error = refused(JudgeSettings(environment=environment, intermediates=tmp_path / "none.pem").judge)
        assert (error.code, "run gbz.zorgid.trust_anchors" in str(error.action)) == ("file_unreadable", True)
    assert "run gbz.zorgid.trust_anchors" in problem("certificate_untrusted").action
