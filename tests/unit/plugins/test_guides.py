# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guides tell people to type exists. That it does what they say is shown by ``make guides``."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.step_names import named

ROOT = Path(__file__).resolve().parents[3]
GUIDES = sorted(path.name for path in (ROOT / "docs" / "guides").glob("*.md") if path.name != "README.md")


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("guides", ROOT / "tools" / "guides.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for themselves there.
    sys.modules["guides"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", GUIDES)
def test_each_command_names_a_playbook_steps_and_variables_that_exist(tool: Any, name: str) -> None:
    guide = tool.read(ROOT / "docs" / "guides" / name)
    assert guide.commands
    assert [said for line in guide.commands for said in tool.complaints(line)] == []
    words = [word for line in guide.commands for word in shlex.split(line.text, comments=True)]
    for word in words:
        if word.startswith("step="):
            named(word.removeprefix("step="))


def test_a_command_that_does_not_exist_is_told(tool: Any) -> None:
    def said(text: str) -> list[str]:
        return list(tool.complaints(tool.Line(1, "command", text)))

    assert said("ansible-playbook gbz.zorgid.done -l delinde -e step=geactiveerd -e how='by telephone'") == []
    assert "no such playbook" in said("ansible-playbook gbz.zorgid.doen -l delinde")[0]
    assert "no variable stap" in said("ansible-playbook gbz.zorgid.done -l delinde -e stap=geactiveerd")[0]
    assert "no variable zorgid_plan_pad" in said("ansible-playbook gbz.zorgid.plan -e zorgid_plan_pad=x")[0]
    assert "quotation" in said("ansible-playbook gbz.zorgid.done -e how='by telephone")[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```bash\nls\n```\n", "the state is one of"),
        ("<!-- state: start -->\n<!-- outsid: x -->\n", "no comment that the runner knows"),
        ("<!-- state: start -->\n<!-- exit: 2 -->\n", "without a block"),
        ("<!-- state: start -->\n```bash\nls \\\n```\n", "does not end"),
        ("<!-- state: start -->\n```bash\nls\n", "does not end"),
    ],
)
def test_a_guide_that_would_not_be_run_as_it_is_read_is_refused(tool: Any, tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "guide.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=why):
        tool.read(path)


def test_lines_exits_and_outside_belong_to_their_own_block(tool: Any, tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    path.write_text(
        "<!-- state: asked -->\n   <!-- exit: 2 -->\n   ```bash\n   # not this\n   ls \\\n     -l\n   ```\n"
        "<!-- by hand: touch x -->\n```text\nls never\n```\n"
        "<!-- outside: far -->\n```bash\nls far\n```\n```bash\nls near\n```\n",
        encoding="utf-8",
    )
    guide = tool.read(path)
    assert [(line.number, line.kind, line.text, line.status, line.outside) for line in guide.lines] == [
        (5, "command", "ls -l", 2, ""),
        (8, "by hand", "touch x", 0, ""),
        (14, "command", "ls far", 0, "far"),
        (17, "command", "ls near", 0, ""),
    ]


def test_each_guide_is_listed_and_its_links_lead_somewhere() -> None:
    listed = (ROOT / "docs" / "guides" / "README.md").read_text(encoding="utf-8")
    assert [name for name in GUIDES if f"({name})" not in listed] == []
    assert "(docs/guides/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [*(ROOT / "docs" / "guides").glob("*.md"), ROOT / "LEESMIJ.md", ROOT / "docs" / "process.md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if path.startswith("http"):
                continue
            there = (page.parent / path).resolve() if path else page
            assert there.is_file(), f"{page.name}: {target}"
            assert not anchor or anchor in _anchors(there), f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
