# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail servers that answer what no server should, and values that would like to become headers."""

from __future__ import annotations

import base64
import datetime
import email
import email.policy
import itertools
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import document_letter, smtp_client, smtp_mail
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki

AT = datetime.datetime(2026, 11, 24, 10, 0, tzinfo=datetime.UTC)
SENDER, RECIPIENT = "zorgid@gbz.example", "j.lindeman@delinde.example"
Answer = bytes | Iterable[bytes]
GOOD: dict[str, Answer] = {
    "": b"220 mail.example ESMTP\r\n",
    "EHLO": b"250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000\r\n",
    "AUTH": b"235 2.7.0 welkom\r\n",
    "MAIL": b"250 2.1.0 OK\r\n",
    "RCPT": b"250 2.1.5 OK\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 2.0.0 OK queued as 42\r\n",
    "QUIT": b"221 bye\r\n",
}


@dataclass
class Host:
    port: int
    lines: list[str] = field(default_factory=list)
    sent: int = 0


@contextmanager
def serving(pki: Pki, changed: Mapping[str, Answer]) -> Iterator[Host]:
    """One connection with TLS from its first byte; ``changed``: what is answered to a command instead of GOOD."""
    answers = {**GOOD, **changed}
    listener = socket.create_server(("127.0.0.1", 0))
    host = Host(listener.getsockname()[1])

    def answer(connection: socket.socket, command: str) -> None:
        said = answers.get(command, b"502 what?\r\n")
        for piece in [said] if isinstance(said, bytes) else said:
            connection.sendall(piece)
            host.sent += len(piece)

    def serve() -> None:
        with suppress(OSError, ValueError):
            connection, _peer = listener.accept()
            with pki.server_context().wrap_socket(connection, server_side=True) as tls, tls.makefile("rb") as lines:
                answer(tls, "")
                content = False
                for raw in lines:
                    line = raw.decode("ascii").rstrip("\r\n")
                    host.lines.append(line)
                    if content and line != ".":
                        continue
                    command = "." if content else line.split(" ")[0].upper()
                    content = command == "DATA" and answers["DATA"] == GOOD["DATA"]
                    answer(tls, command)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        # Wakes one that is still waiting for somebody.
        with suppress(OSError), socket.create_connection(("127.0.0.1", host.port), timeout=1):
            pass
        listener.close()
        thread.join(10)
        assert not thread.is_alive()


def mail(**changed: str) -> bytes:
    values = {"subject": "Organisatiedocument", "text": "Geachte heer, mevrouw,\n", **changed}
    made = smtp_mail.compose(
        message_id="<m1@gbz.example>", sender=SENDER, recipient=RECIPIENT, attachments={}, at=AT, **values
    )
    return made.as_bytes()


def send(pki: Pki, server: Host, **changed: object) -> smtp_mail.Delivery:
    settings = smtp_mail.SmtpSettings(
        **{
            "host": "127.0.0.1", "port": server.port, "security": "tls", "sender": SENDER, "ca_path": str(pki.ca_path),
            "timeout": 5, "username": SENDER, "password": "goed", **changed,
        }
    )  # fmt: skip
    return smtp_mail.send(mail(), "<m1@gbz.example>", RECIPIENT, settings)


PERSONAL = (
    b'250 2.1.5 <j.lindeman@delinde.example>, queued as 42 for J.LINDEMAN (10.1.2.3) by "Johanna"@delinde.example\r\n'
)


def test_the_answer_is_kept_without_whom_it_names(pki: Pki) -> None:
    with serving(pki, {".": PERSONAL}) as host:
        delivery = send(pki, host)
    assert delivery.response.startswith("250 2.1.5 … queued as 42 for … (10.1.2.3) by …")
    for word in ("lindeman", "Johanna", "@"):
        assert word.lower() not in delivery.response.lower()


@pytest.mark.parametrize("command", ["", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    "reply",
    [
        b"550 5.1.1 j.lindeman: unknown\x1b[2J\x07 \xff\xe2\x80\xae here\r\n",
        b"550-5.1.1 <j.lindeman@delinde.example>\r\n550-" + b"x" * 5000 + b"\r\n550 j.lindeman\r\n",
        b"550 " + b"x" * 990 + b" j.lindeman@delinde.example\r\n",
    ],
    ids=["control characters", "long", "an address where it is cut"],
)
def test_a_refusal_is_shown_printable_short_and_without_whom_it_names(command: str, reply: bytes, pki: Pki) -> None:
    with serving(pki, {command: reply}) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host)
    assert caught.value.code in ("smtp_refused", "recipient_refused")
    assert not isinstance(caught.value, smtp_mail.DeliveryUncertainError)
    assert str(caught.value).isprintable()
    assert len(str(caught.value.found)) <= 210
    assert "lindem" not in str(caught.value)
    assert "@" not in str(caught.value)


