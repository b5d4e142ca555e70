# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scim driver against scim2-server, which is not ours and knows nothing of memberships."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimSettings


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("scim2") / "log"
    command = Path(sys.executable).with_name("scim2-server")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "--hostname", "127.0.0.1", "--port", str(port)], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, log.read_text()
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v2"
    finally:
        process.terminate()
        process.wait(10)


def entries(strategy, count=12):
    return [
        {
            "external_id": f"{strategy}-{number}",
            "first_name": "Sanne",
            "last_name": f"Berg {strategy} {number}",
            "email": f"{strategy}{number}@linde.example",
        }
        for number in range(count)
    ]


def run(url, wanted, strategy, **rules):
    driver = ScimDriver(ScimSettings(url, token="any"))
    driver.connect("90000101")
    if strategy == "connections":
        driver._bulk = None  # as if it offered none
    try:
        return reconciler.keep(driver, desired.from_list(wanted), Rules("90000101", **rules))
    finally:
        driver.close()


@pytest.mark.parametrize("strategy", ["bulk", "connections"])
def test_plain_accounts(foreign, strategy):
    wanted = entries(strategy)
    assert run(foreign, wanted, strategy).summary == {"created": 12}
    assert not run(foreign, wanted, strategy).changed
    wanted[0]["first_name"] = "Anna"
    wanted[1]["state"] = "blocked"
    wanted[2]["state"] = "absent"
    wanted[3]["email"] = "new@linde.example"
    kept = run(foreign, wanted, strategy, max_removals="1")
    assert [item.status for item in kept.results[:5]] == ["updated", "blocked", "unlinked", "updated", "unchanged"]
    assert not run(foreign, wanted, strategy).changed


def test_it_knows_no_administrators(foreign):
    driver = ScimDriver(ScimSettings(foreign, token="any"))
    with pytest.raises(ZorgidError) as error:
        driver.connect("90000101", ("administrator", "operator"))
    assert error.value.code == "portal_without_roles"
