# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop a change of more than a customer's own data, and a run whose plan does more than limits.json allows.

    guard.py changes BEFORE AFTER               only tables may have changed, and in them only the columns of CUSTOMERS
    guard.py changes BEFORE AFTER --code alone  or only what a colleague changes: a run with it starts by hand
    guard.py plan plan/plan.json limits.json    no more effects than limits.json allows

Exit status: 0 it may go on; 3 stopped, a person decides; 2 it cannot be told, so it is stopped too.
It needs nothing but Python and git, and reads no variable of the inventory.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

GO, CANNOT_TELL, STOP = 0, 2, 3
#: What a customer delivers: tables right in this folder, ordinary files. CSV, so that a person can read what changed.
TABLE = re.compile(r"tables/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.csv")
KEY, NAME, HOST = "URA", "Naam", "Inventarisnaam"
_PEOPLE = ("Portaal admin", "Vertegenwoordiger", "Technisch beheerder")
_PERSON = ("voornaam", "achternaam", "e-mail", "telefoon", "geboortedatum")
#: What a customer may change. Every other column decides where a login goes, which file is read, or which variables an
#: organisation gets: a server, a path, an address, a group, its name in the inventory.
CUSTOMERS = {
    KEY, NAME, "AGB", "KVK", "Straat", "Huisnummer", "Postcode", "Plaats",
    "Zorgapplicatie leverancier", "Zorgapplicatie naam", "Zorgapplicatie versie",
    *(f"{who} {what}" for who in _PEOPLE for what in _PERSON),
}  # fmt: skip
OURS = {
    HOST, "Zorggroep", "Certificaat plaats", "Certificaat server", "Certificaat vingerafdruk", "Certificaat store",
    "Certificaat bestand", "Sleutel bestand", "Certificaat token", "Certificaat label", "Portaal driver",
    "Portaal adres", "Portaal export", "HR-lijst", "HR-systeem", "HR-locatie kolom", "HR-locatie",
}  # fmt: skip
MOST_BYTES = 5_000_000
ORDINARY, GONE = "100644", "000000"
MOST_SHOWN = 20
FORMAT = 1


class CannotTellError(Exception):
    """The question has no answer here, so nothing may run."""


def git(*words: str) -> bytes:
    try:
        return subprocess.run(["git", *words], check=True, capture_output=True).stdout  # noqa: S603, S607
    except FileNotFoundError:
        raise CannotTellError("there is no git on this runner") from None
    except subprocess.CalledProcessError as error:
        said = ascii(error.stderr.decode(errors="replace").strip()[:300])
        raise CannotTellError(
            f"git {words[0]} does not know these commits; fetch the whole history. It said {said}"
        ) from None


def commit(name: str) -> str:
    """The full name; a text that begins with - is never an option of git."""
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_./-]{0,200}", name) or set(name) == {"0"}:
        raise CannotTellError(
            f"{name[:50]!a} is not the name of a commit; nothing was released yet, or nothing came before"
        )
    return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The tables that changed, and all other files. What counts is where both last agreed."""
    common = git("merge-base", before, after).decode().strip()
    fields = git("diff", "--raw", "-z", "--no-renames", "--no-abbrev", common, after, "--").split(b"\0")
    tables, others = [], []
    for what, path in zip(fields[::2], fields[1::2], strict=False):
        modes, name = what.decode().lstrip(":").split()[:2], path.decode(errors="surrogateescape")
        # A link, a file that can be executed or a module of another repository is no table, whatever its name.
        table = TABLE.fullmatch(name) and set(modes) <= {ORDINARY, GONE}
        (tables if table else others).append(name)
    return tables, others


def rows(at: str, path: str) -> dict[str, dict[str, str]]:
    """The rows by URA number. CannotTellError for everything that another program might read in another way."""
    if not git("ls-tree", at, "--", path):
        return {}
    if int(git("cat-file", "-s", f"{at}:{path}")) > MOST_BYTES:
        raise CannotTellError(f"{path} has more than {MOST_BYTES} bytes")
    try:
        text = git("show", f"{at}:{path}").decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CannotTellError(f"{path} is not CSV in UTF-8 with semicolons: {str(error)[:100]}") from None
    header = table[0] if table else []
    if not {KEY, NAME} <= set(header) <= CUSTOMERS | OURS or len(set(header)) != len(header):
        unknown = ascii(sorted(set(header) - CUSTOMERS - OURS))[:200]
        raise CannotTellError(f"the first line of {path} needs the columns of a table, each once; unknown: {unknown}")
    found: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise CannotTellError(f"line {number} of {path} has {len(cells)} cells, the first line has {len(header)}")
        row = {title: cell.strip() for title, cell in zip(header, cells, strict=True)}
        if not row[KEY] or row[KEY] in found:
            raise CannotTellError(f"line {number} of {path} has no URA number, or one that another line has")
        found[row[KEY]] = row
    return found


def beyond(before: str, after: str, path: str) -> list[str]:
    """What of a changed table is more than a customer's own data: ``URA, column``, without values."""
    old, new = rows(before, path), rows(after, path)
    found = [f"{ura}: its row is gone (gbz.zorgid.leave ends an organisation)" for ura in sorted(set(old) - set(new))]
    for ura, row in sorted(new.items()):
        was = old.get(ura, {})
        found += [f"{ura}: {title}" for title in sorted(OURS) if row.get(title, "") != was.get(title, "")]
        # Without a name in the inventory, the host is named after the organisation, and gets that host's variables.
        if was and was[NAME] != row[NAME] and not row.get(HOST):
            found.append(f"{ura}: {NAME} (its name in the inventory is made of it; fill in {HOST} first)")
    return found


