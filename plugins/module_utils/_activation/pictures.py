# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads QR codes in an untrusted image: checks its size before unpacking, draws it as people see it, then decodes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words
from .._mail import pictures as mail_pictures

with needs("pillow>=10.1"):
    from PIL import Image, ImageOps
with needs("zxing-cpp>=2.2"):
    import zxingcpp

#: Formats that mail programs and phones make; every further decoder would add risk.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
#: Most bytes of an image file, the same as for an image in a mail.
MOST_BYTES = mail_pictures.MOST_BYTES
#: Most pixels. A phone's photograph has 12 million; more would take more than 200 MB of memory.
MOST_PIXELS = 13_000_000
#: Most pixels of all images and frames of one mail.
MOST_PIXELS_TOGETHER = 60_000_000
MOST_SIDE = 10_000
MOST_FRAMES = 10
# Fewest pixels: a QR code has at least 21 modules a side.
_LEAST_SIDE = 21
# The WebP decoder treats every image as an animation, and needs its canvas twice besides the result.
_MOST_PIXELS_OF = {"WEBP": 8_000_000}


@dataclass
class Budget:
    """How many pixels may still be unpacked. ``take`` raises ``qr_image_unreadable`` before too many are."""

    pixels: int = MOST_PIXELS_TOGETHER

    def take(self, width: int, height: int, most: int = MOST_PIXELS) -> None:
        count = width * height
        if max(width, height) > MOST_SIDE or count > min(most, self.pixels):
            raise unreadable(f"{width} x {height} pixels" + (" after many others" if count <= most else ""))
        self.pixels -= count


def codes_in(data: bytes, budget: Budget) -> list[bytes]:
    """The texts of the QR codes in an image, each once; of an animation those in its first frames.

    Error: ``qr_image_unreadable``.
    """
    if len(data) > MOST_BYTES:
        raise unreadable(f"{len(data)} bytes")
    found: dict[bytes, None] = {}
    try:
        # Pillow writes warnings to standard error, where they would not say which image they are about.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for frame in _frames(data, budget):
                found.update(dict.fromkeys(_read(frame)))
    except ZorgidError:
        raise
    except Exception as error:
        # On damaged images Pillow's decoders raise more than ten kinds of errors.
        raise unreadable(in_words(error)) from error
    return list(found)


def _frames(data: bytes, budget: Budget) -> Iterator[Any]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        for number in range(MOST_FRAMES):
            try:
                if number:
                    image.seek(number)
                # The header gives the size before anything is unpacked, so a decompression bomb is never unpacked.
                budget.take(*image.size, _MOST_PIXELS_OF.get(image.format or "", MOST_PIXELS))
                if min(image.size) >= _LEAST_SIDE:
                    image.load()
                    yield from _painted(image)
            except (EOFError, OSError, SyntaxError, ValueError, ZorgidError):
                # Errors after a valid first frame are ignored: later frames of an animation contain no code.
                if not number:
                    raise
                return


def _painted(image: Any) -> Iterator[Any]:
    """The image in 8-bit grey; a transparent one on white and on black, as light and dark screens show it."""
    if image.mode.startswith(("I", "F")):
        yield _eight_bits(image)
    elif image.has_transparency_data:
        whole = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
        alpha, grey = whole.getchannel("A"), whole.convert("L")
        for background in (255, 0):
            paper = Image.new("L", grey.size, background)
            paper.paste(grey, mask=alpha)
            yield paper
    else:
        yield image.getchannel(0) if image.mode == "LAB" else image.convert("L")


def _eight_bits(image: Any) -> Any:
    """Scales 16 and 32 bits to 8, because Pillow itself would make every value above 255 white."""
    wide = image if image.mode in ("I", "F") else image.convert("I")
    low, high = wide.getextrema()
    scale = 255 / ((high - low) or 1)
    return wide.point(lambda value: value * scale + -low * scale).convert("L")


def _read(grey: Any) -> list[bytes]:
    # Most codes are found without this; faint ones are not.
    return _scan(grey) or _scan(ImageOps.autocontrast(grey))


def _scan(grey: Any) -> list[bytes]:
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [bytes(code.bytes) for code in zxingcpp.read_barcodes(grey, formats=kinds) if code.valid and code.bytes]


def unreadable(found: str) -> ZorgidError:
    return ZorgidError(
        "qr_image_unreadable",
        "The image with the QR code cannot be read",
        expected=f"{', '.join(FORMATS)} of at most {MOST_PIXELS // 10**6} million pixels (WebP 8) and"
        f" {MOST_BYTES // 10**6} MB",
        found=printable(found),
        action=(
            "open it, save it as PNG (a screenshot is enough) and use that file, or ask VZVZ for a new activation mail"
        ),
    )
