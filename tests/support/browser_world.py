# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver ``browser`` with all its real parts: the sandbox's portal over TLS, Chromium with its sandbox on, a map, a
signed permission, pages that were remembered, and a dossier with its key. A person's phone scans the code.

Nothing here is judged by what the driver says of itself: ``World.stored`` and ``World.posts`` are the portal's tables.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.fingerprint import Remembered
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import ChangeKind, PageMap
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import Browser, open_window
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch
from ansible_collections.gbz.zorgid.plugins.module_utils._common.letterhead import Letterhead
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_access import BrowserAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import log_in
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_run import Live
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.page_looks import look, sample
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Bounds
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import (
    AccountsKept,
    KeepAccounts,
    keep_accounts,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.look_at_pages import session_of
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from zorgid_sandbox import portal as service

from .browser import CHROMIUM, browser_uid, private_place
from .dossier_key import KEY
from .portal_client import LINDE, ORGANISATIONS
from .portal_pages import CHIEF, Phone, activated

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "page_map.yml"
BOSS = "HR-9001"
NAME = "Vera Baas"
ALL = ("register", "update", "appoint", "role", "unlink", "block", "unblock", "revoke", "invite")
#: edits of a map's text: what stands there -> what takes its place
Edits = Mapping[str, str]


@dataclass(repr=False)
class World:
    """folder: of one test; dossier: its dossier."""

    portal: service.RunningPortal
    phone: Phone
    window: Browser
    folder: Path
    example: str
    ura: str = LINDE
    person_name: str = NAME

    # the portal ------------------------------------------------------------------------------------------------------

    def order(self, *lines: str) -> None:
        """How the portal behaves from now on."""
        for line in lines:
            service.put_fault(self.portal.state, line)

    def usual(self) -> None:
        service.clear_faults(self.portal.state)

    def stored(self, external_id: str) -> dict[str, Any] | None:
        """The member with this number, as the portal's tables have it."""
        found = [one for one in self.members() if one["external_id"] == external_id]
        assert len(found) < 2, found
        return found[0] if found else None

    def members(self) -> list[dict[str, Any]]:
        return service.members(self.portal.state, self.ura)

    def posts(self, path: str = "") -> list[dict[str, Any]]:
        return service.posts(self.portal.state, path)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The paths to which something was sent meanwhile, but for the login's."""
        before, reported = len(self.posts()), list[str]()
        yield reported
        reported += [one["path"] for one in self.posts()[before:] if "/app/" not in one["path"]]

    # the map and what was agreed -------------------------------------------------------------------------------------

    def mapped(self, *kinds: ChangeKind, edits: Edits | None = None) -> PageMap:
        """A map with these edits, agreed, with the pages of these changes as the portal shows them now."""
        text = self.example
        for before, after in (edits or {}).items():
            assert before in text, before
            text = text.replace(before, after)
        path = self.folder / f"map-{len(list(self.folder.glob('map-*.yml')))}.yml"
        path.write_text(text, encoding="utf-8")
        page_map = read_map(path)
        agree(self.folder, page_map, [self.ura], BOSS)
        if kinds:
            self.remember(page_map, kinds)
        return page_map

    def remember(self, page_map: PageMap, kinds: Sequence[ChangeKind]) -> None:
        session = session_of(self.access(page_map), ORGANISATIONS.get(self.ura, ""))
        people: list[Mapping[str, str]] = []
        one = any(page_map.changes[kind].one for kind in kinds)  # it is one page, whatever is done there
        if page_map.list is not None and one:
            self.window.walk(page_map.list.open, {})
            rows = self.window.rows(page_map.list)
            fields = [page_map.list.columns.get(title, "") for title in rows.titles]
            words = page_map.words["device"]
            listed = [dict(zip(fields, row, strict=True)) for row in rows.rows]
            people = sample([{**one, "device": words[one["device"]]} for one in listed])
        ways = {kind: way for kind, way in page_map.changes.items() if kind in kinds or (one and way.one)}
        some = replace(page_map, list=None, export=None, changes=ways)
        pages = look(self.window, some, session, people)
        wrong = [(page.place, page.why, [one for one in page.found if not one.good]) for page in pages if not page.good]
        assert wrong == [], wrong
        parts = {"administrator": {page.place: page.parts for page in pages}}
        today = datetime.date.today().isoformat()
        places.write_seen(page_map, Remembered(page_map.digest, self.window.versions, today, parts))

    # the session and its runs ----------------------------------------------------------------------------------------

    def log_in(self, page_map: PageMap, phone: Phone | None = None, **more: Any) -> str:
        scanned = (phone or self.phone).scan
        given = {"person_name": self.person_name, "ura": self.ura, "organisation": ORGANISATIONS.get(self.ura, "")}
        return log_in(
            self.window,
            page_map,
            **{**given, "show": lambda _png, text: scanned(text), "timeout": 20, "pause": 0.05, **more},
        )

    def access(self, page_map: PageMap, **more: Any) -> PortalAccess:
        browser = BrowserAccess(
            map_path=page_map.path,
            permission_path=str(Path(page_map.path).with_suffix(".permission")),
            permission_key_path=str(self.folder / "permission.pem"),
            person=BOSS,
            people={BOSS: self.person_name},
            has_journal=True,
        )
        live = Live(self.window, page_map, close=False)
        access = PortalAccess(
            Ura(self.ura),
            "browser",
            ca_path=self.portal.ca_path,
            worklist_dir=str(self.folder / "lists"),
            browser=browser,
            live=live,
            confirmed=True,
            head=Letterhead(organisation=ORGANISATIONS.get(self.ura, "")),
        )
        return replace(access, **more)

    def keep(
        self,
        page_map: PageMap,
        rows: Sequence[Mapping[str, Any]],
        *,
        administrators: bool = False,
        check_mode: bool = False,
        reactivate: bool = False,
        **more: Any,
    ) -> AccountsKept:
        command = KeepAccounts(
            self.access(page_map, **more),
            Listed(rows=[dict(row) for row in rows]),
            administrators=administrators,
            bounds=Bounds(max_removals="100%", reactivate=reactivate),
            dossier=self.place,
        )
        return keep_accounts(command, check_mode=check_mode)

    @property
    def place(self) -> DossierPlace:
        return DossierPlace(f"sqlite:///{self.folder}/dossier.sqlite3", "acceptance", "tests", KEY)


def reported(kept: AccountsKept) -> dict[str, str]:
    """Number -> status, with the code where there is one."""
    return {one.external_id: f"{one.status} {one.code}".strip() for one in kept.results}


def person(number: str, family: str, **more: Any) -> dict[str, Any]:
    """A row of a list: somebody who registers themselves."""
    return {
        "external_id": number,
        "first_name": "Sanne",
        "last_name": family,
        "date_of_birth": "1990-01-02",
        "email": f"{number.lower()}@linde.example",
        "registration": "self",
        **more,
    }


def checked(by: str = BOSS) -> dict[str, Any]:
    """What is recorded of a WID check; for ``person``."""
    today = datetime.date.today()
    return {
        "registration": "operator",
        "identification": {
            "document_type": "passport",
            "document_expires": (today + datetime.timedelta(days=900)).isoformat(),
            "checked_by": by,
            "checked_at": today.isoformat(),
        },
    }


def agree(folder: Path, page_map: PageMap, uras: Sequence[str], whose: str, changes: Sequence[str] = ALL) -> None:
    """Sign a permission for this map, with a key that is made anew."""
    today = datetime.date.today()
    text = f"""map: {page_map.digest}
ura: [{", ".join(f'"{ura}"' for ura in uras)}]
person: {whose}
agreed_by: A. Bestuurder
agreed_at_vzvz: B. Medewerker
agreed_on: {today}
changes: [{", ".join(changes)}]
until: {today + datetime.timedelta(days=30)}
""".encode()
    path, pem = Path(page_map.path).with_suffix(".permission"), folder / "permission.pem"
    key = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(text)
    Path(f"{path}.sig").write_bytes(_KEY.sign(text))
    pem.write_bytes(key)


_KEY = ed25519.Ed25519PrivateKey.generate()


def map_of(start: str, example: Path = EXAMPLE) -> str:
    """The example's map for the portal at this address."""
    host = urlsplit(start).netloc
    text = example.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("portal: "))
    return text.replace(line, f'portal: {{start: "{start}", hosts: ["{host}"], seen: 2026-11-26, seen_by: J. Bos}}')


