# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines smtp, imap and forms of preflight, counted at real servers: asked once, and nothing is sent or changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.finding import Finding, Standing
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight import line_forms, line_imap, line_smtp
from ansible_collections.gbz.zorgid.tests.support.intake_looks import FOLLOW_UP, mail
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki
from ansible_collections.gbz.zorgid.tests.support.intake_world import PERSONAL, URA, World, a_world, call
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER
from ansible_collections.gbz.zorgid.tests.support.preflight_looking import RECIPIENT, found, variables

ME = "me@gbz.example"
OTHER = {**ORGANISATION, "ura": "90000102", "name": "Zonneveld"}


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with a_world(pki, tmp_path) as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path) -> OncePerRun:
    return OncePerRun(tmp_path / "run")


def given(world: World, **more: Any) -> dict[str, Any]:
    login = {"host": "127.0.0.1", "username": USER, "password": PASSWORD}
    servers = {
        "smtp": {**login, "port": world.smtp.port, "sender": USER},
        "imap": {**login, "port": world.imap.port},
        "application_form_url": world.site.url,
        "form_mappings": str(world.folder / "mapping.yml"),
        "ca_path": str(world.pki.ca_path),
    }
    return variables(world.folder, **copy.deepcopy({**servers, **more}))


def says(findings: list[Finding]) -> list[tuple[str, str]]:
    """Standing and code of each; and nothing personal in any of them."""
    for secret in (*PERSONAL, ME, "S3CR3T"):
        assert secret not in repr(findings)
    return [(one.standing.value, one.trouble.code if one.trouble else "") for one in findings]


# smtp -----------------------------------------------------------------------------------------------------------------


def test_one_login_for_all_and_each_sender_once(world: World, shared: OncePerRun) -> None:
    variant = given(world)
    variant["smtp"]["sender"] = "zonneveld@gbz.example"
    for one in (given(world), given(world, organisation=OTHER), variant, variant):
        assert says(found(line_smtp.look, one, shared)) == [("ok", "")]
    assert world.smtp.logins == [True, True]
    assert world.smtp.received == []


def test_a_wrong_password_is_tried_once_for_all(world: World, shared: OncePerRun) -> None:
    for sender in (USER, "a@gbz.example", "b@gbz.example"):
        one = given(world)
        one["smtp"] |= {"password": "fout", "sender": sender}
        assert says(found(line_smtp.look, one, shared)) == [("stop", "smtp_login_refused")]
    assert world.smtp.logins == [False]
    # Another organisation's own password is tried.
    assert says(found(line_smtp.look, given(world), shared)) == [("ok", "")]


def test_the_test_mail_is_the_only_one_and_goes_once(world: World, shared: OncePerRun) -> None:
    for organisation in (ORGANISATION, OTHER):
        findings = found(line_smtp.look, given(world, organisation=organisation), shared, test_mail=ME)
        assert says(findings) == [("ok", ""), ("waits", "")]
        assert findings[1].values == {"test_mail": "sent"}
    assert [one.rcpt_tos for one in world.smtp.received] == [[ME]]


def test_the_test_mail_does_not_go_in_check_mode_or_to_vzvz_or_after_a_refusal(
    world: World, shared: OncePerRun
) -> None:
    assert says(found(line_smtp.look, given(world), shared, test_mail=ME, check=True)) == [("ok", ""), ("waits", "")]
    assert says(found(line_smtp.look, given(world), shared, test_mail=RECIPIENT)) == [("stop", "test_mail_to_vzvz")]
    wrong = given(world)
    wrong["smtp"]["password"] = "fout"
    assert says(found(line_smtp.look, wrong, shared, test_mail=ME)) == [("stop", "smtp_login_refused")]
    assert world.smtp.received == []


def test_a_test_mail_of_which_nobody_knows_is_to_be_looked_at(world: World, shared: OncePerRun) -> None:
    world.smtp.drop_after_data = 1
    findings = found(line_smtp.look, given(world), shared, test_mail=ME)
    assert says(findings) == [("ok", ""), ("look", "smtp_unreachable")]
    assert findings[1].values == {"test_mail": "perhaps"}
    world.smtp.refuse_recipient = True
    assert says(found(line_smtp.look, given(world), shared, test_mail=f"you.{ME}")) == [
        ("ok", ""),
        ("stop", "recipient_refused"),
    ]


def test_what_is_not_set_up_is_not_looked_at(world: World, shared: OncePerRun) -> None:
    nothing = given(world, smtp=None, imap=None, application_form_url="")
    for line in (line_smtp, line_imap, line_forms):
        assert found(line.look, nothing, shared) == []


# imap -----------------------------------------------------------------------------------------------------------------


