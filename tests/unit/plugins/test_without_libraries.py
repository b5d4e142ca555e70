# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file imports where its libraries are not installed, so that a user is told which one to install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
SCRIPT = """
import importlib, sys

LIBRARIES = set("ada_url alembic asn1crypto authres cryptography dkim lxml orjson PIL pkcs11 psycopg"
                " pyhanko_certvalidator pypsrp qrcode requests signxml sqlalchemy turbohtml urllib3 winrm"
                " zxingcpp".split())

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LIBRARIES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
wrong = []
for name in sys.argv[1:]:
    try:
        importlib.import_module("ansible_collections.gbz.zorgid.plugins." + name)
    except Exception as error:
        wrong.append(f"{name}: {error}")
from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import missing
print(len(missing()))
sys.exit("\\n".join(wrong) or 0)
"""


def test_every_file_imports_without_its_libraries() -> None:
    files = [
        path.relative_to(PLUGINS)
        for folder in ("module_utils", "plugin_utils", "action", "inventory", "filter", "test", "callback")
        for path in sorted((PLUGINS / folder).rglob("*.py"))
        if path.name != "__init__.py" and "migrations" not in path.parts
    ]
    names = [".".join(path.with_suffix("").parts) for path in files]
    loader = "from ansible.plugins.loader import init_plugin_loader; init_plugin_loader()\n"
    done = subprocess.run([sys.executable, "-c", loader + SCRIPT, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10, "the libraries were there"
