# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write comment.md: what a merge request changes in the table of organisations, without any secret.

    merge_request.py BEFORE     BEFORE: the commit that the merge request starts from

It compares with gbz.zorgid.new: a working folder is made from the table of BEFORE, and then --check says what the table
that is here would change in it. That is the same reading and checking that a run does. It asks no server and no
dossier, so it does not say what a run would send. Exit status: 0, or 2 if a row of the table cannot be used.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import guard

TABLE, COMMENT = "tables/klanten.csv", Path("comment.md")
#: How the lines begin that gbz.zorgid.new shows; a line that goes on begins with two blanks.
SIGNS = ("→ ", "✓ ", "✗ ", "! ", "-> ", "ok ", "x ")
MOST = 50_000


def new(folder: str, table: Path, *words: str) -> tuple[int, list[str]]:
    """The exit status of gbz.zorgid.new, and what it shows."""
    # Another inventory than ansible.cfg names: that one is vaulted, and there is no password here.
    command = ["ansible-playbook", "-i", "localhost,", "gbz.zorgid.new"]
    variables = ["-e", f"zorgid_folder={folder}", "-e", f"zorgid_table={table}"]
    done = subprocess.run(  # noqa: S603
        [*command, *variables, *words],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, shown(done.stdout)


def shown(output: str) -> list[str]:
    """The page of gbz.zorgid.new, without Ansible's lines around it."""
    kept: list[str] = []
    inside = False
    for line in re.split(r"^TASK \[Every row", output, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        inside = line.startswith(SIGNS) or (inside and line.startswith("  "))
        if inside:
            kept.append(line)
    return kept


def compare(before: str) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder, f"before{Path(TABLE).suffix}")
        try:
            old.write_bytes(guard.git("show", f"{before}:{TABLE}"))
        except guard.CannotTellError:
            pass  # the first table
        else:
            new(f"{folder}/zorgid", old)
        status, lines = new(f"{folder}/zorgid", Path(TABLE).resolve(), "--check")
    return status, [line.replace(folder, "…") for line in lines]


def block(lines: list[str]) -> str:
    """Code, whatever the text is: it never ends the block, nor begins a line that a server takes for a command."""
    text = "\n".join(f"  {line}" for line in lines)[:MOST]
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 3)
    return f"{fence}text\n{text}\n{fence}"


def steering(before: str, tables: list[str]) -> list[str]:
    found: list[str] = []
    for path in tables:
        try:
            found += [f"{path}: {one}" for one in guard.beyond(before, "HEAD", path)]
        except guard.CannotTellError as error:
            found.append(f"{path}: it cannot be told: {error}")
    return found


def main(before: str) -> int:
    try:
        first = guard.commit(before)
        tables, others = guard.changed(first, guard.commit("HEAD"))
    except guard.CannotTellError as error:
        print(f"Stopped, because it cannot be told: {error}.")
        return guard.CANNOT_TELL
    said = [f"## ZORG-ID: what this merge request changes\n\n{len(tables)} tables, {len(others)} other files."]
    if others:
        said.append("**The other files are code**: a merge of them runs nothing, a colleague starts the run by hand.")
        said.append(block([ascii(name) for name in others[: guard.MOST_SHOWN]]))
    if steers := steering(first, tables):
        said.append("**These decide where a secret goes or which file is read**: a colleague's change.")
        said.append(block(steers[: guard.MOST_SHOWN]))
    status, lines = compare(first)
    said.append(f"### {TABLE}")
    said.append(block(lines or ["gbz.zorgid.new could not compare the tables: see the job's output"]))
    said.append(
        "This was compared without a secret: no server was asked. What a run would send is in the plan, "
        "which is made after the merge and stops at the guard if it is more than `limits.json` allows."
    )
    COMMENT.write_text("\n\n".join(said) + "\n", encoding="utf-8")
    print(COMMENT.read_text(encoding="utf-8"))
    return 0 if status == 0 and lines else 2


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: merge_request.py BEFORE")
    sys.exit(main(sys.argv[1]))
