# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a plan is shown: in the terminal, as text and not as a JSON value of a task; and as files for a merge request.

An action runs in a process without a terminal of its own: Ansible's ``Display`` carries each call to the process that
has one, and writes it there in one piece, neither cut nor wrapped.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
import zoneinfo
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.utils import color
from ansible.utils.display import Display

from ....module_utils._common.files import write_atomic
from ....module_utils._onboarding.style import Style

#: Callbacks whose output a program reads, or that show nothing, whoever ships them; others are recognised by name.
_FOR_PROGRAMS = frozenset({"json", "jsonl", "ndjson", "junit", "null", "xml"})
_COLOUR = re.compile(r"\x1b\[\d+m")
_LOCALTIME = Path("/etc/localtime")


def for_programs() -> bool:
    """Whether what Ansible prints is meant for a program: then nothing is printed beside it."""
    name = str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2].lower()
    return name in _FOR_PROGRAMS or name.startswith("json") or name.endswith("json")


def style() -> Style:
    """Colour as Ansible itself decides it (terminal, ANSIBLE_NOCOLOR, NO_COLOR, ANSIBLE_FORCE_COLOR), signs where the
    output can have them, and the controller's zone."""
    zone, name = _zone()
    return Style(bool(color.ANSIBLE_COLOR), _has_signs(), zone, name)


def _has_signs() -> bool:
    """``sys.stdout`` of a worker is none; the one that it was started with is the terminal's."""
    encoding = getattr(sys.__stdout__, "encoding", None) or "ascii"
    try:
        "✗→…✓·".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _zone() -> tuple[datetime.tzinfo, str]:
    """``Amsterdam`` of ``Europe/Amsterdam``; where only an offset is known, its own name, such as ``CET``."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named and _LOCALTIME.is_symlink():
        # One step only: Europe/Amsterdam may itself be a link to another city.
        named = os.fspath(_LOCALTIME.readlink()).rpartition("zoneinfo/")[2]
    try:
        zone = zoneinfo.ZoneInfo(named) if named and not named.startswith("/") else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is not None:
        return zone, named.rpartition("/")[2].replace("_", " ")
    local = datetime.datetime.now(datetime.UTC).astimezone()
    return local.tzinfo or datetime.UTC, local.tzname() or "UTC"


def show(text: str, *, kept: str | None = None) -> None:
    """In the terminal, and without colour in Ansible's log file, which gets ``kept`` where it is to hold less. Nothing
    where a program reads."""
    if for_programs():
        return
    display = Display()
    # One call for each, so that nothing of another organisation comes between two lines.
    display.display(text, screen_only=True)
    display.display(_COLOUR.sub("", kept or text), log_only=True)


def write_files(folder: str | Path, markdown: str, data: dict[str, Any]) -> tuple[Path, Path]:
    """``plan.md`` and ``plan.json``, each whole or as it was. They may be read by others (0644): they are made for
    a pipeline that runs as another user, and nothing secret and nobody's data is in them."""
    where = Path(folder).expanduser().absolute()
    told = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    page, values = where / "plan.md", where / "plan.json"
    if not where.is_dir():
        where.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_atomic(page, markdown.encode(), mode=0o644)
    write_atomic(values, told.encode(), mode=0o644)
    return page, values
