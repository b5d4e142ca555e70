# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan is told of the portal, and what an action with a dossier records of its steps."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.steps import Steps
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Look
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import portal as actions
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import portal_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import portal as specs
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.portal_people import another, people
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry

HEAD = "Gebruikersnaam;Voornaam;Achternaam;Geboortedatum;E-mailadres;Rol;Status;Personeelsnummer\n"
ADMIN = "u1;Vera;Baas;09-03-1975;;Administrator;Actief;HR-100\n"
SANNE = "u2;Sanne;van der Berg1;12-04-1988;s1@linde.example;Medewerker;{};HR-1\n"
BOSS = {"external_id": "HR-100", "first_name": "Vera", "last_name": "Baas", "role": "administrator"}


def given(folder, names, **more):
    options = {
        name: spec.get("default") for name, spec in {**specs.OPTIONS, **specs.DOSSIER, **dossier.OPENING}.items()
    }
    options |= {name: spec.get("default") for part in names for name, spec in part.items()}
    return options | {"ura": "90000101", "worklist_dir": str(folder / "out"), "external_ids": None, **more}


def look(folder, store=None, administrators=None, accounts=(), purge=False, letters_dir=None, can_log_in=True, **more):
    path = folder / "hr.json"
    path.write_text(json.dumps(list(accounts)))
    listed = {"administrators_list": administrators, "employees": Listed(str(path)) if accounts else None}
    shared = OncePerRun(folder / "run")
    listed |= {"purge": purge, "store": store, "letters_dir": letters_dir, "can_log_in": can_log_in}
    return portal_look.look(given(folder, (), **more), shared=shared, **listed)


def of_export(folder, *rows):
    path = folder / "export.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    os.utime(path, (1_780_000_000, 1_780_000_000))
    return {"driver": "worklist", "export_path": str(path)}


def of_portal(organisation, **more):
    there = {"portal_url": organisation.portal.url, "ca_path": organisation.portal.ca_path, "timeout": 5}
    return {"driver": "scim", **there, "ura": organisation.ura, "token": organisation.token, **more}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/dossier.sqlite3"


@pytest.fixture
def store(url):
    with DossierStore.open(url, key=KEY) as opened:
        yield opened


# Looking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"driver": None},
        {"driver": "scim", "portal_url": "https://portal.example/scim/v2"},
        {"driver": "scim", "token": "x"},
        {"driver": "worklist"},
    ],
)
def test_a_portal_that_is_not_configured_is_no_trouble(tmp_path, more):
    assert look(tmp_path, accounts=[entry(1)], **more).look is Look.ABSENT


def test_without_a_list_nobody_looks(tmp_path):
    assert look(tmp_path, driver="scim", portal_url="https://127.0.0.1:9/scim/v2", token="x").look is Look.ABSENT


def test_an_export_against_both_lists(tmp_path, store):
    there = of_export(tmp_path, ADMIN, SANNE.format("Uitgenodigd"))
    before = {**store.export(), "exported_at": None}
    seen = look(tmp_path, store, [BOSS], [entry(1), entry(2)], **there).value
    assert seen.as_of == datetime.datetime(2026, 5, 28, 20, 26, 40, tzinfo=datetime.UTC)
    assert (seen.by_click, seen.owner, seen.also_of) == (True, None, None)
    assert (seen.members, seen.administrator_active) == (2, True)
    assert (seen.administrators.wanted, seen.administrators.registered, seen.administrators.active) == (1, 1, 1)
    assert (seen.employees.wanted, seen.employees.registered, seen.employees.active) == (2, 1, 0)
    assert dict(seen.employees.operations) == {"created": 1}
    assert len(seen.employees.digest) == 64
    assert seen.employees.digest != look(tmp_path, store, [BOSS], [entry(1)], **there).value.employees.digest
    assert {**store.export(), "exported_at": None} == before
    assert not (tmp_path / "out").exists()
    assert not any(word in repr(seen) for word in ("Sanne", "Berg", "Vera", "1988-04", "04-1988", "HR-", "@"))


