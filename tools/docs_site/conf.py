# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings of the site. What changes from build to build is in site.json beside the pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes

HERE = Path(__file__).parent
# Sphinx reads this file from a folder that is not the pages' one: the builder says where they are.
SITE = json.loads(Path(HERE.parents[1] / ".cache" / "site" / "site.json").read_text(encoding="utf-8"))

project = "gbz.zorgid"
html_title = f"gbz.zorgid {SITE['version']}"
copyright = "gbz.zorgid contributors, GPL-3.0-or-later"
language = "en"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
exclude_patterns = SITE["files"]
nitpicky = True
smartquotes = False
default_role = "any"
highlight_language = "YAML+Jinja"
myst_heading_anchors = 6
html_theme = "furo"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_last_updated_fmt = None

_ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
_SETTINGS = f"{_ANSIBLE}/reference_appendices/config.html"
#: The only places of Ansible's own documentation that antsibull's pages name. Its inventory would have to be fetched.
ELSEWHERE = {
    "action_plugins": f"{_ANSIBLE}/plugins/action.html",
    "callback_plugins": f"{_ANSIBLE}/plugins/callback.html",
    "common_return_values": f"{_ANSIBLE}/reference_appendices/common_return_values.html",
    "ansible_configuration_settings": _SETTINGS,
    "ANSIBLE_CALLBACKS_ENABLED": f"{_SETTINGS}#envvar-ANSIBLE_CALLBACKS_ENABLED",
}


def elsewhere(_app: Any, _environment: Any, node: Any, shown: nodes.Element) -> nodes.reference | None:
    url = ELSEWHERE.get(node.get("reftarget", ""))
    return nodes.reference("", "", shown, internal=False, refuri=url) if url else None


def for_the_theme(_app: Any, name: str, source: list[str]) -> None:
    """The theme shows the places of a page beside it: a second list in the page is one too many. And its navigation is
    narrow, so a module stands there with its name."""
    for contents in (".. contents::\n   :local:\n   :depth: 1\n", ".. contents:: Topics\n"):
        source[0] = source[0].replace(contents, "")
    if name == "modules/index":
        source[0] = source[0].replace(
            "Gbz.Zorgid\n==========\n", "All modules and plugins\n=======================\n", 1
        )
        source[0] = re.sub(r"^    (\w+)_([a-z]+)$", r"    \1 <\1_\2>", source[0], flags=re.MULTILINE)


def in_its_language(_app: Any, name: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    if name in SITE["dutch"]:
        context["language"] = "nl"


def setup(app: Any) -> None:
    app.connect("missing-reference", elsewhere)
    app.connect("source-read", for_the_theme)
    app.connect("html-page-context", in_its_language)
