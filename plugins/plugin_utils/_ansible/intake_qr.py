# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation code as files for the portal administrator, and their destruction."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.files import write_atomic
from ...module_utils._common.trouble import in_words
from ...module_utils._common.ura import same_ura
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.model import Dossier, Milestone
from ...module_utils._dossier.observations import base_of
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import mailbox, qr
from ...module_utils._intake.handed import CODE_FOR, FILES, KEPT_AS
from ...module_utils._intake.hosts import allowed_places
from ...module_utils._intake.pictures import MOST_BYTES
from .action import Options, Result
from .mail import imap_settings, trust_of
from .opening import maybe_dossier


def hand_over(
    options: Options,
    *,
    check_mode: bool,
    diff_mode: bool,
    still: Callable[[Dossier], str | None] | None = None,
) -> Result:
    """The action ``activation_qr``. ``still``: asked right before why it is not wanted any more."""
    organisation = check_organisation(options["organisation"])
    if bool(options["secret_key"]) and not options["dossier_url"]:
        raise ZorgidError(
            "options_invalid",
            "secret_key needs dossier_url",
            action="give dossier_url too",
            expected="dossier_url with it, where the code is kept",
            found="secret_key alone",
        )
    if options["state"] == "kept" and not (options["secret_key"] or options["dossier_key"]):
        raise ZorgidError(
            "options_invalid",
            "state kept needs a key",
            action="give dossier_key, or secret_key",
            expected="dossier_key or secret_key with it",
            found="neither",
        )
    ura, state = organisation.ura, options["state"]
    folder = Path(options["directory"]) if options["directory"] else None
    before = _there(folder) if folder else []
    after = before
    with maybe_dossier(options, read_only=check_mode) as store:
        if store and still:
            said.demand_wanted(store.read(ura), still)
        if store and state != "absent":
            _demand_valid(store, options, ura)
        if state == "absent":
            changed, after = _destroy(store, ura, before, check_mode=check_mode), []
        elif state == "kept":
            changed = _keep(_needed(store), options, ura, check_mode=check_mode)
        else:
            changed = _write(store, options, organisation, check_mode=check_mode)
            after = _wanted(options)
        if store and state != "absent" and options["message_id"]:
            changed |= _record(store, organisation, options["message_id"])
    result: Result = {"changed": changed, "ura": ura, "files": after}
    if diff_mode:
        result["diff"] = {"before": "".join(f"{path}\n" for path in before), "after": "".join(f"{p}\n" for p in after)}
    return result


def _demand_valid(store: DossierStore, options: Options, ura: str) -> None:
    """Errors: ``dossier_held``, ``organisation_withdrawn``, ``code_void``."""
    store.words.demand_going(ura)
    dossier = store.read(ura)
    came = [one.received_at for one in dossier.observations if base_of(one.message_id) == options["message_id"]]
    verdicts = {said.code_counts(dossier.words, at) for at in came}
    if verdicts - {"yes"}:
        void = "no" in verdicts
        raise ZorgidError(
            "code_void",
            f"The code in this mail is from before something of {ura} was lost"
            if void
            else f"Whether the code in this mail is from before something of {ura} was lost, the clocks do not tell",
            expected="a code that VZVZ sent after the loss",
            found=f"a mail of {max(came)}",
            action="ask VZVZ for a new code"
            + ("" if void else "; or say with a time (attested_at) when it was lost, when this code came after it"),
        )


def _record(store: DossierStore, organisation: Organisation, message_id: str) -> bool:
    """The step that is done with it, and for whom the code is: whoever is portal administrator when a code is handled
    first. It stays theirs when another one is named later. Whether something changed."""
    ura, step = organisation.ura, "activation_qr_received"
    known = store.read(ura).milestones[step]
    another = known.evidence.get("message_id") not in (None, message_id)
    if not store.read_only and (another or CODE_FOR not in store.observations.noted(ura)):
        store.observations.note(ura, CODE_FOR, organisation.people.portal_administrator.identity)
    return store.prove(ura, Milestone(step, "done", evidence={"message_id": message_id})).changed


