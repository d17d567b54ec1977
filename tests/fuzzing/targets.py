"""Functions that read bytes of a stranger's: each raises only what it says it raises, whatever the bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from sheetgrader.boundary import encoding

# isort: split
import msgspec
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sheetgrader.boundary import untrusted_json
from sheetgrader.course.files import FileLimits
from sheetgrader.errors import SubmissionError, WireError
from sheetgrader.graders.comparison import numbers
from sheetgrader.graders.describing import describe
from sheetgrader.graders.failures import StudentError
from sheetgrader.graders.figure_records import figures_from
from sheetgrader.grading.preparation import prepare
from sheetgrader.intake.archives import read_archive
from sheetgrader.intake.teams import members_in_notebook
from sheetgrader.items import NotebookWork, SourceCell
from sheetgrader.kernels import zmtp
from sheetgrader.kernels.jupyter_messages import read_message
from sheetgrader.kernels.recording import OutputRecorder
from sheetgrader.kernels.zmtp import MessageReader, ProtocolError
from sheetgrader.report.feedback_page import FeedbackContent, NotebookContent, make
from sheetgrader.report.images import ImageError, Images
from sheetgrader.report.questions import Mark
from sheetgrader.report.rendering import Renderer
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult

from ..intake.hostile_archives import HOSTILE, tar_of, zip_of
from ..report.dangers import dangers

_SMALL = encoding.Limits(total_bytes=1 << 16, items=1000)
_FEW = FileLimits(total_bytes=1 << 16, file_bytes=1 << 15, count=50)
_SOURCE = SourceCell(
    grade_id="ex1_test",
    cell_type="code",
    source="# tests",
    locked=True,
    grade=True,
    solution=False,
    task=False,
    max_points=1.0,
    checksum="x",
)
_GREETING = zmtp.GREETING + zmtp.ready("ROUTER")
#: What a page has of its own that no student may put onto it.
_OUR_OWN = {"meta", "style", "svg", "section id", "h2 id", "div id", "details id"}
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def wire_values(data: bytes) -> None:
    """A reply of the kernel's, read, put into words and compared."""
    text, _, buffer = data.partition(b"\0")
    try:
        content = untrusted_json.read(text)
        value = encoding.decode(content, [buffer, b""], handle=lambda reference: reference, limits=_SMALL)
    except (ValueError, WireError):
        return
    assert len(describe(value)) <= 480
    for reading in (numbers, figures_from):
        try:
            reading(value)
        except StudentError as error:
            str(error).encode()


def outputs(data: bytes) -> None:
    """Messages of a kernel's on their way into a notebook, and onto a page."""
    recorder = OutputRecorder(10_000)
    for line in data.split(b"\n"):
        try:
            message = untrusted_json.read(line)
        except ValueError:
            continue
        if (
            isinstance(message, list)
            and len(message) == 2
            and isinstance(message[0], str)
            and isinstance(message[1], dict)
        ):
            recorder.add(*message)
    cells = [new_code_cell("", outputs=recorder.finished())]
    nbformat.writes(new_notebook(cells=cells)).encode()
    Renderer().outputs(cells[0].outputs)


def notebooks(data: bytes) -> None:
    """A notebook that was handed in."""
    for member in members_in_notebook(data):
        assert all(field.isprintable() for field in (member.name, member.student_id, member.email))
    work = NotebookWork(
        name="sheet", submitted=data, source_cells=(_SOURCE,), kernelspec=None, reference=None, judged=("ex1_test",)
    )
    try:
        prepared = prepare(work)
    except SubmissionError as error:
        str(error).encode()
        return
    nbformat.writes(prepared.notebook).encode("utf-8", "replace")
    renderer = Renderer()
    for cell in prepared.notebook.cells:
        if cell.cell_type == "markdown":
            renderer.markdown(cell.source, cell.get("attachments"))


