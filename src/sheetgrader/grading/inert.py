"""Graded notebooks of which nothing runs where they are opened, or exported as HTML, by whichever of Jupyter's and
nbgrader's programs: those show a notebook's HTML, scripts and all, unless they are told not to.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from nbformat import NotebookNode

from sheetgrader.grading.cells import claimed_name, named
from sheetgrader.items import SourceCell

#: Kinds of output that are shown as what they are; the others are programs, or become some.
_KINDS: Final = frozenset(
    {"text/plain", "text/html", "text/markdown", "text/latex", "application/json"}
    | {"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"}
)
_TAKEN_OUT: Final = "[what was put out here would act where it is shown, and was taken out]"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*+")
_IMAGE_KIND: Final = re.compile(r"image/[a-z0-9.+-]++")

#: Where a browser may take what follows for a tag, a comment or a declaration.
_BEGINNING: Final = re.compile(r"<(?=[A-Za-z/!?])")
_INERT: Final = re.compile(
    r"""<(?:/(?P<closed>[a-z][a-z0-9]*+)\s*+>
    |(?P<name>[a-z][a-z0-9]*+)(?P<attributes>(?:
        \s++[a-z][a-z-]*+(?:\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=`]++))?+
    )*+)\s*+/?+>
    |!--[^<>]*+(?<=--)>|https?://[^\s<>"'`]++>)""",
    re.IGNORECASE | re.VERBOSE,
)
#: Within attributes that are written so.
_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[a-z][a-z-]*+)(?:\s*+=\s*+(?P<value>"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=`]++))?+""", re.IGNORECASE
)
#: A style sheet of pandas', say.
_STYLE: Final = re.compile(
    r"<style(?:\s++(?:scoped|type=\"text/css\"))?+\s*+>(?P<rules>[^<@\\]*+)</style>", re.IGNORECASE
)
#: What its rules may be about: the tables of pandas and of its like, and nothing that stands around or beside them.
_SELECTOR: Final = re.compile(r"\s*+(?:\.dataframe|#T_)[^~+,{}]*+", re.IGNORECASE)
#: What loads something, puts itself over the page, or hides what it is around.
_FAR_REACHING: Final = re.compile(
    r"""url|position|expression|/\*|display\s*+:\s*+(?:none|contents)|visib|opacity|transparent|clip|mask|filter|transform
    |translate|rotate|scale|zoom|content|indent|inset|animation|transition|-\d|font\s*+:
    |(?:height|width|font-size)\s*+:\s*+[01]?+(?:\.\d++)?+(?:[^\d.]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
#: Classes that a program which shows notebooks hides, or makes a drawing of.
_ACTING_CLASS: Final = re.compile(
    r"mermaid|hid|collaps|visib|sr-only|fade|modal|menu|tab-pane|tooltip|popover|\b(?:jp|lm|p)-", re.IGNORECASE
)
#: A block of code that is made a drawing of.
_DRAWING: Final = re.compile(r"(?<=[`~])(?=[ \t]*+mermaid)", re.IGNORECASE)
#: What stays open beyond the text in which it is begun: rows of a table, and, in all that follows, emphasis.
_LASTING: Final = re.compile(
    r"<(?P<end>/?)(?P<name>table|a|b|big|code|em|font|i|s|small|strike|strong|u)(?![a-z0-9])", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"https?://|mailto:|attachment:|data:image/(?:png|jpeg|gif|webp);base64,|[#\w./%-]*+\Z", re.IGNORECASE
)
_TAGS: Final = frozenset(
    """
    a abbr b big blockquote br caption center cite code col colgroup dd del details dfn div dl dt
    em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small
    span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905 # names are read more easily one beside the other
)
_ATTRIBUTES: Final = frozenset(
    """
    align alt bgcolor border cellpadding cellspacing class color colspan dir face height href id
    lang open rel rowspan scope size span src start style title valign width
    """.split()  # noqa: SIM905 # names are read more easily one beside the other
)
#: In a text with tags beside those, what makes one act.
_ACTING: Final = re.compile(
    r"""<[/!?]?(?:applet|audio|base|body|button|dialog|embed|fencedframe|form|frame|frameset|head|html|iframe|input|isindex
    |link|listing|marquee|math|meta|noembed|noframes|noscript|object|plaintext|portal|script|select|source|style|svg
    |template|textarea|title|track|video|xmp|xml|!\[cdata)
    |[\s"'/]on[a-z]{3,}+\s*+=
    |[\s"'/](?:href|src|srcset|srcdoc|action|formaction|data|background|poster|style|class|xlink:href)\s*+=
    |<[a-z][^\s<>]*+:""",
    re.IGNORECASE | re.VERBOSE,
)
#: Programs as addresses, once what browsers and markdown pass over is taken out; and what makes a text a link.
_ACTING_ADDRESS: Final = re.compile(r"(?:java|vb)script:|data:(?!image/)", re.IGNORECASE)
_NOT_SEEN_IN_ADDRESSES: Final = re.compile(r"[\x00-\x20\\]")
_LINK: Final = re.compile(r"\](?=[(:\[])")


def make_inert(notebook: NotebookNode, sheet: Iterable[SourceCell]) -> list[str]:
    """Take out of a group's cells and outputs what would act where the notebook is shown, and return a remark for it.

    Text stays: HTML and links that act become readable by a space within, which in formulas and code means the same.
    The sheet's own cells are the instructor's affair.
    """
    locked = {cell.grade_id for cell in sheet if cell.locked}
    # The state of widgets, which a library that is loaded for them would show.
    notebook.metadata.pop("widgets", None)
    found = []
    for position, cell in enumerate(notebook.cells):
        acted = False
        if cell.cell_type == "code":
            for output in cell.outputs:
                acted = _make_output_inert(output) or acted
        elif claimed_name(cell) not in locked:
            text = inert_text(cell.source) if cell.cell_type == "markdown" else cell.source
            acted = text != cell.source or _drop_odd_attachments(cell)
            cell.source = text
            # Raw text may say that it is HTML.
            cell.metadata.pop("raw_mimetype", None)
            cell.metadata.pop("format", None)
        if acted:
            found.append(claimed_name(cell) or f"cell {position + 1}")
    if not found:
        return []
    return [f"What would act where the notebook is shown was made text or taken out ({named(found)})."]


def inert_text(markdown: str) -> str:
    """Return markdown in which no HTML acts, whichever program reads it."""
    if _ACTING_ADDRESS.search(_NOT_SEEN_IN_ADDRESSES.sub("", html.unescape(markdown))):
        markdown = _LINK.sub("] ", markdown)
    markdown = _DRAWING.sub("text ", markdown)
    if not _ACTING.search(markdown):
        return markdown
    pieces = []
    position = 0
    for beginning in _doubtful(markdown):
        pieces.append(markdown[position : beginning + 1])
        position = beginning + 1
    return " ".join([*pieces, markdown[position:]])


def is_inert_html(markup: str) -> bool:
    """Tell whether there is nothing in ``markup`` but text, tables and images, written plainly."""
    return next(_doubtful(markup), None) is None and _is_closed(markup)


def _is_closed(markup: str) -> bool:
    """Tell whether all that would last is closed in ``markup``, the inner one first."""
    opened: list[str] = []
    for tag in _LASTING.finditer(markup):
        name = tag["name"].lower()
        if not tag["end"]:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def _doubtful(markup: str) -> Iterator[int]:
    """Yield where something begins that a browser may take for a tag, and that is not known to be harmless."""
    position = 0
    while beginning := _BEGINNING.search(markup, position):
        end = _inert_end(markup, beginning.start())
        if end is None:
            yield beginning.start()
        position = end or beginning.end()


def _inert_end(markup: str, start: int) -> int | None:
    """Return where the harmless tag at ``start`` ends; None where there is none."""
    if style := _STYLE.match(markup, start):
        return style.end() if _is_of_tables(style["rules"]) else None
    tag = _INERT.match(markup, start)
    if tag is None:
        return None
    name = tag["closed"] or tag["name"]
    if name is not None and name.lower() not in _TAGS:
        return None
    for attribute in _ATTRIBUTE.finditer(tag["attributes"] or ""):
        if not _is_inert_attribute(attribute["name"].lower(), (attribute["value"] or "").strip("\"'").strip()):
            return None
    return tag.end()


def _is_of_tables(rules: str) -> bool:
    """Tell whether the rules of a style sheet make tables look otherwise, and do nothing else."""
    selectors = [rule.partition("{")[0] for rule in rules.split("}") if rule.strip()]
    return not _FAR_REACHING.search(rules) and all(
        _SELECTOR.fullmatch(each) for selector in selectors for each in selector.split(",")
    )


def _is_inert_attribute(name: str, value: str) -> bool:
    if name not in _ATTRIBUTES and not name.startswith("data-"):
        return False
    if name in ("href", "src"):
        return _ADDRESS.match(value) is not None
    if name == "class":
        return _ACTING_CLASS.search(value) is None
    return name != "style" or not (_FAR_REACHING.search(value) or {"\\", "@", "&"} & set(value))


def _make_output_inert(output: NotebookNode) -> bool:
    """Take out of an output what acts, and tell whether there was something."""
    if "data" not in output:
        return False
    kept: dict[str, Any] = {}
    for kind, content in output.data.items():
        if kind == "text/html" and not is_inert_html(content):
            continue
        if kind in _KINDS:
            kept[kind] = inert_text(content) if kind == "text/markdown" else content
    acted = bool(kept != output.data)
    output.data = NotebookNode(kept or ({"text/plain": _TAKEN_OUT} if output.data else {}))
    return acted


def _drop_odd_attachments(cell: NotebookNode) -> bool:
    """Drop attachments that are no images by their kind or content, and tell whether there were any."""
    attachments = cell.get("attachments") or {}
    kept = {
        name: {kind: content for kind, content in bundle.items() if _is_image(kind, content)}
        for name, bundle in attachments.items()
    }
    if kept == attachments:
        return False
    cell.attachments = kept
    return True


def _is_image(kind: str, content: object) -> bool:
    text = "".join(content) if isinstance(content, list) else content
    return _IMAGE_KIND.fullmatch(kind) is not None and isinstance(text, str) and _BASE64.fullmatch(text) is not None
