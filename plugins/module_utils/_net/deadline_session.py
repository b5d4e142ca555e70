# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests that end: each over a connection of its own, which is cut when its time is over."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._common.libraries import needs

with needs("requests>=2.32"):
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool

    class DeadlineSession(requests.Session):
        """Like requests', without its redirects and with ``until``."""

        def __init__(self) -> None:
            super().__init__()
            self._handles: list[socket.socket] = []
            self.mount("https://", _adapter(self._handles))
            self.headers["Connection"] = "close"

        def get_redirect_target(self, _response: requests.Response) -> str | None:
            # Redirects are ours: requests would read the whole answer, whatever its size, to look at the next address.
            return None

        @contextmanager
        def until(self, moment: float) -> Iterator[None]:
            """Whatever the other side does, also byte after byte without end: at ``moment`` (``time.monotonic``) the
            connection that was made in here is cut."""
            # A connection of its own: when it cannot be made, nothing was sent; a reused one could not tell.
            for adapter in self.adapters.values():
                adapter.close()
            timer = threading.Timer(max(0.0, moment - time.monotonic()), self._cut)
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
                while self._handles:
                    self._handles.pop().close()

        def _cut(self) -> None:
            for handle in list(self._handles):
                try:
                    handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


def _adapter(handles: list[socket.socket]) -> HTTPAdapter:
    """An adapter that leaves a second handle of each connection in ``handles``, from before its first byte on: the
    connection's own one changes hands during the TLS handshake."""

    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            made: socket.socket = super()._new_conn()
            handles.append(made.dup())
            return made

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self.poolmanager.pool_classes_by_scheme = {"https": Pool}

        def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
            manager = super().proxy_manager_for(*args, **options)
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": Pool}
            return manager

    return Adapter()
