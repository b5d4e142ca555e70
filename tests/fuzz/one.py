# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One target in a process of its own: ``python -m tests.fuzz.one TARGET bytes|structured|replay ARGUMENT``."""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
import types
from pathlib import Path

import atheris
from hypothesis import HealthCheck, Phase, given, settings

from .generators import STRATEGIES
from .places import CACHE, CORPUS, FOUND, tell
from .rule import obey
from .targets import TARGETS
from .watch import Watch

_OURS = "ansible_collections.gbz.zorgid.plugins"


def main(name: str, way: str, argument: str) -> None:
    target = TARGETS[name]
    if way == "replay":
        obey(target, Path(argument).read_bytes())
        print("keeps the rule")
    elif way == "bytes":
        _bytes(name, ["-max_total_time=" + argument])
    else:
        _structured(name, int(argument))


def _folders(name: str) -> list[str]:
    kept = CORPUS / name
    return [str(kept)] if kept.is_dir() else []


def _bytes(name: str, flags: list[str]) -> None:
    own = CACHE / "corpus" / name
    own.mkdir(parents=True, exist_ok=True)
    _seed(name, own)
    _start(name, [*flags, str(own), *_folders(name)])


def _instrument() -> None:
    """Ansible's import loader passes atheris by, so the collection's functions are instrumented once they are there."""
    for module in [module for name, module in sys.modules.items() if name.startswith(_OURS)]:
        for thing in list(vars(module).values()):
            if getattr(thing, "__module__", None) != module.__name__:
                continue
            inside = vars(thing).values() if isinstance(thing, type) else [thing]
            for function in inside:
                function = getattr(function, "__func__", function)
                if isinstance(function, types.FunctionType):
                    atheris.instrument_func(function)


def _start(name: str, arguments: list[str]) -> None:
    target, runs, last = TARGETS[name], 0, 0.0
    watch = Watch(name, "bytes")
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)

    def once(data: bytes) -> None:
        nonlocal runs, last
        runs += 1
        try:
            watch.obey(target, data)
        except BaseException as error:
            _tell(name, "bytes", runs, error, data)
            raise
        if time.monotonic() - last > 1:
            # libFuzzer ends the process itself, so what there is to say is said on the way.
            last = time.monotonic()
            _tell(name, "bytes", runs, None, b"")

    _instrument()
    # Its own watchdog counts the seconds of the clock, so that a busy machine would accuse what is innocent.
    limits = ["-rss_limit_mb=2048", "-timeout=0", "-max_len=16384", "-print_final_stats=0", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={found}/", *arguments], once)
    atheris.Fuzz()


def _structured(name: str, seconds: int) -> None:
    """Rounds of new examples until the time is over. Hypothesis makes what it finds as small as it can."""
    target, runs, until, last = TARGETS[name], 0, 0.0, b""
    watch = Watch(name, "structured")

    @settings(
        max_examples=500,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(STRATEGIES[name])
    def once(data: bytes) -> None:
        nonlocal runs, last, until
        # From the first input on: to make it may take longer than the time there is.
        until = until or time.monotonic() + seconds
        if time.monotonic() < until:
            runs, last = runs + 1, data
            watch.obey(target, data)

    while not until or time.monotonic() < until:
        try:
            once()
        except Exception as error:
            _tell(name, "structured", runs, error, last)
            raise
    _tell(name, "structured", runs, None, b"")


def _seed(name: str, own: Path) -> None:
    """A first corpus of well-formed things, so that the fuzzer starts where readers do."""

    @settings(
        max_examples=100, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(STRATEGIES[name])
    def seed(data: bytes) -> None:
        (own / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    if not any(own.iterdir()):
        seed()


def _tell(name: str, way: str, runs: int, error: BaseException | None, data: bytes) -> None:
    if error is None:
        tell(name, way, runs)
        return
    where = traceback.extract_tb(error.__traceback__)[-1]
    line = f"{type(error).__name__}: {error!s:.200} ({Path(where.filename).name}:{where.lineno})"
    tell(name, way, runs, ascii(line)[1:-1], data)


if __name__ == "__main__":
    main(*sys.argv[1:4])