def _cell(kind: bytes, text: str) -> dict[str, Any]:
    """Return a cell as it stands in a file: markdown with an attachment, HTML or a text that was put out, or code."""
    if kind == b"m":
        source, _, attached = text.partition("\x01")
        attachments = {"a": {"image/png": attached or _PIXEL}}
        return {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": attachments}
    outputs: list[dict[str, Any]] = []
    if kind == b"h":
        outputs.append({"output_type": "display_data", "data": {"text/html": text}, "metadata": {}})
    if kind == b"o":
        outputs.append({"output_type": "stream", "name": "stderr", "text": text})
    source = "" if outputs else text
    return {"cell_type": "code", "source": source, "metadata": {}, "execution_count": None, "outputs": outputs}


def pages(data: bytes) -> None:
    """A group's page: cells of all kinds with outputs, and sentences of graders and tutors about them."""
    cells = []
    sentences = ["f returned `3`."]
    for piece in data.split(b"\0"):
        kind, text = piece[:1], piece[1:]
        if kind == b"s":
            sentences.append(text.decode("utf-8", "replace"))
        else:
            # JSON can hold halves of characters.
            cells.append(_cell(kind, text.decode("utf-8", "surrogateescape")))
    cells.append({**_cell(b"m", "text"), "metadata": {"nbgrader": {"grade_id": "ex1_text", "solution": True}}})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    criterion = CriterionResult(
        name="a[1]", rubric=sentences[0], weight=1, outcome=Outcome.WRONG, fraction=0, message=sentences[-1]
    )
    cell_result = CellResult(
        notebook="sheet", grade_id="ex1_text", max_points=1, points=0, outcome=Outcome.WRONG, criteria=(criterion,)
    )
    content = FeedbackContent(
        sheet="sheet",
        title="",
        group="group",
        notebooks=(
            NotebookContent(
                name="sheet",
                content=json.dumps(notebook).encode(),
                marks={"ex1_text": Mark(0, 1)},
                comments={"ex1_text": sentences[-1]},
            ),
        ),
        result=SubmissionResult(sheet="sheet", group="group", cells=(cell_result,), notes=tuple(sentences)),
        points=0.0,
        delimiters=(("### BEGIN", "### END"),),
    )
    page = make(msgspec.msgpack.encode(content)).decode("utf-8")
    assert not set(dangers(page)) - _OUR_OWN
    assert len(page) < 60 * len(data) + 100_000


def connection(data: bytes) -> None:
    """What arrives over the connection to a kernel, in two pieces, and as messages of Jupyter's."""
    reader = MessageReader(1 << 16)
    try:
        messages = [*reader.feed(data[: len(data) // 2]), *reader.feed(data[len(data) // 2 :])]
    except ProtocolError:
        return
    assert sum(len(frame) for frames in messages for frame in frames) <= len(data)
    for message in filter(None, map(read_message, messages)):
        message.content()


def images(data: bytes) -> None:
    """An image that a page is to show."""
    try:
        assert Images().embed(data.decode("latin-1")).startswith("data:image/")
    except ImageError:
        pass


def archives(data: bytes) -> None:
    """An archive that was handed in."""
    try:
        found = read_archive(data, "archive", ignore=("*.pyc",), limits=_FEW)
    except SubmissionError as error:
        str(error).encode()
        return
    assert len(found.files) <= _FEW.count
    assert sum(map(len, found.files.values())) <= _FEW.total_bytes
    for path, content in found.files.items():
        assert not path.startswith("/")
        assert path.isprintable()
        assert not {"..", ".", ""} & set(path.split("/"))
        assert len(content) <= _FEW.file_bytes


TARGETS: tuple[Callable[[bytes], None], ...] = (wire_values, outputs, notebooks, pages, connection, images, archives)

_HANDED_IN = {"sheet.ipynb": b"{}" * 30, "data/points.csv": b"1,2\n"}


def _small_archives() -> Iterator[bytes]:
    yield zip_of(_HANDED_IN)
    for mode in ("w:gz", "w:bz2", "w:xz"):
        yield tar_of(_HANDED_IN, mode)
    # Bombs take long to make, and are nothing without their size.
    for attack in (attack for attack in HOSTILE if "bomb" not in attack.name):
        # Without the zeros that fill a tar up to ten kibibytes.
        content = attack.build({"a": b"x"})
        short = content.rstrip(b"\0") if attack.ending == ".tar" else content
        if len(short) < 4000:
            yield short + bytes(-len(short) % 512) if attack.ending == ".tar" else short


SEEDS: dict[str, list[bytes]] = {
    "wire_values": [
        json.dumps(
            {
                "$": "dict",
                "keys": ["a"],
                "values": [{"$": "list", "items": [1, None, True, {"$": "float", "hex": "0x1p+0"}]}],
            }
        ).encode(),
        json.dumps({"$": "array", "dtype": "<f8", "shape": [1, 2], "buffer": 0}).encode() + b"\0" + bytes(16),
        json.dumps(
            {"$": "tuple", "items": [{"$": "int", "hex": "0x10"}, {"$": "complex", "real": "0x1p+0", "imag": "nan"}]}
        ).encode(),
        json.dumps({"$": "handle", "id": 3, "type": "Model"}).encode(),
        json.dumps(
            {"$": "list", "items": [{"$": "dict", "keys": ["axes"], "values": [{"$": "list", "items": []}]}]}
        ).encode(),
    ],
    "outputs": [
        (
            b'["stream", {"name": "stdout", "text": "a"}]\n["error", {"ename": "E", "evalue": "v", "traceback":'
            b' []}]\n["clear_output", {"wait": true}]'
        ),
        (
            b'["display_data", {"data": {"text/plain": "x", "text/html": "<b>x</b>", "application/json": [1]},'
            b' "metadata": {}}]'
        ),
        b'["execute_result", {"data": {"image/png": "'
        + _PIXEL.encode()
        + b'"}, "metadata": {}, "execution_count": 1}]\n["update_display_data", {}]',
    ],
    "notebooks": [
        nbformat.writes(
            new_notebook(
                cells=[
                    new_markdown_cell("# $x^2$ ![](attachment:a.png)", attachments={"a.png": {"image/png": _PIXEL}}),
                    new_code_cell(
                        "# tests",
                        metadata={
                            "nbgrader": {
                                "grade_id": "ex1_test",
                                "grade": True,
                                "locked": True,
                                "solution": False,
                                "points": 1,
                                "schema_version": 3,
                            }
                        },
                    ),
                ]
            )
        ).encode()
    ],
    "pages": [
        b"m# 1 Title (2 points) #\n\n$x^2$ **a** [b](c) ![d](attachment:a)\0cprint('x')  # \xc3\xa4",
        b"h<table><tr><td><b id=1>x\0h<math><mi>x\0o\x1b[31mred\r\n\0s`code` <b>",
        b"m- a\n  > `b`\n\n|a|b|\n|-|-|\n|1|2|\n\n\\begin{align}\nx\n\\end{align}\n$$\\frac{1}{2}$$",
        b'm<details open><a href="https://a.b">c</a><img src=x></details>',
        b'cdef f():\n    """doc"""\n    return f"{x!r}"',
        b"m![](attachment:a)\x01" + _PIXEL.encode(),
    ],
    "connection": [
        _GREETING + b"\0\1a\1\2bc\0\0\2" + (300).to_bytes(8, "big") + bytes(300),
        _GREETING
        + b"".join(
            map(
                bytes,
                zmtp.message(
                    [b"<IDS|MSG>", b"", b'{"msg_type": "status"}', b'{"msg_id": "a"}', b"{}", b"{}", b"buffer"]
                ),
            )
        ),
    ],
    "images": [_PIXEL.encode()],
    "archives": list(_small_archives()),
}
_PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"NaN",
    b'"\\ud800"',
    b"\xff",
    b"\0",
    b'"$"',
    b"9" * 40,
    b'"a":',
    b"[[[[[[[[[[",
    b"<script>",
    b"PK\x01\x02",
    b"../",
    b"<b><p>",
    b"$\\frac{",
    b"](attachment:a)",
    b"\n" + b" " * 40,
    b"",
)


def mutate(target: Callable[[bytes], None], seed: int) -> bytes:
    """Return one of the target's examples, damaged in a way that ``seed`` decides."""
    chance = random.Random(f"{target.__name__} {seed}")  # noqa: S311 # repeatable, not secret
    return damaged(chance.choice(SEEDS[target.__name__]), chance)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return ``data`` with pieces left out, doubled, or put in that mean something to one of the targets."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((0, 0, 1, 1, 2, 5, 30)))
        piece = chance.choice((*_PIECES, data[start : start + 40], bytes([chance.randrange(256)])))
        data = data[:start] + piece + data[end:]
    return data
