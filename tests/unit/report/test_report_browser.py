# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board in a real browser: nothing runs out of the window, the head stays, a message opens without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._report import html
from ansible_collections.gbz.zorgid.plugins.module_utils._report.board import board
from ansible_collections.gbz.zorgid.tests.support.browser import chromium, shown_folder
from ansible_collections.gbz.zorgid.tests.support.report_dossiers import (
    ALL,
    NOW,
    dossier,
    many,
    three,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def folder() -> Iterator[Path]:
    with shown_folder() as made:
        yield made


@pytest.fixture
def show(browser: Any, folder: Path) -> Any:
    def run(dossiers: list[Any], **window: Any) -> Any:
        path = folder / "onboarding.html"
        path.write_bytes(html.render(board(dossiers, now=NOW)))
        context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False, **window)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    return run


def overflow(page: Any) -> float:
    box = page.locator("table").bounding_box()
    return float(box["x"] + box["width"] - 1280)


@pytest.mark.parametrize(("dossiers", "count"), [(three(), 3), (many(), 200)], ids=["3", "200"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_the_window(show: Any, dossiers: list[Any], count: int, scheme: str) -> None:
    page = show(dossiers, color_scheme=scheme)
    assert overflow(page) <= 0
    assert page.locator("tr.row").count() == count
    assert page.locator("td.mark").count() == count * ALL
    assert page.get_by_role("rowheader").count() >= count
    assert page.asked == [page.url]


def test_the_longest_words_still_fit(show: Any) -> None:
    name = "Zelfstandigekruidengeneeskundigepraktijkvoorhuisartsen" * 4
    page = show([dossier(name, done=4, state="failed", message="https://example.example/" + "a" * 900)])
    assert overflow(page) <= 0


def test_the_head_stays_and_a_message_opens(show: Any) -> None:
    page = show(many())
    page.mouse.wheel(0, 5000)
    page.wait_for_timeout(200)
    head = page.locator("thead").bounding_box()
    assert head["y"] == 0
    page.goto(f"{page.url}#waiting")
    # A jump from a tile leaves the group's head in sight below the columns' names.
    assert page.locator("#waiting").bounding_box()["y"] >= head["height"] - 1
    page.locator("tbody.waiting summary").first.click()
    letter = page.locator("tbody.waiting .letter").first
    assert letter.is_visible()
    assert "Met vriendelijke groet" in letter.text_content()
    assert letter.locator("a").get_attribute("href").startswith("mailto:?subject=ZORG-ID%20Smart")
