"""What students wrote, as HTML that is safe to open: their text, code, outputs and images, each at its price.

A page has room for so many characters, pixels and bytes, and so much time of the processor. What is over is shown as
plain text, shortened, or told in a sentence.
"""

from __future__ import annotations

import html
import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

from latex2mathml.converter import convert as latex_to_mathml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from sheetgrader.boundary.plain_text import plain, shortened
from sheetgrader.report.cleaning import TooMuchHtmlError, cleaned, effort, readable
from sheetgrader.report.images import ImageError, Images

_ATTACHMENT: Final = "attachment:"
_LONGEST_HEADING: Final = 300
_FORMULA_BLOCK: Final = '<math display="block"'
#: What a cell, an output or a remark takes beside its characters.
_BLOCK_CHARACTERS: Final = 1000
#: Seconds of the processor that the colours of one cell are worth.
_COLOURING_SECONDS: Final = 1.0
#: So often is looked at the clock: each look takes its time.
_PARTS_BETWEEN_LOOKS: Final = 1000
#: White space in one piece; Python's lexer looks for the end of it from each of its characters.
_LONGEST_BLANK: Final = 1000
_BLANK: Final = re.compile(r"\s+")
#: Relations that the converter strikes out with a sign of their own, which no font puts over them.
_NEGATIONS: Final = {"=": r"\neq ", "<": r"\nless ", ">": r"\ngtr "}
_NEGATED: Final = re.compile(r"\\not(?: {0,8}([=<>])| {0,8}\{ {0,8}([=<>]) {0,8}\})")
_FORMATTER: Final = HtmlFormatter(nowrap=True)


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
    #: Seconds of the processor that formatting may take on a page; what comes later is shown as plain text.
    seconds: float = 5.0
    #: All that a page shows, without its images.
    shown: int = 4_000_000
    #: Outputs of one cell.
    outputs: int = 50


