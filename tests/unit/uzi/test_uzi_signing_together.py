# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many signatures of one run, few calls; and what goes wrong with one of them is that one's trouble."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.make_document import make_document
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.store import Sign, StorePlace, ToSign
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.store_answers import ListedCertificate
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.make_document import command_of, result_of, signer_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import signing_together as together
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import uzi_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.store_listing import StoreListing
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.uzi_options import NOTHING, ORGANISATION
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import Pki, uzi_name
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

STORE = {"store_name": "My", "store_location": "LocalMachine"}
Answer = Callable[[ToSign], Any]


def turned(one: ToSign) -> bytes:
    return one.data[::-1]


class Windows:
    """Windows hosts that sign by turning the bytes round. ``calls``: host, store and thumbprints of each call."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "calls"
        self._log.touch()
        self.answer: Answer = turned
        self.call: Callable[[], None] = lambda: None

    @property
    def calls(self) -> list[list[str]]:
        return [line.split() for line in self._log.read_text().splitlines()]

    @property
    def sizes(self) -> list[int]:
        return [len(one) - 2 for one in self.calls]

    @contextlib.contextmanager
    def on_host(self, _action: Any, host: str) -> Iterator[str]:
        yield host

    def store(self, host: str, place: StorePlace) -> Any:
        def sign(items: Sequence[ToSign]) -> list[Any]:
            with self._log.open("a") as log:
                log.write(" ".join([host, place.name, *(one.thumbprint for one in items)]) + "\n")
            self.call()
            return [self.answer(one) for one in items]

        return SimpleNamespace(sign=sign)


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Windows:
    made = Windows(tmp_path)
    monkeypatch.setattr(together, "on_host", made.on_host)
    monkeypatch.setattr(together, "WindowsStore", made.store)
    return made


def action(name: str) -> Any:
    task = SimpleNamespace(delegate_to=None)
    return SimpleNamespace(task_vars={"inventory_hostname": name}, _task=task, check_mode=False, diff_mode=False)


class Run:
    """Organisations o0, o1, …; those in ``signers`` sign by the plan."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder / "run"
        self.names = self.signers = [f"o{number}" for number in range(count)]

    def one(self, name: str, host: str = "w1", store: str = "My") -> together.SigningTogether:
        return together.SigningTogether(action(name), StorePlace(store), host, OncePerRun(self.folder))

    def look(self, name: str, host: str = "w1", store: str = "My") -> None:
        with pytest.raises(together.SignedLaterError):
            self.one(name, host, store).later(*self.asks(name))

    def sign(self, name: str, host: str = "w1", store: str = "My") -> Any:
        """The signature, or the error."""
        try:
            return self.one(name, host, store).sign(self.signers, *self.asks(name))
        except ZorgidError as error:
            return error

    @staticmethod
    def asks(name: str) -> tuple[str, bytes, str, str]:
        return f"thumb-{name}", f"<SignedInfo {name}>".encode(), "SHA256", "pkcs1"


