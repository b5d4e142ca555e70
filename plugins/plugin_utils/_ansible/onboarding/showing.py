# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a plan in the terminal, as text and not as JSON of a task, and writes files for a merge request.

An action runs in a process without a terminal. Ansible's ``Display`` passes each call to the process that has one,
which writes the text as a whole, without cuts or wrapping.
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

#: Callbacks of any collection whose output a program reads, or that show nothing; others are recognised by name.
_FOR_PROGRAMS = frozenset({"json", "jsonl", "ndjson", "junit", "null", "xml"})
_COLOUR = re.compile(r"\x1b\[\d+m")
_LOCALTIME = Path("/etc/localtime")


def for_programs() -> bool:
    """Whether a program reads Ansible's output; then nothing else is printed."""
    name = str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2].lower()
    return name in _FOR_PROGRAMS or name.startswith("json") or name.endswith("json")


def style() -> Style:
    """Colour as Ansible itself decides it (terminal, ANSIBLE_NOCOLOR, NO_COLOR, ANSIBLE_FORCE_COLOR), signs if the
    output can have them, and the controller's time zone."""
    zone, name = _zone()
    return Style(bool(color.ANSIBLE_COLOR), _has_signs(), zone, name)


def _has_signs() -> bool:
    """A worker has no usable ``sys.stdout``; the original one is the terminal's."""
    encoding = getattr(sys.__stdout__, "encoding", None) or "ascii"
    try:
        "✗→…✓·".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _zone() -> tuple[datetime.tzinfo, str]:
    """``Amsterdam`` of ``Europe/Amsterdam``; if only the offset is known, its name, such as ``CET``."""
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
    """Show text in the terminal and, without colour, in Ansible's log file, which gets ``kept`` instead if given. Does
    nothing if a program reads the output."""
    if for_programs():
        return
    display = Display()
    # One call for the whole text, so that no other output comes between its lines.
    display.display(text, screen_only=True)
    display.display(_COLOUR.sub("", kept or text), log_only=True)


def write_files(folder: str | Path, markdown: str, data: dict[str, Any]) -> tuple[Path, Path]:
    """Write ``plan.md`` and ``plan.json``, each as a whole or not at all. Others may read them (0644), because a
    pipeline may run as another user; they contain no secrets and no personal data."""
    where = Path(folder).expanduser().absolute()
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    page, values = where / "plan.md", where / "plan.json"
    if not where.is_dir():
        where.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_atomic(page, markdown.encode(), mode=0o644)
    write_atomic(values, text.encode(), mode=0o644)
    return page, values
