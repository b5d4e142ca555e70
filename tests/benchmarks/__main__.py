# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every benchmark, one after the other: ``python -m tests.benchmarks``; fails when one misses its bar.

``python -m tests.benchmarks NAME …`` runs one of them, with its own options.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

benchmarks = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.py")) if not path.name.startswith("_")}
name, *options = sys.argv[1:] or [""]
if name and name not in benchmarks:
    sys.exit(f"There is no benchmark {name}; there are {', '.join(benchmarks)}.")
chosen = [benchmarks[name]] if name else benchmarks.values()
sys.exit(max(subprocess.run([sys.executable, path, *options], check=False).returncode for path in chosen))
