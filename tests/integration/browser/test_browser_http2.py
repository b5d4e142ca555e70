# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal that offers HTTP/2: the browser reads over that; what changes something is sent by the gate, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.browser_world import browser_world, person, reported

OPEN = "unproven account_unproven"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["connection", "refused_stream"])
def test_an_answer_that_is_lost_after_the_portal_acted_is_one_request(tmp_path: Path, how: str) -> None:
    """refused_stream: over HTTP/2 it promises that nothing was processed, and a browser would send it again."""
    with browser_world(tmp_path, http2=True) as world:
        world.log_in(world.mapped())
        page_map = world.mapped("register")
        wanted = [person("HR-301", "Verbroken")]
        # What the export shows is of before.
        world.order("export_old", f"lost_answer how={how} path=/portal/users method=POST times=1")
        with world.counted() as sent:
            kept = world.keep(page_map, wanted)
            assert world.stored("HR-301")
            world.usual()
            settled = world.keep(page_map, wanted)
        assert [reported(one)["HR-301"] for one in (kept, settled)] == [OPEN, "unchanged"]
        assert sent == ["/portal/users"]
