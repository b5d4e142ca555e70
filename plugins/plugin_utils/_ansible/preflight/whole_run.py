# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges and shows the findings of all organisations, and adds those about the whole run."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ansible.release import __version__ as ansible_version
from ansible.utils.vars import load_extra_vars

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.typed import refuse_near
from ....module_utils._onboarding.wire import unpack
from ....module_utils._preflight.controller import core, libraries
from ....module_utils._preflight.data import as_data
from ....module_utils._preflight.finding import Finding, Looked
from ....module_utils._preflight.inventory import with_twins
from ....module_utils._preflight.merging import merged
from ....module_utils._preflight.screen import screen
from ..action import Result, ZorgidAction
from ..onboarding import showing
from ..onboarding.beginning import refuse_unknown, refuse_unknown_tags
from ..onboarding.shared import OncePerRun
from ..onboarding.variables import PREFIX
from . import installed, sources
from .looking import TEST_MAIL, folder_of

#: The variable with the result of ``preflight_look``.
LOOKED = "__zorgid_preflight_looked"


def show(action: ZorgidAction) -> Result:
    """The action ``preflight_show``. ``failed_hosts``: those with a stop, and its code; a stop of the whole run is
    reported at the first host."""
    hosts = [str(one) for one in action.task_vars["ansible_play_hosts_all"]]
    looked = with_twins([_looked(action, host) for host in hosts])
    found = merged([Looked(findings=tuple(_of_the_run(action))), *looked])
    mailed = any(one.sent_mail for one in looked)
    nothing = "nothing but the test mail is sent, nothing is written" if mailed else "nothing is sent or written"
    drawn = screen(found, showing.style(), nothing=nothing)
    showing.show(drawn)
    stopped = {host or hosts[0]: code for host, code in found.stopped.items()}
    return {
        **as_data(found),
        "table": drawn.splitlines(),
        "failed_hosts": [{"host": host, "why": f"see above ({code})"} for host, code in sorted(stopped.items())],
    }


def _looked(action: ZorgidAction, host: str) -> Looked:
    result: Any = action.task_vars["hostvars"].raw_get(host).get(LOOKED) or {}
    if result.get("looked"):
        found: Looked = unpack(Looked, json.loads(str(result["looked"])))
        return found
    trouble = Trouble(
        "preflight_failed",
        "This organisation could not be checked",
        action="read the message of the task Look",
    )
    return Looked(host, findings=(Finding.stop("inventory", trouble),), partly=True)


def _of_the_run(action: ZorgidAction) -> Iterator[Finding]:
    yield core(ansible_version)
    yield Finding.ok("controller", f"Python {platform.python_version()}")
    # For organisations that could not be checked because libraries are missing.
    yield libraries(installed.known(OncePerRun(folder_of(action))), (), sys.executable)
    yield from _typed(action)
    yield from sources.look(action)


def _typed(action: ZorgidAction) -> Iterator[Finding]:
    """A misspelled ``-e zorgid_...`` or tag would change nothing, and nobody would know. Of the role's own variables
    each organisation tells."""
    refusals: tuple[Callable[[], None], ...] = (
        lambda: refuse_unknown(action, besides=PREFIX),
        lambda: refuse_near(map(str, load_extra_vars(action._loader)), (TEST_MAIL,), "preflight"),
        lambda: refuse_unknown_tags(action, playbook_is_ours=True),
    )
    for refuse in refusals:
        try:
            refuse()
        except ZorgidError as error:
            yield Finding.stop("inventory", Trouble.of(error))
