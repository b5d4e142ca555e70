# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code: found in a mail or an image, read, and shown again. Its payload is a secret for one use."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Iterator
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .answers import parse
from .hosts import belongs_to_vzvz, check_url

with needs("pillow>=10"):
    from PIL import Image, PngImagePlugin
with needs("zxing-cpp>=2.2"):
    import zxingcpp
with needs("qrcode>=8"):
    import qrcode
    import qrcode.image.svg
with needs("pypdfium2>=4.30"):
    import pypdfium2

MOST_PIXELS = 25_000_000
MOST_BYTES = 10_000_000
MOST_PDF_PAGES = 5
_SOURCE = "zorgid-source"


def decode_image(data: bytes) -> str:
    """The text of the one QR code in an image (PNG, JPEG, …) or PDF.

    Errors: ``qr_image_unreadable, qr_missing, qr_ambiguous``.
    """
    return _one(_codes(data))


def decode_mail(raw: bytes) -> str:
    """The text of the one QR code in a mail: inline image, attached image or PDF. Errors as decode_image."""
    mail = parse(raw)
    found: list[str] = []
    for part in mail.walk() if mail else ():
        kind = part.get_content_type()
        if part.is_multipart() or not (
            kind.startswith("image/") or kind in ("application/pdf", "application/octet-stream")
        ):
            continue
        try:
            found += _codes(content if isinstance(content := part.get_payload(decode=True), bytes) else b"")
        except ZorgidError:
            # A logo that cannot be read hides no code; when none is found, that is what is told.
            continue
    return _one(found)


def check_payload(payload: str, allowed_hosts: Iterable[str]) -> None:
    """A code that opens a web page must lead to VZVZ or an allowed host (``qr_host_not_allowed``)."""
    opens_page = payload.lower().lstrip().startswith(("http:", "https:", "//"))
    if opens_page and not belongs_to_vzvz(check_url(payload, None, code="qr_host_not_allowed")):
        check_url(payload, allowed_hosts, code="qr_host_not_allowed")


def _one(codes: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(codes))
    if len(distinct) != 1:
        raise ZorgidError(
            "qr_ambiguous" if distinct else "qr_missing",
            "There is no single QR code to read",
            expected="one QR code",
            found=str(len(distinct)) if distinct else "none",
            action="ask VZVZ for a new activation mail, or give the image that holds the code",
        )
    return distinct[0]


def _codes(data: bytes) -> list[str]:
    if len(data) > MOST_BYTES:
        raise _unreadable(f"{len(data)} bytes")
    return [
        code.text
        for image in _images(data)
        for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        if code.valid and code.text
    ]


def _images(data: bytes) -> Iterator[Any]:
    if data[:1024].lstrip().startswith(b"%PDF"):
        yield from _pdf_pages(data)
        return
    try:
        with Image.open(io.BytesIO(data)) as image:
            # The header tells the size before anything is unpacked: a bomb stays packed.
            if image.width * image.height > MOST_PIXELS:
                raise _unreadable(f"{image.width} x {image.height} pixels")
            yield image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(type(error).__name__) from error


def _pdf_pages(data: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unreadable("a broken PDF") from error
    try:
        for index in range(min(len(document), MOST_PDF_PAGES)):
            page = document[index]
            width, height = page.get_size()
            # 216 dots per inch, less on a page that is far larger than paper.
            scale = min(3.0, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
            yield page.render(scale=scale).to_pil()
            page.close()
    finally:
        document.close()


def _unreadable(found: str) -> ZorgidError:
    return ZorgidError(
        "qr_image_unreadable",
        "The image with the QR code cannot be read",
        expected=f"PNG, JPEG or PDF, at most {MOST_PIXELS // 10**6} million pixels and {MOST_BYTES // 10**6} MB",
        found=found,
        action="ask VZVZ for a new activation mail, or give another image",
    )


def _code(payload: str) -> Any:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(payload)
    code.make(fit=True)
    return code


def render_png(payload: str, source: str = "") -> bytes:
    """The code as PNG; ``source`` (a digest, nothing personal) is kept in it as text, see ``source_of``."""
    about = PngImagePlugin.PngInfo()
    about.add_text(_SOURCE, source)
    out = io.BytesIO()
    _code(payload).make_image().save(out, format="PNG", pnginfo=about)
    return out.getvalue()


def source_of(png: bytes) -> str | None:
    """What ``render_png`` was told about the source; None when it is not one of ours."""
    try:
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            return getattr(image, "text", {}).get(_SOURCE)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def render_svg(payload: str) -> bytes:
    """The code as SVG."""
    out = io.BytesIO()
    _code(payload).make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    return out.getvalue()


def render_terminal(payload: str) -> str:
    """The code in half blocks, dark on light whatever the terminal's colours are."""
    matrix = _code(payload).get_matrix()
    rows = [*matrix, [False] * len(matrix[0])] if len(matrix) % 2 else matrix
    shapes = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = ["".join(shapes[pair] for pair in zip(rows[i], rows[i + 1], strict=True)) for i in range(0, len(rows), 2)]
    return "\n".join(f"\x1b[30;107m{line}\x1b[0m" for line in lines) + "\n"


def render_letter(png: bytes, *, organisation: str, ura: str, recipient: str) -> bytes:
    """A letter (HTML, Dutch) for the portal administrator with the code in it; to be given or printed, not mailed."""
    image = base64.b64encode(png).decode()
    organisation, ura, recipient = (html.escape(text) for text in (organisation, ura, recipient))
    return _LETTER.format(image=image, organisation=organisation, ura=ura, recipient=recipient).encode()


_LETTER = """<!DOCTYPE html>
<html lang="nl">
<head>
<meta charset="utf-8">
<title>Activatie ZORG-ID, URA {ura}</title>
<style>
body {{ font: 12pt/1.5 sans-serif; max-width: 40em; margin: 2cm auto; padding: 0 1em; color: #111; background: #fff }}
img {{ width: 7cm; height: 7cm; image-rendering: pixelated; display: block; margin: 1.5em 0 }}
li {{ margin: .4em 0 }}
@media print {{ body {{ margin: 0 }} }}
</style>
</head>
<body>
<p>Aan: {recipient}<br>Organisatie: {organisation} (URA {ura})</p>
<h1>Uw activatiecode voor ZORG-ID</h1>
<p>Met deze QR-code activeert u uw ZORG-ID als ZORG-ID Portaal admin.
De code is persoonlijk en werkt één keer.</p>
<img src="data:image/png;base64,{image}" alt="QR-code voor de activatie van ZORG-ID">
<ol>
<li>Installeer op uw smartphone de app <strong>ZORG-ID</strong> (App Store of Google Play).</li>
<li>Open de app en kies een pincode die u met niemand deelt.</li>
<li>Kies <strong>Scan</strong> en daarna <strong>Scan QR</strong>, en richt de camera op de code hierboven.</li>
<li>Open op een tweede apparaat het ZORG-ID Portaal en log in door de QR-code op dat scherm te scannen.</li>
<li>Laat uw technisch beheerder weten dat de activatie is gelukt, en vernietig daarna deze brief.</li>
</ol>
<p>Lukt het niet, of is de code al gebruikt? Vraag dan via uw technisch beheerder een nieuwe code aan bij VZVZ.</p>
</body>
</html>
"""
