# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line portal of preflight: mistakes 19 and 21, and an export's columns and age; no account is read or changed."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.driver import Connected
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight import line_portal
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION
from ansible_collections.gbz.zorgid.tests.support.preflight_looking import found, variables
from zorgid_sandbox import portal as service

HEAD = "Gebruikersnaam;Voornaam;Achternaam;Geboortedatum;E-mailadres;Rol;Status;Personeelsnummer\n"
ADMIN = "u1;Vera;Baas;09-03-1975;;Administrator;Actief;HR-100\n"
URA = "90000101"


@pytest.fixture
def shared(tmp_path):
    return OncePerRun(tmp_path / "run")


@pytest.fixture
def store(tmp_path):
    with DossierStore.open(f"sqlite:///{tmp_path}/dossier.sqlite3", key=KEY) as opened:
        yield opened


def of_portal(folder, organisation, **more):
    portal = {"driver": "scim", "url": organisation.portal.url, "token": organisation.token}
    organised = {**ORGANISATION, "ura": more.pop("ura", organisation.ura)}
    ca_path = str(organisation.portal.ca_path)
    return variables(folder, organisation=organised, ca_path=ca_path, portal={**portal, **more})


def of_export(folder, *, days=1, head=HEAD, rows=ADMIN):
    path = folder / "export.csv"
    path.write_text(head + rows, encoding="utf-8")
    at = time.time() - days * 86_400
    os.utime(path, (at, at))
    return variables(folder, portal={"driver": "worklist", "export_path": str(path)}, dossier_key=KEY)


def one(findings):
    (finding,) = findings
    assert not any(word in repr(finding) for word in ("Vera", "Baas", "1975-", "-1975", "HR-100"))
    return finding, finding.standing.value, finding.trouble.code if finding.trouble else ""


def test_a_token_of_this_organisation_and_what_the_server_can_is_asked_once(
    tmp_path, organisation, shared, monkeypatch
):
    asked = []
    server, before = ScimDriver.server, organisation.members()
    monkeypatch.setattr(ScimDriver, "server", lambda self: asked.append(1) or server(self))
    for _time in range(2):
        finding, standing, _code = one(found(line_portal.look, of_portal(tmp_path, organisation), shared))
        assert standing == "ok"
        assert finding.says.endswith("token of this organisation, role administrator")
        assert organisation.token not in repr(finding)
    assert asked == [1]
    assert organisation.members() == before


def test_a_token_that_has_expired_is_told_from_one_that_is_unknown(tmp_path, organisation, shared):
    finding, standing, code = one(found(line_portal.look, of_portal(tmp_path, organisation, token="x" * 40), shared))
    assert (standing, code) == ("stop", "portal_token_refused")
    assert "expired" not in finding.trouble.found
    organisation.fault("token_expired times=9")
    finding, standing, code = one(found(line_portal.look, of_portal(tmp_path, organisation), shared))
    assert (standing, code) == ("stop", "portal_token_refused")
    assert "This token has expired" in finding.trouble.found


def test_a_token_of_another_organisation(tmp_path, organisation, shared):
    finding, standing, code = one(found(line_portal.look, of_portal(tmp_path, organisation, ura="90000999"), shared))
    assert (standing, code) == ("stop", "portal_wrong_organisation")
    assert "90000999" in finding.trouble.message
    assert finding.trouble.found.startswith(f"a token of {organisation.ura} (administrator)")


def test_a_token_without_the_role_that_a_list_of_administrators_needs(tmp_path, shared):
    with service.running(tmp_path / "portal", {URA: "De Linde"}, role="operator") as portal:
        there = SimpleNamespace(portal=portal, ura=URA, token=portal.tokens[URA])
        given = of_portal(tmp_path, there)
        finding, standing, _code = one(found(line_portal.look, given, shared))
        assert (standing, finding.values["role"]) == ("ok", "operator")
        listed = {**given, "administrators": [{"external_id": "HR-100"}]}
        finding, standing, code = one(found(line_portal.look, listed, shared))
    assert (standing, code, finding.trouble.found) == ("stop", "portal_role_insufficient", "a token of an operator")


