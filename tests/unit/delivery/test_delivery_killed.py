# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at every moment of every effect, and amid the exchange: nothing sent twice, nothing lost, counted at the
server; and what somebody says while a run is between looking and claiming."""

from __future__ import annotations

import email
import email.policy
import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.form_zoo import DONE, LABEL_FOR, MAPPING
from ansible_collections.gbz.zorgid.tests.support.intake_support import (
    ORGANISATION,
    Pki,
    Reply,
    Request,
    Site,
    serve,
)
from ansible_collections.gbz.zorgid.tests.support.killed_intake import EFFECTS, MOMENTS, Runs
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    TOKEN,
    USER,
    SmtpHost,
    serve_smtp,
)

#: What a run that dies here did is known to the next one.
SURE = ("before the claim", "after the claim", "after the record")
LEFT = MOMENTS[3:]
#: Amid the exchange: where a run dies, and how many the server has received by then.
AMID = {
    "application form": {"sent 1": 0, "sent 400": 0, "received HTTP/1": 1},
    "document mail": {"sent 1000": 0, "received 354": 0, "received queued": 1},
}
POINTS = {effect: {**{moment: int(moment in LEFT) for moment in MOMENTS}, **AMID.get(effect, {})} for effect in EFFECTS}
EVERY = [(effect, point) for effect, points in POINTS.items() for point in points]
MAILED = [one for one in EVERY if EFFECTS[one[0]] in ("document", "notices", "invitations")]


PAYLOAD = "zorgid://activatie?code=S3CR3T-9f31"


class Desk:
    """The receiving side: what arrived, by URA; and what a run needs to send there."""

    def __init__(self, folder: Path, pki: Pki, site: Site, smtp: SmtpHost) -> None:
        self.folder, self.pki, self.site, self.smtp = folder, pki, site, smtp
        self.url = f"sqlite:///{folder}/dossier.sqlite3"
        self._mails: dict[str, list[bytes]] = defaultdict(list)
        self._sorted = 0
        self.mapping = folder / "mapping.yml"
        self.mapping.write_text(yaml.safe_dump(MAPPING), encoding="utf-8")

    def options(self, effect: str, ura: str) -> dict[str, Any]:
        action = EFFECTS[effect]
        shared = {
            "organisation": {**ORGANISATION, "ura": ura},
            "environment": "acceptance",
            "dossier_url": self.url,
            "ca_path": str(self.pki.ca_path),
            "timeout": 10,
        }
        if action == "form":
            return {
                **shared,
                "form": "application" if effect == "application form" else "follow_up",
                "url": self.site.url,
                "allowed_hosts": None,
                "mapping_path": str(self.mapping),
                "directory": None,
                "care_applications_path": None,
            }
        if action == "letter":
            return {
                **shared,
                "state": "present",
                "directory": str(self.folder / ura),
                "message_id": None,
                "image_path": None,
                "formats": ["letter"],
                "secret_key": "key",
            }
        server = {"host": "127.0.0.1", "port": self.smtp.port, "security": "starttls"}
        shared["smtp"] = {**server, "username": USER, "access_token": TOKEN, "sender": USER}
        if action == "notices":
            return {**shared, "reminder_days": 7, "escalation_days": 21, "vzvz_address": "zorg-id@vzvz.example"}
        if action == "invitations":
            export = self.folder / f"{ura}.csv"
            header = "Gebruikersnaam;Voornaam;Achternaam;Geboortedatum;E-mailadres;Rol;Status;Personeelsnummer"
            row = f"u1;Noor;Zomer;01-02-1990;{ura}@delinde.example;Medewerker;Uitgenodigd;p-1"
            export.write_text(f"{header}\n{row}\n", encoding="utf-8")
            person = {"external_id": "p-1", "first_name": "Noor", "last_name": "Zomer", "date_of_birth": "1990-02-01"}
            listed = {"accounts": [{**person, "email": f"{ura}@delinde.example"}], "accounts_path": None}
            portal = {"driver": "worklist", "export_path": str(export), "accounts_variable": None}
            absent = ("portal_url", "token", "token_path", "client_cert", "client_key")
            portal |= {**dict.fromkeys(absent), "validate_certs": True}
            return {
                **shared,
                **listed,
                **portal,
                "ura": ura,
                "organisation_name": None,
                "reminders": 0,
                "remind_after_days": 7,
            }
        document = self.folder / f"{ura}.xml"
        document.write_text(f"<Organisatiedocument><URA>{ura}</URA></Organisatiedocument>", encoding="utf-8")
        return {
            **shared,
            "path": str(document),
            "recipient": "zorg-id@vzvz.example",
            "language": "nl",
            "subject": None,
            "text": None,
            "max_bytes": 1_000_000,
        }

    def applications(self) -> Counter[str]:
        # What a run sent right before it died is still being read.
        for thread in threading.enumerate():
            if "process_request_thread" in thread.name:
                thread.join(20)
        return Counter(request["ura"] for request in self.site.posts())

    def mails(self) -> dict[str, list[bytes]]:
        """By URA: of the address of an invitation, of the subject of a document, of the text of a notice."""
        for envelope in self.smtp.received[self._sorted :]:
            self._sorted += 1
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            body = mail.get_body(("plain",))
            text = f"{envelope.rcpt_tos} {mail['Subject']} {body.get_content() if body else ''}"
            (ura,) = set(re.findall(r"(?<!\w)9[0-9]{7}(?!\w)", text))
            self._mails[ura].append(envelope.content)
        return self._mails

    def prepare(self, effect: str, ura: str) -> None:
        with DossierStore.open(self.url, environment="acceptance") as store:
            if effect == "notices":
                store.set_milestone(ura, "identity_activated", "waiting", who="portal_administrator", what="Scan")
            elif effect == "activation letter":
                store.keep_secret(ura, "activation_qr", PAYLOAD, "key")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[Desk]:
    def answer(request: Request) -> Reply:
        return Reply(LABEL_FOR.pages[0] if request.method == "GET" else DONE)

    with serve(pki, answer) as site, serve_smtp(pki) as smtp:
        made = Desk(tmp_path_factory.mktemp("killed"), pki, site, smtp)
        yield made
        # After all that died in this file.
        with DossierStore.open(made.url) as store:
            check = store.verify_journal()
        assert check.valid, check.message


@pytest.fixture(scope="module")
def run() -> Iterator[Runs]:
    with Runs() as runs:
        yield runs


def message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"])


def settle_form(run: Runs, desk: Desk, effect: str, ura: str) -> bool:
    """Let runs end in peace, a person tells what became of an uncertain one. Whether a person was needed."""
    options = desk.options(effect, ura)
    result = run("form", options)
    assert result
    asked = result.get("error_code") == "submission_uncertain"
    if asked:
        kind = "application_form" if effect == "application form" else "follow_up_form"
        with DossierStore.open(desk.url) as store:
            store.resolve(ura, kind, arrived=desk.applications()[ura] > 0, by="technical_administrator")
        result = run("form", options)
        assert result
    assert result.get("status") == "submitted", result
    again = run("form", options)
    assert again
    assert not again.get("changed")
    return asked


def dies(run: Runs, desk: Desk, effect: str, point: str) -> str:
    """A fresh organisation, for which a run dies at ``point``: its URA."""
    ura = f"91{EVERY.index((effect, point)):06}"
    desk.prepare(effect, ura)
    assert run(EFFECTS[effect], desk.options(effect, ura), point) is None
    assert run.died == point
    return ura


def test_every_effect_is_killed_at_every_moment() -> None:
    """The table that the tests below go through, each point once; each asserts that the run died there."""
    assert {(effect, moment) for effect in EFFECTS for moment in MOMENTS} <= set(EVERY)
    tried = {*MAILED, *(one for one in EVERY if EFFECTS[one[0]] == "form"), *LETTERS}
    assert tried == set(EVERY)


@pytest.mark.parametrize(("effect", "point"), [one for one in EVERY if EFFECTS[one[0]] == "form"])
def test_a_form_is_received_once_wherever_the_run_dies(effect: str, point: str, run: Runs, desk: Desk) -> None:
    ura = dies(run, desk, effect, point)
    assert desk.applications()[ura] == POINTS[effect][point]
    asked = settle_form(run, desk, effect, ura)
    assert desk.applications()[ura] == 1
    assert step_of(desk, ura, FORM_STEPS[effect]).state == "done"
    # A person is asked exactly when it is not known whether the form left.
    assert asked == (point not in SURE)


FORM_STEPS = {"application form": "application_submitted", "follow-up form": "follow_up_submitted"}


def step_of(desk: Desk, ura: str, name: str) -> Milestone:
    with DossierStore.open(desk.url, read_only=True) as store:
        return store.read(ura).milestones[name]


def outcome(effect: str, result: dict[str, Any]) -> str:
    if effect == "document mail":
        return str(result["status"])
    found = result["notices"] if effect == "notices" else result["results"]
    return str(found[0]["status"]) if found else ""


#: What a run after the mail was sent says of it.
SETTLED = {"document mail": "sent", "notices": "", "invitations": "waiting"}
SENT = {"document mail": "sent", "notices": "sent", "invitations": "invited"}


@pytest.mark.parametrize(("effect", "point"), MAILED)
def test_a_mail_has_one_message_id_wherever_the_run_dies(effect: str, point: str, run: Runs, desk: Desk) -> None:
    ura = dies(run, desk, effect, point)
    arrived, options = POINTS[effect][point], desk.options(effect, ura)
    assert len(desk.mails()[ura]) == arrived
    result = run(EFFECTS[effect], options)
    assert result
    recorded = point == "after the record"
    assert outcome(effect, result) == (SETTLED if recorded else SENT)[effect], result
    assert result.get("changed", False) != recorded
    again = run(EFFECTS[effect], options)
    assert again
    assert (again.get("changed", False), outcome(effect, again)) == (False, SETTLED[effect])
    received = desk.mails()[ura]
    # What the first run delivered without knowing it comes again, byte by byte the same.
    assert len(set(received)) == 1
    assert len(received) == arrived + (not recorded)
    if effect == "document mail":
        assert {message_id(raw) for raw in received} == {result["message_id"]}
        recorded_step = step_of(desk, ura, "document_sent")
        assert (recorded_step.state, recorded_step.evidence["message_id"]) == ("done", result["message_id"])
        assert result["repeated"] == (point not in SURE)


LETTERS = [("activation letter", moment) for moment in MOMENTS]


@pytest.mark.parametrize(("effect", "point"), LETTERS)
def test_a_letter_has_one_code_wherever_the_run_dies(effect: str, point: str, run: Runs, desk: Desk) -> None:
    ura = dies(run, desk, effect, point)
    options = desk.options(effect, ura)

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (desk.folder / ura).glob("*")}

    before = files()
    assert bool(before) == bool(POINTS[effect][point])
    with DossierStore.open(desk.url) as store:
        kept = [one["secrets"] for one in store.export(ura)["organisations"]]
    assert bool(kept[0]) == (point != "after the record")
    result = run("letter", options)
    assert result
    assert result["changed"] == (point != "after the record")
    after = files()
    assert sorted(after) == ["activation-letter.html", "activation-qr.png"]
    # The same code again, not another one.
    assert not before or before == after
    again = run("letter", options)
    assert again
    assert not again["changed"]
    with DossierStore.open(desk.url) as store:
        events = [row["event"] for row in store.export(ura)["journal"]]
    assert events == ["secret_kept", "secret_used"]


SPOKEN = {
    "done by hand": ("done", {"application form": "application_submitted", "document mail": "document_sent"}),
    "withdrawn": ("withdrawn", {}),
    "held": ("hold", {}),
}


BETWEEN = [
    (what, effect)
    for what in SPOKEN
    for effect in ("application form", "document mail", "invitations")
    if what != "done by hand" or effect in SPOKEN[what][1]
]


@pytest.mark.parametrize(("what", "effect"), BETWEEN)
def test_what_is_said_between_looking_and_claiming_counts(
    what: str, effect: str, run: Runs, desk: Desk, tmp_path: Path
) -> None:
    """The run has looked, and waits right before its claim; a person says something; the run goes on."""
    ura = f"92{list(SPOKEN).index(what)}{list(EFFECTS).index(effect)}0000"
    word, subjects = SPOKEN[what]
    run.start(EFFECTS[effect], desk.options(effect, ura), f"pause {tmp_path / 'run'}")
    for _turn in range(1000):
        if (tmp_path / "run.here").exists():
            break
        time.sleep(0.01)
    with DossierStore.open(desk.url) as store:
        store.say(ura, word, subject=subjects.get(effect, ""), by="desk", how="by telephone")
    (tmp_path / "run.go").touch()
    result = run.wait()
    assert result
    assert result["error_code"] == ("dossier_held" if what == "held" else "plan_stale"), result
    assert desk.applications()[ura] == 0
    assert desk.mails()[ura] == []
    with DossierStore.open(desk.url) as store:
        assert store.read(ura).submissions == []
    # The next run looks first.
    result = run(EFFECTS[effect], desk.options(effect, ura))
    assert result
    expected = {"held": "dossier_held", "withdrawn": "organisation_withdrawn", "done by hand": "by_hand"}[what]
    assert result.get("error_code", result.get("status")) == expected


def test_of_two_runs_at_the_same_time_one_sends(run: Runs, pki: Pki, tmp_path: Path) -> None:
    posted, answer_now = threading.Event(), threading.Event()

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(LABEL_FOR.pages[0])
        posted.set()
        answer_now.wait(60)
        return Reply(DONE)

    with serve(pki, answer) as site, serve_smtp(pki) as smtp, Runs() as other:
        desk = Desk(tmp_path, pki, site, smtp)
        # The second run may take long to start.
        options = {**desk.options("application form", "93000001"), "timeout": 60}
        run.start("form", options)
        assert posted.wait(60)
        second = other("form", options)
        answer_now.set()
        first = run.wait()
        assert first
        assert second
        assert (first["status"], second["error_code"]) == ("submitted", "submission_elsewhere")
        third = other("form", options)
        assert third
        assert third["status"] == "submitted"
        assert len(site.posts()) == 1


def _points(chance: random.Random) -> Iterator[str | None]:
    for _kill in range(chance.randint(1, 3)):
        kind = chance.choice(["boundary", "sent", "received", "time"])
        yield {
            "boundary": chance.choice(MOMENTS),
            "sent": f"sent {chance.randint(1, 2000)}",
            "received": f"received {chance.choice(['HTTP/1', 'Bedankt', '250', '354', 'queued'])}",
            "time": f"after {chance.randint(1, 120)} ms",
        }[kind]


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("action", ["form", "document"])
def test_hundreds_of_kills(action: str, half: int, run: Runs, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody chose the moment; those that can be named are above. In halves, so that two cores can share them."""
    chance = random.Random(20261124 + half)  # noqa: S311 - the same kills in every run of this test
    uras = [f"{94 if action == 'form' else 95}{number:06}" for number in range(60 * half, 60 * half + 60)]
    killed = asked = 0
    effect = "application form" if action == "form" else "document mail"
    for ura in uras:
        options = desk.options(effect, ura)
        for point in _points(chance):
            killed += run(action, options, point) is None
        if action == "form":
            asked += settle_form(run, desk, effect, ura)
        else:
            result = run(action, options)
            assert result
            assert result["status"] == "sent", result
    with DossierStore.open(desk.url) as store:
        journal = store.verify_journal()
    assert journal.valid, journal.message
    reported = f"{killed} kills, {len(uras)} organisations, journal of {journal.rows} rows intact"
    if action == "form":
        assert {ura: desk.applications()[ura] for ura in uras} == dict.fromkeys(uras, 1)
        reported += f", no second application, a person was asked {asked} times"
    else:
        received = {ura: desk.mails()[ura] for ura in uras}
        assert all(len(set(each)) == 1 for each in received.values())
        repeated = sum(len(each) - 1 for each in received.values())
        reported += f", no second Message-ID, no document lost, {repeated} mails repeated with the same Message-ID"
    with capsys.disabled():
        print(f"\n{action}: {reported}")
