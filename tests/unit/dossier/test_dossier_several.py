# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run with several dossiers: each is checked as a whole, once, and one that is wrong leaves the others alone."""

from __future__ import annotations

import dataclasses
import sqlite3

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import JournalCheck
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import opening
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.opening import Place, check_each
from dossier_support import URA

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def made(tmp_path, name):
    place = Place(f"sqlite:///{tmp_path}/{name}.sqlite3", "production", name, KEY, f"{tmp_path}/heads/{name}")
    with DossierStore.open(place.url, environment="production", tenant=name, key=KEY, head_path=place.head_path) as one:
        one.register(URA, "De Linde")
        one.set_milestone(URA, "prepared", "done")
    return place


def edited(tmp_path, name, statement):
    with sqlite3.connect(tmp_path / f"{name}.sqlite3") as raw:
        raw.execute(statement)
    raw.close()


def test_each_dossier_is_checked_once_and_says_how_it_stands(tmp_path, monkeypatch):
    names = ("whole", "changed", "torn", "gone", "swapped")
    places = {name: made(tmp_path, name) for name in names}
    edited(tmp_path, "changed", "UPDATE milestone SET state = 'failed'")
    edited(tmp_path, "torn", "DELETE FROM journal WHERE seq = 2")
    (tmp_path / "gone.sqlite3").unlink()
    places["swapped"] = dataclasses.replace(places["swapped"], url=places["whole"].url)
    opened, real = [], DossierStore.open
    monkeypatch.setattr(opening.DossierStore, "open", lambda url, **more: [opened.append(url), real(url, **more)][1])
    # Five hundred organisations name five dossiers.
    found = check_each(places[name] for _ in range(100) for name in names)
    assert list(found) == [places[name] for name in names]
    assert len(opened) == 5
    told = {name: found[place] for name, place in places.items()}
    assert isinstance(told["whole"], JournalCheck)
    assert told["whole"].proven
    assert (told["changed"].whole, list(told["changed"].damaged)) == (True, [URA])
    assert (told["torn"].valid, told["torn"].whole) == (False, False)
    assert isinstance(told["gone"], ZorgidError)
    assert told["gone"].code == "dossier_replaced"
    assert isinstance(told["swapped"], ZorgidError)
    assert told["swapped"].code in ("dossier_tenant_differs", "dossier_replaced")
    assert not (tmp_path / "gone.sqlite3").exists()


def test_a_place_shows_neither_its_url_nor_its_key():
    shown = repr(Place("postgresql+psycopg://writer:pass-word@host/dossier", "production", "linde", KEY))
    assert "pass-word" not in shown
    assert KEY not in shown
