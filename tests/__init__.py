# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes this checkout importable as the collection gbz.zorgid, wherever it lies, and the sandbox as zorgid_sandbox.

Whatever of the tests is started from the root gets it: pytest (through conftest.py), ``python -m tests.benchmarks``,
``python -m tests.fuzz`` and the programs in tests/support. Nothing else in the tests changes where Python looks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# ansible-test sets its own finder up, but not in the programs that tests start. Anything else needs one, too, before
# the first import of ansible_collections.
if "ansible_collections" not in sys.modules and "ansible_pytest_collections" not in sys.modules:
    if ROOT.parent.parent.name == "ansible_collections":
        tree = ROOT.parents[2]
    else:
        tree = ROOT / ".cache" / "collections"
        link = tree / "ansible_collections" / "gbz" / "zorgid"
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree)
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])

if str(ROOT / "sandbox") not in sys.path:
    sys.path.append(str(ROOT / "sandbox"))
