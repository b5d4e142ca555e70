# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code in all the ways a mail may carry it, in those it must not, and drawn again."""

from __future__ import annotations

import base64
import gzip
import html
import io
import re
from email.message import EmailMessage
from urllib.parse import quote

import pytest
import qrcode
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import qr
from ansible_collections.gbz.zorgid.plugins.module_utils._activation.letter import render_letter
from ansible_collections.gbz.zorgid.plugins.module_utils._activation.pictures import MOST_BYTES
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.pictures import MOST_PICTURES
from PIL import Image

PAYLOAD = "zorgid://activatie?code=S3CR3T-9f31&ura=90000101"
Parts = list[tuple[bytes, str, str, bool]]


def png(payload: str = PAYLOAD) -> bytes:
    return qr.render_png(payload)


def converted(kind: str, payload: str = PAYLOAD) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(png(payload))).convert("RGB").save(out, format=kind)
    return out.getvalue()


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(out, format="PNG")
    return out.getvalue()


def mail(*parts: tuple[bytes, str, str, bool]) -> bytes:
    made = EmailMessage()
    made["From"] = "zorg-id@vzvz.example"
    made.set_content("Scan de code.")
    made.add_alternative("<p>Scan de code.</p><img src='cid:qr'>", subtype="html")
    for data, maintype, subtype, inline in parts:
        if inline:
            made.get_payload()[-1].add_related(data, maintype, subtype, cid="<qr>")
        else:
            made.add_attachment(data, maintype=maintype, subtype=subtype, filename=f"code.{subtype}")
    return made.as_bytes()


def page(body: str, **how: str) -> bytes:
    made = EmailMessage()
    made.set_content(f"<!DOCTYPE html><html><body>{body}</body></html>", subtype="html", **how)
    return made.as_bytes()


def forwarded(inner: bytes, encoding: str = "7bit", kind: str = "message/rfc822") -> bytes:
    head = f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=g{len(inner)}\n\n--g{len(inner)}\n"
    head += f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    body = base64.encodebytes(inner) if encoding == "base64" else inner
    return head.encode() + body + f"\n--g{len(inner)}--\n".encode()


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>'
PLAY = "https://play.google.com/store/apps/details?id=nl.vzvz"
FOUND: dict[str, Parts] = {
    "inline": [(png(), "image", "png", True)],
    "attachment": [(converted("JPEG"), "image", "jpeg", False)],
    "without a type": [(png(), "application", "octet-stream", False)],
    "of a wrong type": [(png(), "image", "jpeg", True)],
    "a text, it says": [(png(), "text", "x-unknown", False)],
    "a program, it says": [(converted("WEBP"), "application", "x-msdownload", False)],
    "the same twice": [(png(), "image", "png", True), (converted("GIF"), "image", "gif", False)],
    "a broken logo beside it": [(b"kapot", "image", "png", False), (png(), "image", "png", True)],
    "a PDF beside it": [(converted("PDF"), "application", "pdf", False), (png(), "image", "png", True)],
    "a drawing beside it": [(SVG, "image", "svg+xml", True), (png(), "image", "png", True)],
    "a shop beside it": [(png("https://apps.apple.com/app/id1"), "image", "png", True), (png(), "image", "png", True)],
    "shops beside it": [
        (png(PLAY), "image", "png", True),
        (png("market://details?id=nl.vzvz.zorgid"), "image", "png", False),
        (png(), "image", "png", True),
    ],
    "VZVZ beside it": [(png("https://www.vzvz.nl/zorg-id"), "image", "png", True), (png(), "image", "png", False)],
}


@pytest.mark.heavy
@pytest.mark.parametrize("parts", FOUND.values(), ids=FOUND)
def test_a_code_is_found_in_a_mail(parts: Parts) -> None:
    assert qr.decode_mail(mail(*parts)) == PAYLOAD


IN_BASE64 = base64.b64encode(png()).decode()
FOLDED = "\r\n  ".join(re.findall(".{1,76}", IN_BASE64))
OF_URLS = base64.urlsafe_b64encode(png()).decode()


