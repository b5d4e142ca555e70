# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New mail as events, from a real IMAP server over TLS; the source itself, in a Python without Ansible."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._events.arguments import Watch, watch_of
from ansible_collections.gbz.zorgid.plugins.module_utils._events.mail_event import MailEvent
from ansible_collections.gbz.zorgid.plugins.module_utils._events.new_mail import Pace, new_mail, pause_after
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, TOKEN, USER, ImapHost, serve_imap
from ansible_collections.gbz.zorgid.tests.support.surroundings import COLLECTION

SENDER = "zorg-id@vzvz.example"
#: Fast, and with pauses that a test can wait for.
PACE = Pace(first=0.05, most=0.2, refused=0.3, most_refused=0.3, renew=30, soon=0.5, poll=0.1, look=0.02)
PATIENCE = 20.0


def mail(
    ura: str = "90000101", sender: str = SENDER, subject: str = "Activatie ZORG-ID Smart", number: int = 1
) -> bytes:
    return (
        f"From: VZVZ <{sender}>\r\nTo: {USER}\r\nSubject: {subject}\r\nMessage-ID: <e{number}@vzvz.example>\r\n"
        f"\r\nGeachte relatie,\r\n\r\nURA-nummer: {ura}\r\nKenmerk: ZS-1\r\n"
    ).encode()


def arguments(pki: Pki, host: ImapHost, folder: Path, **changed: Any) -> dict[str, Any]:
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    return {
        "host": "127.0.0.1",
        "port": host.port,
        "username": USER,
        "password_file": str(folder / "password"),
        "ca_path": str(pki.ca_path),
        "allowed_senders": [SENDER],
        "organisations": {"linde": "90000101", "anker": "90000102"},
        **changed,
    }


class Taken:
    """The events as they come, taken by a thread as the source's does."""

    def __init__(self, watch: Watch, pace: Pace) -> None:
        self._events: queue.Queue[MailEvent] = queue.Queue()
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._take, args=(watch, pace), daemon=True)
        self._thread.start()

    def _take(self, watch: Watch, pace: Pace) -> None:
        for one in new_mail(watch, self.stopped, pace):
            self._events.put(one)

    def next(self) -> MailEvent:
        return self._events.get(timeout=PATIENCE)

    def none_left(self) -> bool:
        return self._events.empty()

    def stop(self) -> None:
        self.stopped.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@contextmanager
def taking(args: dict[str, Any], pace: Pace = PACE) -> Iterator[Taken]:
    taken = Taken(watch_of(args), pace)
    try:
        yield taken
    finally:
        taken.stop()


def until(wanted: Callable[[], Any]) -> None:
    for _attempt in range(int(PATIENCE * 50)):
        if wanted():
            return
        threading.Event().wait(0.02)
    raise AssertionError("not within the patience of this test")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_new_mail_is_an_event_and_an_old_one_is_not(pki: Pki, tmp_path: Path, security: str) -> None:
    with serve_imap(pki, security=security) as host:
        host.deliver(mail())
        with taking(arguments(pki, host, tmp_path, security=security)) as taken:
            until(lambda: host.idles)
            host.deliver(mail("90000102", number=2))
            event = taken.next()
            assert (event.host, taken.none_left()) == ("anker", True)
            assert host.flags() == [set(), set()]
        reported = event.for_rulebook()
        place = {"uidvalidity": event.uidvalidity, "uid": event.uid}
        assert reported == {"mailbox": place, "meta": {"hosts": "anker"}}


