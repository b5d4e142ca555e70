# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any list that is made of people, their contracts and the form of a system is read as exactly these people."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.propose import presets
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.tests.support.hr_lists import DAY, TODAY
from ansible_collections.gbz.zorgid.tests.support.portal_files import sheet, workbook
from hypothesis import given
from hypothesis import strategies as some

EPOCH = datetime.date(1899, 12, 30)

FIRST = ["Zoë", "Ayşe", "Bo", "Fatima", "Iris", "Jan-Piet", "Noor", "Çağla", "Mehmet", "Ída", "Ωmega", "Anne"]
LAST = ["Berg", "Heuvel-Boële", "Müller", "Vries", "Yılmaz", "O'Neill", "Vos", "'t Hooft", "Null", "Kok de Wit"]
PREFIXES = ["", "van den", "van 't", "in het", "'s", "el", "de"]
#: letters that Windows-1252 has not
WIDE = set("şığΩ")


@dataclass(frozen=True)
class Contract:
    number: str
    start: datetime.date | None
    end: datetime.date | None


@dataclass(frozen=True)
class Person:
    first: str
    prefix: str
    last: str
    born: datetime.date
    mail: str
    contracts: tuple[Contract, ...]


@dataclass(frozen=True)
class Form:
    """How a system writes a list."""

    kind: str
    sign: str
    encoding: str
    days: str
    open_end: str
    titles: dict[str, str]
    above: int
    total: bool
    padded: bool
    sequence: bool


@some.composite
def days(draw):
    """In order, so that contracts follow each other; some around today."""
    count = draw(some.integers(1, 4))
    around = some.integers(-900, 400) | some.integers(-2, 2)
    found = sorted(draw(some.sets(around, min_size=2 * count, max_size=2 * count)))
    return [TODAY + datetime.timedelta(days=one) for one in found]


@some.composite
def people(draw):
    found = []
    count = draw(some.integers(1, 6))
    for place in range(count):
        own = draw(days())
        first = draw(some.booleans())
        last = draw(some.booleans())
        renumbered = draw(some.booleans())
        contracts = []
        for step in range(0, len(own), 2):
            begins = None if first and step == 0 else own[step]
            ends = None if last and step == len(own) - 2 else own[step + 1]
            number = f"{place + 1:03}{step // 2 if renumbered else 0}"
            contracts.append(Contract(number, begins, ends))
        born = draw(some.dates(datetime.date(1930, 1, 1), datetime.date(2010, 1, 1)))
        if any(born == one.born for one in found):
            continue  # namesakes of one date of birth are another test's
        name = draw(some.sampled_from(FIRST)), draw(some.sampled_from(PREFIXES)), draw(some.sampled_from(LAST))
        mail = f"p{place}@linde.example" if draw(some.booleans()) else ""
        found.append(Person(*name, born, mail, tuple(contracts)))
    return found


@some.composite
def forms(draw):
    kind = draw(some.sampled_from(["csv", "csv", "xlsx"]))
    titles = draw(
        some.sampled_from(
            [
                ("Nr", "Roepnaam", "Tv", "Naam", "Geboren", "Mail", "Van", "Tot"),
                (
                    "[Personeelsnummer]",
                    "[Roepnaam]",
                    "[Tussenvoegsel]",
                    "[Eigen naam]",
                    "[Geb.]",
                    "[E-mail]",
                    "[B]",
                    "[E]",
                ),
                ("employeeid", "nickname", "prefix", "birthname", "dateofbirth", "mail (work)", "start", "end"),
            ]
        )
    )
    fields = ("number", "first_name", "prefix", "last_name", "date_of_birth", "email", "start", "end")
    return Form(
        kind,
        draw(some.sampled_from([";", ",", "\t", "|"])),
        draw(some.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
        draw(some.sampled_from(["yyyy-mm-dd", "d-m-yyyy", "yyyymmdd", "m/d/yyyy", "dd.mm.yyyy", "iso time"])),
        draw(some.sampled_from(["", "9999-12-31", "2099"])),
        dict(zip(fields, titles, strict=True)),
        draw(some.integers(0, 6)),
        draw(some.booleans()),
        draw(some.booleans()),
        draw(some.booleans()),
    )


def shown(day, form):
    """A day as the form writes it."""
    if form.days == "iso time":
        return f"{day}T00:00:00"
    written = form.days.replace("yyyy", f"{day.year:04}")
    for letter, number in (("d", day.day), ("m", day.month)):
        written = written.replace(letter * 2, f"{number:02}").replace(letter, str(number))
    return written


def rows_of(found, form):
    last = datetime.date(9999, 12, 31) if form.open_end == "9999-12-31" else datetime.date(2099, 1, 1)
    rows = []
    for person in found:
        for place, contract in enumerate(person.contracts):
            end = contract.end or (last if form.open_end else None)
            number = f"{contract.number}-{place}" if form.sequence else contract.number
            row = [number, person.first, person.prefix, person.last, person.born, person.mail, contract.start, end]
            rows.append(row)
    return rows


def write(folder, found, form, shuffled, more=None):
    """more: another column, and its value in every row."""
    rows = [rows_of(found, form)[place] for place in shuffled]
    head = [*form.titles.values(), "Opmerking"]
    if more:
        head, rows = [more[0], *head], [[more[1], *row] for row in rows]
    above = [["Personeelslijst"], ["Peildatum: 26-11-2026"]] * form.above
    below = [["Totaal aantal medewerkers:", str(len(rows))]] if form.total else []
    if form.kind == "xlsx":

        def cell(value, place):
            if isinstance(value, datetime.date):
                real = place % 2 and value.year < 2200
                return ((value - EPOCH).days, DAY) if real else shown(value, form)
            return value or None

        table = [*above, head, *([cell(value, place) for place, value in enumerate(row)] for row in rows), *below]
        return workbook(folder / "hr.xlsx", sheet(table))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.sign)
    pad = "  " if form.padded else ""
    for row in (*above, head):
        writer.writerow(row)
    for row in rows:
        writer.writerow(
            [pad + (shown(one, form) if isinstance(one, datetime.date) else one or "") + pad for one in row]
        )
    for row in below:
        writer.writerow(row)
    content = text.getvalue()
    encoding = "utf-8" if form.encoding == "cp1252" and WIDE & set(content) else form.encoding
    path = folder / "hr.csv"
    path.write_bytes(content.encode(encoding))
    return path