def _there(folder: Path) -> list[str]:
    """Our files in the folder, and what a run that was killed while it wrote them has left."""
    drafts = (draft for name in FILES.values() for draft in sorted(folder.glob(f".{name}.*")))
    return [str(path) for path in (*(folder / name for name in FILES.values()), *drafts) if path.exists()]


def _wanted(options: Options) -> list[str]:
    return [str(Path(options["directory"]) / FILES[one]) for one in FILES if one in ("png", *options["formats"])]


def _needed(store: DossierStore | None) -> DossierStore:
    if store is None:
        raise ZorgidError(
            "options_invalid",
            "The code is kept in the dossier",
            action="give dossier_url",
            expected="dossier_url",
            found="nothing",
        )
    return store


def _keep(store: DossierStore, options: Options, ura: str, *, check_mode: bool) -> bool:
    _compare(store, options, ura)
    source, payload_of = _source(options)
    payload = payload_of()
    if not options["secret_key"]:
        return _seal(store, ura, source, payload)
    if check_mode:
        # Read-only, this only tells whether one is there.
        return not store.destroy_secret(ura, KEPT_AS)
    return store.keep_secret(ura, KEPT_AS, payload, options["secret_key"])


def _seal(store: DossierStore, ura: str, source: str, payload: str) -> bool:
    """Whether it is another code than the one that is kept. Error: ``dossier_key_missing``."""
    if _sealed(store, ura) == (source, payload):
        return False
    if not store.read_only:
        store.sealed.keep(ura, KEPT_AS, json.dumps([source, payload]).encode())
    return True


def _sealed(store: DossierStore | None, ura: str) -> tuple[str, str] | None:
    """Where the code that the dossier keeps came from, and the code."""
    found = store.sealed.newest(ura, KEPT_AS) if store else None
    if found is None:
        return None
    source, payload = json.loads(found.content)
    return source, payload


def _write(store: DossierStore | None, options: Options, organisation: Organisation, *, check_mode: bool) -> bool:
    if not options["message_id"] and not options["image_path"]:
        return _write_kept(_needed(store), options, organisation, check_mode=check_mode)
    _compare(store, options, organisation.ura)
    source, payload_of = _source(options)
    picture = _picture(options)
    if picture is not None and qr.source_of(picture) == source:
        return False
    known = _sealed(store, organisation.ura)
    # Kept before: the mailbox need not be asked again, and may not have it any more.
    payload = known[1] if known and known[0] == source else payload_of()
    if check_mode:
        return True
    if options["secret_key"]:
        _needed(store).keep_secret(organisation.ura, KEPT_AS, payload, options["secret_key"])
    elif store and store.sealed.usable:
        _seal(store, organisation.ura, source, payload)
    _make_files(options, organisation, payload, source)
    return True


def _write_kept(store: DossierStore, options: Options, organisation: Organisation, *, check_mode: bool) -> bool:
    if not options["secret_key"]:
        return _write_sealed(store, options, organisation, check_mode=check_mode)
    if check_mode:
        # Read-only, this only tells whether one is there.
        return store.destroy_secret(organisation.ura, KEPT_AS)
    try:
        with store.using_secret(organisation.ura, KEPT_AS, options["secret_key"]) as payload:
            _make_files(options, organisation, payload, "dossier")
    except ZorgidError as error:
        picture = _picture(options) if error.code == "secret_absent" else None
        if picture is None or qr.source_of(picture) is None:
            raise
        # Handed over before.
        return False
    return True


def _write_sealed(store: DossierStore, options: Options, organisation: Organisation, *, check_mode: bool) -> bool:
    picture, known = _picture(options), _sealed(store, organisation.ura)
    if known is None:
        raise ZorgidError(
            "secret_absent",
            f"The dossier of {organisation.ura} keeps no activation code",
            expected="a code that was kept with dossier_key and not yet destroyed",
            found="none",
            action="give message_id or image_path",
        )
    if picture is not None and qr.source_of(picture) == known[0]:
        return False
    if not check_mode:
        _make_files(options, organisation, known[1], known[0])
    return True


