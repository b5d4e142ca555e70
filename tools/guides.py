# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run every command of docs/guides against the sandbox, as a reader would type it.

Each ```bash block is typed line by line into a working folder like the one that gbz.zorgid.new makes (``ansible.cfg``,
``inventory``), with the demo's three organisations. Each guide begins in a world of its own. HTML comments, which a
reader does not see, say the rest:

    <!-- state: start -->      where the world of this guide begins: a name of ``STATES``
    <!-- exit: 2 -->           the commands of the next block end with this status
    <!-- outside: why -->      the next block needs a host outside: its commands are only checked for names and syntax
    <!-- by hand: COMMAND -->  what the reader does with an editor, as a shell command; $ROOT is the checkout
    <!-- sandbox: people act --> or <!-- sandbox: reject HOST -->  what VZVZ and the organisations do meanwhile
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ROOT / "docs" / "guides"
#: Where a guide may begin, and after which run of the playbook that is: before the first one; VZVZ was asked and has
#: not answered; the letters with the codes are made and nobody has acted on them; everybody can log in.
STATES = {"start": 0, "asked": 1, "letter": 3, "done": 9}
_FENCE = re.compile(r"^ *```(\w*)\s*$")
_COMMENT = re.compile(r"^ *<!-- (state|exit|outside|by hand|sandbox): (.+) -->$")
_CONFIGURATION = """\
[defaults]
inventory = inventory,sandbox/inventory
vault_password_file = vault-password
display_ok_hosts = false
display_skipped_hosts = false
localhost_warning = false
forks = 10

[inventory]
any_unparsed_is_failed = true
inventory_unparsed_warning = false
"""


@dataclass(frozen=True)
class Line:
    """What happens at one place of a guide. ``kind``: ``command``, ``by hand`` or ``sandbox``."""

    number: int
    kind: str
    text: str
    status: int = 0
    outside: str = ""


@dataclass(frozen=True)
class Guide:
    path: Path
    state: str
    lines: tuple[Line, ...]

    @property
    def commands(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "command"]


def read(path: Path) -> Guide:
    """ValueError: a comment or a block that nobody would understand."""
    state, lines = "", []
    status, outside, language = 0, "", None
    began, typed = 0, ""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(text)
        if language is not None:
            if fence:
                if typed:
                    raise ValueError(f"{path.name}:{began}: the command does not end")
                if language == "bash":
                    status, outside = 0, ""
                language = None
            elif language == "bash" and text.strip() and not text.lstrip().startswith("#"):
                began = began if typed else number
                typed += text.strip()
                if typed.endswith("\\"):
                    typed = typed[:-1]
                else:
                    lines.append(Line(began, "command", typed, status, outside))
                    typed = ""
        elif fence:
            language = fence[1]
        elif text.lstrip().startswith("<!-- ") and "SPDX" not in text:
            comment = _COMMENT.match(text)
            if not comment:
                raise ValueError(f"{path.name}:{number}: no comment that the runner knows: {text}")
            match comment[1]:
                case "state":
                    state = comment[2]
                case "exit":
                    status = int(comment[2])
                case "outside":
                    outside = comment[2]
                case kind:
                    lines.append(Line(number, kind, comment[2]))
    if language is not None:
        raise ValueError(f"{path.name}: a block does not end")
    if status or outside:
        raise ValueError(f"{path.name}: a comment without a block after it")
    if state not in STATES:
        raise ValueError(f"{path.name}: the state is one of {', '.join(STATES)}; found {state or 'none'}")
    return Guide(path, state, tuple(lines))


def guides() -> list[Guide]:
    return [read(path) for path in sorted(GUIDES.glob("*.md")) if path.name != "README.md"]


def complaints(line: Line) -> Iterator[str]:
    """What of a command is no shell, no playbook, or no variable of that playbook."""
    try:
        words = shlex.split(line.text, comments=True)
    except ValueError as error:
        yield f"{line.text}: {error}"
        return
    playbook = next((word.removeprefix("gbz.zorgid.") for word in words if word.startswith("gbz.zorgid.")), "")
    if "ansible-playbook" not in words:
        return
    path = ROOT / "playbooks" / f"{playbook}.yml"
    if not playbook or not path.is_file():
        yield f"{line.text}: no such playbook"
        return
    for flag, word in pairwise(words):
        name = word.partition("=")[0]
        if flag == "-e" and name not in variables(playbook):
            yield f"{line.text}: {playbook} has no variable {name}"


