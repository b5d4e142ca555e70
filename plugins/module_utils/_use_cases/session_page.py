# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list after a session, for the person in whose name the changes were made: a page in Dutch with every result."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from .._browser.names import ChangeKind
from .._common.html_page import render_page
from .._common.letterhead import Letterhead
from .._portal import model
from .session_items import Item

KINDS: dict[ChangeKind, str] = {
    "register": "Registreren",
    "update": "Gegevens wijzigen",
    "appoint": "Aanwijzen als beheerder of administrator",
    "role": "Rol wijzigen",
    "unlink": "Ontkoppelen",
    "block": "Telefoon blokkeren",
    "unblock": "Telefoon deblokkeren",
    "revoke": "Telefoon intrekken",
    "invite": "Opnieuw uitnodigen",
}
_DONE = "gedaan, en daarna gezien in het portaal"
OUTCOMES = {
    model.FAILED: "niet gelukt",
    model.UNPROVEN: "niet zeker: kijk in het portaal voordat u iets doet",
    model.ACCEPTED: "aangenomen door het portaal, nog niet te zien",
    model.TODO: "niet gedaan in deze sessie",
    model.UNCHANGED: "was al zo",
}


def page(items: Sequence[Item], *, ura: str, person: str, at: datetime.datetime, head: Letterhead) -> bytes:
    rows = [
        {
            "what": ", ".join(KINDS[kind] for kind in item.kinds) or _nothing(item),
            "name": item.name,
            "number": item.shown,
            "outcome": _outcome(item),
            "open": item.result is not None and item.result.status in (model.FAILED, model.UNPROVEN, model.ACCEPTED),
        }
        for item in items
    ]
    return render_page(
        __package__,
        "session.html.j2",
        rows=rows,
        ura=ura,
        person=person,
        at=at.strftime("%d-%m-%Y %H:%M"),
        head=head,
    )


def _nothing(item: Item) -> str:
    unproven = item.result is not None and item.result.status == model.UNPROVEN
    return "Eerdere wijziging" if unproven else "Niets: er klopt iets niet in de lijst"


def _outcome(item: Item) -> str:
    if item.result is None:
        return "was niet meer nodig"
    if item.by_hand and item.result.status == model.TODO:
        # Perhaps not that of the person who reads this: what another operator checked is on the list of that operator.
        return "niet gedaan: staat op een werklijst van uw organisatie"
    return OUTCOMES.get(item.result.status, _DONE)
