# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document as a file: made once, kept, replaced with its predecessor beside it. The signer comes from elsewhere."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import make_document as document
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.verify_document import verify_document
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import JudgeSettings
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import make_document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import verify_document as verifying
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party
from cryptography.hazmat.primitives.serialization import Encoding

KEY = base64.b64encode(bytes(range(1, 33))).decode()
#: Signed twice, the bytes differ.
PSS = {"signature_algorithm": "rsa-pss-sha256"}
NOW = datetime.datetime.now(datetime.UTC)


def judge_of(settings: JudgeSettings) -> Any:
    environment = settings.environment or ("own" if settings.trust_anchors else "production")
    return SimpleNamespace(judge=lambda *_: USABLE, environment=environment, at=NOW)


USABLE = SimpleNamespace(usable=True, problems=[], chain=[])
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(
        ["template", "form", "mapping", "schema", "signature_place", "valid_until", "at", "ura", "certificate_path"]
    ),
    **dict.fromkeys(["trust_anchors", "intermediates", "crls", "revocation", "key_path", "passphrase", "thumbprint"]),
    **dict.fromkeys(["pkcs11_module", "pkcs11_token", "pkcs11_pin", "pkcs11_label", "store_name", "store_location"]),
    "source": "windows",
    "expiry_warning_days": 60,
    "dossier_url": None,
    "signature_algorithm": "rsa-sha256",
    "xades": False,
    "include_chain": False,
    "environment": "own",
    "require_valid": False,
}
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def make(organisation_data: dict[str, Any], linde: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Runs the action's work with a key at hand; how keys are found and judged is tested where that is done."""

    def run(*, party: Party = linde, check: bool = False, **options: Any) -> dict[str, Any]:
        signer = SimpleNamespace(
            key=party.key,
            certificate=party.certificate,
            chain=[party.ca],
            judgement=USABLE,
            entry=SimpleNamespace(key=SimpleNamespace(state="file")),
        )
        monkeypatch.setattr(document, "open_signer", lambda *_: signer)
        monkeypatch.setattr(JudgeSettings, "judge", judge_of)
        given = {**DEFAULTS, "organisation": organisation_data, "path": str(tmp_path / "d" / "o.xml"), **options}
        more = {"still": given.pop("still")} if "still" in given else {}
        nowhere: Any = None
        made = document.make_document(make_document.command_of(given), nowhere, check_mode=check, **more)
        return make_document.result_of(made, diff_mode=True)

    return run


def verify(options: dict[str, Any], *, check_mode: bool) -> dict[str, Any]:
    command = verifying.command_of(options)
    return verifying.result_of(verify_document(command, check_mode=check_mode), require_valid=command.require_valid)


def test_the_second_run_changes_nothing(make: Make, tmp_path: Path) -> None:
    first = make()
    path = tmp_path / "d" / "o.xml"
    assert (first["changed"], first["reason"]) == (True, "new")
    assert first["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert first["certificate"]["ura"] == "90000101"
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.stat().st_mtime_ns
    second = make()
    assert (second["changed"], second["reason"], second["digest"]) == (False, "unchanged", first["digest"])
    assert path.stat().st_mtime_ns == written
    assert all(check["passed"] for check in second["checks"])
    assert "diff" not in second


@pytest.mark.parametrize("asked", [{"signature_algorithm": "rsa-pss-sha512"}, {"include_chain": True}, {"xades": True}])
def test_every_kind_is_kept(make: Make, asked: dict[str, Any]) -> None:
    assert make(**asked)["changed"]
    assert make(**asked)["reason"] == "unchanged"
    back = make()
    assert (back["changed"], make()["changed"]) == (True, False)


def test_the_old_version_stays_with_its_digest(make: Make, anker: Party, tmp_path: Path) -> None:
    first = make()
    old = (tmp_path / "d" / "o.xml").read_bytes()
    second = make(valid_until="2027-01-01")
    assert second["reason"] == "validity"
    assert second["previous_path"] == str(tmp_path / "d" / f"o.xml.{first['digest']}")
    assert Path(second["previous_path"]).read_bytes() == old


def test_check_mode_tells_and_writes_nothing(make: Make, tmp_path: Path) -> None:
    reported = make(check=True)
    assert (reported["changed"], reported["reason"], reported["digest"]) == (True, "new", None)
    assert list(tmp_path.iterdir()) == []
    assert "Zorgaanbieder/URA: 90000101" in reported["diff"]["after"]


def test_nothing_personal_in_the_result(make: Make, organisation_data: dict[str, Any]) -> None:
    shown = str(make())
    for person in organisation_data["people"].values():
        for value in person.values():
            assert value not in shown


def test_a_certificate_of_another_organisation_writes_nothing(make: Make, anker: Party, tmp_path: Path) -> None:
    with pytest.raises(ZorgidError) as caught:
        make(party=anker)
    assert caught.value.code == "certificate_ura_mismatch"
    assert not (tmp_path / "d").exists()


def test_the_form_is_filled_and_signed(make: Make, tmp_path: Path) -> None:
    form = tmp_path / "form.xml"
    form.write_bytes(b"<a>\n  <ura ></ura>\n</a>\n")
    made = make(form=str(form), mapping={"/a/ura": "ura"}, signature_place="/a/ura/..")
    assert (tmp_path / "d" / "o.xml").read_bytes().startswith(b"<a>\n  <ura >90000101</ura>\n<ds:Signature ")
    assert all(check["passed"] for check in made["checks"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"form": "x"}, "options_invalid"),
        ({"mapping": {"/a": "ura"}}, "options_invalid"),
        ({"valid_until": "tomorrow"}, "options_invalid"),
        ({"valid_until": "2099-01-01"}, "validity_exceeds_certificate"),
        ({"template": "absent.j2"}, "document_unreadable"),
        ({"template": "/"}, "document_unreadable"),
        ({"template": "{tmp}/latin1.j2"}, "template_invalid"),
        ({"template": "{tmp}/d/o.xml"}, "options_invalid"),
        ({"form": "{tmp}/d/o.xml", "mapping": {"/a": "ura"}}, "options_invalid"),
        ({"path": "{tmp}/latin1.j2/o.xml"}, "document_not_written"),
        ({"path": "{tmp}"}, "document_unreadable"),
        ({"valid_until": "2020-01-01"}, "document_invalid"),
        ({"mapping": {"/a": 1}, "form": "x"}, "options_invalid"),
        ({"schema": "absent.xsd"}, "schema_unusable"),
    ],
)
def test_wrong_options(make: Make, tmp_path: Path, options: dict[str, Any], code: str) -> None:
    (tmp_path / "latin1.j2").write_bytes(b"<a>\xe9</a>")
    for name, value in options.items():
        if isinstance(value, str):
            options = {**options, name: value.replace("{tmp}", str(tmp_path))}
    with pytest.raises(ZorgidError) as caught:
        make(**options)
    assert caught.value.code == code
    assert not (tmp_path / "d").exists()