def test_who_is_on_no_list_comes_with_each_list(tmp_path):
    there = of_export(tmp_path, ADMIN, SANNE.format("Actief"))
    seen = look(tmp_path, None, [BOSS], [entry(2, first_name="Joost", last_name="Li")], **there).value
    assert [one.code for one in seen.employees.strays] == ["member_on_no_list"]
    assert seen.administrators.strays == ()
    assert not any(word in repr(seen) for word in ("Sanne", "Joost", "@"))
    # A list that cannot be read may name everybody.
    (tmp_path / "no").mkdir()
    unread = look(tmp_path / "no", None, [{**BOSS, "role": "boss"}], [entry(2)], **there).value
    assert unread.administrators.stop.code == "accounts_invalid"
    assert unread.employees.strays == ()


def test_an_export_that_is_another_organisations_too(tmp_path, store):
    there = of_export(tmp_path, ADMIN)
    keep(tmp_path, f"sqlite:///{tmp_path}/dossier.sqlite3", **there)
    assert look(tmp_path, store, [BOSS], ura="90000102", **there).value.also_of == "90000101"
    assert look(tmp_path, store, [BOSS], **there).value.also_of is None


@pytest.mark.parametrize(
    ("rows", "code"),
    [(None, "export_unreadable"), ((), "export_unreadable"), (("u1;;;;;Baas;Actief;\n",), "export_unreadable")],
)
def test_an_export_that_cannot_be_read(tmp_path, rows, code):
    there = of_export(tmp_path, *(rows or ()))
    if rows is None:
        Path(there["export_path"]).unlink()
    seen = look(tmp_path, None, [BOSS], **there)
    assert (seen.look, seen.trouble.code) == (Look.BAD, code)
    # Before somebody can log in, no export is no trouble; one that is there and cannot be read is.
    early = look(tmp_path, None, [BOSS], can_log_in=False, **there)
    assert early.look is (Look.ABSENT if rows is None else Look.BAD)


def test_a_list_that_is_wrong_stops_itself_alone(tmp_path):
    there = of_export(tmp_path, ADMIN, SANNE.format("Actief"))
    seen = look(tmp_path, None, [{**BOSS, "role": "chief"}], [entry(1)], **there).value
    assert seen.administrators.stop.code == "accounts_invalid"
    assert (seen.employees.registered, seen.employees.stop) == (1, None)
    seen = portal_look.look(
        given(tmp_path, (), **there),
        shared=OncePerRun(tmp_path / "run"),
        administrators_list=[BOSS],
        employees=Listed("/nowhere.csv"),
        purge=True,
        store=None,
    ).value
    assert seen.employees.stop.code == "accounts_unreadable"
    assert seen.administrators.registered == 1


