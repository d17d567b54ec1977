"""What a group handed in, made ready for the pages of a report; run where strangers' content is shown, see
:mod:`sheetgrader.report.page_process`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import nbformat
from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sheetgrader.boundary.plain_text import plain, shortened
from sheetgrader.course.questions import facts, grade_id
from sheetgrader.grading.notebook_run import cell_name
from sheetgrader.report import images
from sheetgrader.report.feedback_page import NotebookContent, read_graded, take_out_secrets
from sheetgrader.report.images import ImageError, ImageLimits, Images
from sheetgrader.report.pages import comments_on
from sheetgrader.report.questions import Mark, Question, questions
from sheetgrader.report.rendering import Renderer, TextLimits
from sheetgrader.report.similar_code import filtered
from sheetgrader.report.unanswered import is_left, unanswered
from sheetgrader.results import CellResult

#: A group's page has to stay below 5 MB, images as base64 and all.
_PAGE_TEXT: Final = TextLimits(shown=900_000)
_PAGE_IMAGES: Final = ImageLimits(longest_side=1200, page_bytes=1_300_000, quality=85)
#: On a page that shows many groups, each has room for so much.
_THUMBNAILS: Final = ImageLimits(longest_side=360, page_bytes=1 << 20, quality=70)
_MOST_FIGURES: Final = 12
_MOST_ANSWER: Final = 200_000
#: In the place of an answer that is as it was given out; where nothing that was handed in could be read, nobody knows.
_LEFT: Final = Markup('<p class="quiet">Left unanswered.</p>')
_UNREAD: Final = Markup('<p class="quiet">What was handed in could not be read.</p>')
#: Code that is compared with others'.
_MOST_CODE: Final = 60_000


class GroupContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is made ready: a group's graded notebooks, and what grading found in them."""

    notebooks: tuple[NotebookContent, ...]
    cells: tuple[CellResult, ...] = ()
    #: Between these, instructors write what is left out here.
    delimiters: tuple[tuple[str, str], ...] = ()
    #: Nothing that was handed in could be read or run: the notebooks are the sheet's own.
    is_unread: bool = False


class QuestionContent(msgspec.Struct, frozen=True, kw_only=True):
    """A group's answer to one question, as clean HTML."""

    notebook: str
    name: str
    #: All of it, with its outputs.
    answer: str = ""
    #: What is written in words.
    text: str = ""
    #: What tutors wrote on it.
    comments: tuple[str, ...] = ()
    #: Small images of its figures, as addresses.
    figures: tuple[str, ...] = ()
    figures_left_out: int = 0
    #: The names of its cells, as curves are kept by.
    cells: tuple[str, ...] = ()


class MadeReady(msgspec.Struct, frozen=True, kw_only=True):
    """A group's answers, made ready."""

    questions: tuple[QuestionContent, ...] = ()
    #: All of its code, and the same without names and comments, as it is compared with others'.
    code: str = ""
    filtered: str = ""
    #: What is not there, in sentences.
    remarks: tuple[str, ...] = ()


def make(content: bytes) -> bytes:
    """Return an encoded :class:`MadeReady` of an encoded :class:`GroupContent`."""
    return msgspec.msgpack.encode(made_ready(msgspec.msgpack.decode(content, type=GroupContent)))


def get_ready() -> None:
    """Load what a group's pages are made with, on an example of our own: a process does so once, before any group."""
    images.get_ready()
    graded = {"nbgrader": {"schema_version": 3, "grade_id": "ex1", "grade": True, "solution": True, "locked": False}}
    cells = [
        new_markdown_cell("$x^2$ and **more**", metadata=graded),
        new_code_cell("f = lambda x: 'y'  # z", outputs=[new_output("stream", text="1"), new_output("error")]),
    ]
    notebook = NotebookContent(
        name="example",
        content=nbformat.writes(new_notebook(cells=cells)).encode(),
        marks={"ex1": Mark(None, 1.0)},
        comments={},
    )
    made_ready(GroupContent(notebooks=(notebook,)))


