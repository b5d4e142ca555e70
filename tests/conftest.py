# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load this checkout as the collection gbz.zorgid, wherever it lies."""

from __future__ import annotations

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

# ansible-test sets its own finder up; a plain pytest needs one before the first import of ansible_collections.
if (
    "ANSIBLE_TEST_CONTENT_ROOT" not in os.environ
    and "ansible_collections" not in sys.modules
    and ROOT.parent.parent.name != "ansible_collections"
):
    tree = ROOT / ".cache" / "collections"
    link = tree / "ansible_collections" / "gbz" / "zorgid"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(tree)
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(tree)])
