# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo in an execution environment: each playbook in a new container, which is deleted after it, as AWX does.

A job shares with the next one the dossier (PostgreSQL), its key and the sandbox, and nothing else: inventory,
passwords and certificates are copied into a folder of its own with a random name. What it wrote for people is read
there, and then the folder is deleted. The containers are started in turn by ansible-navigator (which makes them root),
by ansible-runner with the image's user, and by ansible-runner with a random user, as OpenShift does.
At the end no text in the dossier may contain a job's folder, and no container may be left.
Everything made here lies in .cache/containers (``--state`` for another folder).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psycopg
from demo import ROOT, Demo, in_short, page, say

sys.path += [str(ROOT), str(ROOT / ".cache" / "collections")]
from tests.support.dossier_support import postgres_programs, running_postgres

#: podman's settings for this run alone: crun does not work where a machine's cgroups are mounted in both ways.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
"""
QUEUES = Path("/dev/mqueue")
#: Passed into each container: what the demo's reading of the output needs.
DISPLAY = ("ANSIBLE_DISPLAY_OK_HOSTS", "ANSIBLE_DISPLAY_SKIPPED_HOSTS", "ANSIBLE_FORKS")
#: What ansible-runner's callback writes between the lines for ansible-runner itself; a terminal does not show it.
EVENT = re.compile(r"\x1b\[K(?:[A-Za-z0-9+/=]+\x1b\[\d+D)+\x1b\[K")
WAYS = ("navigator, root", "runner, image's user", "runner, random user")


@dataclass(frozen=True)
class Job:
    """``data``: ansible-runner's folder on this machine. ``inside``: where the container sees ``data``/``name``."""

    name: str
    data: Path
    inside: Path

    @property
    def own(self) -> Path:
        return self.data / self.name


