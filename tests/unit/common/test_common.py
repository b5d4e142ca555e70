# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every package leans on: errors in words, whole files, missing libraries, TLS that verifies."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
from ansible.template import trust_as_template
from ansible_collections.gbz.zorgid.plugins.module_utils._common import libraries, masking
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError, kind
from ansible_collections.gbz.zorgid.plugins.module_utils._common.files import make_folder, write_atomic
from ansible_collections.gbz.zorgid.plugins.module_utils._net.tls import tls_context


def test_an_error_says_what_was_expected_what_was_found_and_what_to_do() -> None:
    whole = ZorgidError("x", "It is wrong.", expected="this", found="that.", action="correct it")
    assert str(whole) == "It is wrong. Expected: this. Found: that. What to do: correct it."
    assert str(ZorgidError("x", "It is wrong")) == "It is wrong."


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "nothing"),
        (True, "true or false"),
        (3, "a number"),
        (2.5, "a number"),
        ("x", "a text"),
        (trust_as_template("x"), "a text"),
        ({}, "a mapping"),
        ((), "a list"),
        ({1}, "set"),
    ],
)
def test_what_a_value_is(value: object, said: str) -> None:
    assert kind(value) == said


def test_a_file_is_written_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "new" / "one.json"
    write_atomic(path, b"1")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"1", 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    write_atomic(path, b"2", mode=0o640)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"2", 0o640)
    with pytest.raises(TypeError):
        write_atomic(path, "no bytes")  # type: ignore[arg-type] - fails in the middle of writing
    assert (path.read_bytes(), list(path.parent.iterdir())) == (b"2", [path])


def test_a_missing_library_is_named_with_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setattr(libraries, "_MISSING", {})
    libraries.demand()
    with libraries.needs("no-such-library>=3"):
        import no_such_library  # noqa: F401 - only its absence matters
    with pytest.raises(ValueError, match="ours"), libraries.needs("another>=1"):
        raise ValueError("ours")
    with pytest.raises(ZorgidError, match=r"no-such-library .*found: none.*pip install") as refused:
        libraries.demand()
    assert refused.value.code == "library_missing"
    assert "another" not in str(refused.value)


def test_masks_keep_a_letter_and_the_length() -> None:
    assert [masking.mask(one) for one in ("Jansen", "J", "", None)] == ["J*****", "J", "", ""]
    assert masking.mask_email("j.jansen@example.nl") == "j*******@example.nl"


@pytest.mark.heavy
def test_a_tls_context_verifies(tmp_path) -> None:
    made = tls_context("portal", None)
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for paths, code in (
        ((str(broken),), "ca_path_unreadable"),
        ((str(tmp_path / "none.pem"),), "ca_path_unreadable"),
        ((None, str(broken)), "client_certificate_unreadable"),
    ):
        with pytest.raises(ZorgidError) as refused:
            tls_context("portal", *paths)
        assert refused.value.code == code


def test_folders_that_are_made_belong_to_one_user_alone(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a" / "b" / "file", b"x")
    assert {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "a", tmp_path / "a" / "b")} == {0o700}
    open_one = tmp_path / "shared"
    open_one.mkdir(mode=0o755)
    make_folder(open_one / "new")
    assert [stat.S_IMODE(one.stat().st_mode) for one in (open_one, open_one / "new")] == [0o755, 0o700]
