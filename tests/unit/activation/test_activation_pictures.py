# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation code in every kind of picture that a mailer or a phone makes, and pictures made to do harm."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import qrcode
from ansible_collections.gbz.zorgid.plugins.module_utils._activation import pictures, qr
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

PAYLOAD = "zorgid://activatie?code=S3CR3T-9f31&ura=90000101"


def drawn(payload: str = PAYLOAD, box: int = 6, border: int = 4, error_correction: int = 0) -> Image.Image:
    code = qrcode.QRCode(error_correction=error_correction, box_size=box, border=border)
    code.add_data(payload)
    code.make(fit=True)
    return code.make_image().convert("L")


def saved(image: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format=kind, **how)
    return out.getvalue()


def on_transparent(ink: int, paper: int) -> Image.Image:
    """Only the dark modules are there, in ``ink``; what is not there would be ``paper``."""
    code = drawn()
    made = Image.merge("LA", (Image.new("L", code.size, ink), ImageOps.invert(code)))
    made.putpixel((0, 0), (paper, 0))
    return made


def sixteen(low: int, high: int, kind: str = "PNG") -> bytes:
    code = drawn()
    words = [high if value else low for value in code.tobytes()]
    mode, order = ("I;16B", ">") if kind == "TIFF" else ("I;16", "<")
    return saved(Image.frombytes(mode, code.size, struct.pack(f"{order}{len(words)}H", *words)), kind)


def transparent_palette() -> bytes:
    made = drawn().convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    colours = made.convert("L")
    light = made.getpixel(next((x, 0) for x in range(made.width) if colours.getpixel((x, 0)) > 128))
    made.putpalette([0, 0, 0] * 256)
    return saved(made, transparency=light)


def rotated_by_exif() -> bytes:
    about = Image.Exif()
    about[0x0112] = 6
    return saved(drawn().rotate(90), "JPEG", exif=about)


def with_logo() -> Image.Image:
    made = drawn(error_correction=qrcode.ERROR_CORRECT_H).convert("RGB")
    side = made.width // 10
    middle = made.width // 2
    ImageDraw.Draw(made).rectangle([middle - side, middle - side, middle + side, middle + side], fill=(0, 90, 160))
    return made


