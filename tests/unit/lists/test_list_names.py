# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as an identity document has them."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._lists import names
from ansible_collections.gbz.zorgid.tests.support.hr_lists import SMALL, people, understood


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("van 't", "van 't"),
        ("van ’t", "van 't"),
        ("van `t", "van 't"),
        ("van´t", "van 't"),
        ("van't", "van 't"),
        ("van t", "van 't"),
        ("t", "'t"),
        ("s", "'s"),
        ("'s", "'s"),
        ("’s", "'s"),
        ("in  het", "in het"),
        ("Van Der", "Van Der"),
        ("el", "el"),
        ("-", ""),
        (" ", ""),
        ("d’", "d'"),
        ("von und zu", "von und zu"),
    ],
)
def test_prefixes(written, read):
    assert names.prefix(written) == read
    assert not read or names.is_usual(read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'t Hooft", "'t Hooft"),
        ("’t Hooft", "'t Hooft"),
        ("t Hooft", "'t Hooft"),
        ("''t Hooft", "'t Hooft"),
        ("s-Gravenmade", "'s-Gravenmade"),
        ("'s-Gravesande", "'s-Gravesande"),
        ("'Jansen", "Jansen"),
        ("D’Artagnan", "D’Artagnan"),
        ("d'Ancona", "d'Ancona"),
        ("O'Neill", "O'Neill"),
        ("T Hart", "T Hart"),
        ("ten Hove", "ten Hove"),
        ("van den Heuvel-Boële", "van den Heuvel-Boële"),
        ("Berg, van den", "Berg, van den"),
        ("e\u0301", "é"),
        ("Yılmaz", "Yılmaz"),
        ("Çağla", "Çağla"),
        ("Null", "Null"),
        ("Li", "Li"),
    ],
)
def test_surnames_stay_whole_and_are_repaired_where_it_is_sure(written, read):
    assert names.last_name(written) == read


@pytest.mark.parametrize(("written", "read"), [("'Sanne", "Sanne"), ("Zoë", "Zoë"), ("Jan-Piet", "Jan-Piet")])
def test_first_names(written, read):
    assert names.first_name(written) == read


@pytest.mark.parametrize("lost", ["Zo‘", "Sch”n", "Bj”rn", "Zo‰", "RenŽ", "C¡ra", "Zo?", "ZoÃ«", "Zo\ufffd"])
def test_letters_of_another_encoding(lost):
    """DOS's, the Macintosh's, UTF-8 read as something else, and what is left where a letter was."""
    for read in (names.first_name, names.last_name, names.prefix):
        assert not isinstance(read(lost), str)


def test_a_surname_with_its_prefix_behind_a_comma_stays_whole(tmp_path):
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam\n1;Bo;Berg, van den\n", SMALL)
    assert people(found)[0][3] == "Berg, van den"
    assert "1 rows have a comma in the surname, which no identity document has" in found.notes[-1]


def test_a_prefix_that_stands_in_both_columns_counts_once(tmp_path):
    text = "Nr;Roepnaam;Tv;Achternaam\n1;Bo;van den;van den Berg\n2;Ida;;de Boer\n3;Cas;de;Decker\n4;Jo;dr.;Vos\n"
    found = understood(tmp_path, text, {"columns": {**SMALL["columns"], "prefix": "Tv"}})
    assert [one[2:4] for one in people(found)] == [
        ("van den", "Berg"),
        ("", "de Boer"),
        ("de", "Decker"),
        ("dr.", "Vos"),
    ]
    assert "1 rows have the prefix in its own column and before the surname; it is used once (row 2)" in found.notes
    assert any(note.startswith("1 rows have a prefix that is not one of the usual ones") for note in found.notes)


def test_the_first_source_with_a_value(tmp_path):
    text = "Nr;Roepnaam;Voornaam;Achternaam\n1;;Johanna;Vos\n2;Bo;Robert;Mol\n"
    columns = {**SMALL["columns"], "first_name": ["Roepnaam", "Voornaam"]}
    assert [one[1] for one in people(understood(tmp_path, text, {"columns": columns}))] == ["Johanna", "Bo"]


def test_a_code_of_name_use_changes_no_name(tmp_path):
    text = "Nr;Roepnaam;Achternaam;N\n1;Bo;Vos;2\n2;Ida;Mol;8\n"
    found = understood(tmp_path, text, {"columns": {**SMALL["columns"], "name_use": "N"}, "system": "nmbrs"})
    assert [(one.fields["last_name"], one.name_use) for one in found.accounts] == [("Vos", "P"), ("Mol", "")]
    assert "1 rows have a code of name use that nmbrs is not known to have" in found.notes[-1]
