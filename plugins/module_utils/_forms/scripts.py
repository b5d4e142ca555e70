# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a script takes part in a form. Scripts are not run; where one completes, checks or sends the form, a person
does it in a browser. The rule, which docs/intake.md describes:

* the form or a control of it has a handler (``onsubmit``, ``onclick``, ``onchange`` …) or an attribute of a framework;
* a script in the page listens to, sends, or rewrites a form, or names a hidden field of it;
* a token that the page leaves empty waits for a script; the page says that it needs JavaScript;
* a form without an address of its own (none, an empty one, ``#``) is in a page with scripts that do more than count
  visits.

A script of another file is not read: statistics, a cookie bar or a library for the looks do not stop a form that is
complete in the page.
"""

from __future__ import annotations

import re

from .._common.text import printable
from .html_tree import HtmlTree, Node

MOST_SCRIPT_CHARACTERS = 2_000_000

# Names of scripts that count visitors, ask about cookies or read the page aloud.
_COUNTS = re.compile(
    r"googletagmanager|google-analytics|googleoptimize|/g(?:tag|a|tm)(?:\.min|/)?\.?js|analytics|matomo|piwik|plausible|"
    r"hotjar|clarity\.ms|siteimprove|cookie|consent|onetrust|cookielaw|usercentrics|fbevents|licdn|statcounter|"
    r"cloudflareinsights|newrelic|nr-data|sentry|monsido|adobedtm|omniture|readspeaker|modernizr|fontawesome|typekit",
    re.IGNORECASE,
)
_DATA = re.compile(r"json|template|text/(?:plain|html|x-)", re.IGNORECASE)
# What a script does that sends a form or takes part in sending it.
_SENDS = re.compile(
    r"\.\s{0,5}(?:request)?submit\s{0,5}\(|addEventListener\s{0,5}\(\s{0,5}[\"'`](?:submit|formdata)|"
    r"\.\s{0,5}(?:on|bind|delegate|live)\s{0,5}\(\s{0,5}[\"'`][^\"'`]{0,60}submit|\bonsubmit\b|\bonformdata\b|new\s{1,5}FormData|"
    r"\.\s{0,5}serialize(?:Array)?\s{0,5}\(|\.\s{0,5}(?:form)?action\s{0,5}=(?!=)|[\"'`]submit[\"'`]\s{0,5}\]|ajax(?:Form|Submit)",
    re.IGNORECASE,
)
# What a script does that may be about the form, if the script names a form.
_TALKS = re.compile(
    r"\bfetch\s{0,5}\(|XMLHttpRequest|sendBeacon|\$\s{0,5}\.\s{0,5}(?:ajax|post|getJSON)|\baxios\b|\.\s{0,5}value\s{0,5}=(?!=)|"
    r"\.\s{0,5}val\s{0,5}\(\s{0,5}[^\s)]|setAttribute\s{0,5}\(\s{0,5}[\"'`]value|preventDefault|\.\s{0,5}(?:checked|disabled)\s{0,5}=(?!=)|"
    r"addEventListener\s{0,5}\(\s{0,5}(?:[\"'`](?:click|change|input|blur)|[\w$])",
    re.IGNORECASE,
)
_A_FORM = re.compile(
    r"document\s{0,5}\.\s{0,5}forms|[\"'`](?:form|input|select|textarea)\b|\.\s{0,5}form\b|:input", re.IGNORECASE
)
_WRITES = re.compile(r"<\s{0,5}\\?/?(?:form|input|select|textarea|button)\b", re.IGNORECASE)
_HANDLER = re.compile(
    r"on(?:submit|formdata|reset|invalid|click|change|input|blur|focus|key\w{2,6}|mouse(?:down|up)|pointer(?:down|up)|touch\w{3,6}|paste)"
)
# Events that go from a form to the elements around it.
_SUBMITTED = re.compile("on(?:submit|formdata)")
_FRAMEWORK = re.compile(
    r"(?:data-)?(?:ng-|v-(?:on|model|bind)|x-(?:on|data|model)|wire:|hx-|remote$|react|v-app|stimulus)|@|\((?:ng)?\w+\)|\[\w|:\w|"
    r"jsaction|jsname|data-(?:bind|action|controller|ajax|submit|conditional|depends|show-if|visible-if)|_ng(?:host|content)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"token|csrf|xsrf|nonce|captcha|challenge|signature|hash|verif|handtekening", re.IGNORECASE)
_NEEDS = re.compile(r"java\s?script", re.IGNORECASE)
_ROOT = frozenset(("ng-app", "data-ng-app", "data-reactroot", "data-v-app", "ng-version", "data-server-rendered"))
_BUTTONS = frozenset(("submit", "image", "button", "reset"))
_NAME = re.compile(r"[\w$-]+")
# As browsers read an address: without blanks and control characters before it and line ends in it.
SCRIPT_ADDRESS = re.compile("[\0-\x20]*" + "[\t\r\n]*".join("javascript:"), re.IGNORECASE)


class Scripts:
    """The scripts of a page, read once; the names in them are indexed."""

    def __init__(self, document: HtmlTree) -> None:
        inline, self._other_files = [], False
        for node in document.nodes:
            if node.tag in ("script", "svg:script") and not _DATA.search(node.get("type")[:100]):
                if node.get("src"):
                    self._other_files |= not _COUNTS.search(node.get("src")[:500])
                else:
                    inline.append("".join(one for one in node.children if isinstance(one, str)))
        self._inline = inline
        self._sends = [bool(_SENDS.search(text)) for text in inline]
        self._talks = [bool(_TALKS.search(text)) for text in inline]
        self._writes = any(_WRITES.search(text) and "document.write" in text for text in inline)
        self._names = [frozenset(_NAME.findall(text)) for text in inline]
        self._forms = [node for node in document.nodes if node.tag == "form"]
        self._says = any(
            _NEEDS.search(one)
            for node in document.nodes
            if node.tag == "noscript"
            for one in node.children
            if isinstance(one, str)
        )
        root = any(name in _ROOT for node in document.nodes for name in node.attrs)
        self.make_pages = (
            self._other_files or root or self._says or any(self._sends) or any(self._talks) or self._writes
        )
        self._root = root

    def reason(self, form: Node, controls: list[Node]) -> str | None:
        """How a script takes part in this form; None if none does."""
        # Only the handler of the button that is pressed matters.
        for node in (
            form,
            *(one for one in controls if one.tag != "button" and one.get("type").lower() not in _BUTTONS),
        ):
            handler = self.handler(node)
            if handler:
                return handler
        if self._root:
            return "a page that a JavaScript framework builds"
        if any(_framework(node) for node in form.ancestors()):
            return "a form that a JavaScript framework builds"
        if any(_SUBMITTED.fullmatch(name) for node in form.ancestors() for name in node.attrs):
            return "a script around the form handles its submission"
        if SCRIPT_ADDRESS.match(form.get("action")):
            return "a URL that is a script"
        if self._says:
            return "a page that says it needs JavaScript"
        if self._writes:
            return "a script that writes fields"
        hidden = [node for node in controls if node.get("type").lower() == "hidden"]
        for text, sends, talks, names in zip(self._inline, self._sends, self._talks, self._names, strict=True):
            if sends and self._about(form, names):
                return "a script that sends forms"
            named = {form.get("id"), form.get("name")} - {""}
            if talks and (named & names or _A_FORM.search(text)):
                return "a script that fills in or sends this form"
            if any({node.get("id"), node.get("name")} & names - {""} for node in hidden):
                return "a script that names a hidden field"
        working = bool(self._inline) or self._other_files
        if working and any(
            not node.get("value") and _TOKEN.search(f"{node.get('name')} {node.get('id')}") for node in hidden
        ):
            return "a token that a script fills in"
        if self._other_files and form.get("action").strip() in ("", "#"):
            return "no target URL, and scripts"
        return None

    def handler(self, node: Node) -> str | None:
        """An attribute by which a script takes part in what this form or control does."""
        for name in node.attrs:
            if (_HANDLER.fullmatch(name) and node.get(name).strip()) or _FRAMEWORK.match(name):
                return f"the attribute {printable(name, 30)}"
        return None

    def _about(self, form: Node, names: frozenset[str]) -> bool:
        """Whether a script that sends a form sends this one: the script names it, or names no other form."""
        own = {form.get("id"), form.get("name")} - {""}
        others = {name for node in self._forms if node is not form for name in (node.get("id"), node.get("name"))} - {
            ""
        }
        return bool(own & names) or not others & names


def _framework(node: Node) -> bool:
    return any(_FRAMEWORK.match(name) for name in node.attrs)
