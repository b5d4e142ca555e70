# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboard the care group of inventories/demo against the sandbox: preflight, the plan, then playbook, people, playbook,
… until nothing changes.

The playbooks are run as a user would run them, with a key for the dossier. Each pass is run twice: the second run finds
nothing to do. Between two passes the sandbox's simulated people do what only people do, and then the playbook's working
folder is deleted: it is a cache, and the dossier puts back what counts.
Everything made here lies in .cache/demo (``--state`` for another folder), the whole output of each command in its
folder ``log``; the sandbox is stopped at the end.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_PASSES, MOST_LINES = 10, 100
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
#: What is Ansible's own around a page that a playbook shows.
ANSIBLES = re.compile(r"(PLAY|TASK|RUNNING|ok:|changed:|skipping:|fatal:|failed:|\[[A-Z]+\]:)")
#: What the sandbox says of each person or organisation -> the same of all of them in one line.
ACTS = (
    (r"VZVZ confirms the application", "VZVZ confirms {} applications"),
    (r"VZVZ checks and accepts", "VZVZ checks and accepts {} organisation documents"),
    (r"VZVZ mails the link", "VZVZ mails {} links to the follow-up form"),
    (r"VZVZ issues the activation code", "VZVZ mails {} activation codes (QR)"),
    (r".* scans the QR code", "{} portal administrators scan the code of their letter and are active"),
    (r".* makes a token", "{} portal administrators log in to the portal and make a token"),
    (r"(\d+) (?:person|people) of .* enrol with", "{} employees enrol with their own phone"),
)


def say(text: str = "") -> None:
    Demo.lines += text.count("\n") + 1
    print(text, flush=True)


def near(path: Path) -> str:
    """As short as a person can type it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def page(output: str) -> list[str]:
    """What a playbook shows of itself, without Ansible's lines around it, and without empty lines at its end."""
    shown: list[str] = []
    for line in output.splitlines():
        if line.startswith("ZORG-ID "):
            shown = [line]
        elif shown and ANSIBLES.match(line):
            break
        elif shown:
            shown.append(line)
    while shown and not shown[-1].strip():
        shown.pop()
    return shown


def in_short(lines: list[str]) -> list[str]:
    """A run's table: its heading and where its files are stand elsewhere; what needs somebody is told whole."""
    whole = any(line.startswith(("Action needed", "Failed")) for line in lines)
    kept = []
    for line in lines[1:]:
        if line.startswith(("To hand over", "Board:")):
            break
        kept.append(line)
        if not whole and line.startswith(("In this run", "Waits now")):
            break
    return [line for line in kept if line.strip()]


def acts(reported: str) -> Iterator[str]:
    """Who did what, each kind of act once."""
    counts: dict[str, int] = {}
    # A line that begins with blanks is the rest of the one before.
    for line in re.sub(r"\n +", " ", reported).splitlines():
        if re.search(r" reads \d+ mails?\.$", line):
            continue  # what they do next says so
        for pattern, words in ACTS:
            if found := re.match(pattern, line):
                counts[words] = counts.get(words, 0) + int(found.group(1) if found.groups() else 1)
                break
        else:
            yield line
    for words, count in counts.items():
        yield words.format(count)


