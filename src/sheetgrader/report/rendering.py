"""What students wrote, as HTML that is safe to open: their text, code, outputs and images."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

import nh3
from latex2mathml.converter import convert as latex_to_mathml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from sheetgrader.boundary.plain_text import plain, shortened
from sheetgrader.report.images import ImageError, Images

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
#: Pages are complete in themselves: an image is part of one or is not shown.
_SCHEMES: Final = {"http", "https", "mailto", "data"}
#: How many characters of text one tag counts for.
_TAG_EFFORT: Final = 20


@dataclass(frozen=True)
class TextLimits:
    """How much of a student's text one page shows, in characters; what is longer is shown as plain text, or
    shortened.
    """

    #: A markdown cell, or code to be coloured.
    formatted: int = 50_000
    formula: int = 2_000
    output: int = 20_000
    #: HTML that a cell put out, tables above all.
    html: int = 200_000
    #: All that a page formats; parsers take their time over long text.
    page: int = 1_000_000
    #: Outputs of one cell.
    outputs: int = 50


@dataclass
class Renderer:
    """Renders the cells of one page and keeps account of what it holds."""

    images: Images = field(default_factory=Images)
    limits: TextLimits = field(default_factory=TextLimits)
    _formatted: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        dollarmath_plugin(self._parser, allow_digits=False, double_inline=True, renderer=self._formula)
        amsmath_plugin(self._parser, renderer=lambda content: self._formula(content, {"display_mode": True}))
        self._parser.add_render_rule("image", _image)

    def code(self, source: str) -> Markup:
        """Return Python code, coloured."""
        if not self._may_format(source, self.limits.formatted):
            return _preformatted(shortened(source, self.limits.formatted), "code")
        return Markup('<pre class="code" tabindex="0">{}</pre>').format(_coloured(plain(source)))

    def markdown(self, source: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        """Return a markdown cell with its formulas as MathML and its attached images."""
        if not self._may_format(source, self.limits.formatted):
            return _preformatted(shortened(plain(source), self.limits.formatted), "text")
        return self.cleaned(self._parser.render(plain(source), {"attachments": attachments or {}}))

    def heading(self, source: str) -> Markup:
        """Return the text of a heading, with its formulas as MathML."""
        return self.cleaned(self._parser.renderInline(plain(shortened(source, 300))))

    def output(self, output: NotebookNode) -> Markup:
        """Return one output of a cell."""
        kind = output.get("output_type")
        if kind == "stream":
            return self._text(output.get("text"), "warning" if output.get("name") == "stderr" else "text")
        if kind == "error":
            traceback = _joined(output.get("traceback"), between="\n")
            return self._text(traceback or f"{output.get('ename')}: {output.get('evalue')}", "error")
        data = output.get("data")
        return self._rich(data if isinstance(data, dict) else {})

    def outputs(self, outputs: Sequence[NotebookNode]) -> list[Markup]:
        """Return the outputs of a cell, those over the limit as one remark."""
        shown = [self.output(output) for output in outputs[: self.limits.outputs]]
        if len(outputs) > self.limits.outputs:
            shown.append(remark(f"{len(outputs) - self.limits.outputs} more outputs are not shown."))
        return [output for output in shown if output]

    def cleaned(self, markup: str) -> Markup:
        """Return HTML without anything that acts, loads or leads back to the page: what is left is text, tables and
        images.
        """
        remarks: list[str] = []

        def keep(tag: str, attribute: str, value: str) -> str | None:
            if tag == "img" and attribute == "src":
                try:
                    return self.images.embed_address(value)
                except ImageError as error:
                    remarks.append(f"An image is not shown: {error}.")
                    return None
            return None if value.lstrip().lower().startswith("data:") else value

        clean = nh3.clean(
            markup,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=keep,
            url_schemes=_SCHEMES,
            url_relative="pass_through",
        )
        return Markup(clean) + Markup("").join(remark(text) for text in remarks)  # noqa: S704 # nh3 cleaned it

    def _rich(self, data: Mapping[str, Any]) -> Markup:
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                return self._image(_joined(data[kind]))
        if "text/html" in data:
            source = _joined(data["text/html"])
            if self._may_format(source, self.limits.html):
                return Markup('<div class="rich" tabindex="0">{}</div>').format(self.cleaned(source))
            return remark("A table or page that the cell put out is too long to show.")
        for kind in ("text/markdown", "text/latex"):
            if kind in data:
                return Markup('<div class="rich">{}</div>').format(self.markdown(_joined(data[kind])))
        if "image/svg+xml" in data and "text/plain" not in data:
            return remark("A drawing in SVG is not shown; save it as PNG.")
        return self._text(data.get("text/plain"), "text")

    def _image(self, content: str) -> Markup:
        try:
            return Markup('<img src="{}" alt="Image that the cell put out">').format(self.images.embed(content))
        except ImageError as error:
            return remark(f"An image is not shown: {error}.")

    def _text(self, value: object, kind: str) -> Markup:
        text = shortened(plain(shortened(_joined(value), 4 * self.limits.output)), self.limits.output).rstrip()
        return _preformatted(text, kind) if text else Markup("")

    def _formula(self, content: str, options: Mapping[str, Any]) -> str:
        delimiter = "$$" if options.get("display_mode") else "$"
        mathematics = _mathematics(content, delimiter) if len(content) <= self.limits.formula else None
        return mathematics or f"<code>{html.escape(delimiter + content.strip() + delimiter)}</code>"

    def _may_format(self, text: str, most: int) -> bool:
        # Tags that are nested thousands of levels deep take a parser much longer than as much text.
        effort = len(text) + _TAG_EFFORT * text.count("<")
        self._formatted += effort
        return effort <= most and self._formatted <= self.limits.page


def remark(text: str) -> Markup:
    """Return a sentence of ours between a student's outputs."""
    return Markup('<p class="remark">{}</p>').format(text)


