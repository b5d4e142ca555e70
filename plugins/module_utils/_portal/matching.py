# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which member of the organisation an account of the list is: by external id, UZI number, or name and date of birth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

from .model import Account, Actual, family_name, folded, person_key


class Index:
    """Indexes of the organisation's members by each way to recognise them."""

    def __init__(self, actual: Iterable[Actual]) -> None:
        self.external: dict[str, Actual] = {}
        self.doubled: dict[str, list[Actual]] = {}
        self.uzi: dict[str, Actual] = {}
        self.people: dict[tuple[str, str, str], list[Actual]] = {}
        for item in actual:
            key = item["external_id"]
            if key:
                first = self.external.setdefault(key, item)
                if first is not item:
                    self.doubled.setdefault(key, [first]).append(item)
            number = item["attributes"].get("uziNumber")
            if number:
                self.uzi[number] = item
        self._actual = actual
        self._people_known = False
        self._dim: list[Actual] | None = None
        self._near: tuple[dict[tuple[str, str], list[Actual]], dict[str, list[Actual]]] | None = None

    def of(self, external_id: str) -> list[Actual]:
        """All members with this external id."""
        if external_id in self.doubled:
            return self.doubled[external_id]
        return [self.external[external_id]] if external_id in self.external else []

    def same_person(self, account: Account) -> list[Actual]:
        """Members with this name and date of birth; the index is made at its first use (a run without changes does not
        use it)."""
        if not self._people_known:
            self._people_known = True
            for item in self._actual:
                key = person_key(item["first_name"], item["last_name"], item["date_of_birth"])
                if key:
                    self.people.setdefault(key, []).append(item)
        wanted = person_key(account["first_name"], family_name(account), account.get("date_of_birth"))
        return self.people.get(wanted, []) if wanted else []

    def near(self, account: Account, keys: Set[str]) -> list[Actual]:
        """Members without an account in the list that may still be this person: same last name and date of birth, or
        same mail address and something else in common (many people of a practice share one address)."""
        if self._near is None:
            by_birth: dict[tuple[str, str], list[Actual]] = {}
            by_mail: dict[str, list[Actual]] = {}
            for item in self._actual:
                if item["external_id"] in keys or item.get("gone"):
                    continue
                if item["last_name"] and item["date_of_birth"]:
                    by_birth.setdefault((folded(item["last_name"]), item["date_of_birth"]), []).append(item)
                if item["email"]:
                    by_mail.setdefault(item["email"].casefold(), []).append(item)
            self._near = by_birth, by_mail
        by_birth, by_mail = self._near
        found: list[Actual] = []
        born, email = account.get("date_of_birth"), account.get("email")
        if born and by_birth:
            found += by_birth.get((folded(family_name(account)), born), ())
        if email and by_mail:
            found += [item for item in by_mail.get(email.casefold(), ()) if _in_common(account, item)]
        number = account.get("uzi_number")
        # Different UZI numbers are different people.
        return [item for item in found if not (number and item["attributes"].get("uziNumber") not in (None, number))]

    def incomparable(self, account: Account, keys: Set[str], roles: Collection[str]) -> list[Actual]:
        """Members who may be this person for all that the portal shows: it does not show their names or dates of birth,
        and nothing that it does show is another person's. Members with an external id and another role than this
        list's belong to the other list, and are no candidates."""
        if self._dim is None:
            self._dim = [
                item
                for item in self._actual
                if not _WHO.isdisjoint(item.get("unknown", ()))
                and item["external_id"] not in keys
                and not item.get("gone")
            ]
        return [
            item
            for item in self._dim
            if (not item["external_id"] or item["role"] in roles) and not _differs(account, item)
        ]


#: without these nobody is recognised as the same person, nor as another one
_WHO = frozenset({"first_name", "last_name", "date_of_birth"})
_NAMES = frozenset({"first_name", "last_name"})


def _differs(account: Account, item: Actual) -> bool:
    """Whether something that is known of both shows that they are two people."""
    number, shown = account.get("uzi_number"), item["attributes"].get("uziNumber")
    if number and shown:
        return number != shown
    born = account.get("date_of_birth")
    if born and item["date_of_birth"]:
        return born != item["date_of_birth"]
    names = ((item["first_name"], account["first_name"]), (item["last_name"], family_name(account)))
    return any(shown is not None and folded(shown) != folded(wanted) for shown, wanted in names)


def _in_common(account: Account, item: Actual) -> bool:
    """Besides the mail address, the same date of birth, or the same name if the dates cannot be compared. What the
    portal does not show may be the same."""
    if account.get("date_of_birth") and item["date_of_birth"]:
        return bool(account["date_of_birth"] == item["date_of_birth"])
    if not _NAMES.isdisjoint(item.get("unknown", ())):
        return not _differs(account, item)
    return folded(account["first_name"]) == folded(item["first_name"] or "") or folded(family_name(account)) == folded(
        item["last_name"] or ""
    )


def former_members(account: Account, index: Index, keys: Set[str]) -> list[Actual]:
    """The members under former numbers of this person, unless another person in the list has the number now."""
    former = account.get("former_ids")
    if not former:
        return []
    found = [item for number in former if number not in keys for item in index.of(number)]
    return [item for item in found if not item.get("gone")]


def match(account: Account, index: Index, keys: Set[str]) -> tuple[Actual | None, list[Actual], str]:
    """By UZI number, then by name and date of birth: the member, or the candidates and why it is ambiguous."""
    number = account.get("uzi_number")
    if number:
        found = index.uzi.get(number)
        if found is not None:
            if found["external_id"] in keys:
                return None, [found], "The portal knows this UZI number under another account of this list"
            return found, [], ""
    candidates = [
        item
        for item in index.same_person(account)
        if item["external_id"] not in keys
        and not (number and item["attributes"].get("uziNumber") not in (None, number))
    ]
    if not candidates:
        return None, [], ""
    if len(candidates) > 1:
        return (
            None,
            candidates,
            (f"{len(candidates)} accounts of the portal have this name and date of birth. Give the UZI number"),
        )
    if candidates[0]["external_id"]:
        return (
            None,
            candidates,
            (
                "The portal has this name and date of birth under another external id. If it is the same person, "
                "write the new external id into the portal or give the UZI number; if it is another person, add them "
                "to the list too"
            ),
        )
    return candidates[0], [], ""
