# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play the pipelines of docs/examples/provider: the very lines of its YAML files, in a fresh clone for each job."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "provider"
#: What needs the internet, and nothing else of the pipelines is left out.
NOT_PLAYED = "Install"


def git(where: Path, *words: str) -> str:
    own = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *own, *words], cwd=where, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    """A runner's: nothing of this machine's own pipeline, and Ansible's files in ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GITHUB_", "CI_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "sandbox"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(home),
        **more,
    }


@dataclass
class Job:
    """What a job did: its output, and its exit status; ``failed``: the step at which it ended."""

    output: str = ""
    status: int = 0
    failed: str = ""
    played: list[str] = field(default_factory=list)
    folder: Path = Path()


class Pipelines:
    """A bare origin with the branch main, and a runner for each pipeline."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin, self.work = folder, folder / "origin.git", folder / "work"
        self.jobs = 0
        self.secrets = {"VAULT_PASSWORD": "a password for a test"}
        self.api = ""
        git(folder, "init", "--quiet", "--bare", "-b", "main", str(self.origin))

    def commit(self, what: str, branch: str = "main") -> str:
        """Everything in the working copy, on this branch of origin."""
        git(self.work, "checkout", "--quiet", "-B", branch)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "-m", what)
        git(self.work, "push", "--quiet", "--force", str(self.origin), branch)
        return git(self.work, "rev-parse", "HEAD")

    def merge(self, branch: str) -> str:
        git(self.work, "checkout", "--quiet", "main")
        git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch)
        git(self.work, "push", "--quiet", str(self.origin), "main")
        return git(self.work, "rev-parse", "HEAD")

    def clone(self, commit: str) -> Path:
        self.jobs += 1
        where = self.folder / f"job{self.jobs}"
        git(self.folder, "clone", "--quiet", "--no-checkout", str(self.origin), str(where))
        git(where, "checkout", "--quiet", commit)
        return where

    def shell(self, script: str, where: Path, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=where,
            env=environment(self.folder / "ansible", more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )

    def github(self, workflow: str, name: str, commit: str, said: dict[str, Any], files: Path | None = None) -> Job:
        """``said``: what GitHub's expressions have as their values. One that is not there is an error of the test."""
        where = self.clone(commit)
        job = Job(folder=where)
        content = yaml.safe_load((where / ".github" / "workflows" / workflow).read_text(encoding="utf-8"))["jobs"][name]
        if files:
            (where / files.name).write_bytes(files.read_bytes())
        values = {**{f"secrets.{key}": value for key, value in self.secrets.items()}, "!cancelled()": True, **said}

        def value(text: str) -> str:
            return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: str(values[found[1]]), text)

        for step in content["steps"]:
            if "run" not in step or step["name"] == NOT_PLAYED:
                continue
            condition = str(step.get("if", "")).removeprefix("${{ ").removesuffix(" }}")
            if (condition and not values[condition]) or (job.failed and condition != "!cancelled()"):
                continue
            reported = {**content.get("env", {}), **step.get("env", {})}
            assert "${{" not in step["run"]
            own = {key: value(text) for key, text in reported.items()}
            summary = {"GITHUB_STEP_SUMMARY": str(where / "summary.md")}
            if self.api:
                summary |= {"GITHUB_API_URL": self.api, "GITHUB_REPOSITORY": "gbz/zorgid"}
            done = self.shell(step["run"], where, {**summary, **own})
            job.played.append(step["name"])
            job.output += f"== {step['name']}: {done.returncode}\n{done.stdout}"
            if done.returncode and not job.failed:
                job.failed, job.status = step["name"], done.returncode
        return job

    def gitlab(
        self, name: str, commit: str, said: dict[str, str], *, protected: bool, files: Path | None = None
    ) -> Job:
        where = self.clone(commit)
        content = yaml.safe_load((where / ".gitlab-ci.yml").read_text(encoding="utf-8"))
        if files:
            (where / files.name).write_bytes(files.read_bytes())
        reported = {**content["variables"], **content[name].get("variables", {}), **said}
        reported |= self.secrets if protected else {}
        done = self.shell("\n".join(content[name]["script"]), where, reported)
        return Job(done.stdout, done.returncode, name if done.returncode else "", [name], where)


@contextmanager
def merge_request_server() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Plays the one call of GitHub's and GitLab's API: its address, and (path, login, body of the comment)."""
    posted: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            login = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
            posted.append((self.path, login, sent["body"]))
            self.send_response(403 if login.endswith("may not") else 201)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
