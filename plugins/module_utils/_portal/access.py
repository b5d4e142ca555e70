# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an organisation's portal is and how this run may reach it, as the user configured it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from .._common.errors import ZorgidError
from .._common.letterhead import Letterhead
from .._common.libraries import demand
from .._common.ura import Ura
from .browser_access import BrowserAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from .browser_journal import Journal
    from .browser_opening import Site
    from .browser_run import Live
    from .driver import PortalDriver
    from .scim import ScimDriver, Server

    Known = Callable[[ScimDriver], "Server | None"]

DriverName = Literal["scim", "worklist", "browser"]


class _Use(NamedTuple):
    """The purpose that a driver is opened for: the parameters of ``PortalAccess.open``."""

    keeping: bool
    check_mode: bool
    known: Known | None
    matter: str
    journal: Journal | None


class _Driver(NamedTuple):
    """What differs between drivers before one is made. by_hand: as ``PortalDriver.by_hand``, the same for all its
    objects."""

    by_hand: bool
    is_configured: Callable[[PortalAccess], bool]
    open: Callable[[PortalAccess, _Use], PortalDriver]


@dataclass(frozen=True)
class PortalAccess:
    """``ura``: as the user wrote it. ``driver``: ``scim`` for a portal with an interface, ``worklist`` where a person
    exports the list of users and makes the changes, ``browser`` for the portal's pages; it acts as ``worklist`` while
    ``browser`` is not complete. ``live``: the session that is there already; None: the one that is kept.
    ``confirmed``: its person has confirmed the changes. ``url``, and ``token`` or ``token_path``: needed for scim;
    further fields as ``scim_http.ScimSettings``. ``export_path``, and ``worklist_dir`` if accounts are kept: needed for
    worklist. A missing one is an error when the driver is made: ``options_invalid``."""

    ura: Ura
    driver: DriverName = "scim"
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    token_path: str | None = None
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    timeout: float = 30
    export_path: str | None = None
    worklist_dir: str | None = None
    head: Letterhead = field(default_factory=Letterhead)
    browser: BrowserAccess = field(default_factory=BrowserAccess)
    live: Live | None = field(default=None, repr=False)
    confirmed: bool = False

    @property
    def acts_as(self) -> DriverName:
        """The driver that is used."""
        return "worklist" if self.driver == "browser" and self.browser.missing else self.driver

    @property
    def warnings(self) -> list[str]:
        """What a person has to know about the driver that is used."""
        if self.acts_as == self.driver:
            return []
        return [
            "The driver browser acts as worklist, so a person makes the changes: "
            f"{', '.join(self.browser.missing)} missing (docs/browser.md)"
        ]

    @property
    def by_hand(self) -> bool:
        """Whether a person makes the changes."""
        return self.acts_as in BY_HAND

    @property
    def is_configured(self) -> bool:
        """Whether the options suffice to read the portal."""
        driver = _DRIVERS.get(self.acts_as)
        return driver is not None and driver.is_configured(self)

    @property
    def export_is_awaited(self) -> bool:
        """Nobody has exported the list of users yet."""
        return self.by_hand and bool(self.export_path) and not Path(self.export_path or "").exists()

    def site(self) -> Site:
        """For the driver ``browser``, and whoever opens a window for it."""
        from .browser_opening import Site

        return Site(
            self.ura.digits,
            self.browser,
            self.head.organisation,
            self.ca_path,
            self.client_cert,
            self.client_key,
            self.validate_certs,
            self.timeout,
        )

    def by_person(self) -> PortalAccess:
        """For a matter of one person that cannot wait until somebody logs in: a person makes the change."""
        return replace(self, driver="worklist") if self.driver == "browser" else self

    def open(
        self,
        *,
        keeping: bool = False,
        check_mode: bool = False,
        known: Known | None = None,
        matter: str = "",
        journal: Journal | None = None,
    ) -> PortalDriver:
        """keeping: accounts will be changed, not only read. check_mode: no worklists are written. known: as
        ``ScimDriver``. matter: the name of a separate worklist for this matter only. journal: of the dossier. Errors:
        ``options_invalid`` and those of the driver's settings."""
        driver = _DRIVERS.get(self.acts_as)
        if driver is None:
            raise ZorgidError(
                "options_invalid",
                "There is no such driver for the portal",
                expected=", ".join(_DRIVERS),
                found=str(self.driver),
                action="correct driver",
            )
        return driver.open(self, _Use(keeping, check_mode, known, matter, journal))

    def needed(self, name: str, value: str | None) -> str:
        """The value of this option, by the name that the user knows. Error: ``options_invalid`` if it is missing."""
        if not value:
            raise ZorgidError(
                "options_invalid",
                f"The driver {self.acts_as} needs {name}. {' '.join(self.warnings)}".strip(),
                expected=name,
                found="nothing",
                action=f"give {name}" + (", or what the driver browser lacks" if self.warnings else ""),
            )
        return value


# Imported here, because few runs use it.


def _scim(access: PortalAccess, use: _Use) -> PortalDriver:
    from .scim import ScimDriver
    from .scim_http import ScimSettings

    demand()
    if not access.token and not access.token_path:
        raise ZorgidError(
            "options_invalid",
            "The portal needs credentials",
            expected="token or token_path",
            found="neither",
            action="make a token on the portal's page and give it as token",
        )
    settings = ScimSettings(
        access.needed("portal_url", access.url),
        access.token,
        access.token_path,
        access.ca_path,
        access.client_cert,
        access.client_key,
        access.validate_certs,
        access.timeout,
    )
    return ScimDriver(settings, use.known)


def _worklist(access: PortalAccess, use: _Use) -> PortalDriver:
    from .worklist import WorklistDriver

    demand()
    export = access.needed("export_path", access.export_path)
    folder = access.needed("worklist_dir", access.worklist_dir) if use.keeping else None
    return WorklistDriver(export, folder, check_mode=use.check_mode, matter=use.matter, head=access.head)


def _browser(access: PortalAccess, use: _Use) -> PortalDriver:
    from .browser_opening import driver_of
    from .worklists import Worklists

    demand()
    lists = None
    if use.keeping:
        folder = access.needed("worklist_dir", access.worklist_dir)
        lists = Worklists(folder, check_mode=use.check_mode, head=access.head)
    return driver_of(access.site(), live=access.live, confirmed=access.confirmed, worklists=lists, journal=use.journal)


#: All drivers.
_DRIVERS: dict[DriverName, _Driver] = {
    "scim": _Driver(False, lambda access: bool(access.url and (access.token or access.token_path)), _scim),
    "browser": _Driver(False, lambda access: not access.browser.missing, _browser),
    "worklist": _Driver(True, lambda access: bool(access.export_path), _worklist),
}
#: Drivers for which a person makes the changes; they invite nobody.
BY_HAND = frozenset(name for name, driver in _DRIVERS.items() if driver.by_hand)
