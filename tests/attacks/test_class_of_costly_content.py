"""A class's export in which most submissions are meant to cost more than their share: taken in, graded, fed back."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from PIL import Image

from sheetgrader.sandbox import process_tree

from ..intake.hostile_archives import timed_zip_of

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

#: What one process of the trusted side may take: a worker, one that makes pages, the command itself.
_MOST_BYTES: Final = 1536 << 20
#: For each of the three commands. Each submission has half a minute, and most need a second.
_SECONDS: Final = 900
_CONFIG: Final = """
c = get_config()
c.Sheetgrader.submission_seconds = 30
c.Sheetgrader.cell_seconds = 5
c.Sheetgrader.memory_bytes = 512 << 20
c.Sheetgrader.workers = 2
"""
_GRADERS: Final = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_doubled(student, rng):
    """double(x) is twice x."""
    x = rng.normal(size=5)
    assert_close(student.double(x), 2 * x)
'''
_RIGHT: Final = "def double(x):\n    return 2 * x"
_HONEST: Final = {
    "Anna Schmidt_11": (("Anna Schmidt", "111"), ("Bob Meyer", "222")),
    "Emmy Noether_12": (("Emmy Noether", "333"),),
    "Zoe Zander_13": (("Zoe Zander", "444"),),
}


def _png(side: int) -> str:
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def _attached(source: str, content: str) -> Any:
    return new_markdown_cell(source, attachments={"a.png": {"image/png": content}})


def _shown(code: str) -> Any:
    return new_code_cell(f"from IPython.display import HTML, display\n{code}")


_NOISE: Final = base64.b64encode(os.urandom(2_500_000)).decode()
_OPEN_TAGS: Final = "<p>" + "".join(f"<i class='c{number}'>" for number in range(2400)) + "<p>y" * 3800
_LINES: Final = [f"#y{line:012d}" for line in range(18_000)]
#: What is added to a right answer, by what it is meant to do.
COSTLY: Final[dict[str, list[Any]]] = {
    "a heading of spaces": [
        new_markdown_cell("## b" + " " * 6000 + "c"),
        new_markdown_cell("# d" + "\t " * 3000 + "#"),
    ],
    "an attachment 700 times": [
        _attached("![x](attachment:a.png)\n" * 350 + "<img src='attachment:a.png'>" * 350, _NOISE)
    ],
    "a huge image": [_attached("![](attachment:a.png)" * 150, _png(6400))],
    "tags that are never closed": [_shown(f"for _ in range(4): display(HTML({_OPEN_TAGS!r}))")],
    "white space as code": [
        new_code_cell("\t\n" * 20_000 + "1"),
        new_code_cell("from" + " " * 40_000 + "math import pi"),
    ],
    "empty containers": [
        _shown(f"display({{'application/json': [[]] * {900_000 + number}, 'text/plain': 'x'}}, raw=True)")
        for number in range(20)
    ],
    "thousands of large outputs": [new_code_cell(f"print('{number}' * 500_000)") for number in range(1900)],
    "hidden lines": [
        new_code_cell(
            "### BEGIN HIDDEN TESTS\n"
            + "\n".join(f"#y{line:012d}" for line in range(18_000))
            + "\n### END HIDDEN TESTS"
        ),
        *(new_code_cell("print('#y0' * 300_000)") for _ in range(8)),
    ],
    "marks of an instructor's": [
        new_markdown_cell("### BEGIN MARK SCHEME\nEVIDENCE\n### END MARK SCHEME"),
        new_code_cell("### BEGIN SOLUTION\nEVIDENCE = 1\n### END SOLUTION"),
        new_code_cell("### BEGIN HIDDEN TESTS\nEVIDENCE = 2\n### END HIDDEN TESTS"),
    ],
}
#: Cells that say who handed in.
TEAMS: Final = {
    "a number of many digits": "TEAM = [{'name': 0x" + "e" * 3900 + ", 'student_id': 0b1" + "0" * 20 + "}]",
    "accents without end": "TEAM = [{'name': 'E" + "\u0301\u0323" * 1500 + "', 'student_id': '9', 'email': 'e@x'}]",
    "the ids of others": "TEAM = [{'name': 'Anna Mallory', 'student_id': '111'}, {'student_id': '222'}]",
}


@dataclass(frozen=True)
class Seen:
    """What a command came to."""

    told: dict[str, Any]
    text: str
    seconds: float
    #: The highest size of any process outside sandboxes, in bytes.
    largest: int


def _run(course: Path, *arguments: str) -> Seen:
    command = [sys.executable, "-c", "from sheetgrader.cli import main; main()", *arguments]
    began, largest = time.monotonic(), 0
    with subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        timer = threading.Timer(_SECONDS, running.kill)
        timer.start()
        found: list[tuple[str, str]] = []
        reader = threading.Thread(target=lambda: found.append(running.communicate()))
        reader.start()
        while reader.is_alive():
            for process in (running.pid, *process_tree.descendants(running.pid)):
                largest = max(largest, _highest_size(process))
            reader.join(0.05)
        timer.cancel()
    ((out, err),) = found
    seconds = time.monotonic() - began
    assert running.returncode in (0, 1), err
    assert "Traceback" not in out + err
    return Seen(json.loads(out) if "--json" in arguments else {}, out + err, seconds, largest)


def _highest_size(process: int) -> int:
    with suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        # What runs in a sandbox has limits of its own.
        if len(fields.get("NSpid", "").split()) == 1 and "VmHWM" in fields:
            return int(fields["VmHWM"].split()[0]) << 10
    return 0


def _notebook(released: str, team: str, extra: list[Any] | None = None) -> bytes:
    notebook: Any = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        match cell.metadata.get("nbgrader", {}).get("grade_id"):
            case "team":
                cell.source = team
            case "ex1_code":
                cell.source = _RIGHT
            case "ex2_text":
                cell.source = "Twice as much."
    notebook.cells += extra or []
    return nbformat.writes(notebook).encode()


def _course(builder: CourseBuilder, root: Path) -> str:
    builder.root = root
    builder.write("nbgrader_config.py", _CONFIG)
    builder.write("grader_tests/sheet/test_doubled.py", _GRADERS)
    builder.source(
        builder.locked("intro", "# A sheet", markdown=True),
        builder.answer("team", "### BEGIN SOLUTION\nTEAM = []\n### END SOLUTION"),
        builder.locked("ex1", "## 1 Doubling (3 points)", markdown=True),
        builder.answer("ex1_code", f"### BEGIN SOLUTION\n{_RIGHT}\n### END SOLUTION"),
        builder.tests("ex1_test", "# judged by hidden graders", points=3.0),
        builder.answer("ex2_text", "Your answer.", points=2.0, markdown=True),
    )
    _run(root, "release", "sheet")
    return (root / "release/sheet/sheet.ipynb").read_text(encoding="utf-8")


def _grade(course: Path, export: dict[str, bytes]) -> tuple[list[Seen], dict[str, Any]]:
    # Who hands in last, with the ids of others, would replace what these handed in.
    times = {name: datetime(2024, 1, 1, 10, minute) for minute, name in enumerate(export)}  # as in a zip
    (course / "export.zip").write_bytes(
        timed_zip_of({name: (content, times[name]) for name, content in export.items()})
    )
    seen = [
        _run(course, "intake", "sheet", "export.zip", "--json"),
        _run(course, "grade", "sheet", "--json"),
        _run(course, "feedback", "sheet"),
    ]
    return seen, {group["group"]: group["points"] for group in seen[1].told["groups"]}


@pytest.mark.slow
def test_who_costs_too_much_costs_neither_the_machine_nor_honest_groups(builder: CourseBuilder, tmp_path: Path) -> None:
    released = _course(builder, tmp_path / "alone")
    honest = {}
    for folder, members in _HONEST.items():
        listed = [{"name": name, "student_id": number, "email": f"{number}@x"} for name, number in members]
        honest[f"{folder}_assignsubmission_file_/sheet.ipynb"] = _notebook(released, f"TEAM = {listed}")
    _, alone = _grade(tmp_path / "alone", honest)
    assert set(alone.values()) == {3.0}

    export = dict(honest)
    for number, (kind, cells) in enumerate(COSTLY.items()):
        mallory = f"TEAM = [{{'name': 'M{number} Mallory', 'student_id': '99{number}'}}]"
        export[f"Mallory {kind}_{500 + number}_assignsubmission_file_/sheet.ipynb"] = _notebook(
            released, mallory, cells
        )
    for number, (kind, eve) in enumerate(TEAMS.items()):
        export[f"Eve {kind}_{600 + number}_assignsubmission_file_/sheet.ipynb"] = _notebook(released, eve)
    _course(builder, tmp_path / "among")
    (taken_in, graded, fed_back), among = _grade(tmp_path / "among", export)

    for seen in (taken_in, graded, fed_back):
        assert seen.seconds < _SECONDS
        assert seen.largest < _MOST_BYTES
    assert len(taken_in.told["deliveries"]) == len(export)
    (refused,) = (each for each in taken_in.told["deliveries"] if each["status"] != "taken in")
    assert "the ids of others" in refused["source"]
    assert "if that is right, add --force" in refused["error"]
    assert len(among) == len(export) - 1
    assert {group: among[group] for group in alone} == alone
    for group in alone:
        page = Path("feedback", group, "sheet", "sheet.html")
        assert (tmp_path / "among" / page).read_bytes() == (tmp_path / "alone" / page).read_bytes()
    pages = list((tmp_path / "among/feedback").rglob("*.html"))
    assert len(pages) == len(among)
    assert max(page.stat().st_size for page in pages) < 40_000_000
    number = list(COSTLY).index("marks of an instructor's")
    (marked,) = (page for page in pages if f"99{number}" in page.parts[-3])
    assert marked.read_text(encoding="utf-8").count("EVIDENCE") >= 3