def test_info_reports_and_fails_only_when_asked(make: Make, linde: Party, tmp_path: Path) -> None:
    make()
    path = tmp_path / "d" / "o.xml"
    options = {**DEFAULTS, "path": str(path), "ura": "90000101"}
    found = verify(options, check_mode=False)
    assert found["valid"]
    assert found["signer"]["ura"] == "90000101"
    assert "Zorgaanbieder/URA: 90000101" in found["signed_content"]
    assert "GELDIG" in found["report"]["nl"]
    path.write_bytes(path.read_bytes().replace(b"Lindelaan", b"Eikenlaan"))
    found = verify(options, check_mode=False)
    assert (found["valid"], found["signed_content"]) == (False, None)
    assert [check["reason"] for check in found["checks"] if not check["passed"]] == ["content_changed"]
    with pytest.raises(ZorgidError) as caught:
        verify({**options, "require_valid": True}, check_mode=False)
    assert caught.value.code == "document_invalid"


def test_the_certificate_may_lie_beside_the_document(make: Make, linde: Party, anker: Party, tmp_path: Path) -> None:
    make()
    path, beside = tmp_path / "d" / "o.xml", tmp_path / "certificate.pem"
    path.write_bytes(re.sub(rb"<ds:KeyInfo>.*</ds:KeyInfo>", b"", path.read_bytes(), flags=re.DOTALL))
    options = {**DEFAULTS, "path": str(path), "ura": "90000101"}
    assert verify(options, check_mode=False)["checks"][-1]["reason"] == "signer_missing"
    beside.write_bytes(linde.ca.public_bytes(Encoding.PEM) + linde.certificate.public_bytes(Encoding.PEM))
    assert verify({**options, "certificate_path": str(beside)}, check_mode=False)["valid"]
    beside.write_bytes(anker.certificate.public_bytes(Encoding.DER))
    found = verify({**options, "certificate_path": str(beside)}, check_mode=False)
    assert found["checks"][-1]["reason"] == "signature_wrong"
    # What signs again does not take a certificate from beside: a document without one is made anew.
    assert make()["reason"] == "invalid"


