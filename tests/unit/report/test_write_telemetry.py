# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The telemetry file while others write: the dossier is locked, newer or grows meanwhile, two write at once."""

from __future__ import annotations

import errno
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import schema
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.write_telemetry import (
    TelemetryWritten,
    WriteTelemetry,
    write_telemetry,
)

parser = pytest.importorskip(
    "prometheus_client.parser", reason="prometheus-client is not here: pip install prometheus-client"
)


class Here:
    """Two dossiers with an organisation each, and the folder that the collector reads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "collected" / "zorgid.prom"
        self.path.parent.mkdir()
        self.urls = [f"sqlite:///{folder}/{name}.sqlite3" for name in ("one", "other")]
        for at, url in enumerate(self.urls):
            with self.opened(url) as store:
                store.register(f"9000010{at}", f"Praktijk {at}")

    @staticmethod
    @contextmanager
    def opened(url: str) -> Iterator[DossierStore]:
        with DossierStore.open(url, environment="test", tenant="") as store:
            yield store

    def write(self) -> TelemetryWritten:
        places = {DossierPlace(url, "test", ""): [f"host{at}"] for at, url in enumerate(self.urls)}
        return write_telemetry(WriteTelemetry(self.path, places), read_only=False)

    def values(self) -> dict[tuple[str, ...], float]:
        """As the collector finds the file now."""
        text = self.path.read_text(encoding="utf-8")
        assert text.endswith("\n")
        families = parser.text_string_to_metric_families(text)
        return {(one.name, *one.labels.values()): one.value for each in families for one in each.samples}

    def files(self) -> list[str]:
        return [one.name for one in self.path.parent.iterdir()]


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_run_that_writes_to_the_dossier_just_now_is_not_waited_for(here: Here) -> None:
    engine = sa.create_engine(here.urls[0], poolclass=sa.NullPool)
    with engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        writer.execute(sa.update(schema.version).values(version_num="9999"))
        written = here.write()
        writer.exec_driver_sql("ROLLBACK")
    assert (written.dossiers, written.dossiers_unread, written.unread) == (2, 0, {})
    assert here.values()["zorgid_dossiers_read",] == 2


def test_a_dossier_that_a_newer_version_has_migrated_is_counted_and_named(here: Here) -> None:
    engine = sa.create_engine(here.urls[0], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.update(schema.version).values(version_num="9999"))
    written = here.write()
    assert {host: error.code for host, error in written.unread.items()} == {"host0": "dossier_too_new"}
    found = here.values()
    assert (found["zorgid_dossiers_read",], found["zorgid_dossiers_unread",]) == (1, 1)
    assert found["zorgid_organisations_unread",] == 1
    # The figures of the other one are there: one dossier does not silence all.
    assert found["zorgid_organisations", "prepared", "open"] == 1


def test_a_full_disk_leaves_the_earlier_file_and_nothing_beside_it(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write()
    before = here.path.read_bytes()
    with here.opened(here.urls[0]) as store:
        store.register("90000109", "Praktijk 9")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ZorgidError) as caught:
            here.write()
    assert caught.value.code == "telemetry_not_written"
    assert "No space left" in str(caught.value)
    assert (here.path.read_bytes(), here.files()) == (before, ["zorgid.prom"])
    here.write()
    assert here.path.read_bytes() != before


def test_two_that_write_at_once_are_never_seen_half(here: Here) -> None:
    here.write()
    ended = threading.Event()
    looks: Counter[float] = Counter()

    def look() -> None:
        while not ended.is_set():
            looks[here.values()["zorgid_dossiers_read",]] += 1

    collector = threading.Thread(target=look)
    collector.start()
    with ThreadPoolExecutor(2) as together:
        written = [one.result() for one in [together.submit(here.write) for _ in range(20)]]
    ended.set()
    collector.join()
    assert {one.dossiers for one in written} == {2}
    assert set(looks) == {2.0}
    assert here.files() == ["zorgid.prom"]


def test_figures_are_of_one_moment_while_organisations_are_added(here: Here) -> None:
    """Each organisation is in each step once, also if it was added while the dossier was read."""
    sums: list[set[float]] = []

    def add(number: int) -> None:
        with here.opened(here.urls[0]) as store:
            for at in range(10):
                store.register(f"800{number:02}{at:03}", f"Praktijk {number} {at}")

    with ThreadPoolExecutor(1) as adding:
        added = [adding.submit(add, number) for number in range(4)]
        while not all(one.done() for one in added):
            here.write()
            steps: dict[str, float] = {}
            for (name, *labels), value in here.values().items():
                if name == "zorgid_organisations":
                    steps[labels[0]] = steps.get(labels[0], 0) + value
            sums.append(set(steps.values()))
        for one in added:
            one.result()
    here.write()
    assert here.values()["zorgid_organisations", "prepared", "open"] == 42
    assert all(len(each) == 1 for each in sums), sums


def test_a_folder_that_is_gone_and_a_name_that_is_taken(here: Here, tmp_path: Path) -> None:
    places: dict[Any, list[str]] = {}
    for path, code in (
        (tmp_path / "gone" / "zorgid.prom", "telemetry_folder_missing"),
        (tmp_path / "collected", "telemetry_path_invalid"),
        (here.path.parent, "telemetry_path_invalid"),
        (None, "telemetry_path_invalid"),
    ):
        command = WriteTelemetry(path, places)
        with pytest.raises(ZorgidError) as caught:
            write_telemetry(command, read_only=True)
        assert caught.value.code == code
