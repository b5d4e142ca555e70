# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzzing of everything that reads foreign input; see ``python -m tests.fuzz --help``."""

from __future__ import annotations

import sys
from pathlib import Path

if "ansible_collections" not in sys.modules:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import conftest  # noqa: F401 - makes this checkout importable as the collection
