# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule for what comes in: a result or a ZorgidError, within two seconds of work and 200 MB; never anything else.

Seconds are those of the processor, so that a busy machine accuses nobody.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

SECONDS = 2.0
MEGABYTES = 200


class RuleBrokenError(Exception):
    """An input that cost too much; every other exception that leaves ``obey`` broke the rule by itself."""


def obey(target: Callable[[bytes], object], data: bytes) -> None:
    """Give ``data`` to ``target``; raise unless it keeps the rule. An error's sentence has to be fit for a screen."""
    memory, work = _peak(), time.process_time()
    try:
        target(data)
    except ZorgidError as error:
        unfit = [letter for letter in str(error) if not letter.isprintable() and letter != "\n"]
        if unfit:
            raise RuleBrokenError(f"a message with {unfit[0]!a} in it: {str(error)!a}") from error
        if len(str(error)) > 10_000:
            raise RuleBrokenError(f"a message of {len(str(error))} characters") from error
    work, memory = time.process_time() - work, _peak() - memory
    if work > SECONDS:
        raise RuleBrokenError(f"{work:.1f} seconds of work")
    if memory > MEGABYTES * 1024:
        raise RuleBrokenError(f"{memory // 1024} MB")


def _peak() -> int:
    """Kilobytes of this process at its largest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
