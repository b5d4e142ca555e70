# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops a run at one moment of one effect, in the process that carries it out, until somebody has killed the run.

A point is an effect of the plan and a moment: ``before the claim`` (planned again, and nothing is claimed or done),
``while it is sent`` (the dossier says that it is being sent, and nothing has left), ``after the effect`` (the world has
it, and the dossier does not say so), ``before the record`` (the effect's own step is recorded, and nothing else).
Whoever survives the run's own process goes on, as Ansible's workers do.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

_BELOW = "ansible_collections.gbz.zorgid.plugins"
#: What tells the dossier that an effect happened: before the first of them the world has it, and the dossier does not
#: say so. An effect that calls none of them is over when its action is.
_TELLS = ("mark_done", "prove", "proving", "set_milestone")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kill_points"

    def v2_playbook_on_start(self, playbook: Any) -> None:
        reported = json.loads(os.environ["ZORGID_TEST_KILL_POINT"])
        _Point(reported["effect"], reported["moment"], Path(reported["hit"])).arm()


class _Point:
    def __init__(self, effect: str, moment: str, hit: Path) -> None:
        self._effect, self._moment, self._hit = effect, moment, hit
        self._run, self._now = os.getpid(), False

    def arm(self) -> None:
        """Before anything is forked: every worker has it."""
        carrying = importlib.import_module(f"{_BELOW}.plugin_utils._ansible.onboarding.carrying").Carrying
        store = importlib.import_module(f"{_BELOW}.module_utils._dossier.store").DossierStore
        claims = importlib.import_module(f"{_BELOW}.module_utils._dossier.claims").Claims
        self._around(carrying, self._effect, self._while_carried)
        if self._moment == "before the claim":
            self._around(carrying, self._effect, self._before)
        elif self._moment == "while it is sent":
            self._around(claims, "mark_sending", self._after)
        elif self._moment == "after the effect":
            for name in _TELLS:
                self._around(store if hasattr(store, name) else claims, name, self._before)
        elif self._moment == "before the record":
            self._around(carrying, "_record", self._before_record)
        else:
            raise ValueError(self._moment)

    @staticmethod
    def _around(owner: type, name: str, wrapped: Callable[..., Any]) -> None:
        original = getattr(owner, name)
        setattr(owner, name, lambda *args, **more: wrapped(original, *args, **more))

    def _while_carried(self, original: Any, *args: Any, **more: Any) -> Any:
        self._now = True
        found = original(*args, **more)
        if self._now and self._moment == "after the effect":
            self._stop()
        self._now = False
        return found

    def _before(self, original: Any, *args: Any, **more: Any) -> Any:
        if self._now or self._moment == "before the claim":
            self._stop()
        return original(*args, **more)

    def _after(self, original: Any, *args: Any, **more: Any) -> Any:
        found = original(*args, **more)
        if self._now:
            self._stop()
        return found

    def _before_record(self, original: Any, carrying: Any, *args: Any, **more: Any) -> Any:
        if (carrying._outcomes().get(self._effect) or {}).get("status") == "done":
            self._stop()
        return original(carrying, *args, **more)

    def _stop(self) -> None:
        self._now = False
        self._hit.touch()
        while os.getppid() == self._run:
            time.sleep(0.05)
