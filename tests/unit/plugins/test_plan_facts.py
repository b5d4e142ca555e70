# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an approved plan covers of an organisation's variables and files, with a real dossier."""

from __future__ import annotations

import base64
import copy
import datetime
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.digest import ASPECTS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Accounts, Observed, Portal, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_notes import canonical
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import plan_facts
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.options import spec_of, users_defaults
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.portal_look import employees_of

URA = "90000101"
ROOT = Path(__file__).resolve().parents[3]
Given = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DossierStore]:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with DossierStore.open(f"sqlite:///{tmp_path}/dossier.sqlite3", key=key) as opened:
        yield opened


def given_in(folder: Path) -> Given:
    for name in ("anchors.pem", "intermediates.pem", "ca.pem", "map.yml", "permission.yml", "key.pem", "mapping.yml"):
        (folder / name).write_text(f"the content of {name}\n", encoding="utf-8")
    (folder / "mapping.yml").write_text("preset: afas\n", encoding="utf-8")
    (folder / "forms").mkdir()
    (folder / "forms" / "application.yml").write_text("a form\n", encoding="utf-8")
    return {
        "organisation": {"ura": URA, "name": "De Linde", "people": {"representative": {"email": "r@linde.example"}}},
        "document_recipient": "zorg-id@vzvz.example",
        "application_form_url": "https://forms.example/a",
        "allowed_link_hosts": ["forms.example"],
        "allowed_senders": ["zorg-id@vzvz.example"],
        "authentication": "none",
        "texts": {},
        "smtp": {"host": "smtp.example", "password": "one"},
        "imap": {"host": "imap.example", "access_token": "one"},
        "portal": {
            "driver": "scim",
            "url": "https://portal.example",
            "token": "one",
            "map_path": str(folder / "map.yml"),
            "permission_path": str(folder / "permission.yml"),
            "permission_key_path": str(folder / "key.pem"),
            "export_path": "/one/container/export.csv",
        },
        "form_mappings": str(folder / "forms"),
        "care_applications_path": None,
        "accounts_path": str(folder / "list.csv"),
        "list_mapping": "mapping.yml",
        "trust": {"trust_anchors": str(folder / "anchors.pem"), "intermediates": str(folder / "intermediates.pem")},
        "ca_path": str(folder / "ca.pem"),
        "purge": False,
    }


def facts(given: Given, folder: Path, store: DossierStore, **policy: Any) -> dict[str, str]:
    host = Host(Policy("delinde", **policy), Known(URA))
    return plan_facts.of_organisation(given, {"inventory_dir": str(folder)}, host, store)


def changed(name: str, *inside: str, to: Any) -> Callable[[Given, Path], None]:
    def change(given: Given, folder: Path) -> None:
        place = given
        for one in (name, *inside)[:-1]:
            place = place[one]
        place[(name, *inside)[-1]] = to

    return change


def written(name: str, text: str = "other content\n") -> Callable[[Given, Path], None]:
    return lambda given, folder: (folder / name).write_text(text, encoding="utf-8") and None


@pytest.mark.parametrize(
    ("aspect", "change"),
    [
        ("organisation", changed("organisation", "people", "representative", "email", to="x@linde.example")),
        ("organisation", changed("organisation", "name", to="De Berk")),
        ("addresses", changed("document_recipient", to="x@vzvz.example")),
        ("addresses", changed("application_form_url", to="https://forms.example/b")),
        ("addresses", changed("allowed_link_hosts", to=["other.example"])),
        ("addresses", changed("allowed_senders", to=[])),
        ("addresses", changed("smtp", "host", to="other.example")),
        ("addresses", changed("imap", "host", to="other.example")),
        ("addresses", changed("portal", "url", to="https://other.example")),
        ("addresses", changed("portal", "driver", to="worklist")),
        ("addresses", written("forms/application.yml")),
        ("addresses", written("forms/follow_up.yml")),
        ("list_mapping", written("mapping.yml", "preset: nedap\n")),
        ("list_mapping", changed("list_mapping", to="nedap")),
        ("page_map", written("map.yml")),
        ("page_map", written("permission.yml")),
        ("trust", written("anchors.pem")),
        ("trust", written("intermediates.pem")),
        ("trust", written("ca.pem")),
        ("trust", changed("trust", "revocation", to="require")),
        ("policy", changed("purge", to=True)),
    ],
)
def test_each_variable_and_file_changes_its_aspect_only(
    tmp_path: Path, store: DossierStore, aspect: str, change: Callable[[Given, Path], None]
) -> None:
    given = given_in(tmp_path)
    before = facts(given, tmp_path, store)
    change(given, tmp_path)
    now = facts(given, tmp_path, store)
    assert {name for name in before if before[name] != now[name]} == {aspect}


@pytest.mark.parametrize(
    "change",
    [
        changed("smtp", "password", to="two"),
        changed("imap", "access_token", to="two"),
        changed("portal", "token", to="two"),
        changed("portal", "export_path", to="/another/container/export.csv"),
    ],
)
def test_no_credential_and_no_place_in_a_container_changes_anything(
    tmp_path: Path, store: DossierStore, change: Callable[[Given, Path], None]
) -> None:
    given = given_in(tmp_path)
    before = facts(given, tmp_path, store)
    change(given, tmp_path)
    assert facts(given, tmp_path, store) == before


def defaults_of(*given: Given, **templates: Any) -> dict[str, Any]:
    """As an action finds them: a list of mappings, a later one before an earlier one."""
    action: Any = SimpleNamespace(
        _task=SimpleNamespace(module_defaults=list(given)),
        _templar=Templar(loader=DataLoader(), variables=templates),
    )
    return users_defaults(action)


