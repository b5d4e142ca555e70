# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person is taken out of every place where a name can stand; what is sealed and names them is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.erasure import FREE, GONE
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe
from ansible_collections.gbz.zorgid.tests.support.dossier_tables import say

OTHER = "90000102"
NAME = "Sanne van der Zwaluwstaart"
ADDRESS = "sanne@zwaluwstaart.example"
#: Made by this collection, or compared by it: no name can stand there. A column of neither is a new one: decide.
FIXED = {
    *("id", "seq", "ura", "digits", "identity", "environment", "tenant", "migrated_at", "key_id", "wrapped", "sealed"),
    *(
        "step",
        "state",
        "since",
        "attested_at",
        "evidence_at",
        "kind",
        "once",
        "digest",
        "claimed",
        "version",
        "kept_at",
    ),
    *("owner_host", "owner_pid", "owner_started", "lease_until", "salt", "mailbox", "uidvalidity", "uid"),
    *("received_at", "problem", "seen_at", "reading", "owner", "at", "word"),
}
#: A name of ours in one table, and a word of people in another.
#: Our own mails' Message-IDs are random.
FIXED_IN = {("submission", "message_id"), ("observation", "about"), ("secret", "name"), ("dossier", "tenant")} | {
    ("run", name) for name in ("began_at", "ended_at", "failures")
}


@pytest.fixture
def keyed(url):
    with DossierStore.open(url, key=KEY) as opened:
        yield opened


def everything(store):
    with store._database.reading() as connection:
        tables = [connection.execute(sa.select(table)).all() for table in schema.metadata.sorted_tables]
    return json.dumps([[list(map(str, row)) for row in rows] for rows in tables], ensure_ascii=False)


def test_each_column_is_one_in_which_a_name_may_stand_or_one_in_which_none_can():
    for table in schema.metadata.sorted_tables:
        if table in (schema.journal, schema.journal_head):
            continue
        for column in table.c:
            free = column.name in FREE.get(table.name, ())
            fixed = column.name in FIXED or (table.name, column.name) in FIXED_IN
            assert free != fixed, (table.name, column.name)
    for name, columns in FREE.items():
        assert columns <= set(schema.metadata.tables[name].c.keys())


def fill(store):
    """The name in each free column of each table, its own key, and the journal."""
    store.register(URA, f"Praktijk {NAME}")
    store.attest(URA, "prepared", by=NAME, at=None, how=f"by {ADDRESS}", evidence={NAME: [{"by": ADDRESS}]})
    store.set_milestone(URA, "document_sent", "waiting", who=NAME, what=f"{NAME} signs")
    store.set_milestone(URA, "document_signed", "failed", error_code="x", message=f"{NAME} did not")
    one = store.claim(URA, "application_form", "d", per_digest=False)
    store.mark_sending(one)
    store.mark_done(one, {"contact": {"name": NAME.upper(), "mail": ADDRESS}})
    observe(
        store,
        a_mail(message_id=f"<1.{ADDRESS}>", reference=f"of {ADDRESS}"),
        a_mail(uid=2, message_id=f"<1.{ADDRESS.upper()}>"),
        a_mail(None, 3, message_id=f"<2.{ADDRESS}>", kind="unknown", problem="not_recognised", reference=None),
        a_mail(OTHER, 4, message_id="<3@x>"),
    )
    say(store, URA, NAME, f"told by {NAME}", NAME)
    say(store, "", NAME, None)
    store.note(URA, f"{NAME} left", by=ADDRESS)


