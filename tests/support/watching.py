# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of Ansible that writes all that it can write, and what must not stand in any of it."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

CALLBACK = """
DOCUMENTATION = '''
name: dump_everything
type: notification
short_description: every result as it is
description: every result as it is
'''
import json, os
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, 'notification', 'dump_everything'
    CALLBACK_NEEDS_ENABLED = True

    def _dump(self, result, **_more):
        with open(os.environ['DUMP_PATH'], 'a', encoding='utf-8') as file:
            told = {'host': result.host.get_name(), 'task': result.task.get_name(), 'result': result.result}
            file.write(json.dumps(told, default=repr, ensure_ascii=False) + chr(10))

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = _dump
    v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_item_on_skipped = _dump
"""


class Watch:
    """Of one folder. Of temporary files, what lives for less than a fiftieth of a second may be missed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.plan = folder, folder / "seen", folder / "plan"
        self._temporary: dict[str, bytes] = {}
        plugins = folder / "plugins"
        for one in (self.seen, plugins):
            one.mkdir()
        (plugins / "dump_everything.py").write_text(CALLBACK, encoding="utf-8")
        self.environment = {
            "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
            "ANSIBLE_CALLBACKS_ENABLED": "dump_everything,gbz.zorgid.board",
            "DUMP_PATH": str(self.seen / "dump.jsonl"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.seen / "facts"),
            "ANSIBLE_RETRY_FILES_ENABLED": "true",
            "ANSIBLE_RETRY_FILES_SAVE_PATH": str(self.seen / "retry"),
            "ANSIBLE_LOG_PATH": str(self.seen / "ansible.log"),
            "ANSIBLE_HOME": str(self.seen / "home"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "temporary"),
        }
        self._runs = 0

    def run(self, words: Sequence[str], environment: Mapping[str, str]) -> int:
        """``ansible-playbook`` to its end, at -vvv; its exit status."""
        self._runs += 1
        log = self.seen / f"terminal-{self._runs}.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                ["ansible-playbook", "-vvv", *words],
                env={**environment, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            with self.looking():
                return process.wait(600)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While something runs with ``environment``."""
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended,))
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.02):
            for path in (self.folder / "temporary").rglob("*"):
                # It may be gone by now.
                with suppress(OSError):
                    if path.is_file():
                        content = path.read_bytes()
                        # One that is written again with other content is another one.
                        self._temporary[f"{path.name} {hashlib.sha256(content).hexdigest()[:8]}"] = content

    def places(self) -> dict[str, str]:
        """Everything that a run left or showed, but what is meant for people and the dossier."""
        found = {f"temporary: {name}": content for name, content in self._temporary.items()}
        for folder in (self.seen, self.plan):
            for path in folder.rglob("*"):
                # A name is seen too.
                name = str(path.relative_to(self.folder))
                found[name] = name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        return {name: content.decode("utf-8", "replace") for name, content in found.items()}


def found_in(places: Mapping[str, str], canaries: Mapping[str, str]) -> list[str]:
    """``what: place (…what stands around it…)`` of each canary that is seen, also broken over lines (as Ansible breaks
    its warnings), or written as JSON, HTML or a URL has it."""
    reported = []
    texts = {place: (text, _joined(text)) for place, text in places.items()}
    for what, canary in canaries.items():
        assert canary.strip()
        for place, both in texts.items():
            for text, one in ((text, one) for text in both for one in _written(canary)):
                if (at := text.find(one)) >= 0:
                    reported.append(f"{what}: {place} ({text[max(0, at - 200) : at + 60]!r})")
                    break
    return reported


def _written(canary: str) -> set[str]:
    ways = {canary, quote(canary), quote(canary, safe=""), html.escape(canary)}
    ways |= {json.dumps(canary)[1:-1], json.dumps(canary, ensure_ascii=False)[1:-1]}
    return ways | {_joined(one) for one in ways}


def _joined(text: str) -> str:
    return re.sub(r"\s+", "", text)
