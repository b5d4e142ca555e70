# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a plugin of ansible-rulebook, which ansible-doc does not know: from its text, without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from antsibull_docs_parser.md import to_md
from antsibull_docs_parser.parser import Context, parse


def page(name: str, text: str) -> str:
    """Markdown. ValueError: a plugin without a word about it.

    As in ansible.eda, ``DOCUMENTATION`` is YAML like a module's and ``EXAMPLES`` is a rulebook; a plugin without
    them has its docstring, as it is.
    """
    module = ast.parse(text)
    reported = dict(_texts(module))
    docstring = ast.get_docstring(module) or ""
    documentation = yaml.safe_load(reported.get("DOCUMENTATION", "")) or {}
    if not isinstance(documentation, Mapping):
        raise ValueError(f"{name}: DOCUMENTATION is no YAML dictionary")
    if not documentation and not docstring:
        raise ValueError(f"{name}: neither DOCUMENTATION nor a docstring")
    title = f"# gbz.zorgid.{name} event source"
    short = documentation.get("short_description")
    parts = [f"{title} – {_markup(short)}" if short else title]
    parts.append("For `sources` of a rulebook of ansible-rulebook. It is no module: a playbook cannot use it.")
    if documentation:
        parts += _paragraphs(documentation.get("description"))
        options = list(_options(documentation.get("options") or {}, ""))
        parts += ["## Options", *options] if options else []
        notes = _paragraphs(documentation.get("notes"))
        parts += ["## Notes", *notes] if notes else []
    else:
        parts.append(docstring)
    if reported.get("EXAMPLES", "").strip():
        parts += ["## Examples", "```yaml\n" + reported["EXAMPLES"].strip("\n") + "\n```"]
    return "\n\n".join(parts) + "\n"


def _texts(module: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(value))):
                yield name, value


def _options(options: Mapping[str, Any], above: str) -> Iterator[str]:
    for name, option in options.items():
        option = option or {}
        kind = option.get("type", "str")
        facts = [f"{kind} of {option['elements']}" if "elements" in option else kind]
        facts += ["**required**"] if option.get("required") else []
        facts += [f"default: `{_plain(option['default'])}`"] if option.get("default") is not None else []
        facts += (
            ["one of " + ", ".join(f"`{_plain(one)}`" for one in option["choices"])] if option.get("choices") else []
        )
        yield f"### {above}{name}"
        yield "; ".join(facts)
        yield from _paragraphs(option.get("description"))
        yield from _options(option.get("suboptions") or {}, f"{above}{name}.")


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _paragraphs(value: str | list[str] | None) -> list[str]:
    return [_markup(one) for one in ([value] if isinstance(value, str) else value or [])]


def _markup(text: str) -> str:
    """C(…), V(…), O(…) as Markdown."""
    return to_md(parse(text, Context())).strip()
