# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks ansible-core and the libraries. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .._common.text import printable
from .._onboarding.observed import Trouble
from .finding import Finding

#: Versions of ansible-core: the minimum in meta/runtime.yml, and the newest one in the tests.
OLDEST, NEWEST = (2, 19), (2, 21)
#: Libraries that only some inventories need; all others are always needed.
FEATURES: Mapping[str, str] = {
    "psycopg": "a dossier in PostgreSQL",
    "python-pkcs11": "a key on a token",
    "pywinrm": "a Windows host over winrm",
    "pypsrp": "a Windows host over psrp",
}


def core(version: str) -> Finding:
    """``version``: as ``ansible --version`` shows it."""
    found = re.match(r"(\d+)\.(\d+)", version)
    here = (int(found[1]), int(found[2])) if found else (0, 0)
    release = f"ansible-core {printable(version, 40)}"
    if here < OLDEST:
        return Finding.stop(
            "controller",
            Trouble(
                "ansible_too_old",
                "This ansible-core is too old",
                f"ansible-core {_dotted(OLDEST)} or newer",
                release,
                f"python -m pip install 'ansible-core>={_dotted(OLDEST)}', into the Python that runs Ansible",
            ),
        )
    if here > NEWEST:
        return Finding.look(
            "controller",
            Trouble(
                "ansible_core_untested",
                "gbz.zorgid was not tested with this ansible-core",
                f"ansible-core {_dotted(OLDEST)} to {_dotted(NEWEST)}",
                release,
                "look at the plan before you onboard, or use a tested version",
            ),
        )
    return Finding.ok("controller", release)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


@dataclass(frozen=True)
class Library:
    """``requirement``: in pip's notation. ``found``: the installed version; empty if none. ``serves``: whether it meets
    the requirement."""

    name: str
    requirement: str
    found: str
    serves: bool


def libraries(known: Sequence[Library], used: Collection[str], python: str) -> Finding:
    """``used``: the names of ``FEATURES`` that this inventory needs. ``python``: path of the Python that runs
    Ansible."""
    wanted = [one for one in known if one.name not in FEATURES or one.name in used]
    lacking = [one for one in wanted if not one.serves]
    if not lacking:
        return Finding.ok("controller", f"{len(wanted)} libraries", libraries=len(wanted))
    features = dict.fromkeys(FEATURES[one.name] for one in lacking if one.name in FEATURES)
    names = ", ".join(one.name for one in lacking)
    return Finding.stop(
        "controller",
        Trouble(
            "library_missing",
            f"Missing or too old in the Python that runs Ansible: {names}",
            ", ".join(one.requirement for one in lacking) + (f" (for {', '.join(features)})" if features else ""),
            ", ".join(f"{one.name} {one.found or 'none'}" for one in lacking),
            f"{shlex.quote(python)} -m pip install {' '.join(shlex.quote(one.requirement) for one in lacking)}",
        ),
    )
