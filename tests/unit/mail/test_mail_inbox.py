# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail as it really comes: rewritten, tagged, wrongly labelled, nested, forged, damaged."""

from __future__ import annotations

import base64
import email.policy
import re
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import content, imap_mailbox, inbox
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.headers import fields_of, sender_of
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.imap_connection import ImapSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.inbox import ReceivedMail, classify
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.problems import ACTIONS, action_of
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust, proven
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.text import decoded_as_labelled, tidy
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import imap
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, serve_imap
from ansible_collections.gbz.zorgid.tests.support.mails import bounce

SENDER = "zorg-id@vzvz.example"
TRUST = Trust(frozenset({SENDER}), ("forms.vzvz.example", "www.vzvz.example"))
URA, LINK = "90000101", "https://forms.vzvz.example/v?t=1"
PLAIN = f"URA-nummer: {URA}\nKenmerk: ZS-1\n{LINK}\n"
HTML = f"<p>URA-nummer: {URA}<br>Kenmerk: ZS-1</p><a href='{LINK}'>formulier</a>"
SUBJECT = "Vervolgformulier ZORG-ID Smart"


def made(body: str = PLAIN, *, subject: str = SUBJECT, html: str | None = None, **headers: str) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = SENDER
    mail["Subject"] = subject
    mail["Message-ID"] = "<v1@vzvz.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return mail


def raw_mail(head: str, body: bytes, subject: str = SUBJECT) -> bytes:
    top = f"From: {SENDER}\r\nSubject: {subject}\r\nMessage-ID: <v1@vzvz.example>\r\nMIME-Version: 1.0\r\n"
    return top.encode() + head.encode() + b"\r\n\r\n" + body


def read(
    mail: EmailMessage | bytes, trust: Trust = TRUST, message_id: str = "<v1@vzvz.example>", **more: Any
) -> ReceivedMail:
    found = ReceivedMail("unknown", message_id, 1, 1, None)
    return classify(found, bytes(mail), trust, more.get("texts", MailPatterns()), more.get("references", {}))


def understood(mail: EmailMessage | bytes, **more: Any) -> bool:
    answer = read(mail, **more)
    assert answer.problem is None, answer.problem
    return (answer.kind, answer.ura, answer.reference, answer.link) == ("follow_up_link", URA, "ZS-1", LINK)


# The text


@pytest.mark.parametrize(
    "plain",
    [
        "",
        " \t\r\n\u00a0\r\n",
        "Uw mailprogramma ondersteunt geen HTML.",
        "Deze mail is beter leesbaar in HTML: https://www.vzvz.example/\n",
        f"URA-nummer: {URA}",
        f"Kenmerk: ZS-1\n{LINK}",
    ],
)
def test_html_is_read_where_the_plain_part_yields_nothing(plain: str) -> None:
    assert understood(made(plain, html=HTML))


@pytest.mark.parametrize(
    "html", ["<!-- -->", "", " \n", "\ufeff", "<!-- <p>URA-nummer: 90000101</p> -->", "<?xml?>", "\x00"]
)
def test_html_that_holds_nothing_is_unknown_and_the_next_mail_is_read(html: str, pki: Pki) -> None:
    empty = raw_mail("Content-Type: text/html; charset=utf-8", html.encode())
    with serve_imap(pki) as host:
        host.deliver(empty, bytes(made()))
        first, second = imap_mailbox.read(
            ImapSettings("127.0.0.1", USER, host.port, password=PASSWORD, ca_path=str(pki.ca_path), timeout=5),
            TRUST,
            MailPatterns(),
        )
    assert (first.kind, first.problem) == ("unknown", "ura_missing")
    assert second.kind == "follow_up_link"


