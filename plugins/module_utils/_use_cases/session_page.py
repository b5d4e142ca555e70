# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list after a session, for the person in whose name the changes were made: a page in Dutch with every result."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

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
_MOMENT = "%d-%m-%Y %H:%M"
_DONE = "gedaan, en daarna gezien in het portaal"
OUTCOMES = {
    model.FAILED: "niet gelukt",
    model.UNPROVEN: "niet zeker: kijk in het portaal voordat u iets doet",
    model.ACCEPTED: "aangenomen door het portaal, nog niet te zien",
    model.TODO: "niet gedaan in deze sessie",
    model.UNCHANGED: "was al zo",
}


class Row(NamedTuple):
    """A line of the list. number: the account. open: a person has to look at it."""

    what: str
    name: str
    number: str
    outcome: str
    open: bool


def page(items: Sequence[Item], *, ura: str, person: str, at: datetime.datetime, head: Letterhead) -> bytes:
    return render_page(
        __package__,
        "session.html.j2",
        rows=_rows(items),
        ura=ura,
        person=person,
        at=at.strftime(_MOMENT),
        head=head,
    )


def text(items: Sequence[Item], *, ura: str, person: str, at: datetime.datetime, head: Letterhead) -> str:
    """The same list for a mail program that shows no HTML."""
    organisation = f"{head.organisation}, " if head.organisation else ""
    wrong = f"Bel of mail {head.contact}" if head.contact else "Meld dat dan bij uw beheerorganisatie"
    lines = [
        "In uw naam gedaan in het ZORG-ID-portaal",
        "",
        f"{organisation}URA {ura}, op {at.strftime(_MOMENT)}, met de inlog van de persoon met nummer {person}.",
        f"Controleer deze lijst. Klopt er iets niet? {wrong}.",
        "",
    ]
    for place, row in enumerate(_rows(items), 1):
        lines += [f"{place}. {row.what}: {row.name} ({row.number})", f"   {'! ' * row.open}{row.outcome}"]
    lines += ["", "In deze mail staat geen code en geen link. Scan nooit een code die u per mail krijgt."]
    return "\n".join(lines) + "\n"


def _rows(items: Sequence[Item]) -> list[Row]:
    return [
        Row(
            ", ".join(KINDS[kind] for kind in item.kinds) or _nothing(item),
            item.name,
            item.shown,
            _outcome(item),
            item.result is not None and item.result.status in (model.FAILED, model.UNPROVEN, model.ACCEPTED),
        )
        for item in items
    ]


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
