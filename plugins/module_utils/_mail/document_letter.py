# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subject and text of the mail with the organisation document attached, in Dutch and English."""

from __future__ import annotations

from collections.abc import Mapping

from .._common.text import printable

_TEXTS: dict[str, tuple[str, str]] = {
    "nl": (
        "Organisatiedocument ZORG-ID Smart, URA {ura}",
        """Geachte heer, mevrouw,

In de bijlage vindt u het ondertekende organisatiedocument voor ZORG-ID Smart van:

Zorgaanbieder: {name}
URA-nummer: {ura}
Omgeving: {environment}
SHA-256 van de bijlage: {sha256}

Het document is ondertekend met het UZI-servercertificaat van de zorgaanbieder.

Met vriendelijke groet,

{provider}
""",
    ),
    "en": (
        "ZORG-ID Smart organisation document, URA {ura}",
        """Dear Sir or Madam,

Please find attached the signed ZORG-ID Smart organisation document of:

Care provider: {name}
URA number: {ura}
Environment: {environment}
SHA-256 of the attachment: {sha256}

The document has been signed with the care provider's UZI server certificate.

Kind regards,

{provider}
""",
    ),
}
_ENVIRONMENTS = {
    "nl": {"production": "productie", "acceptance": "acceptatie", "test": "test", "own": "eigen test"},
    "en": {"production": "production", "acceptance": "acceptance", "test": "test", "own": "own test"},
}


def document_mail(language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text. ``values``: name, ura, environment, sha256, provider."""
    subject, text = _TEXTS[language]
    # One line each: a value must not look like a part of the letter.
    shown = {
        **{name: printable(value, 500) for name, value in values.items()},
        "environment": _ENVIRONMENTS[language][values["environment"]],
    }
    return subject.format(**shown), text.format(**shown)
