# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters in Dutch that invite employees to register themselves, one file each, until their phone is active."""

from __future__ import annotations

import functools
from pathlib import Path

from .._common.html_page import render_page
from .._common.libraries import needs
from .folder import Folder
from .inviting import letters_of
from .model import Account, Actual, family_name

with needs("qrcode>=8"):
    import qrcode
    import qrcode.image.svg

STORES = (
    ("iPhone of iPad (App Store)", "https://apps.apple.com/nl/app/id1645526564"),
    ("Android (Google Play)", "https://play.google.com/store/apps/details?id=nl.vzvz.zorgid"),
)


def keep_letters(
    folder: str | Path,
    ura: str,
    desired: list[Account],
    actual: list[Actual],
    *,
    organisation: str = "",
    check_mode: bool = False,
) -> tuple[bool, list[str]]:
    """One letter for each account of ``to_invite``; letters of people whose phone is active, or who left, are removed.
    Returns whether files changed, and the present letters."""
    where = Folder(folder, "invitations_unwritable", "invitations_dir")
    letters = {name: letter(account, ura, organisation) for name, account in letters_of(ura, desired, actual).items()}
    changed = where.keep(letters, f"{ura}-*.html", check_mode=check_mode)
    return changed, [where.path(name) for name in letters]


@functools.cache
def _code(address: str) -> str:
    return str(qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage).to_string(encoding="unicode"))


def letter(account: Account, ura: str, organisation: str = "") -> bytes:
    """The invitation as one HTML page that prints on one sheet. ``organisation``: its name, if known."""
    return render_page(
        __package__,
        "invitation.html.j2",
        name=f"{account['first_name']} {family_name(account)}",
        ura=ura,
        organisation=organisation,
        codes=[{"store": store, "svg": _code(url)} for store, url in STORES],
    )


def mail(account: Account, ura: str, number: int, organisation: str = "") -> tuple[str, str]:
    """Subject and text; number: 0 for the invitation, then the reminders. The letter with the codes is attached."""
    subject = "Herinnering: activeer uw ZORG-ID" if number else "Uitnodiging: activeer uw ZORG-ID"
    name = f"{account['first_name']} {family_name(account)}"
    again = "Uw ZORG-ID is nog niet actief. Hieronder staat nog eens wat u moet doen.\n\n" if number else ""
    at = f" van {organisation}" if organisation else ""
    stores = "\n".join(f"   {text}: {url}" for text, url in STORES)
    text = f"""Beste {name},

{again}Met ZORG-ID logt u met uw eigen telefoon veilig in op het zorgsysteem{at}. Registreer uzelf in deze stappen:

1. Leg uw telefoon (met NFC) en een geldig identiteitsbewijs (paspoort, identiteitskaart of rijbewijs) klaar.
2. Installeer de app ZORG-ID:
{stores}
   Leest u dit niet op uw telefoon? Open de bijlage en scan de code met de camera van uw telefoon.
3. Open de app en kies een pincode van vijf cijfers. Deel die met niemand.
4. Kies in de app voor registreren bij een organisatie en vul het URA-nummer {ura} in.
5. Volg de app: die controleert uw identiteitsbewijs met de chip. Daarna is uw ZORG-ID actief.

Lukt het niet, of hebt u geen geschikte telefoon? Ga naar de ZORG-ID-beheerder van uw organisatie.
"""
    return subject, text