FLOWED = "Content-Type: text/plain; format=flowed; delsp=yes"
BODIES = {
    "quoted-printable soft breaks": raw_mail(
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable",
        b"URA-nummer=3A 9000=\r\n0101\r\nKenmerk: ZS=\r\n-1\r\nhttps://forms.vzvz.example/v?=\r\nt=3D1\r\n",
    ),
    "base64": raw_mail(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: BASE64",
        base64.encodebytes(PLAIN.encode()),
    ),
    "base64, cut off": raw_mail(
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", base64.b64encode(PLAIN.encode() + b"xx")[:-2]
    ),
    "flowed": raw_mail(
        FLOWED, f"URA-nummer: \r\n{URA}\r\nKenmerk: ZS-1\r\nhttps://forms.vzvz.example/ \r\nv?t=1\r\n".encode()
    ),
    "a link in brackets over two lines": raw_mail(
        "Content-Type: text/plain",
        PLAIN.replace(LINK, "het formulier <https://forms.vzvz.example/\r\n v?t=1>.").encode(),
    ),
    "latin-1 that is windows-1252": raw_mail(
        "Content-Type: text/plain; charset=iso-8859-1",
        b"Geachte \x93relatie\x94,\r\nURA\x96nummer: 90000101\r\n" + PLAIN[20:].encode(),
    ),
    "utf-8 that is windows-1252": raw_mail(
        "Content-Type: text/plain; charset=utf-8", b"caf\xe9 URA\xa0nummer:\xa090000101\r\n" + PLAIN[20:].encode()
    ),
    "ascii that is utf-8": raw_mail(
        "Content-Type: text/plain; charset=us-ascii", "URA\u2011nummer:\u00a090000101\n".encode() + PLAIN[20:].encode()
    ),
    "utf-16": raw_mail(
        "Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64",
        base64.encodebytes(PLAIN.encode("utf-16")),
    ),
    "no charset of mail": raw_mail("Content-Type: text/plain; charset=punycode", PLAIN.encode()),
    "no content type": raw_mail("X-Iets: 1", PLAIN.encode()),
    "HTML with control characters": raw_mail(
        "Content-Type: text/html", b"<p>&#1;\x1b[31m\x02 URA: 90000101</p><p>Kenmerk: ZS-1</p>" + HTML[-60:].encode()
    ),
    "HTML with references to control characters": raw_mail(
        "Content-Type: text/html",
        b"<title>&#8;</title>&#&#1;1;<br>&#1a;<p>URA&#00000000000000000008: 90000101&#x1f;<script>&#2;</script></p>"
        b"<p>&#4294967304;Kenmerk&#x0000000001;: ZS-1<style>&#3;</style>&#4;<br>&#xD800;</p>" + HTML[-60:].encode(),
    ),
    "bare line feeds": raw_mail("Content-Type: text/plain", PLAIN.encode()).replace(b"\r\n", b"\n"),
    "HTML with styles and hidden marks": raw_mail(
        "Content-Type: text/html; charset=utf-8",
        "<style>a{background:url(https://forms.vzvz.example/x.png)}</style><table><tr><td>URA-\u200bnummer:</td><td>"
        f"9000\u200b0101</td></tr><tr><td>Kenmerk:<td>ZS-1</table><a href=' {LINK} '>Naar https://forms.vz…</a>"
        "<a href='https://www.vzvz.example'>VZVZ</a>".encode(),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_however_it_was_packed(name: str) -> None:
    assert understood(BODIES[name])


def test_mixed_related_and_alternative_parts_are_read_through() -> None:
    mail = made("", html=HTML)
    html = mail.get_payload()[1]
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    mail.add_attachment(b"<a/>", maintype="application", subtype="xml", filename="URA-nummer 90000102.xml")
    banner = EmailMessage()
    banner.set_content("LET OP: deze mail komt van buiten de organisatie.\n")
    mail.get_payload().insert(0, banner)
    assert understood(mail)


def test_a_mail_as_attachment_is_not_opened() -> None:
    outer = made("Zie de bijlage.")
    outer.add_attachment(made())
    assert read(outer).problem == "forwarded"
    beside = made()
    beside.add_attachment(made(f"URA-nummer: 90000102\n{LINK}2\n"))
    assert understood(beside)


def test_text_that_was_attached_is_not_what_vzvz_wrote() -> None:
    mail = made("Zie de bijlage.")
    mail.add_attachment(PLAIN, filename="brief.txt")
    assert read(mail).problem == "ura_missing"


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"\xe2\x82\xac \xc3\xa9", "iso-8859-1", "€ é"),
        (b"\x80 \xe9", "iso-8859-1", "€ é"),
        (b"\xa4", "iso-8859-15", "€"),
        (b"\xe9", "utf-8", "é"),
        (b"\xe9", "bestaat-niet", "é"),
        (b"\x81\xff", "utf-8", "\ufffdÿ"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        (b"abc", "base64", "abc"),
        (b"xn--", "idna", "xn--"),
    ],
)
def test_wrong_labels_lose_no_letters(data: bytes, label: str, text: str) -> None:
    assert decoded_as_labelled(data, label) == text


def test_what_moves_a_cursor_or_cannot_be_seen_is_taken_out() -> None:
    assert tidy("a\x1b[31mb\x1b]0;titel\x07c\x9b2Jd\x00\u202ee\u2066\xadf\u200bg\x1b") == "abcdefg"
    assert tidy("a\u00a0\u2003b \t\r\n c\u2028d\u2010\u2011\u2013e") == "a b\nc\nd---e"


# The subject

