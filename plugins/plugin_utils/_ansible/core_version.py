# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the version of ansible-core: refuses one that is too old, warns about one newer than the tests use."""

from __future__ import annotations

import re

from ansible.release import __version__

from ...module_utils._common.errors import ZorgidError

#: The versions in meta/runtime.yml and requirements.in; a test compares.
OLDEST, NEWEST = (2, 19), (2, 21)


def refuse_old(running: str = __version__) -> str:
    """Returns a warning for a version newer than the newest tested one, otherwise an empty text.

    Error: ``ansible_too_old``. Ansible itself only warns that a collection does not support it."""
    found = tuple(int(part) for part in re.findall(r"\d+", running)[:2])
    if found < OLDEST:
        raise ZorgidError(
            "ansible_too_old",
            "This ansible-core is too old for gbz.zorgid",
            expected=f"ansible-core {_text(OLDEST)} or newer",
            found=f"ansible-core {running}",
            action=f'python -m pip install "ansible-core>={_text(OLDEST)}", in the environment that runs Ansible',
        )
    if found > NEWEST:
        return f"gbz.zorgid was tested with ansible-core {_text(OLDEST)} to {_text(NEWEST)}; this is {running}."
    return ""


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
