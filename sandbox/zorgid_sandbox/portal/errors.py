# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the portal, as RFC 7644 §3.12 describes errors."""

from __future__ import annotations

from typing import Any

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class RefusalError(Exception):
    """A request (or one bulk operation) that the portal refuses.

    status: HTTP status; detail: one sentence; scim_type: RFC 7644 table 9, if that has a value for it.
    """

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.scim_type = status, detail, scim_type

    def body(self) -> dict[str, Any]:
        body = {"schemas": [ERROR_SCHEMA], "status": str(self.status), "detail": self.detail}
        return body if self.scim_type is None else {**body, "scimType": self.scim_type}