def test_every_place_is_reached(keyed, tmp_path):
    fill(keyed)
    assert keyed.verify_journal().valid
    assert keyed.erase(URA, subject=NAME, by="privacy_officer").changed
    assert "zwaluwstaart " not in everything(keyed).lower().replace("zwaluwstaart.example", "")
    assert keyed.erase(URA, subject=ADDRESS, by="privacy_officer").changed
    left = everything(keyed).lower()
    assert "zwaluwstaart" not in left
    assert "sanne" not in left
    for file in Path(tmp_path).rglob("*.sqlite3*"):
        assert b"zwaluwstaart" not in file.read_bytes().lower()
    check = keyed.verify_journal()
    assert check.valid, check.message
    # Two Message-IDs that are one without the name are two rows still.
    assert sorted(one.message_id for one in keyed.read(URA).observations) == [f"<1.{GONE}>", f"<1.{GONE}> #2"]
    assert keyed.read(URA).milestones["prepared"].attested.by == GONE
    assert keyed.read(URA).submissions[0].evidence == {"contact": {"name": GONE, "mail": GONE}}
    for subject in (NAME, ADDRESS):
        assert not keyed.erase(URA, subject=subject, by="privacy_officer").changed


@pytest.mark.parametrize("subject", ["done", "prepared", "open", "intended", "application_form", URA, "go_on"])
def test_a_person_who_is_called_like_a_word_of_ours_takes_no_state_along(keyed, subject):
    fill(keyed)
    before = {step: one.state for step, one in keyed.read(URA).milestones.items()}
    rows = sum(row["payload"] is not None for row in keyed.export()["journal"])
    assert not keyed.erase(URA, subject=subject, by="desk").changed
    assert {step: one.state for step, one in keyed.read(URA).milestones.items()} == before
    assert sum(row["payload"] is not None for row in keyed.export()["journal"]) == rows


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (f"<naam>{NAME}</naam>".encode(), "sealed"),
        (b"<v>Sanne</v>\n <t>van der</t><a>Zwaluwstaart</a>", "sealed"),
        (b"<p>Sanne van der Zwaluwst&#97;art</p>", "sealed"),
        (json.dumps([NAME.replace("a", "\u00e4"), NAME]).encode(), "sealed"),
        (b"nobody, and Zwaluwstaarten", None),
        (b"\x89PNG\xff\xfe", "unsearched"),
    ],
)
def test_what_is_sealed_and_names_the_person_is_told_and_stays(keyed, url, content, where):
    version = keyed.sealed.keep(URA, "organisation_document", content)
    keyed.sealed.keep(OTHER, "organisation_document", NAME.encode())
    reported = keyed.erasure.erase(URA, subject=NAME, by="desk")
    assert not reported.changed
    found = {"sealed": reported.sealed, "unsearched": reported.unsearched}
    for name, contents in found.items():
        expected = [("organisation_document", version)] if name == where else []
        assert [(one["kind"], one["version"]) for one in contents] == expected
    assert keyed.sealed.one(URA, "organisation_document", version).content == content
    with DossierStore.open(url, read_only=True) as reader:
        reported = reader.erasure.erase(URA, subject=NAME, by="desk")
        assert (reported.sealed, [one["version"] for one in reported.unsearched]) == ([], [version])


def test_a_secret_with_a_key_of_its_own_is_one_that_nobody_looked_into(store):
    store.keep_secret(URA, "activation_qr", NAME, "a key of its own")
    (reported,) = store.erasure.erase(URA, subject=NAME, by="desk").unsearched
    assert (reported["kind"], reported["version"]) == ("activation_qr", None)


def test_check_mode_says_the_same_and_changes_nothing(keyed, url):
    fill(keyed)
    before = everything(keyed)
    with DossierStore.open(url, key=KEY, read_only=True) as reader:
        reported = reader.erasure.erase(URA, subject=NAME, by="desk")
    assert everything(keyed) == before
    assert keyed.erasure.erase(URA, subject=NAME, by="desk") == reported


def test_a_text_that_no_database_keeps_is_refused(store):
    for options in ({"subject": "Sa\x00nne", "by": "desk"}, {"subject": NAME, "by": "de\x00sk"}):
        with pytest.raises(ZorgidError) as caught:
            store.erase(URA, **options)
        assert caught.value.code == "text_invalid"
