# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts at scale: whole plays against the sandbox, beside the naive loop and a bare client, all in one run.

Run: ``python tests/benchmarks/accounts.py [--accounts 10000] [--loop 200] [--large 100000]``; prints ratios, not only
seconds, because machines differ. ``--loop 0`` and ``--large 0`` leave those parts out; the loop takes three minutes.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import math
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import yaml
from zorgid_sandbox import portal as service

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"


def accounts(count: int, prefix: str, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "external_id": f"{prefix}-{number}",
            "first_name": "Sanne",
            "prefix": "van der",
            "last_name": f"Berg {prefix} {number}",
            "date_of_birth": "1988-04-12",
            "email": f"{prefix}{number}@linde.example",
            "state": "present",
        }
        for number in range(first, count)
    ]


class Bench:
    def __init__(self, portal: Any, folder: Path, uras: list[str]) -> None:
        self.portal, self.folder, self.uras = portal, folder, iter(uras)
        self.missed: list[str] = []
        self.peak = 0.0
        """Megabytes of the largest process of any play."""

    def say(self, what: str, value: str) -> None:
        print(f"accounts: {what:<48} {value}", flush=True)

    def bar(self, what: str, value: str, reached: bool, wanted: str) -> None:
        self.say(what, f"{value} ({wanted}{'' if reached else ': MISSED'})")
        if not reached:
            self.missed.append(what)

    def play(self, tasks: list[dict[str, Any]], *extra: str, changes: bool | None = None, **variables: Any) -> float:
        """Seconds of the play; changes: whether its recap has to say that something changed."""
        path = self.folder / "play.yml"
        book = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks, "vars": variables}
        path.write_text(yaml.safe_dump([book]))
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *extra, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections")},
        ) as process:
            output = process.stdout.read() if process.stdout else ""
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        self.peak = max(self.peak, usage.ru_maxrss / 1024)
        if process.returncode or (changes is not None and f"changed={int(changes)} " not in output):
            raise SystemExit(output[-3000:])
        return seconds

    def keep(self, ura: str, expected: dict[str, int], extra: tuple[str, ...] = (), **more: Any) -> float:
        """Seconds of a play with the one task; the portal and another run prove what it did."""
        return self.kept(ura, expected, extra, **more)[0]

    def kept(self, ura: str, expected: dict[str, int], extra: tuple[str, ...] = (), **more: Any) -> tuple[float, float]:
        """Seconds of a play with the one task, and of one that registers its result and reads it (no change)."""
        options = {
            "portal_url": self.portal.url,
            "ca_path": self.portal.ca_path,
            "token": self.portal.tokens[ura],
            "ura": ura,
            **more,
        }
        seconds = self.play([{"gbz.zorgid.employee_accounts": options}], *extra, changes=set(expected) != {"unchanged"})
        count = sum(expected.values())
        found = self.request(self.connection(), ura, "GET", "/Users?count=1", None)["totalResults"]
        if found != count + 1:  # and the administrator
            raise SystemExit(f"{ura} has {found} members, not {count + 1}")
        check = {"ansible.builtin.assert": {"that": [f"out.summary == {{'unchanged': {count}}}"]}}
        again = self.play([{"gbz.zorgid.employee_accounts": options, "register": "out"}, check], *extra, changes=False)
        return seconds, again

    def connection(self) -> http.client.HTTPSConnection:
        parts = urlsplit(self.portal.url)
        context = ssl.create_default_context(cafile=self.portal.ca_path)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context)

    def bare_bulk(self, ura: str, people: list[dict[str, Any]]) -> float:
        """The least a client can do: encode, send 500 at a time over one connection, read the answers."""
        start = time.perf_counter()
        connection = self.connection()
        for first in range(0, len(people), 500):
            operations = [
                {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(account, ura)}
                for number, account in enumerate(people[first : first + 500])
            ]
            answer = self.request(connection, ura, "POST", "/Bulk", {"Operations": operations})
            assert all(item["status"] == "201" for item in answer["Operations"])
        return time.perf_counter() - start

    def bare_read(self, ura: str) -> float:
        start = time.perf_counter()
        connection, read, total = self.connection(), 0, 1
        while read < total:
            page = self.request(connection, ura, "GET", f"/Users?startIndex={read + 1}&count=1000", None)
            read, total = read + len(page["Resources"]), page["totalResults"]
        return time.perf_counter() - start

    def sequential(self, ura: str, people: list[dict[str, Any]]) -> float:
        """Seconds per account of a client that sends one after the other."""
        start = time.perf_counter()
        connection = self.connection()
        for account in people:
            self.request(connection, ura, "POST", "/Users", user(account, ura))
        return (time.perf_counter() - start) / len(people)

    def request(self, connection: Any, ura: str, method: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.portal.tokens[ura]}", "Content-Type": "application/scim+json"}
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, "/scim/v2" + path, data, headers)
        return json.loads(connection.getresponse().read())

    def uri_loop(self, ura: str, people: list[dict[str, Any]], seconds_empty: float) -> float:
        """Seconds per account of ansible.builtin.uri in a loop: look, then create."""
        shared = {
            "headers": {"Authorization": f"Bearer {self.portal.tokens[ura]}"},
            "ca_path": self.portal.ca_path,
            "return_content": True,
        }
        query = f"{self.portal.url}/Users?filter=" + "externalId%20eq%20%22{{ item.externalId }}%22"
        look = {"ansible.builtin.uri": {"url": query, **shared}, "loop": "{{ users }}", "register": "found"}
        create = {
            "ansible.builtin.uri": {
                "url": f"{self.portal.url}/Users",
                "method": "POST",
                "body": "{{ item.item }}",
                "body_format": "json",
                "status_code": [200, 201],
                **shared,
            },
            "loop": "{{ found.results }}",
            "when": "item.json.totalResults == 0",
        }
        users = [user(account, ura) for account in people]
        return (self.play([look, create], users=users) - seconds_empty) / len(people)


