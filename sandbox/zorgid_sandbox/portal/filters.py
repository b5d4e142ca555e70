# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC 7644 §3.4.2.2 filters on plain dicts. scim2-models parses; its own evaluation needs a pydantic model per user,
which costs 17 times the JSON parsing, so the evaluation is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import AttrPath, Comparison, FilterNode, LogicalExpr, Not, Present, ValuePath

from .errors import RefusalError

Test = Callable[[dict[str, Any]], bool]
CASE_EXACT = {"id", "externalid", "version"}


def parse(expression: str) -> FilterNode:
    """The syntax tree of a filter; 400 invalidFilter if it is invalid."""
    try:
        return ScimFilter(expression).ast
    except (InvalidFilterException, ValueError) as error:
        raise RefusalError(400, f"The filter cannot be read: {error}", "invalidFilter") from None


def get_key(container: dict[str, Any], name: str) -> str | None:
    """The key as the resource spells it: attribute names are case-insensitive (RFC 7643 §2.1)."""
    if name in container:
        return name
    low = name.lower()
    return next((key for key in container if key.lower() == low), None)


def _step(values: list[Any], name: str) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, dict) and (key := get_key(value, name)) is not None:
            item = value[key]
            found.extend(item) if isinstance(item, list) else found.append(item)
    return found


def read(resource: dict[str, Any], path: AttrPath) -> list[Any]:
    """Every value at a path, flat."""
    values: list[Any] = [resource]
    if path.uri is not None and (key := get_key(resource, path.uri)) is not None:
        values = [resource[key]]  # an extension; attributes of the core schema stand at the top
    elif path.uri is not None and ":core:" not in path.uri:
        return []
    values = _step(values, path.attr)
    return _step(values, path.sub_attr) if path.sub_attr else values


def compare(actual: Any, op: str, expected: Any, case_exact: bool) -> bool:
    if isinstance(actual, dict):
        actual = actual.get("value")
    if isinstance(actual, str) and isinstance(expected, str) and not case_exact:
        actual, expected = actual.lower(), expected.lower()
    if op == "eq":
        return bool(actual == expected)
    if op == "ne":
        return bool(actual != expected)
    if not (isinstance(actual, str) and isinstance(expected, str)):
        if op in ("co", "sw", "ew") or isinstance(actual, bool) or not isinstance(actual, int | float):
            return False
        if not isinstance(expected, int | float):
            return False
    elif op in ("co", "sw", "ew"):
        return {"co": expected in actual, "sw": actual.startswith(expected), "ew": actual.endswith(expected)}[op]
    outcomes: dict[str, Callable[[], bool]] = {
        "gt": lambda: actual > expected,
        "ge": lambda: actual >= expected,
        "lt": lambda: actual < expected,
        "le": lambda: actual <= expected,
    }
    return outcomes[op]()


def compile_filter(node: FilterNode) -> Test:
    """A predicate on one resource (or on one value of a multi-valued attribute)."""
    if isinstance(node, LogicalExpr):
        terms = [compile_filter(term) for term in node.terms]
        if node.op.value == "and":
            return lambda resource: all(term(resource) for term in terms)
        return lambda resource: any(term(resource) for term in terms)
    if isinstance(node, Not):
        inner = compile_filter(node.expr)
        return lambda resource: not inner(resource)
    if isinstance(node, Present):
        path = node.attr_path
        return lambda resource: any(value not in (None, "", {}) for value in read(resource, path))
    if isinstance(node, ValuePath):
        outer, value_test = node.attr_path, compile_filter(node.val_filter)
        return lambda resource: any(isinstance(value, dict) and value_test(value) for value in read(resource, outer))
    if isinstance(node, Comparison):
        path, op, expected = node.attr_path, node.op.value, node.value
        case_exact = (path.sub_attr or path.attr).lower() in CASE_EXACT

        def test(resource: dict[str, Any]) -> bool:
            values = read(resource, path)
            if op == "ne":
                return all(compare(value, op, expected, case_exact) for value in values)
            if expected is None and not values:
                return op == "eq"
            return any(compare(value, op, expected, case_exact) for value in values)

        return test
    raise RefusalError(400, "The filter uses an expression this portal does not know", "invalidFilter")
