# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common part of all actions of this collection: checks of options, one result, errors as plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import demand
from ...module_utils._common.trouble import in_words
from ...module_utils._common.ura import Ura
from .paths import absolute

if TYPE_CHECKING:
    from ...module_utils._uzi.store import ListedStore, StorePlace

Options = dict[str, Any]
Result = dict[str, Any]


@dataclass(frozen=True)
class Spec:
    """An action's options as Ansible's argument spec writes them, with the rules between them."""

    options: dict[str, dict[str, Any]]
    mutually_exclusive: list[list[str]] = field(default_factory=list)
    required_together: list[list[str]] = field(default_factory=list)
    required_one_of: list[list[str]] = field(default_factory=list)
    required_if: list[tuple[Any, ...]] = field(default_factory=list)


class ZorgidAction(ActionBase):  # type: ignore[misc]
    """Base of the public actions; a subclass sets ``SPEC`` and writes ``act``."""

    SPEC: Spec
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    #: Whether ``run`` fails if a library of the collection is missing.
    demands_libraries = True
    #: For an effect of a plan: called again under its claim; a sentence if the effect is not wanted any more.
    still: Callable[[Any], str | None] | None = None
    #: For an effect of a plan: how many may be sent in a day (``DayLimit``); None: no limit.
    day: Any = None
    #: For mail to people of a plan: the mails to send; None: all that are due.
    planned: Any = None
    #: For an effect of a plan: the run's listing of a Windows store, so that its host is not asked again.
    stored: Callable[[StorePlace], ListedStore] | None = None
    #: Why ``run`` failed, for code that runs this action as a part of another.
    failure: ZorgidError | None = None

    def act(self, options: Options) -> Result:
        """Do the work. A ZorgidError becomes a failed result; any other exception is a defect and is not caught."""
        raise NotImplementedError

    @property
    def check_mode(self) -> bool:
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        return bool(self._task.diff)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        self.task_vars: dict[str, Any] = task_vars or {}
        try:
            return {"changed": False, **self.act(self._options())}
        except ZorgidError as error:
            failure = error
        except OSError as error:
            # The user can correct errors about a file, such as missing permissions or a full disk. Without a file name
            # it is a defect.
            if error.filename is None:
                raise
            failure = file_inaccessible(error)
        self.failure = failure
        return {
            "changed": False,
            **failure.details,
            "failed": True,
            "msg": str(failure),
            "error_code": failure.code,
        }

    def _options(self) -> Options:
        if self.demands_libraries:
            demand()
        spec = self.SPEC
        _check_uras(self._task.args, spec)
        try:
            _unused, options = self.validate_argument_spec(
                argument_spec=spec.options,
                mutually_exclusive=spec.mutually_exclusive,
                required_together=spec.required_together,
                required_one_of=spec.required_one_of,
                required_if=spec.required_if,
            )
        except AnsibleActionFail as error:
            raise ZorgidError("options_invalid", str(error)) from error
        if options.get("timeout", 1) < 1:
            raise ZorgidError(
                "options_invalid",
                "timeout is too short",
                expected="at least 1 second",
                found=str(options["timeout"]),
                action="correct timeout, or leave it out",
            )
        # An organisation that was given as JSON text is now a mapping.
        _check_uras(options, spec)
        return absolute(options, spec.options)


def file_inaccessible(error: OSError) -> ZorgidError:
    return ZorgidError(
        "file_inaccessible",
        f"{error.filename or 'A file'} cannot be used",
        found=in_words(error),
        action="correct the path, or the permissions of the user who runs Ansible",
        expected="a file or folder that this user may use",
    )


def _check_uras(given: Mapping[str, Any], spec: Spec) -> None:
    """Checked before Ansible converts it to a text: YAML reads 00000212 without quotes as 138, another organisation's
    number."""
    if "ura" in spec.options and given.get("ura") is not None:
        Ura.of(given["ura"])
    organisation = given.get("organisation")
    number = organisation.get("ura") if isinstance(organisation, Mapping) else None
    # A text that is not valid is reported with the organisation's other faults.
    if number is not None and not isinstance(number, str):
        Ura.of(number)