@dataclass
class Renderer:
    """Renders the cells of one page and keeps account of what it holds."""

    images: Images = field(default_factory=Images)
    limits: TextLimits = field(default_factory=TextLimits)
    #: The page holds no more; what is asked for now comes out empty.
    is_full: bool = field(default=False, init=False)
    _formatted: int = field(default=0, init=False)
    _seconds: float = field(default=0.0, init=False)
    _shown: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        dollarmath_plugin(self._parser, allow_digits=False, double_inline=True, renderer=self._formula)
        amsmath_plugin(self._parser, renderer=lambda content: self._formula(content, {"display_mode": True}))
        self._parser.add_render_rule("image", _image)

    def code(self, source: str) -> Markup:
        """Return Python code, coloured."""
        return self._within_limits(lambda: self._code(source))

    def plain_code(self, source: str) -> Markup:
        """Return code without colours: finding them takes longer than all the rest of a page."""
        return self._within_limits(lambda: preformatted(shortened(plain(source), self.limits.formatted), "code"))

    def markdown(self, source: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        """Return a markdown cell with its formulas as MathML and its attached images."""
        return self._within_limits(lambda: self._markdown(source, attachments))

    def comment(self, source: str) -> Markup:
        """Return what a tutor wrote, which takes no room from what a student did, nor the other way round."""
        return Renderer(limits=self.limits).markdown(source)

    def heading(self, source: str) -> Markup:
        """Return the text of a heading, with its formulas as MathML."""
        text = plain(shortened(source, _LONGEST_HEADING))
        if not self._may_format(text, self.limits.formatted):
            return escape(text)
        return self._timed(lambda: self._cleaned(self._parser.renderInline(text)))

    def output(self, output: NotebookNode) -> Markup:
        """Return one output of a cell."""
        return self._within_limits(lambda: self._output(output))

    def outputs(self, outputs: Sequence[NotebookNode]) -> list[Markup]:
        """Return the outputs of a cell, those over the limit as one remark."""
        shown = [self.output(output) for output in outputs[: self.limits.outputs]]
        if len(outputs) > self.limits.outputs:
            shown.append(remark(f"{len(outputs) - self.limits.outputs} more outputs are not shown."))
        return [output for output in shown if output]

    def _within_limits(self, make: Callable[[], Markup]) -> Markup:
        """Return what ``make`` makes, or in its place that the page is full, or nothing where that is said already."""
        if self.is_full:
            return Markup("")
        embedded = self.images.characters
        markup = self._timed(make)
        self._shown += len(markup) - (self.images.characters - embedded) + _BLOCK_CHARACTERS
        if self._shown <= self.limits.shown:
            return markup
        self.is_full = True
        return remark(f"From here on nothing more is shown: a page holds {self.limits.shown:,} characters.")

    def _timed(self, make: Callable[[], Markup]) -> Markup:
        if self._seconds >= self.limits.seconds:
            return make()
        begun = time.process_time()
        try:
            return make()
        finally:
            self._seconds += time.process_time() - begun

    def _may_format(self, text: str, most: int) -> bool:
        wanted = effort(text)
        self._formatted += wanted
        return wanted <= most and self._formatted <= self.limits.page and self._seconds < self.limits.seconds

    def _code(self, source: str) -> Markup:
        coloured = _coloured(plain(source)) if self._may_format(source, self.limits.formatted) else None
        if coloured is None:
            return preformatted(shortened(plain(source), self.limits.formatted), "code")
        return Markup('<pre class="code" tabindex="0">{}</pre>').format(coloured)

    def _markdown(self, source: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        text = plain(source)
        if self._may_format(text, self.limits.formatted):
            try:
                return self._cleaned(self._parser.render(text), attachments)
            except TooMuchHtmlError:
                pass
        return preformatted(shortened(text, self.limits.formatted), "text")

    def _cleaned(self, markup: str, attachments: Mapping[str, Any] | None = None) -> Markup:
        """Return HTML without anything that acts, with a remark for each image that cannot be shown.

        Raises:
            TooMuchHtmlError: it is made to grow.
        """
        places = _Places(self.images, attachments or {})
        # What scrolls has to be reachable from the keyboard, and long formulas do.
        reachable = cleaned(markup, places.find).replace(_FORMULA_BLOCK, f'{_FORMULA_BLOCK} tabindex="0"')
        clean = Markup(readable(reachable))  # noqa: S704 # it is clean now
        return clean + Markup("").join(remark(f"An image is not shown: {reason}.") for reason in places.missing)

    def _output(self, output: NotebookNode) -> Markup:
        kind = output.get("output_type")
        if kind == "stream":
            return self._text(output.get("text"), "warning" if output.get("name") == "stderr" else "text")
        if kind == "error":
            traceback = _joined(output.get("traceback"), between="\n")
            return self._text(traceback or f"{output.get('ename')}: {output.get('evalue')}", "error")
        data = output.get("data")
        return self._rich(data if isinstance(data, dict) else {})

    def _rich(self, data: Mapping[str, Any]) -> Markup:
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                return self._image(_joined(data[kind]))
        if "text/html" in data:
            return self._html(_joined(data["text/html"]))
        for kind in ("text/markdown", "text/latex"):
            if kind in data:
                return Markup('<div class="rich">{}</div>').format(self._markdown(_joined(data[kind])))
        if "image/svg+xml" in data and "text/plain" not in data:
            return remark("A drawing in SVG is not shown; save it as PNG.")
        return self._text(data.get("text/plain"), "text")

    def _html(self, source: str) -> Markup:
        if self._may_format(source, self.limits.html):
            try:
                return Markup('<div class="rich" tabindex="0">{}</div>').format(self._cleaned(source))
            except TooMuchHtmlError:
                pass
        return remark("A table or page that the cell put out is too long to show.")

    def _image(self, content: str) -> Markup:
        try:
            return Markup('<img src="{}" alt="Image that the cell put out">').format(self.images.embed(content))
        except ImageError as error:
            return remark(f"An image is not shown: {error}.")

    def _text(self, value: object, kind: str) -> Markup:
        text = shortened(plain(shortened(_joined(value), 4 * self.limits.output)), self.limits.output).rstrip()
        return preformatted(text, kind) if text else Markup("")

    def _formula(self, content: str, options: Mapping[str, Any]) -> str:
        delimiter = "$$" if options.get("display_mode") else "$"
        mathematics = _mathematics(content, delimiter) if len(content) <= self.limits.formula else None
        return mathematics or f"<code>{html.escape(delimiter + content.strip() + delimiter)}</code>"


class _Places:
    """Where the images of one text come from: out of its attachments, or out of itself."""

    def __init__(self, images: Images, attachments: Mapping[str, Any]) -> None:
        self._images = images
        self._attachments = attachments
        self._referred: set[str] = set()
        #: Why images are missing, each reason once.
        self.missing: list[str] = []

    def find(self, address: str) -> str | None:
        """Return the image at ``address`` as an address that is complete in itself; None where it cannot be shown."""
        try:
            if not address.startswith(_ATTACHMENT):
                return self._images.embed_address(address)
            return self._images.embed(self._attached(address))
        except ImageError as error:
            if str(error) not in self.missing:
                self.missing.append(str(error))
            return None

    def _attached(self, address: str) -> str:
        """Return the content of an attached image, once: a few characters are enough to refer to it again."""
        if address in self._referred:
            raise ImageError("it stands above already")
        self._referred.add(address)
        bundle = self._attachments.get(unquote(address.removeprefix(_ATTACHMENT)))
        kinds = bundle.items() if isinstance(bundle, dict) else ()
        for kind, content in kinds:
            if str(kind).startswith("image/"):
                return _joined(content)
        raise ImageError("it is not part of the notebook")


def remark(text: str) -> Markup:
    """Return a sentence of ours between a student's outputs."""
    return Markup('<p class="remark">{}</p>').format(text)


def preformatted(text: str, kind: str) -> Markup:
    """Return text as it is, escaped."""
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
    """Render an image of a markdown cell; where it comes from is found out when the cell is cleaned."""
    token = tokens[index]
    described = renderer.renderInlineAsText(token.children or [], options, environment)
    return f'<img src="{html.escape(str(token.attrGet("src") or ""))}" alt="{html.escape(described)}">'


# The same questions and formulas stand on every group's page.
@lru_cache(maxsize=4096)
def _mathematics(content: str, delimiter: str) -> str | None:
    """Return a formula as MathML, or None where it cannot be read."""
    try:
        content = _NEGATED.sub(lambda match: _NEGATIONS[match[1] or match[2]], content)
        return latex_to_mathml(content, display="block" if delimiter == "$$" else "inline")
    except Exception:  # noqa: BLE001 # whatever stops the converter, the formula is shown as it was written
        return None


@lru_cache(maxsize=512)
def _coloured(source: str) -> Markup | None:
    """Return Python code with a class for each of its parts, or None where finding them takes too long."""
    if any(len(blank[0]) > _LONGEST_BLANK for blank in _BLANK.finditer(source)):
        return None
    until = time.process_time() + _COLOURING_SECONDS
    parts = []
    for part in PythonLexer(stripnl=False).get_tokens(source):
        parts.append(part)
        if len(parts) % _PARTS_BETWEEN_LOOKS == 0 and time.process_time() > until:
            return None
    written = io.StringIO()
    _FORMATTER.format(parts, written)
    return Markup(written.getvalue().rstrip("\n"))  # noqa: S704 # Pygments escapes what it colours