def user(account: dict[str, Any], ura: str) -> dict[str, Any]:
    return {
        "externalId": account["external_id"],
        "name": {"givenName": account["first_name"], "familyName": f"{account['prefix']} {account['last_name']}"},
        "emails": [{"value": account["email"], "primary": True}],
        EXTENSION: {"dateOfBirth": account["date_of_birth"], "memberships": [{"ura": ura, "role": "employee"}]},
    }


def write_table(path: Path, people: list[dict[str, Any]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(people[0]))
            writer.writeheader()
            writer.writerows(people)
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(list(people[0]))
        for account in people:
            sheet.append(list(account.values()))
        book.save(path)
    return path


def best(run: Callable[[], float], rounds: int = 3) -> float:
    """Noise only ever adds."""
    return min(run() for _ in range(rounds))


def measure(bench: Bench, count: int, loop: int, large: int) -> None:
    path = bench.folder / "accounts.json"
    empty = best(lambda: bench.play([{"ansible.builtin.meta": "noop"}]))
    bench.say("empty play", f"{empty:.2f} s")

    def keep(expected: dict[str, int], *, at: str, **options: Any) -> float:
        return bench.keep(at, expected, **options) - empty

    # Other people each time: a person whom the portal knows is linked, not created.
    bulk = create = float("inf")
    for number in range(3):
        bare, ura = next(bench.uras), next(bench.uras)
        bulk = min(bulk, bench.bare_bulk(bare, accounts(count, f"b{number}")))
        people = accounts(count, f"a{number}")
        path.write_text(json.dumps(people))
        create = min(create, keep({"created": count}, at=ura, accounts_path=str(path)))
    read = best(lambda: bench.bare_read(bare))
    both = [bench.kept(ura, {"unchanged": count}, accounts_path=str(path)) for _round in range(3)]
    same, registered = (min(times) - empty for times in zip(*both, strict=True))
    text = f"{create:.2f} s = {create / bulk:.1f} x bare Bulk ({bulk:.2f} s)"
    bench.bar(f"create {count}, play minus empty play", text, create <= 6 * bulk, "at most 6 x")
    text = f"{same:.2f} s = {same / read:.1f} x bare paged read ({read:.2f} s)"
    bench.bar(f"no change of {count}", text, same <= 6 * read, "at most 6 x")
    bench.say("the same, registering and reading the result", f"{registered:.2f} s")
    for account in people[::100]:
        account["first_name"] = "Anna"
    path.write_text(json.dumps(people))
    part = len(people[::100])
    few = keep({"updated": part, "unchanged": count - part}, at=ura, accounts_path=str(path))
    bench.say("1 % changed", f"{few:.2f} s")
    other_ways(bench, people, ura, empty)
    if loop:
        against_the_loop(bench, loop, count, create, same, empty)
    with_latency(bench, path, count, empty, bulk + read)
    if large:
        at_scale(bench, path, count, large, create, same, empty)


def other_ways(bench: Bench, people: list[dict[str, Any]], ura: str, empty: float) -> None:
    expected = {"unchanged": len(people)}
    for suffix in (".csv", ".xlsx"):
        table = write_table(bench.folder / f"accounts{suffix}", people)
        seconds = bench.keep(ura, expected, accounts_path=str(table)) - empty
        bench.say(f"no change, from {suffix[1:].upper()}", f"{seconds:.2f} s")
    # As group_vars have it: loading YAML is the inventory's price, reading the variable is ours.
    host_vars = bench.folder / "people.yml"
    host_vars.write_text(json.dumps({"people": people}))
    extra = ("-e", f"@{host_vars}")
    loading = bench.play([{"ansible.builtin.meta": "noop"}], *extra)
    seconds = bench.keep(ura, expected, extra=extra, accounts_variable="people") - loading
    bench.say("no change, from a variable (minus loading it)", f"{seconds:.2f} s ({loading - empty:.2f} s)")


def against_the_loop(bench: Bench, loop: int, count: int, create: float, same: float, empty: float) -> None:
    ura, people = next(bench.uras), accounts(loop, "c")
    new = bench.uri_loop(ura, people, empty)
    unchanged = bench.uri_loop(ura, people, empty)
    text = f"{new:.2f} s each; ours is {new * count / create:.0f} x faster"
    bench.bar(f"uri loop, create {loop}", text, new * count >= 1000 * create, "at least 1000 x")
    text = f"{unchanged:.2f} s each; ours is {unchanged * count / same:.0f} x faster"
    bench.bar(f"uri loop, no change of {loop}", text, unchanged * count >= 500 * same, "at least 500 x")


def waits(count: int, batch: int, abreast: int) -> int:
    """Requests one after the other that nobody can do without: the questions with the first page, the changes (with
    Bulk a first request that is measured), and the pages that prove them, eight abreast."""
    measured = 100 if batch > 1 else 0
    changes = math.ceil(math.ceil((count - measured) / batch) / abreast) + bool(measured)
    return 1 + changes + math.ceil((count // 1000 + 1) / 8)


def with_latency(bench: Bench, path: Path, count: int, empty: float, bare: float) -> None:
    """bare: seconds of the bare clients that create by Bulk and read, without latency. What is measured is how near the
    play comes to the least possible, in which a slow machine's own seconds are contained."""

    def create(prefix: str) -> float:
        path.write_text(json.dumps(accounts(count, prefix)))
        return bench.keep(next(bench.uras), {"created": count}, accounts_path=str(path)) - empty

    latency = 0.02
    quick = bench.sequential(next(bench.uras), accounts(200, "q"))
    service.put_fault(bench.portal.state, "latency request_ms=20")
    slow = bench.sequential(next(bench.uras), accounts(50, "d"))
    seconds = min(create(prefix) for prefix in ("e0", "e1", "e2"))
    least = waits(count, 500, 4) * latency + bare
    text = f"{seconds:.2f} s = {seconds / least:.2f} x its waits and the bare clients ({least:.2f} s)"
    bench.bar("20 ms latency: create", text, seconds <= 2 * least, "at most 2 x")
    bench.say("the same, beside one request after the other", f"{slow * count / seconds:.0f} x faster")
    service.put_fault(bench.portal.state, "bulk_off")
    seconds = create("f")
    least = waits(count, 1, 32) * latency + quick * count
    text = f"{seconds:.2f} s = {seconds / least:.2f} x its waits and a bare client's work ({least:.2f} s)"
    bench.bar("20 ms latency, no Bulk: create", text, seconds <= least, "at most 1 x")
    bench.say("the same, beside one request after the other", f"{slow * count / seconds:.0f} x faster")
    service.clear_faults(bench.portal.state)


def at_scale(bench: Bench, path: Path, count: int, large: int, create: float, same: float, empty: float) -> None:
    path.write_text(json.dumps(accounts(count // 10, "h")))
    ura = next(bench.uras)
    first = bench.keep(ura, {"created": count // 10}, accounts_path=str(path)) - empty
    bench.say(f"create {count // 10}", f"{first:.2f} s")
    # A new process counts as large as the one that starts it, so this one stays small.
    with path.open("w") as file:
        for first in range(0, large, 1000):
            part = accounts(min(first + 1000, large), "g", first)
            file.write(("," if first else "[") + json.dumps(part)[1:-1])
        file.write("]")
    bench.peak = 0
    ura, times = next(bench.uras), large / count
    first = bench.keep(ura, {"created": large}, accounts_path=str(path)) - empty
    again = bench.keep(ura, {"unchanged": large}, accounts_path=str(path)) - empty
    linear = first / create / times
    bench.bar(f"create {large}", f"{first:.2f} s = {linear:.2f} x linear", linear <= 1.5, "at most 1.5 x linear")
    linear = again / same / times
    bench.bar(f"no change of {large}", f"{again:.2f} s = {linear:.2f} x linear", linear <= 1.5, "at most 1.5 x linear")
    bench.bar(f"largest process at {large}", f"{bench.peak:.0f} MB", bench.peak < 250, "below 250 MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=200)
    parser.add_argument("--large", type=int, default=100_000)
    chosen = parser.parse_args()
    uras = [str(90000301 + number) for number in range(20)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "portal").mkdir()
        with service.running(Path(folder) / "portal", {ura: f"Organisatie {ura}" for ura in uras}) as portal:
            bench = Bench(portal, Path(folder), uras)
            measure(bench, chosen.accounts, chosen.loop, chosen.large)
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
