"""One answer as a document of its own, to stand in a frame in which nothing runs; and the texts of rubrics as HTML.

Run where strangers' content is shown, see :mod:`sheetgrader.report.page_process`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec
import nbformat
from markupsafe import Markup
from nbformat import NotebookNode

from sheetgrader.report.images import get_ready as get_ready
from sheetgrader.report.pages import OUTCOMES, with_code
from sheetgrader.report.questions import Check, checks
from sheetgrader.report.rendering import Renderer
from sheetgrader.report.templating import environment as template_environment
from sheetgrader.report.templating import fingerprint
from sheetgrader.report.words import number
from sheetgrader.results import CellResult

_TEMPLATES: Final = Path(__file__).parent / "templates"
#: A plot beside its answer is as wide as the page; what is larger scrolls.
_LONGEST_CELLS: Final = 200


class AnswerContent(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What a group answered to a question, believed by nobody."""

    #: As the notebook has them.
    cells: tuple[dict[str, Any], ...]
    #: Without what only instructors may read.
    verdict: CellResult | None = None
    #: The instructor's text of a question; nobody's answer.
    is_question: bool = False


class TextsContent(msgspec.Struct, frozen=True, kw_only=True, tag="texts"):
    """Lines of rubrics and kept comments, each to be shown in a line or two."""

    texts: tuple[str, ...]


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """The same as clean HTML, in the same order."""

    html: tuple[str, ...]


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    body: Markup
    outputs: tuple[Markup, ...]


def make(content: bytes) -> bytes:
    """Return the document of an encoded :class:`AnswerContent`, or the encoded :class:`Texts` of a
    :class:`TextsContent`.
    """
    asked = msgspec.msgpack.decode(content, type=AnswerContent | TextsContent)
    if isinstance(asked, TextsContent):
        renderer = Renderer()
        return msgspec.msgpack.encode(Texts(html=tuple(str(renderer.heading(text)) for text in asked.texts)))
    return answer_document(asked).encode("utf-8")


def answer_document(content: AnswerContent) -> str:
    """Return an answer as HTML: one document without scripts, that loads nothing."""
    renderer = Renderer()
    blocks = [
        block
        for cell in content.cells[:_LONGEST_CELLS]
        if not renderer.is_full and (block := _block(_node(cell), renderer)) is not None
    ]
    # Our own files.
    style = Markup(frame_style())  # noqa: S704
    return _template().render(
        blocks=blocks,
        left_out=max(0, len(content.cells) - _LONGEST_CELLS),
        checks=_checks(content.verdict),
        is_code=any(cell.get("cell_type") == "code" for cell in content.cells),
        # Where tests say nothing, the message only says who does.
        message="" if content.verdict is None or content.verdict.outcome is None else content.verdict.message,
        is_question=content.is_question,
        style=style,
        fingerprint=fingerprint(frame_style()),
    )


@cache
def frame_style() -> str:
    """Return the style of all frames: that of the feedback pages, and what is different in a frame."""
    feedback = (_TEMPLATES.parent.parent / "templates" / "feedback.css").read_text(encoding="utf-8")
    return feedback + (_TEMPLATES / "frame.css").read_text(encoding="utf-8")


def _checks(verdict: CellResult | None) -> Iterable[Check]:
    return () if verdict is None else checks(verdict)


def _node(cell: dict[str, Any]) -> NotebookNode:
    # Nbformat ships no types.
    return nbformat.from_dict(cell)  # type: ignore[no-any-return]


def _block(cell: NotebookNode, renderer: Renderer) -> _Block | None:
    source = cell.get("source", "")
    source = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
    if cell.get("cell_type") == "code":
        outputs = tuple(renderer.outputs(_list_of_nodes(cell.get("outputs"))))
        return _Block(body=renderer.code(source), outputs=outputs) if source.strip() or outputs else None
    if not source.strip():
        return None
    attachments = cell.get("attachments")
    return _Block(
        body=renderer.markdown(source, attachments if isinstance(attachments, dict) else None),
        outputs=(),
    )


def _list_of_nodes(outputs: object) -> list[NotebookNode]:
    return [output for output in outputs if isinstance(output, NotebookNode)] if isinstance(outputs, list) else []


@cache
def _template() -> jinja2.Template:
    environment = template_environment(_TEMPLATES)
    environment.filters["number"] = number
    environment.filters["with_code"] = with_code
    environment.globals["outcomes"] = OUTCOMES
    return environment.get_template("answer.html")
