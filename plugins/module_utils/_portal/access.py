# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an organisation's portal is and how this run may reach it, as whoever runs it said so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from .._common.errors import ZorgidError
from .._common.libraries import demand
from .._common.ura import Ura

if TYPE_CHECKING:
    from collections.abc import Callable

    from .driver import PortalDriver
    from .scim import ScimDriver, Server

    Known = Callable[[ScimDriver], "Server | None"]

DriverName = Literal["scim", "worklist"]


class _Use(NamedTuple):
    """What a driver is opened for: as the parameters of ``PortalAccess.open``."""

    keeping: bool
    check_mode: bool
    known: Known | None


class _Driver(NamedTuple):
    """What differs between drivers before there is one. by_hand: as ``PortalDriver.by_hand``, and always the same."""

    by_hand: bool
    is_configured: Callable[[PortalAccess], bool]
    open: Callable[[PortalAccess, _Use], PortalDriver]


@dataclass(frozen=True)
class PortalAccess:
    """``ura``: as it was written. ``driver``: ``scim`` for a portal with an interface, ``worklist`` where a person
    exports the list of users and carries the changes out. ``url``, and ``token`` or ``token_path``: what scim needs;
    the others of ``scim_http.ScimSettings``. ``export_path``, and ``worklist_dir`` where accounts are kept: what
    worklist needs. What is missing is told when the driver is made: ``options_invalid``."""

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

    @property
    def by_hand(self) -> bool:
        """A person carries the changes out."""
        return self.driver in BY_HAND

    @property
    def is_configured(self) -> bool:
        """Whether there is enough to look at the portal."""
        driver = _DRIVERS.get(self.driver)
        return driver is not None and driver.is_configured(self)

    def open(self, *, keeping: bool = False, check_mode: bool = False, known: Known | None = None) -> PortalDriver:
        """keeping: accounts are to be kept, not only read. check_mode: nothing is written for people. known: as
        ``ScimDriver``. Errors: ``options_invalid`` and those of the driver's settings."""
        driver = _DRIVERS.get(self.driver)
        if driver is None:
            raise ZorgidError(
                "options_invalid",
                "There is no such driver for the portal",
                expected=", ".join(_DRIVERS),
                found=str(self.driver),
                action="correct driver",
            )
        return driver.open(self, _Use(keeping, check_mode, known))

    def needed(self, name: str, value: str | None) -> str:
        """The value of what a person knows by this name. Error: ``options_invalid`` where it is missing."""
        if not value:
            raise ZorgidError(
                "options_invalid",
                f"The driver {self.driver} needs {name}",
                expected=name,
                found="nothing",
                action=f"give {name}",
            )
        return value


# What few runs use is imported by those.


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
    return WorklistDriver(export, folder, check_mode=use.check_mode)


#: Each driver; what has no line here is no driver.
_DRIVERS: dict[DriverName, _Driver] = {
    "scim": _Driver(False, lambda access: bool(access.url and (access.token or access.token_path)), _scim),
    "worklist": _Driver(True, lambda access: bool(access.export_path), _worklist),
}
#: Those of which a person carries the changes out; nobody is invited by them.
BY_HAND = frozenset(name for name, driver in _DRIVERS.items() if driver.by_hand)