@pytest.mark.parametrize(
    "body",
    [
        f'<img src="data:image/png;base64,{IN_BASE64}">',
        f"<IMG alt=code SRC='DATA:IMAGE/PNG;BASE64, {FOLDED}'>",
        f"<img src=data:image/png;base64,{IN_BASE64} alt=code>",
        f"<img src=data:image/png;base64,{IN_BASE64.rstrip('=')} alt=code>",
        f'<img src="data:;base64,{quote(IN_BASE64, safe="")}">',
        f'<img src="data:image/jpeg;charset=utf-8;name=code.png;base64,{OF_URLS}">',
        f'<div style="background: url(data:image/png;base64,{IN_BASE64}) no-repeat"></div>',
        f'<div style="background-image:url(&quot;data:image/png;base64,{IN_BASE64}&quot;)"></div>',
        f"<style>.code {{ background: url('data:image/png;base64,{IN_BASE64}') }}</style><p class=code>",
        f'<img src="data:image/png;base64,{IN_BASE64.replace("+", "&#43;").replace("/", "&#x2F;")}">',
        f'<img src="https://web.example/logo.png"><img src="data:image/png;base64,{IN_BASE64}">',
        f'<img src="data:image/png,{quote(png(), safe="")}">',
    ],
)
def test_a_code_is_found_in_the_page_itself(body: str) -> None:
    assert qr.decode_mail(page(body)) == PAYLOAD
    assert qr.decode_mail(page(body, charset="utf-16", cte="base64")) == PAYLOAD


@pytest.mark.parametrize(
    "raw",
    [
        forwarded(mail((png(), "image", "png", True))),
        forwarded(forwarded(mail((png(), "image", "png", True)))),
        forwarded(mail((png(), "image", "png", True)), "base64"),
        forwarded(mail((png(), "image", "png", True)), "base64", "application/octet-stream; name=Activatie.EML"),
        forwarded(b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + IN_BASE64.encode()),
        b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + IN_BASE64.encode(),
    ],
    ids=["attached", "twice", "in base64", "as a file", "a picture only", "not forwarded, a picture only"],
)
def test_a_code_is_found_in_a_mail_that_was_forwarded(raw: bytes) -> None:
    assert qr.decode_mail(raw) == PAYLOAD


@pytest.mark.heavy
def test_no_code_and_two_codes_are_told() -> None:
    two_pages = [(png(f"https://a.vzvz.nl/{number}"), "image", "png", True) for number in (1, 2)]
    for parts, code in (
        ([(blank(), "image", "png", True)], "qr_missing"),
        ([], "qr_missing"),
        ([(png(), "image", "png", True), (png("iets anders"), "image", "png", False)], "qr_ambiguous"),
        (two_pages, "qr_ambiguous"),
        ([(png(PLAY), "image", "png", True)], "qr_host_not_allowed"),
        ([(png("otpauth://totp/S3CR3T"), "image", "png", True)], "qr_payload_refused"),
    ):
        with pytest.raises(ZorgidError) as caught:
            qr.decode_mail(mail(*parts))
        assert caught.value.code == code
        assert "S3CR3T" not in str(caught.value)


