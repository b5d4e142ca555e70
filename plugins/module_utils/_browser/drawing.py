# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image of a page in which every value is dots: drawn anew, from the words of the map and nothing of the page.

The script in the page (``script/drawing.js``) tells how the page is built: kinds of things in the order and the place
in which they are seen, and of each text only its number among the given words. No text, address, style or size of the
page is in that, so none can be in the image. It is drawn with our own styles, in a window of its own without scripts
and without the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from .._common.errors import ZorgidError
from .fingerprint import Pages, names_of, normalised
from .frames import call, places
from .names import PageMap

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

#: always as many, so that no length is told
DOTS: Final = "\N{BULLET}" * 5
_DOTS: Final = -1
#: what pages write beside the name of a field
_MARKS = ("*", ":", "(verplicht)", "(niet verplicht)", "(optioneel)")
_MOST_WORDS, _MOST_LETTERS, _MOST_FRAMES, _DEEPEST = 5000, 200, 5, 400
#: pixels
WIDTH, HIGHEST = 1280, 5000
_SECONDS = 10.0

#: of a part -> what is written in it first; ours
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("h1", "h2", "h3", "h4", "h5", "h6", "part", "p", "ul", "ol", "li", "dl", "dt", "dd", "hr", "br"), ""
    ),
    **dict.fromkeys(("table", "caption", "tr", "th", "td", "label", "fieldset", "legend"), ""),
    **dict.fromkeys(("nav", "link", "button", "field", "choice", "box", "dialog", "alert"), ""),
    "image": "image",
    "frame": "frame:",
    "unread": "frame of another host, or one that cannot be read",
    "closed": "closed part",
    "more": "and more",
}
_LAYS = frozenset(["block", "inline", "inblock", "flex", "column", "grid", "table", "row", "cell", "group"])
_STYLE = f"""
html {{ background: #fff; color: #222; font: 15px/1.5 sans-serif; width: {WIDTH}px; }}
body {{ margin: 0; }}
main {{ padding: 16px; max-height: {HIGHEST}px; overflow: hidden; box-sizing: border-box; }}
header {{ background: #eee; padding: 6px 10px; margin-bottom: 12px; font-size: 13px; }}
.block, .group, .column, .flex, .grid {{ margin: 4px 0; }}
.inline {{ display: inline; }}
.inblock {{ display: inline-block; vertical-align: middle; }}
.flex, .column {{ display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: flex-start; }}
.column {{ flex-flow: column nowrap; }}
.grid {{ display: grid; gap: 6px 14px; justify-content: start; align-items: start; }}
.table {{ display: table; border-collapse: collapse; }}
.row {{ display: table-row; }}
.group {{ display: table-row-group; }}
.cell {{ display: table-cell; border: 1px solid #ccc; padding: 3px 8px; vertical-align: top; }}
.k-h1, .k-h2, .k-h3, .k-h4, .k-h5, .k-h6, .k-th, .k-legend, .k-caption {{ font-weight: bold; }}
.k-h1 {{ font-size: 26px; }} .k-h2 {{ font-size: 21px; }} .k-h3 {{ font-size: 18px; }}
.k-link {{ color: #1a4fb4; text-decoration: underline; }}
.k-button, .k-field, .k-choice, .k-image, .k-frame, .k-unread, .k-closed, .k-box {{
  border: 1px solid #777; padding: 2px 8px; min-height: 22px; margin: 1px 3px; }}
.k-button {{ background: #e4e4e4; border-radius: 4px; }}
.k-field, .k-choice {{ min-width: 140px; background: #fff; }}
.k-choice::after {{ content: " \\25be"; }}
.k-box {{ width: 12px; height: 12px; min-height: 0; padding: 0; }}
.k-image, .k-unread, .k-closed {{ background: #ddd; color: #666; font-size: 12px; }}
.k-frame, .k-fieldset, .k-dialog, .k-alert, .k-nav {{ border: 1px solid #bbb; padding: 6px; margin: 6px 0; }}
.k-dialog {{ border: 3px solid #222; }}
.k-alert {{ border-left: 6px solid #222; }}
.k-li {{ display: list-item; margin-left: 20px; }}
.k-nav .k-li, .k-li.inline, .k-li.inblock {{ display: inline-block; }}
.k-hr {{ border-top: 1px solid #bbb; }}
.k-more, .k-frame > small {{ color: #666; font-size: 12px; }}
.dots {{ color: #999; letter-spacing: 2px; }}
"""
_HEAD = (
    f"Drawn by gbz.zorgid: the parts of the page and the words of the page map. {DOTS} is any other text, or a value. "
    "Colours, sizes and images are not the portal's."
)


