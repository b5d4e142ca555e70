# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: nothing altered, removed or moved unnoticed; a person's data erased all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.journal import hash_of, row_digest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.dossier_support import URA, a_mail, observe

ROWS = 10
NAME = "Sanne van der Zwaluwstaart"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("journal") / "dossier.sqlite3"
    with DossierStore.open(f"sqlite:///{path}") as store:
        for number in range(ROWS):
            store.set_milestone(URA, "prepared", "done", evidence={"number": number})
    return path.read_bytes()


@pytest.fixture
def ten_rows(written, tmp_path):
    path = tmp_path / "dossier.sqlite3"
    path.write_bytes(written)
    with DossierStore.open(f"sqlite:///{path}") as store:
        yield store


def behind_its_back(store, statement, **values):
    with store._database.writing() as (connection, _at):
        if values:
            connection.execute(sa.text(statement), values)
        else:
            connection.exec_driver_sql(statement)


def test_an_untouched_journal_is_valid(ten_rows):
    check = ten_rows.verify_journal()
    assert (check.valid, check.rows, check.first_broken) == (True, ROWS, None)
    assert check.head == ten_rows.export()["journal"][-1]["hash"]


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("""UPDATE journal SET payload = replace(payload, '"number":3', '"number":9') WHERE seq = 4""", 4),
        ("UPDATE journal SET event = 'milestone_attested' WHERE seq = 5", 5),
        ("UPDATE journal SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", 1),
        ("UPDATE journal SET ura = '90000102' WHERE seq = 10", 10),
        ("UPDATE journal SET salt = 'x' WHERE seq = 6", 6),
        ("UPDATE journal SET previous = hash WHERE seq = 7", 7),
        ("UPDATE journal SET payload = NULL, salt = NULL WHERE seq = 6", 6),
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 5", 5),
        ("DELETE FROM journal WHERE seq = 10", 10),
        ("DELETE FROM journal WHERE seq > 7", 8),
        ("DELETE FROM journal", 1),
        ("UPDATE journal SET seq = seq - 1 WHERE seq > 5 AND (SELECT 1 FROM journal WHERE seq = 4)", 5),
        ("UPDATE journal_head SET seq = 9", 11),
        ("UPDATE journal_head SET hash = 'x'", 11),
        ("DELETE FROM journal_head", 11),
    ],
)
def test_the_first_row_that_is_not_as_written_is_named(ten_rows, statement, broken):
    if statement.startswith("UPDATE journal SET seq"):
        behind_its_back(ten_rows, "DELETE FROM journal WHERE seq = 5")
    behind_its_back(ten_rows, statement)
    check = ten_rows.verify_journal()
    assert not check.valid
    assert check.first_broken == broken
    assert f"ow {broken} " in check.message


def test_rows_that_changed_places_are_noticed(ten_rows):
    for old, new in ((3, 99), (4, 3), (99, 4)):
        behind_its_back(ten_rows, "UPDATE journal SET seq = :new WHERE seq = :old", old=old, new=new)
    assert ten_rows.verify_journal().first_broken == 3


def test_a_row_made_to_fit_by_itself_does_not_fit_the_next(ten_rows):
    row = ten_rows.export()["journal"][3]
    payload = "{}"
    digest = row_digest(row["salt"], payload)
    made = hash_of(row["previous"], 4, row["at"], row["ura"], row["event"], digest)
    statement = "UPDATE journal SET payload = :p, digest = :d, hash = :h WHERE seq = 4"
    behind_its_back(ten_rows, statement, p=payload, d=digest, h=made)
    assert ten_rows.verify_journal().first_broken == 5


def test_every_change_has_one_row_and_nothing_else_has(store):
    store.register(URA, "De Linde")
    store.register(URA, "De Linde")
    store.set_milestone(URA, "prepared", "done")
    store.set_milestone(URA, "prepared", "done")
    store.attest(URA, "document_signed", by="technical_administrator", at=None, how="Validatietool")
    store.attest(URA, "document_signed", by="technical_administrator", at=None, how="Validatietool")
    one = store.claim(URA, "application_form", "d", per_digest=False)
    store.mark_sending(one)
    store.mark_done(one, {"reference": "ZS-1"})
    assert observe(store, a_mail()) == 1
    assert observe(store, a_mail()) == 0
    events = [row["event"] for row in store.export()["journal"]]
    assert events == [
        "organisation_registered",
        "milestone_changed",
        "word_said",
        "milestone_attested",
        "submission_claimed",
        "submission_sending",
        "submission_done",
        "observation_seen",
    ]
    assert store.verify_journal().valid


def test_a_person_is_forgotten_and_the_journal_still_holds(store):
    store.register(URA, "De Linde")
    store.attest(URA, "document_signed", by=NAME, at="2026-11-01", how=f"by {NAME.upper()} at her desk")
    store.set_milestone(URA, "employees_active", "waiting", who="employee", what=f"{NAME} enrols")
    store.attest("90000102", "document_signed", by=NAME, at="2026-11-01", how="x")
    change = store.erase(URA, subject="sanne  van der zwaluwstaart", by="privacy_officer")
    assert change.changed
    assert change.before == {"fields": 5, "journal_rows": 3}
    assert "waluwstaart" not in json.dumps(store.export(URA))
    dossier = store.read(URA)
    assert dossier.milestones["document_signed"].attested.by == "(erased)"
    assert dossier.milestones["employees_active"].what == "(erased) enrols"
    check = store.verify_journal()
    assert check.valid, check.message
    events = [(row["event"], row["payload"]) for row in store.export(URA)["journal"]]
    assert events[1:3] == [("word_said", None), ("milestone_attested", None)]
    assert events[-2:] == [("erased", {"rows": [2, 3, 4], "fields": 5}), ("erased_by", {"by": "privacy_officer"})]
    assert not store.erase(URA, subject=NAME, by="privacy_officer").changed
    # Only that organisation's.
    assert store.read("90000102").milestones["document_signed"].attested.by == NAME
    # Who erased can be forgotten too.
    assert store.erase(URA, subject="privacy_officer", by="desk").changed
    assert store.verify_journal().valid


def test_what_is_erased_is_not_left_in_the_file(tmp_path):
    path = tmp_path / "dossier.sqlite3"
    with (
        DossierStore.open(f"sqlite:///{path}") as store,
        DossierStore.open(f"sqlite:///{path}", read_only=True) as other,
    ):
        with other._database.reading():
            store.attest(URA, "document_signed", by=NAME, at=None, how="x")
        store.erase(URA, subject=NAME, by="desk")
        for file in Path(tmp_path).iterdir():
            assert NAME.encode() not in file.read_bytes(), file


def test_a_part_of_a_word_is_not_a_person(store):
    store.attest(URA, "document_signed", by="Jan Jansen", at=None, how="in januari")
    assert not store.erase(URA, subject="Jans", by="desk").changed
    for subject in ("", "  ", "Ja"):
        with pytest.raises(ZorgidError) as caught:
            store.erase(URA, subject=subject, by="desk")
        assert caught.value.code == "erase_subject_invalid"
