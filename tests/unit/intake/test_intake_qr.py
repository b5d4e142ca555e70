# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code in all the ways it may come, and in those it must not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage

import pytest
import zxingcpp
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._intake import qr
from PIL import Image

PAYLOAD = "zorgid://activatie?code=S3CR3T-9f31&ura=90000101"


def png(payload: str = PAYLOAD) -> bytes:
    return qr.render_png(payload)


def converted(kind: str, payload: str = PAYLOAD) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(png(payload))).convert("RGB").save(out, format=kind)
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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "PDF"])
def test_a_code_is_read_from_each_kind_of_image(kind: str) -> None:
    assert qr.decode_image(converted(kind)) == PAYLOAD


@pytest.mark.parametrize(
    "parts",
    [
        [(png(), "image", "png", True)],
        [(converted("JPEG"), "image", "jpeg", False)],
        [(converted("PDF"), "application", "pdf", False)],
        [(converted("PDF"), "application", "octet-stream", False)],
        [(png(), "image", "png", True), (converted("PDF"), "application", "pdf", False)],
        [(b"kapot", "image", "png", False), (png(), "image", "png", True)],
    ],
    ids=["inline", "attachment", "pdf", "pdf without type", "the same twice", "a broken logo beside it"],
)
def test_a_code_is_found_in_a_mail(parts: list[tuple[bytes, str, str, bool]]) -> None:
    assert qr.decode_mail(mail(*parts)) == PAYLOAD


def test_no_code_and_two_codes_are_told() -> None:
    blank = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(blank, format="PNG")
    for parts, code in (
        ([(blank.getvalue(), "image", "png", True)], "qr_missing"),
        ([], "qr_missing"),
        ([(png(), "image", "png", True), (png("iets anders"), "image", "png", False)], "qr_ambiguous"),
    ):
        with pytest.raises(ZorgidError) as caught:
            qr.decode_mail(mail(*parts))
        assert caught.value.code == code
        assert "S3CR3T" not in str(caught.value)


def bomb() -> bytes:
    """A PNG of 40,000 x 40,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
        + chunk(b"IEND", b"")
    )


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("nul", bytes(50_000_000))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [bomb(), archive(), b"", b"%PDF-1.7 kapot", png()[:200], b"x" * (qr.MOST_BYTES + 1)],
    ids=["image bomb", "zip bomb", "empty", "broken pdf", "cut off", "too many bytes"],
)
def test_hostile_and_broken_images_are_told(data: bytes) -> None:
    with pytest.raises(ZorgidError) as caught:
        qr.decode_image(data)
    assert caught.value.code == "qr_image_unreadable"
    with pytest.raises(ZorgidError) as caught:
        qr.decode_mail(mail((data, "image", "png", False), (archive(), "application", "zip", False)))
    assert caught.value.code == "qr_missing"


@pytest.mark.parametrize(
    ("payload", "allowed"),
    [
        (PAYLOAD, True),
        ("https://productie.zorg-id.nl/a?c=1", True),
        ("https://127.0.0.1:8443/a", True),
        ("https://zorg-id.nl.kwaad.example/a", False),
        ("https://zorg-id.nl@kwaad.example/a", False),
        ("http://productie.zorg-id.nl/a", False),
        (" HTTPS://kwaad.example", False),
        ("//kwaad.example", False),
    ],
)
def test_a_code_that_opens_a_page_must_lead_to_an_allowed_host(payload: str, allowed: bool) -> None:
    if allowed:
        qr.check_payload(payload, ["127.0.0.1"])
    else:
        with pytest.raises(ZorgidError) as caught:
            qr.check_payload(payload, ["127.0.0.1"])
        assert caught.value.code == "qr_host_not_allowed"


def test_the_picture_can_be_read_back_and_knows_its_source() -> None:
    picture = qr.render_png(PAYLOAD, "a1b2")
    assert qr.decode_image(picture) == PAYLOAD
    assert qr.source_of(picture) == "a1b2"
    assert qr.source_of(b"geen png") is None
    assert PAYLOAD.encode() not in picture


def test_the_terminal_picture_can_be_scanned() -> None:
    lines = [line.split("m", 1)[1].removesuffix("\x1b[0m") for line in qr.render_terminal(PAYLOAD).splitlines()]
    image = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, shape in enumerate(line):
            if shape in "▀█":
                image.putpixel((x, 2 * y), 0)
            if shape in "▄█":
                image.putpixel((x, 2 * y + 1), 0)
    scaled = image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)
    assert [code.text for code in zxingcpp.read_barcodes(scaled)] == [PAYLOAD]


def test_the_letter_holds_the_picture_and_escapes_names() -> None:
    letter = qr.render_letter(
        png(), organisation="Bos & <b>Lommer</b>", ura="90000101", recipient="J. Lindeman"
    ).decode()
    assert "Bos &amp; &lt;b&gt;Lommer" in letter
    assert '<html lang="nl">' in letter
    assert "data:image/png;base64," in letter
    assert PAYLOAD not in letter
    assert "http" not in letter.replace("html", "")


def test_svg_is_drawn_without_text() -> None:
    drawn = qr.render_svg(PAYLOAD)
    assert drawn.startswith(b"<?xml")
    assert b"<path" in drawn
    assert b"S3CR3T" not in drawn
