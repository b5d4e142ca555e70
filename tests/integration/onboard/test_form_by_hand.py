# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ changed a form: a person fills it in with the page that the run wrote, a word closes it, the run goes on."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import requests
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import BUILT_IN
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World

FORMS = {
    "application": ("application_submitted", "applications"),
    "follow_up": ("follow_up_submitted", "follow_up_forms"),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 1)
    yield made
    made.stop()


def planned(world: World, *words: str) -> tuple[dict[str, Any], tuple[int, int]]:
    """The organisation of plan.json, and what the recap counts."""
    folder = world.folder / "plan"
    counted = world.play(*words, "-e", f"zorgid_plan_path={folder}")[f"org{world.uras[0]}"]
    (one,) = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["organisations"]
    return one, counted


def outdated(world: World, form: str) -> Path:
    """A mapping of a form in which one label was another one."""
    made = dict(BUILT_IN[form]["fields"])
    label = next(label for label in made if "telefoon" in label.lower())
    made[f"{label} van vroeger"] = made.pop(label)
    path = world.folder / f"{form}.yml"
    path.write_text(yaml.safe_dump({"version": "old", "fields": made}), encoding="utf-8")
    return path


def fill_in(world: World, page: Path) -> str:
    """What a person does with the page: open its link, look up each value by its label, send it once."""
    tree = lxml.html.fromstring(page.read_text(encoding="utf-8"))
    link = tree.xpath("//ol//a/@href")[0]
    reported = {
        " ".join(row[0].text_content().split()).removesuffix(" van vroeger"): row[1].text_content()
        for row in tree.xpath("//tbody/tr")
    }
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(world.state / "tls" / "ca.pem")
        served = lxml.html.fromstring(session.get(link, timeout=30).text)
        (form,) = served.forms
        fields = dict(form.form_values())
        for one in form.inputs:
            shown = served.xpath("//label[@for=$for]", **{"for": one.get("id") or ""})
            if one.get("type") == "checkbox":
                # The person agrees.
                fields[one.name] = one.get("value") or "on"
            elif one.get("type") == "radio":
                fields[one.name] = reported["Omgeving"]
            elif shown:
                label = re.sub(r"\s*(\*|\(.*\))\s*$", "", " ".join(shown[0].text_content().split()))
                fields[one.name] = reported[label]
        action = requests.compat.urljoin(link, form.action or link)
        answer = session.post(action, data=fields, timeout=30)
    assert answer.status_code == 200, answer.text
    found = re.search(r"ZS-\d{4}-\d+", answer.text)
    assert found, lxml.html.fromstring(answer.text).text_content()
    return found[0]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_person_fills_in_the_form_says_so_and_the_run_goes_on(world: World, form: str) -> None:
    ura, host, (step, counted) = world.uras[0], f"org{world.uras[0]}", FORMS[form]
    if form == "follow_up":
        world.play()
        world.people_act()
    mapping = outdated(world, form)
    world.edit(host, lambda one: one.update(zorgid_onboarding_form_mappings=str(mapping)))
    page = world.work / "handed" / ura / f"{ura}-{form}-work_item.html"

    # The plan says what stands in the way, what to do, and how to record it; looking writes no page.
    for words in (["--check"], []):
        one, (changed, failed) = planned(world, *words)
        (trouble,) = [each for each in one["attention"] if each["step"] == step]
        assert (trouble["state"], trouble["trouble"]["code"]) == ("stop", "form_changed")
        assert "work_item.html" in trouble["trouble"]["action"]
        assert trouble["trouble"]["record"].startswith(f"step={step} ")
        assert (one["state"], failed, changed > 0) == ("stop", 1, True)
        assert page.exists() is (words == [])
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    # No secret link on the screen; the page has it, for whoever fills in the form.
    assert "vervolgformulier/" not in world.output()
    assert world.outcome()["organisations"][ura][counted] == 0
    # Once written it stays as it is.
    before = page.stat().st_mtime_ns
    one, (changed, failed) = planned(world)
    assert (changed, failed, page.stat().st_mtime_ns) == (0, 1, before), world.output()

    reference = fill_in(world, page)
    assert world.outcome()["organisations"][ura][counted] == 1
    world.record(host, trouble["trouble"]["record"].replace("'HOW YOU KNOW'", f"'in the browser, {reference}'"))

    # The word closes it, and nothing is submitted a second time.
    world.edit(host, lambda one: one.pop("zorgid_onboarding_form_mappings"))
    one, (_changed, failed) = planned(world)
    assert (failed, one["attention"]) == (0, []), world.output()
    assert world.steps(ura)[step]["state"] == "done"
    for _round in range(5):
        world.people_act()
        one, (_changed, failed) = planned(world)
        assert failed == 0, world.output()
    assert world.outcome()["organisations"][ura][counted] == 1
    assert world.steps(ura)["employees_active"]["state"] == "done"
    # The page holds personal data, and nobody needs it any more.
    assert not page.exists()
