# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No Python of the build connects to anything, or asks for an address: not every system gives a network namespace."""

import sys
from typing import Any


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    # ansible-core asks for this address when it starts, to look at getaddrinfo itself.
    if event == "socket.connect" or (event == "socket.getaddrinfo" and arguments[0] != "127.0.0.1"):
        raise OSError(f"the site is built without the network: {event} {arguments!r}")


sys.addaudithook(_refuse)
