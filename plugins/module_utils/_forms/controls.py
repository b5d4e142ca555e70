# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes fields and buttons of the elements of a form, as a browser does (HTML, "Forms")."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote

from .._common.charsets import python_codec, whatwg_name
from .._net.url_policy import browsers_url
from .complaints import Complaints
from .entries import URLENCODED
from .fields import (
    Button,
    Choice,
    Field,
    Form,
    Slot,
    fits_type,
)
from .html_tree import (
    HtmlTree,
    Node,
    element_text,
    is_hidden,
)
from .labels import Label, Labels, normal
from .scripts import SCRIPT_ADDRESS, Scripts

_BUTTONS = ("submit", "image", "button", "reset")
# The types of <input>; anything else is a text field.
_TYPES = (
    *("hidden", "search", "tel", "url", "email", "password", "date", "month", "week", "time", "datetime-local"),
    *("number", "range", "color", "checkbox", "radio", "file", *_BUTTONS),
)
_REQUIRED_CLASS = re.compile(r"(?:^|[\s_-])(?:required|verplicht)(?:$|[\s_-])", re.IGNORECASE)


@dataclass(frozen=True)
class PageReading:
    """What reading any form of a page needs: the page's address, encoding, labels and scripts."""

    document: HtmlTree
    url: str
    base: str
    labels: Labels
    complaints: Complaints
    scripts: Scripts

    def form(self, node: Node, controls: list[Node]) -> Form:
        fields: list[Field] = []
        slots: list[Slot] = []
        buttons: list[Button] = []
        groups: dict[tuple[str, str], int] = {}
        charset = self._charset(node)
        legends: dict[int, Node | None] = {}
        sent = [one for one in controls if not _is_disabled(one, legends)]
        for control in sent:
            name, kind = control.get("name"), _type(control)
            if kind in ("submit", "image"):
                buttons.append(replace(self._button(node, control, kind), number=len(buttons)))
                slots.append(Slot(name, button=len(buttons) - 1))
            elif not name or kind in _BUTTONS:
                continue
            elif kind == "hidden":
                own = charset if name.lower() == "_charset_" else control.get("value")
                slots.append(Slot(name, value=own))
            else:
                one = self._field(control, kind)
                number = groups.get((kind, name)) if kind in ("radio", "checkbox") else None
                if number is None:
                    number = groups[(kind, name)] = len(fields)
                    fields.append(one)
                else:
                    fields[number] = _joined(fields[number], one)
                choice = len(fields[number].choices) - 1 if kind in ("radio", "checkbox") else None
                slots.append(Slot(name, field=number, choice=choice, direction=_direction(control)))
        return Form(
            tuple(fields),
            tuple(slots),
            tuple(buttons),
            Button("", (), *self._target(node, None)),
            charset,
            self.scripts.reason(node, sent) or _by_hand_only(node, fields, buttons, controls),
        )

    def _charset(self, form: Node) -> str:
        """The encoding that the form asks for, else the page's; UTF-16 is never sent (WHATWG, "get an output
        encoding")."""
        wished = [whatwg_name(label) for label in form.get("accept-charset").split()[:20]]
        known = [name for name in wished if name]
        name = (known[0] if known else "UTF-8") if wished else self.document.encoding
        return "UTF-8" if name.startswith("UTF-16") or name == "replacement" else name

    def _address(self, action: str) -> str:
        """The address that a form is sent to; "" if a browser would not send there. Without an address it is the page
        itself."""
        try:
            return browsers_url(_in_charset(action, self.document.encoding), self.base) if action.strip() else self.url
        except ValueError:
            return ""

    def _button(self, form: Node, control: Node, kind: str) -> Button:
        name = control.get("name")
        # On a button without a text the browser shows a text of its own, and sends that.
        value = control.get("value") if kind == "image" or control.tag == "button" or control.has("value") else "Submit"
        text = value if control.tag == "input" else element_text(control)
        pictures = [node.get("alt") for node in control.descendants() if node.tag == "img"]
        names = [
            text,
            control.get("alt") if kind == "image" else "",
            *pictures,
            control.get("aria-label"),
            control.get("title"),
        ]
        if kind == "image":
            # An image button sends where it was clicked.
            entries = tuple((f"{name}.{axis}" if name else axis, "1") for axis in "xy")
            names = [control.get("alt"), *names]
        else:
            entries = ((name, value),) if name else ()
        return Button(
            " ".join(next((one for one in names if one.strip()), "").split()),
            entries,
            *self._target(form, control),
            "a URL that is a script"
            if SCRIPT_ADDRESS.match(control.get("formaction"))
            else next(filter(None, map(self.scripts.handler, control.descendants())), None),
        )

    def _target(self, form: Node, button: Node | None) -> tuple[str, str, str]:
        """Address, method and encoding; a button may have its own."""

        def attribute(name: str) -> str:
            return button.get(f"form{name}") if button and button.has(f"form{name}") else form.get(name)

        return self._address(attribute("action")), _method(attribute("method")), _enctype(attribute("enctype"))

    def _field(self, control: Node, kind: str) -> Field:
        own, around = self.labels.of(control), self.labels.of_group(control)
        group = around if kind in ("radio", "checkbox") else []
        names = group if kind == "radio" and group else [*own, *group]
        # A form may have "Voornaam" three times; with its legend the label is unique.
        within = [f"{legend.text} {label.text}" for legend in around[:4] for label in own[:8]]
        first = names[0].text if names else control.get("name")
        texts = [*(label.text for label in names), *within, control.get("name"), control.get("id")]
        one = Field(
            name=control.get("name"),
            kind="text",
            label=" ".join(first.replace("*", "").split()).rstrip(":"),
            labels=tuple(dict.fromkeys(text for text in map(normal, texts) if text)),
            required=_is_required(control, names),
            input_type=kind,
            error=self.complaints.of(control),
            visible=not any(is_hidden(node) for node in (control, *control.ancestors())),
        )
        if control.tag == "select":
            return _select(one, control)
        if kind in ("radio", "checkbox"):
            value = control.get("value") if control.has("value") else "on"
            choice = Choice(value, tuple(dict.fromkeys([*(normal(label.text) for label in own), normal(value)])))
            chosen = (0,) if control.has("checked") else ()
            return replace(one, kind="radio" if kind == "radio" else "checkbox", choices=(choice,), chosen=chosen)
        if kind == "file":
            return replace(one, kind="file")
        value = _textarea(control) if control.tag == "textarea" else _sanitised(kind, control)
        return replace(
            one,
            value=value,
            max_length=_number(control.get("maxlength")),
            min_length=_number(control.get("minlength")),
            pattern=control.get("pattern") or None,
            fixed=control.has("readonly"),
        )


