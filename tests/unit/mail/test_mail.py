# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outgoing mail and the mailbox, against aiosmtpd and pymap over real TLS."""

from __future__ import annotations

import datetime
import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import imap_mailbox, smtp_mail
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.imap_connection import ImapSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.inbox import (
    ReceivedMail,
    classify,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.smtp_mail import SmtpSettings
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    TOKEN,
    USER,
    SmtpHost,
    serve_imap,
    serve_smtp,
)
from ansible_collections.gbz.zorgid.tests.support.mails import imap

SENDER = "zorg-id@vzvz.example"
TRUST = Trust(frozenset({SENDER}), ("127.0.0.1", "forms.vzvz.example"))
AT = datetime.datetime(2026, 11, 24, 10, 0, tzinfo=datetime.UTC)


def smtp(pki: Pki, host: SmtpHost, **changed: Any) -> SmtpSettings:
    settings = {"username": USER, "password": PASSWORD, "ca_path": str(pki.ca_path), "timeout": 5}
    return SmtpSettings("127.0.0.1", USER, host.port, **{**settings, **changed})


def mail(message_id: str = "<m1@gbz.example>", size: int = 10) -> bytes:
    return smtp_mail.compose(
        message_id=message_id,
        sender=USER,
        recipient=SENDER,
        subject="Organisatiedocument – URA 90000101",
        text="Geachte heer, mevrouw,\n\nHierbij één document.\n.\n",
        attachments={"90000101.xml": b"<a>" + b"x" * size + b"</a>"},
        at=AT,
    ).as_bytes()


def send(pki: Pki, host: SmtpHost, raw: bytes | None = None, **changed: Any) -> smtp_mail.Delivery:
    return smtp_mail.send(raw or mail(), "<m1@gbz.example>", SENDER, smtp(pki, host, **changed))


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("login", [{"password": PASSWORD}, {"password": None, "access_token": TOKEN}])
def test_a_mail_arrives_as_it_was_made(security: str, login: dict[str, str], pki: Pki) -> None:
    with serve_smtp(pki, security=security) as host:
        delivery = send(pki, host, security=security, **login)
    (envelope,) = host.received
    assert (envelope.mail_from, envelope.rcpt_tos) == (USER, [SENDER])
    got = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert got["Message-ID"] == delivery.message_id == "<m1@gbz.example>"
    assert got["Subject"] == "Organisatiedocument – URA 90000101"
    assert "Hierbij één document.\n.\n" in got.get_body().get_content().replace("\r\n", "\n")
    (attachment,) = got.iter_attachments()
    assert attachment.get_content_type() == "application/xml"
    assert attachment.get_filename() == "90000101.xml"
    assert attachment.get_payload(decode=True) == b"<a>xxxxxxxxxx</a>"
    assert delivery.response.startswith("250 OK queued")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_client_certificate_is_shown_where_the_server_asks_for_one(security: str, pki: Pki) -> None:
    files = {"client_certificate_path": str(pki.certificate_path), "client_key_path": str(pki.key_path)}
    nobody = {"username": None, "password": None, "security": security}
    with serve_smtp(pki, security=security, login=False, clients=True) as host:
        send(pki, host, **nobody, **files)
        with pytest.raises(ZorgidError) as caught:
            send(pki, host, **nobody)
    assert len(host.received) == 1
    assert caught.value.code in ("tls_failed", "smtp_unreachable")


def test_the_same_mail_has_the_same_bytes() -> None:
    assert mail() == mail()
    assert mail() != mail("<m2@gbz.example>")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"password": "fout"}, "smtp_login_refused"),
        ({"password": None, "access_token": "verlopen"}, "smtp_login_refused"),
        ({"ca_path": None}, "tls_untrusted"),
        ({"security": "tls"}, "tls_failed"),
        ({"port": 1}, "smtp_unreachable"),
        ({"username": None}, "options_invalid"),
        ({"access_token": TOKEN}, "options_invalid"),
        ({"client_certificate_path": "/nergens"}, "client_certificate_unreadable"),
        ({"ca_path": "/nergens"}, "ca_path_unreadable"),
    ],
)
def test_each_failing_connection_has_its_sentence(changed: dict[str, Any], code: str, pki: Pki) -> None:
    with serve_smtp(pki) as host:
        settings = smtp(pki, host)
        with pytest.raises(ZorgidError) as caught:
            smtp_mail.send(mail(), "<m1@gbz.example>", SENDER, SmtpSettings(**{**settings.__dict__, **changed}))
    assert caught.value.code == code
    assert not host.received
    for secret in (PASSWORD, TOKEN, "fout", "verlopen"):
        assert secret not in str(caught.value).replace("Found: refused", "")


