# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices go over a real mail server, each once, and what is wrong is said without an address."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import database
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_notices import send_notices
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import notices
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    USER,
    SmtpHost,
    serve_smtp,
)

URA = "90000101"


class World:
    def __init__(self, folder: Path, pki: Pki, smtp: SmtpHost) -> None:
        self.database, self.smtp, self.pki = folder / "dossier.sqlite3", smtp, pki
        self.url = f"sqlite:///{self.database}"
        self.environment = "acceptance"

    def record(self, step: str, state: str, **more: Any) -> None:
        with DossierStore.open(self.url, environment=self.environment) as store:
            store.set_milestone(URA, step, state, **more)

    def waiting(self) -> None:
        self.record("document_sent", "done", evidence={"sent_at": "2026-11-24T10:15:00+00:00"})
        self.record("identity_activated", "waiting", who="portal_administrator", what="Scan the code")

    def began(self, since: str) -> None:
        """The same waits in a dossier that began then: a journal never runs backwards."""
        with DossierStore.open(self.url, read_only=True) as store:
            waits = [one for one in store.read(URA).milestones.values() if one.state == "waiting"]
        self.database.unlink()
        with pytest.MonkeyPatch.context() as clock:
            clock.setattr(database, "stored_now", lambda: since)
            for one in waits:
                self.record(one.step, "waiting", who=one.who, what=one.what)

    def send(self, *, check_mode: bool = False, **changed: Any) -> dict[str, Any]:
        smtp = {"host": "127.0.0.1", "port": self.smtp.port, "username": USER, "password": PASSWORD, "sender": USER}
        options = {
            "dossier_url": self.url,
            "organisation": ORGANISATION,
            "environment": self.environment,
            "smtp": {**smtp, **changed.pop("smtp", {})},
            "reminder_days": 7,
            "escalation_days": 21,
            "vzvz_address": "zorg-id@vzvz.example",
            "ca_path": str(self.pki.ca_path),
            "timeout": 5,
        }
        planned = changed.pop("planned", None)
        command = notices.command_of({**options, **changed})
        return notices.result_of(send_notices(command, check_mode=check_mode, planned=planned), diff_mode=True)

    def received(self) -> list[tuple[str, str, str]]:
        """Recipient, subject and text of each mail."""
        found = []
        for envelope in self.smtp.received:
            mail = message_from_bytes(envelope.content, policy=policy.default)
            found.append((*envelope.rcpt_tos, str(mail["Subject"]), mail.get_content().replace("\r\n", "\n")))
        return found


@pytest.fixture
def world(pki: Pki, tmp_path: Path) -> Iterator[World]:
    with serve_smtp(pki) as smtp:
        yield World(tmp_path, pki, smtp)


def refused(call: Any, **options: Any) -> ZorgidError:
    with pytest.raises(ZorgidError) as caught:
        call(**options)
    assert "lindeman" not in str(caught.value).lower()
    return caught.value


def test_each_once_to_the_right_person(world: World) -> None:
    world.waiting()
    predicted = world.send(check_mode=True)
    assert [one["status"] for one in predicted["notices"]] == ["would_send"] * 2
    assert predicted["changed"]
    assert world.smtp.received == []

    result = world.send()
    assert [(one["kind"], one["role"], one["status"]) for one in result["notices"]] == [
        ("status", "representative", "sent"),
        ("request", "portal_administrator", "sent"),
    ]
    assert "lindeman" not in str(result).lower()
    assert result["diff"]["after"].startswith("status for representative: ZORG-ID Smart, Huisartsenpraktijk De Linde")
    (status, request) = world.received()
    assert (status[0], request[0]) == ("p.lindeman@delinde.example", "j.lindeman@delinde.example")
    assert "Het ondertekende organisatiedocument is aan VZVZ gestuurd." in status[2]
    assert "Installeer de app ZORG-ID" in request[2]
    assert request[2].endswith("Voorbeeld GBZ Beheer\nzorgid@gbz.example, +31301234567\n")

    assert world.send() == {"changed": False, "ura": URA, "notices": []}
    assert len(world.smtp.received) == 2


def test_reminder_and_escalation(world: World) -> None:
    world.record("application_confirmed", "waiting", who="vzvz", what="VZVZ has to confirm")
    assert world.send()["notices"] == []
    world.began("2026-01-01T00:00:00+00:00")
    (reported,) = world.send(escalation_days=100_000)["notices"]
    assert (reported["kind"], reported["role"]) == ("reminder", "vzvz")
    (reported,) = world.send()["notices"]
    assert (reported["kind"], reported["role"]) == ("escalation", "representative")
    assert [one[0] for one in world.received()] == ["zorg-id@vzvz.example", "p.lindeman@delinde.example"]
    assert world.send()["notices"] == []


