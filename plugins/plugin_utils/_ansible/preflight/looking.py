# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight of one organisation: checks everything that any later run may need. It only reads and connects.

A line is a function that gets a ``Looking`` and yields ``Finding``s; ``lines`` lists them. A ZorgidError or OSError
becomes a stop of its line. Shared things are read once, through ``Looking.shared`` (``OncePerRun``); each organisation
has the finding, and equal findings are shown once.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.utils.vars import load_extra_vars

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.libraries import missing
from ....module_utils._common.moments import now
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.wire import pack, unpack
from ....module_utils._preflight.finding import Finding, Looked
from ..action import Options, Result, ZorgidAction
from ..onboarding import ahead, arguments, variables
from ..onboarding.channel import trouble_of
from ..onboarding.options import options_of
from ..onboarding.shared import OncePerRun
from ..onboarding.windows_hosts import NeedsOwnProcessError
from ..opening import place_of

#: The variable of the command line with the recipient of a test mail.
TEST_MAIL = "test_mail"


@dataclass(frozen=True)
class Looking:
    """What every line gets. ``given``: the role's variables by their names without the prefix (``variables.read``).
    ``store``: the dossier, open for reading; None if it cannot be opened (the line dossier reports why).
    ``test_mail``: recipient of a test mail; empty: nothing is sent."""

    action: ZorgidAction
    shared: OncePerRun
    given: dict[str, Any]
    store: DossierStore | None
    now: datetime.datetime
    test_mail: str = ""

    @property
    def host(self) -> str:
        return str(self.action.task_vars["inventory_hostname"])

    @property
    def name(self) -> str:
        return str(self.given["organisation"].get("name") or self.host)

    @property
    def ura(self) -> str:
        return str(self.given["organisation"].get("ura") or "")

    def options(self, name: str, made: arguments.Arguments) -> Options:
        """A public action's options, checked as its own task would (``onboarding.arguments`` makes ``made``)."""
        return options_of(self.action, name, made)


Line = Callable[[Looking], Iterable[Finding]]


def look(action: ZorgidAction, lines: Iterable[tuple[str, Line]]) -> Result:
    """The action ``preflight_look``."""
    shared = OncePerRun(folder_of(action))
    # Only from the command line, so that a variable of this name in an inventory sends no mail.
    test_mail = str(load_extra_vars(action._loader).get(TEST_MAIL) or "").strip()
    packed = ahead.observed(action, shared, lambda one: json.dumps(pack(_looked(one, shared, tuple(lines), test_mail))))
    found: Looked | None = unpack(Looked, json.loads(packed)) if test_mail else None
    return {"looked": packed, "changed": found is not None and found.sent_mail}


def folder_of(action: ZorgidAction) -> Path:
    """The folder of this play. Ansible creates the parent folder for its process, and deletes it at the end."""
    return Path(constants.DEFAULT_LOCAL_TMP) / f"zorgid-preflight-{action._task.get_play()._uuid}"


def _looked(action: ZorgidAction, shared: OncePerRun, lines: Iterable[tuple[str, Line]], test_mail: str) -> Looked:
    host = str(action.task_vars["inventory_hostname"])
    if missing():
        # Nothing can be checked without the libraries; the line controller lists them.
        return Looked(host, partly=True)
    try:
        given = variables.read(action.task_vars, action._templar.template)
    except ZorgidError as error:
        return Looked(host, findings=(Finding.stop("inventory", trouble_of(error)),), partly=True)
    with contextlib.ExitStack() as stack:
        found: list[Finding] = []
        store = None
        try:
            store = stack.enter_context(place_of(arguments.opening(given)).open(read_only=True, held=True))
        except (ZorgidError, OSError) as error:
            found.append(Finding.stop("dossier", trouble_of(error)))
        looking = Looking(action, shared, given, store, now(), test_mail)
        for name, line in lines:
            found += _findings(name, line, looking)
        return Looked(host, looking.name, looking.ura, str(given["environment"]), tuple(found))


def _findings(name: str, line: Line, looking: Looking) -> Iterator[Finding]:
    try:
        yield from line(looking)
    except (ZorgidError, OSError) as error:
        yield Finding.stop(name, trouble_of(error))
    except NeedsOwnProcessError:
        # The organisation's own process checks it.
        raise
    except Exception as error:  # noqa: BLE001 - a defect of one line hides no other one
        yield Finding.stop(name, _defect(error))


def _defect(error: Exception) -> Any:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return trouble_of(
        ZorgidError(
            "preflight_failed",
            "This check failed because of a defect in gbz.zorgid",
            expected="an answer, or an error that says what to do",
            found=f"it ended at line {last.lineno} of {Path(last.filename).name}",
            action="report it to the maintainers, with the versions of the line controller",
        )
    )
