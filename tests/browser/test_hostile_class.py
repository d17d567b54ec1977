"""A class that attacks whoever reads it: on the marking page, in a packet, in the report and on feedback pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.kernels.launcher import Zygote

from ..conftest import CourseBuilder
from .conftest import marking, wait_for_answer

pytestmark = pytest.mark.browser

_RUN = "document.title='taken';top.document.title='taken';new Image().src='https://evil.invalid/x'"
_SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{_RUN}"><script>{_RUN}</script><rect width="9" height="9"/></svg>'
)
#: Each tries to run, to load, to leave or to cover the page, or to end the element that it stands in.
_PIECES = (
    f"<script>{_RUN}</script>",
    f'<img src="x" onerror="{_RUN}">',
    f"</script></style></textarea></title></template></iframe><script>{_RUN}</script>",
    f"<!--><script>{_RUN}</script>-->",
    f"<![CDATA[<script>{_RUN}</script>]]>",
    _SVG,
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_RUN}&gt;">',
    f'<details open ontoggle="{_RUN}">d</details>',
    f'<iframe srcdoc="&lt;script&gt;{_RUN}&lt;/script&gt;"></iframe>',
    '<iframe src="https://evil.invalid/frame"></iframe><object data="https://evil.invalid/o"></object>',
    '<embed src="https://evil.invalid/e"><video src="https://evil.invalid/v" autoplay></video>',
    '<link rel="stylesheet" href="https://evil.invalid/s">',
    '<img src="https://evil.invalid/i" srcset="//evil.invalid/j 2x">',
    "<style>@import url(https://evil.invalid/c); * { background: url(https://evil.invalid/b) }</style>",
    '<p style="position:fixed;inset:0;z-index:99999;background:url(https://evil.invalid/p)">covers</p>',
    '<meta http-equiv="refresh" content="0;url=https://evil.invalid/m"><base href="https://evil.invalid/">',
    f'<a href="javascript:{_RUN}">link</a><a href="data:text/html,<script>{_RUN}</script>">link</a>',
    f'<a href=" java&#10;script:{_RUN}">link</a>',
    '<a href="https://evil.invalid/l" target="_top" ping="https://evil.invalid/n">out</a>',
    '<form action="https://evil.invalid/f"><input name="a" autofocus><button>send</button></form>',
    f'<b id="marks" class="answer overview" is="x" tabindex="1" accesskey="n" autofocus onfocus="{_RUN}">b</b>',
    f"[link](javascript:{_RUN}) ![image](https://evil.invalid/k) <https://evil.invalid/auto>",
    "$\\href{javascript:document.title='taken'}{x}$ $\\includegraphics{https://evil.invalid/g}$",
    "\u2028\u2029\u202edesrever\u202c\u0000 {{ 7 * 7 }} {% include '/etc/passwd' %} ${7 * 7}",
)
_TEXT = "\n\n".join(_PIECES)
_CODE = (
    "from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
    f"pieces = {list(_PIECES)!r}\n"
    "for piece in pieces:\n    display(HTML(piece)); display(Markdown(piece))\n"
    f"display(SVG({_SVG!r}))\n"
    f"display(Javascript({_RUN!r}))\n"
    "display({'text/html': '<script>x</script>', 'application/javascript': 'x', 'image/svg+xml': 'x'}, raw=True)\n"
    "print('\\n'.join(pieces))\n"
    "def f():\n    return pieces[0]\n"
)
_LOOKS = """() => {
    const found = [];
    const tell = node => found.push(node.outerHTML.slice(0, 200));
    // Students' content stands in frames of the page's own that may do nothing.
    document.querySelectorAll('iframe:not([sandbox=""])').forEach(tell);
    document.querySelectorAll('object, embed, base, video, meta[http-equiv=refresh], form[action]').forEach(tell);
    for (const node of document.querySelectorAll('*')) {
        for (const attribute of node.attributes)
            if (/^on/.test(attribute.name) || /^\\s*(java\\s*script|data:text)/i.test(attribute.value)) tell(node);
        if (node.textContent === 'covers' && getComputedStyle(node).position !== 'static') tell(node);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def hostile_course(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Path:
    builder = CourseBuilder(tmp_path_factory.mktemp("hostile") / "course")

    def cells(code: str, text: str) -> list[Any]:
        return [
            builder.answer("team", f"TEAM = [{{'name': {_PIECES[0]!r}, 'student_id': {_PIECES[1]!r}}}]"),
            builder.answer("ex1_code", code),
            builder.tests("ex1_test", "assert f() == 1"),
            builder.answer("ex2_text", text, points=1.0, markdown=True),
        ]

    builder.source(*cells("def f():\n    return 1", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"))
    for number, text in enumerate((_TEXT, _TEXT + "\n\nAnother.", "An honest answer.")):
        answers = cells(_CODE if number < 2 else "def f():\n    return 1", text)
        answers[-1]["attachments"] = {'"><script>.svg': {"image/svg+xml": _SVG}}
        answers[-1].source += '\n\n![a](attachment:"><script>.svg)'
        builder.submit(f"group-{number}", *answers)
    (builder.root / "submitted/group-0/sheet" / "<img src=x onerror=alert(1)>.txt").write_text(_TEXT)
    sheet = builder.load().sheet("sheet")
    assert not ClassGrading(sheet, sheet.submissions(), zygote, GradeOptions(2)).report().interrupted
    return builder.root


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """Open a page; whatever it asks another machine for, and whatever it says, is found."""
    context = chromium.new_context()
    asked: list[str] = []

    def open_one(address: str) -> Page:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
        page.goto(address)
        return page

    yield open_one
    context.close()
    own = ("file:", "http://localhost:", "about:", "data:", "blob:")
    assert [url for url in asked if "evil" in url or not url.startswith(own)] == []


def _command(course: Path, *arguments: str | Path) -> None:
    program = Path(sys.executable).with_name("sheetgrader")
    ended = subprocess.run([program, "--course", course, *arguments], check=False, capture_output=True, text=True)
    assert ended.returncode in (0, 1), ended.stderr


def _is_untouched(page: Page) -> None:
    page.wait_for_timeout(200)
    assert "taken" not in page.title()
    assert "evil" not in page.url
    assert page.evaluate(_LOOKS) == []
    for frame in page.frames[1:]:
        assert "evil" not in frame.url
        assert "taken" not in str(frame.evaluate("document.title"))


def test_the_marking_page_holds(hostile_course: Path, visit: Callable[[str], Page]) -> None:
    with marking(hostile_course, "ada") as address:
        page = visit(address)
        page.wait_for_selector(".frames .shown")
        _walk(page)


def test_a_packet_holds(hostile_course: Path, tmp_path: Path, visit: Callable[[str], Page]) -> None:
    _command(hostile_course, "mark", "sheet", "--packets", tmp_path / "packets")
    (packet,) = (tmp_path / "packets").iterdir()
    page = visit(packet.as_uri())
    page.wait_for_selector(".frames .shown")
    _walk(page)


def _walk(page: Page) -> None:
    for question in page.locator("#question option").evaluate_all("options => options.map(option => option.value)"):
        page.select_option("#question", question)
        page.select_option("#choice", "all")
        wait_for_answer(page)
        for _ in range(3):
            _is_untouched(page)
            page.keyboard.press("n")
            wait_for_answer(page)


def test_the_report_holds(hostile_course: Path, visit: Callable[[str], Page]) -> None:
    _command(hostile_course, "report", "sheet")
    pages = sorted((hostile_course / "reports" / "sheet").rglob("*.html"))
    assert len(pages) > 5
    for path in pages:
        _is_untouched(visit(path.as_uri()))


def test_feedback_holds(hostile_course: Path, visit: Callable[[str], Page]) -> None:
    _command(hostile_course, "feedback", "sheet")
    pages = sorted((hostile_course / "feedback").rglob("*.html"))
    assert len(pages) == 3
    for path in pages:
        _is_untouched(visit(path.as_uri()))