def test_a_server_without_starttls_gets_nothing(pki: Pki) -> None:
    with serve_smtp(pki, security="none", login=False) as host, pytest.raises(ZorgidError) as caught:
        send(pki, host)
    assert caught.value.code == "tls_failed"
    assert not host.received


def test_a_refused_recipient_is_told_without_the_address(pki: Pki) -> None:
    with serve_smtp(pki) as host:
        host.refuse_recipient = True
        with pytest.raises(ZorgidError, match=r"550 5\.1\.1") as caught:
            send(pki, host)
    assert caught.value.code == "recipient_refused"
    assert SENDER not in str(caught.value)


def test_a_mail_over_the_limit_is_told_before_it_is_sent(pki: Pki) -> None:
    with serve_smtp(pki, size=20_000) as host, pytest.raises(ZorgidError, match="at most 20000 bytes") as caught:
        send(pki, host, mail(size=30_000))
    assert caught.value.code == "message_too_large"
    assert not host.received


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("552 5.3.4 too big", "message_too_large"),
        ("554 no", "smtp_refused"),
        ("451 later", "smtp_refused"),
    ],
)
def test_a_mail_that_is_refused_at_the_end_is_told(answer: str, code: str, pki: Pki) -> None:
    with serve_smtp(pki) as host:
        host.answer_data = answer
        with pytest.raises(ZorgidError) as caught:
            send(pki, host)
    assert caught.value.code == code


def test_a_server_that_breaks_off_after_the_mail_is_told(pki: Pki) -> None:
    with serve_smtp(pki) as host:
        host.drop_after_data = 1
        with pytest.raises(ZorgidError) as caught:
            send(pki, host)
        assert caught.value.code == "smtp_unreachable"
        send(pki, host)
    assert len({envelope.content for envelope in host.received}) == 1


@pytest.mark.parametrize(
    "address",
    ["", "piet", "piet@", "a@b", "a b@c.example", "a@c.example,b@c.example", "a@c.example\r\nBcc: x@y.nl", "é@c.nl"],
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        smtp_mail.check_address(address, "recipient")
    assert caught.value.code == "address_invalid"
    assert not address or address not in str(caught.value)


def test_a_subject_cannot_smuggle_a_header() -> None:
    with pytest.raises(ZorgidError) as caught:
        smtp_mail.compose(
            message_id="<a@b>",
            sender=USER,
            recipient=SENDER,
            subject="a\r\nBcc: x@y.nl",
            text="",
            attachments={},
            at=AT,
        )
    assert caught.value.code == "subject_invalid"


BODY = "Geachte relatie,\n\nURA-nummer: 90000101\nKenmerk: ZS-1\n"


def answer_mail(subject: str, body: str = BODY, sender: str = f"ZORG-ID <{SENDER}>", number: int = 1) -> EmailMessage:
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = sender
    made["To"] = USER
    made["Subject"] = subject
    made["Message-ID"] = f"<v{number}@vzvz.example>"
    made.set_content(body)
    return made


KINDS = {
    "application_confirmed": ("Bevestiging aanvraag ZORG-ID Smart", BODY, {}),
    "document_confirmed": ("Bevestiging organisatiedocument ZORG-ID Smart – De Linde", BODY, {}),
    "document_rejected": (
        "Organisatiedocument afgekeurd",
        BODY + "Reden: Het certificaat \x00\x1bis ingetrokken.\n",
        {"reason": "Het certificaat is ingetrokken."},
    ),
    "follow_up_link": (
        "Vervolgformulier ZORG-ID Smart",
        BODY + "https://forms.vzvz.example/v?t=abc.\nhttps://www.example.org/nieuws\n",
        {"link": "https://forms.vzvz.example/v?t=abc"},
    ),
    "activation_qr": ("Activatie ZORG-ID Smart", BODY, {}),
}


def read(pki: Pki, *mails: EmailMessage | bytes, trust: Trust = TRUST, **settings: Any) -> list[ReceivedMail]:
    with serve_imap(pki) as host:
        host.deliver(*(bytes(one) for one in mails))
        before = host.flags()
        answers = imap_mailbox.read(imap(pki, host.port), trust, MailPatterns(), **settings)
        assert host.flags() == before
    return answers


def test_every_kind_of_answer_is_recognised(pki: Pki) -> None:
    mails = [answer_mail(subject, body, number=n) for n, (subject, body, _more) in enumerate(KINDS.values())]
    answers = read(pki, *mails)
    assert [answer.kind for answer in answers] == list(KINDS)
    for number, (answer, (_subject, _body, more)) in enumerate(zip(answers, KINDS.values(), strict=True)):
        assert (answer.ura, answer.reference, answer.problem) == ("90000101", "ZS-1", None)
        assert answer.message_id == f"<v{number}@vzvz.example>"
        assert answer.received_at == datetime.datetime(2026, 11, 24, 9, 30, tzinfo=datetime.UTC)
        assert (answer.link, answer.reason) == (more.get("link"), more.get("reason"))
        assert answer.uid > 0
        assert answer.uidvalidity > 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("login", [{"password": PASSWORD}, {"password": None, "access_token": TOKEN}])
def test_both_logins_over_both_kinds_of_tls(security: str, login: dict[str, Any], pki: Pki) -> None:
    with serve_imap(pki, security=security) as host:
        host.deliver(bytes(answer_mail("Activatie ZORG-ID Smart")), flags=[b"\\Seen"])
        (answer,) = imap_mailbox.read(imap(pki, host.port, security=security, **login), TRUST, MailPatterns())
    assert answer.kind == "activation_qr"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"password": "fout"}, "imap_login_refused"),
        ({"password": None, "access_token": "verlopen"}, "imap_login_refused"),
        ({"ca_path": None}, "tls_untrusted"),
        ({"port": 1}, "imap_unreachable"),
        ({"folder": "Bestaat niet"}, "imap_folder_missing"),
    ],
)
def test_each_failing_mailbox_has_its_sentence(changed: dict[str, Any], code: str, pki: Pki) -> None:
    with serve_imap(pki) as host:
        settings = {**imap(pki, host.port).__dict__, **changed}
        with pytest.raises(ZorgidError) as caught:
            imap_mailbox.read(ImapSettings(**settings), TRUST, MailPatterns())
    assert caught.value.code == code


