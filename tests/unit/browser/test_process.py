# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser's process: what it is given, how it ends, and what is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import process
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Fill, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import open_window
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.processes import family, started
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch, Sent
from ansible_collections.gbz.zorgid.tests.support.browser import browser_uid, child_of, opened, private_place, pss
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, Reply, Request, serve

PAGE = """<h1>Begin</h1><form method=post action=/save><label>Naam <input name=n></label><button>Opslaan</button></form>
<script>document.cookie = 'session=open; secure'</script>"""
SECRET = "Jansenius-1987"
ROOT = Path(__file__).resolve().parents[3]


class Site(SimpleNamespace):
    """on_post: done by the server when a POST has arrived."""

    url: str
    host: str
    received: list[Request]
    on_post: Callable[[], object]


@pytest.fixture(scope="module")
def site(pki: Pki) -> Iterator[Site]:
    made = Site(on_post=lambda: None, ca_path=str(pki.ca_path))

    def answer(request: Request) -> Reply:
        if request.method == "POST":
            made.on_post()
        return Reply(f"<h1>Bewaard</h1>{request.cookies}" if request.path == "/again" else PAGE)

    with serve(pki, answer) as running:
        made.host, made.received = running.url.split("/")[2], running.received
        made.url = f"https://{made.host}/"
        yield made


def launch(site: Site, **options: Any) -> Launch:
    settings = {"ca_path": site.ca_path, "timeout": 5.0, "uid": browser_uid(), **options}
    return Launch(site.url, [site.host], **settings)


def state_of(site: Site) -> dict[str, Any]:
    """What a window on this site knows, for another browser to go on with."""
    cookie = {"name": "session", "value": "open", "domain": "127.0.0.1", "path": "/", "expires": -1}
    return {"cookies": [{**cookie, "httpOnly": False, "secure": True, "sameSite": "Lax"}], "origins": []}


def last(window: Any) -> Sent:
    sent: Sent = window.last(Target("button", "Opslaan"), None, done=[], refused=[], person=[], over=[])
    return sent


SAVES: dict[str, Any] = {"done": [], "refused": [], "person": [], "over": []}