class InContainers(Demo):
    def __init__(self, state: Path, image: str, dossier: str) -> None:
        super().__init__(state)
        self.image, self.dossier = image, dossier
        self.label = f"zorgid-containers={secrets.token_hex(6)}"
        self.names: list[str] = []
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.ways = itertools.cycle(WAYS)
        # Nothing of this checkout reaches the container: there, the collection is the image's.
        self.outside = {
            key: value for key, value in self.environment.items() if not key.startswith(("ANSIBLE_", "PYTHON"))
        }
        self.outside |= {
            "CONTAINERS_CONF": str(state / "containers.conf"),
            "HOME": str(state / "home"),
            "NO_COLOR": "1",
        }

    def set_up(self) -> None:
        super().set_up()
        # Without this folder ansible-navigator starts no container (its --ipc=host makes podman mount it).
        QUEUES.mkdir(exist_ok=True)
        (self.state / "home").mkdir()
        (self.state / "containers.conf").write_text(CONTAINERS_CONF, encoding="utf-8")
        variables = json.loads(self.dossier_key.read_text("utf-8")) | {"zorgid_onboarding_dossier_url": self.dossier}
        self.dossier_key.write_text(json.dumps(variables), encoding="utf-8")

    def new_job(self, way: str) -> Job:
        name = f"zorgid-{secrets.token_hex(6)}"
        data = self.state / "jobs" / name / "data"
        # ansible-navigator mounts the folder it is called in at the same place, ansible-runner its own at /runner.
        job = Job(name, data, data / name if "navigator" in way else Path("/runner") / name)
        (job.own / "out").mkdir(parents=True)
        for folder in (data / "artifacts" / name / "job_events", data / "inventory", data / "project"):
            folder.mkdir(parents=True)
        (data / "inventory" / "hosts.yml").write_text("all: {}\n", encoding="utf-8")
        for folder in ("demo", "hr_exports/demo"):
            shutil.copytree(ROOT / "inventories" / folder, job.own / "inventories" / folder)
        shutil.copytree(self.sandbox_state / "inventory", job.own / "sandbox" / "inventory")
        self._certificates(job)
        shutil.copy(self.vault_password, job.own / "vault-password")
        shutil.copy(self.dossier_key, job.own / "variables.json")
        # The users of an execution environment are in group 0, whatever their number is.
        for path in (data, *data.rglob("*")):
            path.chmod(0o770 if path.is_dir() else 0o640)
        self.names.append(name)
        return job

    def _certificates(self, job: Job) -> None:
        """The sandbox's authorities, which its inventory names by their paths on this machine."""
        reported = job.own / "sandbox" / "inventory" / "group_vars" / "all" / "sandbox.yml"
        text = reported.read_text("utf-8")
        for path in self.sandbox_state.rglob("*"):
            if path.is_file() and str(path) in text:
                target = job.own / "sandbox" / path.relative_to(self.sandbox_state)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        reported.write_text(text.replace(str(self.sandbox_state), str(job.inside / "sandbox")), encoding="utf-8")

    def command(self, job: Job, way: str, playbook: str) -> list[str]:
        at, name = job.inside, f"gbz.zorgid.{playbook}"
        words = [
            *("-i", f"{at}/inventories/demo", "-i", f"{at}/sandbox/inventory"),
            *("--vault-password-file", f"{at}/vault-password", "-e", f"@{at}/variables.json"),
        ]
        options = ["--network=host", f"--label={self.label}", f"--env=ZORGID_DEMO_DIR={at}/out"]
        options += [f"--env={one}={self.environment[one]}" for one in DISPLAY]
        options += ["--env=ANSIBLE_FORCE_COLOR=false", "--env=NO_COLOR=1"]
        if "navigator" in way:
            return [
                *("ansible-navigator", "run", name, *words, "--mode", "stdout", "--ee", "true", "--ce", "podman"),
                *("--eei", self.image, "--pp", "never", "--playbook-artifact-enable", "false"),
                *("--lf", str(self.state / "navigator.log"), *(f"--co={option}" for option in options)),
            ]
        if "random" in way:
            options.append(f"--user={random.randint(100_000, 2_000_000)}:0")  # noqa: S311 - no secret
        return [
            *("ansible-runner", "run", str(job.data), "-p", name, "--ident", job.name),
            *("--process-isolation", "--process-isolation-executable", "podman", "--container-image", self.image),
            *(f"--container-option={option}" for option in options),
            f"--cmdline={' '.join(words)}",
        ]

    def play(self, playbook: str, name: str) -> tuple[str, int]:
        way = next(self.ways)
        shutil.rmtree(self.state / "jobs", ignore_errors=True)
        job = self.new_job(way)
        self.work = job.own / "out" / "work"
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603 - the command stands above
            self.command(job, way, playbook),
            env=self.outside,
            cwd=job.own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.seconds[way].append(time.monotonic() - began)
        say(f"   [{way}] {playbook}: {self.seconds[way][-1]:.0f} s")
        done.stdout = EVENT.sub("", done.stdout)
        return self.judged(playbook, name, done)

    def run_pass(self, number: int) -> None:
        """One pass, and the same again in another container: it writes the files for people into its own folder, and
        nothing else happens. People then act on the files of that second job."""
        output, _files = self.play("onboard", f"pass-{number}")
        say(f"== Pass {number}")
        for line in in_short(page(output)):
            say(line)
        if page(output)[-1].endswith("nothing to do"):
            return
        before = self.known(), self.sandbox("outcome")
        again, files = self.play("onboard", f"pass-{number}-again")
        if (self.known(), self.sandbox("outcome")) != before:
            raise SystemExit(f"containers: pass {number} run a second time did something; see {self.state / 'log'}")
        say(f"   run again: {page(again)[-1]} ({files} tasks wrote files; dossier and sandbox are as before)")

    def keep(self) -> None:
        """The next job's folder is another one: only what people act on is needed, and they act before it begins."""

    def forget(self) -> None:
        shutil.rmtree(self.state / "jobs")
        self.deleted += 1

    def known(self) -> int:
        with psycopg.connect(self.dossier.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT seq FROM journal_head").fetchone()
        return int(row[0]) if row else 0

    def signed(self) -> dict[str, int]:
        with psycopg.connect(self.dossier.replace("+psycopg", "")) as connection:
            kept = "SELECT ura, COUNT(*) FROM sealed WHERE kind = 'organisation_document' GROUP BY ura"
            return dict(connection.execute(kept).fetchall())

    def check_paths(self) -> None:
        """No job's folder, and no folder that only a container has, is in any text of the dossier."""
        found, texts = set(), 0
        with psycopg.connect(self.dossier.replace("+psycopg", "")) as connection:
            of_text = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            of_text += " AND data_type = 'text'"
            for table, column in connection.execute(of_text).fetchall():
                for (text,) in connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall():  # noqa: S608 - its own names
                    texts += 1
                    if text and (
                        "/runner" in text or str(self.state) in text or any(one in text for one in self.names)
                    ):
                        found.add(f"{table}.{column}: {text[:200]}")
        if found or not texts:
            raise SystemExit("containers: the dossier contains a job's folder:\n  " + "\n  ".join(sorted(found)))
        say(f"None of the dossier's {texts} texts contains a folder of any of the {len(self.names)} jobs.")

    def check_left(self) -> None:
        reported = subprocess.run(  # noqa: S603 - podman's own list
            ["podman", "ps", "-aq", "--filter", f"label={self.label}"],  # noqa: S607
            env=self.outside,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        if reported.stdout.strip():
            raise SystemExit(f"containers: these were left: {reported.stdout.split()}")

    def measure(self) -> None:
        """How long a container takes to say its version, as a ratio to the same on this controller."""
        podman = ["podman", "run", "--rm", f"--label={self.label}", self.image, "ansible", "--version"]
        took = [_seconds(command, self.outside) for command in (podman, ["ansible", "--version"])]
        reported = subprocess.run(  # noqa: S603 - podman's own figure
            ["podman", "image", "inspect", "--format", "{{.Size}}", self.image],  # noqa: S607
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        size, ratio = int(reported.stdout) // 1_000_000, took[0] / took[1]
        say(f"The image is {size} MB; `ansible --version` takes {ratio:.1f} times as long in a new container.")
        for way, seconds in self.seconds.items():
            say(f"  {way:<22} {len(seconds):>2} jobs, {sum(seconds) / len(seconds):.0f} s each")

    def run(self) -> None:
        say(f"The demo's care group in {self.image}: a new container for each playbook.")
        self.set_up()
        try:
            self.look_first()
            self.passes()
            self.check_outcome()
            self.check_paths()
        finally:
            self.sandbox("stop")
        self.measure()
        self.check_left()
        say(f"{time.monotonic() - self.began:.0f} s in all.")


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.monotonic()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - written above
    return time.monotonic() - began


def missing(image: str) -> list[str]:
    """What this machine lacks, each with what brings it."""
    wanted = {name: f"apt install {name}" for name in ("podman", "runc", "buildah")}
    wanted |= dict.fromkeys(("ansible-runner", "ansible-navigator"), "make .venv-controllers/.stamp")
    lacking = [f"{name} ({how})" for name, how in wanted.items() if not shutil.which(name)]
    if postgres_programs() is None:
        lacking.append("PostgreSQL (apt install postgresql)")
    if os.geteuid() != 0:
        lacking.append("root: containers are run by root here")
    if not lacking and subprocess.run(["podman", "image", "exists", image], check=False).returncode:  # noqa: S603, S607
        lacking.append(f"the image {image} (make ee)")
    return lacking


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".cache" / "containers", help="folder for all that is made here"
    )
    parser.add_argument("--image", default="localhost/zorgid-ee:debian", help="the execution environment")
    options = parser.parse_args()
    if lacking := missing(options.image):
        raise SystemExit("containers: left out, this is missing here: " + "; ".join(lacking))
    with running_postgres() as postgres:
        InContainers(options.state.resolve(), options.image, postgres.url()).run()


if __name__ == "__main__":
    main()