def test_mail_of_others_is_not_even_fetched(pki: Pki) -> None:
    others = [
        answer_mail("Activatie ZORG-ID Smart", sender="iemand@example.org"),
        answer_mail("Activatie ZORG-ID Smart", sender=f'"{SENDER}" <kwaad@example.org>'),
        answer_mail("Activatie ZORG-ID Smart", sender=f"x{SENDER}"),
        answer_mail("Activatie ZORG-ID Smart", sender=f"{SENDER}, kwaad@example.org"),
    ]
    assert read(pki, *others) == []


@pytest.mark.parametrize(
    ("subject", "body", "problem"),
    [
        ("Nieuwsbrief", BODY, "not_recognised"),
        ("Activatie ZORG-ID Smart", "Kenmerk: ZS-9\n", "ura_missing"),
        ("Vervolgformulier ZORG-ID Smart", BODY + "https://kwaad.example/v\n", "link_not_allowed"),
        ("Vervolgformulier ZORG-ID Smart", BODY + "http://forms.vzvz.example/v\n", "link_not_allowed"),
        ("Vervolgformulier ZORG-ID Smart", BODY + "https://forms.vzvz.example@kwaad.example/\n", "link_not_allowed"),
        (
            "Vervolgformulier ZORG-ID Smart",
            BODY + "https://forms.vzvz.example/1 https://forms.vzvz.example/2\n",
            "several_links",
        ),
    ],
)
def test_mail_that_is_not_understood_is_shown_and_not_acted_upon(
    subject: str, body: str, problem: str, pki: Pki
) -> None:
    (answer,) = read(pki, answer_mail(subject, body))
    assert (answer.kind, answer.problem) == ("unknown", problem)
    # Whose it is, is known all the same, where everything in it names one organisation.
    assert (answer.link, answer.ura) == (None, "90000101" if "90000101" in str(body) else None)
    assert answer.message_id == "<v1@vzvz.example>"


def test_a_reference_finds_the_organisation(pki: Pki) -> None:
    mails = [answer_mail("Activatie ZORG-ID Smart", "Kenmerk: ZS-9\n")]
    (answer,) = read(pki, *mails, references={"ZS-9": "90000101"})
    assert (answer.kind, answer.ura) == ("activation_qr", "90000101")


def test_an_html_mail_is_read_as_text_and_links(pki: Pki) -> None:
    made = answer_mail("Vervolgformulier ZORG-ID Smart")
    made.set_content(
        "<p>URA-nummer: 90000101</p><p>Kenmerk: ZS-1</p><a href='https://forms.vzvz.example/v?t=1'>formulier</a>",
        subtype="html",
    )
    (answer,) = read(pki, made)
    assert (answer.kind, answer.reference, answer.link) == (
        "follow_up_link",
        "ZS-1",
        "https://forms.vzvz.example/v?t=1",
    )


@pytest.mark.heavy
def test_hundred_nested_multiparts_are_shown_as_unknown(pki: Pki) -> None:
    nested: EmailMessage = answer_mail("Activatie ZORG-ID Smart")
    for _level in range(100):
        outer = answer_mail("Activatie ZORG-ID Smart")
        outer.make_mixed()
        outer.attach(nested)
        nested = outer
    (answer,) = read(pki, nested)
    assert (answer.kind, answer.problem) == ("unknown", "too_nested")