def mapping_of(form):
    fields = {name: title for name, title in form.titles.items() if name != "number"}
    key = {"column": form.titles["number"], "cut": "-"} if form.sequence else form.titles["number"]
    person = [form.titles[name] for name in ("first_name", "last_name", "date_of_birth")]
    given = {"columns": fields, "key": key, "person": person}
    if form.days != "iso time":
        given["date_format"] = form.days
    return ListMapping.of(given)


def expected(found):
    """The accounts, reckoned in another way than the reader does: day by day."""
    accounts, waiting = {}, set()
    for person in found:
        begun = [one for one in person.contracts if one.start is None or one.start <= TODAY]
        running = [one for one in begun if one.end is None or one.end >= TODAY]
        if not begun:
            waiting.add(person.contracts[0].number)
            continue
        # Contracts follow each other, so at most one runs and the last that began is the one that counts.
        number = (running or begun)[-1].number
        former = {one.number for one in begun} - {number}
        accounts[number] = (person, "present" if running else "absent", former)
    return accounts, waiting


@pytest.mark.heavy
@given(people(), forms(), some.data())
def test_a_list_is_exactly_its_people(tmp_path_factory, found, form, data):
    count = len(rows_of(found, form))
    shuffled = data.draw(some.permutations(range(count)))
    path = write(tmp_path_factory.mktemp("list"), found, form, shuffled)
    read = read_list(path, mapping_of(form), TODAY)
    assert [str(one) for one in read.wrong] == []
    accounts, waiting = expected(found)
    assert {one.external_id: one.fields["state"] for one in read.accounts} == {
        number: state for number, (_person, state, _former) in accounts.items()
    }
    assert {one.external_id for one in read.waiting} == waiting
    for one in read.accounts:
        person, _state, former = accounts[one.external_id]
        fields = one.fields
        assert (fields["first_name"], fields.get("prefix", ""), fields["last_name"], fields["date_of_birth"]) == (
            person.first,
            person.prefix,
            person.last,
            person.born.isoformat(),
        )
        assert fields.get("email", "") == person.mail
        assert set(one.former_ids) == former
    assert sum(len(one.rows) for one in (*read.accounts, *read.waiting)) == count


#: how the systems write their lists, beside what their presets say: kind, sign between cells, days, an open end
SYSTEMS = {
    "afas": ("csv", ";", "d-m-yyyy", ""),
    "beaufort": ("csv", ";", "yyyy-mm-dd", "9999-12-31"),
    "visma_net": ("csv", ",", "iso time", ""),
    "nmbrs": ("xlsx", "", "dd-mm-yyyy", ""),
    "raet_core": ("csv", "|", "yyyymmdd", "2099"),
}
TOLD = ("first_name", "last_name", "date_of_birth")


def form_of(system):
    """The form of a system, whose titles are those of its preset, and the mapping that tells people apart."""
    preset = presets()[system]
    columns = {name: titles if isinstance(titles, str) else titles[-1] for name, titles in preset["columns"].items()}
    key = preset.get("key")
    titles = {"number": key["columns"][-1] if key else columns["external_id"]}
    titles |= {name: columns[name] for name in ("first_name", "prefix", "last_name", "date_of_birth", "email")}
    titles |= {name: columns[name] for name in ("start", "end")}
    kind, sign, days, open_end = SYSTEMS[system]
    form = Form(kind, sign, "utf-8", days, open_end, titles, 0, False, system == "raet_core", False)
    person = [columns[name] for name in TOLD]
    return form, {**preset, "person": person}, "1-" if key else ""