SUBJECTS = [
    "[EXTERN] Vervolgformulier ZORG-ID Smart",
    "[EXTERNAL][Ticket#12] Vervolgformulier ZORG-ID Smart – De Linde",
    "*** SPAM *** Vervolgformulier ZORG-ID Smart",
    "***SPAM*** [EXT] FW: Vervolgformulier ZORG-ID Smart",
    "{Spam?} Vervolgformulier ZORG-ID Smart",
    "FW: Fwd: RE[2]: Vervolgformulier ZORG-ID Smart",
    "Doorgestuurd: Antw: Vervolgformulier ZORG-ID Smart",
    "EXTERN: Vervolgformulier ZORG-ID Smart",
    "EXTERNAL - Vervolgformulier ZORG-ID Smart",
    "(extern) Vervolgformulier ZORG-ID Smart",
    "[EXTERNAL EMAIL] - Vervolgformulier ZORG-ID Smart",
    "<EXTERN> Vervolgformulier ZORG-ID Smart",
    "SPAM-LOW: Vervolgformulier ZORG-ID Smart",
    "Extern bericht | Betreft: Vervolgformulier ZORG-ID Smart",
    "⚠️ [EXTERN] Vervolgformulier ZORG-ID Smart",
    '"Vervolgformulier ZORG-ID Smart"',
    "Vervolgformulier ZORG-ID Mobile",
    "Vervolgformulier ZORG-ID Mobiel",
    "Vervolgformulier ZORG‑ID\u00a0Mobiel",
    "vervolgformulier zorg–id smart",
    "VERVOLGFORMULIER  ZORG ID  SMART",
    "Vervolgformulier ZORGID Smart",
    "Vervolg\u00adformulier ZORG-ID\u200b Smart",
    "=?utf-8?q?Vervolgformulier=20ZORG=E2=80=91ID=C2=A0Smart?=",
    "=?UTF-8?B?VmVydm9sZ2Zvcm11bGllciBaT1JHLUlE?= =?UTF-8?B?IFNtYXJ0?=",
    "=?iso-8859-1*nl?Q?Vervolgformulier_ZORG-ID?=\r\n =?iso-8859-1?Q?_Smart?=",
    "=?windows-1252?Q?Vervolgformulier_ZORG=96ID_Mobiel?=",
    "=?bestaat-niet?Q?Vervolgformulier_ZORG-ID_Smart?=",
    "[EXTERN] =?utf-8?q?Vervolgformulier?= ZORG-ID Smart",
    "Antw.: Onderwerp: Vervolgformulier ZORG-ID Smart",
    "SV: RV: VS: Vervolgformulier ZORG-ID Smart",
    "Verdacht: Vervolgformulier ZORG-ID Smart",
    "E-mail van buiten: Vervolgformulier ZORG-ID Smart",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_are_recognised_whatever_stands_before_them(subject: str) -> None:
    assert understood(raw_mail("Content-Type: text/plain", PLAIN.encode(), subject))


@pytest.mark.parametrize(
    "subject",
    [
        "Nieuws: Vervolgformulier ZORG-ID Smart",
        "Vervolgformulier ZORG-ID",
        "Vraag over Vervolgformulier ZORG-ID Smart",
        "[" * 900,
        "=?utf-8?b?!!?=",
        "=?utf-8?q?" + "=FF" * 300 + "?=",
        "",
    ],
)
def test_other_subjects_are_not(subject: str) -> None:
    assert read(raw_mail("Content-Type: text/plain", PLAIN.encode(), subject)).problem == "not_recognised"


def test_two_subjects_are_none() -> None:
    assert read(raw_mail("Subject: Activatie ZORG-ID Smart", PLAIN.encode())).problem == "not_recognised"


# URA and reference


@pytest.mark.parametrize(
    ("text", "ura"),
    [
        ("URA-nummer: 00202", "00202"),
        ("URA: 202", "202"),
        ("URA-nummer 202", "202"),
        ("URA nr. 202", "202"),
        ("URA‑nummer\u00a0:\u00a090000101", URA),
        ("uw URA-abonneenummer: 90000101.", URA),
        ("abonneenummer (URA): 90000101", URA),
        ("URA-nummer (90000101)", URA),
        ("URA - nummer: 90000101", URA),
        ("URA-nummer van de zorgaanbieder: 90000101", URA),
        ("URA-nummer: 90000101 24 november 2026", URA),
        ("URA-nummer:\n\n90000101", URA),
        ("> URA-nummer: 90000101\n>> URA: 90000101", URA),
        ("URA-nummer: 202 en URA 00000202", "202"),
    ],
)
def test_a_ura_number_is_read_as_people_write_it(text: str, ura: str) -> None:
    assert read(made(f"{text}\n{LINK}")).ura == ura


@pytest.mark.parametrize(
    "text",
    [
        "URA-nummer: ٩٠٠٠٠١٠١",
        "URA-nummer: 202٣",
        "URA-nummer: 900001012",
        "URA-nummer: 9000 0101",
        "URA-nummer: 90.000.101",
        "URA-nummer: 00090000101",
        "URA-nummer: ９００００１０１",
        "CURA-nummer: 90000101",
        "URA-nummer: onbekend",
        "",
    ],
)
def test_what_is_no_ura_number_is_none(text: str) -> None:
    assert read(made(f"{text}\n{LINK}")).problem == "ura_missing"


def test_a_plain_text_and_an_html_that_contradict_each_other_are_for_a_person() -> None:
    assert read(made(PLAIN.replace(URA, "90000102"), html=HTML)).problem == "several_uras"


def test_a_mail_about_two_organisations_is_for_a_person() -> None:
    assert read(made(f"URA-nummer: 90000101\nURA-nummer: 90000102\n{LINK}")).problem == "several_uras"


def test_a_mail_with_a_reference_of_several_and_no_number_is_for_a_person() -> None:
    found = read(made(f"Kenmerk: ZS-4\n{LINK}"), references=THEIRS)
    assert (found.ura, found.problem, found.link) == (None, "reference_of_several", None)
    # One that nobody has is not said to be of several.
    assert read(made(f"Kenmerk: ZS-9\n{LINK}"), references=THEIRS).problem == "ura_missing"


THEIRS = {"ZS-1": URA, "ZS-2": "90000102", "ZS-3": "00000202", "ZS-4": None}


@pytest.mark.parametrize(
    ("text", "html", "whose"),
    [
        ("URA-nummer: 90000101\nKenmerk: ZS-1", None, URA),
        # The number of one and the reference of another, wherever each of them stands.
        ("URA-nummer: 90000101\nKenmerk: ZS-2", None, None),
        ("URA-nummer: 90000101\nKenmerk: ZS-1\nKenmerk: ZS-2.", None, None),
        ("URA-nummer: 90000101\nKenmerk: ZS-1", "<p>URA-nummer: 90000101</p><p>Kenmerk: ZS-2</p>", None),
        ("Kenmerk: ZS-1\nKenmerk: ZS-2", None, None),
        # Nobody's reference says nothing, and leading zeros make no other organisation.
        ("URA-nummer: 90000101\nKenmerk: ZS-999", None, URA),
        ("URA-nummer: 202\nKenmerk: ZS-3", None, "202"),
        ("Kenmerk: ZS-3", None, "00000202"),
        # What several have says nothing where an organisation is named, and does not hide what contradicts.
        ("URA-nummer: 90000102\nKenmerk: ZS-4", None, "90000102"),
        ("Kenmerk: ZS-4\nKenmerk: ZS-2", None, "90000102"),
        ("URA-nummer: 90000101\nKenmerk: ZS-4\nKenmerk: ZS-2", None, None),
    ],
)
@pytest.mark.parametrize("subject", [SUBJECT, "Nog een vraag"])
def test_a_mail_is_of_whom_everything_in_it_names(text: str, html: str | None, whose: str | None, subject: str) -> None:
    html = html and f"{html}<p>{LINK}</p>"
    found = read(made(f"{text}\n{LINK}", html=html, subject=subject), references=THEIRS)
    assert found.ura == whose
    expected = None if subject == SUBJECT else "not_recognised"
    assert found.problem == ("reference_of_another" if whose is None and expected is None else expected)
    assert (found.link is None) == (found.problem is not None)


def test_an_expression_of_ones_own_finds_no_digits_but_ours() -> None:
    texts = MailPatterns.of({"ura": r"abonnee – (\d+)"})
    assert read(made(f"abonnee – 202\n{LINK}"), texts=texts).ura == "202"
    assert read(made(f"abonnee – ٢٠٢\n{LINK}"), texts=texts).problem == "ura_missing"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Kenmerk: ABC.123.", "ABC.123"),
        ("Ons kenmerk : ABC.123, met dank.", "ABC.123"),
        ("(Kenmerk: ZS-2026/1)", "ZS-2026/1"),
        ("Kenmerk: \x1b[31mZS\u2011\u202e9\x1b[0m", "ZS-9"),
        ("Kenmerk: " + "9" * 500, "9" * 99 + "…"),
        ("Kenmerk: .", None),
        ("Het kenmerk volgt.", None),
    ],
)
def test_a_reference_is_what_stands_in_its_sentence(text: str, reference: str | None) -> None:
    assert read(made(f"URA: {URA}\n{text}\n{LINK}")).reference == reference


