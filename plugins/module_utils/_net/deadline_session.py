# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests with a deadline: each uses its own connection, which is closed at the deadline."""

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
        """``requests.Session`` without automatic redirects, and with ``until``."""

        def __init__(self) -> None:
            super().__init__()
            self._handles: list[socket.socket] = []
            self.mount("https://", _adapter(self._handles))
            self.headers["Connection"] = "close"

        def get_redirect_target(self, _response: requests.Response) -> str | None:
            # The caller follows redirects: requests would read the whole body first, without a limit.
            return None

        @contextmanager
        def until(self, moment: float) -> Iterator[None]:
            """Close the connections that were made in this block at ``moment`` (``time.monotonic``), even if the server
            is still sending."""
            # Drop kept connections. If a new connection fails, nothing was sent; with a reused one that would be
            # unknown.
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
    """An adapter that adds a duplicate handle of each new connection to ``handles``, because the TLS handshake replaces
    the connection's own socket."""

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
