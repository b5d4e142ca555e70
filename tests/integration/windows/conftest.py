# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sandbox importable, whoever starts pytest."""

from __future__ import annotations

import sys
from pathlib import Path

SANDBOX = Path(__file__).resolve().parents[3] / "sandbox"
if str(SANDBOX) not in sys.path:
    sys.path.insert(0, str(SANDBOX))