def test_a_reference_that_was_kept_with_its_stop_still_tells_whose_mail_it_is() -> None:
    mail = made(f"Kenmerk: ZS.1.\n{LINK}")
    assert read(mail, references={"ZS.1.": URA, "ZS.2": "90000102"}).ura == URA
    assert read(mail, references={"ZS.1.": "202", "ZS.1": "00202"}).ura in ("202", "00202")
    assert read(mail, references={"ZS.1.": URA, "ZS.1": "90000102"}).problem == "reference_of_several"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Reden: Het certificaat is niet van\nde zorgaanbieder.\n\nMet groet",
            "Het certificaat is niet van de zorgaanbieder.",
        ),
        ("Reden:\nHandtekening ontbreekt\nKenmerk: ZS-1", "Handtekening ontbreekt"),
        ("REDEN : \x1b]8;;https://kwaad.example\x07klik\x1b]8;;\x07\u202e", "klik"),
        ("Reden: " + "x" * 2000, "x" * 499 + "…"),
        ("Reden:\n\n", None),
    ],
)
def test_the_reason_is_the_whole_paragraph_and_nothing_for_a_terminal(text: str, reason: str | None) -> None:
    answer = read(made(f"URA: {URA}\n{text}", subject="Organisatiedocument afgekeurd"))
    assert (answer.kind, answer.reason) == ("document_rejected", reason)


# Links


@pytest.mark.parametrize(
    ("body", "problem", "word"),
    [
        ("https://protect-eu.mimecast.com/s/AbC?domain=forms.vzvz.example", "link_rewritten", "Mimecast"),
        (
            "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fkwaad.example%2F&data=1",
            "link_not_allowed",
            "",
        ),
        (
            "https://eur02.safelinks.protection.outlook.com/?url=http%3A%2F%2Fforms.vzvz.example%2Fv",
            "link_not_allowed",
            "",
        ),
        ("https://forms.vzvz.example/1 https://forms.vzvz.example/2", "several_links", ""),
        ("https://forms.vzvz.example/v…", "link_not_allowed", ""),
    ],
)
def test_what_is_inside_a_rewritten_link_is_checked_again(body: str, problem: str, word: str) -> None:
    answer = read(made(f"URA: {URA}\n{body}\n"))
    assert (answer.kind, answer.problem, answer.link) == ("unknown", problem, None)
    assert word in action_of(answer.problem, answer.detail)


