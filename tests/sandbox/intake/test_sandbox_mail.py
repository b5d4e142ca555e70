# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail server that takes the GBZ's mail, and the mailbox with VZVZ's answers."""

from __future__ import annotations

import base64
import imaplib
import smtplib
import time
from contextlib import contextmanager

import pytest
from ansible_collections.gbz.zorgid.tests.support.gbz_by_hand import (
    VZVZ,
    answers,
    mail,
    submit,
)
from ansible_collections.gbz.zorgid.tests.support.some_services import prepare, running
from zorgid_sandbox import imap, smtp, tls
from zorgid_sandbox.people import letters
from zorgid_sandbox.smtp import store
from zorgid_sandbox.state import SandboxError, address, credentials, received

DOCUMENT = b"<document/>"


@contextmanager
def connection(state):
    at = address(state, "smtp")
    with smtplib.SMTP(at["host"], at["port"], timeout=20) as server:
        yield server


def xoauth2(user, token):
    return base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()


def of(state, message_id):
    return [one for kind in ("document", "notice") for one in store.mails(state, kind) if one.message_id == message_id]


def test_nothing_is_taken_without_tls_and_login(state):
    account = credentials(state, "smtp")
    with connection(state) as server:
        server.ehlo()
        assert server.has_extn("starttls")
        assert not server.has_extn("auth")
        assert server.mail("zorgid@gbz.example")[0] == 530
        server.starttls(context=tls.client_context(state))
        server.ehlo()
        assert set(server.esmtp_features["auth"].split()) == {"LOGIN", "PLAIN", "XOAUTH2"}
        assert server.mail("zorgid@gbz.example")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            server.login(account["username"], "fout")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            server.login("iemand@gbz.example", account["password"])


@pytest.mark.parametrize("mechanism", ["plain", "login", "xoauth2"])
def test_a_login_by_password_or_by_token(state, mechanism):
    account = credentials(state, "smtp")
    with connection(state) as server:
        server.starttls(context=tls.client_context(state))
        server.ehlo()
        server.user, server.password = account["username"], account["password"]
        if mechanism == "xoauth2":
            code, challenge = server.docmd("AUTH", "XOAUTH2 " + xoauth2(account["username"], "fout"))
            assert (code, base64.b64decode(challenge)) == (334, b'{"status":"401"}')
            assert server.docmd("")[0] == 535
            assert server.docmd("AUTH", "XOAUTH2 ???")[0] == 334
            assert server.docmd("")[0] == 535
            assert server.docmd("AUTH", "XOAUTH2 " + xoauth2(account["username"], account["access_token"]))[0] == 235
        else:
            assert server.auth(mechanism.upper(), getattr(server, f"auth_{mechanism}"))[0] == 235
        assert server.mail("zorgid@gbz.example")[0] == 250
        assert server.rcpt("zorg-id@vzvz.nl")[0] == 550
        assert server.rcpt("Zorg-ID@vzvz.example")[0] == 250


def test_one_message_identifier_is_one_mail(state):
    for _time in range(3):
        submit(state, mail(DOCUMENT, "<een@gbz.example>"))
    submit(state, mail(DOCUMENT, "<ander@gbz.example>"))
    (one,) = of(state, "<een@gbz.example>")
    (other,) = of(state, "<ander@gbz.example>")
    assert (one.kind, one.repeats, other.repeats) == ("document", 2, 0)
    assert one.document() == DOCUMENT
    assert one.digest == other.digest
    assert len(received(state, "smtp", "document_repeated")) >= 2


def test_a_message_to_somebody_else_is_a_notice_per_recipient(state):
    message = mail(None, "<stand@gbz.example>", "p.lindeman@delinde.example")
    message["Cc"] = "j.lindeman@delinde.example"
    submit(state, message)
    assert {(one.kind, one.recipient) for one in of(state, "<stand@gbz.example>")} == {
        ("notice", "p.lindeman@delinde.example"),
        ("notice", "j.lindeman@delinde.example"),
    }
    reported = [one.summary for one in received(state, "smtp", "notice")]
    assert any(summary.startswith("to p…@delinde.example") for summary in reported)
    assert not any("lindeman" in summary for summary in reported)


def test_a_mail_without_one_document_is_kept_as_it_is(state):
    message = mail(DOCUMENT, "<twee-bijlagen@gbz.example>")
    message.add_attachment(DOCUMENT, maintype="text", subtype="xml", filename="nog-een.xml")
    submit(state, message)
    (one,) = of(state, "<twee-bijlagen@gbz.example>")
    assert (one.kind, one.recipient, one.digest, one.document()) == ("document", VZVZ, None, None)


