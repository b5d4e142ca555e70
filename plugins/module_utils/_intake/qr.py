# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code: found in a mail or an image, read, and shown again. Its payload is a secret for one use."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .hosts import belongs_to_vzvz, check_url
from .mail_pictures import PACKED, PDF, REMOTE, SVG, TOO_MANY, MailPictures, hides
from .pictures import Budget, codes_in

with needs("pillow>=10.1"):
    from PIL import Image, PngImagePlugin
with needs("qrcode>=8"):
    import qrcode
    import qrcode.image.svg

#: What a QR code with error correction M holds with room to spare.
MOST_PAYLOAD = 2000
_SOURCE = "zorgid-source"
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
# Phones open these as pages, although no scheme says so.
_PAGE = re.compile(r"\s*(//|(https?:)|www\.|[a-z0-9-]+(\.[a-z0-9-]+)+[/?#])", re.IGNORECASE)
# In this order: what most probably holds the code comes first.
_OBSTACLES = {
    PDF: ("qr_pdf", "a PDF is not read"),
    PACKED: ("qr_packed", "a winmail.dat, an Outlook file, an archive or an encrypted mail is not unpacked"),
    SVG: ("qr_svg", "a drawing (SVG) is not read"),
    REMOTE: ("qr_remote_image", "pictures that stand on the web instead of in the mail are not fetched"),
}


def decode_image(data: bytes, allowed_hosts: Iterable[str] = ()) -> str:
    """What the one activation code in a picture says; other codes beside it do not count, see ``check_payload``.

    Errors: ``qr_image_unreadable, qr_pdf, qr_svg, qr_packed, qr_missing, qr_ambiguous`` and those of check_payload.
    """
    obstacle = hides(data)
    if obstacle is not None:
        raise _hidden([obstacle])
    return _one(codes_in(data, Budget()), allowed_hosts)


def decode_mail(raw: bytes, allowed_hosts: Iterable[str] = ()) -> str:
    """What the one activation code in a mail says: inline, attached, in the HTML, in a mail that is forwarded in it.

    Errors: ``qr_remote_image`` and those of decode_image; a picture that cannot be read hides no other.
    """
    found: dict[bytes, None] = {}
    pictures, budget, broken = MailPictures(raw), Budget(), 0
    for picture in pictures:
        try:
            found.update(dict.fromkeys(codes_in(picture, budget)))
        except ZorgidError:
            broken += 1
    obstacles = [one for one in _OBSTACLES if one in pictures.obstacles and not (one == REMOTE and broken)]
    if obstacles and not found:
        raise _hidden(obstacles)
    unread = [f"pictures that cannot be read: {broken}"] if broken else []
    unread += ["a picture that stands on the web is not fetched"] if REMOTE in pictures.obstacles else []
    unread += ["more pictures than are looked at"] if TOO_MANY in pictures.obstacles else []
    return _one(found, allowed_hosts, beside="; ".join(unread))


def check_payload(payload: str, allowed_hosts: Iterable[str]) -> None:
    """What an activation code may say: something for the ZORG-ID app, or an https page of VZVZ or an allowed host.

    Printable ASCII of at most 2,000 characters, so that the code that is drawn again says the same to the byte.
    Errors: ``qr_payload_refused, qr_host_not_allowed``.
    """
    if not payload or len(payload) > MOST_PAYLOAD or not re.fullmatch(r"[ -~]*", payload):
        raise _refused(f"{len(payload)} characters, or some that are no printable ASCII")
    if _PAGE.match(payload):
        if not belongs_to_vzvz(check_url(payload, None, code="qr_host_not_allowed")):
            check_url(payload, allowed_hosts, code="qr_host_not_allowed")
    elif (scheme := _scheme(payload)) and not _is_apps(scheme):
        raise _refused(f"a code for `{printable(scheme, 20)}:`")


def _scheme(payload: str) -> str:
    found = _SCHEME.match(payload)
    return found.group(1).lower() if found else ""


def _is_apps(scheme: str) -> bool:
    """VZVZ publishes no scheme; an app's own is named after it (``zorgid``, ``zorg-id``, ``nl.vzvz.zorgid``)."""
    return "zorgid" in re.sub(r"[.-]", "", scheme) or "vzvz" in scheme.split(".")


def _one(codes: Iterable[bytes], allowed_hosts: Iterable[str], beside: str = "") -> str:
    hosts, good, refused = list(allowed_hosts), [], []
    for code in codes:
        payload = code.decode("latin-1")
        try:
            check_payload(payload, hosts)
            good.append(payload)
        except ZorgidError as error:
            refused.append(error)
    # A link to a page of VZVZ may stand beside the code that the app scans.
    for_the_app = [payload for payload in good if not _PAGE.match(payload)]
    candidates = for_the_app or good
    if len(candidates) == 1:
        return candidates[0]
    if refused and not candidates:
        raise refused[0]
    raise ZorgidError(
        "qr_ambiguous" if candidates else "qr_missing",
        "There is no single QR code to read",
        expected="one QR code",
        found=(str(len(candidates)) if candidates else "none") + (f"; {beside}" if beside else ""),
        action="ask VZVZ for a new activation mail, or save the picture that holds the code and give it as image_path",
    )


def _refused(found: str) -> ZorgidError:
    return ZorgidError(
        "qr_payload_refused",
        "The QR code is not one for the ZORG-ID app",
        expected="a code whose scheme names ZORG-ID, or an https page of VZVZ",
        found=found,
        action="look at the mail yourself; when VZVZ did send this code, hand it over by hand, and tell us",
    )


def _hidden(obstacles: list[str]) -> ZorgidError:
    code, reason = _OBSTACLES[obstacles[0]]
    return ZorgidError(
        code,
        f"No QR code was found, but {reason}",
        expected="a picture (PNG, JPEG, …) in the mail or as image_path",
        found=", ".join(obstacles),
        action="open it yourself, save the picture with the code as PNG (a screenshot will do), give it as image_path",
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
        # The text stands before the picture, which stays packed.
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            return getattr(image, "text", {}).get(_SOURCE)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def render_svg(payload: str) -> bytes:
    """The code as SVG."""
    out = io.BytesIO()
    _code(payload).make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    return out.getvalue()


def render_letter(png: bytes, *, organisation: str, ura: str, recipient: str) -> bytes:
    """A letter (HTML, Dutch) for the portal administrator with the code in it; to be given or printed, not mailed."""
    image = base64.b64encode(png).decode()
    organisation, ura, recipient = (html.escape(printable(text)) for text in (organisation, ura, recipient))
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