@pytest.mark.parametrize("ura", [138, "138x", "123456789", True])
def test_the_ura_that_is_asked_for_is_one(make: Make, tmp_path: Path, ura: object) -> None:
    make()
    with pytest.raises(ZorgidError) as caught:
        verify({**DEFAULTS, "path": str(tmp_path / "d" / "o.xml"), "ura": ura}, check_mode=False)
    assert caught.value.code == "ura_invalid"


def test_an_instruction_of_the_form_is_signed_and_kept(make: Make, tmp_path: Path) -> None:
    form, path = tmp_path / "form.xml", tmp_path / "d" / "o.xml"
    form.write_bytes(b'<?mso-application progid="InfoPath.Document"?><a><ura/></a>\n<?end x?>')
    asked = {"form": str(form), "mapping": {"/a/ura": "ura"}}
    assert make(**asked)["reason"] == "new"
    assert make(**asked)["reason"] == "unchanged"
    assert path.read_bytes().startswith(b'<?mso-application progid="InfoPath.Document"?><a><ura>90000101</ura>')
    form.write_bytes(form.read_bytes().replace(b"InfoPath", b"Word"))
    assert make(**asked)["reason"] == "content"
    path.write_bytes(path.read_bytes().replace(b"<?end x?>", b""))
    assert make(**asked)["reason"] == "invalid"


@pytest.mark.parametrize(
    ("environment", "anchors", "written"),
    [("acceptance", "x.pem", "acceptatie"), (None, "x.pem", "eigen"), (None, None, "productie")],
)
def test_the_environment_is_written(
    make: Make, tmp_path: Path, environment: str | None, anchors: str | None, written: str
) -> None:
    make(environment=environment, trust_anchors=anchors)
    assert f'omgeving="{written}"'.encode() in (tmp_path / "d" / "o.xml").read_bytes()


def test_what_is_unchanged_but_no_longer_valid_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=10)).date().isoformat()
    make(valid_until=until)
    monkeypatch.setattr(
        f"{__name__}.NOW", datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=20), raising=True
    )
    with pytest.raises(ZorgidError, match=f"expired on {until}") as caught:
        make(valid_until=until)
    assert caught.value.code == "document_invalid"


def test_a_huge_file_is_not_read(tmp_path: Path, make: Make) -> None:
    make()
    path = tmp_path / "huge.xml"
    with path.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    found = verify({**DEFAULTS, "path": str(path)}, check_mode=False)
    assert [check["reason"] for check in found["checks"]] == ["document_unreadable"]
    assert "too large" in found["checks"][0]["message"]


def test_a_signature_that_does_not_verify_is_replaced(make: Make, linde: Party, tmp_path: Path) -> None:
    make()
    path = tmp_path / "d" / "o.xml"
    path.write_bytes(sign(b"<other/>", linde.key, linde.certificate).replace(b"<other>", b"<other x='1'>"))
    assert make()["reason"] == "invalid"
    assert make()["reason"] == "unchanged"


def kept_by(tmp_path: Path, **more: Any) -> dict[str, Any]:
    return {"dossier_url": f"sqlite:///{tmp_path}/kept/dossier.sqlite3", "dossier_key": KEY, **PSS, **more}


