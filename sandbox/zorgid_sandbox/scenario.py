# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox is filled with: organisations, their certificates, their people. See ``scenarios/demo.yml``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from .state import SandboxError, State

T = TypeVar("T")
ENGINES = ("emulator", "pwsh")
KEY_STATES = ("exportable", "not_exportable", "inaccessible", "none")


@dataclass(frozen=True)
class Person:
    """Somebody of an organisation. All people are invented: their addresses end in ``.example``."""

    first_name: str
    last_name: str
    email: str
    prefix: str | None = None
    date_of_birth: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Store:
    """The state of the organisation's key in the Windows store."""

    key_state: Literal["exportable", "not_exportable", "inaccessible", "none"] = "exportable"
    provider: Literal["cng", "capi"] = "cng"


@dataclass(frozen=True)
class Organisation:
    """A care organisation. ``host`` is its name in the inventory; numbers are strings and keep their leading zeros."""

    host: str
    ura: str
    name: str
    fqdn: str
    uzi_number: str
    agb_code: str
    portal_administrator: Person
    representative: Person
    hierarchy: Literal["g1", "g4"] = "g1"
    key_bits: int = 2048
    store: Store = Store()


@dataclass(frozen=True)
class Windows:
    """What else lies in the Windows store: bad certificates by their name in ``pki.files``, other organisations'.
    ``engine``: what runs on the host."""

    bad: tuple[str, ...] = ()
    others: int = 0
    engine: Literal["emulator", "pwsh"] = "emulator"


@dataclass(frozen=True)
class Scenario:
    organisations: tuple[Organisation, ...]
    windows: Windows = field(default_factory=Windows)

    def organisation(self, ura: str) -> Organisation:
        for organisation in self.organisations:
            if organisation.ura == ura:
                return organisation
        raise SandboxError(f"No organisation with URA {ura} in the scenario.")


def _made(kind: type[T], where: str, given: Any, **parts: Any) -> T:
    if not isinstance(given, dict):
        raise SandboxError(f"Scenario, {where}: expected a mapping, found {type(given).__name__}.")
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(given) - known):
        raise SandboxError(f"Scenario, {where}: unknown field {', '.join(unknown)}.")
    for name, value in given.items():
        if name in ("ura", "uzi_number", "agb_code", "date_of_birth", "phone") and not isinstance(value, str):
            raise SandboxError(f"Scenario, {where}: {name} must be quoted, it is a string.")
    try:
        return kind(**{**given, **parts})
    except TypeError as error:
        raise SandboxError(f"Scenario, {where}: {error}.") from None


def _organisation(given: Any) -> Organisation:
    where = str(given.get("host", "an organisation without host")) if isinstance(given, dict) else "organisations"
    organisation = _made(
        Organisation,
        where,
        given,
        portal_administrator=_made(Person, f"{where}, portal_administrator", given.get("portal_administrator")),
        representative=_made(Person, f"{where}, representative", given.get("representative")),
        store=_made(Store, f"{where}, store", given.get("store", {})),
    )
    for name, value, choices in (
        ("hierarchy", organisation.hierarchy, ("g1", "g4")),
        ("store.key_state", organisation.store.key_state, KEY_STATES),
        ("store.provider", organisation.store.provider, ("cng", "capi")),
        ("key_bits", organisation.key_bits, (2048, 3072, 4096)),
    ):
        if value not in choices:
            raise SandboxError(
                f"Scenario, {where}: {name} is {value}, expected one of: {', '.join(map(str, choices))}."
            )
    return organisation


def read(path: Path) -> Scenario:
    """Read a scenario file; the error lists every mistake."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SandboxError(f"There is no scenario {path}.") from None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise SandboxError(f"Cannot read the scenario {path}: {error}") from None
    if not isinstance(given, dict) or not isinstance(given.get("organisations"), list):
        raise SandboxError(f"The scenario {path} has no list `organisations`.")
    windows = dict(given.get("windows", {}))
    windows["bad"] = tuple(windows.get("bad", ()))
    scenario = _made(
        Scenario,
        "top level",
        given,
        organisations=tuple(_organisation(one) for one in given["organisations"]),
        windows=_made(Windows, "windows", windows),
    )
    if scenario.windows.engine not in ENGINES:
        raise SandboxError(
            f"Scenario, windows: engine is {scenario.windows.engine}, expected one of: {', '.join(ENGINES)}."
        )
    for name in ("host", "ura"):
        values = [getattr(organisation, name) for organisation in scenario.organisations]
        if len(set(values)) != len(values):
            raise SandboxError(f"Scenario: two organisations have the same {name}.")
    return scenario


def load(state: Path) -> Scenario:
    """The scenario that this sandbox was started with."""
    return read(State(state).scenario)
