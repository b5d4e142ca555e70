# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a working folder: its files, and what ``new`` last wrote into it. No I/O.

A file with the digest in ``State`` is as ``new`` wrote it; any other was changed by hand (docs/decisions/0194).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .._common.errors import ZorgidError
from .._common.ura import Ura, is_ura
from . import yaml_text

#: the file with the state; it contains no personal data
STATE = ".zorgid-new.json"
HOST_VARS = "inventory/host_vars"
ORGANISATIONS = "inventory/organisations.yml"
_HOST_FILE = re.compile(rf"{HOST_VARS}/([^/]+?)(?:/[^/]+)?(?:\.ya?ml)?")


@dataclass(frozen=True)
class Membership:
    """The place in the inventory of a host that ``new`` made."""

    ura: str
    group: str = ""
    server: str = ""


@dataclass(frozen=True)
class State:
    """files: path in the folder -> SHA-256 of the written content."""

    files: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, Membership] = field(default_factory=dict)

    def text(self) -> str:
        """The content of the file ``STATE`` (JSON)."""
        hosts = {
            host: {"ura": one.ura, "group": one.group, "server": one.server} for host, one in sorted(self.hosts.items())
        }
        data = {"version": 1, "files": dict(sorted(self.files.items())), "hosts": hosts}
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def of(cls, text: str | None) -> State:
        """Parse the text of the file; None: an empty state. Error: ``folder_state_unreadable``."""
        if text is None:
            return cls()
        try:
            data: dict[str, Any] = json.loads(text)
            if data["version"] != 1:
                raise ValueError
            hosts = {
                str(host): Membership(str(one["ura"]), str(one["group"]), str(one["server"]))
                for host, one in data["hosts"].items()
            }
            return cls({str(path): str(digest) for path, digest in data["files"].items()}, hosts)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ZorgidError(
                "folder_state_unreadable",
                f"{STATE} of the working folder cannot be used",
                expected="what this version of gbz.zorgid.new wrote",
                found="something else",
                action="put it back from your backup; without the file, each file of an organisation counts as changed "
                "by hand and is kept",
            ) from error


@dataclass(frozen=True)
class Seen:
    """files: path in the folder -> text, of each file that ``new`` may write and of every file in host_vars."""

    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def state(self) -> State:
        """The state that ``new`` last wrote; empty if there is none. Error: ``folder_state_unreadable``."""
        return State.of(self.files.get(STATE))

    @cached_property
    def hosts(self) -> dict[str, list[str]]:
        """Host -> its files, made by ``new`` or by hand."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.files):
            if match := _HOST_FILE.fullmatch(path):
                found.setdefault(match[1], []).append(path)
        return found

    @cached_property
    def uras(self) -> dict[str, str]:
        """Host -> its URA as eight digits: from its file, or from the state if the file is encrypted."""
        found: dict[str, str] = {}
        made = self.state.hosts
        for host, paths in self.hosts.items():
            said = next(filter(None, (_ura_in(self.files[path]) for path in paths)), "")
            ura = said or (made[host].ura if host in made else "")
            if is_ura(ura):
                found[host] = Ura.of(ura).digits
        return found


def _ura_in(text: str) -> str:
    data = yaml_text.read(text)
    organisation = data.get("zorgid_onboarding_organisation") if isinstance(data, Mapping) else None
    ura = organisation.get("ura") if isinstance(organisation, Mapping) else None
    return ura if isinstance(ura, str) else ""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