SEALED = (
    b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nMIAGCSqGSIb3DQEHA6CAMIA=\n"
)
TNEF = b"\x78\x9f\x3e\x22\x01\0\x01\x90"
OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ZIP = b"PK\x03\x04" + bytes(600)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (mail((converted("PDF"), "application", "pdf", False)), "qr_pdf"),
        (mail((converted("PDF"), "application", "octet-stream", False)), "qr_pdf"),
        (mail((TNEF, "application", "ms-tnef", False)), "qr_packed"),
        (mail((TNEF, "application", "octet-stream", False)), "qr_packed"),
        (mail((OUTLOOK, "application", "vnd.ms-outlook", False)), "qr_packed"),
        (mail((ZIP, "application", "zip", False)), "qr_packed"),
        (SEALED, "qr_packed"),
        (mail((SVG, "image", "svg+xml", True)), "qr_svg"),
        (mail((b"\xef\xbb\xbf" + SVG, "application", "octet-stream", False)), "qr_svg"),
        (page("<svg><rect width=3 height=3 /></svg>"), "qr_svg"),
        (page('<img src="data:image/svg+xml;utf8,<svg></svg>">'), "qr_svg"),
        (page('<img alt="code" width=200 src="https://web.example/qr?c=S3CR3T">'), "qr_remote_image"),
        (page("<img src=//web.example/qr.png>"), "qr_remote_image"),
        (page('<table background="http://web.example/qr.png"></table>'), "qr_remote_image"),
        (page("<td style=\"background:url('https://web.example/qr.png')\">"), "qr_remote_image"),
        (mail((b"kapot", "image", "heic", False)), "qr_missing"),
        (page('<a href="https://web.example/">lees verder</a>'), "qr_missing"),
    ],
)
def test_what_may_hide_a_code_and_is_not_read_is_told(raw: bytes, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(raw)
    assert caught.value.code == code
    assert "image_path" in str(caught.value)
    assert "S3CR3T" not in str(caught.value)


@pytest.mark.parametrize("logo", [blank(), b"kapot"], ids=["a logo", "a broken logo"])
@pytest.mark.parametrize(
    ("hidden", "word"),
    [
        ((SVG, "image", "svg+xml", True), "SVG"),
        ((gzip.compress(SVG), "image", "svg+xml", True), "SVG"),
        ((SVG.decode().encode("utf-16"), "image", "svg+xml", False), "SVG"),
        ((b'<img src="https://web.example/qr.png">', "text", "html", True), "on a web server"),
    ],
    ids=["drawing", "packed drawing", "drawing in UTF-16", "on the web"],
)
def test_beside_a_logo_it_is_told_where_the_code_may_be(
    logo: bytes, hidden: tuple[bytes, str, str, bool], word: str
) -> None:
    """To the mailbox, the logo is a picture that may hold the code."""
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(mail((logo, "image", "png", True), hidden))
    assert word in str(caught.value)
    assert "image_path" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "code"), [(converted("PDF"), "qr_pdf"), (SVG, "qr_svg"), (TNEF, "qr_packed"), (b"%PDF-1.7", "qr_pdf")]
)
def test_a_file_that_is_no_picture_is_told(data: bytes, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.decode_image(data)
    assert caught.value.code == code


@pytest.mark.heavy
def test_only_some_pictures_of_a_mail_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr(qr, "codes_in", lambda data, _budget: looked.append(data) or [])
    many = [(b"\x89PNG" + number.to_bytes(2, "big"), "image", "png", False) for number in range(120)]
    for raw, count in ((mail(*many), MOST_PICTURES), (mail(*many[:1] * 100), 1)):
        looked.clear()
        with pytest.raises(ZorgidError) as caught:
            qr.decode_mail(raw)
        assert len(looked) == count
        assert ("more images than the maximum" in str(caught.value)) is (count > 1)
    looked.clear()
    with pytest.raises(ZorgidError):
        qr.decode_mail(b"Content-Type: text/html\n\n<img src='data:image/png;base64," + b"A" * 30_000_000)
    assert MOST_BYTES < len(looked[0]) < 2 * MOST_BYTES


def test_mails_in_mails_end_somewhere() -> None:
    raw = mail((png(), "image", "png", True))
    for _ in range(8):
        raw = forwarded(raw, "base64")
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(raw)
    assert caught.value.code == "qr_packed"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "body",
    [
        "<img " * 200_000,
        "<img src=" + " " * 300_000,
        "data:" * 200_000,
        "url(" * 200_000,
        "<img src" + "&#32;" * 99_999,
    ],
    ids=["tags", "blanks", "data", "url", "references"],
)
def test_a_page_made_to_take_long_does_not(body: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(page(body))
    assert caught.value.code == "qr_missing"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: image/png; name*0*=x''%ff; name*1=\xff\n",
        b"Content-Type: ;;;=\n",
        b"Content-Type: image/png; name==?utf-8?q?=?=\nContent-Disposition: attachment; filename*=''%\n",
        b"Content-Type: image/png\nContent-Transfer-Encoding: base64 (\n",
        b"Content-Type: multipart/related\n",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n",
        b"Content-Type: text/html; charset=\xff\nContent-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: x-uuencode\nContent-Type: image/png\n",
    ],
)
def test_malformed_mail_is_told(head: bytes) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(head + b"\n\xff\0=\r=ZZ begin 644\n")
    assert caught.value.code == "qr_missing"