def test_outlooks_original_source_helps_where_the_link_does_not() -> None:
    html = (
        f"URA: {URA} Kenmerk: ZS-1 <a href='https://protect-eu.mimecast.com/s/AbC' originalsrc='{LINK}'>formulier</a>"
    )
    assert understood(made("", html=html))


def test_one_page_is_one_link_however_it_is_written() -> None:
    html = (
        HTML.replace(LINK, LINK.replace("/v?", "/\nv?\t")) + f"<a href='{LINK.replace('forms', 'FORMS')}'>formulier</a>"
    )
    assert understood(made("", html=html))


def test_a_scheme_has_no_case() -> None:
    assert read(made(f"URA: {URA}\nHTTPS://FORMS.vzvz.example/v?t=A\n")).link == "HTTPS://FORMS.vzvz.example/v?t=A"


@pytest.mark.parametrize(
    "plain",
    [
        "[https://forms.vzvz.example/logo.PNG]\n",
        f"URA: {URA}\nKenmerk: ZS-1\nhttps://forms.vzvz.example/v?t=\n1\n",
        "Bekijk deze mail in uw browser: https://forms.vzvz.example/mail?n=1\n",
    ],
)
def test_where_html_leads_counts_more_than_what_plain_text_made_of_it(plain: str) -> None:
    assert understood(made(plain, html=HTML))


def test_a_plain_text_tells_which_of_several_links_is_meant_when_it_is_a_letter() -> None:
    online = "https://forms.vzvz.example/mail?n=1"
    html = f"{HTML}<a href='{online}'>Bekijk in uw browser</a>"
    assert understood(made(PLAIN, html=html))
    assert read(made(f"Bekijk in uw browser: {online}\n", html=html)).problem == "several_links"
    assert read(made(f"URA: {URA}\nhttps://forms.vzvz.example/derde\n", html=html)).problem == "several_links"


def test_links_to_home_pages_are_no_form_unless_there_is_no_other() -> None:
    home = "https://www.vzvz.example/"
    assert understood(made("", html=f"{HTML}<a href='{home}'>VZVZ</a><a href='https://www.vzvz.example'>logo</a>"))
    assert understood(made(f"Lees meer op {home}\n", html=HTML))
    assert read(made(f"URA: {URA}\n{home}\n")).link == home


def test_pages_of_vzvz_beside_the_form_do_not_compete_with_it() -> None:
    trust = Trust(frozenset({SENDER}), tuple(imap.OPTIONS["allowed_link_hosts"]["default"]))
    form = "https://fd2.formdesk.com/vzvz/Vervolgformulier_ZORG-ID?t=1"
    footer = "https://www.vzvz.nl/privacy https://www.vzvz.nl/zorg-id/ https://www.linkedin.com/company/vzvz"
    assert read(made(f"URA: {URA}\n{form}\n{footer}\n"), trust).link == form
    assert read(made("", html=f"URA: {URA} <a href='https://www.vzvz.nl/av'>av</a><a href='{form}'>x</a>"), trust).link
    assert read(made(f"URA: {URA}\n{footer}\n"), trust).problem == "link_not_allowed"
    assert read(made(f"URA: {URA}\n{form} {form}2\n"), trust).problem == "several_links"


# Senders

FROM = {
    SENDER: True,
    f"VZVZ <{SENDER}>": True,
    f"  <{SENDER.upper()}>": True,
    f'"VZVZ, \\"ZORG-ID\\" (NL)" <{SENDER}>': True,
    f"=?utf-8?q?VZVZ_=E2=80=93?= <{SENDER}> (namens VZVZ)": True,
    f"J. (a(b(c))) Jansen\r\n <{SENDER}>": True,
    f"{SENDER} <{SENDER}>": True,
    f"VZVZ é <{SENDER}>": True,
    f"[EXTERN] VZVZ <{SENDER}>": True,
    f"{SENDER} <evil@evil.example>": False,
    f"{SENDER}, evil@evil.example": False,
    f"<{SENDER}> <evil@evil.example>": False,
    f"VZVZ:{SENDER};": False,
    f"evil@evil.example ({SENDER})": False,
    f'"{SENDER}" <evil@evil.example>': False,
    f"<@evil.example:{SENDER}>": False,
    f"({SENDER}": False,
    f'"{SENDER}': False,
    f"{'(' * 600}{SENDER}{')' * 600} stranger@evil.example>": False,
    f"{'(' * 100_000}{SENDER}": False,
    f"{SENDER}{' ' * 1_000_000}": True,
    f"{SENDER}{' ' * 20_000}, evil@evil.example": False,
    f"{'x' * 1_000_000} <{SENDER}>": False,
    "": False,
}


@pytest.mark.parametrize("value", FROM, ids=range(len(FROM)))
def test_one_address_is_a_sender_and_nothing_else(value: str) -> None:
    fields = fields_of(f"From: {value}\r\nSubject: x\r\n\r\n".encode())
    # Blanks of a megabyte are more header than anybody sends.
    expected = FROM[value] and len(value) < 1_000_000
    assert (sender_of(fields) == SENDER) is expected


def test_several_from_headers_are_no_sender() -> None:
    for name in ("From", "FROM ", "from"):
        assert sender_of(fields_of(f"From: {SENDER}\r\n{name}: evil@evil.example\r\n\r\n".encode())) is None


