# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code: find it in a mail or an image, read it, and draw it again. Its payload is a secret for one
use."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._mail.pictures import (
    PACKED,
    PDF,
    REMOTE,
    SVG,
    TOO_MANY,
    MailPictures,
    hides,
)
from .._net.url_policy import belongs_to_vzvz, check_url
from .pictures import Budget, codes_in

with needs("pillow>=10.1"):
    from PIL import Image, PngImagePlugin
with needs("qrcode>=8"):
    import qrcode
    import qrcode.image.svg

#: Most characters; a QR code with error correction M has room for more.
MOST_PAYLOAD = 2000
_SOURCE = "zorgid-source"
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
# Phones open texts that begin like this as pages, although they have no scheme.
_PAGE = re.compile(r"\s*(//|(https?:)|www\.|[a-z0-9-]+(\.[a-z0-9-]+)+[/?#])", re.IGNORECASE)
# In this order: the most probable place of the code first.
_OBSTACLES = {
    PDF: ("qr_pdf", "PDF files are not supported"),
    PACKED: ("qr_packed", "winmail.dat, Outlook files, archives and encrypted mails are not unpacked"),
    SVG: ("qr_svg", "SVG images are not supported"),
    REMOTE: ("qr_remote_image", "images on a web server are not fetched"),
}


def decode_image(data: bytes, allowed_hosts: Iterable[str] = ()) -> str:
    """The text of the one activation code in an image; other codes are ignored, see ``check_payload``.

    Errors: ``qr_image_unreadable, qr_pdf, qr_svg, qr_packed, qr_missing, qr_ambiguous`` and those of check_payload.
    """
    obstacle = hides(data)
    if obstacle is not None:
        raise _hidden([obstacle])
    return _one(codes_in(data, Budget()), allowed_hosts)


def decode_mail(raw: bytes, allowed_hosts: Iterable[str] = ()) -> str:
    """The text of the one activation code in a mail: inline, attached, in the HTML, or in a forwarded mail inside it.

    Errors: ``qr_remote_image`` and those of decode_image; an image that cannot be read does not stop the search in
    others.
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
    unread = [f"images that cannot be read: {broken}"] if broken else []
    unread += ["an image on a web server, which is not fetched"] if REMOTE in pictures.obstacles else []
    unread += ["more images than the maximum"] if TOO_MANY in pictures.obstacles else []
    return _one(found, allowed_hosts, beside="; ".join(unread))


def check_payload(payload: str, allowed_hosts: Iterable[str]) -> None:
    """Checks the text of an activation code: something for the ZORG-ID app, or an https page of VZVZ or an allowed
    host.

    Printable ASCII of at most 2,000 characters, so that the code that is drawn again has exactly the same bytes.
    Errors: ``qr_payload_refused, qr_host_not_allowed``.
    """
    if not payload or len(payload) > MOST_PAYLOAD or not re.fullmatch(r"[ -~]*", payload):
        raise _refused(f"{len(payload)} characters, or characters outside printable ASCII")
    if _PAGE.match(payload):
        if not belongs_to_vzvz(check_url(payload, None, code="qr_host_not_allowed")):
            check_url(payload, allowed_hosts, code="qr_host_not_allowed")
    elif (scheme := _scheme(payload)) and not _is_apps(scheme):
        raise _refused(f"a code for `{printable(scheme, 20)}:`")


def _scheme(payload: str) -> str:
    found = _SCHEME.match(payload)
    return found.group(1).lower() if found else ""


def _is_apps(scheme: str) -> bool:
    """Whether the scheme is the app's. VZVZ publishes none; an app's own scheme is named after the app (``zorgid``,
    ``zorg-id``, ``nl.vzvz.zorgid``)."""
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
    # The mail may contain a link to a page of VZVZ besides the code that the app scans.
    for_the_app = [payload for payload in good if not _PAGE.match(payload)]
    candidates = for_the_app or good
    if len(candidates) == 1:
        return candidates[0]
    if refused and not candidates:
        raise refused[0]
    raise ZorgidError(
        "qr_ambiguous" if candidates else "qr_missing",
        "There is not exactly one readable QR code",
        expected="one QR code",
        found=(str(len(candidates)) if candidates else "none") + (f"; {beside}" if beside else ""),
        action=("ask VZVZ for a new activation mail, or save the image with the code and set image_path to it"),
    )


def _refused(found: str) -> ZorgidError:
    return ZorgidError(
        "qr_payload_refused",
        "The QR code is not for the ZORG-ID app",
        expected="a code with a ZORG-ID scheme, or an https address of VZVZ",
        found=found,
        action=(
            "read the mail yourself; if VZVZ did send this code, hand it over by hand, and report it to the maintainers"
        ),
    )


def _hidden(obstacles: list[str]) -> ZorgidError:
    code, reason = _OBSTACLES[obstacles[0]]
    return ZorgidError(
        code,
        f"No QR code was found, but {reason}",
        expected="an image (PNG, JPEG, …) in the mail or at image_path",
        found=", ".join(obstacles),
        action=(
            "open it yourself, save the image with the code as PNG (a screenshot is enough), and set image_path to it"
        ),
    )


def _code(payload: str) -> Any:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(payload)
    code.make(fit=True)
    return code


def render_png(payload: str, source: str = "") -> bytes:
    """The code as PNG; ``source`` (a digest, nothing personal) is stored in it as text, see ``source_of``."""
    about = PngImagePlugin.PngInfo()
    about.add_text(_SOURCE, source)
    out = io.BytesIO()
    _code(payload).make_image().save(out, format="PNG", pnginfo=about)
    return out.getvalue()


def source_of(png: bytes) -> str | None:
    """The ``source`` that ``render_png`` was given; None if the image is not one of ours."""
    try:
        # The text comes before the pixels, so they are not unpacked.
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            return getattr(image, "text", {}).get(_SOURCE)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def render_svg(payload: str) -> bytes:
    """The code as SVG."""
    out = io.BytesIO()
    _code(payload).make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    return out.getvalue()
