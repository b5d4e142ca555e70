# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the driver ``browser`` needs, for an organisation with a model portal: the map, the signed permission, the
remembered pages, and a dossier."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._browser import fingerprint, places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Versions
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_access import BrowserAccess
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.model_portal import PERSON, URA, ModelPortal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "page_map.yml"
OPERATOR = "HR-900"
KINDS = ("register", "update", "appoint", "role", "unlink", "block", "unblock", "revoke", "invite")


class Site:
    """Everything is below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.map = Path(shutil.copy(EXAMPLE, folder / "page_map.yml"))
        self.permission, self.key = folder / "permission.yml", folder / "key.pem"
        self.dossier = DossierPlace(f"sqlite:///{folder}/dossier.sqlite3", "test", "t", KEY)
        self.lists = folder / "lists"
        self.sign()

    def sign(self, until: str = "2099-12-31", kinds: tuple[str, ...] = KINDS) -> None:
        key = Ed25519PrivateKey.generate()
        text = (
            f'map: {read_map(self.map).digest}\nura: ["{URA}"]\nperson: {OPERATOR}\nagreed_by: A. Bestuurder\n'
            f"agreed_at_vzvz: B. Medewerker\nagreed_on: 2026-11-01\nchanges: [{', '.join(kinds)}]\nuntil: {until}\n"
        ).encode()
        self.permission.write_bytes(text)
        self.permission.with_name("permission.yml.sig").write_bytes(key.sign(text))
        self.key.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def remember(self, role: str = "operator") -> None:
        """The pages as a model portal shows them."""
        page_map, portal = read_map(self.map), ModelPortal()
        shown = {}
        for kind in page_map.changes:
            place = places.place_of(page_map, kind)
            portal._page = "one" if place.of_person else place.steps[-1].target.name
            shown[place.name] = fingerprint.page_of([portal.outline([])], fingerprint.worded(page_map), {})
        versions = Versions("1.65.2", "156")
        places.write_seen(page_map, fingerprint.Remembered(page_map.digest, versions, "2026-11-26", {role: shown}))

    def access(self, **more: Any) -> PortalAccess:
        """more: fields of ``BrowserAccess``."""
        given = {
            "map_path": str(self.map),
            "permission_path": str(self.permission),
            "permission_key_path": str(self.key),
            "person": OPERATOR,
            "people": {OPERATOR: PERSON},
            "has_journal": True,
            "key": KEY,
            **more,
        }
        return PortalAccess(Ura.of(URA), driver="browser", worklist_dir=str(self.lists), browser=BrowserAccess(**given))