def show(names: list[str]) -> None:
    # ascii(): a file's name may contain line breaks and what a pipeline takes for a command.
    for name in names[:MOST_SHOWN]:
        print(f"  {name!a}")
    if len(names) > MOST_SHOWN:
        print(f"  and {len(names) - MOST_SHOWN} more")


def changes(before: str, after: str, *, code_alone: bool, straight: bool) -> int:
    first, last = commit(before), commit(after)
    common = git("merge-base", first, last).decode().strip()
    if straight and common != first:
        raise CannotTellError("the branch was rewritten: what was released is not part of it any more")
    tables, others = changed(first, last)
    columns = [f"{path}: {one}" for path in tables for one in beyond(common, last, path)]
    data = [path for path in tables if not any(one.startswith(f"{path}: ") for one in columns)]
    print(f"Changed: {len(tables)} tables, {len(others)} other files.")
    if not others and not columns:
        print("Nothing changed but a customer's own data: nothing in it is run." if tables else "No file changed.")
        return GO
    show([*others, *columns])
    if code_alone and not data:
        print("This decides what runs with every secret, or where a secret goes. Whoever approves it reads each line.")
        print("After the merge nothing runs by itself until a colleague releases it.")
        return GO
    if code_alone:
        print("Stopped: a customer's own data and other changes in one merge request. Make two of it.")
    else:
        print("Stopped: only a customer's own data may change here, in tables/NAME.csv. Every other file is code that")
        print("runs with every secret; the columns above decide where a secret goes or which file is read. A colleague")
        print("makes that change on a branch of the project, and releases it by hand.")
    return STOP


def load(path: str) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotTellError(f"{path} cannot be read as JSON: {str(error)[:200]}") from None
    if not isinstance(content, dict):
        raise CannotTellError(f"{path} is not an object")
    return content


def counts(plan: dict[str, Any]) -> tuple[Counter[str], Counter[str], int]:
    """Effects and changes of accounts by kind, and how many organisations an error or a limit stops."""
    effects: Counter[str] = Counter()
    accounts: Counter[str] = Counter()
    stopped = 0
    for one in plan["organisations"]:
        stopped += one["state"] == "stop"
        for step in one["steps"]:
            effects.update(step["effects"])
            accounts.update(step["changes"] or {})
    return effects, accounts, stopped


def planned(plan_path: str, limits_path: str) -> int:
    plan, limits = load(plan_path), load(limits_path)
    if plan.get("format") != FORMAT:
        raise CannotTellError(f"{plan_path} has format {plan.get('format')!a}; this guard reads format {FORMAT}")
    try:
        effects, accounts, stopped = counts(plan)
        number = len(plan["organisations"])
        found = [
            *(("effect", name, count, limits["effects"].get(name, 0)) for name, count in sorted(effects.items())),
            *(("change", name, count, limits["changes"].get(name, 0)) for name, count in sorted(accounts.items())),
            ("", "organisations that are stopped", stopped, limits["stopped"]),
        ]
        over = [(name, count, most) for _kind, name, count, most in found if count > most]
        other = plan["environment"] != limits["environment"]
        reported = f"The plan is for {plan['environment']!a}, limits.json for {limits['environment']!a}."
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CannotTellError(f"{plan_path} or {limits_path} is not as expected, at {str(error)[:100]!a}") from None
    if not number:
        raise CannotTellError(f"{plan_path} has no organisation")
    print(f"The plan of {number} organisations:")
    for kind, name, count, most in found:
        print(f"  {kind + ' ' if kind else ''}{ascii(name)[1:-1]}: {count}, at most {most}")
    for name, count, most in over:
        print(f"Stopped: {ascii(name)[1:-1]}: {count} is more than {most}.")
    if other:
        # Every number above is then one of another environment.
        print(f"Stopped: {reported}")
        print("This is the inventory of another environment, or another environment's limits.json. Correct that first;")
        print("raise no number, and run nothing by hand with it.")
    elif over:
        print(
            "Read plan.md. If the plan is right: raise the number in limits.json in a merge request of its own, or run"
        )
        print("ansible-playbook gbz.zorgid.onboard by hand.")
    if other or over:
        return STOP
    print("The plan stays within limits.json.")
    return GO


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parts = parser.add_subparsers(dest="part", required=True)
    files = parts.add_parser("changes", help="which files changed between two commits")
    files.add_argument("before")
    files.add_argument("after")
    files.add_argument(
        "--code", choices=["refused", "alone"], default="refused", help="what of files that are no tables"
    )
    files.add_argument("--straight", action="store_true", help="BEFORE has to be part of AFTER, as after a push")
    plan = parts.add_parser("plan", help="what a run would do")
    plan.add_argument("plan")
    plan.add_argument("limits")
    chosen = parser.parse_args(words)
    try:
        if chosen.part == "plan":
            return planned(chosen.plan, chosen.limits)
        return changes(chosen.before, chosen.after, code_alone=chosen.code == "alone", straight=chosen.straight)
    except CannotTellError as error:
        print(f"Stopped, because it cannot be told: {error}.")
        return CANNOT_TELL


if __name__ == "__main__":
    sys.exit(main())
