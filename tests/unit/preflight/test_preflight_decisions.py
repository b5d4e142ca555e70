# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each line of preflight decides, from what it sees; the mistakes are those that people make."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import TAGS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.typed import refuse_tags
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.source import Source
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight import bundle, controller, inventory, people
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.certificates import several
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.elsewhere import other_dossier
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.finding import Finding, Looked, Standing
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.inventory import folder_unwritable
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import JudgeSettings
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.misspelled import refuse_misspelled
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.variables import SPEC
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight.line_certificates import (
    LINE,
    of_other_bundle,
    tried_once,
)
from ansible_collections.gbz.zorgid.tests.support import uzi_pki
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256

NOW = datetime.datetime.now(datetime.UTC)


def trouble(one: Finding) -> Trouble:
    assert one.trouble is not None
    return one.trouble


@pytest.fixture(scope="module")
def g4() -> uzi_pki.Hierarchy:
    return uzi_pki.hierarchy(uzi_pki.CHAINS["g4"], pss=True, first_key=5)


@pytest.mark.parametrize(
    ("version", "standing"),
    [
        ("2.18.9", Standing.STOP),
        ("2.9", Standing.STOP),
        ("2.19.0", Standing.OK),
        ("2.21.5", Standing.OK),
        ("2.22.0b1", Standing.LOOK),
        ("3.0.0", Standing.LOOK),
        ("devel", Standing.STOP),
    ],
)
def test_ansible_core(version: str, standing: Standing) -> None:
    assert controller.core(version).standing is standing


def test_libraries_with_the_command_for_the_python_that_runs_ansible() -> None:
    known = [
        controller.Library("lxml", "lxml>=5.2", "5.3", serves=True),
        controller.Library("pywinrm", "pywinrm>=0.5", "", serves=False),
        controller.Library("cryptography", "cryptography>=44", "41.0", serves=False),
    ]
    assert controller.libraries(known[:2], (), "/x").says == "1 libraries"
    found = controller.libraries(known, {"pywinrm"}, "/opt/my ansible/bin/python")
    assert found.standing is Standing.STOP
    reported = trouble(found)
    assert reported.action == "'/opt/my ansible/bin/python' -m pip install 'pywinrm>=0.5' 'cryptography>=44'"
    assert "pywinrm none, cryptography 41.0" in reported.found
    assert "a Windows host over winrm" in reported.expected


def test_every_library_of_a_feature_is_one_that_is_asked_for() -> None:
    text = (Path(__file__).parents[3] / "meta" / "ee-requirements.txt").read_text(encoding="utf-8")
    assert [name for name in controller.FEATURES if f"\n{name}" not in text] == []
    runtime = (Path(__file__).parents[3] / "meta" / "runtime.yml").read_text(encoding="utf-8")
    assert f">={'.'.join(map(str, controller.OLDEST))}.0" in runtime


def test_one_ura_at_two_hosts_however_it_is_written() -> None:
    hosts = [Looked("anker", ura="212"), Looked("kopie", ura="00000212"), Looked("linde", ura="90000101"), Looked("x")]
    found = inventory.with_twins(hosts)
    assert [len(one.findings) for one in found] == [1, 1, 0, 0]
    assert trouble(found[0].findings[0]).found == "anker (212), kopie (00000212)"


def test_lists_in_a_folder_of_the_inventory() -> None:
    files = ["hosts.yml", "linde.csv", "Anker.XLSX", "plan.json", "b.csv", "c.csv"]
    (found,) = inventory.lists_among([("/srv/inventory", files), ("/srv/other", ["hosts.ini"])])
    assert (found.standing, trouble(found).found) == (Standing.LOOK, "Anker.XLSX, b.csv, c.csv and 1 more")


def test_a_tag_that_no_step_has() -> None:
    for ours in (True, False):
        with pytest.raises(ZorgidError) as caught:
            refuse_tags(["documnet", "mailbox"], TAGS, playbook_is_ours=ours)
        assert (caught.value.expected, caught.value.found) == ("for example document", "documnet")
        refuse_tags(["all", "notest", *TAGS], TAGS, playbook_is_ours=ours)
    refuse_tags(["webserver"], TAGS, playbook_is_ours=False)
    with pytest.raises(ZorgidError) as caught:
        refuse_tags(["webserver"], TAGS, playbook_is_ours=True)
    assert "mailbox, " in str(caught.value.action)


