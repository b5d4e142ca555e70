# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A window whose browser runs in a process of its own: the owner's side.

Whatever the browser does, this side ends in time: each call has a deadline, after which the browser's processes are
killed, one by one, by their numbers.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._common.errors import ZorgidError
from . import troubles, wire
from .folder import Folder
from .names import ExportPage, Fill, ListPage, Step, Target
from .processes import family, kill, started
from .window import Here, Launch, Part, Rows, Sending, Sent, Versions

#: where a browser of this family is found, if none is named: first Debian's own without a screen, the quicker one
PROGRAMS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "microsoft-edge", "microsoft-edge-stable",
)  # fmt: skip
_START = 90.0
#: seconds after the browser's own time limits; seconds that it has to end by itself
_GRACE = 15.0
_ENDS = 5.0
_COLLECTION = Path(__file__).resolve().parents[3]


def open_window(launch: Launch) -> Browser:
    """Start a browser. Errors: ``browser_root_refused``, ``browser_not_installed``, ``browser_not_started``,
    ``browser_busy``, ``file_inaccessible``, ``ca_path_unreadable``, ``client_certificate_unreadable``,
    ``portal_unreachable``."""
    if (os.geteuid() == 0 and launch.uid is None) or launch.uid == 0:
        raise ZorgidError(
            "browser_root_refused",
            "A browser is not started as root",
            expected="an ordinary user of this machine: a browser as root has no sandbox",
            found="root",
            action="run the playbook as another user, without become for localhost",
        )
    return Browser(launch, _program(launch.path), _proxies(launch.hosts))


