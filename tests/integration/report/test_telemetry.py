# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook telemetry, as a user runs it: two dossiers, one file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

parser = pytest.importorskip(
    "prometheus_client.parser", reason="prometheus-client is not here: pip install prometheus-client"
)
NAMES = ("Praktijk M. Jansen", "Apotheek Het Anker", "Thuiszorg Zonneveld")
URAS = ("90000101", "00000202", "90000303")
HOSTS = ("jansen", "anker", "zonneveld")
#: Stops for ever between the temporary file and its rename, and says so.
STOPS = """
import os, pathlib, sys, time
if "playbook" in " ".join(sys.argv):
    before = pathlib.Path.replace
    def replace(self, target):
        if str(target).endswith(".prom"):
            pathlib.Path(os.environ["STOPPED"]).touch()
            time.sleep(600)
        return before(self, target)
    pathlib.Path.replace = replace
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    from ansible_collections.gbz.zorgid.tests.support.dossier_support import postgres_programs, running_postgres

    if postgres_programs() is None:
        pytest.skip("PostgreSQL's programs are not here: apt install postgresql")
    with running_postgres() as server:
        yield server


class Inventory:
    """Two organisations in a dossier of SQLite, the third one in a dossier of PostgreSQL."""

    def __init__(self, folder: Path, postgres: Any) -> None:
        self.folder, self.path = folder, folder / "collected" / "zorgid.prom"
        self.path.parent.mkdir()
        self.urls = [f"sqlite:///{folder}/dossier.sqlite3"] * 2 + [postgres.fresh()]
        for url, ura, name in zip(self.urls, URAS, NAMES, strict=True):
            with DossierStore.open(url, environment="test", tenant="") as store:
                store.register(ura, name)
                store.set_milestone(ura, "prepared", "done")
                store.set_milestone(ura, "document_sent", "waiting", who="vzvz", what="Look at it")
        self.write()

    def write(self, **more: dict[str, str]) -> None:
        hosts = {}
        for host, url, ura, name in zip(HOSTS, self.urls, URAS, NAMES, strict=True):
            own = {
                "organisation": {"ura": ura, "name": name},
                "environment": "test",
                "work_dir": str(self.folder / "work"),
                "dossier_url": url,
                "dossier_head_path": str(self.folder / f"{host}.head"),
                **more.get(host, {}),
            }
            hosts[host] = {f"zorgid_onboarding_{key}": value for key, value in own.items()}
        reported = {"care_organisations": {"hosts": hosts}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(reported), encoding="utf-8")

    def command(self, *words: str, path: str | None = None) -> list[str]:
        given = ["-e", f"zorgid_telemetry_path={path or self.path}"] if path != "" else []
        playbook = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.folder / "inventory.yml")]
        return [*playbook, "gbz.zorgid.telemetry", *given, *words]

    def run(self, *words: str, path: str | None = None, code: int = 0, **more: str) -> str:
        done = subprocess.run(
            self.command(*words, path=path),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", **more},
        )
        shown = done.stdout + done.stderr
        assert done.returncode == code, shown
        assert "Traceback" not in shown
        return shown

    def values(self) -> dict[tuple[str, ...], float]:
        text = self.path.read_text(encoding="utf-8")
        assert not any(word in text for word in (*NAMES, *URAS, *HOSTS, "Jansen"))
        families = parser.text_string_to_metric_families(text)
        return {(one.name, *one.labels.values()): one.value for each in families for one in each.samples}


@pytest.fixture
def inventory(tmp_path: Path, postgres: Any) -> Inventory:
    return Inventory(tmp_path, postgres)


def test_one_file_for_all_dossiers(inventory: Inventory) -> None:
    assert "changed=1" in inventory.run("--check")
    assert list(inventory.path.parent.iterdir()) == []
    assert "changed=1" in inventory.run()
    found = inventory.values()
    assert found["zorgid_organisations", "document_sent", "waiting"] == 3
    assert (found["zorgid_dossiers_read",], found["zorgid_dossiers_without_run",]) == (2, 2)
    assert found["zorgid_dossiers_missing",] == 0
    assert stat.S_IMODE(inventory.path.stat().st_mode) == 0o644
    assert list(inventory.path.parent.iterdir()) == [inventory.path]
    # Nothing new: the file is written again, since its time tells how old it is.
    os.utime(inventory.path, (1, 1))
    assert "changed=0" in inventory.run("--check")
    assert inventory.path.stat().st_mtime == 1
    assert "changed=0" in inventory.run()
    assert inventory.path.stat().st_mtime > 1
    # A dossier that cannot be read, and variables that cannot: the file says so, and the run fails.
    inventory.write(zonneveld={"dossier_tenant": "another"}, anker={"dossier_url": "{{ missing }}"})
    with DossierStore.open(inventory.urls[2], environment="test") as store:
        store.runs.record("a", seconds=1, failures={"smtp_unreachable": 1})
    reported = inventory.run(code=2)
    assert "telemetry_incomplete" in reported
    assert "zonneveld (dossier_tenant_differs)" in reported
    found = inventory.values()
    assert (found["zorgid_dossiers_read",], found["zorgid_dossiers_unread",]) == (1, 1)
    assert found["zorgid_organisations_unread",] == 2


@pytest.mark.slow
def test_each_wrong_input_is_one_clear_error_and_the_file_stays(inventory: Inventory) -> None:
    inventory.path.write_text("earlier", encoding="utf-8")
    device = inventory.folder / "device.prom"
    device.symlink_to("/dev/null")
    for path, code in {
        "": "telemetry_path_invalid",
        # The earlier content is read; /dev/full and /dev/zero have no end.
        str(device): "telemetry_path_invalid",
        f"{inventory.path}.txt": "telemetry_path_invalid",
        f"{inventory.folder}/missing/zorgid.prom": "telemetry_folder_missing",
        "/proc/zorgid.prom": "telemetry_not_written",
    }.items():
        assert code in inventory.run(path=path, code=2)
    assert "telemetry_limited" in inventory.run("-l", "jansen", code=2)
    assert "zorgid_telemetry_path" in inventory.run("-e", "zorgid_telemetry_pth=/x", code=2)
    assert inventory.path.read_text(encoding="utf-8") == "earlier"
    assert list(inventory.path.parent.iterdir()) == [inventory.path]


@pytest.mark.slow
def test_a_kill_before_the_rename_leaves_the_earlier_file(inventory: Inventory) -> None:
    inventory.path.write_text("earlier", encoding="utf-8")
    site, stopped = inventory.folder / "site", inventory.folder / "stopped"
    site.mkdir()
    (site / "sitecustomize.py").write_text(STOPS, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": f"{site}:{os.environ.get('PYTHONPATH', '')}", "STOPPED": str(stopped)}
    with subprocess.Popen(
        inventory.command(), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while not stopped.exists():
            assert process.poll() is None
            signal.sigtimedwait([], 0.05)
        os.killpg(process.pid, signal.SIGKILL)
    assert inventory.path.read_text(encoding="utf-8") == "earlier"
    assert [one.name for one in inventory.path.parent.iterdir() if one.name.endswith(".prom")] == ["zorgid.prom"]
    inventory.run()
    assert inventory.values()["zorgid_dossiers_read",] == 2