def test_nothing_follows_a_sender_by_recursion() -> None:
    deep = "(" * 20_000 + ")" * 20_000
    mail = raw_mail(
        f"Content-Type: text/plain {deep}\r\nContent-Disposition: inline {deep}\r\nTo: {deep}\r\nDate: {deep}",
        PLAIN.encode(),
    )
    reached: list[int] = []

    def watch(frame: Any, event: str, _argument: Any) -> None:
        depth, one = 0, frame
        while one and event == "call":
            depth, one = depth + 1, one.f_back
        reached.append(depth)

    sys.setprofile(watch)
    try:
        answer = read(mail)
    finally:
        sys.setprofile(None)
    assert answer.kind == "follow_up_link"
    sys.setprofile(watch)
    try:
        first = max(reached)
        reached.clear()
        read(made())
    finally:
        sys.setprofile(None)
    assert first <= max(reached) + 5


def hostile() -> Iterator[bytes]:
    yield b"From: " + f"{SENDER} <evil@evil.example>".encode() + b"\r\nSubject: Activatie ZORG-ID Smart\r\n\r\n"
    yield raw_mail("Content-Type: text/plain\r\nX: " + "y" * 1_000_000, PLAIN.encode())
    yield raw_mail("\r\n".join(f"X-{number}: y" for number in range(6000)), PLAIN.encode())
    yield raw_mail('Content-Type: multipart/mixed; boundary="b"', b"\r\n--b\r\n\r\nx" * 5000)
    yield raw_mail("Content-Type: multipart/mixed", b"leeg")
    yield raw_mail("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode", b"begin 644 \xff\r\n!!")
    yield raw_mail("Content-Type: text/html", b"<div>" * 20_000 + b"URA")
    yield raw_mail("Content-Type: text/html", b"<a href='" + b"https://[" * 1000 + b"'>URA: 90000101</a>")
    yield b"\x00\xff" * 1000