def with_defaults(given: Given, folder: Path, store: DossierStore, defaults: Mapping[str, Any]) -> dict[str, str]:
    host = Host(Policy("delinde"), Known(URA))
    return plan_facts.of_organisation(given, {"inventory_dir": str(folder)}, host, store, defaults)


@pytest.mark.parametrize(
    ("name", "options", "covered"),
    [
        ("gbz.zorgid.employee_accounts", {"purge": True}, True),
        ("gbz.zorgid.document_delivery", {"to": "somebody@elsewhere.example"}, True),
        ("gbz.zorgid.document_delivery", {"subject": "Another subject"}, True),
        ("gbz.zorgid.organisation_document", {"subject": "CN=other"}, True),
        ("group/gbz.zorgid.all", {"timeout": 1}, True),
        ("gbz.zorgid.document_delivery", {"smtp": {"host": "mail.example", "password": "two"}}, True),
        ("gbz.zorgid.intake_form", {"dossier_key": "two"}, False),
        ("gbz.zorgid.employee_accounts", {"token": "two", "access_token": "three"}, False),
        ("ansible.builtin.debug", {"msg": "hello"}, False),
    ],
)
def test_module_defaults_are_what_the_run_may_do(
    tmp_path: Path, store: DossierStore, name: str, options: Given, covered: bool
) -> None:
    given = given_in(tmp_path)
    before = facts(given, tmp_path, store)
    now = with_defaults(given, tmp_path, store, defaults_of({name: options}))
    different = {one for one in before if before[one] != now[one]}
    # A name without anything to cover differs too: somebody wrote it there.
    assert (different == {"policy"}) is (covered or name.startswith("gbz."))
    if not covered:
        other = {key: f"{value} and more" for key, value in options.items()}
        assert with_defaults(given, tmp_path, store, defaults_of({name: other})) == now


def test_a_template_of_module_defaults_counts_by_what_it_gives(tmp_path: Path, store: DossierStore) -> None:
    given = given_in(tmp_path)
    template = {"gbz.zorgid.document_delivery": {"to": trust_as_template("{{ address }}")}}
    seen = [
        with_defaults(given, tmp_path, store, defaults_of(template, **variables))
        for variables in ({"address": "a@vzvz.example"}, {"address": "b@vzvz.example"}, {})
    ]
    assert len({one["policy"] for one in seen}) == 3
    assert seen[0] == with_defaults(given, tmp_path, store, defaults_of(template, address="a@vzvz.example"))


def test_every_secret_and_nothing_else_is_no_part_of_a_digest() -> None:
    names = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if not path.name.startswith("_")}
    # The action dossier is no effect of a plan; it hides names of people under names that others have for other things.
    specs = [spec_of(name).options for name in names - {"dossier"}]
    hidden = {name for options in specs for name in never_shown(options, hidden=True)}
    assert hidden == plan_facts.SECRETS
    assert not plan_facts.SECRETS & {name for options in specs for name in never_shown(options, hidden=False)}


def never_shown(options: Mapping[str, Any], *, hidden: bool) -> Iterator[str]:
    """The names of options, also of options in options, that Ansible hides; or of those that it shows."""
    for name, option in options.items():
        if bool(option.get("no_log")) is hidden:
            yield name
        yield from never_shown(option.get("options") or {}, hidden=hidden)


def test_policy_and_journal_are_covered_tags_are_not(tmp_path: Path, store: DossierStore) -> None:
    given = given_in(tmp_path)
    before = facts(given, tmp_path, store)
    assert {*before, "plan"} == set(ASPECTS)
    assert facts(given, tmp_path, store, run_tags=frozenset({"document"})) == before
    other = facts(given, tmp_path, store, notices=True)
    assert {name for name in before if before[name] != other[name]} == {"policy"}
    store.register(URA, "De Linde")
    now = facts(given, tmp_path, store)
    assert {name for name in before if before[name] != now[name]} == {"journal"}


def test_a_list_that_changes_after_the_plan_is_a_difference(tmp_path: Path, store: DossierStore) -> None:
    file = tmp_path / "list.json"
    person = {"first_name": "Anna", "last_name": "Proef", "date_of_birth": "1980-01-02", "external_id": "HR-1"}
    file.write_text(json.dumps([{**person, "email": "anna@linde.example"}]), encoding="utf-8")
    more = {"environment": "own", "dossier_url": "sqlite:///x", "handed_dir": str(tmp_path)}
    given = {**given_in(tmp_path), **more, "accounts_path": str(file), "list_mapping": None}
    listed = employees_of(given, {})
    assert listed
    digest = store.observations.keyed(URA, "list:employees", canonical(listed.read().accounts)) or ""
    portal = Portal(datetime.datetime.now(datetime.UTC), employees=Accounts(1, digest=digest))
    host = Host(Policy("delinde"), Known(URA), Observed(portal=Seen.good(portal)))
    before = plan_facts.of_organisation(given, {}, host, store)
    store.register(URA, "De Linde")  # a row of the run itself
    assert plan_facts.changed(before, given, {}, host, store) == []
    file.write_text(json.dumps([{**person, "email": "other@linde.example"}]), encoding="utf-8")
    assert plan_facts.changed(before, given, {}, host, store) == ["list"]


def test_nothing_can_be_guessed_without_the_key(tmp_path: Path, store: DossierStore) -> None:
    given = given_in(tmp_path)
    (tmp_path / "other").mkdir()
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with DossierStore.open(f"sqlite:///{tmp_path}/other/dossier.sqlite3", key=key) as other:
        mine, theirs = facts(given, tmp_path, store), facts(copy.deepcopy(given), tmp_path, other)
    assert not set(mine.values()) & set(theirs.values())
    with DossierStore.open(f"sqlite:///{tmp_path}/plain.sqlite3") as without:
        assert facts(given, tmp_path, without) == {}