def test_the_portal_is_read_once_for_both_lists(tmp_path, organisation, monkeypatch, store):
    entries = people(organisation, 3)
    boss = {**entries[2], "role": "administrator"}
    keep(tmp_path, None, accounts=entries[:2], **of_portal(organisation))
    asked = []
    send = ScimDriver.__init__

    def counted(driver, settings, known=None):
        send(driver, settings, known)
        ask = driver.client.send
        driver.client.send = lambda method, path, *rest: (asked.append((method, path)), ask(method, path, *rest))[1]

    monkeypatch.setattr(ScimDriver, "__init__", counted)
    with DossierStore.open(f"sqlite:///{tmp_path}/dossier.sqlite3", key=KEY) as opened:
        opened.say(organisation.ura, "offboarded", subject="HR-1", by="desk", how="left")
        seen = look(tmp_path, opened, [boss], entries[:2], purge=True, **of_portal(organisation)).value
    assert len([path for _method, path in asked if path.startswith("/Users")]) == 1
    assert {method for method, _path in asked} == {"GET"}
    assert len(asked) == 5
    assert (seen.by_click, seen.owner, seen.members) == (False, organisation.ura, 3)
    assert seen.administrator_active is False
    # The token's own administrator is not listed.
    assert (seen.administrators.wanted, seen.administrators.refused) == (1, 1)
    assert dict(seen.administrators.operations) == {"created": 1}
    assert (seen.employees.registered, seen.employees.returning) == (1, 1)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"token": "wrong"}, "portal_token_refused"),
        ({"ca_path": None}, "tls_untrusted"),
        ({"ura": "90000999"}, "portal_wrong_organisation"),
        ({"portal_url": "https://127.0.0.1:9/scim/v2", "timeout": 1}, "portal_unreachable"),
        ({"token": None, "token_path": "/nowhere"}, "token_unreadable"),
    ],
)
def test_a_portal_that_does_not_answer_is_a_trouble(tmp_path, organisation, more, code):
    seen = look(tmp_path, accounts=[entry(1)], **of_portal(organisation, **more))
    assert (seen.look, seen.trouble.code) == (Look.BAD, code)


# What is recorded -----------------------------------------------------------------------------------------------------


def keep(folder, url, administrators=None, check_mode=False, **more):
    action = SimpleNamespace(check_mode=check_mode, diff_mode=False, task_vars={}, _templar=None)
    options = given(folder, (specs.KEEPING, specs.ACCOUNTS), dossier_url=url, dossier_key=KEY if url else None, **more)
    options["administrators"] = administrators
    if administrators is None and options["accounts"] is None:
        options["accounts"] = [entry(1), entry(2)]
    return actions.keep_accounts(action, options, administrators=administrators is not None)


def steps(url, ura="90000101"):
    with DossierStore.open(url, key=KEY) as store:
        assert store.verify_journal().valid
        found = store.read(ura).milestones
        return {
            name: (found[name].state, found[name].who)
            for name in ("administrators_registered", "employees_registered", "employees_active")
        }


OPEN = ("open", None)


@pytest.mark.parametrize(
    ("rows", "registered", "active"),
    [
        # one stranger, nobody of the list; the administrator alone
        (("u9;Kim;Vreemd;01-01-1980;;Medewerker;Actief;X-9\n",), ("waiting", "portal_operator"), OPEN),
        ((ADMIN,), ("waiting", "portal_operator"), OPEN),
        ((ADMIN, SANNE.format("Uitgenodigd")), ("waiting", "portal_operator"), ("waiting", "employees")),
    ],
)
def test_employees_are_never_done_by_an_export_that_does_not_show_them(tmp_path, url, rows, registered, active):
    there = of_export(tmp_path, *rows)
    keep(tmp_path, url, check_mode=True, **there)
    assert not (tmp_path / "dossier.sqlite3").exists()
    keep(tmp_path, url, **there)
    found = steps(url)
    assert found["employees_registered"] == registered
    assert found["employees_active"][0] in (active[0], "waiting")
    assert found["administrators_registered"] == OPEN


def test_an_export_that_shows_each_of_them_is_the_proof(tmp_path, url):
    there = of_export(tmp_path, ADMIN, SANNE.format("Uitgenodigd"))
    keep(tmp_path, url, accounts=[entry(1)], **there)
    assert steps(url)["employees_registered"] == ("done", None)
    assert steps(url)["employees_active"] == ("waiting", "employees")
    keep(tmp_path, url, accounts=[entry(1)], **of_export(tmp_path, ADMIN, SANNE.format("Actief")))
    assert steps(url)["employees_active"] == ("done", None)
    # An empty list afterwards proves nothing, and takes back what was said of another one.
    keep(tmp_path, url, accounts=[], **there)
    assert [state for state, _who in steps(url).values()] == ["open", "waiting", "waiting"]