def _in_charset(address: str, encoding: str) -> str:
    """Letters in the query of an address are written in the page's charset (URL Standard, "query state")."""
    codec = python_codec(encoding)
    if address.isascii() or encoding.startswith("UTF-") or codec is None:
        return address
    path, mark, rest = address.partition("?")
    query, hash_, fragment = rest.partition("#")

    def escaped(found: re.Match[str]) -> str:
        try:
            return quote(found.group().encode(codec), safe="")
        except UnicodeEncodeError:
            return f"%26%23{ord(found.group())}%3B"

    return path + mark + re.sub(r"[^\x00-\x7f]", escaped, query) + hash_ + fragment


def _type(control: Node) -> str:
    type_ = control.get("type").lower()
    if control.tag == "button":
        return type_ if type_ in ("reset", "button") else "submit"
    return (type_ if type_ in _TYPES else "text") if control.tag == "input" else control.tag


def _method(method: str) -> str:
    """Missing and unknown methods are GET."""
    return method.upper() if method.lower() in ("post", "dialog") else "GET"


def _enctype(enctype: str) -> str:
    enctype = enctype.lower()
    return enctype if enctype in ("multipart/form-data", "text/plain") else URLENCODED


def _is_disabled(control: Node, legends: dict[int, Node | None]) -> bool:
    """Whether the control or a fieldset around it is disabled; controls in the fieldset's first legend are not."""
    if control.has("disabled"):
        return True
    below = control
    for node in control.ancestors():
        if node.tag == "fieldset" and node.has("disabled"):
            if id(node) not in legends:
                first = (one for one in node.children if isinstance(one, Node) and one.tag == "legend")
                legends[id(node)] = next(first, None)
            if below is not legends[id(node)]:
                return True
        below = node
    return False


