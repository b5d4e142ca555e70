# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at certificate, key and document of one organisation: everything becomes an observation, nothing changes."""

from __future__ import annotations

import copy
import datetime
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._document import described
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Look
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import document_state
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.make_document import make_document
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_certificates import read_certificates
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import read_certificates as reading
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.make_document import (
    command_of,
    result_of,
    signer_of,
    verification_of,
)
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import uzi_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.uzi_options import NOTHING, ORGANISATION
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import Pki, pem
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

#: No Windows store is asked here.
NO_STORE: Any = None


class World:
    """An organisation whose key lies in a file of its own, and its dossier."""

    def __init__(self, pki: Pki, folder: Path) -> None:
        self.pki, self.folder = pki, folder
        certificate = pki.g4.issuing.issue(pki.key.public_key())
        (folder / "mine.pem").write_bytes(pem(certificate))
        self.key(pki.key)
        self.options: dict[str, Any] = {
            **dict.fromkeys(NOTHING),
            **pki.files(folder),
            "crls": pki.crls(folder),
            "revocation": "require",
            "expiry_warning_days": 60,
            "organisation": copy.deepcopy(ORGANISATION),
            "path": str(folder / "document.xml"),
            "source": "file",
            "certificate_path": str(folder / "mine.pem"),
            "key_path": str(folder / "key.pem"),
            "store_name": "My",
            "store_location": "LocalMachine",
            "signature_algorithm": "rsa-sha256",
            "xades": False,
            "include_chain": False,
            "dossier_url": f"sqlite:///{folder}/dossier.sqlite3",
            "dossier_key": KEY,
        }
        self.evidence: dict[str, Any] = {}

    def key(self, key: Any, passphrase: bytes | None = None) -> None:
        how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        (self.folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))

    def make(self, *, check: bool = False) -> dict[str, Any]:
        made = make_document(command_of(self.options), NO_STORE, check_mode=check)
        result = result_of(made, diff_mode=False)
        self.evidence = {"sha256": result["digest"], "content": result["content"]}
        return result

    def certificate(self) -> uzi_look.CertificateLook:
        action: Any = SimpleNamespace(check_mode=False)
        return uzi_look.certificate(action, signer_of(self.options), host="w", shared=OncePerRun(self.folder / "run"))

    def document(self, *, by_hand: bool = False) -> Any:
        seen = self.certificate()
        with DossierStore.open(self.options["dossier_url"], key=self.options["dossier_key"], read_only=True) as store:
            if by_hand:
                return uzi_look.document_by_hand(lambda: verification_of(self.options), store=store, judge=seen.judge)
            return uzi_look.document(
                lambda: command_of(self.options), known_evidence=self.evidence, store=store, certificate=seen
            )


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> World:
    return World(pki, tmp_path)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a document was rendered."""
    times: list[str] = []
    render = described.render

    def counted(*given: Any, **more: Any) -> bytes:
        times.append("once")
        return render(*given, **more)

    monkeypatch.setattr(described, "render", counted)
    return times


def test_the_certificate_is_what_the_public_action_finds(world: World) -> None:
    seen = world.certificate()
    assert seen.certificate.look is Look.GOOD
    assert seen.key.look is Look.NOT_ASKED
    asked: Any = {
        **world.options,
        "path": [world.options["certificate_path"]],
        "ura": "90000101",
        "subject": None,
        "all": False,
        "organisation_name": ORGANISATION["name"],
    }
    selected = reading.result_of(read_certificates(reading.command_of(asked), NO_STORE))["selected"]
    assert seen.certificate.value is not None
    assert seen.certificate.value.thumbprint == selected["thumbprint"]
    assert {**seen.evidence, "key_state": "none"} == selected["evidence"]
    # Nobody opened the key: it is in another file.
    assert seen.evidence["key_state"] == "own_file"
    assert "RSAPrivateKey" not in repr(seen)


def test_the_certificate_of_another_organisation_is_bad_in_its_own_words(world: World) -> None:
    world.options["organisation"]["ura"] = "90000102"
    seen = world.certificate()
    assert (seen.certificate.look, seen.key.look) == (Look.BAD, Look.NOT_ASKED)
    assert seen.certificate.trouble is not None
    assert seen.certificate.trouble.code == "certificate_ura_mismatch"
    assert world.document().look is Look.NOT_ASKED


def test_a_revoked_certificate_is_bad(world: World) -> None:
    revoked = world.certificate().chosen
    assert revoked is not None
    world.options["crls"] = world.pki.crls(world.folder, [revoked.entry.certificate.x509])
    trouble = world.certificate().certificate.trouble
    assert trouble is not None
    assert trouble.code == "certificate_revoked"


class TestKey:
    def look(self, world: World) -> Any:
        return uzi_look.key(signer_of(world.options).source, world.certificate())

    def test_the_right_one_opens(self, world: World) -> None:
        assert self.look(world).look is Look.GOOD

    def test_the_wrong_file_is_named(self, world: World) -> None:
        world.key(world.pki.other_key)
        seen = self.look(world)
        assert (seen.look, seen.trouble.code) == (Look.BAD, "key_mismatch")
        assert world.options["key_path"] in seen.trouble.message

    def test_a_wrong_passphrase(self, world: World) -> None:
        world.key(world.pki.key, b"zeer-geheim")
        assert self.look(world).trouble.code == "passphrase_wrong"
        world.options["passphrase"] = "iets-anders"
        seen = self.look(world)
        assert seen.trouble.code == "passphrase_wrong"
        assert "iets-anders" not in repr(seen)
        world.options["passphrase"] = "zeer-geheim"
        assert self.look(world).look is Look.GOOD

    def test_no_file(self, world: World) -> None:
        (world.folder / "key.pem").unlink()
        assert self.look(world).trouble.code == "file_unreadable"

    def test_without_a_certificate_nobody_asks(self, world: World) -> None:
        world.options["certificate_path"] = str(world.folder / "nowhere.pem")
        assert self.look(world).look is Look.NOT_ASKED


class TestDocument:
    def test_a_document_that_does_not_exist(self, world: World) -> None:
        with DossierStore.open(world.options["dossier_url"], key=KEY):
            pass
        seen = world.document()
        assert (seen.look, seen.value.signed, seen.value.certificate, seen.value.differs) == (
            Look.GOOD,
            None,
            None,
            "new",
        )
        assert seen.value.content == world.make()["content"]

    def test_what_was_seen_good_is_not_rendered_again(self, world: World, rendered: list[str]) -> None:
        world.make()
        rendered.clear()
        seen = world.document()
        assert rendered == []
        assert (seen.value.differs, seen.value.signed) == ("unchanged", world.evidence["sha256"])
        assert seen.value.content == world.evidence["content"]
        # The full way comes to the same.
        evidence, world.evidence = world.evidence, {}
        assert world.document() == seen
        assert len(rendered) == 1
        world.evidence = evidence
        assert world.make()["reason"] == "unchanged"

    @pytest.mark.parametrize(
        ("change", "differs"),
        [
            (lambda o: o["organisation"]["provider"].update(phone="+31309999999"), "content"),
            (lambda o: o.update(signature_algorithm="rsa-sha512"), "algorithm"),
            (lambda o: o.update(include_chain=True), "algorithm"),
            (lambda o: o.update(xades=True), "algorithm"),
            (lambda o: o.update(valid_until=(datetime.datetime.now().date()).isoformat()), "validity"),
        ],
    )
    def test_a_difference_is_seen_and_is_what_check_mode_says(
        self, world: World, change: Callable[[dict[str, Any]], None], differs: str
    ) -> None:
        world.make()
        before = world.evidence
        change(world.options)
        seen = world.document().value
        assert seen.differs == differs
        assert seen.content != before["content"]
        assert seen.signed == before["sha256"]
        made = world.make(check=True)
        assert (made["reason"], made["content"]) == (differs, seen.content)

    def test_another_file_in_its_place_is_seen(self, world: World, rendered: list[str]) -> None:
        world.make()
        path = Path(world.options["path"])
        path.write_bytes(path.read_bytes().replace(b"Utrecht", b"Zwolle"))
        rendered.clear()
        assert world.document().value.differs == "invalid"
        assert rendered == ["once"]

    def test_a_template_that_says_something_else_is_seen(self, world: World, rendered: list[str]) -> None:
        template = world.folder / "t.xml.j2"
        template.write_text("<a><ura>{{ organisation.ura }}</ura></a>")
        world.options["template"] = str(template)
        world.make()
        rendered.clear()
        assert world.document().value.differs == "unchanged"
        assert rendered == []
        template.write_text("<a><b/><ura>{{ organisation.ura }}</ura></a>")
        assert world.document().value.differs == "content"

    def test_a_document_whose_time_is_over_is_looked_at_again(self, world: World, rendered: list[str]) -> None:
        now = datetime.datetime.now(datetime.UTC)
        world.options.update(valid_until=now.date().isoformat(), revocation="off")
        world.make()
        rendered.clear()
        assert (world.document().value.differs, rendered) == ("unchanged", [])
        world.options["at"] = (now + datetime.timedelta(days=1)).isoformat()
        seen = world.document()
        assert (seen.look, seen.trouble.code, rendered) == (Look.BAD, "document_invalid", ["once"])

    def test_a_renewed_certificate_is_seen(self, world: World) -> None:
        world.make()
        old = world.certificate().certificate.value
        fresh = world.pki.g4.issuing.issue(world.pki.key.public_key(), ends=500)
        Path(world.options["certificate_path"]).write_bytes(pem(fresh))
        seen = world.document().value
        assert old is not None
        assert (seen.differs, seen.certificate) == ("certificate", old.thumbprint)

    def test_a_missing_file_that_the_dossier_keeps_is_no_difference(self, world: World) -> None:
        world.make()
        Path(world.options["path"]).unlink()
        seen = world.document().value
        assert (seen.differs, seen.signed) == ("unchanged", world.evidence["sha256"])
        assert not Path(world.options["path"]).exists()

    def test_without_a_key_everything_is_looked_at_and_the_content_is_stable(
        self, world: World, rendered: list[str]
    ) -> None:
        world.options["dossier_key"] = None
        world.make()
        rendered.clear()
        seen = world.document()
        assert (seen.value.differs, seen.value.content) == ("unchanged", world.evidence["content"])
        assert rendered == ["once"]

    def test_a_dossier_that_gets_a_key_has_not_corrected_anything(self, world: World) -> None:
        world.options["dossier_key"] = None
        world.make()
        world.options["dossier_key"] = KEY
        with DossierStore.open(world.options["dossier_url"], key=KEY):
            pass
        assert world.document().value.content == world.evidence["content"]

    def test_check_mode_notes_nothing(self, world: World, rendered: list[str]) -> None:
        world.make()
        world.options["organisation"]["provider"]["phone"] = "+31309999999"
        world.make(check=True)
        world.options["organisation"]["provider"]["phone"] = "+31301234567"
        world.evidence["sha256"] = hashlib.sha256(Path(world.options["path"]).read_bytes()).hexdigest()
        world.evidence["content"] = world.make(check=True)["content"]
        rendered.clear()
        assert world.document().value.differs == "unchanged"
        assert rendered == []

    def test_an_update_of_our_own_code_is_a_reason_to_look(
        self, world: World, rendered: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.make()
        rendered.clear()
        monkeypatch.setattr(document_state, "ours", lambda: "another version")
        assert world.document().value.differs == "unchanged"
        assert rendered == ["once"]

    def test_a_document_signed_by_hand_is_verified_as_it_is(self, world: World) -> None:
        world.make()
        world.options["organisation"]["provider"]["phone"] = "+31309999999"
        seen = world.document(by_hand=True)
        assert (seen.value.differs, seen.value.signed) == ("unchanged", world.evidence["sha256"])
        path = Path(world.options["path"])
        path.write_bytes(path.read_bytes().replace(b"Utrecht", b"Zwolle"))
        assert world.document(by_hand=True).trouble.code == "document_invalid"
        path.unlink()
        path.mkdir()
        assert world.document(by_hand=True).trouble.code == "document_unreadable"

    def test_looking_changes_nothing(self, world: World) -> None:
        world.make()
        before = {one: one.read_bytes() for one in sorted(world.folder.rglob("*")) if one.is_file()}
        world.options["signature_algorithm"] = "rsa-sha512"
        assert world.document().value.differs == "algorithm"
        world.document(by_hand=True)
        after = {one: one.read_bytes() for one in sorted(world.folder.rglob("*")) if one.is_file()}
        assert before == after

    def test_a_mistake_in_the_inventory_is_an_observation(self, world: World) -> None:
        world.make()
        world.options["valid_until"] = "2999-01-01"
        assert world.document().trouble.code == "validity_exceeds_certificate"
        world.options["organisation"].pop("address")
        assert world.document().trouble.code == "organisation_invalid"