def test_an_export_that_two_organisations_share_proves_nothing(tmp_path, url):
    there = of_export(tmp_path, ADMIN, SANNE.format("Actief"))
    keep(tmp_path, url, accounts=[entry(1)], **there)
    keep(tmp_path, url, accounts=[entry(1)], ura="90000102", **there)
    assert steps(url, "90000102")["employees_registered"] == ("waiting", "portal_operator")
    assert steps(url, "90000102")["employees_active"][0] == "open"


def test_an_export_of_before_the_last_change_proves_nothing(tmp_path, url, store):
    store.observations.note("90000101", "portal_change", b"2026-06-01", at="2026-06-01T00:00:00+00:00")
    keep(tmp_path, url, accounts=[entry(1)], **of_export(tmp_path, ADMIN, SANNE.format("Actief")))
    assert steps(url)["employees_registered"] == ("waiting", "portal_operator")


def test_the_portal_itself(tmp_path, url, organisation):
    there, ura = of_portal(organisation), organisation.ura
    wanted = people(organisation, 2)
    boss = {**people(organisation, 3)[2], "role": "administrator"}
    found = keep(tmp_path, url, administrators=[boss], **there)
    assert found["summary"] == {"created": 1}
    assert steps(url, ura)["administrators_registered"] == ("done", None)
    with DossierStore.open(url, key=KEY) as store:
        first = store.observations.noted_at(ura, "portal_change")
    assert first
    keep(tmp_path, url, accounts=wanted, **there)
    assert steps(url, ura)["employees_registered"] == ("done", None)
    assert steps(url, ura)["employees_active"] == ("waiting", "employees")
    with DossierStore.open(url, key=KEY) as store:
        second = store.observations.noted_at(ura, "portal_change")
        rows = store.verify_journal().rows
    assert second >= first
    assert not keep(tmp_path, url, accounts=wanted, **there)["changed"]
    actions.read_accounts(given(tmp_path, (), dossier_url=url, full=False, dossier_key=KEY, **there), check_mode=True)
    with DossierStore.open(url, key=KEY) as store:
        assert (store.observations.noted_at(ura, "portal_change"), store.verify_journal().rows) == (second, rows)
    for one in wanted:
        organisation.enrol(one)
    keep(tmp_path, url, accounts=wanted, **there)
    assert steps(url, ura)["employees_active"] == ("done", None)


def test_who_was_offboarded_stays_away_until_somebody_says_rehired(tmp_path, url, organisation):
    there, ura = of_portal(organisation), organisation.ura
    wanted = people(organisation, 2)
    keep(tmp_path, url, accounts=wanted, **there)
    keep(tmp_path, None, accounts=[{**wanted[0], "state": "absent"}], max_removals="1", **there)
    with DossierStore.open(url, key=KEY) as store:
        store.say(ura, "offboarded", subject="HR-0", by="technical_administrator", how="left")
    found = keep(tmp_path, url, accounts=wanted, **there)
    assert [(item["status"], item.get("error_code")) for item in found["results"]] == [
        ("failed", "account_offboarded"),
        ("unchanged", None),
    ]
    assert "Account 1 of the list is of a person who was offboarded" in found["msg"]
    assert steps(url, ura)["employees_registered"][0] == "waiting"
    # A new number of the HR system is another contract.
    assert keep(tmp_path, url, accounts=[{**wanted[0], "external_id": "HR-900"}, wanted[1]], **there)["changed"]
    keep(
        tmp_path, None, accounts=[{**wanted[0], "external_id": "HR-900", "state": "absent"}], max_removals="1", **there
    )
    with DossierStore.open(url, key=KEY) as store:
        store.say(ura, "rehired", subject="HR-0", by="technical_administrator", how="is back")
    assert keep(tmp_path, url, accounts=wanted, **there)["summary"] == {"linked": 1, "unchanged": 1}


