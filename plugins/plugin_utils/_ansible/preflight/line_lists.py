# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line HR lists: the list of employees is read as in a run; employees and identity checks are counted."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from pathlib import Path

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._portal.desired import Listed
from ....module_utils._preflight import people
from ....module_utils._preflight.finding import Finding
from ..onboarding.portal_look import employees_of
from .looking import Looking


def look(looking: Looking) -> Iterator[Finding]:
    if administrators := looking.given.get("administrators"):
        Listed(rows=administrators).read(administrators=True)
    listed = employees_of(looking.given, looking.action.task_vars)
    if listed is None:
        return
    path = Path(str(listed.path)).expanduser().resolve()
    try:
        source = listed.read()
    except ZorgidError as error:
        trouble = Trouble.of(error)
        found = ", ".join(filter(None, [trouble.found, f"{path}{_of(path)}"]))
        yield Finding.stop(people.LINE, dataclasses.replace(trouble, found=found))
        return
    yield people.counted(source, _day(path))


def _of(path: Path) -> str:
    day = _day(path)
    return f", of {day}" if day else ""


def _day(path: Path) -> str:
    try:
        return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC).date().isoformat()
    except OSError:
        return ""
