# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of programs that tests start, the same under pytest and under `ansible-test units`."""

from __future__ import annotations

import os
from pathlib import Path

#: where Python found the collection: in this checkout's own tree, or in ansible-test's copy
COLLECTION = Path(__file__).parents[2]


def surroundings(**more: str) -> dict[str, str]:
    """What this process has, without what ansible-test gives to its own pytest; Ansible finds the collection."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "ANSIBLE_TEST_"))}
    return {**ours, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]), **more}
