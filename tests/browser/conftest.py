"""A class that waits for its marks, and a browser that looks at it."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.kernels.launcher import Zygote

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_CHROMIUM = "no Chromium here; on Debian: apt-get install chromium"
#: What a page of ours may take on a busy machine, in milliseconds.
_PATIENCE = 30_000

SCHEME = """The chain rule.

### BEGIN MARK SCHEME
- 0.2: the outer derivative $1 - \\tanh^2$ is there
- 0.2: the inner derivative is there
- 0.1: the sign is justified
- subtract 0.05 each, 0.15 at most: a slip of the pen
### END MARK SCHEME"""
SECOND_SCHEME = """A figure.

### BEGIN MARK SCHEME
- 0.5: the axes are labelled
- 0.5: the curve falls
### END MARK SCHEME"""

#: What students hand in that would like to run, load or lead away.
HOSTILE = (
    "<script>console.log('a script ran')</script> Because.",
    "<img src=x onerror=\"console.log('an image ran')\"> Because of that.",
    "[a link](javascript:console.log('a link ran')) and <a href=\"javascript:console.log('it ran')\">another</a>",
    "<svg onload=\"console.log('svg ran')\"><script>console.log('ran')</script></svg> Look.",
    '<iframe src="https://example.org/"></iframe><iframe srcdoc="<script>console.log(1)</script>"></iframe> See.',
    "</script></template></textarea></iframe><!-- <script>parent.document.title = 'taken'</script> Over.",
)


def _texts() -> dict[str, str]:
    """What each group answers to the second question."""
    texts = {
        f"group-{number:02d}": f"First the outer, then the inner derivative, {number} times." for number in range(14)
    }
    texts |= {f"same-{number}": "By the chain rule." for number in range(4)}
    texts |= {f"hostile-{number}": text for number, text in enumerate(HOSTILE)}
    return texts | {"silent-1": "", "silent-2": ""}


TEXTS = _texts()
GROUPS = tuple(sorted(TEXTS))


def _plot() -> str:
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(picture, "PNG")
    return base64.b64encode(picture.getvalue()).decode()


@pytest.fixture(scope="session")
def graded_course(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Path:
    """A class that is graded, and that nobody has marked."""
    from tests.conftest import CourseBuilder

    builder = CourseBuilder(tmp_path_factory.mktemp("marking") / "course")

    def cells(code: str, text: str, figure: str) -> list[Any]:
        return [
            builder.answer("team", "TEAM = [{'name': 'Ada Lovelace', 'student_id': '1'}]"),
            builder.locked("ex1", "## 1) Sigmoid (1 point)", markdown=True),
            builder.answer("ex1_code", code),
            builder.tests("ex1_test"),
            builder.locked("ex2", "## 2) Derivative (0.5 points)\n\nDerive $\\tanh$.", markdown=True),
            builder.answer("ex2_text", text, points=0.5, markdown=True),
            builder.locked("ex3", "## 3) Plot (1 point)", markdown=True),
            builder.answer("ex3_text", figure, points=1.0, markdown=True),
        ]

    builder.source(*cells("### BEGIN SOLUTION\ndef f():\n    return 1\n### END SOLUTION", SCHEME, SECOND_SCHEME))
    builder.write("source/sheet/sheet.toml", 'title = "A sheet to mark"\n')
    builder.write(
        "grader_tests/sheet/test_ex1.py",
        "from sheetgrader import assert_close, criterion\n\n"
        "@criterion('ex1', hint='One.')\ndef test_hidden_name(student):\n"
        '    """f() is 1."""\n    assert_close(student.f(), 1)\n',
    )
    for group in GROUPS:
        answers = cells("def f():\n    return 1", TEXTS[group], "![plot](attachment:plot.png)")
        answers[-1]["attachments"] = {"plot.png": {"image/png": _plot()}}
        builder.submit(group, *answers)
    report = ClassGrading(builder.load().sheet("sheet"), GROUPS, zygote, GradeOptions(2)).report()
    assert not report.interrupted
    return builder.root


def wait_for_answer(page: Page) -> None:
    """Wait until the answer is shown that the heading names."""
    page.wait_for_function(
        "() => document.querySelector('.frames .shown')?.title"
        " === document.querySelector('#position').textContent.replace(/(?:,| of) .*/, '')"
    )


def choose(page: Page, question: str = "sheet/ex2_text") -> None:
    """Go to a question."""
    page.select_option("#question", question)
    page.wait_for_function("id => location.hash.includes(encodeURIComponent(id))", arg=question)
    wait_for_answer(page)


@pytest.fixture
def course(graded_course: Path, tmp_path: Path) -> Path:
    """The same class for one test, which may change it."""
    return Path(shutil.copytree(graded_course, tmp_path / "course"))


@pytest.fixture
def sheet(course: Path) -> Sheet:
    return Course.load(course).sheet("sheet")


@contextmanager
def marking(course: Path, marker: str, *options: str) -> Iterator[str]:
    """Run ``sheetgrader mark``, and give the address that it shows."""
    command = Path(sys.executable).with_name("sheetgrader")
    with subprocess.Popen(
        [command, "--course", course, "mark", "sheet", "--as", marker, "--port", "0", "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            said = []
            assert server.stdout is not None
            for line in server.stdout:
                said.append(line)
                if found := re.search(r"Open: (\S+)", line):
                    break
            else:
                pytest.fail(f"the page did not come up: {said} {server.stderr.read() if server.stderr else ''}")
            yield found[1]
        finally:
            server.terminate()
            server.communicate()


@pytest.fixture
def serve(course: Path) -> Iterator[Callable[..., str]]:
    """Start ``sheetgrader mark`` in somebody's name, and return the address that it shows."""
    with ExitStack() as running:
        yield lambda marker="ada", *options: running.enter_context(marking(course, marker, *options))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page of the browser, with all that it said and asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address: str) -> Page:
        """Open the marking page, and wait until it shows an answer."""
        self.page.goto(address)
        self.page.wait_for_selector(".frames .shown")
        return self.page


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Open a window of its own for somebody; nothing it says or asks for may be unexpected."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def open_one(**options: Any) -> Watched:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(_PATIENCE)
        watched = Watched(context.new_page())
        opened.append((context, watched))
        return watched

    yield open_one
    for context, watched in opened:
        context.close()
        assert watched.said == []
