"""The report of a class of 1,200, 20 questions each, with code, plots and curves that differ from group to group: how
long ``sheetgrader report`` takes, how long its longest page is, and how soon the overview can be used in Chromium.

Nothing of the class is run; see :mod:`benchmarks.status_of_1200`.
"""

from __future__ import annotations

import base64
import io
import json
import math
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec
from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from benchmarks.measuring import parser, show, write
from benchmarks.status_of_1200 import SHEET, make_class
from sheetgrader.items import DrawnAxes, DrawnCurve, GradedNotebook, GradedSubmission
from sheetgrader.results import CellResult, Outcome

_PROGRAM: Final = Path(sys.executable).parent / "sheetgrader"
#: Questions with a plot.
_PLOTS: Final = (3, 7)
_FUNCTIONS: Final = 4


def main() -> None:
    """Measure and print."""
    options = parser(__doc__ or "")
    options.add_argument("--groups", type=int, default=1200, help="how many have handed in")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        make_class(course, chosen.groups, _vary)
        start = time.perf_counter()
        told = subprocess.run(
            [_PROGRAM, "report", SHEET, "--json"], cwd=course, capture_output=True, check=True, text=True
        )
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        written = json.loads(told.stdout)
        opened, sorted_in = _look(Path(written["overview"]))
    show(
        f"{chosen.groups} groups, {written['pages']} pages",
        [
            ("report", f"{seconds:.1f} s"),
            ("of the processor", f"{used.ru_utime + used.ru_stime:.1f} s"),
            ("longest page", f"{written['most_bytes'] / 1e6:.2f} MB"),
            ("overview opened", f"{opened:.2f} s"),
            ("overview sorted", f"{sorted_in:.2f} s"),
        ],
    )
    write(
        chosen.json,
        {
            "seconds": seconds,
            "processor": used.ru_utime + used.ru_stime,
            "most_bytes": written["most_bytes"],
            "opened": opened,
            "sorted": sorted_in,
        },
    )


def _look(overview: Path) -> tuple[float, float]:
    """Return how long it takes until the overview can be sorted, and until it is."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto("about:blank")
        start = time.perf_counter()
        page.goto(overview.as_uri())
        page.locator("#grid thead button").first.wait_for()
        opened = time.perf_counter() - start
        start = time.perf_counter()
        page.locator("#grid thead button").nth(1).click()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        sorted_in = time.perf_counter() - start
        browser.close()
    return opened, sorted_in


def _vary(number: int, graded: GradedSubmission) -> GradedSubmission:
    chance = random.Random(number)  # noqa: S311 # nothing secret
    cells = tuple(_cell(cell, chance) for cell in graded.result.cells)
    drawn = tuple(
        DrawnAxes(notebook=SHEET, cell=f"ex{question}_code", position=0, xlabel="x", ylabel="y", curves=(curve,))
        for question in _PLOTS
        for curve in [_curve(chance)]
    )
    return msgspec.structs.replace(
        graded,
        result=msgspec.structs.replace(graded.result, cells=cells),
        notebooks=tuple(_notebook(notebook, drawn, chance) for notebook in graded.notebooks),
        drawn=drawn,
    )


def _cell(cell: CellResult, chance: random.Random) -> CellResult:
    right = chance.random() < 0.6
    if not right:
        return cell
    criteria = tuple(
        msgspec.structs.replace(criterion, outcome=Outcome.RIGHT, fraction=1.0) for criterion in cell.criteria
    )
    return msgspec.structs.replace(cell, criteria=criteria, points=cell.max_points, outcome=Outcome.RIGHT)


def _curve(chance: random.Random) -> DrawnCurve:
    x = [step / 20 for step in range(100)]
    height = chance.gauss(1, 0.1)
    return DrawnCurve(label="loss", x=tuple(x), y=tuple(round(height * math.exp(-each), 5) for each in x))


def _notebook(notebook: GradedNotebook, drawn: tuple[DrawnAxes, ...], chance: random.Random) -> GradedNotebook:
    content: Any = json.loads(notebook.content)
    pictures = {axes.cell: _picture(axes.curves[0]) for axes in drawn}
    for cell in content["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        if name.endswith("_code"):
            cell["source"] = "\n".join(_function(name, chance) for _ in range(_FUNCTIONS))
        if name in pictures:
            data = {"image/png": pictures[name], "text/plain": "<Figure>"}
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    return GradedNotebook(name=notebook.name, content=json.dumps(content).encode())


def _function(name: str, chance: random.Random) -> str:
    terms = (
        f"{chance.choice(['x', 'y', 'np.exp(x)', 'table[y]'])} {chance.choice('+-*/')} {chance.randint(1, 99)}"
        for _ in range(6)
    )
    lines = "\n".join(f"    result_{number} = {term}" for number, term in enumerate(terms))
    return f"def {name}_{chance.randint(0, 999)}(x, y):\n{lines}\n    return result_0 + result_5\n"


def _picture(curve: DrawnCurve) -> str:
    image = Image.new("RGB", (640, 480), "white")
    points = [(20 + 120 * (x or 0.0), 460 - 300 * (y or 0.0)) for x, y in zip(curve.x, curve.y, strict=True)]
    ImageDraw.Draw(image).line(points, fill="navy", width=3)
    written = io.BytesIO()
    image.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode("ascii")


if __name__ == "__main__":
    main()
