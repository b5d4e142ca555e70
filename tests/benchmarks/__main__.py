# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every benchmark, one after the other: ``python -m tests.benchmarks``; fails when one misses its bar.

``python -m tests.benchmarks NAME …`` runs one of them, with its own options.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

benchmarks = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
name, *options = sys.argv[1:] or [""]
if name and name not in benchmarks:
    sys.exit(f"There is no benchmark {name}; there are {', '.join(benchmarks)}.")
chosen = [name] if name else benchmarks
sys.exit(
    max(
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{one}", *options], check=False).returncode
        for one in chosen
    )
)
