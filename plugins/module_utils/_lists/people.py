# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns contracts into people: which entries are one person, the person's present number, and whether they work
today."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from .row_reader import ListEntry
from .understood import ListedAccount, Waiting, Wrong

_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_ONE_HUMAN = (
    "if it is one person, give person in the mapping the column that shows it (or correct the number in the HR "
    "system); if they are two, correct the name or the date of birth"
)
_TWO_HUMANS = (
    "if the number is unique only within a company, select the company with where or join both columns in key; "
    "otherwise correct the number, the name or the date of birth in the HR system: a number is never given to others"
)
_GIVE_PERSON = (
    "give person in the mapping a column that differs for every person, or correct these rows in the HR system"
)
_KEEP_ONE = "correct the number in the HR system, or keep one of the two rows"
#: fields that an older contract may fill in; not the mail address, which may belong to another person now
_FILLED = ("date_of_birth", "uzi_number", "role_code", "agb_code")


class People:
    """accounts and waiting are empty if rows contradict each other (see wrong)."""

    def __init__(
        self, entries: Iterable[ListEntry], today: date, place: Callable[[str], str], *, separated: bool
    ) -> None:
        """place: the name of a field's column for messages. separated: whether the mapping has ``person``."""
        self._today = today.isoformat()
        self._place, self._separated = place, separated
        self.wrong: list[Wrong] = []
        self.accounts: list[ListedAccount] = []
        self.waiting: list[Waiting] = []
        self.never_begun = 0
        self.mailboxes: list[tuple[int, ...]] = []
        groups = self._groups(list(entries))
        if not self.wrong:
            for group in groups:
                self._person(group)
            self._share_mailboxes()

    # who is who -------------------------------------------------------------------------------------------------------

    def _groups(self, entries: Sequence[ListEntry]) -> list[list[ListEntry]]:
        by_key: dict[str, list[ListEntry]] = {}
        for entry in entries:
            by_key.setdefault(entry.key, []).append(entry)
        for rows in by_key.values():
            for entry in rows[1:]:
                self._same_human(rows[0], entry)
        self._zeros(by_key)
        groups: dict[object, list[ListEntry]] = {}
        for key, rows in by_key.items():
            persons = {entry.person for entry in rows if entry.person is not None}
            groups.setdefault(persons.pop() if persons else ("", key, ""), []).extend(rows)
        found = [sorted(rows, key=lambda entry: entry.row) for rows in groups.values()]
        for rows in found:
            self._merged(rows)
        self._suspects(found)
        self._uzi(found)
        return sorted(found, key=lambda rows: rows[0].row)

    def _same_human(self, first: ListEntry, other: ListEntry) -> None:
        differs = [
            name
            for name, one, two in zip(
                ("first_name", "last_name", "date_of_birth"), _identity(first), _identity(other), strict=True
            )
            if one and two and one != two
        ]
        if first.person and other.person and first.person != other.person and not differs:
            differs = ["person"]
        if differs:
            what = f"the same number as in row {first.row}, and another {' and '.join(differs)}"
            self.wrong.append(Wrong(other.row, self._place("key"), what, _TWO_HUMANS))

    def _merged(self, rows: Sequence[ListEntry]) -> None:
        """Check the numbers that ``person`` joins: one person has one date of birth, and does not change both names."""
        known: ListEntry | None = None
        for entry in rows:
            if known is not None and entry.key != known.key:
                first, last, born = (
                    bool(one and two and one != two)
                    for one, two in zip(_identity(known), _identity(entry), strict=True)
                )
                if born or (first and last):
                    what = f"the same person as in row {known.row}, and another "
                    what += "date_of_birth" if born else "first_name and last_name"
                    self.wrong.append(Wrong(entry.row, self._place("key"), what, _GIVE_PERSON))
            if known is None or (not _identity(known)[2] and _identity(entry)[2]):
                known = entry

    def _zeros(self, by_key: dict[str, list[ListEntry]]) -> None:
        seen: dict[str, list[ListEntry]] = {}
        for key, rows in by_key.items():
            first = seen.setdefault(_ZEROS.sub("", key), rows)
            if first is not rows:
                what = f"the same number as in row {first[0].row}, except for leading zeros"
                self.wrong.append(Wrong(rows[0].row, self._place("key"), what, _KEEP_ONE))

    def _suspects(self, groups: Sequence[Sequence[ListEntry]]) -> None:
        """Report two numbers that may be one person: same name, and same date of birth or no data that separates
        them."""
        seen: dict[tuple[str, str], list[tuple[str, ListEntry]]] = {}
        for rows in groups:
            first, last, born = _identity(rows[0])
            born = born or next((born for entry in rows if (born := _identity(entry)[2])), "")
            mail = next((mail.casefold() for entry in rows if (mail := entry.fields.get("email", ""))), "")
            has_person = self._separated and rows[0].person is not None
            for other_born, other in seen.get((first, last), ()):
                if born and other_born:
                    # Both have more values of ``person`` than these: then the mapping separates them on purpose.
                    same = born == other_born and not (has_person and other.person is not None)
                elif self._separated:
                    same = not has_person or other.person is None
                else:
                    same = bool(mail) and mail == other.fields.get("email", "").casefold()
                if same:
                    what = f"perhaps the person of row {other.row}: the same name"
                    what += " and date of birth" if born and other_born else ""
                    what += ", under another number"
                    self.wrong.append(Wrong(rows[0].row, self._place("key"), what, _ONE_HUMAN))
                    break
            seen.setdefault((first, last), []).append((born, rows[0]))

    def _uzi(self, groups: Sequence[Sequence[ListEntry]]) -> None:
        seen: dict[str, tuple[int, ListEntry]] = {}
        for place, rows in enumerate(groups):
            for entry in rows:
                if not entry.uzi:
                    continue
                owner, first = seen.setdefault(entry.uzi.zfill(9), (place, entry))
                if owner != place:
                    zeros = "" if first.uzi == entry.uzi else ", except for leading zeros"
                    what = f"the same UZI number as in row {first.row}{zeros}"
                    self.wrong.append(Wrong(entry.row, self._place("uzi_number"), what, _KEEP_ONE))

    # one person -------------------------------------------------------------------------------------------------------

    def _person(self, rows: Sequence[ListEntry]) -> None:
        begun = [entry for entry in rows if not (entry.start and entry.end and entry.end < entry.start)]
        self.never_begun += len(rows) - len(begun)
        today = self._today
        coming = [entry for entry in begun if entry.start > today]
        past = [entry for entry in begun if entry.start <= today]
        running = [entry for entry in past if not entry.end or entry.end >= today]
        places = tuple(entry.row for entry in rows)
        starts = min((entry.start for entry in coming), default="")
        if coming and not past:
            first = min(coming, key=lambda entry: entry.start)
            self.waiting.append(Waiting(first.key, first.start, places))
            return
        if running:
            # The contract that began first: otherwise a second contract would change the number, and later change it
            # back.
            inuse = [entry for entry in running if entry.enabled] or running
            chosen = min(inuse, key=lambda entry: (entry.start, entry.row))
        else:
            chosen = max(past or list(rows), key=lambda entry: (entry.end, entry.start, entry.row))
        present = bool(running) and chosen.enabled
        others = sorted(past or rows, key=lambda entry: (entry.end or "9999", entry.start, entry.row), reverse=True)
        fields = self._fields(chosen, running, others)
        state = fields.get("state", "present").casefold()
        fields["state"] = state if present else "absent"
        former = dict.fromkeys(entry.key for entry in others if entry.key != chosen.key)
        ends = max((entry.end for entry in running), default="") if all(entry.end for entry in running) else ""
        self.accounts.append(
            ListedAccount(
                fields,
                places,
                tuple(former),
                "" if running else starts,
                ends,
                private_mail=chosen.private and "email" in fields,
                name_use=chosen.name_use,
            )
        )

    def _fields(self, chosen: ListEntry, running: Sequence[ListEntry], others: Sequence[ListEntry]) -> dict[str, str]:
        fields = {"external_id": chosen.key, **chosen.fields}
        for name in _FILLED:
            if name not in fields:
                value = next((value for entry in others if (value := entry.fields.get(name))), None)
                if value:
                    fields[name] = value
        if "email" not in fields:
            mail = next(
                (entry.fields["email"] for entry in running if "email" in entry.fields and not entry.private), ""
            )
            if mail:
                fields["email"] = mail
        return fields

    def _share_mailboxes(self) -> None:
        """Mark the mailboxes of two present people: both can read what is sent there."""
        owners: dict[str, list[int]] = {}
        for place, account in enumerate(self.accounts):
            mail = account.fields.get("email")
            if mail and account.fields["state"] != "absent":
                owners.setdefault(mail.casefold(), []).append(place)
        for places in owners.values():
            if len(places) > 1:
                self.mailboxes.append(tuple(self.accounts[place].rows[0] for place in places))
                for place in places:
                    one = self.accounts[place]
                    self.accounts[place] = ListedAccount(
                        one.fields,
                        one.rows,
                        one.former_ids,
                        one.starts_on,
                        one.ends_on,
                        True,
                        one.private_mail,
                        one.name_use,
                    )


def _identity(entry: ListEntry) -> tuple[str, str, str]:
    fields = entry.fields
    last = f"{fields.get('prefix', '')} {fields.get('last_name', '')}" if fields.get("last_name") else ""
    return _folded(fields.get("first_name", "")), _folded(last), fields.get("date_of_birth", "")


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split()).casefold()
