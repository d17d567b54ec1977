"""A small class that is graded in earnest, with something for each page of a report."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.marking.rubric_file import read_rubrics
from sheetgrader.store.answers import answers
from sheetgrader.store.decisions import Marked, add_decisions, now

SCHEME = "### BEGIN MARK SCHEME\n- 0.5: the reason is given\n### END MARK SCHEME"
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\"> Because."
GRADERS = '''
from sheetgrader import assert_close, criterion

@criterion("ex1", hint="Try 2.")
def test_square(student):
    """f(x) is the square of x."""
    assert_close(student.f(3.0), 9.0)

@criterion("ex1")
def test_zero(student):
    """f(0) is 0."""
    assert_close(student.f(0.0), 0.0)
'''
_LONG = """def f(x):
    table = {position: value ** 2 for position, value in enumerate(range(40)) if value % 3}
    total = sum(table.values()) - sum(value ** 2 for value in range(40) if value % 3)
    return x * x + total if x >= 0 else (-x) ** 2 + total
"""
CODES = {
    "ada": _LONG,
    "bob": _LONG.replace("table", "squares").replace("total", "difference").replace("position", "key"),
    "cleo": "def f(x):\n    return 2 * x",
    "dora": "def f(x):\n    return 3 * x + 1",
    "emil": "def f(x):\n    return x ** 2",
    "hostile": "def f(x):\n    raise ValueError('</td><script>document.title = 1</script>')",
}
TEXTS = {
    "ada": "A product of two equal signs is positive.",
    "bob": "Squares are positive.",
    "cleo": "I have seen it in a plot.",
    "dora": "It is $x \\cdot x$.",
    "emil": "See the scan.",
    "hostile": HOSTILE,
}
GROUPS = tuple(CODES)
#: Draws something else than all others.
OUTLIER = "dora"


def plot_of(group: str) -> str:
    """Return the code that draws a group's figure."""
    curve = "[-3 * v for v in x]" if group == OUTLIER else "[v ** 2 for v in x]"
    return (
        "import matplotlib.pyplot as plt\nx = [v / 10 for v in range(30)]\n"
        f"plt.plot(x, {curve}, label='f')\nplt.xlabel('x')\nplt.show()"
    )


def make_small_class(builder: Any, zygote: Zygote) -> Path:
    """Write a course with a class, and grade it; return its folder."""
    builder.source(*_cells(builder, f"### BEGIN SOLUTION\n{_LONG}### END SOLUTION", f"It is.\n\n{SCHEME}", "pass"))
    builder.write("source/sheet/sheet.toml", 'title = "Squares"\n')
    builder.write("grader_tests/sheet/test_ex1.py", GRADERS)
    for group in GROUPS:
        builder.submit(group, *_cells(builder, CODES[group], TEXTS[group], plot_of(group)))
    builder.write("submitted/emil/sheet/scan.pdf", pdf(handwriting(), handwriting(blur=9)))
    sheet = builder.load().sheet("sheet")
    assert not ClassGrading(sheet, GROUPS, zygote, GradeOptions(2)).report().interrupted
    (item,) = (each.id for each in read_rubrics(sheet)["sheet", "ex2_text"].items)
    for group, by_ada, by_ben in (("ada", 0.5, 0.5), ("bob", 0.5, 0.25), ("cleo", 0.0, 0.0)):
        notebook = (sheet.autograded_folder(group) / "sheet.ipynb").read_bytes()
        digest = answers(notebook)["ex2_text"]
        add_decisions(
            sheet,
            group,
            [
                Marked(
                    by=by,
                    when=now(),
                    notebook="sheet",
                    grade_id="ex2_text",
                    answer=digest,
                    points=points,
                    applied={item: 1} if points else {},
                )
                for by, points in (("Ada", by_ada), ("Ben", by_ben))
            ],
        )
    return Path(builder.root)


def _cells(builder: Any, code: str, text: str, plot: str) -> list[Any]:
    return [
        builder.locked("ex1", "## 1) Square (2 points)", markdown=True),
        builder.answer("ex1_code", code),
        builder.tests("ex1_test", points=2.0),
        builder.locked("ex2", "## 2) Reason (0.5 points)\n\nWhy is $x^2 \\ge 0$?", markdown=True),
        builder.answer("ex2_text", text, points=0.5, markdown=True),
        builder.locked("ex3", "## 3) Plot (1 point)", markdown=True),
        builder.answer("ex3_code", plot, points=1.0),
    ]


def handwriting(size: tuple[int, int] = (1240, 1754), blur: float = 0.0) -> Image.Image:
    """Return a page with strokes on it, as sharp or blurred as a scan can be."""
    page = Image.new("L", size, 245)
    draw = ImageDraw.Draw(page)
    for row in range(100, size[1] - 100, 60):
        for column in range(100, size[0] - 100, 40):
            draw.arc((column, row, column + 26, row + 30), 20 * (column % 7), 300, fill=40, width=3)
    return page.filter(ImageFilter.GaussianBlur(blur)) if blur else page


def pdf(*pages: Image.Image) -> bytes:
    """Return images as the pages of a PDF, as phones make them."""
    written = io.BytesIO()
    pages[0].save(written, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return written.getvalue()