def test_faults_of_the_mail_server(state, fault):
    fault("smtp", "temporary")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        submit(state, mail(DOCUMENT, "<later@gbz.example>"))
    assert refused.value.smtp_code == 451
    assert of(state, "<later@gbz.example>") == []
    fault("smtp", "lost_answer")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        submit(state, mail(DOCUMENT, "<later@gbz.example>"))
    submit(state, mail(DOCUMENT, "<later@gbz.example>"))
    assert [one.repeats for one in of(state, "<later@gbz.example>")] == [1]
    fault("smtp", "login_refused")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(state, mail(DOCUMENT, "<later@gbz.example>"))
    with pytest.raises(SandboxError, match="knows no fault 'explode'"):
        smtp.put_fault(state, "explode")


# The mailbox ----------------------------------------------------------------------------------------------------------


@contextmanager
def mailbox(state, login=True):
    at, account = address(state, "imap"), credentials(state, "imap")
    with imaplib.IMAP4_SSL(at["host"], at["port"], ssl_context=tls.client_context(state), timeout=20) as server:
        if login:
            server.login(account["username"], account["password"])
        yield server


def test_the_mailbox_by_password_or_by_token(state):
    account = credentials(state, "imap")
    with mailbox(state) as server:
        assert server.select("INBOX")[0] == "OK"
    with mailbox(state, login=False) as server:
        assert "AUTH=XOAUTH2" in server.capabilities
        token = f"user={account['username']}\x01auth=Bearer {account['access_token']}\x01\x01".encode()
        server.authenticate("XOAUTH2", lambda _challenge: token)
        assert server.select("INBOX")[0] == "OK"


@pytest.mark.parametrize(
    ("user", "token"), [("zorgid@gbz.example", "fout"), ("iemand@gbz.example", None), ("zorgid@gbz.example", "")]
)
def test_a_wrong_login_is_refused(state, user, token):
    given = credentials(state, "imap")["access_token"] if token is None else token
    with mailbox(state, login=False) as server, pytest.raises(imaplib.IMAP4.error):
        server.authenticate("XOAUTH2", lambda _challenge: f"user={user}\x01auth=Bearer {given}\x01\x01".encode())
    with mailbox(state, login=False) as server, pytest.raises(imaplib.IMAP4.error):
        server.login(user, "fout")


def test_a_login_refused_on_request(state, fault):
    fault("imap", "login_refused")
    with pytest.raises(imaplib.IMAP4.error), mailbox(state):
        pass
    with mailbox(state):
        pass
    with pytest.raises(SandboxError):
        imap.put_fault(state, "explode")


def test_new_mail_is_there_at_once_in_order_and_keeps_its_identifiers(tmp_path):
    state = prepare(tmp_path / "state")

    def look():
        with mailbox(state) as server:
            server.select("INBOX")
            validity = server.response("UIDVALIDITY")[1][0]
            return validity, server.uid("search", None, "ALL")[1][0].split()

    with running(state, "imap"):
        assert answers(state) == []
        for number in range(12):
            letters.send(state, "application_confirmed", ura="90000101", reference=f"ZS-2026-{number:05}")
        assert [str(one["Subject"])[-2:] for one in answers(state)] == [f"{number:02}" for number in range(12)]
        seen = look()
        with mailbox(state) as server:
            server.select("INBOX")
            server.store("1", "+FLAGS", "\\Seen")
    letters.send(state, "document_rejected", ura=None, reference="ZS-2026-D0001", reason="De bijlage is te groot.")
    with running(state, "imap"):
        validity, identifiers = look()
        assert (validity, identifiers[:-1]) == seen
        assert len(identifiers) == 13
        with mailbox(state) as server:
            server.select("INBOX")
            raw = server.fetch("13", "(BODY.PEEK[])")[1][0][1]
            assert raw.count(b"\n") == raw.count(b"\r\n") > 10
            assert b"\\Seen" in server.fetch("1", "(FLAGS)")[1][0]
            moment = server.fetch("13", "(INTERNALDATE)")[1][0]
            assert abs(time.mktime(imaplib.Internaldate2tuple(moment)) - time.time()) < 600
        last = answers(state)[-1].get_body(("plain",)).get_content()
    assert "Reden: De bijlage is te groot." in last
    assert "URA-nummer" not in last
