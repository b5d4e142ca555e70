# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboard the care group of inventories/demo against the sandbox: playbook, people, playbook, … until nothing changes.

The playbook is run as a user would run it, with a key for its dossier. Between two passes the sandbox's simulated
people do what only people do, and then the playbook's working folder is deleted: it is a cache, and the dossier puts
back what counts.
Everything made here lies in .cache/demo (``--state`` for another folder); the sandbox is stopped at the end.
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
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_PASSES = 10
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
MARKS = {"done": "done", "waiting": "wait", "failed": "FAIL", "open": "-"}


def say(text: str = "") -> None:
    print(text, flush=True)


class Demo:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.sandbox_state = state / "sandbox"
        self.work = state / "work"
        self.dossier_key = state / "dossier-key.json"
        self.deleted = 0
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

    def sandbox(self, *words: str, quiet: bool = False) -> str:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "zorgid_sandbox", *words, "--state", str(self.sandbox_state)],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if not quiet and done.stdout.strip():
            say(done.stdout.rstrip())
        if done.returncode:
            raise SystemExit(f"demo: the sandbox's `{words[0]}` failed; its logs are in {self.sandbox_state / 'log'}")
        return done.stdout

    def clean(self) -> None:
        if self.sandbox_state.exists():
            self.sandbox("stop", quiet=True)
        shutil.rmtree(self.state, ignore_errors=True)

    def play(self, number: int) -> int:
        """One pass of the playbook; the number of changes it made."""
        say(f"\n=== Pass {number}: ansible-playbook gbz.zorgid.onboard " + "=" * 40)
        began = time.monotonic()
        command = [
            "ansible-playbook",
            "-i",
            "inventories/demo",
            "-i",
            str(self.sandbox_state / "inventory"),
            "--vault-password-file",
            str(self.vault_password),
            "-e",
            f"@{self.dossier_key}",
            "gbz.zorgid.onboard",
        ]
        output: list[str] = []
        with subprocess.Popen(  # noqa: S603 - the command stands above
            command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout or ():
                output.append(line)
                if line.strip():
                    say(line.rstrip())
        text = "".join(output)
        recap = RECAP.findall(text[text.rfind("PLAY RECAP") :])
        if process.returncode or not recap or any(int(u) or int(f) for _h, _c, u, f in recap):
            raise SystemExit(f"demo: pass {number} failed; the board is in {self.work / 'report'}")
        changed = sum(int(count) for _host, count, _u, _f in recap)
        say(f"--- pass {number}: {changed} changes, {time.monotonic() - began:.1f} s")
        return changed

    def known(self) -> int:
        """How many rows the dossier's journal has: a pass that adds none did nothing and learned nothing."""
        with closing(sqlite3.connect(self.state / "work-dossier" / "dossier.sqlite3")) as connection:
            return int(connection.execute("SELECT seq FROM journal_head").fetchone()[0])

    def signed(self) -> dict[str, int]:
        """By URA, how many versions of the document the dossier keeps: each signing makes one."""
        with closing(sqlite3.connect(self.state / "work-dossier" / "dossier.sqlite3")) as connection:
            kept = "SELECT ura, COUNT(*) FROM sealed WHERE kind = 'organisation_document' GROUP BY ura"
            return dict(connection.execute(kept).fetchall())

    def forget(self) -> None:
        """The working folder with all that the passes wrote, once people have what they needed of it."""
        shutil.rmtree(self.work)
        self.deleted += 1
        say(f"--- {self.work} is deleted: documents, copies, letters, the board")

    def people(self) -> None:
        say("\n--- between the passes, people act " + "-" * 40)
        self.sandbox(
            *(
                "people",
                "act",
                "--handed",
                str(self.work / "handed"),
                "--inventory",
                str(self.sandbox_state / "inventory"),
            ),
            *("--vault-password-file", str(self.vault_password)),
        )

    def check_outcome(self) -> None:
        """Ask the sandbox's own store, not ours, whether everything arrived once and everybody can log in."""
        outcome = json.loads(self.sandbox("outcome", quiet=True))
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
        say("\nThe sandbox's own store agrees: 75 identities active, each with the right membership,")
        say("and nothing was received twice.")
        say(f"The working folder was deleted after each of the first {self.deleted} passes:")
        say("each document was signed once, and nothing was sent anew.")

    def table(self) -> None:
        board = json.loads((self.work / "report" / "onboarding.json").read_text(encoding="utf-8"))
        for organisation in board["organisations"]:
            say(f"\n{organisation['name']} (URA {organisation['ura']})")
            for step in organisation["steps"]:
                say(f"  {MARKS[step['state']]:<5} {step['label']:<48} {step.get('summary', '')}".rstrip())
        say(f"\nThe board: {self.work / 'report' / 'onboarding.html'}")

    def run(self) -> None:
        began = time.monotonic()
        self.clean()
        self.state.mkdir(parents=True, mode=0o700)
        self.vault_password.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
        self.vault_password.chmod(0o600)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.dossier_key.write_text(json.dumps({"zorgid_onboarding_dossier_key": key}), encoding="utf-8")
        self.dossier_key.chmod(0o600)
        say("Starting the sandbox: VZVZ's forms, mail and portal, a Windows host, two certificate hierarchies.")
        self.sandbox("start", "--scenario", str(ROOT / "sandbox" / "scenarios" / "demo.yml"))
        try:
            before = 0
            for number in range(1, MOST_PASSES + 1):
                self.play(number)
                now = self.known()
                if now == before:
                    break
                before = now
                self.people()
                self.forget()
            else:
                raise SystemExit(f"demo: the dossier still learns something after {MOST_PASSES} passes")
            # What the last one put back stands there now.
            if self.play(number + 1):
                raise SystemExit("demo: a pass that had nothing to do changed something")
            self.check_outcome()
            self.table()
        finally:
            self.sandbox("stop", quiet=True)
        say(f"The last pass changed nothing. {time.monotonic() - began:.0f} s in all.")


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
