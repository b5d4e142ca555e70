# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides which files a working folder gets, from a table of organisations and the present files. No I/O.

Nothing is deleted. A file that differs from what was last written was changed by a person: it is kept, and the
differences from the table are reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import yaml_text
from .columns import BY_PATH, title_of
from .customer_table import CustomerRow
from .customers import TOKEN, Customer, Refused, customers_of, digits_of
from .folder_state import HOST_VARS, ORGANISATIONS, STATE, Membership, Seen, State, digest
from .placeholders import FILL_IN

_ABOUT = """\
Made by gbz.zorgid.new from the table of organisations. Change the table and run it again.
Once you change this file by hand, it is yours: it is never overwritten, and new shows what the table says otherwise."""
_ABOUT_VAULT = """\
Secrets of this organisation. Fill in each {fill}, then: ansible-vault encrypt {path}
A key without a passphrase has an empty text: ''. The portal administrator makes the portal's token."""
_ABOUT_MEMBERS = """\
Made by gbz.zorgid.new: which organisations there are. Your own hosts and groups belong into another file beside it.
The servers in certificate_hosts get the login of group_vars/certificate_hosts."""
_ORGANISATION = "zorgid_onboarding_organisation"


@dataclass(frozen=True)
class Difference:
    """A field that a person changed in a file. table, file: its value in each, '' if it has none."""

    host: str
    path: str
    table: str
    file: str

    @property
    def title(self) -> str:
        return title_of(self.path)

    @property
    def personal(self) -> bool:
        """Also true for a field that the table has no column for, because its content is unknown."""
        column = BY_PATH.get(self.path)
        return column is None or column.personal


@dataclass(frozen=True)
class Decision:
    """writes: path in the folder -> text, in the order of writing. changed: host -> the columns whose value changes.
    by_hand: hosts whose file a person changed. servers: new Windows servers. look: sentences about what to check.
    to_fill_in: file -> number of places that a person still fills in. vaults: file for secrets -> is it encrypted."""

    writes: dict[str, str]
    first: bool
    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    to_fill_in: dict[str, int] = field(default_factory=dict)
    vaults: dict[str, bool] = field(default_factory=dict)


def decide(rows: tuple[CustomerRow, ...] | None, seen: Seen, skeleton: Mapping[str, str]) -> Decision:
    """rows: None without a table. skeleton: the files that are the same for all folders, written if they are absent.

    Error: ``folder_state_unreadable``."""
    before = seen.state
    customers, refused = customers_of(rows or (), seen.uras)
    first = STATE not in seen.files and ORGANISATIONS not in seen.files
    writes = {path: text for path, text in skeleton.items() if path not in seen.files}
    found = Decision(writes, first, refused=refused)
    files = dict(before.files)
    for customer in customers:
        _decide_host(customer, seen, files, found)
    if rows is not None:
        found.gone.extend(_gone(rows, seen, before))
    members = {host: one for host, one in before.hosts.items() if host in seen.hosts}
    members |= {one.host: Membership(one.ura, one.group, one.server) for one in customers}
    _decide_members(members, seen, files, found)
    had = {one.server for one in before.hosts.values()}
    found.servers.extend(sorted({one.server for one in members.values()} - had - {""}))
    state = State(files, members).text()
    if seen.files.get(STATE) != state:
        writes[STATE] = state
    _still_to_do({**seen.files, **writes}, found)
    return found


def _still_to_do(files: Mapping[str, str], found: Decision) -> None:
    """List what a person still has to do, in the files of earlier runs too, so that nobody has to remember it."""
    for path, text in sorted(files.items()):
        if path.endswith(".yml") and (places := sum(map(_is_place, text.split("\n")))):
            found.to_fill_in[path] = places
        if path.endswith("/vault.yml"):
            found.vaults[path] = text.startswith("$ANSIBLE_VAULT")