def variables(playbook: str) -> set[str]:
    """What the playbook takes with -e: as its own text and the sums of the role name it."""
    sys.path.append(str(ROOT / ".cache" / "collections"))
    from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.commands import VARIABLES

    if playbook in VARIABLES:
        return set(VARIABLES[playbook])
    text = (ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8")
    role = (ROOT / "roles" / "zorgid_onboarding" / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    found = set(re.findall(r"\bzorgid_\w+", text + role))
    return found | set(re.findall(r"-e (\w+)=", text))


class World:
    """The sandbox and the working folder, in one folder whose path stays the same for all guides."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder / "zorgid", folder / "kept"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "PYTHONPATH": str(ROOT / "sandbox"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ZORGID_DEMO_DIR": str(self.folder),
            "ROOT": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def sandbox(self, *words: str) -> None:
        command = [sys.executable, "-m", "zorgid_sandbox", *words, "--state", str(self.folder / "sandbox")]
        self.shell(shlex.join(command), ROOT)

    def shell(self, command: str, where: Path | None = None, status: int = 0) -> str:
        """Its output. RuntimeError with it when it ends in another way."""
        done = subprocess.run(  # noqa: S603 - to type what the guides say is what this is for
            ["/bin/bash", "-c", command],
            cwd=where or self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != status:
            raise RuntimeError(f"ended with {done.returncode}, expected {status}:\n{done.stdout}")
        return done.stdout

    def make(self, states: set[str]) -> None:
        """Play the organisations to the last of these states, and keep each."""
        self.folder.mkdir(parents=True, mode=0o700)
        shutil.copytree(ROOT / "inventories" / "demo", self.folder / "inventory")
        shutil.copytree(ROOT / "inventories" / "hr_exports", self.folder / "hr_exports")
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        for name, text in {
            "ansible.cfg": _CONFIGURATION,
            "vault-password": f"{secrets.token_urlsafe(24)}\n",
            "inventory/group_vars/all.yml": json.dumps({"zorgid_onboarding_dossier_key": key}),
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        self.sandbox("start", "--scenario", str(ROOT / "sandbox" / "scenarios" / "demo.yml"))
        self.keep("start")
        for number in range(1, max(STATES[state] for state in states) + 1):
            said = self.shell("ansible-playbook gbz.zorgid.onboard")
            if state := next((name for name, when in STATES.items() if when == number), ""):
                self.keep(state)
            if "nothing to do" in said:
                self.keep("done")
                return
            self.people()

    def people(self) -> None:
        self.sandbox(
            *("people", "act", "--handed", str(self.folder / "work" / "handed")),
            *("--inventory", str(self.folder / "sandbox" / "inventory")),
            *("--vault-password-file", str(self.folder / "vault-password")),
        )

    def keep(self, state: str) -> None:
        self.sandbox("stop")
        shutil.copytree(self.folder, self.kept / state, symlinks=True)
        self.sandbox("start")

    def begin(self, state: str) -> None:
        self.sandbox("stop")
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept / state, self.folder, symlinks=True)
        self.sandbox("start")

    def happens(self, words: str) -> None:
        if words == "people act":
            self.people()
            return
        reject = re.fullmatch(r"reject (\w+)", words)
        if not reject:
            raise RuntimeError("the sandbox comment is `people act` or `reject HOST`")
        self.shell(
            f"{shlex.quote(sys.executable)} {shlex.quote(str(ROOT / 'tools' / 'guides.py'))} --reject {reject[1]}"
        )


def reject(host: str) -> None:
    """VZVZ's desk finds something in the document that our own checks do not know."""
    from zorgid_sandbox import scenario
    from zorgid_sandbox.intake import store as intake
    from zorgid_sandbox.people import letters

    state = Path("sandbox").resolve()
    ura = next(one.ura for one in scenario.load(state).organisations if one.host == host)
    reference = next(form.reference for form in intake.forms(state, "application") if form.ura == ura)
    reason = "Het KVK-nummer hoort niet bij deze organisatie."
    letters.send(state, "document_rejected", ura=ura, reference=reference, reason=reason)


def play(world: World, guide: Guide, *, show: bool) -> bool:
    """Whether every command did what the guide says; it ends at the first that does not."""
    where = world.folder
    world.begin(guide.state)
    for line in guide.lines:
        began = time.monotonic()
        try:
            if line.kind == "command":
                if wrong := list(complaints(line)):
                    raise RuntimeError("\n".join(wrong))
                world.shell(f"bash -n -c {shlex.quote(line.text)}", where)
            if line.kind == "sandbox":
                world.happens(line.text)
            elif line.text.startswith("cd "):
                where = (where / line.text.removeprefix("cd ")).resolve(strict=True)
            elif not line.outside:
                said = world.shell(line.text, where, line.status)
                if show:
                    print(said)
        except (RuntimeError, OSError) as error:
            print(f"FAILED {guide.path.relative_to(ROOT)}:{line.number}: {line.text}\n{error}", flush=True)
            return False
        mark = " (outside: not run)" if line.outside else f" {time.monotonic() - began:.1f} s"
        print(f"  {line.number:>3} {line.text[:100]}{mark}", flush=True)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", help="guides by their file names; all when none is named")
    parser.add_argument("--show", action="store_true", help="show what each command prints")
    parser.add_argument("--reject", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reject:
        reject(options.reject)
        return
    chosen = [guide for guide in guides() if not options.names or guide.path.name in options.names]
    if len(chosen) < max(1, len(options.names)):
        raise SystemExit(f"guides: no such guide among {', '.join(guide.path.name for guide in guides())}")
    with tempfile.TemporaryDirectory(prefix="zorgid-guides-") as folder:
        world = World(Path(folder).resolve())
        try:
            print("Starting the sandbox and playing the organisations to each state …", flush=True)
            world.make({guide.state for guide in chosen})
            failed = []
            for guide in chosen:
                print(f"{guide.path.name} ({guide.state})", flush=True)
                if not play(world, guide, show=options.show):
                    failed.append(guide.path.name)
        finally:
            world.sandbox("stop")
    commands = [line for guide in chosen for line in guide.commands]
    outside = sum(1 for line in commands if line.outside)
    print(f"guides: {len(commands)} commands of {len(chosen)} guides, {outside} marked outside")
    if failed:
        raise SystemExit(f"guides: these are wrong: {', '.join(failed)}")


if __name__ == "__main__":
    main()