def right(name: str) -> bytes:
    return Run.asks(name)[1][::-1]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (2, [2]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_fifty_in_each_call_and_everybody_gets_their_own(
    windows: Windows, tmp_path: Path, count: int, sizes: list[int]
) -> None:
    run = Run(tmp_path, count)
    for name in run.names:
        run.look(name)
    assert windows.calls == []
    assert {name: run.sign(name) for name in reversed(run.names)} == {name: right(name) for name in run.names}
    assert windows.sizes == sizes
    # Asked again, it is told again.
    assert run.sign("o0") == right("o0")
    assert windows.sizes == sizes


def test_only_what_the_plan_lets_sign_is_signed(windows: Windows, tmp_path: Path) -> None:
    run = Run(tmp_path, 4)
    for name in run.names:
        run.look(name)
    run.signers = ["o1", "o3"]
    assert run.sign("o1") == right("o1")
    assert windows.calls == [["w1", "My", "thumb-o1", "thumb-o3"]]


def test_a_document_that_became_another_one_is_signed_as_it_is(windows: Windows, tmp_path: Path) -> None:
    run = Run(tmp_path, 3)
    for name in run.names:
        run.look(name)
    run.sign("o0")
    assert run.one("o1").sign(run.signers, "thumb-o1", b"<SignedInfo new>", "SHA256", "pkcs1") == b">wen ofnIdengiS<"
    assert run.sign("o2") == right("o2")
    assert windows.sizes == [3, 1]


def test_each_windows_host_and_each_store_by_itself(windows: Windows, tmp_path: Path) -> None:
    run = Run(tmp_path, 6)
    places: list[dict[str, str]] = [{"host": "w1"}, {"host": "w2"}, {"host": "w2", "store": "Gbz"}]
    for number, name in enumerate(run.names):
        run.look(name, **places[number % 3])
    for number, name in enumerate(run.names):
        assert run.sign(name, **places[number % 3]) == right(name)
    assert windows.calls == [
        ["w1", "My", "thumb-o0", "thumb-o3"],
        ["w2", "My", "thumb-o1", "thumb-o4"],
        ["w2", "Gbz", "thumb-o2", "thumb-o5"],
    ]


def test_a_refusal_is_one_organisations_trouble(windows: Windows, tmp_path: Path) -> None:
    refused = ZorgidError("key_inaccessible", "The private key cannot be used", found="f", action="a", expected="e")
    windows.answer = lambda one: refused if one.thumbprint == "thumb-o1" else turned(one)
    run = Run(tmp_path, 3)
    for name in run.names:
        run.look(name)
    found = [run.sign(name) for name in run.names]
    assert [found[0], found[2]] == [right("o0"), right("o2")]
    assert vars(found[1]) == vars(refused)
    assert windows.sizes == [3]


def test_a_dead_host_is_waited_for_once_and_everybody_is_told(windows: Windows, tmp_path: Path) -> None:
    def dead() -> None:
        raise ZorgidError("windows_unreachable", "The Windows host w1 cannot be reached, or gave no answer")

    windows.call = dead
    run = Run(tmp_path, 60)
    for name in run.names:
        run.look(name)
    assert [(one.code, str(one)) for one in map(run.sign, run.names)] == [
        ("windows_unreachable", "The Windows host w1 cannot be reached, or gave no answer.")
    ] * 60
    assert len(windows.calls) == 1
    # Another host, and the next run, are asked.
    windows.call = lambda: None
    assert run.sign("o0", "w2") == right("o0")
    (tmp_path / "next").mkdir()
    assert Run(tmp_path / "next", 1).sign("o0") == right("o0")


def _in_processes(work: Callable[[str], Any], names: Sequence[str]) -> list[Any]:
    """As Ansible's workers, all at the same time; what each of them came to, or how it was killed."""
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[Any] = context.Queue()
    processes = [context.Process(target=lambda name=name: answers.put((name, work(name)))) for name in names]
    for one in processes:
        one.start()
    for one in processes:
        one.join(60)
    codes = [one.exitcode for one in processes]
    found = dict(answers.get(timeout=10) for code in codes if code == 0)
    return [found.get(name, code) for name, code in zip(names, codes, strict=True)]


def test_workers_that_could_not_ask_ahead_wait_for_a_call_together(windows: Windows, tmp_path: Path) -> None:
    windows.call = lambda: time.sleep(1)
    run = Run(tmp_path, 5)
    assert _in_processes(run.sign, run.names) == [right(name) for name in run.names]
    # The first may have been alone; the others asked while it was at it.
    assert len(windows.calls) <= 2
    assert sum(windows.sizes) == 5


def test_who_is_killed_while_the_host_signs_leaves_it_to_the_next(windows: Windows, tmp_path: Path) -> None:
    def killed_once() -> None:
        if len(windows.calls) == 1:
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGKILL)

    windows.call = killed_once
    run = Run(tmp_path, 4)
    for name in run.names:
        run.look(name)
    found = _in_processes(run.sign, run.names)
    assert found.count(-signal.SIGKILL) == 1
    assert sorted(one for one in found if isinstance(one, bytes)) == sorted(
        right(name) for name, one in zip(run.names, found, strict=True) if isinstance(one, bytes)
    )
    assert windows.sizes == [4, 4]


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("xades", [False, True])
def test_the_document_that_is_made_is_the_one_that_was_signed(
    windows: Windows, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, xades: bool, wrong: bool
) -> None:
    """Looked at, asked for, and made in its turn; with XAdES it cannot be asked for before."""
    uras = ["90000101", "90000102"]
    made = {ura: pki.g4.issuing.issue(pki.key.public_key(), [uzi_name(ura)]) for ura in uras}
    listed = [
        ListedCertificate(ura, made[ura].public_bytes(Encoding.DER), "", "not_exportable", None, "") for ura in uras
    ]
    above = [one.certificate.public_bytes(Encoding.DER) for one in pki.g4.authorities]
    there = StoreListing("store", listed, uras, above)
    monkeypatch.setattr(together, "listing", lambda *_: there)

    def signature(one: ToSign) -> bytes:
        if wrong and one.thumbprint == uras[1]:
            return b"\1" * 256
        return pki.key.sign(one.data, padding.PKCS1v15(), hashes.SHA256())

    windows.answer = signature
    shared = OncePerRun(tmp_path / "run")

    def options(ura: str) -> dict[str, Any]:
        return {
            **dict.fromkeys(NOTHING),
            **pki.files(tmp_path),
            **STORE,
            "crls": None,
            "revocation": "off",
            "expiry_warning_days": 60,
            "organisation": {**copy.deepcopy(ORGANISATION), "ura": ura},
            "path": str(tmp_path / f"{ura}.xml"),
            "source": "windows",
            "certificate_path": None,
            "signature_algorithm": "rsa-sha256",
            "xades": xades,
            "include_chain": False,
            "dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3",
            "dossier_key": KEY,
        }

    for ura in uras:
        seen = uzi_look.certificate(action(ura), signer_of(options(ura)), host="w1", shared=shared)
        with DossierStore.open(options(ura)["dossier_url"], key=KEY) as store:
            uzi_look.ask_ahead(command_of(options(ura)), store, seen)
    assert windows.calls == []
    written_down = [json.loads(path.read_text()) for path in (tmp_path / "run").glob("*.json")]
    # Nothing of the document is in the run's folder but what the host is told: a digest.
    assert len(written_down) == (0 if xades else 2)
    for asked in written_down:
        assert asked.keys() == {"thumbprint", "data", "hash_name", "padding"}
        data = base64.b64decode(asked["data"])
        assert re.fullmatch(rb"<ds:SignedInfo .*</ds:SignedInfo>", data, re.DOTALL)
        assert len(data) < 1000
        assert b"Linde" not in data
    reported = []

    def signs(signing: together.SigningTogether) -> Sign:
        return partial(signing.sign, uras)

    for ura in uras:
        mine = together.SharedStore(action(ura), StorePlace(), "w1", shared, ura, signs)
        try:
            made = make_document(command_of(options(ura)), mine, check_mode=False)
            reported.append(result_of(made, diff_mode=False)["reason"])
        except ZorgidError as error:
            reported.append(error.code)
    assert reported == ["new", "key_mismatch" if wrong else "new"]
    assert windows.sizes == ([1, 1] if xades else [2])
    assert f">{uras[0]}<" in (tmp_path / f"{uras[0]}.xml").read_text()
    assert (tmp_path / f"{uras[1]}.xml").exists() is not wrong