@pytest.mark.parametrize(
    ("url", "environment", "code"),
    [
        ("https://acceptatie.zorg-id.nl/scim/v2", "production", "portal_environment_differs"),
        ("https://Productie.zorg-id.nl./scim/v2", "acceptance", "portal_environment_differs"),
        ("https://productie.zorg-id.nl/scim/v2", "own", "portal_environment_differs"),
        ("https://portal.zorg-id.nl/scim/v2", "own", "environment_mismatch"),
    ],
)
def test_the_portal_of_another_environment_gets_no_token(tmp_path, shared, monkeypatch, url, environment, code):
    monkeypatch.setattr(ScimDriver, "connect", lambda *_given: pytest.fail("asked"))
    portal = {"driver": "scim", "url": url, "token": "t"}
    finding, standing, found_code = one(
        found(line_portal.look, variables(tmp_path, environment=environment, portal=portal), shared)
    )
    assert (standing, found_code) == ("stop", code)
    if code == "portal_environment_differs":
        assert environment in finding.trouble.found
        assert ("acceptance" if "acceptatie" in url else "production") in finding.trouble.found


def test_the_portal_of_this_environment_is_asked(tmp_path, shared, monkeypatch):
    monkeypatch.setattr(line_portal, "server_of", lambda *_given: None)
    monkeypatch.setattr(ScimDriver, "connect", lambda *_given: Connected(role="operator"))
    portal = {"driver": "scim", "url": "https://acceptatie.zorg-id.nl/scim/v2", "token": "t"}
    finding, standing, _code = one(
        found(line_portal.look, variables(tmp_path, environment="test", portal=portal), shared)
    )
    assert (standing, finding.values["role"]) == ("ok", "operator")


def test_a_token_that_is_not_there_yet_is_waited_for(tmp_path, organisation, shared):
    _finding, standing, _code = one(found(line_portal.look, of_portal(tmp_path, organisation, token=""), shared))
    assert standing == "waits"


def test_without_a_driver_nobody_looks(tmp_path, shared):
    assert found(line_portal.look, variables(tmp_path, portal=None), shared) == []


# worklist -------------------------------------------------------------------------------------------------------------


def test_an_export_with_its_columns_and_its_age(tmp_path, shared, store):
    finding, standing, _code = one(found(line_portal.look, of_export(tmp_path), shared, store=store))
    assert standing == "ok"
    assert finding.says.startswith("worklist: export of ")
    assert finding.says.endswith("(1 day old), without UZI-nummer, Rolcode, AGB-code")


def test_an_export_that_lacks_a_column(tmp_path, shared, store):
    given = of_export(tmp_path, head=HEAD.replace("Rol;", "Functie;"))
    finding, standing, code = one(found(line_portal.look, given, shared, store=store))
    assert (standing, code) == ("stop", "export_unreadable")
    assert "Rol" in finding.trouble.expected


def test_an_export_that_is_older_than_what_a_person_recorded(tmp_path, shared, store):
    store.attest(URA, "employees_registered", by="portal_operator", at=None, how="worklist completed")
    finding, standing, code = one(found(line_portal.look, of_export(tmp_path, days=2), shared, store=store))
    assert (standing, code) == ("look", "export_too_old")
    assert isinstance(finding.trouble, Trouble)


def test_an_export_of_another_organisation(tmp_path, shared, store):
    given = of_export(tmp_path)
    path = tmp_path / "export.csv"
    store.observations.note("90000102", "portal_export", path.read_bytes())
    _finding, standing, code = one(found(line_portal.look, given, shared, store=store))
    assert (standing, code) == ("look", "export_of_another")


def test_an_export_of_the_future_has_no_age(tmp_path, shared, store):
    _finding, standing, code = one(found(line_portal.look, of_export(tmp_path, days=-2), shared, store=store))
    assert (standing, code) == ("look", "export_too_old")


def test_an_export_that_is_not_there(tmp_path, shared, store):
    given = of_export(tmp_path)
    (tmp_path / "export.csv").unlink()
    finding, standing, _code = one(found(line_portal.look, given, shared, store=store))
    assert standing == "waits"
    assert "identity_activated" in finding.says
    store.set_milestone(URA, "identity_activated", "done")
    _finding, standing, code = one(found(line_portal.look, given, shared, store=store))
    assert (standing, code) == ("stop", "export_unreadable")