def photographed() -> Image.Image:
    """On a desk, turned, seen from aside, uneven light, out of focus."""
    desk = Image.linear_gradient("L").resize((900, 900)).point(lambda value: 90 + value // 3)
    code = drawn(box=9).point(lambda value: 40 + value * 4 // 5)
    desk.paste(code.rotate(17, expand=True, fillcolor=120), (150, 170))
    seen = (40, 0, 0, 900, 900, 860, 830, 60)
    return desk.transform(desk.size, Image.Transform.QUAD, seen, Image.Resampling.BILINEAR).filter(
        ImageFilter.GaussianBlur(1.2)
    )


def dotted() -> Image.Image:
    """Round modules; the corners are whole, as those who draw such codes leave them."""
    code = drawn(box=1, border=0)
    made = drawn(box=12)
    pen = ImageDraw.Draw(made)
    for y, x in ((y, x) for y in range(code.height) for x in range(code.width)):
        corner = (y < 7 and (x < 7 or x >= code.width - 7)) or (y >= code.height - 7 and x < 7)
        if not corner and not code.getpixel((x, y)):
            left, top = 12 * x + 48, 12 * y + 48
            pen.rectangle([left, top, left + 11, top + 11], fill=255)
            pen.ellipse([left + 1, top + 1, left + 10, top + 10], fill=0)
    return made


def lined() -> Image.Image:
    made = Image.new("L", drawn().size, 255)
    ImageDraw.Draw(made).line([(0, 60), (made.width, 60)], fill=0, width=3)
    return made


def small_in_noise() -> Image.Image:
    made = Image.effect_noise((2500, 2500), 60)
    made.paste(drawn(box=5), (900, 1300))
    return made


def sixteen_with_alpha() -> bytes:
    """PNG, 16 bits of grey and of alpha; only the dark modules are there."""
    code = drawn()
    rows = [
        b"\0" + b"".join(struct.pack(">HH", 0, 0 if code.getpixel((x, y)) else 65535) for x in range(code.width))
        for y in range(code.height)
    ]
    return png_of(*code.size, data=b"".join(rows), depth=16, colours=4)


def png_of(width: int, height: int, data: bytes = b"", *, depth: int = 8, colours: int = 6) -> bytes:
    """A PNG that says it has this size, and holds ``data`` or next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    packed = zlib.compress(data or bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def animated(kind: str, *, at: int) -> bytes:
    code = drawn()
    frames = [Image.new("L", code.size, 60 + 20 * number) for number in range(at + 2)]
    frames[at] = code
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


ZOO: dict[str, Callable[[], bytes]] = {
    "black on transparent": lambda: saved(on_transparent(0, 0)),
    "white on transparent": lambda: saved(on_transparent(255, 255)),
    "transparent colour": lambda: saved(on_transparent(0, 0).convert("RGBA")),
    "transparent WebP": lambda: saved(on_transparent(0, 0).convert("RGBA"), "WEBP", lossless=True),
    "transparent palette, all black": transparent_palette,
    "palette": lambda: saved(drawn().convert("RGB").quantize(16)),
    "1 bit": lambda: saved(drawn().convert("1")),
    "1 bit TIFF, fax": lambda: saved(drawn().convert("1"), "TIFF", compression="group4"),
    "16 bit grey": lambda: sixteen(0, 65535),
    "16 bit grey, dark": lambda: sixteen(300, 900),
    "16 bit TIFF, big-endian": lambda: sixteen(1000, 60000, "TIFF"),
    "32 bit float TIFF": lambda: saved(drawn().convert("F"), "TIFF"),
    "LAB TIFF": lambda: saved(Image.merge("LAB", (drawn(), *(Image.new("L", drawn().size, 128),) * 2)), "TIFF"),
    "CMYK JPEG": lambda: saved(drawn().convert("RGB").convert("CMYK"), "JPEG"),
    "progressive JPEG": lambda: saved(drawn(), "JPEG", progressive=True, quality=30),
    "GIF": lambda: saved(drawn(), "GIF"),
    "animated GIF": lambda: animated("GIF", at=4),
    "animated WebP": lambda: animated("WEBP", at=2),
    "animated PNG": lambda: animated("PNG", at=2),
    "second page of a TIFF": lambda: animated("TIFF", at=1),
    "BMP": lambda: saved(drawn().convert("RGB"), "BMP"),
    "rotated by EXIF": rotated_by_exif,
    "mirrored": lambda: saved(ImageOps.mirror(drawn())),
    "inverted": lambda: saved(ImageOps.invert(drawn())),
    "inverted, to the edge": lambda: saved(ImageOps.invert(drawn(border=0))),
    "modules of 1 pixel": lambda: saved(drawn(box=1)),
    "modules of 1 pixel, to the edge": lambda: saved(drawn(box=1, border=0)),
    "modules of 70 pixels": lambda: saved(drawn(box=70)),
    "to the edge": lambda: saved(drawn(border=0)),
    "faint": lambda: saved(drawn().point(lambda value: 255 if value else 240)),
    "logo in the middle": lambda: saved(with_logo()),
    "photographed": lambda: saved(photographed(), "JPEG", quality=60),
    "metadata of the size of a picture": lambda: saved(drawn(), "JPEG", comment=b"x" * 60_000, exif=b"Exif\0\0kapot"),
    "JPEG in RGB": lambda: saved(drawn().convert("RGB"), "JPEG", keep_rgb=True),
    "on a screenshot": lambda: saved(ImageOps.expand(drawn(box=3), (900, 400, 700, 500), 30)),
    "much white around": lambda: saved(ImageOps.expand(drawn(box=2), 1500, 255)),
    "green on white": lambda: saved(ImageOps.colorize(drawn(), (0, 150, 80), (255, 255, 255))),
    "white on dark blue": lambda: saved(ImageOps.colorize(drawn(), (240, 240, 255), (10, 20, 60))),
    "half transparent": lambda: saved(Image.merge("LA", (drawn(), Image.new("L", drawn().size, 60)))),
    "16 bit grey, transparent": sixteen_with_alpha,
    "a transparent colour": lambda: saved(drawn().convert("RGB"), transparency=(255, 255, 255)),
    "1 bit, white is transparent": lambda: saved(drawn().convert("1"), transparency=1),
    "1 bit, black is transparent": lambda: saved(drawn().convert("1"), transparency=0),
    "transparent GIF": lambda: saved(drawn().convert("1").convert("P"), "GIF", transparency=1),
    "BMP with an empty alpha": lambda: saved(
        Image.merge("RGBA", (drawn(),) * 3 + (Image.new("L", drawn().size),)), "BMP"
    ),
    "TIFF in CMYK": lambda: saved(drawn().convert("RGB").convert("CMYK"), "TIFF"),
    "JPEG in a TIFF": lambda: saved(drawn().convert("RGB"), "TIFF", compression="jpeg"),
    "JPEG of a fax's quality": lambda: saved(drawn(box=4), "JPEG", quality=5),
    "inverted on a white page": lambda: saved(ImageOps.expand(ImageOps.invert(drawn()), 60, 255)),
    "in a black frame": lambda: saved(ImageOps.expand(drawn(border=1), 40, 0)),
    "on its corner": lambda: saved(drawn().rotate(45, expand=True, fillcolor=255)),
    "stretched": lambda: saved(drawn().resize((500, 250))),
    "yellow on white": lambda: saved(ImageOps.colorize(drawn(), (255, 220, 0), (255, 255, 255))),
    "blue on black": lambda: saved(ImageOps.colorize(drawn(), (0, 0, 200), (0, 0, 0))),
    "round modules": lambda: saved(dotted()),
    "small in noise": lambda: saved(small_in_noise(), "JPEG", quality=50),
    "a line through it": lambda: saved(ImageChops.darker(drawn(), lined())),
    "something after the picture": lambda: saved(drawn()) + b"\r\n--=_grens",
}


@pytest.mark.heavy
@pytest.mark.parametrize("made", ZOO.values(), ids=ZOO)
def test_a_code_is_read_from_what_mailers_and_phones_make(made: Callable[[], bytes]) -> None:
    assert qr.decode_image(made()) == PAYLOAD


@pytest.mark.heavy
@pytest.mark.parametrize("payload", ["zorgid://a", PAYLOAD + "&x=" + "y" * 600, "https://productie.zorg-id.nl/a?c=1"])
def test_short_and_long_codes_are_read(payload: str) -> None:
    assert qr.decode_image(saved(drawn(payload, box=3))) == payload


def test_each_code_of_a_picture_is_found_once() -> None:
    first, second = drawn(box=4), drawn("https://apps.apple.com/nl/app/zorg-id/id1", box=4)
    sheet = Image.new("L", (700, 500), 255)
    for code, place in ((first, (0, 0)), (second, (300, 0)), (first, (0, 250))):
        sheet.paste(code, place)
    assert len(pictures.codes_in(saved(sheet), pictures.Budget())) == 2
    assert qr.decode_image(saved(sheet)) == PAYLOAD


def gif_of(width: int, height: int, frames: int = 1) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, width, height) + b"\0" + b"\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


def bmp_of(width: int, height: int) -> bytes:
    head = struct.pack("<IHHIIiiHHIIiiII", 154, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + head + bytes(99)


HARM = {
    "a column": png_of(1, 25_000_000),
    "a row": png_of(25_000_000, 1),
    "a ribbon": png_of(65_000, 300),
    "a little too large": png_of(3_700, 3_600),
    "PNG bomb": png_of(40_000, 40_000),
    "nothing at all": png_of(0, 0),
    "2 thousand million each way": png_of(2**31 - 1, 2**31 - 1),
    "GIF bomb": gif_of(65_535, 65_535),
    "GIF bomb of frames": gif_of(60_000, 100, 3),
    "BMP bomb": bmp_of(50_000, 50_000),
    "BMP upside down": bmp_of(50_000, -(2**31)),
    "WebP bomb": saved(Image.new("1", (2_900, 2_900)), "WEBP", lossless=True, method=0, quality=0),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "XPM": b'/* XPM */\nstatic char *x[] = {"1 1 1 1",\n"a c #000000",\n"a"};',
    "TGA": b"\0\0\2" + bytes(9) + struct.pack("<HHBB", 100, 100, 24, 0) + bytes(30_000),
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(100),
    "icon": b"\0\0\1\0\1\0" + bytes(100),
    "TIFF that points at itself": b"II*\0\x08\0\0\0\x00\0\x08\0\0\0",
    "TIFF with a directory far away": b"II*\0\xff\xff\xff\x7f",
    "half a JPEG": saved(drawn(), "JPEG")[:2000],
    "half a GIF": saved(drawn(), "GIF")[:300],
    "a head only": saved(drawn())[:8],
    "no bytes": b"",
    "too many bytes": b"\x89PNG" + bytes(pictures.MOST_BYTES),
}


@pytest.mark.parametrize("data", HARM.values(), ids=HARM)
def test_a_picture_made_to_do_harm_is_told_before_it_is_unpacked(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []
    new = Image.core.new
    fill = Image.core.fill
    monkeypatch.setattr(Image.core, "new", lambda mode, size: (unpacked.append(size[0] * size[1]), new(mode, size))[1])
    monkeypatch.setattr(Image.core, "fill", lambda *how: (unpacked.append(how[1][0] * how[1][1]), fill(*how))[1])
    with pytest.raises(ZorgidError) as caught:
        qr.decode_image(data)
    assert caught.value.code == "qr_image_unreadable"
    assert sum(unpacked) < 1_000_000


def test_all_pixels_of_one_mail_are_counted_together() -> None:
    budget = pictures.Budget()
    for _ in range(6):
        budget.take(3000, 3000)
    with pytest.raises(ZorgidError, match="after many others"):
        budget.take(3000, 3000)
    budget.take(1000, 1000)


@pytest.mark.heavy
def test_an_endless_animation_is_looked_at_for_some_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(pictures, "_scan", lambda grey: seen.append(grey.width) or [])
    assert pictures.codes_in(animated("GIF", at=200), pictures.Budget()) == []
    assert len(seen) <= 2 * pictures.MOST_FRAMES
    # Frames that are too much together end the looking; what the first ones show counts.
    seen.clear()
    width, height = drawn().size
    assert pictures.codes_in(animated("GIF", at=8), pictures.Budget(3 * width * height)) == []
    assert len(seen) == 6


@pytest.mark.heavy
def test_texts_beside_a_picture_do_not_fill_the_memory() -> None:
    def text(content: bytes) -> bytes:
        body = b"Comment\0\0" + zlib.compress(content)
        return struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))

    picture = saved(drawn())
    swollen = picture[:33] + text(bytes(60_000_000)) * 5 + picture[33:]
    tracemalloc.start()
    try:
        with pytest.raises(ZorgidError) as caught:
            qr.decode_image(swollen)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.code == "qr_image_unreadable"