def test_thousands_of_nested_multiparts_do_not_exhaust_the_stack() -> None:
    head = b"From: zorg-id@vzvz.example\r\nSubject: Activatie ZORG-ID Smart\r\nMessage-ID: <v1@vzvz.example>\r\n"
    lines = [b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2000)]
    found = ReceivedMail("unknown", "<v1@vzvz.example>", 1, 1, None)
    assert classify(found, head + b"".join(lines), TRUST, MailPatterns(), {}).problem == "too_nested"


def test_a_mail_that_is_too_large_is_not_fetched(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_mailbox, "MOST_BYTES", 1000)
    (answer,) = read(pki, answer_mail("Activatie ZORG-ID Smart", BODY + "x" * 2000))
    assert (answer.kind, answer.problem) == ("unknown", "too_large")


@pytest.mark.parametrize(
    "raw",
    [
        b"From: =?utf-8?q?zorg?= <zorg-id@vzvz.example\r\nSubject: =?x?y?z?=\r\nMessage-ID: <a\r\n\r\n\xff",
        b"From: zorg-id@vzvz.example\r\nSubject: Activatie ZORG-ID Smart\r\n"
        b"Content-Type: text/plain; charset=bestaat-niet\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"From: zorg-id@vzvz.example\r\nContent-Type: multipart/mixed\r\n\r\nleeg",
    ],
)
def test_malformed_mail_does_not_stop_the_others(raw: bytes, pki: Pki) -> None:
    answers = read(pki, raw, answer_mail("Activatie ZORG-ID Smart", number=2))
    assert answers[-1].kind == "activation_qr"
    assert all(answer.kind == "unknown" for answer in answers[:-1])


RESULTS = {
    "mx.gbz.example; dkim=pass header.d=vzvz.example; spf=pass": True,
    "mx.gbz.example; dmarc=pass header.from=vzvz.example": True,
    "mx.gbz.example; dkim=pass header.i=@vzvz.example": True,
    "mx.gbz.example; dkim=pass header.d=kwaad.example": False,
    "mx.gbz.example; dkim=fail header.d=vzvz.example (dmarc=pass)": False,
    "kwaad.example; dkim=pass header.d=vzvz.example": False,
    "": False,
}


@pytest.mark.parametrize("results", RESULTS)
def test_a_forged_sender_is_shown_and_not_acted_upon(results: str, pki: Pki) -> None:
    trust = Trust(TRUST.senders, TRUST.link_hosts, "authentication_results", "mx.gbz.example")
    made = answer_mail("Activatie ZORG-ID Smart")
    if results:
        made["Authentication-Results"] = results
    # One further down may have come with the mail and proves nothing.
    made["Authentication-Results"] = "mx.gbz.example; dkim=pass header.d=vzvz.example"
    (answer,) = read(pki, made, trust=trust)
    expected = RESULTS[results] if results else True
    assert (answer.kind, answer.problem) == (("activation_qr", None) if expected else ("unknown", "sender_not_proven"))


def test_mail_known_already_is_skipped(pki: Pki) -> None:
    with serve_imap(pki) as host:
        host.deliver(bytes(answer_mail("Activatie ZORG-ID Smart")))
        (first,) = imap_mailbox.read(imap(pki, host.port), TRUST, MailPatterns())
        known = (first.uidvalidity, first.uid, first.message_id)
        assert imap_mailbox.read(imap(pki, host.port), TRUST, MailPatterns(), skip={known}) == []


def test_one_mail_is_fetched_by_its_message_id(pki: Pki) -> None:
    with serve_imap(pki) as host:
        host.deliver(bytes(answer_mail("Eén")), bytes(answer_mail("Twee", number=2)))
        assert b"Subject: Twee" in imap_mailbox.fetch(imap(pki, host.port), TRUST, "<v2@vzvz.example>")
        for message_id, code in (("<v3@vzvz.example>", "message_not_found"), ('<a" OR ALL>', "options_invalid")):
            with pytest.raises(ZorgidError) as caught:
                imap_mailbox.fetch(imap(pki, host.port), TRUST, message_id)
            assert caught.value.code == code
        foreign = Trust(frozenset({"ander@vzvz.example"}), ())
        with pytest.raises(ZorgidError):
            imap_mailbox.fetch(imap(pki, host.port), foreign, "<v2@vzvz.example>")


def test_texts_can_be_replaced() -> None:
    texts = MailPatterns.of({"activation_qr": "Uw code", "ura": r"abonnee (\d{8})"})
    assert texts.subjects["activation_qr"] == "Uw code"
    for wrong in ({"onbekend": "x"}, {"ura": "("}, {"ura": "geen groep"}):
        with pytest.raises(ZorgidError) as caught:
            MailPatterns.of(wrong)
        assert caught.value.code == "options_invalid"
