# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver ``browser`` needs from the user: the page map, the permission, and whose session it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._common.errors import ZorgidError

#: the most minutes that a session may be kept
MOST_KEPT = 60
#: option -> the least and the most
_BOUNDS = {"max_changes": (1, 1000), "login_timeout": (10, 3600), "keep_session": (0, MOST_KEPT)}


@dataclass(frozen=True)
class BrowserAccess:
    """map_path: the page map. permission_path, permission_key_path: what was agreed with VZVZ, and the Ed25519 key that
    its signature (``.sig`` beside it) fits. person: external id of the person whose session it is. people: external id
    -> the name that the portal shows. browser_path: the program; None: Chromium, Chrome or Edge. max_changes: of one
    run. login_timeout: seconds. keep_session: minutes; 0: a session ends with its run. diagnose: whether a page at
    which something goes wrong is drawn (``diagnosis.py``). has_journal: whether there is a dossier with a key, in which
    each change is recorded before it is made; key: that key. command: how that person logs in."""

    map_path: str | None = None
    permission_path: str | None = None
    permission_key_path: str | None = None
    person: str | None = None
    people: Mapping[str, str] = field(default_factory=dict, repr=False)
    browser_path: str | None = None
    max_changes: int = 50
    login_timeout: int = 300
    keep_session: int = 0
    diagnose: bool = False
    has_journal: bool = False
    key: str | None = field(default=None, repr=False)
    command: str = "ansible-playbook gbz.zorgid.portal_login"

    def __post_init__(self) -> None:
        for name, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise ZorgidError(
                    "options_invalid",
                    f"{name} is not valid",
                    expected=f"a number from {least} to {most}",
                    found=str(getattr(self, name)),
                    action=f"correct {name}",
                )

    @property
    def missing(self) -> list[str]:
        """The options without which the driver acts as ``worklist``."""
        needed = {
            "map_path": self.map_path,
            "permission_path": self.permission_path,
            "permission_key_path": self.permission_key_path,
            "portal_person": self.person,
            "portal_people (with that person)": self.person_name,
            "dossier_url and dossier_key": self.has_journal,
        }
        return [name for name, value in needed.items() if not value]

    @property
    def person_name(self) -> str:
        """The name that the portal shows for the person whose session it is; empty if it is not given."""
        return self.people.get(self.person or "", "")