def _direction(control: Node) -> tuple[str, str] | None:
    if not control.get("dirname"):
        return None
    direction = next((node.get("dir").lower() for node in (control, *control.ancestors()) if node.has("dir")), "ltr")
    return control.get("dirname"), "rtl" if direction == "rtl" else "ltr"


def _joined(before: Field, after: Field) -> Field:
    """The group with one more radio button or checkbox. Of several chosen radio buttons the last one applies."""
    more = tuple(len(before.choices) + number for number in after.chosen)
    return replace(
        before,
        choices=before.choices + after.choices,
        chosen=(more or before.chosen) if before.kind == "radio" else before.chosen + more,
        required=before.required or after.required,
        multiple=before.kind == "checkbox",
        error=before.error or after.error,
        visible=before.visible or after.visible,
    )


def _select(one: Field, control: Node) -> Field:
    """A select: its options, and those that a browser chooses by default."""
    options = [node for node in control.descendants() if node.tag == "option"]
    multiple = control.has("multiple")

    def value(node: Node) -> str:
        return node.get("value") if node.has("value") else element_text(node, lambda part: part.tag == "script")

    def texts(node: Node) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(map(normal, (node.get("label") or element_text(node), element_text(node), value(node))))
        )

    def barred(node: Node) -> bool:
        group = node.closest("optgroup", "select")
        return node.has("disabled") or (group is not None and group.tag == "optgroup" and group.has("disabled"))

    free = [node for node in options if not barred(node)]
    selected = [node for node in options if node.has("selected")]
    if not multiple:
        size = _number(control.get("size")) or 1
        selected = selected[-1:] or free[: 1 if size <= 1 else 0]
    chosen = {id(node) for node in selected}
    return replace(
        one,
        kind="select",
        choices=tuple(
            Choice(
                value(node),
                tuple(dict.fromkeys((normal(element_text(node)), normal(node.get("label")), normal(value(node))))),
            )
            for node in free
        ),
        chosen=tuple(number for number, node in enumerate(free) if id(node) in chosen),
        multiple=multiple,
    )


def _textarea(control: Node) -> str:
    """The text of a textarea with line feeds only; the parser has removed the one right after the tag."""
    text = "".join(one for one in control.children if isinstance(one, str))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sanitised(kind: str, control: Node) -> str:
    """The value that the page gives an input, changed as a browser changes it (HTML, "value sanitization
    algorithm")."""
    value = control.get("value")
    if kind in ("text", "search", "tel", "url", "email", "password"):
        value = value.replace("\n", "").replace("\r", "")
    if kind in ("url", "email"):
        return value.strip("\t\n\f\r ")
    if kind == "color":
        return value.lower() if fits_type(kind, value) else "#000000"
    return value if fits_type(kind, value) else ""


def _number(text: str) -> int | None:
    """A number as browsers read it out of an attribute (HTML, "rules for parsing non-negative integers")."""
    found = re.match(r"[\t\n\f\r ]*\+?(\d{1,9})(?!\d)", text, re.ASCII)
    return int(found[1]) if found else None


def _is_required(control: Node, names: list[Label]) -> bool:
    return (
        control.has("required")
        or control.get("aria-required") == "true"
        or bool(_REQUIRED_CLASS.search(control.get("class")[:500]))
        or any(label.required for label in names)
    )


def _by_hand_only(node: Node, fields: list[Field], buttons: list[Button], controls: list[Node]) -> str | None:
    """Without a submit button Enter sends a form of one field only (HTML, "implicit submission"). If the page has
    another button or a link, a person would press that, and only a script knows what it does."""
    if buttons:
        return None
    if any(_type(one) in ("submit", "image") for one in controls):
        return "a button that is disabled until a script enables it"
    if any(_type(one) == "button" for one in controls):
        return "a button that does nothing without a script"
    if any(one.tag == "a" and SCRIPT_ADDRESS.match(one.get("href")) for one in node.descendants()):
        return "a link that is a script"
    if sum(one.kind == "text" and one.input_type != "textarea" for one in fields) != 1:
        return "no submit button"
    return None
