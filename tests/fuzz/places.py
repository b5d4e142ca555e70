# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where inputs lie: those that are kept with the code, and those of this machine."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
CACHE = ROOT / ".cache" / "fuzz"
FOUND = CACHE / "found"