def _preformatted(text: str, kind: str) -> Markup:
    # Long lines scroll, and what scrolls has to be reachable from the keyboard.
    return Markup('<pre class="{}" tabindex="0">{}</pre>').format(kind, text)


def _joined(value: object, between: str = "") -> str:
    """Return a text that a notebook may keep as a list of its lines."""
    if isinstance(value, list):
        return between.join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, environment: EnvType
) -> str:
    """Render an image of a markdown cell, an attached one from the cell's attachments."""
    token = tokens[index]
    source = str(token.attrGet("src") or "")
    attachments = environment.get("attachments")
    if source.startswith("attachment:") and isinstance(attachments, Mapping):
        # What is not attached is left for the cleaning to find, which says so.
        source = _attached(attachments.get(unquote(source.removeprefix("attachment:")))) or "missing"
    described = renderer.renderInlineAsText(token.children or [], options, environment)
    return f'<img src="{html.escape(source)}" alt="{html.escape(described)}">'


# The same questions and formulas stand on every group's page.
@lru_cache(maxsize=4096)
def _mathematics(content: str, delimiter: str) -> str | None:
    """Return a formula as MathML, or None where it cannot be read."""
    try:
        return latex_to_mathml(content, display="block" if delimiter == "$$" else "inline")
    except Exception:  # noqa: BLE001 # whatever stops the converter, the formula is shown as it was written
        return None


@lru_cache(maxsize=512)
def _coloured(source: str) -> Markup:
    coloured = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return Markup(coloured.rstrip("\n"))  # noqa: S704 # Pygments escapes what it colours


def _attached(bundle: object) -> str | None:
    if not isinstance(bundle, dict):
        return None
    return next(
        (
            f"data:{kind};base64,{_joined(content)}"
            for kind, content in bundle.items()
            if str(kind).startswith("image/")
        ),
        None,
    )