@pytest.mark.parametrize("command", ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    "reply",
    [
        b"250 what was not asked\r\n",
        b"hello\r\n",
        b"\r\n",
        b"\x00\xff\r\n",
        b"199 soon\r\n",
        b"x" * 9000 + b"\r\n",
        b"",
    ],
)
def test_an_answer_that_is_none_is_told(command: str, reply: bytes, pki: Pki) -> None:
    with serving(pki, {command: reply or _breaks_off()}) as host:
        if reply.startswith(b"250") and command in ("EHLO", "MAIL", "RCPT", "."):
            send(pki, host, **({"username": None, "password": None} if command == "EHLO" else {}))
            return
        with pytest.raises(ZorgidError) as caught:
            send(pki, host)
    assert str(caught.value).isprintable()
    # After the whole mail has left, only a clear no means that it did not arrive.
    if command == ".":
        assert isinstance(caught.value, smtp_mail.DeliveryUncertainError)


def _breaks_off() -> Iterator[bytes]:
    raise OSError("gone")
    yield b""


@pytest.mark.parametrize("command", ["", "EHLO", "RCPT", "."])
def test_a_server_that_goes_on_talking_is_left(command: str, pki: Pki) -> None:
    with serving(pki, {command: itertools.repeat(b"250-and another thing\r\n" * 50)}) as host:
        with pytest.raises(ZorgidError) as caught:
            send(pki, host)
        assert caught.value.code == "smtp_unreachable"
        assert isinstance(caught.value, smtp_mail.DeliveryUncertainError) is (command == ".")


def test_one_reply_is_read_up_to_its_limit() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader = smtp_client._Bounded(ours, 5)
        thread = threading.Thread(target=lambda: theirs.sendall(bytes(2 * smtp_client.MOST_REPLY)), daemon=True)
        thread.start()
        count = 0
        while count < smtp_client.MOST_REPLY:
            count += reader.readinto(bytearray(8192))
        with pytest.raises(TimeoutError):
            reader.readinto(bytearray(8192))
        assert count == smtp_client.MOST_REPLY
        reader.begin()
        assert reader.readinto(bytearray(10)) == 10
        ours.close()
        thread.join(10)


def test_a_server_that_drips_is_left(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each look at the clock is a second later.
    clock = itertools.count()
    monkeypatch.setattr(smtp_client.time, "monotonic", lambda: float(next(clock)))
    read: list[int] = []
    readinto = smtp_client._Bounded.readinto
    monkeypatch.setattr(
        smtp_client._Bounded, "readinto", lambda self, buffer: read.append(1) or readinto(self, memoryview(buffer)[:1])
    )
    with serving(pki, {"": b"220 " + b"z" * 3000 + b"\r\n"}) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host)
    assert caught.value.code == "smtp_unreachable"
    assert len(read) <= smtp_client.PATIENCE * 5 + 1


@pytest.mark.parametrize("size", [b"9" * 5000, b"\xc2\xb2", b"-1", b"", b"0"])
def test_a_size_that_is_none_is_no_limit(size: bytes, pki: Pki) -> None:
    with serving(pki, {"EHLO": b"250-mail.example\r\n250-AUTH PLAIN\r\n250 SIZE " + size + b"\r\n"}) as host:
        assert send(pki, host).response.startswith("250")


@pytest.mark.parametrize(("username", "password"), [("jürgen@gbz.example", "geheim"), (SENDER, "pässwörd-€")])
def test_a_login_beyond_ascii_is_sent_as_utf_8(username: str, password: str, pki: Pki) -> None:
    with serving(pki, {}) as host:
        send(pki, host, username=username, password=password)
    (auth,) = [line for line in host.lines if line.startswith("AUTH")]
    assert base64.b64decode(auth.split()[2]).decode() == f"\0{username}\0{password}"
    with serving(pki, {"AUTH": b"535 5.7.8 no\r\n"}) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host, username=username, password=password)
    assert caught.value.code == "smtp_login_refused"
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [{"host": "a..b"}, {"host": "x" * 70 + ".example"}, {"port": 70_000}, {"port": -1}, {"password": "\ud800"}],
    ids=["empty label", "long label", "port", "negative port", "half a character"],
)
def test_settings_that_cannot_be_are_told(changed: dict[str, object], pki: Pki) -> None:
    with serving(pki, {}) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host, **changed)
    assert caught.value.code == "smtp_unreachable"


