# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recorded is read back: steps, messages, references, secrets, export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STEPS, Attestation
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe

KEY, PAYLOAD = "a key from the vault, long enough", "zorgid://activate?code=0123456789"


def code_of(call, *arguments, **options):
    with pytest.raises(ZorgidError) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_steps_as_they_were_recorded(store, url):
    store.register(URA, "Huisartsenpraktijk De Linde – één")
    store.set_milestone(URA, "prepared", "done", evidence={"application": "VoorbeeldHIS é", "nested": [1, None, True]})
    store.set_milestone(URA, "certificate_checked", "failed", error_code="certificate_expired", message="It is over.")
    store.set_milestone(URA, "employees_active", "waiting", who="employee", what="Enrol")
    attested = store.attest(
        URA, "document_signed", by="Sanne", at="2026-11-01", how="Validatietool", evidence={"sha256": "ab"}
    )
    assert attested.changed
    with DossierStore.open(url, read_only=True) as reader:
        (dossier,) = reader.read_all()
    assert dossier == store.read(URA)
    assert dossier.name == "Huisartsenpraktijk De Linde – één"
    assert tuple(dossier.milestones) == STEPS
    assert dossier.milestones["prepared"].evidence == {"application": "VoorbeeldHIS é", "nested": [1, None, True]}
    assert dossier.milestones["certificate_checked"].error_code == "certificate_expired"
    assert dossier.milestones["employees_active"].who == "employee"
    expected = Attestation("Sanne", "2026-11-01T00:00:00+00:00", "Validatietool")
    assert dossier.milestones["document_signed"].attested == expected
    assert dossier.milestones["identity_activated"].state == "open"
    assert json.loads(json.dumps(store.export()))["organisations"][0]["ura"] == URA


def test_recording_the_same_again_changes_nothing(store):
    for _ in range(2):
        store.register(URA, "De Linde")
        store.set_milestone(URA, "prepared", "done", evidence={"a": 1})
        store.attest(URA, "document_signed", by="desk", at=None, how="by hand")
    assert store.verify_journal().rows == 4  # a word, and the step that it moves


def test_an_organisation_that_was_never_registered_has_a_dossier_without_a_name(store):
    store.set_milestone(URA, "prepared", "done")
    assert [(one.ura, one.name) for one in store.read_all()] == [(URA, "")]


def test_numbers_that_are_no_ura_are_refused(store):
    for ura in ("", "123456789", "9000010a", "Sanne"):
        assert code_of(store.register, ura, "De Linde") == "ura_invalid"
        assert code_of(store.read, ura) == "ura_invalid"
        assert code_of(store.claim, ura, "application_form", "d", per_digest=False) == "ura_invalid"


@pytest.mark.parametrize(("first", "other"), [("00000202", "202"), ("202", "00000202"), ("0", "00000000")])
def test_another_spelling_opens_no_second_dossier(store, url, first, other):
    store.register(first, "Het Anker")
    assert not store.register(other, "Het Anker").changed
    assert store.set_milestone(other, "prepared", "done").changed
    assert not store.set_milestone(first, "prepared", "done").changed
    claimed = store.claim(other, "application_form", "d", per_digest=False)
    assert claimed.ura == first
    store.mark_sending(claimed)
    store.mark_done(claimed, {})
    assert store.claim(first, "application_form", "e", per_digest=False).state == "done"
    assert store.submission(other, "application_form").state == "done"
    assert store.resolve(other, "application_form", arrived=True, by="desk").changed is False
    assert observe(store, a_mail(other)) == 1
    assert observe(store, a_mail(first)) == 0
    assert len(store.read(other).observations) == 1
    assert store.keep_secret(other, "qr", "payload", "key")
    assert not store.keep_secret(first, "qr", "payload", "key")
    with store.using_secret(other, "qr", "key") as payload:
        assert payload == "payload"
    assert not store.destroy_secret(first, "qr")
    store.note(other, "Somebody left", by="desk")
    assert store.erase(other, subject="Somebody", by="desk").changed
    assert store.read(other) == store.read(first)
    assert [one.ura for one in store.read_all()] == [first]
    assert [one["ura"] for one in store.export(other)["organisations"]] == [first]
    assert {row["ura"] for row in store.export()["journal"]} == {first}
    with DossierStore.open(url, read_only=True) as reader:
        assert not reader.register(other, "Het Anker").changed
        assert reader.read(other).ura == first


def test_an_attestation_says_who_and_how(store):
    assert code_of(store.attest, URA, "prepared", by=" ", at=None, how="x") == "attestation_incomplete"
    assert code_of(store.attest, URA, "prepared", by="x", at=None, how="") == "attestation_incomplete"
    assert code_of(store.register, URA, "De\x00Linde") == "text_invalid"
    assert store.read_all() == []


def test_a_reference_leads_to_its_organisation(store):
    one = store.claim(URA, "application_form", "d", per_digest=False)
    store.mark_sending(one)
    store.mark_done(one, {"reference": "ZS-1"})
    store.attest("90000102", "application_submitted", by="desk", at=None, how="by hand", evidence={"reference": "ZS-2"})
    observe(store, a_mail("90000103", reference="ZS-3"))
    assert store.references() == {"ZS-1": URA, "ZS-2": "90000102", "ZS-3": "90000103"}
    observe(store, a_mail("90000103", uid=2, message_id="<b@vzvz.example>", reference="ZS-1"))
    assert store.references()["ZS-1"] is None


def use(store, ura, key):
    with store.using_secret(ura, "activation_qr", key) as payload:
        return payload


def test_a_secret_is_used_once(store, url, tmp_path):
    assert store.keep_secret(URA, "activation_qr", PAYLOAD, KEY)
    assert not store.keep_secret(URA, "activation_qr", PAYLOAD, KEY)
    assert PAYLOAD not in json.dumps(store.export())
    assert store.export()["organisations"][0]["secrets"][0]["name"] == "activation_qr"
    assert code_of(use, store, URA, "another key") == "secret_key_wrong"
    with pytest.raises(FileNotFoundError), store.using_secret(URA, "activation_qr", KEY):
        raise FileNotFoundError  # what could not be handed over is still there
    assert use(store, URA, KEY) == PAYLOAD
    assert code_of(use, store, URA, KEY) == "secret_absent"
    assert store.keep_secret(URA, "activation_qr", PAYLOAD, KEY)
    assert store.keep_secret(URA, "activation_qr", PAYLOAD, "a new key from the vault")
    assert store.destroy_secret(URA, "activation_qr")
    assert not store.destroy_secret(URA, "activation_qr")
    assert code_of(store.keep_secret, URA, "activation_qr", PAYLOAD, " ") == "secret_key_empty"
    for file in Path(tmp_path).rglob("*.sqlite3*"):
        assert PAYLOAD.encode() not in file.read_bytes()
    assert store.verify_journal().valid


def test_a_secret_cannot_be_passed_off_as_another_organisations(store):
    store.keep_secret(URA, "activation_qr", PAYLOAD, KEY)
    with store._database.writing() as (connection, _at):
        connection.execute(sa.update(schema.secret).values(ura="90000102"))
    assert code_of(use, store, "90000102", KEY) == "dossier_changed"
    # Nor would it open, had nobody compared.
    store._transactions._demanded.add("90000102")
    assert code_of(use, store, "90000102", KEY) == "secret_key_wrong"