class Lent:
    """The world's window, which stays open: the start of a browser costs a second."""

    def __init__(self, world: World) -> None:
        self._window = world.window

    def __getattr__(self, name: str) -> Any:
        return getattr(self._window, name)

    def close(self) -> None:
        """It is the world's."""


@contextmanager
def browser_world(folder: Path, *, people: Sequence[dict[str, Any]] = (), **options: Any) -> Iterator[World]:
    """A portal with these members and a window that nobody has logged in to. options: of ``service.running``; with
    ``http2`` the browser itself speaks to the portal, over HTTP/2, since the door speaks HTTP/1.1 where there is a CA
    file."""
    if not CHROMIUM:
        pytest.skip("this test needs a browser: apt install chromium-headless-shell")
    state = folder / "sandbox"
    service.seed_members(state, LINDE, list(people), device="active", name=ORGANISATIONS[LINDE])
    with service.running(state, ORGANISATIONS, **options) as portal, private_place():
        phone = activated(portal, LINDE, CHIEF)
        start, hosts = portal.page_h2 or portal.page, [urlsplit(portal.page_h2 or portal.page).netloc]
        trusted: dict[str, Any] = {"validate_certs": False} if portal.page_h2 else {"ca_path": portal.ca_path}
        launch = Launch(start, hosts, timeout=10.0, uid=browser_uid(), **trusted)
        window = open_window(launch)
        try:
            yield World(portal, phone, window, folder, map_of(start))
        finally:
            window.close()
