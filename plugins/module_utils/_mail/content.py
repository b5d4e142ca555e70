# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person would read in a mail: its texts and links, and the parts that this program cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from typing import Any

from .._common.libraries import needs
from .text import decoded_as_labelled, tidy, without_controls

with needs("lxml>=5.2"):
    import lxml.etree
    import lxml.html

MOST_TEXT = 1_000_000
MOST_LINKS = 500
# Elements that begin a new line, and those whose text is not shown.
_BLOCKS = (
    *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "label", "legend", "li", "main", "nav"),
    *("ol", "option", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
)
_HIDDEN = ("script", "style", "template", "title")
_LINKS = " | ".join(
    f"//{tag}[not(ancestor::template)]/@{name}" for tag, name in (("a", "href"), ("area", "href"), ("a", "originalsrc"))
)
_PICTURES = "//img[not(ancestor::template)]/@src"
# In DER, right after the tag and length of a CMS ContentInfo (RFC 5652): id-signedData.
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


@dataclass(frozen=True)
class Text:
    """One way to read the mail: its text, and the targets of its links, which the text may not show."""

    text: str
    links: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


def parts_of(mail: Message) -> Iterator[Any]:
    """The parts of a mail in their order. Attached mails are not opened: the proven sender of this mail did not write
    them."""
    waiting: list[Any] = [mail]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += reversed(part.get_payload())
        else:
            yield part


def texts_of(mail: EmailMessage) -> list[Text]:
    """The plain text and the HTML as text, as far as the mail has them. Both, because either may be empty, or may only
    say that the mail program does not show the other."""
    plain: list[str] = []
    html: list[Text] = []
    for part in parts_of(mail):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            continue
        text = part_text(part)[:MOST_TEXT]
        if kind == "text/html":
            html.append(_html(text))
        elif kind == "text/plain":
            plain.append(_flowed(part, text))
    found = [Text(_whole_links(tidy("\n".join(plain))))] if plain else []
    if html:
        links = tuple(link for one in html for link in one.links)
        pictures = tuple(picture for one in html for picture in one.pictures)
        found.append(Text(tidy("\n".join(one.text for one in html)), links[:MOST_LINKS], pictures))
    return found


def part_text(part: Any) -> str:
    """The decoded text of a part, also when its charset is unknown or wrong."""
    payload = part.get_payload(decode=True)
    label = str(part.get_content_charset() or "")
    return decoded_as_labelled(payload if isinstance(payload, bytes) else b"", label).replace("\x00", "")


def _flowed(part: Any, text: str) -> str:
    """Joins lines of format=flowed that the sender's program has broken (RFC 3676)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    joined = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    lines = [line.removeprefix(" ") for line in text.replace("\r\n", "\n").split("\n")]
    return "".join(line.rstrip(" ") + joined if line.endswith(" ") and line != "-- " else line + "\n" for line in lines)


def _whole_links(text: str) -> str:
    """Joins a link between < and > whose lines were broken (RFC 3986, appendix C)."""
    return re.sub(r"<(https?://[^<>]{1,8000})>", lambda found: "<" + re.sub(r"\s", "", found[1]) + ">", text)


def _html(text: str) -> Text:
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        root: Any = lxml.html.document_fromstring(without_controls(text).encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        # The HTML has only comments or blanks.
        return Text("")
    # Browsers remove line ends and tabs from an address (URL Standard).
    links = [re.sub(r"[\t\r\n]", "", str(link)).strip() for link in root.xpath(_LINKS)[:MOST_LINKS]]
    pictures = [str(source).strip() for source in root.xpath(_PICTURES)[:MOST_LINKS]]
    return Text(_seen(root), tuple(links), tuple(pictures))


def _seen(root: Any) -> str:
    """The text as a person sees it: blocks are on lines of their own. It does not change the tree, because lxml refuses
    to write control characters that it has read (XML forbids them)."""
    found: list[str] = []
    walk = lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        around = "\n" if element.tag in _BLOCKS else ""
        if event == "start" and element.tag in _HIDDEN:
            walk.skip_subtree()
        elif event == "start":
            found += (around, element.text or "")
        else:
            found += (around, element.tail or "")
    return "".join(found)


def unreadable(mail: EmailMessage) -> str | None:
    """Why a mail without readable text may still contain something: encrypted, smime_opaque, winmail_dat, forwarded."""
    for part in parts_of(mail):
        kind, name = part.get_content_type(), _name(part)
        if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime") or name.endswith(".p7m"):
            data = part.get_payload(decode=True)
            signed = isinstance(data, bytes) and _SIGNED_DATA in data[:64]
            return "smime_opaque" if signed else "encrypted"
        if kind in ("application/pgp-encrypted", "application/x-microsoft-rpmsg-message"):
            return "encrypted"
        if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name == "winmail.dat":
            return "winmail_dat"
        if kind == "text/plain" and "-----BEGIN PGP MESSAGE-----" in part_text(part)[:MOST_TEXT]:
            return "encrypted"
        if kind.startswith("message/") and part is not mail:
            return "forwarded"
    return None


def code_unreadable(mail: EmailMessage, texts: list[Text]) -> str | None:
    """Why the activation code cannot be taken out of this mail: svg_image, remote_image or what ``unreadable`` says.
    None if there is an image or PDF to read, or no sign of a code at all."""
    pictures = [source for one in texts for source in one.pictures]
    if any(re.match(r"data:image/(?!svg)", source, re.IGNORECASE) for source in pictures):
        return None
    vector = any(re.match(r"data:image/svg", source, re.IGNORECASE) for source in pictures)
    for part in parts_of(mail):
        kind, name = part.get_content_type(), _name(part)
        if kind == "image/svg+xml" or name.endswith((".svg", ".svgz")):
            vector = True
        elif kind.startswith(("image/", "message/")) or kind == "application/pdf" or _may_be_picture(kind, name):
            return None
    if vector:
        return "svg_image"
    if reason := unreadable(mail):
        return reason
    return "remote_image" if any(re.match(r"(?:https?:)?//", one, re.IGNORECASE) for one in pictures) else None


def _may_be_picture(kind: str, name: str) -> bool:
    return kind == "application/octet-stream" and not name.endswith((".dat", ".p7m", ".p7s"))


def _name(part: Any) -> str:
    return str(part.get_filename() or "").strip().lower()
