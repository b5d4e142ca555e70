# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playwright's errors in our words. Theirs quote what stands in fields and addresses, so nothing of them is passed on
but the browser's own short word for a network error."""

from __future__ import annotations

import re
from pathlib import Path

from .._common.errors import ZorgidError

_NETWORK = re.compile(r"net::(ERR_[A-Z_]{3,60})")
#: what the browser or Playwright says when the kernel gives no sandbox
_NO_SANDBOX = re.compile(r"no usable sandbox|setuid sandbox|namespace sandbox|zygote_host_impl", re.IGNORECASE)


def lost(found: str = "its window or its process has ended") -> ZorgidError:
    return ZorgidError(
        "browser_lost",
        "The browser ended before its work was done",
        expected="a browser that runs until the end",
        found=found,
        action="run the playbook again: it reads first what the portal shows, and sends nothing twice",
    )


def timeout(seconds: float) -> ZorgidError:
    return ZorgidError(
        "browser_timeout",
        "The portal's page was not ready in time",
        expected=f"an answer within {seconds:.0f} seconds",
        found="none",
        action="look whether the portal works in an ordinary browser, and run the playbook again",
    )


#: as in meta/ee-requirements-browser.txt
PLAYWRIGHT = "1.65.2"


def not_installed(missing: str) -> ZorgidError:
    return ZorgidError(
        "browser_not_installed",
        "The browser cannot be used on this controller",
        expected=f"Playwright {PLAYWRIGHT} in the Python that runs Ansible, and Chromium, Chrome or Edge",
        found=f"{missing} not there",
        action="python -m pip install -r meta/ee-requirements-browser.txt of the collection gbz.zorgid; on Debian: "
        "apt install chromium-headless-shell",
    )


def not_started(found: str) -> ZorgidError:
    return ZorgidError(
        "browser_not_started",
        "The browser did not start",
        expected="Chromium, Chrome or Edge with its sandbox, without a screen",
        found=found,
        action="as this user, start the browser that is installed, for example chromium-headless-shell --headless "
        "--dump-dom about:blank; it says what is wrong",
    )


def at_start(error: Exception) -> ZorgidError:
    if _NO_SANDBOX.search(str(error)):
        return not_started("this machine gives it no sandbox: unprivileged user namespaces are switched off")
    return not_started("it ended, or gave no answer")


def translated(error: Exception, seconds: float) -> ZorgidError:
    """Whatever was raised while a page was worked."""
    if isinstance(error, ZorgidError):
        return error
    kinds = {kind.__name__ for kind in type(error).__mro__}  # Playwright does not offer all of its classes
    if "TimeoutError" in kinds:
        return timeout(seconds)
    if "TargetClosedError" in kinds or "crashed" in str(error):
        return lost()
    known = _NETWORK.search(str(error))
    if known:
        return failed(f"the network error {known[1]}")
    place = ""
    trace = error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.parent == Path(__file__).parent:
            place = f" at {file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return failed(f"an error of the program{place}")


def failed(found: str) -> ZorgidError:
    return ZorgidError(
        "browser_failed",
        "The browser could not do what was asked of it",
        expected="a page of the portal that answers",
        found=found,
        action="look whether the portal works in an ordinary browser, and run the playbook again",
    )
