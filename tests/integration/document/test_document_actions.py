# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation document through ansible-playbook: keys in files and on Windows, by hand and mailed."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "organisation"

from zorgid_sandbox import supervisor, tls  # noqa: E402
from zorgid_sandbox.pki import PASSPHRASE  # noqa: E402
from zorgid_sandbox.state import State, address, credentials, received  # noqa: E402

LINDE, ZONNEVELD = "90000101", "90000303"
SERVICES = ("windows", "smtp")
Play = Callable[..., tuple[list[dict[str, Any]], str]]
Task = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo's certificates, its Windows host, and the mail server of VZVZ."""
    folder = tmp_path_factory.mktemp("document") / "state"
    State(folder).make()
    supervisor.prepare(State(folder), ROOT / "sandbox" / "scenarios" / "demo.yml")
    started = []
    try:
        for name in SERVICES:
            with (folder / "log" / f"{name}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "zorgid_sandbox.service", name, "--state", str(folder)],
                        env={**os.environ, "PYTHONPATH": str(ROOT / "sandbox")},
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        for name, service in zip(SERVICES, started, strict=True):
            while not (folder / "run" / f"{name}.json").exists():
                assert service.poll() is None, (folder / "log" / f"{name}.log").read_text()
                time.sleep(0.05)
        yield folder
    finally:
        for service in started:
            service.terminate()
            service.wait()


@pytest.fixture
def organisation() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((EXAMPLES / "organisation.yml").read_text())
    return loaded


@pytest.fixture
def play(sandbox: Path, tmp_path: Path) -> Play:
    """Run tasks (module, options; ``delegate_to`` among them) in one play; their results, and all that was shown."""
    account = credentials(sandbox, "windows")
    windows = {
        "ansible_connection": "winrm",
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_ca_trust_path": str(tls.ca_path(sandbox)),
        "ansible_host": "127.0.0.1",
        "ansible_port": address(sandbox, "windows")["port"],
        "ansible_user": account["user"],
        "ansible_password": account["password"],
    }
    hosts = {"linde": {"ansible_connection": "local"}, "windows_certificates": windows}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))

    def run(tasks: list[Task], *words: str) -> tuple[list[dict[str, Any]], str]:
        listed: list[dict[str, Any]] = []
        for number, (module, given) in enumerate(tasks):
            options = dict(given)
            listed.append({"register": f"r{number}", "ignore_errors": True})
            if "delegate_to" in options:
                listed[-1]["delegate_to"] = options.pop("delegate_to")
            listed[-1][f"gbz.zorgid.{module}"] = options
        content = "{{ [" + ", ".join(f"r{number}" for number in range(len(tasks))) + "] | to_json }}"
        listed.append({"keep_results": {"content": content, "dest": str(tmp_path / "results.json")}, "no_log": True})
        book = tmp_path / "play.yml"
        book.write_text(yaml.safe_dump([{"hosts": "linde", "gather_facts": False, "tasks": listed}]))
        done = subprocess.run(
            ["ansible-playbook", "-v", "-i", str(tmp_path / "hosts.yml"), str(book), *words],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_ACTION_PLUGINS": str(Path(__file__).resolve().parents[1] / "keeping"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        shown = done.stdout + done.stderr
        assert done.returncode == 0, shown
        assert "Traceback" not in shown
        return json.loads((tmp_path / "results.json").read_text()), shown

    return run


@pytest.fixture
def common(sandbox: Path, organisation: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """A key in a file, as a user names it."""
    files = sandbox / "pki" / "files"
    trust = {name: str(sandbox / "pki" / f"{name}.pem") for name in ("trust_anchors", "intermediates")}
    return {
        **trust,
        "environment": "own",
        "revocation": "off",
        "organisation": organisation,
        "path": str(tmp_path / "made" / "document.xml"),
        "source": "file",
        "certificate_path": str(files / "huisartsenpraktijk_de_linde.pem"),
        "key_path": str(files / "huisartsenpraktijk_de_linde.key.pem"),
    }


def info(common: dict[str, Any], **more: Any) -> Task:
    names = ("environment", "trust_anchors", "intermediates", "revocation", "path")
    return "organisation_document_info", {**{name: common[name] for name in names}, **more}


def test_check_mode_predicts_and_leaves_nothing(play: Play, common: dict[str, Any], tmp_path: Path) -> None:
    (reported,), shown = play([("organisation_document", common)], "--check", "--diff")
    assert (reported["changed"], reported["reason"], reported["digest"], reported["checks"]) == (True, "new", None, [])
    assert not (tmp_path / "made").exists()
    assert "+Organisatiedocument/Zorgaanbieder/URA: 90000101" in shown
    for person in common["organisation"]["people"].values():
        assert person["last_name"] not in shown
        assert person["email"] not in shown


def test_signed_once_and_again_when_something_changed(
    play: Play, common: dict[str, Any], organisation: dict[str, Any], sandbox: Path
) -> None:
    p12 = {
        **{name: value for name, value in common.items() if name != "key_path"},
        "certificate_path": str(sandbox / "pki" / "files" / "huisartsenpraktijk_de_linde.p12"),
        "passphrase": PASSPHRASE,
    }
    moved = copy.deepcopy(organisation)
    moved["address"]["city"] = "Amersfoort"
    document = "organisation_document"
    results, shown = play(
        [
            (document, common),
            (document, common),
            (document, p12),
            (document, {**p12, "path": common["path"] + ".p12"}),
            (document, {**common, "organisation": moved}),
            (document, {**common, "organisation": moved, "xades": True, "signature_algorithm": "rsa-pss-sha256"}),
            info(common, ura=LINDE, require_valid=True),
        ],
        "--diff",
    )
    reasons = [(one["changed"], one["reason"]) for one in results[:6]]
    assert reasons == [
        (True, "new"),
        (False, "unchanged"),
        (False, "unchanged"),
        (True, "new"),
        (True, "content"),
        (True, "algorithm"),
    ]
    kept = results[4]["previous_path"]
    assert kept == f"{common['path']}.{results[0]['digest']}"
    assert hashlib.sha256(Path(kept).read_bytes()).hexdigest() == results[0]["digest"]
    assert "-Organisatiedocument/Zorgaanbieder/Adres/Plaats: Utrecht" in shown
    assert "+Organisatiedocument/Zorgaanbieder/Adres/Plaats: Amersfoort" in shown
    found = results[6]
    assert (found["valid"], found["changed"], found["signer"]["xades"]) == (True, False, True)
    assert found["digest"] == results[5]["digest"]
    assert "Adres/Plaats: Amersfoort" in found["signed_content"]
    assert found["report"]["nl"].startswith("GELDIG")
    for secret in (PASSPHRASE, "Lindeman", "j.lindeman@delinde.example"):
        assert secret not in shown.replace(str(sandbox), "")


def test_the_key_that_cannot_leave_windows(
    play: Play, common: dict[str, Any], organisation: dict[str, Any], sandbox: Path
) -> None:
    windows = {name: common[name] for name in ("environment", "trust_anchors", "intermediates", "revocation", "path")}
    windows |= {"organisation": {**organisation, "ura": ZONNEVELD}, "delegate_to": "windows_certificates"}
    before = len(received(sandbox, "windows", "sign"))
    (first, again, found), _shown = play(
        [("organisation_document", windows), ("organisation_document", windows), info(common, ura=ZONNEVELD)]
    )
    assert (first["reason"], first["key"], again["reason"]) == ("new", "not_exportable", "unchanged")
    assert found["valid"]
    assert len(received(sandbox, "windows", "sign")) == before + 1


def test_wrong_input_is_one_sentence_and_leaves_nothing(
    play: Play, common: dict[str, Any], organisation: dict[str, Any], sandbox: Path, tmp_path: Path
) -> None:
    less = copy.deepcopy(organisation)
    del less["people"]["representative"]
    del less["agb_code"]
    less["nmae"] = less.pop("name")
    schema = tmp_path / "own.xsd"
    schema.write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="URA" type="s:date"/></s:schema>'
    )
    template = tmp_path / "own.j2"
    template.write_text("<URA>{{ organisation.ura }}</URA>")
    other = sandbox / "pki" / "files" / "other_ura"
    document = "organisation_document"
    cases: list[tuple[Task, str, str]] = [
        ((document, {**common, "organisation": less}), "organisation_invalid", "nmae is unknown"),
        ((document, {**common, "organisation": less}), "organisation_invalid", "representative is a missing role"),
        ((document, {**common, "template": str(template), "schema": str(schema)}), "document_schema_invalid", "line 1"),
        ((document, {**common, "signature_algorithm": "rsa-sha1"}), "options_invalid", "rsa-sha1"),
        (
            (document, {**common, "certificate_path": f"{other}.pem", "key_path": f"{other}.key.pem"}),
            "certificate_ura_mismatch",
            LINDE,
        ),
        (info(common), "document_unreadable", "cannot be read"),
        (info(common, ura=0o212), "ura_invalid", "put quotes around it"),
        ((document, {**common, "organisation": {**organisation, "ura": 0o212}}), "ura_invalid", "put quotes around it"),
    ]
    results, _shown = play([task for task, _code, _said in cases])
    for result, (_task, code, said) in zip(results, cases, strict=True):
        assert (result["failed"], result["error_code"]) == (True, code), result
        assert said in result["msg"]
        assert "\n" not in result["msg"]
    assert not (tmp_path / "made").exists()


def test_data_from_elsewhere_are_text(play: Play, common: dict[str, Any], tmp_path: Path) -> None:
    hostile = "{{ lookup('pipe', 'touch ran') }} <!ENTITY x> ]]> & {% block %}".replace("ran", str(tmp_path / "ran"))
    source = tmp_path / "source.yml"
    source.write_text(yaml.safe_dump({**common["organisation"], "name": hostile}))
    read = f"{{{{ lookup('ansible.builtin.file', '{source}') | from_yaml }}}}"
    results, _shown = play(
        [("organisation_document", {**common, "organisation": read}), info(common, require_valid=True)]
    )
    assert [one.get("failed", False) for one in results] == [False, False], results
    assert f"Zorgaanbieder/Naam: {hostile}\n" in results[1]["signed_content"]
    assert not (tmp_path / "ran").exists()


def test_a_document_signed_by_hand_is_verified_and_mailed(
    play: Play, common: dict[str, Any], organisation: dict[str, Any], sandbox: Path, tmp_path: Path
) -> None:
    """A person filled in the form and signed it with another program (xmlsec1); the collection goes on from there."""
    if not shutil.which("xmlsec1"):
        pytest.skip("xmlsec1 is missing: apt install xmlsec1")
    (tmp_path / "made").mkdir()
    (tmp_path / "template.xml").write_text(BY_HAND)
    keys = f"{common['key_path']},{common['certificate_path']}"
    command = ["xmlsec1", "--sign", "--privkey-pem", keys, "--output", common["path"], str(tmp_path / "template.xml")]
    subprocess.run(command, check=True, capture_output=True)
    signed = Path(common["path"]).read_bytes()
    smtp = {name: address(sandbox, "smtp")[name] for name in ("host", "port")}
    account = credentials(sandbox, "smtp")
    smtp |= {"username": account["username"], "password": account["password"], "sender": "zorgid@gbz.example"}
    url = f"sqlite:///{tmp_path}/dossier.sqlite3"
    by = {"attested_by": "technical_administrator", "attested_how": "Validatietool"}
    delivery = {
        "path": common["path"],
        "organisation": organisation,
        "environment": "own",
        "recipient": supervisor.RECIPIENT,
        "smtp": smtp,
        "ca_path": str(tls.ca_path(sandbox)),
        "dossier_url": url,
    }
    changed = tmp_path / "changed.xml"
    changed.write_bytes(signed.replace(b"Lindelaan", b"Eikenlaan"))
    without = tmp_path / "without.xml"
    without.write_bytes(re.sub(rb"<KeyInfo>.*</KeyInfo>", b"", signed, flags=re.DOTALL))
    before = len(received(sandbox, "smtp"))
    results, _shown = play(
        [
            info(common, ura=LINDE, require_valid=True),
            ("dossier", {"dossier_url": url, "ura": LINDE, "step": "document_signed", "environment": "own", **by}),
            ("document_delivery", delivery),
            ("document_delivery", delivery),
            ("dossier_info", {"dossier_url": url, "ura": LINDE}),
            info({**common, "path": str(changed)}, ura=LINDE),
            info({**common, "path": str(changed)}, ura=LINDE, require_valid=True),
            info({**common, "path": str(without)}, ura=LINDE),
            info({**common, "path": str(without)}, ura=LINDE, certificate_path=common["certificate_path"]),
        ]
    )
    found, attested, sent, again, dossier, tampered, refused, unnamed, named = results
    assert (found["valid"], found["signer"]["ura"], named["valid"]) == (True, LINDE, True)
    assert [one["reason"] for one in unnamed["checks"] if not one["passed"]] == ["signer_missing"]
    assert attested["milestone"]["state"] == "done"
    assert (sent["status"], sent["document_sha256"]) == ("sent", hashlib.sha256(signed).hexdigest())
    assert (again["changed"], len(received(sandbox, "smtp"))) == (False, before + 1)
    assert [one["kind"] for one in dossier["organisations"][0]["submissions"]] == ["organisation_document"]
    assert (tampered.get("failed", False), tampered["valid"]) == (False, False)
    assert [one["reason"] for one in tampered["checks"] if not one["passed"]] == ["content_changed"]
    assert (refused["failed"], refused["error_code"]) == (True, "document_invalid")
    assert refused["checks"] == tampered["checks"]


BY_HAND = """<?xml version="1.0" encoding="UTF-8"?>
<reg:Registratie xmlns:reg="urn:example:registratie" versie='3'>
    <reg:Organisatie naam="Huisartsenpraktijk De Linde"><reg:URA>90000101</reg:URA></reg:Organisatie>
    <reg:Straat>Lindelaan</reg:Straat>
    <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
        <CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
        <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
        <Reference URI=""><Transforms>
            <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms>
            <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
        </SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature>
</reg:Registratie>
"""
