# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a text has the form of a number that care uses. Numbers have leading zeros, so integers never pass."""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import is_ura


def _form(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


class TestModule:
    def tests(self) -> dict[str, Callable[[object], bool]]:
        return {"ura": is_ura, "agb_code": _form(r"\d{8}"), "uzi_number": _form(r"\d{1,9}")}
