"""Functions that read bytes of a stranger's: each raises only what it says it raises, whatever the bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from sheetgrader import quick_imports  # noqa: F401 # comes before nbformat

# isort: split
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sheetgrader import wire
from sheetgrader.errors import SubmissionError, WireError
from sheetgrader.grading import untrusted_json, zmtp
from sheetgrader.grading.comparison import numbers
from sheetgrader.grading.describing import describe
from sheetgrader.grading.failures import StudentError
from sheetgrader.grading.figure_records import figures_from
from sheetgrader.grading.kernel_client import parsed
from sheetgrader.grading.preparation import prepare
from sheetgrader.grading.recording import OutputRecorder
from sheetgrader.grading.work import NotebookWork, SourceCell
from sheetgrader.grading.zmtp import MessageReader, ProtocolError
from sheetgrader.report.images import ImageError, Images
from sheetgrader.report.rendering import Renderer

_SMALL = wire.Limits(total_bytes=1 << 16, items=1000)
_SOURCE = SourceCell(
    grade_id="ex1_test", cell_type="code", source="# tests", locked=True, grade=True, solution=False, task=False, max_points=1.0, checksum="x"
)
_GREETING = zmtp.GREETING + zmtp.ready("ROUTER")
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def wire_values(data: bytes) -> None:
    """A reply of the kernel's, read, put into words and compared."""
    text, _, buffer = data.partition(b"\0")
    try:
        content = untrusted_json.read(text)
        value = wire.decode(content, [buffer, b""], handle=lambda reference: reference, limits=_SMALL)
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
        if isinstance(message, list) and len(message) == 2 and isinstance(message[0], str) and isinstance(message[1], dict):
            recorder.add(*message)
    cells = [new_code_cell("", outputs=recorder.finished())]
    nbformat.writes(new_notebook(cells=cells)).encode()
    Renderer().outputs(cells[0].outputs)


def notebooks(data: bytes) -> None:
    """A notebook that was handed in."""
    work = NotebookWork(name="sheet", submitted=data, source_cells=(_SOURCE,), kernelspec=None, reference=None, judged=("ex1_test",))
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


def connection(data: bytes) -> None:
    """What arrives over the connection to a kernel, in two pieces, and as messages of Jupyter's."""
    reader = MessageReader(1 << 16)
    try:
        messages = [*reader.feed(data[: len(data) // 2]), *reader.feed(data[len(data) // 2 :])]
    except ProtocolError:
        return
    assert sum(len(frame) for frames in messages for frame in frames) <= len(data)
    for frames in messages:
        parsed(frames)


def images(data: bytes) -> None:
    """An image that a page is to show."""
    try:
        assert Images().embed(data.decode("latin-1")).startswith("data:image/")
    except ImageError:
        pass


TARGETS: tuple[Callable[[bytes], None], ...] = (wire_values, outputs, notebooks, connection, images)

SEEDS: dict[str, list[bytes]] = {
    "wire_values": [
        json.dumps({"$": "dict", "keys": ["a"], "values": [{"$": "list", "items": [1, None, True, {"$": "float", "hex": "0x1p+0"}]}]}).encode(),
        json.dumps({"$": "array", "dtype": "<f8", "shape": [1, 2], "buffer": 0}).encode() + b"\0" + bytes(16),
        json.dumps({"$": "tuple", "items": [{"$": "int", "hex": "0x10"}, {"$": "complex", "real": "0x1p+0", "imag": "nan"}]}).encode(),
        json.dumps({"$": "handle", "id": 3, "type": "Model"}).encode(),
        json.dumps({"$": "list", "items": [{"$": "dict", "keys": ["axes"], "values": [{"$": "list", "items": []}]}]}).encode(),
    ],
    "outputs": [
        b'["stream", {"name": "stdout", "text": "a"}]\n["error", {"ename": "E", "evalue": "v", "traceback": []}]\n["clear_output", {"wait": true}]',
        b'["display_data", {"data": {"text/plain": "x", "text/html": "<b>x</b>", "application/json": [1]}, "metadata": {}}]',
        b'["execute_result", {"data": {"image/png": "' + _PIXEL.encode() + b'"}, "metadata": {}, "execution_count": 1}]\n["update_display_data", {}]',
    ],
    "notebooks": [
        nbformat.writes(
            new_notebook(
                cells=[
                    new_markdown_cell("# $x^2$ ![](attachment:a.png)", attachments={"a.png": {"image/png": _PIXEL}}),
                    new_code_cell(
                        "# tests",
                        metadata={
                            "nbgrader": {"grade_id": "ex1_test", "grade": True, "locked": True, "solution": False, "points": 1, "schema_version": 3}
                        },
                    ),
                ]
            )
        ).encode()
    ],
    "connection": [
        _GREETING + b"\0\1a\1\2bc\0\0\2" + (300).to_bytes(8, "big") + bytes(300),
        _GREETING + b"".join(map(bytes, zmtp.message([b"<IDS|MSG>", b"", b'{"msg_type": "status"}', b'{"msg_id": "a"}', b"{}", b"{}", b"buffer"]))),
    ],
    "images": [_PIXEL.encode()],
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