def _picture(options: Options) -> bytes | None:
    """The picture that is there, when all files are."""
    wanted = [Path(path) for path in _wanted(options)]
    return wanted[0].read_bytes() if all(path.is_file() for path in wanted) else None


def _make_files(options: Options, organisation: Organisation, payload: str, source: str) -> None:
    png = qr.render_png(payload, source)
    person = organisation.people.portal_administrator
    made: dict[str, Callable[[], bytes]] = {
        "png": lambda: png,
        "svg": lambda: qr.render_svg(payload),
        "letter": lambda: qr.render_letter(
            png,
            organisation=organisation.name,
            ura=organisation.ura,
            recipient=f"{person.first_name} {person.last_name}",
        ),
    }
    try:
        # The picture last: it says that all is there.
        for one in (*options["formats"], "png"):
            write_atomic(Path(options["directory"]) / FILES[one], made[one]())
    except OSError as error:
        raise _unwritable(options["directory"], error) from error


def _unwritable(directory: str, error: OSError) -> ZorgidError:
    return ZorgidError(
        "directory_unwritable",
        f"The files with the activation code in {directory} cannot be written or removed",
        expected="a folder on the controller that this user may write into",
        found=in_words(error),
        action="correct directory",
    )


def _compare(store: DossierStore | None, options: Options, ura: str) -> None:
    """The mail is fetched anew: whether it is the one that was observed, a code for this organisation and no other.
    Error: ``message_of_another``."""
    rows = store.observations.with_message_id(options["message_id"]) if store and options["message_id"] else []
    codes = [one for one in rows if one.kind == KEPT_AS]
    if rows and not (codes and all(same_ura(one.ura, ura) for one in codes)):
        raise ZorgidError(
            "message_of_another",
            f"The mail with this Message-ID holds no activation code for {ura}",
            expected="a mail that mailbox_info told to be this organisation's activation_qr",
            found="a code for another organisation" if codes else "a mail that was not understood as one",
            action="look at the mail; correct message_id, or give the picture of the code as image_path",
        )


def _source(options: Options) -> tuple[str, Callable[[], str]]:
    """A digest that names where the code comes from, and the way to its payload."""
    hosts = options["allowed_link_hosts"]
    allowed_places(hosts)
    if options["message_id"]:
        if not options["imap"]:
            raise ZorgidError(
                "options_invalid",
                "message_id needs imap",
                action="give imap, or image_path instead",
                expected="imap with message_id",
                found="message_id alone",
            )
        settings, trust = imap_settings(options), trust_of(options)
        name = hashlib.sha256(options["message_id"].encode()).hexdigest()
        return name, lambda: qr.decode_mail(mailbox.fetch(settings, trust, options["message_id"]), hosts)
    path = Path(options["image_path"])
    try:
        if path.exists() and not path.is_file():
            raise OSError(0, "a folder or a device, no file")
        with path.open("rb") as stream:
            # One byte too many is enough to be told so.
            image = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ZorgidError(
            "qr_image_unreadable",
            "The image with the QR code cannot be read",
            expected="a readable file on the controller",
            found=in_words(error),
            action="correct image_path",
        ) from error
    return hashlib.sha256(image).hexdigest(), lambda: qr.decode_image(image, hosts)


def _destroy(store: DossierStore | None, ura: str, paths: list[str], *, check_mode: bool) -> bool:
    # Read-only, the store only tells whether one is there.
    destroyed = [store.destroy_secret(ura, KEPT_AS), store.sealed.destroy(ura, KEPT_AS)] if store else []
    for path in map(Path, [] if check_mode else paths):
        try:
            # Overwritten first: on most file systems that reaches the same blocks.
            with path.open("r+b") as stream:
                stream.write(bytes(path.stat().st_size))
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
        except OSError as error:
            raise _unwritable(str(path.parent), error) from error
    return any(destroyed) or bool(paths)