class Browser:
    """Fulfils ``Window``. The browser runs from ``__init__`` until ``close``."""

    def __init__(self, launch: Launch, program: str, proxies: Mapping[str, str]) -> None:
        self._timeout = launch.timeout
        self._folder = Folder(os.geteuid() if launch.uid is None else launch.uid)
        self._process: subprocess.Popen[bytes] | None = None
        self._family: dict[int, int] = {}
        self._pipes: list[int] = []
        self._unread = b""
        #: the digest of what was sent since the last question
        self._sent = ""
        #: whether ``ready`` was asked, and its answer not heard yet
        self._unheard = False
        try:
            self._begin(launch, program, proxies)
        except BaseException:
            self.close()
            raise

    def _begin(self, launch: Launch, program: str, proxies: Mapping[str, str]) -> None:
        path = self._folder.path
        ask, self._asking = os.pipe()
        self._hearing, tell = os.pipe()
        self._pipes = [self._asking, self._hearing]
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment |= {"HOME": str(path / "home"), "TMPDIR": str(path / "t")}
        child = Path(__file__).with_name("child.py")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python and a file of ours  # pylint: disable=ansible-bad-function
                [sys.executable, "-I", str(child), str(ask), str(tell), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(ask, tell),
                cwd=path,
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(ask)
            os.close(tell)
        begin = wire.Begin(launch, str(path), program, proxies, os.getpid())
        where = {"collection": str(_COLLECTION), "paths": sys.path}
        self._say(where)
        self._say(wire.plain(begin))
        answer = self._hear(_START, troubles.not_started("no answer"))
        if "error" in answer:
            raise wire.raised(answer)
        self._versions: Versions = wire.typed(Versions, answer["answer"])
        self._remember_family()

    @property
    def versions(self) -> Versions:
        return self._versions

    def start(self) -> None:
        self._call("start", 2 * self._timeout)

    def walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        *,
        sending: Sending = "nothing",
    ) -> None:
        self._call("walk", self._way(steps), steps=steps, values=values, sending=sending)

    def walk_on(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        if_shown: Sequence[Target],
        over: Sequence[Target],
        templates: Sequence[str],
        choices: Sequence[Mapping[str, str]],
    ) -> Here | None:
        looks = {"if_shown": if_shown, "over": over, "templates": templates, "choices": choices}
        found: Here | None = self._call("walk_on", self._way(steps), steps=steps, values=values, **looks)
        return found

    def _way(self, steps: Sequence[Step]) -> float:
        """Seconds for these steps. A row may be on any page of a list."""
        lists = 60 * self._timeout * any(step.following is not None for step in steps)
        return 3 * self._timeout * (1 + len(steps)) + lists

    def shown(self, targets: Sequence[Target], *, wait: float = 0) -> int | None:
        found: int | None = self._call("shown", wait + self._timeout, targets=targets, wait=wait)
        return found

    def here(self, over: Sequence[Target], templates: Sequence[str], choices: Sequence[Mapping[str, str]]) -> Here:
        found: Here = self._call("here", self._timeout, over=over, templates=templates, choices=choices)
        return found

    def lines(self, templates: Sequence[str], values: Mapping[str, str]) -> bool:
        return bool(self._call("lines", self._timeout, templates=templates, values=values))

    def beside(self, names: Sequence[str]) -> Mapping[str, str]:
        found: Mapping[str, str] = self._call("beside", self._timeout, names=names)
        return found

    def fill(self, fills: Sequence[Fill], texts: Sequence[str]) -> Sequence[str]:
        different: Sequence[str] = self._call("fill", 3 * self._timeout, fills=fills, texts=texts)
        return different

    def ready(
        self,
        last: Target,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> None:
        self._ask("ready", last=last, done=done, refused=refused, person=person, over=over)
        self._unheard = True

    def last(
        self,
        last: Target,
        confirm: Target | None,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> Sent:
        signs = {"done": done, "refused": refused, "person": person, "over": over}
        try:
            sent: Sent = self._call("last", 5 * self._timeout, last=last, confirm=confirm, **signs)
        except ZorgidError:
            if self._sent:  # it was said before it was sent, so that it is known here even if the browser died
                return Sent(1, self._sent, None, "none")
            raise
        return sent

    def rows(self, page: ListPage) -> Rows:
        found: Rows = self._call("rows", 60 * self._timeout, page=page)
        return found

    def download(self, page: ExportPage) -> Path:
        path: Path = self._call("download", 3 * self._timeout * (4 + len(page.open)), page=page)
        return path

    def picture(self, target: Target) -> bytes:
        picture: bytes = self._call("picture", 2 * self._timeout, target=target)
        return picture

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        image: bytes | None = self._call("drawing", 2 * self._timeout, words=words, never=never)
        return image

    def outline(self, known: Sequence[str]) -> Sequence[Part]:
        parts: Sequence[Part] = self._call("outline", self._timeout, known=known)
        return parts

    def self_test(self) -> Sequence[str]:
        wrong: Sequence[str] = self._call("self_test", 4 * self._timeout)
        return wrong

    def state(self) -> bytes:
        state: bytes = self._call("state", self._timeout)
        return state

    def escape(self) -> None:
        self._call("escape", 2 * self._timeout)

    def close(self) -> None:
        self._end()
        self._folder.close()

    # --- the pipes

    def _call(self, call: str, seconds: float, **given: Any) -> Any:
        """seconds: of the browser's own time limits; this side waits a little longer."""
        unheard, self._unheard = self._unheard, False
        if unheard:
            ready = self._answer(2 * self._timeout)
            if call == "last" and "error" in ready:
                raise wire.raised(ready)
        self._ask(call, **given)
        answer = self._answer(seconds)
        if "error" in answer:
            raise wire.raised(answer)
        with self._readable():
            return wire.typed(wire.answer(call), answer["answer"])

    def _ask(self, call: str, **given: Any) -> None:
        self._sent = ""
        if self._process is None:
            raise troubles.lost("it was closed, or ended before")
        with self._readable():
            self._say({"call": call, "given": {name: wire.plain(value) for name, value in given.items()}})

    def _answer(self, seconds: float) -> dict[str, Any]:
        with self._readable():
            return self._hear(seconds + _GRACE, troubles.timeout(seconds + _GRACE))

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, KeyError) as error:
            self._end()
            raise troubles.lost("its answer cannot be read") from error
        except BaseException:
            self._end()  # also Ctrl+C: its answer would be taken for that of the next question
            raise

    def _say(self, line: Any) -> None:
        data = json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            while data:
                data = data[os.write(self._asking, data) :]
        except BrokenPipeError as error:
            self._end()
            raise troubles.lost() from error

    def _hear(self, seconds: float, late: ZorgidError) -> dict[str, Any]:
        """The next answer. A line that says what is being sent is kept, and is no answer."""
        end = time.monotonic() + seconds
        while True:
            line, there, rest = self._unread.partition(b"\n")
            if there:
                self._unread = rest
                answer: dict[str, Any] = json.loads(line)
                if "sent" not in answer:
                    return answer
                self._sent = str(answer["sent"])
                continue
            ready = select.select([self._hearing], [], [], max(0, end - time.monotonic()))[0]
            data = os.read(self._hearing, 1 << 20) if ready else b""
            self._unread += data
            if not data or len(self._unread) > wire.MOST_BYTES + 1:
                self._end()
                raise late if not ready else troubles.lost()

    # --- the processes

    def _remember_family(self) -> None:
        """All processes of the browser. Chromium is in a group of its own, so that the group is not enough."""
        if self._process is not None:
            self._family = family(self._process.pid)

    def _end(self) -> None:
        process, self._process, self._unheard = self._process, None, False
        pipes, self._pipes = self._pipes, []
        for asking in pipes[:1]:
            os.close(asking)
        if process is not None:
            known = self._family | family(process.pid)
            try:
                process.wait(_ENDS)  # it ends by itself when its pipe does
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pid, start in known.items():
                if pid != process.pid and started(pid) == start:
                    kill(pid)
        for hearing in pipes[1:]:
            self._hear_the_rest(hearing)
            os.close(hearing)

    def _hear_the_rest(self, hearing: int) -> None:
        """Whether something was sent after this side had stopped waiting. The other side has ended."""
        os.set_blocking(hearing, False)
        with contextlib.suppress(BlockingIOError):
            while data := os.read(hearing, 1 << 20):
                self._unread += data
        for line in self._unread.split(b"\n"):
            if line.startswith(b'{"sent":'):
                self._sent = str(json.loads(line)["sent"])
        self._unread = b""


def _program(path: str | None) -> str:
    browser = shutil.which(path) if path else next((one for one in map(shutil.which, PROGRAMS) if one), None)
    missing = []
    if importlib.util.find_spec("playwright") is None:
        missing.append("Playwright for Python")
    if browser is None:
        missing.append("the browser of browser_path" if path else "Chromium, Chrome or Edge")
    if missing or browser is None:
        raise troubles.not_installed(" and ".join(missing))
    return browser


def _proxies(hosts: Sequence[str]) -> dict[str, str]:
    """Of each host, as the controller's HTTPS_PROXY and NO_PROXY say."""
    from .._net.connection_pool import proxy_for

    found = {host: proxy_for(f"https://{host}/") or "" for host in hosts}
    for proxy in filter(None, found.values()):
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if parts.scheme != "http" or not parts.hostname:
            raise ZorgidError(
                "portal_unreachable",
                "The proxy for the portal cannot be used by a browser",
                expected="HTTPS_PROXY like http://proxy.example:3128",
                found="another kind of address",
                action="correct HTTPS_PROXY, or add the portal's host to NO_PROXY",
            )
    return found
