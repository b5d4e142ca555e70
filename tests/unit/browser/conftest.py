# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA of the tests' own, and a page of a real Chromium in which the finder's script is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import in_page
from ansible_collections.gbz.zorgid.tests.support.browser import chromium
from ansible_collections.gbz.zorgid.tests.support.fixtures import pki as pki


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with chromium() as browser:
        context = browser.new_context()
        context.add_init_script(in_page.init_script())
        yield context.new_page()


@pytest.fixture
def show(page: Any) -> Callable[[str], Any]:
    def run(html: str) -> Any:
        page.set_content(f"<!doctype html><meta charset=utf-8>{html}")
        return page

    return run
