# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviours of the pages on request: what a browser (and a person) meets in a portal that nobody here has seen.

They are ordered and ended like faults (faults.py: `put_fault`, `clear_faults`, or `fault portal LINE` on the command
line) and change what the running portal shows from the next request on. One line each; several lines are in force at
once. A blank inside a value is written `_`. They hold until cleared (no `times`); `path=` is a part of the path of
the pages they are for.

What stands on the pages:

    both_buttons wrong=disabled       Deblokkeren and Blokkeren both stand there, the wrong one disabled;
                                      wrong=enabled: it can be pressed and is refused
    similar_names                     fields and links whose name contains that of another: "Achternaam partner",
                                      "E-mailadres privé" and "Rol in team" (all three without effect), "Inactief"
                                      beside "Actief"
    labels form=star                  how a label is written; several lines add up: star (`Voornaam *`), required
                                      (`Voornaam (verplicht)`), soft (soft hyphens), nbsp (no-break spaces, ` :`),
                                      hyphen (U+2011), and where it stands: wrap (around its control: the default),
                                      for (before it), cell (the table cell before, no label element), placeholder
                                      (text fields: nowhere else)
    dates form=mask                   native (the default); text: dd-mm-jjjj; mask: dd-mm-jjjj by keys only, anything
                                      that is set by a program is undone; boxes: Dag, Maand, Jaar; cut: dd-mm-jj in
                                      eight characters, so that 02-01-1990 becomes 2019-01-02; swapped: 02-01-1990 is
                                      read as 1 February
    new_field label=Kostenplaats      a new required text field of a new user's form
    renamed what=Personeelsnummer to=Medewerkernummer where=list
                                      a column of the list; where=export: of the export; where=form: the label of a
                                      field; where=choice: a choice of a form; where=word: a role or state in the
                                      list, the export and on a user's page
    removed_field field=Rolcode       a field is not there any more
    removed_button button=Blokkeren   a button is not there any more

What happens on a click:

    confirm way=native                before blocking, revoking or unlinking: confirm() of the browser; dialog: a
                                      dialog "Weet u het zeker?" with Ja and Nee; page: a page that asks so, reached
                                      by GET; page_posted: the same page as the answer to a POST that changes nothing
    message_vanishes ms=2000          the message of success or refusal goes away; a refusal has no page of its own
    frame                             the form of a new user lies in an iframe; its answer, too
    new_tab                           the form of a new user opens in another tab
    ask_same_person                   a new user whose name and date of birth the portal knows from another
                                      organisation is not linked silently: a page "Bestaat al" asks "Is dit dezelfde
                                      persoon?"

Lists:

    list_pages size=25 lost=0 short=0 pages with "1–25 van 1000" and "Volgende"; lost=2: page 2 is left out;
                                      short=2: page 2 lacks its last row
    export_old                        the export shows everybody as at the moment of this order
    export_prepared ms=1000           the export is prepared first: its link leads to a page with a link "Download
                                      bestand"
    export_form dates=yyyy-mm-dd encoding=utf-8-sig separator=;
                                      or dates=dd-mm-jjjj, encoding=windows-1252, …

Logging in:

    qr_renews seconds=3               another QR code every few seconds; an earlier one does not work any more
    login_elsewhere host=localhost    the login page stands at another origin (host, and a port of its own), then back
    session_warning after=0           a dialog "Uw sessie verloopt" comes over every page, until it is answered
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LABELS = ("star", "required", "soft", "nbsp", "hyphen", "wrap", "for", "cell", "placeholder")
KINDS: Mapping[str, Mapping[str, int | str]] = {
    "both_buttons": {"wrong": "disabled"},
    "similar_names": {},
    "labels": {"form": "star"},
    "dates": {"form": "mask"},
    "new_field": {"label": "Kostenplaats"},
    "renamed": {"what": "Personeelsnummer", "to": "Medewerkernummer", "where": "list"},
    "removed_field": {"field": "Rolcode"},
    "removed_button": {"button": "Blokkeren"},
    "confirm": {"way": "native"},
    "message_vanishes": {"ms": 2000},
    "frame": {},
    "new_tab": {},
    "ask_same_person": {},
    "list_pages": {"size": 25, "lost": 0, "short": 0},
    "export_old": {},
    "export_prepared": {"ms": 1000},
    "export_form": {"dates": "yyyy-mm-dd", "encoding": "utf-8-sig", "separator": ";"},
    "qr_renews": {"seconds": 3},
    "login_elsewhere": {"host": "localhost"},
    "session_warning": {"after": 0},
}
#: (kind, option): the words it takes; any other word option takes every text
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("both_buttons", "wrong"): ("disabled", "enabled"),
    ("labels", "form"): LABELS,
    ("dates", "form"): ("native", "text", "mask", "boxes", "cut", "swapped"),
    ("renamed", "where"): ("list", "export", "form", "choice", "word"),
    ("confirm", "way"): ("native", "dialog", "page", "page_posted"),
    ("export_form", "dates"): ("yyyy-mm-dd", "dd-mm-jjjj"),
    ("export_form", "encoding"): ("utf-8-sig", "utf-8", "windows-1252", "utf-16"),
    ("export_form", "separator"): (";", ","),
    ("login_elsewhere", "host"): ("localhost", "127.0.0.1"),
}


class Orders:
    """The behaviours in force for one request."""

    def __init__(self, orders: Iterable[dict[str, Any]] = ()) -> None:
        self._all = list(orders)

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [order for order in self._all if order["kind"] == kind]

    def get(self, kind: str) -> dict[str, Any] | None:
        """The behaviour of this kind that was ordered last."""
        found = self.all(kind)
        return found[-1] if found else None

    def renamed(self, where: str, word: str) -> str:
        """The name that something has today: of a column, a field, a choice or a state."""
        for order in self.all("renamed"):
            if (order["where"], order["what"]) == (where, word):
                return str(order["to"])
        return word

    def removed(self, what: str, name: str) -> bool:
        """what: button or field."""
        return any(order[what] == name for order in self.all(f"removed_{what}"))


AS_EVER = Orders()