def test_one_mail_never_stops_the_mailbox(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    real = inbox._read

    def trip(found: ReceivedMail, kind: str, mail: EmailMessage, *more: Any) -> ReceivedMail:
        if "struikel" in mail.as_string():
            raise KeyError("iets onverwachts")
        return real(found, kind, mail, *more)

    monkeypatch.setattr(inbox, "_read", trip)
    with serve_imap(pki) as host:
        host.deliver(*hostile(), bytes(made(f"{PLAIN}struikel\n")), bytes(made()))
        found = imap_mailbox.read(
            ImapSettings("127.0.0.1", USER, host.port, password=PASSWORD, ca_path=str(pki.ca_path), timeout=20),
            TRUST,
            MailPatterns(),
        )
    assert found[-1].kind == "follow_up_link"
    assert found[-2].problem == "unreadable"
    assert {one.kind for one in found[:-1]} == {"unknown"}
    assert {one.problem for one in found[:-1]} == {
        "too_large", "too_nested", "ura_missing", "link_not_allowed", "unreadable",
    }  # fmt: skip


# What moves nothing


@pytest.mark.parametrize(
    "mail",
    [
        made(subject="Automatisch antwoord: Organisatiedocument – URA 90000101"),
        made(subject="Out of Office Re: Organisatiedocument"),
        made(Auto_Submitted="auto-replied"),
        made(Auto_Submitted="auto-replied (vacation)"),
        made(X_Autoreply="yes"),
    ],
)
def test_an_automatic_reply_moves_nothing(mail: EmailMessage) -> None:
    assert read(mail).problem == "auto_reply"


def test_what_vzvzs_own_system_sends_is_read() -> None:
    assert understood(made(Auto_Submitted="auto-generated", Precedence="bulk"))


def test_a_receipt_moves_nothing() -> None:
    receipt = raw_mail(
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
        f"--b\r\n\r\n{PLAIN}\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nX: x\r\n--b--".encode(),
    )
    assert read(receipt).problem == "delivery_report"


def test_a_mail_of_ours_that_did_not_arrive_is_told(pki: Pki) -> None:
    sent = {"<ons-1@gbz.example>": URA}
    with serve_imap(pki) as host:
        host.deliver(
            bounce("<ons-1@gbz.example>"),
            bounce("<ons-1@gbz.example>", "delayed"),
            bounce("<ander@gbz.example>"),
            bytes(made(subject="Re: delivery-status")).replace(SENDER.encode(), b"iemand@example.org"),
        )
        settings = ImapSettings("127.0.0.1", USER, host.port, password=PASSWORD, ca_path=str(pki.ca_path), timeout=5)
        (one,) = imap_mailbox.read(settings, TRUST, MailPatterns(), sent=sent)
        assert imap_mailbox.read(settings, TRUST, MailPatterns()) == []
    assert (one.kind, one.problem, one.ura) == ("undelivered", "not_delivered", URA)
    assert one.detail == "5.1.1 smtp; 550 5.1.1 <…> unknown here"
    assert "did not arrive (5.1.1" in action_of(one.problem, one.detail)


# What cannot be read


def with_part(
    kind: str, data: bytes = b"x", filename: str | None = None, body: str = "Zie de bijlage."
) -> EmailMessage:
    mail = made(body, subject="Activatie ZORG-ID Smart")
    main, _slash, sub = kind.partition("/")
    mail.add_attachment(data, maintype=main, subtype=sub, filename=filename)
    return mail


ENVELOPED, SIGNED = (bytes.fromhex(f"3080 06092a864886f70d0107{last} a080") for last in ("03", "02"))
PGP = "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"
UNREADABLE = {
    "tnef": (with_part("application/ms-tnef", filename="winmail.dat"), "winmail_dat"),
    "tnef by name": (with_part("application/octet-stream", filename="WINMAIL.DAT", body=PLAIN), "winmail_dat"),
    "smime": (
        raw_mail("Content-Type: application/pkcs7-mime; name=smime.p7m; smime-type=enveloped-data", ENVELOPED),
        "encrypted",
    ),
    "smime without a known subject": (
        raw_mail("Content-Type: application/x-pkcs7-mime; name=smime.p7m", ENVELOPED, "..."),
        "encrypted",
    ),
    "smime by name": (with_part("application/octet-stream", ENVELOPED, "smime.p7m"), "encrypted"),
    "opaque": (raw_mail("Content-Type: application/pkcs7-mime; name=smime.p7m", SIGNED), "smime_opaque"),
    "pgp": (made(PGP), "encrypted"),
    "pgp/mime": (
        raw_mail(
            'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"',
            b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--",
        ),
        "encrypted",
    ),
    "microsoft's own": (with_part("application/x-microsoft-rpmsg-message", filename="message.rpmsg"), "encrypted"),
    "svg": (with_part("image/svg+xml", b"<svg/>", "code.svg", PLAIN), "svg_image"),
    "svg by name": (with_part("application/octet-stream", b"<svg/>", "code.SVG", PLAIN), "svg_image"),
    "svg in a data URI": (
        made(PLAIN, subject="Activatie ZORG-ID Smart", html="<img src='data:image/svg+xml;base64,PHN2Zy8+'>"),
        "svg_image",
    ),
    "remote": (
        made(PLAIN, subject="Activatie ZORG-ID Smart", html=f"{HTML}<img src='https://forms.vzvz.example/qr.png'>"),
        "remote_image",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_said_as_such(name: str) -> None:
    mail, problem = UNREADABLE[name]
    answer = read(mail)
    assert (answer.kind, answer.problem) == ("unknown", problem)
    assert action_of(answer.problem)


@pytest.mark.parametrize(
    "mail",
    [
        with_part("image/png", body=PLAIN),
        with_part("application/pdf", body=PLAIN),
        with_part("application/octet-stream", filename="code.png", body=PLAIN),
        made(PLAIN, subject="Activatie ZORG-ID Smart", html=f"{HTML}<img src='data:image/png;base64,iVBO'>"),
        made(PLAIN, subject="Activatie ZORG-ID Smart", html=HTML),
    ],
)
def test_a_code_that_may_be_there_is_left_to_its_reader(mail: EmailMessage) -> None:
    assert read(mail).kind == "activation_qr"


def test_winmail_beside_a_text_that_says_all_is_no_problem() -> None:
    mail = made()
    mail.add_attachment(b"x", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert understood(mail)


@pytest.mark.parametrize("message_id", ["", "zonder haken", "<a b@c>", '<"a"@c>'])
def test_a_code_that_cannot_be_fetched_again_is_told(message_id: str) -> None:
    mail = with_part("image/png", body=PLAIN)
    assert read(mail, message_id=message_id).problem == "message_id_missing"
    assert read(made(), message_id=message_id).kind == "follow_up_link"


def test_every_problem_has_something_to_do() -> None:
    source = "".join(Path(str(one.__file__)).read_text(encoding="utf-8") for one in (inbox, content, imap_mailbox))
    found = re.findall(r'(?:problem=|return |return None, |else |or )"([a-z_]+)"', source)
    assert set(found) - {"link_not_allowed"} <= set(ACTIONS)
    assert set(ACTIONS) - set(found) <= {"ura_of_nobody"}
    for problem in ACTIONS:
        assert "{" not in action_of(problem, "x")


# Proof

OWN = Trust(TRUST.senders, TRUST.link_hosts, "authentication_results", "mx.gbz.example")
CLOUD = Trust(TRUST.senders, TRUST.link_hosts, "authentication_results", "microsoft365")
MICROSOFT = (
    "spf=pass (sender IP is 203.0.113.4)\r\n smtp.mailfrom=vzvz.example; dkim=pass (signature was verified)\r\n"
    " header.d=vzvz.example;dmarc=pass action=none\r\n header.from=vzvz.example;compauth=pass reason=100"
)
GOOGLE = (
    "mx.google.com;\r\n       dkim=pass header.i=@vzvz.example header.s=selector1 header.b=abc+/d=;\r\n"
    "       spf=pass (google.com: domain of x@vzvz.example designates 203.0.113.4 as permitted sender)"
    " smtp.mailfrom=x@vzvz.example;\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=vzvz.example"
)
TOLD: list[tuple[Trust, list[str], bool]] = [
    (OWN, ["mx.gbz.example; dkim=pass header.d=vzvz.example"], True),
    (OWN, ["mx.gbz.example; dkim=pass header.d=vzvz.example ; "], True),
    (OWN, ["MX.GBZ.example 1; dkim=pass header.d=mail.vzvz.example"], True),
    (OWN, ["mx.gbz.example; dkim=pass (2048-bit key; (unprotected)) header.d=vzvz.example x-bits=2048"], True),
    (OWN, ['mx.gbz.example; dkim=pass reason="goed; (heel)" header.d="vzvz.example"'], True),
    (OWN, ["mx.gbz.example; dmarc=pass header.from=vzvz.example", "mx.gbz.example; dkim=fail"], True),
    (
        OWN,
        ['mx.gbz.example; spf=pass smtp.mailfrom="a; dmarc=pass ;b"@evil.example; dmarc=fail header.from=vzvz.example'],
        False,
    ),
    (OWN, ['mx.gbz.example; spf=pass smtp.mailfrom="; dkim=pass header.d=vzvz.example; x"@evil.example'], False),
    (OWN, ["mx.gbz.example; dkim=pass header.d=vzvz.example; dmarc=fail header.from=vzvz.example"], False),
    (OWN, ["mx.gbz.example; dkim=fail (dkim=pass (header.d=vzvz.example) ; dmarc=pass) header.d=vzvz.example"], False),
    (OWN, ["mx.gbz.example; dkim=fail", "mx.gbz.example; dkim=pass header.d=vzvz.example"], False),
    (OWN, ["kwaad.example; x=pass", "mx.gbz.example; dkim=pass header.d=vzvz.example"], False),
    (OWN, ["mx.gbz.example; dkim=pass header.d=vzvz.example", "mx.gbz.example; dmarc=fail"], False),
    (OWN, ["mx.gbz.example; dmarc=bestguesspass header.from=vzvz.example"], False),
    (OWN, ["mx.gbz.example; dmarc=pass header.from=evil.example"], False),
    (OWN, ["mx.gbz.example; dkim=pass header.d=example"], False),
    (OWN, ["mx.gbz.example.kwaad.example; dkim=pass header.d=vzvz.example"], False),
    (OWN, ['"mx.gbz.example; dkim=pass header.d=vzvz.example'], False),
    (OWN, ["mx.gbz.example; none"], False),
    (OWN, ["mx.gbz.example; " + "(" * 3000 + ")" * 3000 + "dkim=pass header.d=vzvz.example"], True),
    (OWN, ["mx.gbz.example; dkim=pass header.d=vzvz.example; " + "x=y; " * 5000], False),
    (OWN, [], False),
    (CLOUD, [MICROSOFT], True),
    (CLOUD, [MICROSOFT.replace("dmarc=pass", "dmarc=fail")], False),
    (CLOUD, [MICROSOFT.replace("dkim=pass", "dkim=none").replace("dmarc=pass", "dmarc=bestguesspass")], False),
    (CLOUD, ["kwaad.example; dkim=pass header.d=vzvz.example"], False),
    (OWN, [MICROSOFT], False),
    (Trust(OWN.senders, OWN.link_hosts, OWN.method, "mx.google.com"), [GOOGLE], True),
]


@pytest.mark.parametrize("number", range(len(TOLD)))
def test_what_ones_own_server_says_of_the_sender(number: int) -> None:
    trust, values, expected = TOLD[number]
    top = "".join(f"Authentication-Results: {value}\r\n" for value in values)
    answer = read(top.encode() + bytes(made()), trust=trust)
    assert (answer.problem, answer.proven) == ((None, True) if expected else ("sender_not_proven", False))


def test_without_a_way_to_prove_it_nothing_is_proven() -> None:
    answer = read(b"Authentication-Results: mx.gbz.example; dkim=pass header.d=vzvz.example\r\n" + bytes(made()))
    assert (answer.kind, answer.proven) == ("follow_up_link", False)


@pytest.fixture(scope="module")
def signer() -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.mark.heavy
def test_a_dkim_signature_proves_what_it_covers(signer: tuple[bytes, bytes]) -> None:
    import dkim

    pem, record = signer
    trust = Trust(TRUST.senders, TRUST.link_hosts, "dkim", dns=lambda *_name, **_timeout: record)

    def signed(mail: bytes, domain: bytes = b"vzvz.example", **more: Any) -> bytes:
        covered = {"include_headers": [b"from", b"subject"], **more}
        return bytes(dkim.sign(mail, b"s", domain, pem, **covered)) + mail

    whole = bytes(made())
    foreign = signed(whole, b"esp.example")
    cases = {
        signed(whole): True,
        # A mailing service signs for itself too; the other signature still counts.
        bytes(dkim.sign(whole, b"s", b"esp.example", pem, include_headers=[b"from", b"subject"])) + signed(whole): True,
        foreign: False,
        whole: False,
        signed(whole).replace(b"90000101", b"90000102"): False,
        signed(whole, length=True) + b"Kenmerk: ander\r\n": False,
        signed(whole, include_headers=[b"from"]): False,
        b"Subject: Activatie ZORG-ID Smart\r\n" + signed(whole): False,
        b"DKIM-Signature: v=1; d=vzvz.example\r\n" + whole: False,
    }
    for number, (mail, expected) in enumerate(cases.items()):
        assert proven(fields_of(mail) or [], mail, trust) is expected, number
