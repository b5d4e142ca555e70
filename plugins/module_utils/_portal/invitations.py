# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters in Dutch that invite employees to register themselves, one file each, until their phone is active."""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path

from .._common.files import write_atomic
from .._common.libraries import needs
from .model import Account, Actual, family_name

with needs("qrcode>=8"):
    import qrcode
    import qrcode.image.svg

STORES = (
    ("iPhone of iPad (App Store)", "https://apps.apple.com/nl/app/id1645526564"),
    ("Android (Google Play)", "https://play.google.com/store/apps/details?id=nl.vzvz.zorgid"),
)
_NAME = re.compile(r"[^A-Za-z0-9._-]")


def keep_letters(
    folder: str | Path, ura: str, desired: list[Account], actual: list[Actual], *, check_mode: bool = False
) -> tuple[bool, list[str]]:
    """One letter for each present account with registration ``self`` whose phone is not active yet; letters of people
    who are done (or gone) are removed. Returns whether files changed, and the letters that still count."""
    waiting = {
        item["external_id"] for item in actual if item["device"] in ("none", "invited") and item.get("active", True)
    }
    wanted = {
        _file(folder, ura, account["external_id"]): account
        for account in desired
        if account["registration"] == "self" and account["state"] == "present" and account["external_id"] in waiting
    }
    changed = False
    for path, account in wanted.items():
        content = letter(account, ura)
        if not path.exists() or path.read_bytes() != content:
            changed = True
            if not check_mode:
                write_atomic(path, content)
    for path in sorted(Path(folder).glob(f"{ura}-*.html")) if Path(folder).is_dir() else []:
        if path not in wanted:
            changed = True
            if not check_mode:
                path.unlink()
    return changed, [str(path) for path in wanted]


def _file(folder: str | Path, ura: str, external_id: str) -> Path:
    return Path(folder) / f"{ura}-{_NAME.sub(lambda found: f'%{ord(found[0]):x}', external_id)}.html"


@functools.cache
def _code(address: str) -> str:
    return str(qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage).to_string(encoding="unicode"))


def letter(account: Account, ura: str) -> bytes:
    """The invitation as one HTML page that prints on one sheet."""
    name = html.escape(f"{account['first_name']} {family_name(account)}")
    figures = [f"<figure>{_code(url)}<figcaption>{text}</figcaption></figure>" for text, url in STORES]
    codes = "".join(figures)
    return f"""<!DOCTYPE html>
<html lang="nl"><head><meta charset="utf-8"><title>Uitnodiging ZORG-ID</title>
<style>body {{ font: 12pt/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }}
div {{ display: flex; gap: 3rem }} figure {{ margin: 0; text-align: center }}
svg {{ width: 9rem; height: 9rem }}</style>
</head><body><p>Beste {name},</p>
<p>Met ZORG-ID log je met je eigen telefoon veilig in op het zorgsysteem. Registreer jezelf in deze stappen:</p>
<ol><li>Leg je telefoon (met NFC) en een geldig paspoort, identiteitskaart of rijbewijs klaar.</li>
<li>Scan met de camera de code hieronder die bij je telefoon hoort en installeer de app ZORG-ID.</li>
<li>Open de app en kies een pincode van vijf cijfers. Deel die met niemand.</li>
<li>Kies in de app voor registreren bij een organisatie en vul het URA-nummer <strong>{ura}</strong> in.</li>
<li>Volg de app: zij controleert je identiteitsbewijs met de chip. Daarna is je ZORG-ID actief.</li></ol>
<div>{codes}</div>
<p>Lukt het niet, of heb je geen geschikte telefoon? Ga met deze brief naar de ZORG-ID-beheerder van je organisatie.</p>
</body></html>
""".encode()
