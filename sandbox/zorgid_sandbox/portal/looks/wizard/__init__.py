# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look "wizard": pages without script; registering in four steps, a question before what matters."""

from __future__ import annotations

from starlette.routing import Route

from ...phone import Phone
from ...store import Store
from ..desk import Desk
from .access import Access
from .admin import Admin
from .people import People
from .register import Register


def routes(store: Store, phone: Phone) -> list[Route]:
    access = Access(Desk(store, phone))
    return [*access.routes(), *People(access).routes(), *Register(access).routes(), *Admin(access).routes()]
