# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions in a model portal, with a real dossier and signature: the desk of the engineer, and who is in the portal."""

from __future__ import annotations

import csv
import datetime
import shutil
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._browser import places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.fingerprint import Remembered, page_of
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Part
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_access import BrowserAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Bounds
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import session_screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_session import (
    WorkInSession,
    work_in_session,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.session_mail import MailRoute
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, PERSON, URA, ModelPortal
from ansible_collections.gbz.zorgid.tests.support.portal_plans import Whatever, entry, member
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "page_map.yml"
NO_MAIL = MailRoute()
ALL = "register, update, appoint, role, unlink, block, unblock, revoke, invite"
NOW = datetime.datetime(2026, 11, 27, 10, 12, tzinfo=datetime.UTC)


class Portal(ModelPortal):
    """With the export that the map describes."""

    folder: Path

    def download(self, page):
        self.events.append("read")
        words = {kind: {ours: word for word, ours in MAP.words[kind].items()} for kind in ("role", "device")}
        file = self.folder / "export.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream, delimiter=";")
            rows.writerow(page.columns)
            for one in self.people.values():
                shown = {**one, "role": words["role"][one["role"]], "device": words["device"][one["device"]]}
                rows.writerow(shown.get(field) or "" for field in page.columns.values())
        return file


class Desk:
    """The engineer's machine: a map, a permission, remembered pages, a dossier."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.map, self.permission = folder / "portal.yml", folder / "permission.yml"
        shutil.copyfile(EXAMPLE, self.map)
        self.key = ed25519.Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "key.pem").write_bytes(public)
        self.agree()
        self.remember()
        url = f"sqlite:///{folder}/dossier.sqlite3"
        self.place = DossierPlace(url, "test", "t", KEY, None)
        self.codes, self.before = [], None

    def agree(self, changes=ALL):
        digest = read_map(self.map).digest
        text = (
            f'map: {digest}\nura: ["{URA}"]\nperson: HR-900\nagreed_by: A\nagreed_at_vzvz: B\n'
            f"agreed_on: 2026-01-01\nchanges: [{changes}]\nuntil: 2099-01-01\n"
        )
        self.permission.write_text(text, encoding="utf-8")
        (self.folder / "permission.yml.sig").write_bytes(self.key.sign(text.encode()))

    def remember(self, role="operator", **other):
        page_map = read_map(self.map)
        names = {"register": "Nieuwe gebruiker", "one": "one", "appoint": "Beheerders", **other}
        pages = {place: page_of([[Part("button", name)]], frozenset(), {}) for place, name in names.items()}
        seen = Remembered(page_map.digest, ModelPortal(member(0)).versions, "2026-11-27", {role: pages})
        places.write_seen(page_map, seen)

    def work(
        self,
        portal,
        employees=(),
        administrators=(),
        *,
        confirmed=False,
        agreed="",
        check_mode=False,
        mail=NO_MAIL,
        **browser,
    ):
        access = PortalAccess(
            Ura.of(URA),
            driver="browser",
            worklist_dir=str(self.folder / "handed"),
            browser=BrowserAccess(
                **{
                    "map_path": str(self.map),
                    "permission_path": str(self.permission),
                    "permission_key_path": str(self.folder / "key.pem"),
                    "person": "HR-900",
                    "people": {"HR-900": PERSON},
                    "has_journal": True,
                    "login_timeout": 10,
                    "key": KEY,
                    **browser,
                }
            ),
        )
        bounds = Bounds(max_removals="100%")
        lists = [
            KeepAccounts(access, Listed(rows=rows), administrators=kind, bounds=bounds, dossier=self.place)
            for kind, rows in ((True, administrators), (False, employees))
            if rows
        ]
        agreed = Whatever("any") if confirmed else agreed
        command = WorkInSession(access, tuple(lists), "De Linde", agreed, mail)
        self.before, portal.folder = None, self.folder

        def before(shown):
            assert not portal.clicks
            self.before, self.shown = shown.items, shown

        return work_in_session(
            command,
            lambda _png, text: self.codes.append(text),
            before,
            check_mode=check_mode,
            opener=lambda launch: self.opened(launch, portal),
            pause=0.01,
        )

    def opened(self, launch, portal):
        portal._logged_in = portal._logged_in or launch.state is not None
        return portal


def portal_of(*people, role="operator"):
    return Portal(member(0, role="administrator"), *people, role=role).logged_out(1)


def own(number, **more):
    return {"registration": "self", **entry(number, **more)}


def statuses(worked):
    return {item.shown: item.result.status if item.result else None for item in worked.items}


def reported(**more):
    return session_screen.About(Style(), "linde", "De Linde", URA, "HR-900", NOW, **more)