def test_nothing_goes_to_vzvz_from_an_environment_of_ones_own(world: World) -> None:
    world.environment = "own"
    world.record("application_confirmed", "waiting", who="vzvz", what="VZVZ has to confirm")
    world.began("2026-01-01T00:00:00+00:00")
    error = refused(world.send, vzvz_address="zorg-id@vzvz.nl", escalation_days=100_000)
    assert error.code == "environment_mismatch"
    assert world.smtp.received == []


def test_nobody_is_mailed_of_an_organisation_that_is_withdrawn_or_held(world: World) -> None:
    world.waiting()
    for word, back, subject in (("withdrawn", "undone", "withdrawn"), ("hold", "go_on", "")):
        with DossierStore.open(world.url) as store:
            store.say(URA, word, by="desk", how="by telephone")
        for check_mode in (True, False):
            result = world.send(check_mode=check_mode)
            assert (result["changed"], result["notices"]) == (False, [])
            assert f"Nobody is mailed: {URA} is {'held' if word == 'hold' else word} (desk, " in result["silent"]
        with DossierStore.open(world.url) as store:
            store.say(URA, back, by="desk", how="by telephone", subject=subject)
    assert world.smtp.received == []
    assert len(world.send()["notices"]) == 2


def test_only_what_was_planned_is_sent(world: World) -> None:
    world.waiting()
    request = ("identity_activated", "request", "portal_administrator")
    other = ("application_submitted", "status", "representative")
    for check_mode in (True, False):
        result = world.send(check_mode=check_mode, planned={request, other})
        assert [(one["step"], one["kind"], one["role"]) for one in result["notices"]] == [request]
    assert world.send(planned=set())["notices"] == []
    # What was reached meanwhile waits for the next plan, and is told then.
    assert [one[0] for one in world.received()] == ["j.lindeman@delinde.example"]
    assert [one["kind"] for one in world.send()["notices"]] == ["status"]


def test_a_milestone_that_was_not_planned_does_not_hide_the_one_that_was(world: World) -> None:
    world.waiting()
    world.record("employees_active", "done")
    sent = ("document_sent", "status", "representative")
    (reported,) = world.send(planned={sent})["notices"]
    assert (reported["step"], reported["status"]) == ("document_sent", "sent")
    assert "alle medewerkers" not in world.received()[0][2]


def test_a_broken_mail_server_is_told_once_with_what_was_sent_before(world: World) -> None:
    world.waiting()
    world.record("administrators_registered", "waiting", who="portal_administrator", what="Appoint them")
    world.smtp.drop_after_data = 1
    error = refused(world.send)
    assert error.code == "smtp_unreachable"
    assert [one["status"] for one in error.details["notices"]] == ["failed"]
    assert not error.details["changed"]
    assert [one["status"] for one in world.send()["notices"]] == ["sent"] * 3


def test_one_wrong_address_keeps_nobody_else_from_being_told(world: World) -> None:
    world.waiting()
    world.smtp.refuse_recipient = True
    error = refused(world.send)
    assert error.code == "recipient_refused"
    assert "representative" in str(error)
    assert [(one["role"], one["status"], one["error_code"]) for one in error.details["notices"]] == [
        ("representative", "failed", "recipient_refused"),
        ("portal_administrator", "failed", "recipient_refused"),
    ]
    world.smtp.refuse_recipient = False
    assert len(world.send()["notices"]) == 2
    assert len(world.smtp.received) == 2


def test_a_lost_answer_is_repeated_with_the_same_message_id(world: World) -> None:
    world.record("identity_activated", "waiting", who="portal_administrator", what="Scan the code")
    world.smtp.drop_after_data = 1
    refused(world.send)
    (reported,) = world.send()["notices"]
    assert reported["status"] == "sent"
    ids = [message_from_bytes(one.content)["Message-ID"] for one in world.smtp.received]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reminder_days": 0}, "options_invalid"),
        ({"escalation_days": -1}, "options_invalid"),
        ({"organisation": {**ORGANISATION, "people": {}}}, "organisation_invalid"),
        ({"smtp": {"sender": "nobody"}}, "address_invalid"),
        ({"smtp": {"password": "wrong"}}, "smtp_login_refused"),
        ({"smtp": {"port": 1}}, "smtp_unreachable"),
    ],
)
def test_what_is_wrong_is_said(world: World, changed: dict[str, Any], code: str) -> None:
    world.waiting()
    assert refused(world.send, **changed).code == code
    assert world.smtp.received == []
    assert len(world.send()["notices"]) == 2
