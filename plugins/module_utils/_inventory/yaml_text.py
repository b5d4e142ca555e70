# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML files of an inventory: values of a table are written as data, never as templates, and all are read as texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._common.libraries import needs

with needs("PyYAML>=6.0"):
    import yaml


class Expression(str):
    """A template that the collection itself wrote. Every other text with a brace is marked as data (``!unsafe``)."""

    __slots__ = ()


def written(data: Mapping[str, Any], about: str) -> str:
    """The YAML text of ``data``. about: lines of the comment at the top."""
    text = yaml.dump(data, Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=10_000)
    comment = "".join(f"# {line}\n" for line in about.split("\n"))
    return f"---\n{comment}{text}"


def _dumper() -> Any:
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    def text(dumper: Any, value: str) -> Any:
        tag = "!unsafe" if "{" in value else "tag:yaml.org,2002:str"
        # Also in quotation marks where YAML needs none for digits, so that a person who edits it sees that it is text.
        quoted = "{" in value or value[:1].isdigit() or value[:1] == "+"
        return dumper.represent_scalar(tag, value, style='"' if quoted else None)

    def expression(dumper: Any, value: Expression) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')

    Dumper.add_representer(str, text)
    Dumper.add_representer(Expression, expression)
    return Dumper


def read(text: str) -> Any:
    """The file with every value as text; None for a file that is encrypted or no YAML."""
    if text.startswith("$ANSIBLE_VAULT"):
        return None
    try:
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - it makes texts only
    except (yaml.YAMLError, RecursionError):
        return None


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and the value of each leaf of a mapping, such as ``address.city``; a list is one leaf."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, str(data)
