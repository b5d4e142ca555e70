# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes 16 and 17 on real sockets: which of them it is, tried once, and nothing is sent or changed."""

from __future__ import annotations

import datetime
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import answering, imap_newest, own_mail, smtp_probe
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.answering import Answering, what_answers
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.smtp_mail import SmtpSettings
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, serve_imap, serve_smtp
from ansible_collections.gbz.zorgid.tests.support.mails import imap

VZVZ = "zorg-id@vzvz.example"
TRUST = Trust(frozenset([VZVZ]), ())


def smtp(pki: Pki, port: int, **changed: Any) -> SmtpSettings:
    settings: dict[str, Any] = {"username": USER, "password": PASSWORD, "ca_path": str(pki.ca_path), "timeout": 1}
    return SmtpSettings("127.0.0.1", USER, port, **{**settings, **changed})


@pytest.fixture(autouse=True)
def no_usual_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's real mail server on this machine is asked."""
    monkeypatch.setattr(answering, "USUAL", {"SMTP": (), "IMAP": ()})


@contextmanager
def saying(greeting: bytes) -> Iterator[int]:
    """A server that says this to each who connects, or nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                opened.append(listener.accept()[0])
                opened[-1].sendall(greeting)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        for one in opened:
            one.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


# SMTP -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_good_server_is_asked_once_and_gets_no_mail(security: str, pki: Pki, monkeypatch: Any) -> None:
    reported: list[str] = []

    async def sender(_self: Any, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        envelope.mail_from = address
        reported.append("MAIL")
        return "250 OK"

    async def reset(*_given: Any) -> str:
        reported.append("RSET")
        return "250 OK"

    with serve_smtp(pki, security=security) as host:
        monkeypatch.setattr(type(host), "handle_MAIL", sender, raising=False)
        monkeypatch.setattr(type(host), "handle_RSET", reset, raising=False)
        seen = smtp_probe.probe(smtp(pki, host.port, security=security))
    assert (seen.tls, seen.login, seen.code) == ("TLS 1.3", True, 250)
    assert host.logins == [True]
    assert reported == ["MAIL", "RSET"]
    assert host.received == []


def test_a_refused_login_is_tried_once(pki: Pki) -> None:
    with serve_smtp(pki) as host, pytest.raises(ZorgidError) as caught:
        smtp_probe.probe(smtp(pki, host.port, password="fout"))
    assert caught.value.code == "smtp_login_refused"
    assert host.logins == [False]
    assert "fout" not in str(caught.value)


@pytest.mark.parametrize(("there", "here"), [("tls", "starttls"), ("starttls", "tls")])
def test_starttls_against_tls_and_the_other_way_round(there: str, here: str, pki: Pki) -> None:
    with serve_smtp(pki, security=there) as host, pytest.raises(ZorgidError) as caught:
        smtp_probe.probe(smtp(pki, host.port, security=here))
    assert caught.value.code == "tls_failed"
    assert caught.value.action == f"set smtp.security to {there}"
    assert host.logins == []


def test_another_server_at_the_port_is_named_and_so_is_the_right_port(pki: Pki, monkeypatch: Any) -> None:
    with serve_smtp(pki) as right, saying(b"* OK IMAP4rev1 ready\r\n") as wrong:
        monkeypatch.setattr(answering, "USUAL", {"SMTP": ((right.port, "starttls"),), "IMAP": ()})
        with pytest.raises(ZorgidError) as caught:
            smtp_probe.probe(smtp(pki, wrong))
    assert (caught.value.code, caught.value.found) == ("smtp_unreachable", "a server that speaks IMAP")
    assert f"port {right.port} with security: starttls" in str(caught.value.action)
    assert right.logins == []


def test_nobody_at_the_port_and_the_right_one_is_named(pki: Pki, monkeypatch: Any) -> None:
    with serve_smtp(pki, security="tls") as right:
        monkeypatch.setattr(answering, "USUAL", {"SMTP": ((right.port, "tls"),), "IMAP": ()})
        with pytest.raises(ZorgidError) as caught:
            smtp_probe.probe(smtp(pki, free_port()))
    assert (caught.value.code, caught.value.found) == ("smtp_unreachable", "the connection was refused")
    assert f"port {right.port} with security: tls" in str(caught.value.action)


def test_a_name_that_does_not_resolve_is_not_asked_for_other_ports(pki: Pki, monkeypatch: Any) -> None:
    monkeypatch.setattr(answering, "what_answers", lambda *_given: pytest.fail("asked"))
    with pytest.raises(ZorgidError) as caught:
        smtp_probe.probe(replace(smtp(pki, 587), host="mail.gbz.invalid"))
    assert (caught.value.code, caught.value.found) == ("smtp_unreachable", "no such host name")


def test_a_server_that_says_nothing_is_told_as_that(pki: Pki) -> None:
    with saying(b"") as port, pytest.raises(ZorgidError) as caught:
        smtp_probe.probe(smtp(pki, port, timeout=0.2))
    assert (caught.value.code, caught.value.found) == ("smtp_unreachable", "no answer in time")


def test_a_certificate_of_another_authority(pki: Pki) -> None:
    with serve_smtp(pki) as host, pytest.raises(ZorgidError) as caught:
        smtp_probe.probe(smtp(pki, host.port, ca_path=None))
    assert caught.value.code == "tls_untrusted"
    assert host.logins == []


@pytest.mark.parametrize(
    ("reply", "code"), [("550 5.7.60 <zorgid@gbz.example> not allowed", 550), ("451 4.7.1 later", 451)]
)
def test_a_sender_that_is_not_allowed(reply: str, code: int, pki: Pki, monkeypatch: Any) -> None:
    async def refuse(_self: Any, *_given: Any) -> str:
        return reply

    with serve_smtp(pki) as host:
        monkeypatch.setattr(type(host), "handle_MAIL", refuse, raising=False)
        seen = smtp_probe.probe(smtp(pki, host.port))
    assert seen.code == code
    assert "@" not in seen.reply
    assert host.received == []


# The mail to oneself --------------------------------------------------------------------------------------------------


def test_the_mail_to_oneself_is_the_only_one(pki: Pki) -> None:
    with serve_smtp(pki) as host:
        own_mail.send("me@gbz.example", smtp(pki, host.port))
    (envelope,) = host.received
    assert envelope.rcpt_tos == ["me@gbz.example"]
    assert b"Auto-Submitted: auto-generated" in envelope.original_content


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("zorg-id@vzvz.nl", "test_mail_to_vzvz"),
        ("Zorg-ID@VZVZ.example", "test_mail_to_vzvz"),
        ("me", "address_invalid"),
        ("me@gbz.example\r\nBcc: x@y.example", "address_invalid"),
    ],
)
def test_to_whom_it_never_goes(address: str, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        own_mail.check_recipient(address, VZVZ)
    assert caught.value.code == code
    assert "@" not in str(caught.value).replace("name@domain", "")


# IMAP -----------------------------------------------------------------------------------------------------------------


def mail(sender: str, number: int = 1) -> bytes:
    return f"From: {sender}\r\nMessage-ID: <{number}@vzvz.example>\r\nSubject: x\r\n\r\nx\r\n".encode()


def test_the_newest_mail_of_an_allowed_sender_and_no_flag_is_changed(pki: Pki) -> None:
    with serve_imap(pki) as host:
        host.deliver(mail(VZVZ), mail('"zorg-id@vzvz.example" <somebody@else.example>', 2))
        seen = imap_newest.newest(imap(pki, host.port), TRUST)
        assert host.flags() == [set(), set()]
    assert (seen.tls, seen.mails) == ("TLS 1.3", 2)
    assert seen.newest == datetime.datetime(2026, 11, 24, 9, 30, tzinfo=datetime.UTC)
    assert host.fetched == []


def test_a_mailbox_without_mail_of_an_allowed_sender(pki: Pki) -> None:
    with serve_imap(pki) as host:
        host.deliver(mail("somebody@else.example"))
        assert imap_newest.newest(imap(pki, host.port), TRUST).newest is None
        assert host.heads == []


def test_the_folders_that_there_are(pki: Pki) -> None:
    with serve_imap(pki) as host, pytest.raises(ZorgidError) as caught:
        imap_newest.newest(imap(pki, host.port, folder="INBOX/VZVZ"), TRUST)
    assert caught.value.code == "imap_folder_missing"
    assert "INBOX" in str(caught.value.expected)
    assert host.login.logins == 1


def test_a_refused_login_of_a_mailbox_is_tried_once(pki: Pki) -> None:
    with serve_imap(pki) as host, pytest.raises(ZorgidError) as caught:
        imap_newest.newest(imap(pki, host.port, password="fout"), TRUST)
    assert caught.value.code == "imap_login_refused"
    assert (host.login.logins, host.login.refused) == (1, 1)


@pytest.mark.parametrize(("there", "here"), [("tls", "starttls"), ("starttls", "tls")])
def test_starttls_against_tls_of_a_mailbox(there: str, here: str, pki: Pki) -> None:
    with serve_imap(pki, security=there) as host, pytest.raises(ZorgidError) as caught:
        imap_newest.newest(imap(pki, host.port, security=here, timeout=1), TRUST)
    assert caught.value.code == "tls_failed"
    assert caught.value.action == f"set imap.security to {there}"
    assert host.login.logins == 0


@pytest.mark.parametrize(
    ("greeting", "speaks"),
    [
        (b"220 mail.example ESMTP\r\n", "SMTP"),
        (b"+OK ready\r\n", "POP3"),
        (b"SSH-2.0-OpenSSH\r\n", "something else"),
        (b"\x00\xff" * 600, "something else"),
    ],
)
def test_what_answers_is_read_from_its_greeting(greeting: bytes, speaks: str) -> None:
    with saying(greeting) as port:
        assert what_answers("127.0.0.1", port, 1) == Answering(speaks, "starttls")
