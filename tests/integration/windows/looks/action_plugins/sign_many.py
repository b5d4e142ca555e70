# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests: the documents of several organisations are signed on one Windows host, as between decide and act."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.gbz.zorgid.plugins.action.organisation_document import ActionModule as Document
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.sign_many import sign_many


class ActionModule(ZorgidAction):
    SPEC = Spec({"asked": {"type": "list", "elements": "dict"}, "host": {"type": "str"}, "run_dir": {"type": "path"}})
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        run = Path(options["run_dir"])
        asked = [self.validate_argument_spec(Document.SPEC.options)[1] for _ in self._each(options["asked"])]
        found = sign_many(self, asked, host=options["host"], shared=OncePerRun(run / "shared"))
        told = [vars(one) if isinstance(one, ZorgidError) else one for one in found]
        (run / "signed.json").write_text(json.dumps(told), "utf-8")
        return {"changed": any(isinstance(one, dict) and one["changed"] for one in found)}

    def _each(self, asked: list[dict[str, Any]]) -> Any:
        given = self._task.args
        for one in asked:
            self._task.args = one
            yield one
        self._task.args = given
