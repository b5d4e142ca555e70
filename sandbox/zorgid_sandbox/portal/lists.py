# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list query asks for: page, order, attributes (RFC 7644 §3.4.2 and §3.9)."""

from __future__ import annotations

from typing import Any

from scim2_models.path import Present

from .discovery import MAX_RESULTS
from .errors import RefusalError
from .filters import parse, read

ALWAYS = {"id", "schemas"}


def paging(query: dict[str, Any]) -> tuple[int, int]:
    """startIndex (from 1) and count (at most the advertised maxResults), RFC 7644 §3.4.2.4."""
    try:
        start, count = int(query.get("startIndex") or 1), query.get("count")
        wanted = MAX_RESULTS if count is None else int(count)
    except ValueError:
        raise RefusalError(400, "startIndex and count are whole numbers", "invalidValue") from None
    return max(1, start), min(max(0, wanted), MAX_RESULTS)


def sort(resources: list[dict[str, Any]], by: str, order: str) -> list[dict[str, Any]]:
    """By one attribute; resources without it come last when ascending (RFC 7644 §3.4.2.3)."""
    node = parse(f"{by} pr")
    if not isinstance(node, Present):
        raise RefusalError(400, "sortBy names one attribute", "invalidPath")

    def key(resource: dict[str, Any]) -> tuple[bool, str]:
        values = read(resource, node.attr_path)
        primary = next((value for value in values if isinstance(value, dict) and value.get("primary")), None)
        value = primary or (values[0] if values else None)
        value = value.get("value") if isinstance(value, dict) else value
        return (value is None, str(value or "").casefold())

    return sorted(resources, key=key, reverse=order.lower() == "descending")


def project(resource: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """The attributes that were asked for (RFC 7644 §3.9); id and schemas always."""
    asked, left_out = _names(query.get("attributes")), _names(query.get("excludedAttributes"))
    if asked:
        return _select(resource, asked, keep=True)
    return _select(resource, left_out, keep=False) if left_out else resource


def _names(value: Any) -> set[str]:
    names = value.split(",") if isinstance(value, str) else value or []
    return {str(name).strip().lower().removeprefix("urn:ietf:params:scim:schemas:core:2.0:user:") for name in names}


def _select(resource: dict[str, Any], names: set[str], keep: bool, prefix: str = "") -> dict[str, Any]:
    selected: dict[str, Any] = {}
    for key, value in resource.items():
        full = f"{prefix}{key}".lower()
        if not prefix and key in ALWAYS:
            selected[key] = value
            continue
        inner = [name for name in names if name.startswith((full + ".", full + ":"))]
        if full in names:
            if keep:
                selected[key] = value
        elif not inner:
            if not keep:
                selected[key] = value
        elif isinstance(value, dict):
            selected[key] = _select(value, names, keep, full + (":" if ":" in key else "."))
        elif isinstance(value, list):
            selected[key] = [_select(item, names, keep, full + ".") for item in value]
    return selected