SMUGGLED = (
    "a\r\nBcc: x@y.example",
    "a\nb",
    "a\rb",
    "a\0",
    "a\x0bb",
    "a\x0cb",
    "a\x85b",
    "a\u2028b",
    "a\ud800",
    "\x1b[2J",
)


@pytest.mark.parametrize("subject", [*SMUGGLED, "a" * 201])
def test_a_subject_is_one_readable_line(subject: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        mail(subject=subject)
    assert caught.value.code == "subject_invalid"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["a\0", "a\x1b[2J", "a\rb", "a\ud800", "a\x85"])
def test_a_text_is_readable(text: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        mail(text=text)
    assert caught.value.code == "text_invalid"


def test_what_people_write_stays() -> None:
    got = email.message_from_bytes(
        mail(subject="Één\xa0document – “URA” 👩‍⚕️ " + "é" * 150, text="Eén\r\n\ttwee\n\nFrom mij\n.\n" + "x" * 3000),
        policy=email.policy.default,
    )
    assert got["Subject"] == "Één\xa0document – “URA” 👩‍⚕️ " + "é" * 150
    assert got.get_content().replace("\r\n", "\n") == "Eén\n\ttwee\n\nFrom mij\n.\n" + "x" * 3000 + "\n"
    assert got["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        *('"a b"@c.example', '"a"@c.example', "a@[127.0.0.1]", "a..b@c.example", ".a@c.example", "a@c.example."),
        *("a@b@c.example", "(" * 240 + "a@c.nl", "a\0@c.example", "a@c.example\n", "a%0d%0a@", "a" * 65 + "@c.example"),
        *("a@" + "b" * 64 + ".example", "a@-c.example", "<a@c.example>", "mailto:a@c.example", "a@ç.nl", "a@@c.nl"),
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(address: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        smtp_mail.check_address(address, "recipient")
    assert caught.value.code == "address_invalid"
    assert address not in str(caught.value)


@pytest.mark.parametrize("address", ["o'brien+zorg@a-b.example", "a_b.c@x.y.z.example", "1@2.nl", "A&B=C@EXAMPLE.COM"])
def test_ordinary_addresses_are_taken(address: str) -> None:
    assert smtp_mail.check_address(address, "recipient") == address


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_value_is_one_line_of_the_letter(language: str) -> None:
    values = {"ura": "90000101", "environment": "test", "sha256": "ab12", "provider": "GBZ\x1b[2J {name} %s"}
    subject, text = document_letter.document_mail(
        language, {**values, "name": "De Linde\r\n\r\nMaak geld over naar\u202e" + "x" * 900}
    )
    plain = document_letter.document_mail(language, {**values, "name": "De Linde"})[1]
    assert len(text.splitlines()) == len(plain.splitlines())
    assert len(max(text.splitlines(), key=len)) < 600
    assert "GBZ?[2J {name} %s" in text
    mail(subject=subject, text=text)


def test_a_method_that_the_server_does_not_know_after_all_is_no_refusal(pki: Pki) -> None:
    reported = iter([b"504 5.5.4 not here\r\n", b"334 UGFzc3dvcmQ6\r\n"])

    class Each:
        def __iter__(self) -> Iterator[bytes]:
            yield next(reported)

    password = base64.b64encode(b"goed").decode()
    with serving(pki, {"AUTH": Each(), password.upper(): b"235 2.7.0 welkom\r\n"}) as host:
        send(pki, host)
    assert [line.split()[1] for line in host.lines if line.startswith("AUTH")] == ["PLAIN", "LOGIN"]


def test_a_refused_password_is_not_sent_by_another_method(pki: Pki) -> None:
    with serving(pki, {"AUTH": b"535 5.7.8 no\r\n"}) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host)
    assert caught.value.code == "smtp_login_refused"
    assert [line.split()[1] for line in host.lines if line.startswith("AUTH")] == ["PLAIN"]