def words_of(page_map: PageMap, pages: Mapping[str, Pages], hidden: Mapping[str, str]) -> list[str]:
    """What may be read in an image: what the map calls things, and the names that were remembered, but for texts that
    are a value of this person or session. pages: of ``Remembered``. hidden: of ``hidden_of``. Pure."""
    those = [part for roles in pages.values() for parts in roles.values() for part in parts]
    names = [*names_of(page_map), *(name for part in those for name in (part.name, *part.choices))]
    values = {normalised(value) for value in hidden.values()}
    kept = [name for name in dict.fromkeys(names) if name.strip() and normalised(name) not in values]
    return [*_MARKS, *(name[:_MOST_LETTERS] for name in kept if not set(name) & set("{}"))][:_MOST_WORDS]


def drawn(page: Page, words: Sequence[str], here: Callable[[str], bool]) -> str:
    """The page as HTML of ours. here: whether an address is the portal's; a frame that is not is a plain box. Error:
    ``page_not_as_mapped`` for a page that cannot be read."""
    shown = [place.frame for place in places(page)]
    # What the page itself wrote into a frame has no address.
    frames = [one for one in shown if one.url in ("about:blank", "about:srcdoc") or here(one.url)][:_MOST_FRAMES]
    return html_of(_tree(page.main_frame, words, frames), words)


def html_of(tree: Any, words: Sequence[str]) -> str:
    """tree: of ``z.drawing``; with anything else in it than that there is no image (``ValueError``). Pure."""
    page = ElementTree.Element("html")
    head, body = ElementTree.SubElement(page, "head"), ElementTree.SubElement(page, "body")
    ElementTree.SubElement(head, "meta", charset="utf-8")
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    ElementTree.SubElement(head, "meta", policy)
    ElementTree.SubElement(head, "style").text = _STYLE
    main = ElementTree.SubElement(body, "main")
    ElementTree.SubElement(main, "header").text = _HEAD
    _put_all(main, tree, words, 0)
    return "<!doctype html>" + ElementTree.tostring(page, encoding="unicode", method="html")


def image_of(browser: Browser, source: str) -> bytes:
    """The HTML of ``drawn`` as PNG, at most ``WIDTH`` by ``HIGHEST`` pixels."""
    context = browser.new_context(
        java_script_enabled=False,
        offline=True,
        service_workers="block",
        accept_downloads=False,
        viewport={"width": WIDTH, "height": 400},
        device_scale_factor=1,
        locale="nl-NL",
    )
    try:
        context.set_default_timeout(_SECONDS * 1000)
        page = context.new_page()
        page.set_content(source, wait_until="domcontentloaded")
        return page.screenshot(type="png", full_page=True, animations="disabled", caret="hide")
    finally:
        context.close()


# --------------------------------------------------------------------------------------------------------------------


def _tree(frame: Frame, words: Sequence[str], frames: Sequence[Frame]) -> Any:
    """With the trees of the frames in it at their places."""
    own = [one for one in frames if one.parent_frame == frame]
    tree = call(frame, "drawing", {"words": list(words), "frames": [one.frame_element() for one in own]})
    return _with_frames(tree, lambda at: _inner(own[at], words, frames) if 0 <= at < len(own) else None)


def _inner(frame: Frame, words: Sequence[str], frames: Sequence[Frame]) -> Any:
    """None: it cannot be read."""
    # Only a run with a browser has it.
    from playwright.sync_api import Error

    try:
        return _tree(frame, words, frames)
    except (Error, ZorgidError):
        return None


def _with_frames(given: Any, inner: Callable[[int], Any]) -> list[Any]:
    found = []
    for part in given:
        if isinstance(part, dict):
            at = part.get("frame")
            if isinstance(at, int):
                parts = inner(at)
                part = {**part, "parts": parts or [], "kind": "frame" if parts is not None else "unread"}
            else:
                part = {**part, "parts": _with_frames(part["parts"], inner)}
        found.append(part)
    return found


def _put_all(into: ElementTree.Element, parts: Any, words: Sequence[str], deep: int) -> None:
    if not isinstance(parts, list) or deep > _DEEPEST:
        raise ValueError("no tree of parts")
    for part in parts:
        _put(into, part, words, deep).tail = " "


def _put(into: ElementTree.Element, part: Any, words: Sequence[str], deep: int) -> ElementTree.Element:
    if _number(part) and _DOTS <= part < len(words):
        dots = part == _DOTS
        text = ElementTree.SubElement(into, "span", {"class": "dots"} if dots else {})
        text.text = DOTS if dots else words[part]
        return text
    if not isinstance(part, dict) or part.get("kind") not in _KINDS or part.get("lay") not in _LAYS:
        raise ValueError("no part of a page")
    kind, lay, columns = part["kind"], part["lay"], part.get("columns")
    if kind == "br":
        return ElementTree.SubElement(into, "br")
    box = ElementTree.SubElement(into, "div", {"class": f"k-{kind} {lay}"})
    if _number(columns) and lay == "grid":
        box.set("style", f"grid-template-columns: repeat({columns}, auto)")
    if _KINDS[kind]:
        ElementTree.SubElement(box, "small").text = _KINDS[kind]
    _put_all(box, part["parts"], words, deep + 1)
    return box


def _number(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool)