class Demo:
    #: How many were printed; a newcomer reads no more than ``MOST_LINES``.
    lines = 0

    def __init__(self, state: Path) -> None:
        self.state = state
        self.sandbox_state = state / "sandbox"
        self.work = state / "work"
        self.kept = state / "kept"
        self.dossier_key = state / "dossier-key.json"
        self.deleted = 0
        self.began = time.monotonic()
        self.vault_password = state / "vault-password"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "sandbox"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
            "ANSIBLE_DISPLAY_OK_HOSTS": "false",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_FORKS": "10",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ZORGID_DEMO_DIR": str(state),
        }

    def sandbox(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "zorgid_sandbox", *words, "--state", str(self.sandbox_state)],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            say(done.stdout.rstrip())
            raise SystemExit(f"demo: the sandbox's `{words[0]}` failed; its logs are in {self.sandbox_state / 'log'}")
        return done.stdout

    def clean(self) -> None:
        if self.sandbox_state.exists():
            self.sandbox("stop")
        shutil.rmtree(self.state, ignore_errors=True)

    def set_up(self) -> None:
        self.clean()
        (self.state / "log").mkdir(parents=True, mode=0o700)
        self.vault_password.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
        self.vault_password.chmod(0o600)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.dossier_key.write_text(json.dumps({"zorgid_onboarding_dossier_key": key}), encoding="utf-8")
        self.dossier_key.chmod(0o600)
        print(
            "Starting the sandbox (VZVZ's forms, mail, portal, a Windows host, two hierarchies) …", end="", flush=True
        )
        began = time.monotonic()
        self.sandbox("start", "--scenario", str(ROOT / "sandbox" / "scenarios" / "demo.yml"))
        say(f" {time.monotonic() - began:.0f} s")

    def play(self, playbook: str, name: str) -> tuple[str, int]:
        """What a playbook printed, and the number of changes it made. What it could not do ends the demo."""
        command = [
            "ansible-playbook",
            *("-i", "inventories/demo", "-i", str(self.sandbox_state / "inventory")),
            *("--vault-password-file", str(self.vault_password), "-e", f"@{self.dossier_key}"),
            f"gbz.zorgid.{playbook}",
        ]
        done = subprocess.run(  # noqa: S603 - the command stands above
            command,
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return self.judged(playbook, name, done)

    def judged(self, playbook: str, name: str, done: subprocess.CompletedProcess[str]) -> tuple[str, int]:
        log = self.state / "log" / f"{name}.txt"
        log.write_text(done.stdout, encoding="utf-8")
        recap = RECAP.findall(done.stdout[done.stdout.rfind("PLAY RECAP") :])
        if done.returncode or not recap or any(int(u) or int(f) for _h, _c, u, f in recap):
            say(done.stdout.rstrip())
            raise SystemExit(f"demo: {playbook} failed; what it printed stands above and in {log}")
        return done.stdout, sum(int(count) for _host, count, _u, _f in recap)

    def look_first(self) -> None:
        for playbook in ("preflight", "plan"):
            say(f"\n== ansible-playbook gbz.zorgid.{playbook}")
            shown = page(self.play(playbook, playbook)[0])
            for line in shown if playbook == "preflight" else in_short(shown):
                if line.strip():
                    say(line)

    def run_pass(self, number: int) -> None:
        """One pass of the playbook, and the same again, which has nothing to do."""
        began = time.monotonic()
        output, _changed = self.play("onboard", f"pass-{number}")
        say(f"\n== Pass {number}: ansible-playbook gbz.zorgid.onboard ({time.monotonic() - began:.0f} s)")
        for line in in_short(page(output)):
            say(line)
        if page(output)[-1].endswith("nothing to do"):
            return
        again, more = self.play("onboard", f"pass-{number}-again")
        if more:
            raise SystemExit(f"demo: pass {number} run a second time made {more} changes; see {self.state / 'log'}")
        say(f"   run again: {page(again)[-1]}")

    def known(self) -> int:
        """How many rows the dossier's journal has: a pass that adds none did nothing and learned nothing."""
        with closing(sqlite3.connect(self.state / "work-dossier" / "dossier.sqlite3")) as connection:
            return int(connection.execute("SELECT seq FROM journal_head").fetchone()[0])

    def signed(self) -> dict[str, int]:
        """By URA, how many versions of the document the dossier keeps: each signing makes one."""
        with closing(sqlite3.connect(self.state / "work-dossier" / "dossier.sqlite3")) as connection:
            kept = "SELECT ura, COUNT(*) FROM sealed WHERE kind = 'organisation_document' GROUP BY ura"
            return dict(connection.execute(kept).fetchall())

    def keep(self) -> None:
        """The board of the middle and a letter, before the letter is destroyed because its code was used."""
        letters = sorted(self.work.glob("handed/*/activation-letter.html"))
        if letters and not self.kept.exists():
            self.kept.mkdir()
            shutil.copy(letters[0], self.kept / "letter.html")
            shutil.copy(self.work / "report" / "onboarding.html", self.kept / "board-halfway.html")

    def people(self) -> None:
        inventory = self.sandbox_state / "inventory"
        reported = self.sandbox(
            *("people", "act", "--handed", str(self.work / "handed"), "--inventory", str(inventory)),
            *("--vault-password-file", str(self.vault_password)),
        )
        for line in acts(reported):
            say(f"   people: {line}")

    def forget(self) -> None:
        """The working folder with all that the passes wrote, once people have what they needed of it."""
        shutil.rmtree(self.work)
        self.deleted += 1

    def check_outcome(self) -> None:
        """Ask the sandbox's own store, not ours, whether everything arrived once and everybody can log in."""
        outcome = json.loads(self.sandbox("outcome"))
        wrong: list[str] = []
        active = 0
        for ura, seen in sorted(outcome["organisations"].items()):
            active += seen["employees_active"]
            expected = {
                "applications": 1,
                "documents_accepted": 1,
                "follow_up_forms": 1,
                "activations": 1,
                "employees_active": 25,
                "employees_with_wrong_membership": 0,
            }
            wrong += [
                f"{ura}: {key} is {seen[key]}, expected {value}"
                for key, value in expected.items()
                if seen[key] != value
            ]
        wrong += [f"received twice: {thing}" for thing in outcome["received_twice"]]
        wrong += [f"{ura}: signed {count} times" for ura, count in self.signed().items() if count != 1]
        if len(self.signed()) != len(outcome["organisations"]):
            wrong.append("the dossier does not keep the document of every organisation")
        if active != 75:
            wrong.append(f"{active} active employees, expected 75")
        if wrong:
            raise SystemExit("demo: the sandbox does not agree:\n  " + "\n  ".join(wrong))
        say("\nThe sandbox's own store agrees: 75 identities are active, each with the right membership;")
        say(f"nothing was received twice, although the working folder was deleted after {self.deleted} passes.")

    def look_here(self) -> None:
        say("\nTo look at:")
        for what, path in (
            ("the board now", self.work / "report" / "onboarding.html"),
            ("the board halfway", self.kept / "board-halfway.html"),
            ("a letter with a code", self.kept / "letter.html"),
            ("all that was printed", self.state / "log"),
        ):
            if not path.exists():
                raise SystemExit(f"demo: {path} is not there")
            say(f"  {what:<21} {near(path)}")
        say("\nWhat took seconds here takes a real organisation weeks, most of them waiting:")
        say("  for VZVZ                      to assess the application and the document, and to mail link and code")
        say("  for the portal administrator  to get the letter, install the app, scan the code and log in")
        say("  for every employee            to activate ZORG-ID on a phone of their own")
        say("VZVZ's real portal has no interface: there, people carry out worklists that the run writes.")
        say("Next: README.md, 'A first real use'.")

    def passes(self) -> None:
        before = 0
        for number in range(1, MOST_PASSES + 1):
            self.run_pass(number)
            now = self.known()
            if now == before:
                return
            before = now
            self.keep()
            self.people()
            self.forget()
        raise SystemExit(f"demo: the dossier still learns something after {MOST_PASSES} passes")

    def run(self) -> None:
        say("ZORG-ID demo: three care organisations and 75 employees; nothing leaves this machine.")
        self.set_up()
        try:
            self.look_first()
            self.passes()
            self.check_outcome()
        finally:
            self.sandbox("stop")
        self.look_here()
        say(f"{time.monotonic() - self.began:.0f} s in all.")
        if self.lines > MOST_LINES:
            raise SystemExit(f"demo: {self.lines} lines are too many for a newcomer; {MOST_LINES} are enough")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".cache" / "demo", help="folder for all that the demo makes"
    )
    parser.add_argument("--clean", action="store_true", help="only stop the sandbox and forget the demo's state")
    options = parser.parse_args()
    demo = Demo(options.state.resolve())
    if options.clean:
        demo.clean()
    else:
        demo.run()


if __name__ == "__main__":
    main()
