# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC 7644 §3.5.2 PATCH on plain dicts; the paths are parsed by scim2-models."""

from __future__ import annotations

import copy
from typing import Any

from scim2_models import InvalidPathException, Path
from scim2_models.path import AttrPath, Comparison, FilterNode, LogicalExpr, ValuePath

from .errors import RefusalError
from .filters import compile_filter, get_key

READ_ONLY = {"id", "meta", "schemas"}


def apply(resource: dict[str, Any], operations: Any, multi_valued: frozenset[str]) -> dict[str, Any]:
    """A changed copy of the resource. multi_valued: names (lower case) of the attributes that are lists."""
    if not isinstance(operations, list) or not operations:
        raise RefusalError(400, "A PATCH needs a non-empty list of Operations", "invalidSyntax")
    resource = copy.deepcopy(resource)
    for operation in operations:
        if not isinstance(operation, dict):
            raise RefusalError(400, "Each of the Operations is an object", "invalidSyntax")
        op = str(operation.get("op", "")).lower()
        if op not in ("add", "replace", "remove"):
            raise RefusalError(400, "op is one of add, replace, remove", "invalidSyntax")
        path, value = operation.get("path"), copy.deepcopy(operation.get("value"))
        if path is None:
            if op == "remove" or not isinstance(value, dict):
                raise RefusalError(400, "Without a path, op is add or replace and value an object", "noTarget")
            _merge(resource, value, op, multi_valued)
        else:
            _apply_at(resource, op, str(path), value, multi_valued)
    return resource


def _merge(container: dict[str, Any], value: dict[str, Any], op: str, multi_valued: frozenset[str]) -> None:
    for name, item in value.items():
        if name.lower() in READ_ONLY:
            continue
        if name.lower().startswith("urn:") and isinstance(item, dict):
            _merge(container.setdefault(get_key(container, name) or name, {}), item, op, multi_valued)
        elif ":" in name or "." in name:
            _apply_at(container, op, name, item, multi_valued)
        else:
            _set(container, name, item, op, multi_valued)


def _set(container: dict[str, Any], name: str, value: Any, op: str, multi_valued: frozenset[str]) -> None:
    key = get_key(container, name) or name
    present = container.get(key)
    if value is None:
        container.pop(key, None)
    elif name.lower() in multi_valued:
        values = value if isinstance(value, list) else [value]
        before = present if op == "add" and isinstance(present, list) else []
        container[key] = before + [item for item in values if item not in before]
        primaries = [item for item in container[key] if isinstance(item, dict) and item.get("primary") is True]
        for item in primaries[:-1]:  # RFC 7644 §3.5.2: the newest primary wins
            item["primary"] = False
    elif isinstance(value, dict) and isinstance(present, dict):
        present.update(value)
    else:
        container[key] = value


def _apply_at(resource: dict[str, Any], op: str, text: str, value: Any, multi_valued: frozenset[str]) -> None:
    if text.lower().startswith("urn:") and (key := get_key(resource, text)) is not None:
        if op == "remove":
            resource.pop(key)
        else:
            _merge(resource[key], value if isinstance(value, dict) else {}, op, multi_valued)
        return
    try:
        node = Path(text).ast
    except (InvalidPathException, ValueError) as error:
        raise RefusalError(400, f"The path cannot be read: {error}", "invalidPath") from None
    if not isinstance(node, AttrPath | ValuePath):
        raise RefusalError(400, "The path names no attribute", "invalidPath")
    attr = node.attr_path if isinstance(node, ValuePath) else node
    if attr.attr.lower() in READ_ONLY:
        raise RefusalError(400, f"{attr.attr} is read-only", "mutability")
    container = resource
    if attr.uri is not None and ":core:" not in attr.uri:
        container = resource.setdefault(get_key(resource, attr.uri) or attr.uri, {})
    if isinstance(node, ValuePath):
        _apply_selected(container, op, node, value)
    elif attr.sub_attr is None:
        if op == "remove":
            container.pop(get_key(container, attr.attr) or "", None)
        else:
            _set(container, attr.attr, value, op, multi_valued)
    else:
        _apply_sub(container, op, attr.attr, attr.sub_attr, value)


def _apply_sub(container: dict[str, Any], op: str, name: str, sub: str, value: Any) -> None:
    targets = container.setdefault(get_key(container, name) or name, {})
    for target in targets if isinstance(targets, list) else [targets]:
        key = get_key(target, sub) or sub
        if op == "remove" or value is None:
            target.pop(key, None)
        else:
            target[key] = value


def _equalities(node: FilterNode) -> dict[str, Any]:
    """The values a filter asks for, so that add or replace can make the value it does not find."""
    if isinstance(node, Comparison) and node.op.value == "eq":
        return {node.attr_path.attr: node.value}
    if isinstance(node, LogicalExpr) and node.op.value == "and":
        return {name: value for term in node.terms for name, value in _equalities(term).items()}
    return {}


def _apply_selected(container: dict[str, Any], op: str, node: ValuePath, value: Any) -> None:
    key = get_key(container, node.attr_path.attr) or node.attr_path.attr
    values = container.setdefault(key, [])
    if not isinstance(values, list):
        raise RefusalError(400, f"{key} is not multi-valued", "invalidPath")
    test = compile_filter(node.val_filter)
    selected = [item for item in values if isinstance(item, dict) and test(item)]
    if not selected and op == "add" and (made := _equalities(node.val_filter)):
        values.append(made)
        selected = [made]
    if not selected:
        if op == "remove":
            return
        raise RefusalError(400, f"No value of {key} matches the path", "noTarget")
    if op == "remove" and node.sub_attr is None:
        container[key] = [item for item in values if item not in selected]
        return
    for item in selected:
        if node.sub_attr is None:
            if not isinstance(value, dict):
                raise RefusalError(400, f"A value of {key} is an object", "invalidValue")
            item.update(value)
        elif op == "remove":
            item.pop(get_key(item, node.sub_attr) or "", None)
        else:
            item[get_key(item, node.sub_attr) or node.sub_attr] = value