def test_a_mailbox_is_opened_once_for_all(world: World, shared: OncePerRun) -> None:
    first = found(line_imap.look, given(world), shared)
    assert says(first) == [("waits", "")]
    assert first[0].says == "INBOX: no mail of an allowed sender yet; nothing sent yet"
    world.imap.deliver(mail(1, FOLLOW_UP))
    assert found(line_imap.look, given(world, organisation=OTHER), shared) == first
    assert world.imap.login.logins == 1


def test_the_folder_is_named_with_those_there_are(world: World, shared: OncePerRun) -> None:
    one = given(world)
    one["imap"]["folder"] = "VZVZ"
    (finding,) = found(line_imap.look, one, shared)
    assert says([finding]) == [("stop", "imap_folder_missing")]
    assert finding.trouble is not None
    assert "INBOX" in finding.trouble.expected


# forms ----------------------------------------------------------------------------------------------------------------


def test_the_form_is_fetched_once_and_compared_for_each(world: World, shared: OncePerRun) -> None:
    for organisation in (ORGANISATION, OTHER):
        (finding,) = found(line_forms.look, given(world, organisation=organisation), shared)
        assert (finding.standing, finding.says) == (Standing.OK, "application form 7 fields of 7")
    assert [one.method for one in world.site.received] == ["GET"]


def test_a_field_of_the_mapping_is_gone(world: World, shared: OncePerRun) -> None:
    url = world.site.url.replace("/form", "/changed")
    (finding,) = found(line_forms.look, given(world, application_form_url=url), shared)
    assert says([finding]) == [("look", "form_changed")]
    assert finding.says == "application form 6 fields of 7; not on the page: Geboortedatum"


def test_a_form_for_a_person_is_no_error(world: World, shared: OncePerRun) -> None:
    url = world.site.url.replace("/form", "/captcha")
    (finding,) = found(line_forms.look, given(world, application_form_url=url), shared)
    assert says([finding]) == [("waits", "")]
    assert finding.says == "application form: by hand, because it has a CAPTCHA"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"url": "/gone"}, "form_unreachable"), ({"environment": "own", "url": "vzvz"}, "environment_mismatch")],
)
def test_an_address_that_is_wrong(changed: dict[str, str], code: str, world: World, shared: OncePerRun) -> None:
    url = world.site.url.replace("/form", changed["url"])
    if changed["url"] == "vzvz":
        url = "https://fd2.formdesk.com/vzvz/form"
    environment = changed.get("environment", "acceptance")
    (finding,) = found(line_forms.look, given(world, application_form_url=url, environment=environment), shared)
    assert says([finding]) == [("stop", code)]


def test_what_was_submitted_is_not_looked_at(world: World, shared: OncePerRun) -> None:
    with DossierStore.open(world.url) as store:
        store.set_milestone(URA, "application_submitted", "done")
        findings = found(line_forms.look, given(world), shared, store=store)
    assert [one.says for one in findings] == ["application form: recorded as submitted", "follow-up form: no link yet"]
    assert world.site.received == []


def test_the_link_to_the_follow_up_form_is_looked_at_and_nothing_is_posted(world: World, shared: OncePerRun) -> None:
    link = f"{world.site.url}?t=S3CR3T-link"
    world.imap.deliver(mail(1, FOLLOW_UP, f"Open {link} om verder te gaan."))
    module, options = world.mailbox(allowed_link_hosts=["127.0.0.1"], ura=URA)
    call((module, {**options, "imap": {**given(world)["imap"]}}))
    with DossierStore.open(world.url) as store:
        findings = found(line_forms.look, given(world, application_form_url=""), shared, store=store)
    assert says(findings) == [("ok", "")]
    assert findings[0].says == "follow-up form 7 fields of 7"
    assert [one.method for one in world.site.received] == ["GET"]
    # With a mailbox that cannot be opened nobody tries again.
    wrong = given(world, application_form_url="")
    wrong["imap"]["password"] = "fout"
    before = world.imap.login.refused
    with DossierStore.open(world.url) as store:
        assert says(found(line_imap.look, wrong, shared, store=store)) == [("stop", "imap_login_refused")]
        assert says(found(line_forms.look, wrong, shared, store=store)) == [("waits", "")]
    assert world.imap.login.refused == before + 1


def test_the_mailbox_of_a_dossier_that_waits(world: World, shared: OncePerRun) -> None:
    world.imap.deliver(mail(1, FOLLOW_UP))
    with DossierStore.open(world.url) as store:
        (finding,) = found(line_imap.look, given(world), shared, store=store)
    assert finding.standing is Standing.OK
    assert "newest mail of an allowed sender" in finding.says
