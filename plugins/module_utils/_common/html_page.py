# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTML page from a Jinja2 template that is in the same package as the code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from .libraries import demand, needs

if TYPE_CHECKING:
    import jinja2


def render_page(package: str, template: str, **values: object) -> bytes:
    """``template``: a file of ``package`` (the caller's ``__package__``). ``values``: texts, which are escaped and
    never rendered, or functions that the template calls. A missing value is a defect (jinja2.UndefinedError)."""
    return _compiled(package, template).render(values).encode()


@cache  # there may be thousands of letters in a run
def _compiled(package: str, template: str) -> jinja2.Template:
    # Imported here because few runs write a page.
    with needs("Jinja2>=3.1"):
        import jinja2
    demand()
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(files(package).joinpath(template).read_text(encoding="utf-8"))