def test_only_mail_of_a_known_organisation_from_an_allowed_sender(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host, taking(arguments(pki, host, tmp_path)) as taken:
        until(lambda: host.idles)
        host.deliver(
            mail("90000999"),
            mail(sender="iemand@elders.example"),
            mail(sender=f'{SENDER}" <x@elders.example>, "y'),
            mail(subject="Automatisch antwoord: Activatie ZORG-ID Smart"),
            mail().replace(b"URA-nummer: 90000101", b"URA-nummer: 90000101\r\nURA-nummer: 90000102"),
            mail(subject="Een vraag over uw aanvraag", number=8),
            mail(number=9),
        )
        # The last but one is of a kind that nobody knows yet: the run shows it to a person.
        assert [taken.next().host, taken.next().host, taken.none_left()] == ["linde", "linde", True]


def test_a_proof_that_is_asked_for_is_needed(pki: Pki, tmp_path: Path) -> None:
    proven = b"Authentication-Results: mx.gbz.example; dmarc=pass header.from=vzvz.example\r\n"
    args = {"authentication": "authentication_results", "authentication_server": "mx.gbz.example"}
    with serve_imap(pki) as host, taking(arguments(pki, host, tmp_path, **args)) as taken:
        until(lambda: host.idles)
        host.deliver(mail(), proven + mail("90000102"))
        assert (taken.next().host, taken.none_left()) == ("anker", True)


def test_it_connects_again_and_reads_what_came_meanwhile(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host, taking(arguments(pki, host, tmp_path)) as taken:
        until(lambda: host.idles)
        for number in range(1, 4):
            logins = host.login.logins
            host.drop()
            host.deliver(mail(number=number))
            assert taken.next().uid == 100 + number
            until(lambda logins=logins: host.login.logins > logins)
        assert taken.none_left()


def test_idle_is_renewed_on_the_same_connection(pki: Pki, tmp_path: Path) -> None:
    with (
        serve_imap(pki) as host,
        taking(arguments(pki, host, tmp_path), Pace(renew=0.05, soon=0.05, look=0.02)) as taken,
    ):
        until(lambda: host.idles > 3)
        host.deliver(mail())
        assert taken.next().host == "linde"
        assert host.login.logins == 1
    assert Pace().renew < 29 * 60


def test_a_server_without_idle_is_polled(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki, idle=False) as host, taking(arguments(pki, host, tmp_path)) as taken:
        until(lambda: host.login.logins)
        threading.Event().wait(0.3)
        host.deliver(mail())
        assert taken.next().host == "linde"
        assert (host.idles, host.login.logins) == (0, 1)


def test_a_new_uidvalidity_makes_everything_old(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host, taking(arguments(pki, host, tmp_path)) as taken:
        until(lambda: host.idles)
        host.deliver(mail(number=1))
        before = taken.next()
        host.number_anew()
        logins = host.login.logins
        host.drop()
        until(lambda: host.login.logins > logins)
        idles = host.idles  # what comes before it waits again is old
        until(lambda: host.idles > idles)
        host.deliver(mail("90000102", number=2))
        after = taken.next()
        assert (after.host, after.uidvalidity, taken.none_left()) == ("anker", before.uidvalidity + 1, True)


def test_what_comes_while_an_event_waits_to_be_taken_is_read(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host:
        stopped = threading.Event()
        mails = new_mail(watch_of(arguments(pki, host, tmp_path)), stopped, PACE)
        first = threading.Thread(target=lambda: got.append(next(mails)))
        got: list[MailEvent] = []
        first.start()
        until(lambda: host.idles)
        host.deliver(mail(number=1))
        first.join(PATIENCE)
        # Nobody asks for the next event: a playbook runs. Two mails come, and one of them is the same again.
        host.deliver(mail("90000102", number=2), mail("90000102", number=2))
        idles = host.idles
        got += [next(mails), next(mails)]
        stopped.set()
        assert [one.host for one in got] == ["linde", "anker", "anker"]
        # Read before it waited again.
        assert host.idles == idles
        mails.close()


def test_a_wrong_password_is_not_hammered_and_a_new_one_is_read(
    pki: Pki, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serve_imap(pki) as host:
        args = arguments(pki, host, tmp_path)
        (tmp_path / "password").write_text("verkeerd-geheim\n", encoding="utf-8")
        with (
            caplog.at_level(logging.ERROR),
            taking(args, Pace(first=0.01, most=0.01, refused=0.5, soon=0.5, look=0.02)) as taken,
        ):
            until(lambda: host.login.refused)
            threading.Event().wait(0.2)
            assert host.login.refused == 1
            (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
            until(lambda: host.idles)
            host.deliver(mail())
            assert taken.next().host == "linde"
        [line] = [one.getMessage() for one in caplog.records if one.name == "gbz.zorgid.mailbox"]
        assert "rejects the password" in line
        assert "(imap_login_refused)" in line
        assert "verkeerd-geheim" not in caplog.text
        assert USER not in caplog.text


def test_pauses_are_bounded_and_long_after_a_refusal() -> None:
    pace = Pace()
    assert [pause_after("imap_unreachable", number, pace) for number in (1, 2, 3, 9, 10, 10**9)] == [
        1,
        2,
        4,
        256,
        300,
        300,
    ]
    assert [pause_after("imap_login_refused", number, pace) for number in (1, 2, 3, 4, 10**9)] == [
        900,
        1800,
        3600,
        3600,
        3600,
    ]


def test_an_access_token_is_used_as_one(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    with serve_imap(pki) as host:
        args = arguments(pki, host, tmp_path, password_file=None, access_token_file=str(tmp_path / "token"))
        with taking(args) as taken:
            until(lambda: host.idles)
            host.deliver(mail())
            assert taken.next().host == "linde"


def test_many_irrelevant_mails_are_not_fetched(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host, taking(arguments(pki, host, tmp_path)) as taken:
        until(lambda: host.idles)
        host.deliver(*(mail(sender=f"p{number}@elders.example", number=number) for number in range(200)))
        # Their address is in the display name only, so that the server finds them: their headers are read.
        host.deliver(*(mail(sender="x@elders.example").replace(b"VZVZ", SENDER.encode()) for _number in range(20)))
        host.deliver(mail(number=5000))
        assert (taken.next().uid, taken.none_left()) == (321, True)
        assert (host.fetched, len(host.heads) < 100) == ([321], True)


#: As ansible-rulebook runs a source: by its path, in a Python that has no loader for collections.
RUN = """
import asyncio, json, runpy, sys

assert "ansible" not in sys.modules
main = runpy.run_path(sys.argv[1])["main"]

async def run():
    queue = asyncio.Queue(1)
    source = asyncio.create_task(main(queue, json.loads(sys.argv[2])))
    for number in range(2):
        taking = asyncio.create_task(queue.get())
        await asyncio.wait([taking, source], return_when=asyncio.FIRST_COMPLETED)
        if source.done():
            await source
        print(json.dumps(taking.result()), flush=True)
    source.cancel()

try:
    asyncio.run(run())
except Exception as error:
    print(f"error: {error}")
print("ansible" in sys.modules)
"""
BY_PATH = COLLECTION / "extensions/eda/plugins/event_source/mailbox.py"


def source(args: dict[str, Any]) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANSIBLE"))}
    command = [sys.executable, "-c", RUN, str(BY_PATH), json.dumps(args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def test_the_source_runs_by_its_path_without_ansible(pki: Pki, tmp_path: Path) -> None:
    with serve_imap(pki) as host:
        running = source(arguments(pki, host, tmp_path))
        until(lambda: host.idles)
        host.deliver(mail(number=1), mail("90000102", number=2))
        reported = running.communicate(timeout=60)[0].splitlines()
    assert [json.loads(one)["meta"]["hosts"] for one in reported[:2]] == ["linde", "anker"]
    # It ended although it waited for mail, and said nothing else.
    assert (reported[2:], running.returncode) == (["False"], 0)


@pytest.mark.parametrize(
    ("changed", "reported"),
    [({"pasword": "x"}, "has no argument pasword"), ({"password_file": "/none"}, "password_file leads to no secret")],
)
def test_the_source_ends_with_one_sentence(pki: Pki, tmp_path: Path, changed: dict[str, Any], reported: str) -> None:
    with serve_imap(pki) as host:
        running = source({**arguments(pki, host, tmp_path), **changed})
        first, *_rest = running.communicate(timeout=60)[0].splitlines()
    assert first.startswith("error: ")
    assert reported in first
