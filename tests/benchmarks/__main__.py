# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every benchmark, one after the other: ``python -m tests.benchmarks``; fails when one misses its bar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

benchmarks = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("_"))
sys.exit(max(subprocess.run([sys.executable, path], check=False).returncode for path in benchmarks))