def test_a_link_is_remembered_for_both_organisations(tmp_path, url, organisation, portal):
    """Each has its own mail address of the same person: neither overwrites the other's, also not in a later run."""
    other = another(organisation, portal)
    entries = people(organisation, 1)
    theirs = [{**entries[0], "external_id": "P-1", "email": "own@anker.example"}]
    keep(tmp_path, url, accounts=entries, **of_portal(organisation))
    assert keep(tmp_path, url, accounts=theirs, **of_portal(other))["summary"] == {"linked": 1}
    for place, listed in ((other, theirs), (organisation, [{**entries[0], "email": "new@linde.example"}])):
        found = keep(tmp_path, url, accounts=listed, **of_portal(place))
        assert (found["changed"], found["summary"]) == (False, {"unchanged": 1})
        assert "belongs to another organisation" in found["results"][0]["message"]
    held = b"".join(one.read_bytes() for one in tmp_path.glob("dossier.sqlite3*"))
    assert other.members()[-1]["id"].encode() not in held


def test_what_the_accounts_became_is_told_when_the_dossier_is_lost(tmp_path, url, organisation, monkeypatch):
    def lost(*_arguments, **_more):
        raise ZorgidError("dossier_unreachable", "The dossier cannot be reached")

    monkeypatch.setattr(Steps, "set_milestone", lost)
    found = keep(tmp_path, url, accounts=people(organisation, 1), **of_portal(organisation))
    assert (found["summary"], found["error_code"], found["failed"]) == ({"created": 1}, "dossier_unreachable", True)


def test_letters_that_do_not_count_are_found_only_where_it_is_known_whose_count(tmp_path, organisation):
    letters = tmp_path / "invitations"
    known = [{**BOSS, "role": "employee"}]
    seen = look(tmp_path, accounts=known, **of_portal(organisation), letters_dir=str(letters))
    assert not seen.value.letters_lost
    letters.mkdir()
    (letters / f"{organisation.ura}-HR-9.html").touch()
    assert look(tmp_path, accounts=known, **of_portal(organisation), letters_dir=str(letters)).value.letters_lost
    # Of another organisation.
    assert not look(tmp_path, accounts=known, **of_portal(organisation), letters_dir=str(tmp_path)).value.letters_lost
    # A list that cannot be read says of nobody that no letter counts.
    for accounts in ([], [{**BOSS, "role": "employee", "external_id": ""}]):
        seen = look(
            tmp_path, accounts=accounts, administrators=[BOSS], **of_portal(organisation), letters_dir=str(letters)
        )
        assert not seen.value.letters_lost
    assert seen.value.employees.stop


def test_a_list_with_a_mapping_is_read_as_the_action_reads_it(tmp_path):
    path = tmp_path / "medewerkers.csv"
    path.write_text(
        "Medewerker;Roepnaam;Voorvoegsel;Geboortenaam;Begindatum_functie;Einddatum_functie\n"
        "HR-1;Sanne;van der;Berg1;1-1-2020;\nHR-9;Bo;;Vos;1-2-2999;\n"
    )
    there = of_export(tmp_path, ADMIN, SANNE.format("Actief"))
    variables = {
        "accounts_path": str(path), "list_mapping": "afas", "handed_dir": "x", "purge": False,
        "organisation": {"ura": "90000101"}, "environment": "own",
    }  # fmt: skip
    for folder, code in ((tmp_path, None), (tmp_path / "inventory", "accounts_unreadable")):
        employees = portal_look.employees_of(variables, {"inventory_dir": str(folder)})
        seen = portal_look.look(
            given(tmp_path, (), **there),
            shared=OncePerRun(tmp_path / "run"),
            administrators_list=None,
            employees=employees,
            purge=False,
            store=None,
        ).value.employees
        assert (seen.stop.code if seen.stop else None) == code
        assert seen.coming == ("" if code else "1 starts on 2999-02-01")
    broken = portal_look.employees_of({**variables, "list_mapping": "afsa"}, {})
    with pytest.raises(ZorgidError, match="there is no preset afsa"):
        broken.read()
