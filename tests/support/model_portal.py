# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A window on a portal that is a dict in memory, worked by the page map of docs/examples: for decisions of the driver
``browser``. What a browser really does is tried with real ones."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import qrcode
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import ExportPage, Fill, ListPage, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import (
    Here,
    Part,
    Rows,
    Sending,
    Sent,
    Versions,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._common import moments
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.driver import Reading

MAP = read_map(Path(__file__).resolve().parents[2] / "docs" / "examples" / "page_map.yml")
URA = "90000101"
PERSON = "J. Bos"
_ROLES = {ours: word for word, ours in MAP.words["role"].items()}
_ATTRIBUTES = {"UZI-nummer": "uziNumber", "Rolcode": "roleCode", "AGB-code": "agbCode"}
_FIELDS = {
    "Personeelsnummer": "external_id",
    "Voornaam": "first_name",
    "Achternaam": "last_name",
    "Geboortedatum": "date_of_birth",
    "E-mailadres": "email",
}


def failing(code: str) -> ZorgidError:
    return ZorgidError(code, "The model portal was told to do this.")


class ModelPortal:
    """A ``Window``. people: by the portal's id. behaves: external id -> how the last click about that account ends:
    ``lost`` (done, no answer), ``swallowed`` (not done, no answer), ``silent`` (not done, and it says that it was),
    ``refused``, ``person``, ``over`` (done, and the session ends), ``unsent``, ``breaks`` (done, and the browser ends),
    ``differs`` (a field shows something else), ``namesake`` (the page of another person opens). clicks: what was
    sent."""

    def __init__(self, *people: dict[str, Any], person: str = PERSON, role: str = "operator", ura: str = URA) -> None:
        self.people = {one["id"]: one for one in people}
        self.person, self.role, self.ura = person, role, ura
        self.behaves: dict[str, str] = {}
        self.clicks: list[tuple[str, str]] = []
        self.events: list[str] = []
        self.over = self.closed = self.broken = self.stranded = False
        self.scans = 0
        self.folder: Path | None = None
        self.codes = ["code-1"]
        self.uras = (ura,)
        self._page, self._one, self._form = "start", "", {}
        self._logged_in = True

    @property
    def versions(self) -> Versions:
        return Versions("1.65.2", "156")

    # --- what a test arranges

    def logged_out(self, scans: int, *codes: str) -> ModelPortal:
        """Nobody is logged in; the phone scans at the n-th look at the code. codes: that the page shows in turn."""
        self._logged_in, self.scans, self.codes = False, scans, list(codes or self.codes)
        return self

    def reading(self, _window: object = None, _map: object = None) -> Reading:
        self._alive()
        self.events.append("read")
        return Reading([dict(one) for one in self.people.values()], moments.now())

    # --- Window

    def start(self) -> None:
        self._alive()
        self.stranded = False
        self.events.append("start")
        self._page = "start" if self._logged_in else "login"

    def walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        *,
        sending: Sending = "nothing",
    ) -> None:
        self._alive()
        if self.stranded and steps:
            raise failing("page_not_as_mapped")
        for step in steps:
            name = step.target.name
            if step.row is not None:
                shown = values[step.row]
                other = self.behaves.get(self._number(shown)) == "namesake"
                self._page, self._one = "one", next(iter(self.people)) if other else shown
            elif name == "Uitloggen":
                self._page, self._logged_in, self.over = "login", False, True
                self.events.append("logged out")
            elif name == "Wissel":
                self.ura = self._form["Organisatie"]
            else:
                self._page = name
            self._form = {} if name != "Wissel" else self._form

    def walk_on(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        if_shown: Sequence[Target],
        over: Sequence[Target],
        templates: Sequence[str],
        choices: Sequence[Mapping[str, str]],
    ) -> Here | None:
        self._alive()
        if not all(self.each_shown([*if_shown, steps[0].target])):
            return None
        self.walk(steps, values)
        return self.here(over, templates, choices)

    def shown(self, targets: Sequence[Target], *, wait: float = 0) -> int | None:
        self._alive()
        for place, target in enumerate(targets):
            if target.kind == "line" and target.name in (f"{self.person}, {_ROLES[self.role]}", f"(URA {self.ura})"):
                return place if self._page != "login" else None
            if target.name == "Inloggen" and (self._page == "login" or self.over):
                return place
            if target.kind == "heading" and self._page == "one" and target.name == self._one:
                return place
        return None

    def each_shown(self, targets: Sequence[Target]) -> Sequence[bool]:
        return [self.shown([target]) is not None for target in targets]

    def here(self, over: Sequence[Target], templates: Sequence[str], choices: Sequence[Mapping[str, str]]) -> Here:
        return Here(any(self.each_shown(over)), [self.lines(templates, values) for values in choices])

    def lines(self, templates: Sequence[str], values: Mapping[str, str]) -> bool:
        for name, value in values.items():
            templates = [template.replace(f"{{{name}}}", value) for template in templates]
        return all(self.each_shown([Target("line", template) for template in templates]))

    def beside(self, names: Sequence[str]) -> Mapping[str, str]:
        return {name: str(self.people[self._one][_FIELDS[name]] or "\N{EN DASH}") for name in names}

    def fill(self, fills: Sequence[Fill], texts: Sequence[str]) -> Sequence[str]:
        self._alive()
        assert len(fills) == len(texts)
        self._form |= {fill.field.name: text for fill, text in zip(fills, texts, strict=True)}
        return [fills[0].field.name] if self.behaves.get(self._account()) == "differs" else []

    def ready(
        self,
        last: Target,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> None:
        self._alive()

    def last(
        self,
        last: Target,
        confirm: Target | None,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> Sent:
        self._alive()
        account = self._account()
        behaves = self.behaves.get(account, "")
        if behaves == "unsent":
            raise failing("page_not_as_mapped")
        self.clicks.append((last.name, account))
        self.events.append(f"{last.name} {account}")
        if behaves in ("", "lost", "over", "breaks"):
            self._do(last.name)
        self.stranded = behaves == "refused"  # a page without a menu
        self.over = self.over or behaves == "over"
        self.broken = self.broken or behaves == "breaks"
        signs = {"": "done", "silent": "done", "refused": "refused", "person": "person", "over": "over"}
        sign: Any = signs.get(behaves, "none")
        return Sent(1, hashlib.sha256(account.encode()).hexdigest(), 200 if sign != "none" else None, sign)

    def rows(self, page: ListPage) -> Rows:
        raise NotImplementedError

    def download(self, page: ExportPage) -> Path:
        self._alive()
        self.events.append("export")
        devices = {ours: word for word, ours in MAP.words["device"].items()}
        path = Path(tempfile.mkdtemp(dir=self.folder)) / "export.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream, delimiter=";")
            rows.writerow(page.columns)
            for one in self.people.values():
                words = {"role": _ROLES[one["role"]], "device": devices[one["device"]]}
                reported = {**one, **words, **dict.fromkeys(("uzi_number", "role_code", "agb_code"), "")}
                rows.writerow([reported[ours] or "" for ours in page.columns.values()])
        return path

    def picture(self, target: Target) -> bytes:
        self._alive()
        self.scans -= 1
        code = self.codes[0] if len(self.codes) == 1 else self.codes.pop(0)
        if self.scans <= 0:
            self._page, self._logged_in = "start", True
        if not code:
            raise failing("page_not_as_mapped")
        image = io.BytesIO()
        qrcode.make(code).save(image)
        return image.getvalue()

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        return None

    def outline(self, known: Sequence[str]) -> Sequence[Part]:
        return [Part("button", self._page)]

    def state(self) -> bytes:
        return b"{}"

    def escape(self) -> None:
        """No dialog is open."""

    def close(self) -> None:
        self.closed = True

    # --- the portal

    def _alive(self) -> None:
        if self.broken:
            raise failing("browser_lost")

    def _number(self, shown: str) -> str:
        return str(self.people[shown]["external_id"]) if shown in self.people else ""

    def _account(self) -> str:
        if self._page == "Nieuwe gebruiker":
            return self._form.get("Personeelsnummer", "")
        return self._number(self._form.get("Gebruiker", "") if self._page == "Beheerders" else self._one)

    def _do(self, button: str) -> None:
        form, role = self._form, MAP.words["role"].get(self._form.get("Rol", ""), "")
        if button == "Opslaan":
            number = f"new-{len(self.people)}"
            blank: dict[str, Any] = dict.fromkeys(_FIELDS.values())
            self.people[number] = {
                **blank, "id": number, "version": None, "attributes": {}, "role": role or "employee", "device": "none",
            }  # fmt: skip
            self._store(self.people[number])
        elif button == "Gegevens opslaan":
            self._store(self.people[self._one])
        elif button == "Aanwijzen":
            self.people[form["Gebruiker"]]["role"] = role
        elif button == "Rol opslaan" and not role:
            del self.people[self._one]
        elif button == "Rol opslaan":
            self.people[self._one]["role"] = role
        else:
            devices = {"Blokkeren": "blocked", "Deblokkeren": "active", "Intrekken": "revoked"}
            self.people[self._one]["device"] = devices.get(button, "invited")
            self.people[self._one]["active"] = button not in ("Blokkeren", "Intrekken")

    def _store(self, person: dict[str, Any]) -> None:
        for field, text in self._form.items():
            if field in _FIELDS:
                person[_FIELDS[field]] = text
            elif field in _ATTRIBUTES:
                person["attributes"] = {**person["attributes"], _ATTRIBUTES[field]: text}


def one_kind_less(kind: str) -> Any:
    """The map without this kind of change."""
    return dataclasses.replace(MAP, changes={name: way for name, way in MAP.changes.items() if name != kind})