@pytest.mark.parametrize(
    ("given", "nearest"),
    [
        ({"zorgid_onboarding_certificate": {"passphrse": "x"}}, "zorgid_onboarding_certificate.passphrase"),
        ({"zorgid_onboarding_imap": {"usernme": "x"}}, "zorgid_onboarding_imap.username"),
        ({"zorgid_onboarding_document": {"tempate": "x"}}, "zorgid_onboarding_document.template"),
    ],
)
def test_a_misspelled_name_at_any_depth(given: dict[str, Any], nearest: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        refuse_misspelled(given, SPEC)
    assert caught.value.expected == f"for example {nearest}"
    assert "x" not in str(caught.value.found).split()


def test_a_name_that_is_like_none_is_told_those_that_there_are() -> None:
    with pytest.raises(ZorgidError) as caught:
        refuse_misspelled({"zorgid_onboarding_trust": {"bundel_van_cibg": "x"}}, SPEC)
    assert "intermediates, " in str(caught.value.expected)


def test_a_misspelled_name_of_the_role_and_names_that_are_right() -> None:
    with pytest.raises(ZorgidError) as caught:
        refuse_misspelled({}, SPEC, ["zorgid_onboarding_smptp", "zorgid_onboarding_nothing_like_it"])
    assert "zorgid_onboarding_smtp" in str(caught.value.found)
    refuse_misspelled({"zorgid_onboarding_smtp": {"host": "a", "port": 25}, "zorgid_onboarding_purge": True}, SPEC)


@pytest.mark.heavy
def test_the_bundle(tmp_path: Path, g4: uzi_pki.Hierarchy, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = [one.certificate.fingerprint(SHA256()).hex() for one in g4.authorities]
    path = tmp_path / "trust" / "production.pem"

    def look(environment: str) -> Finding:
        (found,) = bundle.looked_at(JudgeSettings(environment, intermediates=path), NOW)
        return found

    missing = trouble(look("acceptance"))
    assert missing.code == "trust_bundle_missing"
    assert missing.action == (
        f"ansible-playbook gbz.zorgid.trust_anchors -e zorgid_trust_dir={path.parent} "
        "-e zorgid_trust_environment=acceptance"
    )
    assert "trust_anchors" not in trouble(look("own")).action
    path.parent.mkdir()
    path.write_bytes(b"".join(uzi_pki.pem(one.certificate) for one in g4.authorities))
    monkeypatch.setitem(bundle.PINS, "production", frozenset(prints))
    assert look("production").says == "production: G1 and G4, digests as published"
    wrong = trouble(look("acceptance"))
    assert (wrong.code, wrong.found) == ("trust_bundle_other_environment", "authorities of production")
    monkeypatch.setitem(bundle.PINS, "production", frozenset([*prints, "another"]))
    assert (look("production").standing, trouble(look("production")).found) == (Standing.LOOK, "3 of them")
    assert look("own").standing is Standing.OK
    assert list(bundle.looked_at(JudgeSettings("production"), NOW)) == []


@pytest.mark.parametrize(
    ("ends", "environment", "standing"),
    [(2, "production", Standing.OK), (-0.1, "production", Standing.STOP), (-0.1, "acceptance", Standing.LOOK)],
)
def test_the_age_of_crls(
    tmp_path: Path, g4: uzi_pki.Hierarchy, ends: float, environment: str, standing: Standing
) -> None:
    path = tmp_path / "a.crl"
    path.write_bytes(g4.root.crl(began=-2, ends=ends))
    (found,) = bundle.looked_at(JudgeSettings(environment, crls=[path]), NOW)
    assert found.standing is standing
    if standing is not Standing.OK:
        assert str(path) in trouble(found).found


@pytest.mark.heavy
def test_several_usable_certificates_are_named(g4: uzi_pki.Hierarchy) -> None:
    key = rsa.generate_private_key(65537, 2048)
    old, new = (parse_certificate(uzi_pki.der(g4.issuing.issue(key.public_key(), ends=ends))) for ends in (20, 900))
    reported = trouble(several([old, new], new))
    assert reported.found.index(new.thumbprint_sha1) < reported.found.index(old.thumbprint_sha1)
    assert f"until {old.not_after:%Y-%m-%d}" in reported.found
    assert "Huisartsenpraktijk De Linde" in reported.found


def test_what_follows_from_the_wrong_bundle_is_no_second_thing_to_do() -> None:
    stops = [Finding.stop(LINE, Trouble(code, "x")) for code in ("certificate_untrusted", "certificate_expired")]
    assert [one.standing for one in of_other_bundle(stops)] == [Standing.WAITS, Standing.STOP]


def test_a_token_gets_one_pin_in_a_run(tmp_path: Path) -> None:
    wrong = Finding.stop("certificates", Trouble("pkcs11_pin_wrong", "The token refuses the PIN", found="a wrong PIN"))
    shared, good, asked = OncePerRun(tmp_path), Finding.ok("certificates", days=3), []

    def tried(token: str, pin: str, found: Finding) -> Finding:
        def look() -> list[Finding]:
            asked.append((token, pin))
            return [found]

        (reported,) = tried_once(shared, token, pin, look)
        return reported

    assert tried("refuses", "1", wrong) == wrong
    assert tried("refuses", "1", good) == wrong
    assert tried("refuses", "2", good).standing is Standing.WAITS
    assert tried("accepts", "1", good) == good
    assert tried("accepts", "1", good) == good
    # Logged in, the process would not be asked for it.
    assert trouble(tried("accepts", "2", good)).code == "pkcs11_pin_wrong"
    assert asked == [("refuses", "1"), ("accepts", "1"), ("accepts", "1")]


def test_rows_and_identity_checks_are_counted() -> None:
    accounts: list[Any] = [
        {"state": "present", "identification": {"checked_at": "2024-03-02"}},
        {"state": "present", "identification": {"checked_at": "2019-01-02"}},
        {"state": "present"},
        {"state": "absent"},
    ]
    found = people.counted(Source(accounts), "2026-11-12")
    assert found.values == {"rows": 4, "unchecked": 1, "oldest": "2019-01-02", "modified": "2026-11-12"}


def test_a_run_from_another_folder_than_yesterday(tmp_path: Path) -> None:
    yesterday, today = tmp_path / "a" / "work-dossier", tmp_path / "b" / "work-dossier"
    yesterday.mkdir(parents=True)
    with DossierStore.open(f"sqlite:///{yesterday}/dossier.sqlite3") as store:
        store.set_milestone("00000212", "prepared", "done", evidence={"proof": "run"})
    here, folders = str(today / "dossier.sqlite3"), [tmp_path / "b", tmp_path / "a"]
    reported = other_dossier("212", here, folders)
    assert reported is not None
    assert (str(yesterday) in reported.expected, here in reported.found) == (True, True)
    assert other_dossier("90000101", here, folders) is None
    assert other_dossier("212", here, [tmp_path / "b"]) is None


def test_where_a_dossier_could_be_written_nothing_is_written_to_find_out(tmp_path: Path) -> None:
    def place(path: Path) -> Any:
        with DossierStore.open(f"sqlite:///{path}", read_only=True) as store:
            return store.place()

    assert (place(tmp_path / "new" / "d.sqlite3").obstacle, place(tmp_path / "new" / "d.sqlite3").schema) == ("", "")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file"]
    assert "is a file instead of a folder" in place(tmp_path / "file" / "deeper" / "d.sqlite3").obstacle
    made = tmp_path / "d.sqlite3"
    with DossierStore.open(f"sqlite:///{made}") as store:
        store.set_milestone("00000212", "prepared", "done", evidence={"proof": "run"})
    before = made.read_bytes()
    assert (place(made).schema, place(made).obstacle) == (place(made).newest, "")
    assert made.read_bytes() == before


def test_a_folder_that_cannot_be_written_stops_and_one_that_can_be_made_does_not(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert folder_unwritable("zorgid_onboarding_handed_dir", tmp_path / "not" / "yet") is None
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        trouble = folder_unwritable("zorgid_onboarding_handed_dir", folder).trouble
        assert (trouble.code, trouble.found) == ("file_unwritable", f"{tmp_path}/file is a file instead of a folder")
    assert not (tmp_path / "not").exists()