def made_ready(content: GroupContent) -> MadeReady:
    """Return what the pages show of a group's notebooks."""
    renderer = Renderer(Images(_PAGE_IMAGES), _PAGE_TEXT)
    thumbnails = Images(_THUMBNAILS)
    found: list[QuestionContent] = []
    codes: list[str] = []
    remarks = []
    for of in content.notebooks:
        notebook = read_graded(of)
        if isinstance(notebook, str):
            remarks.append(notebook)
            continue
        results = {cell.grade_id: cell for cell in content.cells if cell.notebook == of.name}
        take_out_secrets(notebook, results, of.instructors, content.delimiters)
        left = unanswered(notebook, of.released)
        names = {id(cell): cell_name(cell, position) for position, cell in enumerate(notebook.cells)}
        for question in questions(notebook, results, of.marks):
            if question.parts:
                comments = tuple(str(renderer.comment(text)) for text in comments_on(question, of.comments))
                line = _UNREAD if content.is_unread else _LEFT
                answer = _question(question, of.name, names, dict.fromkeys(left, line), renderer, thumbnails)
                found.append(msgspec.structs.replace(answer, comments=comments))
                codes += [plain(cell.source) for cell in question.cells if cell.cell_type == "code" and _is_own(cell)]
    code = shortened("\n".join(codes).strip(), _MOST_CODE)
    return MadeReady(questions=tuple(found), code=code, filtered=filtered(code), remarks=tuple(remarks))


def _question(
    question: Question,
    notebook: str,
    names: Mapping[int, str],
    left: Mapping[str, Markup],
    renderer: Renderer,
    thumbnails: Images,
) -> QuestionContent:
    is_all_left = all(part.grade_id in left for part in question.parts)
    parts, texts = [], []
    for cell in filter(_is_own, question.cells):
        # The answer cells of a test are left where the test is.
        line = left.get(grade_id(cell)) or (left[question.parts[0].grade_id] if is_all_left else None)
        shown = line if line and is_left(cell, left.keys()) else _shown(cell, renderer)
        parts.append(shown)
        if cell.cell_type == "markdown":
            texts.append(shown)
    figures, left_out = _figures(question.cells, thumbnails)
    text = str(Markup("").join(_said_once(texts)))
    return QuestionContent(
        notebook=notebook,
        name=question.name,
        answer=str(Markup("").join(_said_once(parts))),
        text=text if len(text) <= _MOST_ANSWER else "",
        figures=figures,
        figures_left_out=left_out,
        cells=tuple(names[id(cell)] for cell in question.cells),
    )


def _said_once(parts: Iterable[Markup]) -> Iterable[Markup]:
    """Yield what is shown, and of several answers in a row that were left as they were only the first such line."""
    before = Markup("")
    for part in filter(None, parts):
        if part not in (_LEFT, _UNREAD) or part != before:
            yield part
        before = part


def _shown(cell: NotebookNode, renderer: Renderer) -> Markup:
    if renderer.is_full or cell.cell_type not in ("markdown", "code"):
        return Markup("")
    if cell.cell_type == "markdown":
        body = renderer.markdown(cell.source, cell.get("attachments")) if cell.source.strip() else Markup("")
    else:
        outputs = renderer.outputs(cell.get("outputs", []))
        if not cell.source.strip() and not outputs:
            return Markup("")
        body = renderer.plain_code(cell.source) + Markup("").join(
            Markup('<div class="output">{}</div>').format(output) for output in outputs
        )
    return Markup('<div class="cell">{}</div>').format(body) if body else body


def _figures(cells: Iterable[NotebookNode], thumbnails: Images) -> tuple[tuple[str, ...], int]:
    """Return small images of what cells put out or have attached, and how many there is no room for."""
    images = [image for cell in cells for image in (*_put_out(cell), *_attached(cell)) if _is_own(cell)]
    found = []
    for image in images[:_MOST_FIGURES]:
        try:
            found.append(thumbnails.embed(image))
        except ImageError:
            continue
    return tuple(found), len(images) - len(found)


def _put_out(cell: NotebookNode) -> Iterable[str]:
    for output in cell.get("outputs", []) if cell.cell_type == "code" else ():
        data = output.get("data")
        for kind in ("image/png", "image/jpeg"):
            if isinstance(data, dict) and kind in data:
                yield _joined(data[kind])
                break


def _attached(cell: NotebookNode) -> Iterable[str]:
    attachments = cell.get("attachments")
    for bundle in attachments.values() if isinstance(attachments, dict) else ():
        for kind, image in bundle.items() if isinstance(bundle, dict) else ():
            if str(kind).startswith("image/"):
                yield _joined(image)
                break


def _is_own(cell: NotebookNode) -> bool:
    return bool(facts(cell).get("solution")) or not facts(cell).get("locked")


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""
