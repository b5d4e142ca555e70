# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, mappings, letters and work items."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._forms import manual_form
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.form_filler import FormItem, items_of
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import BUILT_IN, load_mappings
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.submission import values_digest
from ansible_collections.gbz.zorgid.plugins.module_utils._mail import document_letter
from ansible_collections.gbz.zorgid.plugins.module_utils._net.url_policy import belongs_to_vzvz, check_environment
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION


@pytest.mark.parametrize(
    ("target", "vzvz"),
    [
        ("zorg-id@vzvz.nl", True),
        ("Zorg-ID <zorg-id@VZVZ.nl>", True),
        ("zorg-id@mail.vzvz.nl.", True),
        ("smtp.zorg-id.nl", True),
        ("https://fd2.formdesk.com/vzvz/Aanvraagformulier", True),
        ("https://fd2.formdesk.com//VZVZ/Aanvraagformulier", True),
        ("https://productie.zorg-id.nl/portal", True),
        ("https://fd2.formdesk.com/anders/formulier", False),
        ("https://vzvz.nl.example/vzvz", False),
        ("zorg-id@vzvz.example", False),
        ("zorg-id@notvzvz.nl", False),
        ("127.0.0.1", False),
    ],
)
def test_an_environment_of_ones_own_never_reaches_vzvz(target: str, vzvz: bool) -> None:
    assert belongs_to_vzvz(target) is vzvz
    for environment in ("production", "acceptance", "test"):
        check_environment(environment, [target])
    if vzvz:
        with pytest.raises(ZorgidError) as caught:
            check_environment("own", ["127.0.0.1", target])
        assert caught.value.code == "environment_mismatch"
        assert "@" not in str(caught.value)
    else:
        check_environment("own", [target])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", "a mapping with"),
        ("fields: {}", "a mapping with"),
        ("fields: {A: name}\nveld: 1", "only the keys"),
        ("fields: {A: {van: name}}", "the keys"),
        ("fields: {A: {from: name, value: x}}", "one of from, value, file"),
        ("fields: {A: {from: name, page: 0}}", "a page from 1 to 20"),
        ("fields: {A: name}\nconfirmation: {text: '('}", "valid regular expressions"),
        ("fields: {A: name}\nconfirmation: {reeks: x}", "confirmation with the keys"),
        ("fields: [", "a readable YAML file"),
    ],
)
def test_each_mistake_in_a_mapping_is_told(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "form.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ZorgidError, match=expected) as caught:
        load_mappings("application", str(path))
    assert caught.value.code == "mapping_invalid"


def test_a_folder_holds_one_mapping_per_version(tmp_path: Path) -> None:
    (tmp_path / "2027.yml").write_text("version: 2027\nfields: {Naam: name}\n", encoding="utf-8")
    (tmp_path / "2026.yml").write_text("fields: {Naam: name}\n", encoding="utf-8")
    assert [one.version for one in load_mappings("application", str(tmp_path))] == [str(tmp_path / "2026.yml"), "2027"]
    (tmp_path / "leeg").mkdir()
    with pytest.raises(ZorgidError, match="at least one file"):
        load_mappings("application", str(tmp_path / "leeg"))


@pytest.mark.parametrize("kind", BUILT_IN)
def test_the_built_in_mappings_find_every_value(kind: str) -> None:
    (table,) = load_mappings(kind, None)
    items = items_of(table, {**ORGANISATION, "environment": "production"})
    assert len(items) == len(BUILT_IN[kind]["fields"])


def test_the_digest_is_of_the_values() -> None:
    again = {**ORGANISATION, "name": "Anders"}
    assert values_digest("application", ORGANISATION) == values_digest(
        "application", dict(reversed(ORGANISATION.items()))
    )
    assert values_digest("application", ORGANISATION) != values_digest("follow_up", ORGANISATION)
    assert values_digest("application", ORGANISATION) != values_digest("application", again)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_letter_names_organisation_and_digest_and_no_person(language: str) -> None:
    values = {"name": "De Linde", "ura": "90000101", "environment": "acceptance", "sha256": "ab12", "provider": "GBZ"}
    subject, text = document_letter.document_mail(language, values)
    assert "90000101" in subject
    for word in ("De Linde", "90000101", "ab12", "GBZ", "accept"):
        assert word in text


def test_the_work_item_escapes_what_it_shows() -> None:
    items = [FormItem("Naam <b>", "O'Brien & <script>", "name")]
    page = manual_form.render(
        "application", "https://x.example/?a=1&b=2", items, "form_captcha", organisation="<i>", ura="1"
    )
    text = page.decode()
    assert "<script>" not in text
    assert "O&#39;Brien &amp; &lt;script&gt;" in text
    assert 'href="https://x.example/?a=1&amp;b=2"' in text


def test_the_work_item_has_a_row_for_each_field_and_says_why() -> None:
    items = [FormItem("Naam", '"De Linde"', "name"), FormItem("URA-nummer", "{{ ura }}", "ura")]
    text = manual_form.render(
        "follow_up", "https://x.example/", items, "form_changed", organisation="De Linde", ura="90000101"
    ).decode()
    assert text.startswith('<!DOCTYPE html>\n<html lang="nl">\n')
    assert text.endswith("</body>\n</html>\n")
    rows = re.findall(
        r'<tr><th scope="row">(.*)</th><td><output>(.*)</output></td><td><code>(.*)</code></td></tr>', text
    )
    assert [tuple(html.unescape(cell) for cell in cells) for cells in rows] == [
        ("Naam", '"De Linde"', "name"),
        ("URA-nummer", "{{ ura }}", "ura"),
    ]
    assert "<h1>Vervolgformulier ZORG-ID Smart: zelf invullen</h1>" in text
    assert f"verstuurd: {manual_form.REASONS['form_changed']} Er is nog niets verstuurd." in text
