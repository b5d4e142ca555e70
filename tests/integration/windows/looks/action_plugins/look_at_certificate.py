# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests: one organisation's looks at its certificate and key, as the role's observing action makes them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.gbz.zorgid.plugins.action.organisation_document import ActionModule as Document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.make_document import signer_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import uzi_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun


class ActionModule(ZorgidAction):
    SPEC = Spec({**Document.SPEC.options, "host": {"type": "str"}, "run_dir": {"type": "path"}})
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        run, began = Path(options["run_dir"]), time.monotonic()
        wanted = signer_of(options)
        seen = uzi_look.certificate(self, wanted, host=options["host"], shared=OncePerRun(run / "shared"))
        took = time.monotonic() - began
        reported = {
            "certificate": asdict(seen.certificate),
            "key": asdict(uzi_look.key(wanted.source, seen)),
            "warnings": seen.warnings,
            "evidence": seen.evidence,
            "seconds": took,
        }
        name = self.task_vars["inventory_hostname"]
        (run / f"{name}.json").write_text(json.dumps(reported, default=str), "utf-8")
        return {}
