"""HTML of strangers without anything that acts, loads or leads back to the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import nh3

from sheetgrader.errors import SheetgraderError

_MATHEMATICS: Final = frozenset(
    {
        "math",
        "menclose",
        "merror",
        "mfenced",
        "mfrac",
        "mi",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
        "mphantom",
        "mprescripts",
        "mroot",
    }
    | {
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "munder",
        "munderover",
        "none",
    }
)
_MATHEMATICS_ATTRIBUTES: Final = frozenset(
    {
        "accent",
        "accentunder",
        "columnalign",
        "columnlines",
        "columnspacing",
        "depth",
        "display",
        "displaystyle",
        "fence",
        "form",
        "height",
    }
    | {
        "linethickness",
        "lspace",
        "mathcolor",
        "mathsize",
        "mathvariant",
        "maxsize",
        "minsize",
        "movablelimits",
        "notation",
        "rowlines",
    }
    | {"rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width"}
)
_TAGS: Final = (set(nh3.ALLOWED_TAGS) - {"map", "area"}) | _MATHEMATICS
_ATTRIBUTES: Final = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    **{tag: set(_MATHEMATICS_ATTRIBUTES) for tag in _MATHEMATICS},
}
#: Addresses of images that are part of the notebook: themselves, or the name of an attachment.
_INSIDE: Final = ("data:", "attachment:")
#: Pages are complete in themselves: an image is part of one or is not shown.
_SCHEMES: Final = {"http", "https", "mailto", *(address.rstrip(":") for address in _INSIDE)}

#: Where an address may stand, and how one begins that leads to the same place from everywhere.
_ADDRESSES: Final = frozenset({"href", "cite", "src"})
_WHOLE_ADDRESS: Final = re.compile(r"\s*(?:https?://|mailto:)", re.IGNORECASE)

#: How many characters of text one tag counts for: tags that are nested thousands of levels deep take a parser much
#: longer than as much text.
_TAG_EFFORT: Final = 20
#: A tag that formats, with all its attributes. One that is never closed is opened again in every paragraph and cell
#: that follows, as often as there are any.
_FORMATTING: Final = re.compile(
    r"""<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b(?:[^>"']++|"[^"]*+"?|'[^']*+'?)*+""",
    re.IGNORECASE,
)
#: What that may come to: characters of such tags, in each other tag.
_MOST_REPEATED: Final = 10_000_000
#: Characters of HTML once it is clean, without its images.
_MOST_CHARACTERS: Final = 1_000_000

#: A tag of clean HTML, in which a quotation mark in a value is written otherwise; what never ends is taken to the end.
_TAG: Final = re.compile(r'<(?:[^>"]++|"[^"]*+"?)*+>?')
_NAME: Final = re.compile(r"</?+([a-z0-9]++)")
_SCOPE: Final = re.compile(r' scope="[^"]*+"?')
_SCOPES: Final = frozenset({"row", "col", "rowgroup", "colgroup"})
_LISTS: Final = frozenset({"ul", "ol"})
#: Of which a screen reader expects an order that strangers do not keep.
_DEFINITIONS: Final = frozenset({"dl", "dt", "dd"})
_WITHOUT_END: Final = frozenset({"br", "col", "hr", "img", "wbr"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: The page's title is a heading of the first level, a question's one of the second.
_BELOW_QUESTIONS: Final = "h3"


class TooMuchHtmlError(SheetgraderError):
    """HTML that would grow beyond all bounds."""


def effort(markup: str) -> int:
    """Return how much work markup is to a parser, in characters of plain text."""
    return len(markup) + _TAG_EFFORT * markup.count("<")


def cleaned(markup: str, image: Callable[[str], str | None]) -> str:
    """Return what is left of ``markup``: text, tables, formulas and images.

    Args:
        markup: what a stranger wrote.
        image: gives each image that is part of the notebook its place on the page, or None, by its address.

    Raises:
        TooMuchHtmlError: tags that are never closed would be repeated without end.
    """
    repeated = sum(len(tag[0]) for tag in _FORMATTING.finditer(markup))
    if repeated * markup.count("<") > _MOST_REPEATED:
        raise TooMuchHtmlError("it is made to grow")
    embedded = 0

    def keep(tag: str, attribute: str, value: str) -> str | None:
        nonlocal embedded
        if tag == "img" and attribute == "src":
            address = image(value)
            embedded += len(address or "")
            return address
        if attribute == "lang":
            # Whatever it says, a screen reader would try to speak it.
            return None
        if attribute == "headers" or (attribute == "scope" and value.lower() not in _SCOPES):
            # Nothing has the name that it refers to; or it is none of the words that say something.
            return None
        if attribute in _ADDRESSES and not _WHOLE_ADDRESS.match(value):
            # On the page it would lead to nothing, or out of the folder that the page lies in.
            return None
        return value

    clean = nh3.clean(
        # Halves of characters, which JSON can hold, have no form as UTF-8.
        markup.encode("utf-8", "replace").decode("utf-8"),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        url_relative="pass_through",
    )
    if len(clean) - embedded > _MOST_CHARACTERS:
        raise TooMuchHtmlError("it is too long")
    return clean


def readable(clean: str) -> str:
    """Return clean HTML without what a screen reader stumbles over: headers, headings and links without text, images
    without a description, headings that do not stand below the question's, items outside of lists and in lists what
    is no item.
    """
    reading = _Readable()
    end = 0
    for tag in _TAG.finditer(clean):
        reading.text(clean[end : tag.start()])
        reading.tag(tag[0])
        end = tag.end()
    reading.text(clean[end:])
    return "".join(reading.pieces)


class _Readable:
    """Puts a page together from its pieces, each mended."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        #: Where each header cell that is open begins, and whether there are words in it.
        self._headers: list[tuple[int, bool]] = []
        self._formulas = 0
        #: Each element that is open: its name, the name it is given, and whether it was made an item of a list.
        self._open: list[tuple[str, str, bool]] = []

    def text(self, text: str) -> None:
        if not text:
            return
        self.pieces.append(f"<li>{text}</li>" if self._is_in_list and not text.isspace() else text)
        if self._headers and not self._formulas and not text.isspace():
            self._headers[-1] = (self._headers[-1][0], True)

    def tag(self, tag: str) -> None:
        found = _NAME.match(tag)
        name, is_end = (found[1] if found else ""), tag.startswith("</")
        given, is_made_item = self._end(name) if is_end else self._begin(name)
        if is_made_item and not is_end:
            self.pieces.append("<li>")
        if given != name:
            tag = tag.replace(name, given, 1)
        self._piece(tag, name, is_end=is_end)
        if is_made_item and (is_end or name in _WITHOUT_END):
            self.pieces.append("</li>")

    @property
    def _is_in_list(self) -> bool:
        return bool(self._open) and self._open[-1][1] in _LISTS

    def _begin(self, name: str) -> tuple[str, bool]:
        is_made_item = self._is_in_list and name != "li"
        is_division = name in _DEFINITIONS or (name == "li" and not self._is_in_list)
        given = "div" if is_division else name
        if name not in _WITHOUT_END:
            self._open.append((name, given, is_made_item))
        return given, is_made_item

    def _end(self, name: str) -> tuple[str, bool]:
        if not self._open or self._open[-1][0] != name:
            return name, False
        _, given, is_made_item = self._open.pop()
        return given, is_made_item

    def _piece(self, tag: str, name: str, *, is_end: bool) -> None:
        if name in _HEADINGS:
            tag = tag.replace(name, _BELOW_QUESTIONS, 1)
        elif name == "math":
            self._formulas += -1 if is_end else 1
        elif name == "img" and ' alt="' not in tag:
            tag = tag.replace("<img", '<img alt="Image"', 1)
        elif name == "th" and not is_end:
            self._headers.append((len(self.pieces), False))
        elif name == "th" and self._headers:
            tag = self._end_of_header(tag)
        if is_end and (name == "a" or name in _HEADINGS) and self._is_empty(tag):
            self.pieces.pop()
        else:
            self.pieces.append(tag)

    def _is_empty(self, end: str) -> bool:
        """Say whether nothing stands between an end and its beginning."""
        beginning = _NAME.match(self.pieces[-1]) if self.pieces else None
        return beginning is not None and f"</{beginning[1]}>" == end and not self.pieces[-1].startswith("</")

    def _end_of_header(self, end: str) -> str:
        begins, has_words = self._headers.pop()
        if has_words:
            if self._headers:
                self._headers[-1] = (self._headers[-1][0], True)
            return end
        self.pieces[begins] = _SCOPE.sub("", self.pieces[begins].replace("<th", "<td", 1))
        return "</td>"