def versions(tmp_path: Path) -> list[bytes]:
    given = kept_by(tmp_path)
    with DossierStore.open(given["dossier_url"], key=KEY, read_only=True) as store:
        found = [store.sealed.one("90000101", "organisation_document", one) for one in _numbers(store)]
    return [one.content for one in found if one is not None]


def _numbers(store: DossierStore) -> list[int]:
    return store.sealed.versions("90000101", "organisation_document")


def test_a_document_that_is_lost_is_put_back_and_not_signed_anew(make: Make, tmp_path: Path) -> None:
    path, dossier = tmp_path / "d" / "o.xml", kept_by(tmp_path)
    first = make(**dossier)
    signed = path.read_bytes()
    assert first["reason"] == "new"
    assert (make(**dossier)["changed"], versions(tmp_path)) == (False, [signed])
    shutil.rmtree(path.parent)
    reported = make(check=True, **dossier)
    assert (reported["reason"], reported["digest"], path.exists()) == ("put_back", first["digest"], False)
    back = make(**dossier)
    assert (back["changed"], back["reason"], back["digest"]) == (True, "put_back", first["digest"])
    assert path.read_bytes() == signed
    assert path.stat().st_mode & 0o777 == 0o600
    assert (make(**dossier)["changed"], versions(tmp_path)) == (False, [signed])
    # Without a key there are only files, as before.
    shutil.rmtree(path.parent)
    assert make(**PSS)["reason"] == "new"
    assert path.read_bytes() != signed


def opening(tmp_path: Path) -> DossierStore:
    return DossierStore.open(kept_by(tmp_path)["dossier_url"], key=KEY)


def signed_step(tmp_path: Path) -> Milestone:
    with opening(tmp_path) as store:
        return store.read("90000101").milestones["document_signed"]


def test_signing_is_one_record_with_its_step(make: Make, tmp_path: Path) -> None:
    path, dossier = tmp_path / "d" / "o.xml", kept_by(tmp_path)
    first = make(**dossier)
    evidence = {"sha256": first["digest"], "certificate": first["certificate"]["thumbprint"]}
    assert (signed_step(tmp_path).state, signed_step(tmp_path).evidence) == ("done", evidence)
    with opening(tmp_path) as store:
        # As the role records it afterwards.
        assert not store.set_milestone("90000101", "document_signed", "done", evidence=evidence).changed
        store.set_milestone("90000101", "document_signed", "open")
    # A run that died after the file and before its record: the next one records it.
    reported = make(check=True, **dossier)
    assert (reported["changed"], reported["reason"], signed_step(tmp_path).state) == (True, "unchanged", "open")
    assert (make(**dossier)["changed"], signed_step(tmp_path).evidence) == (True, evidence)
    assert not make(**dossier)["changed"]
    # Nothing is recorded of a file that could not be written.
    path.unlink()
    path.mkdir()
    with pytest.raises(ZorgidError):
        make(valid_until="2027-01-01", **dossier)
    assert signed_step(tmp_path).evidence == evidence


