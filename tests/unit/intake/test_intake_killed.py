# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at every boundary and amid the exchange: nothing sent twice, nothing lost, counted at the server."""

from __future__ import annotations

import email
import email.policy
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from form_zoo import DONE, LABEL_FOR, MAPPING
from intake_support import ORGANISATION, Pki, Reply, Request, Site, serve
from killed import BOUNDARIES, Runs
from mail_servers import TOKEN, USER, SmtpHost, serve_smtp

# Where a run dies, and how many the server has received by then.
SURE = ("before claim", "after claim", "before mark_sending", "after mark_done")
BOTH = {point: int("mark_done" in point) for point in BOUNDARIES}
FORM = {**BOTH, "sent 1": 0, "sent 400": 0, "received HTTP/1": 1}
MAIL = {**BOTH, "sent 1000": 0, "received 354": 0, "received queued": 1}


class Desk:
    """The receiving side: what arrived, by URA; and what a run needs to send there."""

    def __init__(self, folder: Path, pki: Pki, site: Site, smtp: SmtpHost) -> None:
        self.folder, self.pki, self.site, self.smtp = folder, pki, site, smtp
        self.url = f"sqlite:///{folder}/dossier.sqlite3"
        self.mapping = folder / "mapping.yml"
        self.mapping.write_text(yaml.safe_dump(MAPPING), encoding="utf-8")

    def options(self, action: str, ura: str) -> dict[str, Any]:
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
                "form": "application",
                "url": self.site.url,
                "allowed_hosts": None,
                "mapping_path": str(self.mapping),
                "directory": None,
                "care_applications_path": None,
            }
        document = self.folder / f"{ura}.xml"
        document.write_text(f"<Organisatiedocument><URA>{ura}</URA></Organisatiedocument>", encoding="utf-8")
        server = {"host": "127.0.0.1", "port": self.smtp.port, "security": "starttls"}
        return {
            **shared,
            "smtp": {**server, "username": USER, "access_token": TOKEN, "sender": USER},
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

    def documents(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = defaultdict(list)
        for envelope in self.smtp.received:
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            found[mail["Subject"].rpartition(" ")[2]].append(envelope.content)
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[Desk]:
    def answer(request: Request) -> Reply:
        return Reply(LABEL_FOR.pages[0] if request.method == "GET" else DONE)

    with serve(pki, answer) as site, serve_smtp(pki) as smtp:
        yield Desk(tmp_path_factory.mktemp("killed"), pki, site, smtp)


@pytest.fixture(scope="module")
def run() -> Iterator[Runs]:
    with Runs() as runs:
        yield runs


def message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"])


def settle_form(run: Runs, desk: Desk, ura: str) -> bool:
    """Let runs end in peace, a person tells what became of an uncertain one. Whether a person was needed."""
    options = desk.options("form", ura)
    result = run("form", options)
    assert result
    asked = result.get("error_code") == "submission_uncertain"
    if asked:
        with DossierStore.open(desk.url) as store:
            store.resolve(ura, "application_form", arrived=desk.applications()[ura] > 0, by="technical_administrator")
        result = run("form", options)
        assert result
    assert result.get("status") == "submitted", result
    again = run("form", options)
    assert again
    assert not again.get("changed")
    return asked


@pytest.mark.parametrize(("point", "received"), FORM.items())
def test_a_form_is_received_once_wherever_the_run_dies(point: str, received: int, run: Runs, desk: Desk) -> None:
    ura = f"9100{list(FORM).index(point):04}"
    assert run("form", desk.options("form", ura), point) is None
    assert desk.applications()[ura] == received
    asked = settle_form(run, desk, ura)
    assert desk.applications()[ura] == 1
    # A person is asked exactly when it is not known whether the form left.
    assert asked == (point not in SURE)


@pytest.mark.parametrize(("point", "arrived"), MAIL.items())
def test_a_document_has_one_message_id_wherever_the_run_dies(point: str, arrived: int, run: Runs, desk: Desk) -> None:
    ura = f"9200{list(MAIL).index(point):04}"
    options = desk.options("document", ura)
    assert run("document", options, point) is None
    assert len(desk.documents()[ura]) == arrived
    result = run("document", options)
    assert result
    assert result["status"] == "sent", result
    again = run("document", options)
    assert again
    assert not again.get("changed")
    received = desk.documents()[ura]
    assert {message_id(raw) for raw in received} == {result["message_id"]}
    # What the first run delivered without knowing it comes again, byte by byte the same.
    assert len(set(received)) == 1
    assert len(received) == arrived + (1 if result.get("changed") else 0)
    assert result["repeated"] == (point not in SURE)


def test_of_two_runs_at_the_same_time_one_sends(run: Runs, pki: Pki, tmp_path: Path) -> None:
    posted, answer_now = threading.Event(), threading.Event()

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(LABEL_FOR.pages[0])
        posted.set()
        answer_now.wait(20)
        return Reply(DONE)

    with serve(pki, answer) as site, serve_smtp(pki) as smtp, Runs() as other:
        desk = Desk(tmp_path, pki, site, smtp)
        options = desk.options("form", "93000001")
        run.start("form", options)
        assert posted.wait(20)
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
            "boundary": chance.choice(BOUNDARIES),
            "sent": f"sent {chance.randint(1, 2000)}",
            "received": f"received {chance.choice(['HTTP/1', 'Bedankt', '250', '354', 'queued'])}",
            "time": f"after {chance.randint(1, 120)} ms",
        }[kind]


@pytest.mark.slow
@pytest.mark.parametrize("action", ["form", "document"])
def test_hundreds_of_kills(action: str, run: Runs, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20261124)  # noqa: S311 - the same kills in every run of this test
    uras = [f"{94 if action == 'form' else 95}{number:06}" for number in range(300)]
    killed = asked = 0
    for ura in uras:
        options = desk.options(action, ura)
        for point in _points(chance):
            killed += run(action, options, point) is None
        if action == "form":
            asked += settle_form(run, desk, ura)
        else:
            result = run(action, options)
            assert result
            assert result["status"] == "sent", result
    with DossierStore.open(desk.url) as store:
        journal = store.verify_journal()
    assert journal.valid, journal.message
    told = f"{killed} kills, {len(uras)} organisations, journal of {journal.rows} rows intact"
    if action == "form":
        assert {ura: desk.applications()[ura] for ura in uras} == dict.fromkeys(uras, 1)
        told += f", no second application, a person was asked {asked} times"
    else:
        received = {ura: desk.documents()[ura] for ura in uras}
        assert all(len(set(mails)) == 1 for mails in received.values())
        repeated = sum(len(mails) - 1 for mails in received.values())
        told += f", no second Message-ID, no document lost, {repeated} mails repeated with the same Message-ID"
    with capsys.disabled():
        print(f"\n{action}: {told}")
