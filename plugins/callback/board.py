# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# ruff: noqa: E402 - the documentation stands first
from __future__ import annotations

DOCUMENTATION = r"""
name: board
type: notification
short_description: Shows how far each organisation is
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - While a play runs, one line for each step that M(gbz.zorgid.dossier) records as changed.
  - At the end, one line for each organisation with the step that is next, its state and whose turn it is, as the last
    M(gbz.zorgid.onboarding_report) of the run found it.
  - Shows host names, names of organisations, steps and roles; nothing else of any result.
requirements:
  - It is enabled by C(callbacks_enabled = gbz.zorgid.board) in C(ansible.cfg), or with the environment variable
    E(ANSIBLE_CALLBACKS_ENABLED).
seealso:
  - module: gbz.zorgid.onboarding_report
"""

EXAMPLES = r"""
# [defaults]
# callbacks_enabled = gbz.zorgid.board
"""

from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.gbz.zorgid.plugins.module_utils._report.dates import day
from ansible_collections.gbz.zorgid.plugins.module_utils._report.notices import role_of
from ansible_collections.gbz.zorgid.plugins.module_utils._report.texts import STATES, STATUSES, STEPS

COLOURS = {"done": "green", "waiting": "yellow", "failed": "red", "attention": "red"}
WIDEST = 40


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "gbz.zorgid.board"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._boards: dict[str, list[dict[str, Any]]] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        action = result.task.resolved_action or result.task.action
        if action in ("gbz.zorgid.onboarding_report", "gbz.zorgid.onboarding_settle"):
            if found := result.result.get("organisations"):
                self._boards[result.result["html_path"]] = found
        elif action == "gbz.zorgid.dossier" and result.result.get("changed"):
            milestone = result.result.get("milestone") or {}
            step, state = milestone.get("step"), milestone.get("state")
            if step in STEPS and state in STATES:
                role = role_of(milestone.get("who"))
                turn = f" op {role}" if role else ""
                self._say(f"  {result.host.get_name()}: {STEPS[step][1]}: {STATES[state]}{turn}", state)

    v2_runner_item_on_ok = v2_runner_on_ok

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - Ansible's name
        organisations = [one for found in self._boards.values() for one in found]
        if not organisations:
            return
        width = min(WIDEST, max(len(one["name"]) for one in organisations))
        self._say("\nZORG-ID SMART", None)
        for one in organisations:
            name = str(one["name"])
            shown = name if len(name) <= width else name[: width - 1] + "…"
            label = STEPS[one["step"]][1] if one["step"] in STEPS else ""
            parts = [f"{shown:<{width}} {one['ura']:>8}  {STATUSES[one['status']]:<16} {label}"]
            if one["state"] == "waiting":
                parts.append(f": {one['who_label']}")
            elif one["state"] == "failed":
                parts.append(f": {STATES['failed']}")
            if since := day(one["since"]):
                parts.append(f" (sinds {since})")
            self._say("".join(parts).rstrip(), one["status"])

    def _say(self, text: str, state: str | None) -> None:
        self._display.display(text, color=COLOURS.get(state or ""))
