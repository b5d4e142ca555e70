# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation with XML Schema 1.0."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .rendering import default
from .xml import DS, Element, parse

with needs("lxml>=5.2"):
    from lxml import etree


def validate(xml: bytes | Element, schema: str | Path | None = None) -> None:
    """Validate a document (bytes, or an element that is already parsed) with a schema file, or with our profile's.

    The document is validated without its signature; if only the signature is missing by the schema, that is no error.
    Errors: ``document_schema_invalid`` (line and place of each deviation, never the text there), ``schema_unusable``.
    """
    root = parse(xml) if isinstance(xml, bytes) else xml
    checker = _schema(str(schema), _written(schema)) if schema else _schema(None, 0)
    if checker.validate(root):
        return
    lines = (f"line {entry.line}: {_place(entry)}" for entry in checker.error_log if not _signature(entry))
    deviations = list(itertools.islice(lines, 100))
    if not deviations:
        return
    raise ZorgidError(
        "document_schema_invalid",
        "The document does not fit the schema",
        expected=f"XML as {schema} describes it" if schema else "XML as our default profile describes it",
        found="; ".join(dict.fromkeys(deviations[:10])),
        action="correct the template, the mapping or the data that belong to these places",
        details={"deviations": deviations},
    )


@functools.lru_cache(maxsize=8)
def _schema(path: str | None, _changed: int) -> Any:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    try:
        if path is None:
            return etree.XMLSchema(etree.fromstring(default("organisation.xsd").encode(), parser))
        return etree.XMLSchema(etree.parse(path, parser))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise ZorgidError(
            "schema_unusable",
            f"The schema {path} cannot be used",
            expected="an XML Schema 1.0 file; what it includes lies beside it",
            found=str(error),
            action="correct the schema, or its path",
        ) from error


def _written(path: str | Path) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0  # reading the file raises the error


def _signature(entry: Any) -> bool:
    """Whether the missing element is the signature: by name, or as any element of XMLDSig."""
    missing = [f"Missing child element(s). Expected is ( {{{DS}}}{name} )." for name in ("Signature", "*")]
    return bool(entry.message.endswith(tuple(missing)))


def _place(entry: Any) -> str:
    """Element, attribute and rule of a deviation; libxml2's own sentence would quote the value."""
    found = re.match(r"Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '([^']+)')?", entry.message)
    where = (found.group(1) + (f"/@{found.group(2)}" if found.group(2) else "")) if found else entry.path or ""
    rule = entry.type_name.removeprefix("SCHEMAV_CVC_").removeprefix("SCHEMAV_").lower()
    return f"{printable(where, 120)} ({rule})"