def _decide_host(customer: Customer, seen: Seen, files: dict[str, str], found: Decision) -> None:
    host = customer.host
    there = seen.hosts.get(host, [])
    path = next((one for one in there if _has_organisation(seen.files[one])), f"{HOST_VARS}/{host}/main.yml")
    text = yaml_text.written(customer.variables, _ABOUT)
    now = seen.files.get(path)
    if now is None and f"{HOST_VARS}/{host}.yml" in there:  # it may be encrypted
        path, now = f"{HOST_VARS}/{host}.yml", seen.files[f"{HOST_VARS}/{host}.yml"]
    if now is None or (now != text and files.get(path) == digest(now)):
        found.writes[path] = text
        files[path] = digest(text)
        if now is None:
            found.added.append(host)
        else:
            found.changed[host] = sorted({one.title for one in _differences(host, customer.variables, now)})
    elif now == text:
        files[path] = digest(text)
        found.unchanged.append(host)
    else:
        found.by_hand.append(host)
        differing = list(_differences(host, customer.variables, now))
        found.differences.extend(differing)
        if yaml_text.read(now) is None:
            found.look.append(f"{host}: {path} is encrypted or no YAML; it is kept, and was not compared")
    if customer.secrets and host not in found.by_hand:
        _decide_secrets(customer, seen, files, found)


def _decide_secrets(customer: Customer, seen: Seen, files: dict[str, str], found: Decision) -> None:
    """The host's own vault; one that a person deleted is not made again."""
    path = f"{HOST_VARS}/{customer.host}/vault.yml"
    now = seen.files.get(path)
    empty = {name: "" if name == TOKEN else FILL_IN for name in customer.secrets}
    text = yaml_text.written(empty, _ABOUT_VAULT.format(fill=FILL_IN, path=path))
    if now == text or (now is None and path not in files):
        files[path] = digest(text)
        if now is None:
            found.writes[path] = text
    elif customer.host in found.changed:
        data = yaml_text.read(now or "")
        absent = [name for name in customer.secrets if not isinstance(data, Mapping) or name not in data]
        if absent:
            found.look.append(f"{customer.host}: look whether {path} has {', '.join(absent)}")


def _decide_members(members: Mapping[str, Membership], seen: Seen, files: dict[str, str], found: Decision) -> None:
    groups: dict[str, dict[str, None]] = {}
    for host, one in sorted(members.items()):
        if one.group:
            groups.setdefault(one.group, {})[host] = None
    data: dict[str, Any] = {"care_organisations": {"hosts": {host: {} for host in sorted(members)}}}
    if groups:
        data["care_organisations"]["children"] = {
            name: {"hosts": {host: {} for host in hosts}} for name, hosts in sorted(groups.items())
        }
    servers = sorted({one.server for one in members.values()} - {""})
    data["certificate_hosts"] = {"hosts": {server: {} for server in servers}}
    text = yaml_text.written(data, _ABOUT_MEMBERS)
    now = seen.files.get(ORGANISATIONS)
    if now is None or now == text or files.get(ORGANISATIONS) == digest(now):
        files[ORGANISATIONS] = digest(text)
        if now != text:
            found.writes[ORGANISATIONS] = text
        return
    names = {part for path, _value in yaml_text.leaves(yaml_text.read(now) or {}) for part in path.split(".")}
    words = set(now.replace(":", " ").split()) | names
    if absent := [host for host in (*sorted(members), *servers) if host not in words]:
        found.look.append(
            f"{ORGANISATIONS} was changed by hand and is kept: add {', '.join(absent)} to it, or to a file beside it; "
            "without that they are in no run"
        )


def _gone(rows: tuple[CustomerRow, ...], seen: Seen, before: State) -> Iterator[str]:
    """Hosts of an earlier table that are in no row any more; a row with a mistake is still a row."""
    named = {digits_of(row) for row in rows}
    uras = seen.uras
    yield from (host for host in sorted(before.hosts) if host in uras and uras[host] not in named)


def _differences(host: str, variables: Mapping[str, Any], text: str) -> Iterator[Difference]:
    """The fields with another value in the table. A field that only the file has is no difference."""
    data = yaml_text.read(text)
    if not isinstance(data, Mapping):
        return
    now = dict(yaml_text.leaves(data))
    for path, value in yaml_text.leaves(variables):
        if now.get(path, "") != value:
            yield Difference(host, _as_column(path), value, now.get(path, ""))


def _as_column(path: str) -> str:
    """The variable's path as the table's columns have it: ``zorgid_onboarding_organisation.name`` -> ``name``."""
    variable, _dot, rest = path.partition(".")
    if variable == _ORGANISATION:
        return rest
    short = variable.removeprefix("zorgid_onboarding_").replace("accounts_path", "accounts")
    return f"{short}.{rest}" if rest else short


def _has_organisation(text: str) -> bool:
    data = yaml_text.read(text)
    return isinstance(data, Mapping) and _ORGANISATION in data


def _is_place(line: str) -> bool:
    """Whether a line of a YAML file has a placeholder and is no comment."""
    return FILL_IN in line.partition("#")[0]