GOOD = (
    PAYLOAD,
    "ZORGID://ACTIVATE?CODE=1",
    "zorg-id:activatie/1",
    "nl.vzvz.zorgid://activatie/1",
    "ZS-2026-00042-9F31",
    "eyJhbGciOiJub25lIn0.eyJjIjoiMSJ9.c2ln",
    "https://productie.zorg-id.nl/a?c=1",
    "https://127.0.0.1:8443/a",
)
ELSEWHERE = (
    "https://zorg-id.nl.kwaad.example/a",
    "https://zorg-id.nl@kwaad.example/a",
    "http://productie.zorg-id.nl/a",
    " HTTPS://kwaad.example",
    "//kwaad.example",
    "www.kwaad.example",
    "kwaad.example/a",
    "https:kwaad.example",
    "https://[kwaad/a",
)
REFUSED = (
    *("javascript:alert(1)", " JavaScript:alert(1)", "tel:+31600000000", "otpauth://totp/x?secret=S3CR3T"),
    *("WIFI:S:x;P:S3CR3T;;", "mailto:a@b.example", "sms:112", "SMSTO:112:x", "geo:1,2", "MECARD:N:x;;", "BEGIN:VCARD"),
    *("intent://zorgid/#Intent;scheme=zorgid;end", "market://details?id=nl.vzvz.zorgid", "itms-apps://a.example"),
    *("data:text/html,x", "file:///etc/passwd", "bitcoin:x", "zorgid://a\nb", "zorgid://a\0", "zorgid://\u202ea"),
    *("zorgid://\xe9", "", "a" * 2001),
)


@pytest.mark.parametrize("payload", GOOD)
def test_a_code_for_the_app_or_of_an_allowed_host_is_handed_on(payload: str) -> None:
    qr.check_payload(payload, ["127.0.0.1"])
    assert qr.decode_image(png(payload), ["127.0.0.1"]) == payload


@pytest.mark.parametrize(
    ("payload", "code"),
    [*((one, "qr_host_not_allowed") for one in ELSEWHERE), *((one, "qr_payload_refused") for one in REFUSED)],
)
def test_any_other_code_is_refused(payload: str, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.check_payload(payload, ["127.0.0.1"])
    assert caught.value.code == code
    assert "S3CR3T" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("data", [b"zorgid://a\xe9", b"zorgid://a\x00\x1d", "zorgid://é".encode()])
def test_a_code_whose_bytes_would_not_be_drawn_the_same_is_refused(data: bytes) -> None:
    code, out = qrcode.QRCode(), io.BytesIO()
    code.add_data(qrcode.util.QRData(data, mode=qrcode.util.MODE_8BIT_BYTE))
    code.make_image().save(out, format="PNG")
    with pytest.raises(ZorgidError) as caught:
        qr.decode_image(out.getvalue())
    assert caught.value.code == "qr_payload_refused"


@pytest.mark.heavy
def test_the_longest_code_can_be_drawn_again() -> None:
    longest = "zorgid://" + "a" * (qr.MOST_PAYLOAD - 9)
    qr.check_payload(longest, [])
    assert qr.decode_image(qr.render_png(longest)) == longest
    assert qr.render_svg(longest)


def test_the_picture_can_be_read_back_and_knows_its_source() -> None:
    picture = qr.render_png(PAYLOAD, "a1b2")
    assert qr.decode_image(picture) == PAYLOAD
    assert qr.source_of(picture) == "a1b2"
    assert qr.source_of(b"geen png") is None
    assert qr.source_of(converted("GIF")) is None
    assert PAYLOAD.encode() not in picture


def test_the_letter_holds_the_picture_and_escapes_names() -> None:
    letter = render_letter(
        png(),
        organisation="Bos & <b>Lommer</b>",
        ura="90000101",
        recipient="J. \u202eLindeman\x07\n{image}" + "x" * 900,
    ).decode()
    assert "Bos &amp; &lt;b&gt;Lommer" in letter
    assert "Aan: J. ?Lindeman? {image}xxx" in letter
    assert "x" * 200 not in letter
    assert '<html lang="nl">' in letter
    assert "data:image/png;base64," in letter
    assert PAYLOAD not in letter
    assert "http" not in letter.replace("html", "")
    assert letter.startswith("<!DOCTYPE html>\n<html ")
    assert letter.endswith("</html>\n")


def test_a_name_with_quotes_is_read_in_the_letter_as_it_is_written() -> None:
    letter = render_letter(png(), organisation='D\'n "Bos" & {{ ura }}', ura="90000101", recipient="<J.>").decode()
    read = [" ".join(part.split()) for part in html.unescape(re.sub("<[^>]*>", "\n", letter)).splitlines()]
    assert "Aan: <J.>" in read
    assert 'Organisatie: D\'n "Bos" & {{ ura }} (URA 90000101)' in read


def test_svg_is_drawn_without_text() -> None:
    drawn = qr.render_svg(PAYLOAD)
    assert drawn.startswith(b"<?xml")
    assert b"<path" in drawn
    assert b"S3CR3T" not in drawn