def gone(numbers: dict[int, int]) -> bool:
    """Whether all these processes end, soon."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if not any(started(pid) == start for pid, start in numbers.items()):
            return True
        time.sleep(0.05)
    return False


def texts(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.mark.slow
def test_what_its_processes_are_given_and_what_they_leave(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD", SECRET)
    with private_place() as place:
        window = open_window(launch(site, timeout=1.5, state=json.dumps(state_of(site)).encode()))
        site.received.clear()
        try:
            child = child_of(os.getpid())
            given = Path(f"/proc/{child}/environ").read_bytes()
            names = {line.split(b"=")[0] for line in given.split(b"\0") if line}
            assert names <= {b"PATH", b"LANG", b"HOME", b"TMPDIR"}
            window.start()
            assert site.received[0].cookies == "session=open"
            assert window.fill([Fill(Target("field", "Naam"), "family_name")], [SECRET]) == []
            with pytest.raises(process.ZorgidError) as caught:
                window.beside(["Rol"])
            assert (caught.value.code, SECRET in str(caught.value)) == ("page_not_as_mapped", False)
            numbers = family(child)
            lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in numbers}
            assert [line for line in lines.values() if b"--no-sandbox" in line] == []
            drawing = [pid for pid, line in lines.items() if b"--type=renderer" in b"".join(line)]
            assert drawing
            for pid in drawing:  # the sandbox: a filter of system calls, and a namespace of its own
                assert "\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
                assert Path(f"/proc/{pid}/ns/user").readlink() != Path("/proc/self/ns/user").readlink()
            assert sum(pss(child).values()) > 100_000_000
            assert SECRET.encode() not in texts(place)
            (folder,) = place.glob("*/*-*")
            assert folder.stat().st_mode & 0o777 == 0o700
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):  # Ctrl+C: no answer is taken for that of a later question
                window.shown([Target("heading", "Niemand")], wait=5)
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            window.close()
        assert [path.name for path in place.rglob("*")] == [folder.parent.name, "lock"]
        assert gone(numbers)
        with pytest.raises(process.ZorgidError) as caught:
            window.start()
        assert caught.value.code == "browser_lost"


def test_what_playwright_turns_on_is_still_on(site: Site) -> None:
    """Chromium listens to the last ``--enable-features`` only."""
    with opened(site.url, [site.host], ca_path=site.ca_path):
        given = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in family(child_of(os.getpid()))]
    browsers = [line.split("\0") for line in given if "--no-pings" in line and "--type=" not in line]
    assert browsers
    key = "--enable-features="
    for browser in browsers:
        theirs, ours = [one.removeprefix(key).split(",") for one in browser if one.startswith(key)]
        assert set(ours) == {*theirs, "RenderDocument:level/crashed-frame"}
        assert sum(one.startswith("--disable-features=") for one in browser) == 1


def test_killed_while_the_last_click_is_under_way(site: Site) -> None:
    """It was sent, so this is no error: the next reading tells."""
    with opened(site.url, [site.host], ca_path=site.ca_path) as window:
        window.start()
        assert json.loads(window.state()) == state_of(site)
        child = child_of(os.getpid())
        numbers = family(child)
        site.on_post = lambda: os.kill(child, signal.SIGKILL)
        site.received.clear()
        try:
            sent = last(window)
        finally:
            site.on_post = lambda: None
        assert (sent.requests, len(sent.digest), sent.status, sent.sign) == (1, 64, None, "none")
        assert gone(numbers)
        assert [one.method for one in site.received].count("POST") == 1
        with pytest.raises(process.ZorgidError) as caught:
            last(window)
        assert caught.value.code == "browser_lost"


def test_what_is_sent_just_after_the_waiting_ended_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.05)
    ask, asking = os.pipe()
    hearing, tell = os.pipe()
    script = f'import os\nwhile os.read({ask}, 9999): pass\nos.write({tell}, b\'{{"sent":"abc"}}\\n\')'
    window = process.Browser.__new__(process.Browser)
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", script], pass_fds=(ask, tell)) as child:
        os.close(ask)
        os.close(tell)
        vars(window).update(
            _timeout=0.01, _process=child, _family={}, _pipes=[asking, hearing], _asking=asking, _hearing=hearing,
            _unread=b"", _sent="", _unheard=False,
        )  # fmt: skip
        assert last(window) == (1, "abc", None, "none")


def test_a_look_before_the_last_click(site: Site) -> None:
    with opened(site.url, [site.host], ca_path=site.ca_path) as window:
        window.start()
        window.ready(Target("button", "Weg"), **SAVES)  # an error of the last click, and of nothing else
        assert window.shown([Target("heading", "Begin")]) == 0
        site.received.clear()
        window.ready(Target("button", "Weg"), **SAVES)
        with pytest.raises(process.ZorgidError) as caught:
            window.last(Target("button", "Opslaan"), None, **SAVES)
        assert (caught.value.code, site.received) == ("page_not_as_mapped", [])
        window.ready(Target("button", "Opslaan"), **SAVES)
        assert last(window).requests == 1
        child = child_of(os.getpid())
        window.start()
        os.kill(child, signal.SIGSTOP)
        window.ready(Target("button", "Opslaan"), **SAVES)
        site.received.clear()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(process.ZorgidError) as caught:
            last(window)
        assert (caught.value.code, site.received) == ("browser_lost", [])


@pytest.mark.slow
def test_one_at_a_time_what_a_killed_run_left_is_removed_and_a_browser_that_hangs_is_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with private_place() as place:
        words = [sys.executable, "-m", "tests.support.browser", site.url, site.host, site.ca_path]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            child = int(owner.stdout.readline())
            numbers = family(child)
            with pytest.raises(process.ZorgidError) as caught:
                open_window(launch(site))
            assert (caught.value.code, caught.value.found) == ("browser_busy", f"process {owner.pid}")
            owner.kill()
        assert gone(numbers)
        assert len(list(place.glob("*/*-*"))) == 1
        window = open_window(launch(site, timeout=0.5))
        try:
            (folder,) = place.glob("*/*-*")
            assert folder.name.startswith(f"{os.getpid():x}-")
            monkeypatch.setattr(process, "_GRACE", 0.2)
            monkeypatch.setattr(process, "_ENDS", 0.2)
            child = child_of(os.getpid())
            numbers = family(child)
            for pid in numbers:
                if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
            with pytest.raises(process.ZorgidError) as caught:
                window.walk([Step(Target("button", "Opslaan"))], {})
            assert caught.value.code == "browser_lost"
            os.kill(child, signal.SIGSTOP)
            with pytest.raises(process.ZorgidError) as caught:
                last(window)
            assert caught.value.code == "browser_timeout"
        finally:
            window.close()
        assert gone(numbers)
        assert list(place.glob("*/*-*")) == []


@pytest.mark.slow
def test_another_authority_than_that_of_ca_path(site: Site, tmp_path: Path) -> None:
    from ansible_collections.gbz.zorgid.tests.support.intake_support import make_pki

    other = make_pki(tmp_path)
    with (
        opened(site.url, [site.host], ca_path=str(other.ca_path)) as window,
        pytest.raises(process.ZorgidError) as caught,
    ):
        window.start()
    assert caught.value.code == "tls_untrusted"


@pytest.mark.parametrize(("uid", "as_root"), [(None, True), (0, False)])
def test_root_is_refused(site: Site, uid: int | None, as_root: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if as_root else 1000)
    with pytest.raises(process.ZorgidError) as caught:
        open_window(launch(site, uid=uid))
    assert caught.value.code == "browser_root_refused"
    assert "another user" in str(caught.value)


def test_without_a_browser(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(process.ZorgidError) as caught:
        open_window(launch(site))
    assert caught.value.code == "browser_not_installed"
    assert "apt install chromium-headless-shell" in str(caught.value)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(process.ZorgidError) as caught:
        open_window(launch(site, path="/nowhere/chromium"))
    assert "Playwright for Python and the browser of browser_path not there" in str(caught.value)
    pin = (ROOT / "meta" / "ee-requirements-browser.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert pin == f"playwright=={process.troubles.PLAYWRIGHT}"


def test_the_browser_without_a_screen_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("google-chrome", "chromium", "chromium-headless-shell"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
        assert process._program(None) == str(tmp_path / name)
    assert process._program(str(tmp_path / "chromium")) == str(tmp_path / "chromium")


@pytest.mark.parametrize("proxy", ["https://proxy.example:3128", "socks5://proxy.example"])
def test_a_proxy_that_a_browser_cannot_use(site: Site, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(process.ZorgidError) as caught:
        open_window(launch(site))
    assert caught.value.code == "portal_unreachable"