@pytest.mark.parametrize("what", ["another signed", "another mailed", "the plan"])
def test_of_two_runs_that_sign_at_the_same_time_one_keeps_its_document(
    what: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier, ura = kept_by(tmp_path), "90000101"
    more = {"still": lambda _dossier: "The plan says something else"} if what == "the plan" else {}

    def meanwhile(*words: Any, **named: Any) -> bytes:
        with opening(tmp_path) as store:
            if what == "another signed":
                store.set_milestone(ura, "document_signed", "done", evidence={"sha256": "a" * 64})
            elif what == "another mailed":
                store.mark_done(store.claim(ura, "organisation_document", "a" * 64, per_digest=True), {})
        return sign(*words, **named)

    monkeypatch.setattr(document, "sign", meanwhile)
    with pytest.raises(ZorgidError) as caught:
        make(**dossier, **more)
    assert caught.value.code == "plan_stale"
    assert not (tmp_path / "d" / "o.xml").exists()
    assert versions(tmp_path) == []
    recorded = {"another signed": {"sha256": "a" * 64}}.get(what, {})
    assert signed_step(tmp_path).evidence == recorded


def test_what_stands_there_counts_and_is_kept_too(make: Make, tmp_path: Path) -> None:
    path, dossier = tmp_path / "d" / "o.xml", kept_by(tmp_path)
    make(**dossier)
    first = path.read_bytes()
    # Somebody signed the same by hand.
    make(path=str(tmp_path / "other.xml"), **PSS)
    path.write_bytes((tmp_path / "other.xml").read_bytes())
    by_hand = path.read_bytes()
    assert make(check=True, **dossier)["reason"] == "unchanged"
    assert versions(tmp_path) == [first]
    assert make(**dossier)["reason"] == "unchanged"
    assert versions(tmp_path) == [first, by_hand]
    path.unlink()
    assert make(**dossier)["reason"] == "put_back"
    assert path.read_bytes() == by_hand
    # What changed is signed anew, from what the dossier keeps as well.
    path.unlink()
    assert make(valid_until="2027-01-01", **dossier)["reason"] == "validity"
    assert versions(tmp_path) == [first, by_hand, path.read_bytes()]


def test_a_file_that_is_no_document_is_not_kept(make: Make, tmp_path: Path) -> None:
    path, dossier = tmp_path / "d" / "o.xml", kept_by(tmp_path)
    path.parent.mkdir()
    path.write_bytes(b"a shopping list")
    assert make(**dossier)["reason"] == "invalid"
    assert versions(tmp_path) == [path.read_bytes()]


def test_a_document_that_was_signed_by_hand_is_found_again(make: Make, tmp_path: Path) -> None:
    make()
    path = tmp_path / "d" / "o.xml"
    options = {**DEFAULTS, **kept_by(tmp_path), "path": str(path), "ura": "90000101"}
    assert verify(options, check_mode=True)["valid"]
    assert not (tmp_path / "kept").exists()
    digest = verify(options, check_mode=False)["digest"]
    path.unlink()
    for check in (True, False):
        assert verify(options, check_mode=check)["digest"] == digest
    assert not path.exists()
    with pytest.raises(ZorgidError) as caught:
        verify({**options, "ura": "90000102"}, check_mode=False)
    assert caught.value.code == "document_unreadable"
    with pytest.raises(ZorgidError) as caught:
        verify({**options, "ura": None}, check_mode=False)
    assert caught.value.code == "options_invalid"


TEXT = '<?xml version="1.0" encoding="{0}"?><a/>'


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (
            TEXT.format("UTF-16").encode("utf-16"),
            "in which organisation documents are neither signed nor verified: UTF-16",
        ),
        (TEXT.format("koi8-r").encode(), "neither signed nor verified: koi8-r"),
        (TEXT.format("wat-dan-ook").encode(), "neither signed nor verified: wat-dan-ook"),
        (
            b"\xef\xbb\xbf" + TEXT.format("windows-1252").encode(),
            "neither signed nor verified: windows-1252, with the byte order mark of UTF-8",
        ),
        (b"", "the file is not well-formed XML: an empty file"),
        (b"\xef\xbb\xbf \n", "the file is not well-formed XML: an empty file"),
        (b"Beste mensen,", "not well-formed XML: something that does not begin as XML does, with <"),
        (b"<!DOCTYPE a><a/>", "the file has a document type declaration: <!DOCTYPE"),
    ],
)
def test_what_cannot_be_read_is_said_once(make: Make, tmp_path: Path, written: bytes, found: str) -> None:
    make()
    path = tmp_path / "theirs.xml"
    path.write_bytes(written)
    reported = verify({**DEFAULTS, "path": str(path)}, check_mode=False)["checks"][0]["message"]
    assert found in reported
    with pytest.raises(ZorgidError) as caught:
        verify({**DEFAULTS, "path": str(path), "require_valid": True}, check_mode=False)
    sentence = str(caught.value)
    assert found in sentence
    assert [sentence.count(word) for word in ("Expected:", "Found:", "What to do:")] == [1, 1, 1]
    assert "made again as XML 1.0 in UTF-8 and signed" in sentence
