# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where inputs lie: those that are kept with the code, and those of this machine; and what a run says of itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
CACHE = ROOT / ".cache" / "fuzz"
FOUND = CACHE / "found"


def found_input(name: str, way: str, data: bytes) -> str:
    """Keep what broke the rule; its path, as ``--replay`` takes it."""
    place = FOUND / name / f"{way}-{hashlib.sha256(data).hexdigest()[:16]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return str(place.relative_to(ROOT) if place.is_relative_to(ROOT) else place)


def tell(name: str, way: str, runs: int, found: str = "", data: bytes = b"") -> None:
    """The result of a run so far, for the process that started it."""
    reported = {"runs": runs, "found": found, "input": found_input(name, way, data) if found else ""}
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / f"{name}-{way}.json").write_text(json.dumps(reported))
