"""Feedback pages in a real browser: they fit, and nothing in them is refused, runs or loads."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
from pathlib import Path

import nbformat.v4
import pytest
from PIL import Image

from sheetgrader.report.pages import FeedbackPage, Total, render, section
from sheetgrader.report.questions import Mark, questions
from sheetgrader.report.rendering import Renderer
from sheetgrader.results import CellResult, CriterionResult, Outcome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; on Debian install it with: apt-get install chromium"
)


def _page() -> FeedbackPage:
    nbgrader = {"grade_id": "ex1a_code", "solution": True}
    picture = io.BytesIO()
    Image.new("RGB", (3000, 40), "teal").save(picture, "PNG")
    plot = base64.b64encode(picture.getvalue()).decode()
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="wide " * 400),
        nbformat.v4.new_output("display_data", data={"image/png": plot}),
        nbformat.v4.new_output(
            "display_data",
            data={
                "text/html": "<table><tr>"
                + "<td>wide cell</td>" * 60
                + "</tr></table><script>document.title = 'ran'</script>"
            },
        ),
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(
                "## 1a) Sigmoid", metadata={"nbgrader": {"grade_id": "ex1a", "locked": True}}
            ),
            nbformat.v4.new_code_cell(
                "def f(x): " + "x + " * 200 + "x", metadata={"nbgrader": nbgrader}, outputs=outputs
            ),
            nbformat.v4.new_markdown_cell(
                "$$" + "x + " * 100 + "x$$ " + "unbroken" * 100 + "<img src=x onerror=\"document.title='ran'\">",
                metadata={"nbgrader": {"grade_id": "ex1a_text", "solution": True, "grade": True}},
            ),
        ]
    )
    criterion = CriterionResult(
        name="a",
        rubric="`f` is right " + "word " * 40,
        weight=1,
        outcome=Outcome.WRONG,
        fraction=0,
        message="m" * 500,
        hint="hint",
    )
    cell = CellResult(
        notebook="sheet", grade_id="ex1a_test", max_points=1, points=0, outcome=Outcome.WRONG, criteria=(criterion,)
    )
    found = questions(notebook, {"ex1a_test": cell}, {"ex1a_test": Mark(0, 1), "ex1a_text": Mark(None, 1)})
    sections = [section(question, f"question-{number}", Renderer(), {}, {}) for number, question in enumerate(found)]
    return FeedbackPage(
        sheet="sheet",
        title="Sheet",
        group="noether",
        total=Total(0, 2, 1, 0),
        sections=sections,
        notes=("a note",),
        error="",
        unprotected=False,
    )


def _chromium(profile: Path, *options: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    fixed = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--enable-logging=stderr",
        f"--user-data-dir={profile}",
    ]
    return subprocess.run([CHROMIUM, *fixed, *options], capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(render(_page()), encoding="utf-8")
    return path


def test_browser_neither_runs_nor_refuses_anything(page: Path, tmp_path: Path) -> None:
    done = _chromium(tmp_path, "--dump-dom", page.as_uri())
    assert "<title>sheet: feedback for noether</title>" in done.stdout
    assert 'class="checks"' in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


@pytest.mark.parametrize("width", [400, 1000])
def test_page_is_no_wider_than_the_window(page: Path, tmp_path: Path, width: int) -> None:
    # The page allows no script, so its copy without the policy measures itself.
    measured = tmp_path / "measured.html"
    text = re.sub(r"<meta http-equiv=[^>]*>", "", page.read_text(encoding="utf-8"))
    script = "<script>document.title = document.documentElement.scrollWidth + ' of ' + window.innerWidth</script>"
    measured.write_text(text.replace("</body>", f"{script}</body>"), encoding="utf-8")
    done = _chromium(
        tmp_path / "profile", f"--window-size={width},800", "--hide-scrollbars", "--dump-dom", measured.as_uri()
    )
    found = re.search(r"<title>(\d+) of (\d+)</title>", done.stdout)
    assert found is not None
    assert int(found[1]) <= int(found[2])


def test_page_prints(page: Path, tmp_path: Path) -> None:
    printed = tmp_path / "page.pdf"
    _chromium(tmp_path / "profile", f"--print-to-pdf={printed}", page.as_uri())
    assert printed.read_bytes().startswith(b"%PDF-")
