# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Toegangstokens: the page on which a person makes tokens for programs."""

from __future__ import annotations

from html import escape

from starlette.responses import RedirectResponse, Response

from ..state import record
from .errors import RefusalError
from .gate import Gate, Visit
from .html import ROLES, section
from .store import Store


class TokenPages:
    """The page, and what its forms do."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self.store, self.gate = store, gate

    async def tokens(self, visit: Visit) -> Response:
        return self._page(visit)

    def _page(self, visit: Visit, made: str = "") -> Response:
        forms, rows = visit.forms, ""
        for item in sorted(self.store.tokens.values(), key=lambda item: item.id):
            if item.ura != visit.token.ura:
                continue
            action = "ingetrokken" if item.revoked else forms.form(f"/portal/tokens/{item.id}/revoke", "", "Intrekken")
            rows += (
                f"<tr><td>{escape(item.name)}</td><td>{ROLES.get(item.role, item.role)}</td>"
                f"<td>{item.expires[:10]}</td><td>{action}</td></tr>"
            )
        fields = (
            '<label>Naam <input name="name" required maxlength="80"></label>'
            '<label>Geldig (dagen) <input name="days" type="number" min="1" max="365" value="90" required></label>'
        )
        shown = ""
        if made:
            shown = (
                '<div class="made"><p role="status">Uw nieuwe token. Bewaar het nu: het wordt maar één keer getoond.'
                "</p>"
                f'<code id="token">{made}</code></div>'
            )
        body = (
            f"<h1>Toegangstokens</h1>{shown}<table><thead>"
            '<tr><th scope="col">Naam</th><th scope="col">Rol</th><th scope="col">Geldig tot</th>'
            f'<th scope="col">Intrekken</th></tr></thead><tbody>{rows}</tbody></table>'
            f"{section('Token maken', forms.form('/portal/tokens', fields, 'Maken'), 2)}"
        )
        return self.gate.page(visit, "Toegangstokens", body)

    async def make(self, visit: Visit) -> Response:
        token, name, days = visit.token, str(visit.data.get("name", "")).strip(), str(visit.data.get("days", ""))
        if not name or not days.isdecimal() or not 1 <= int(days) <= 365:
            raise RefusalError(400, "Geef een naam en een geldigheid van 1 tot 365 dagen.")
        made = self.store.make_token(token.ura, token.role, token.identity_id, name[:80], int(days))
        record(self.store.state, "portal", "token", f"URA {token.ura}, {token.role}, {days} days")
        return self._page(visit, made)

    async def revoke(self, visit: Visit) -> Response:
        if not self.store.revoke_token(visit.token.ura, visit.request.path_params["number"]):
            raise RefusalError(404, "Dit token bestaat niet of is al ingetrokken.")
        visit.say("Het token is ingetrokken.")
        return RedirectResponse("/portal/tokens", 303)