@pytest.mark.heavy
@pytest.mark.parametrize("system", SYSTEMS)
@given(found=people(), data=some.data())
def test_a_list_of_a_known_system_is_exactly_its_people(tmp_path_factory, system, found, data):
    form, given, before = form_of(system)
    shuffled = data.draw(some.permutations(range(len(rows_of(found, form)))))
    path = write(tmp_path_factory.mktemp("list"), found, form, shuffled, ("Bedrijfnr", 1) if before else None)
    read = read_list(path, ListMapping.of(given), TODAY)
    assert [str(one) for one in read.wrong] == []
    accounts, waiting = expected(found)
    assert {one.external_id for one in read.waiting} == {before + number for number in waiting}
    assert {
        one.external_id: (
            *(one.fields.get(name, "") for name in ("first_name", "prefix", "last_name", "date_of_birth", "email")),
            one.fields["state"],
            set(one.former_ids),
        )
        for one in read.accounts
    } == {
        before + number: (
            person.first, person.prefix, person.last, person.born.isoformat(), person.mail, state,
            {before + one for one in former},
        )
        for number, (person, state, former) in accounts.items()
    }  # fmt: skip


@pytest.mark.heavy
@given(people(), forms(), some.data())
def test_a_list_without_person_stops_or_has_one_number_for_each(tmp_path_factory, found, form, data):
    path = write(tmp_path_factory.mktemp("list"), found, form, range(len(rows_of(found, form))))
    mapping = ListMapping.of({name: value for name, value in mapping_of(form).given.items() if name != "person"})
    read = read_list(path, mapping, TODAY)
    renumbered = any(len({one.number for one in person.contracts}) > 1 for person in found)
    assert bool(read.wrong) == renumbered
    assert not (read.wrong and read.accounts)
    assert len(read.accounts) + len(read.waiting) == (0 if renumbered else len(found))


@pytest.mark.heavy
@given(people(), forms(), some.data())
def test_no_mistake_shows_a_person(tmp_path_factory, found, form, data):
    """One cell of any row is broken: the row is named, and nothing that stands in it."""
    rows = rows_of(found, form)
    path = write(tmp_path_factory.mktemp("list"), found, form, range(len(rows)))
    if form.kind != "csv":
        return
    lines = path.read_bytes().decode(encoding_of(path)).split("\r\n")
    at = form.above * 2 + 1 + data.draw(some.integers(0, len(rows) - 1))
    cells = next(csv.reader([lines[at]], delimiter=form.sign))
    place, value = data.draw(
        some.sampled_from([(1, "Zo?"), (3, "M\ufffdller"), (4, "12-04-88"), (7, "onbekend"), (1, "")])
    )
    cells[place] = value
    lines[at] = form.sign.join(cells)
    path.write_bytes("\r\n".join(lines).encode("utf-8"))
    read = read_list(path, mapping_of(form), TODAY)
    assert any(one.row == at + 1 for one in read.wrong)
    assert read.accounts == ()
    reported = str([str(one) for one in read.wrong]) + str(read.notes) + str(read.as_dict())
    for person in found:
        assert person.mail not in reported or not person.mail
        assert person.born.isoformat() not in reported
    assert "Zo?" not in reported


def encoding_of(path):
    data = path.read_bytes()
    for encoding in ("utf-16", "utf-8-sig") if data[:2] == b"\xff\xfe" else ("utf-8-sig", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise AssertionError


@given(some.binary(max_size=400), some.sampled_from(["a.csv", "a.xlsx", "a.json", "a.yml"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data, name):
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data)
    for mapping in (None, ListMapping.of({"columns": {"external_id": "a", "first_name": "b", "last_name": "c"}})):
        code = "accounts_unreadable"
        try:
            read_list(path, mapping, TODAY)
        except ZorgidError as error:
            code = error.code
        assert code == "accounts_unreadable"


@pytest.mark.heavy
@given(
    some.lists(
        some.lists(some.text("abc 0123456789-./:?'é", max_size=8) | some.sampled_from(["Totaal", "Nr", "Roepnaam"])),
        max_size=12,
    )
)
def test_any_rows_below_a_header_are_all_accounted_for(tmp_path_factory, rows):
    """No row gets lost: each is somebody's, or left out and counted, or wrong."""
    path = tmp_path_factory.mktemp("any") / "hr.csv"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["Nr", "Roepnaam", "Achternaam"], *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    mapping = ListMapping.of({"columns": {"external_id": "Nr", "first_name": "Roepnaam", "last_name": "Achternaam"}})
    read = read_list(path, mapping, TODAY)
    used = sum(len(one.rows) for one in read.accounts)
    out = sum(one.count for one in read.left_out)
    assert read.wrong or used + out == len(rows)
