# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line trust bundle: each bundle is checked once per run and environment."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.wire import pack, unpack
from ....module_utils._preflight import bundle
from ....module_utils._preflight.finding import Finding
from ..onboarding.channel import trouble_of
from . import signing
from .looking import Looking


def look(looking: Looking) -> Iterator[Finding]:
    yield from of(looking)


def of(looking: Looking) -> tuple[Finding, ...]:
    settings = dataclasses.replace(signing.wanted(looking).trust, cache_dir=None)

    def read() -> Any:
        try:
            return pack(list(bundle.looked_at(settings, looking.now)))
        except (ZorgidError, OSError) as error:
            return pack([Finding.stop(bundle.LINE, trouble_of(error))])

    key = json.dumps(dataclasses.asdict(settings), default=str)
    found: tuple[Finding, ...] = unpack(tuple[Finding, ...], looking.shared.get({"bundle": key}, read))
    return found
