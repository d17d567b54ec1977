"""Pages made of what was written to be slow, large or hidden: each costs its own group something, and nobody else."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from nbformat import NotebookNode
from PIL import Image

from sheetgrader.report.feedback import MAKER
from sheetgrader.report.feedback_page import FeedbackContent, NotebookContent
from sheetgrader.report.images import ImageLimits, Images
from sheetgrader.report.page_process import PageError, PageLimits, PageProcess
from sheetgrader.report.questions import Mark
from sheetgrader.report.rendering import Renderer, TextLimits
from sheetgrader.results import SubmissionResult

#: No page of a stranger's needs more: the processor's seconds are those of the whole page, so a busy machine makes no
#: difference, and ordinary pages take some tenths of one.
LIMITS = PageLimits(cpu_seconds=20, seconds=500)


def _png(mode: str, width: int, height: int, color: Any = 0) -> str:
    file = io.BytesIO()
    Image.new(mode, (width, height), color).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _scans(times: int) -> str:
    """A photograph that says how it is refined over and over again."""
    file = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(file, "JPEG", progressive=True)
    content = file.getvalue()
    last = content.rindex(b"\xff\xda")
    return base64.b64encode(content[:-2] + content[last:-2] * times + content[-2:]).decode()


def _code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    """A cell as it stands in a file, which nobody has looked at."""
    return {"cell_type": "code", "source": source, "metadata": {}, "execution_count": None, "outputs": [*outputs]}


def _text(source: str, **attachments: Any) -> dict[str, Any]:
    attached = {name: {"image/png": content} for name, content in attachments.items()}
    return {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": attached}


def _display(kind: str, content: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {kind: content}, "metadata": {}}


def _html(source: str) -> dict[str, Any]:
    return _code("", _display("text/html", source))


def _images(*contents: str) -> list[dict[str, Any]]:
    return [_code("", _display("image/png", content)) for content in contents]


def _growing(tags: int, paragraphs: int, attribute: str = "id={}") -> str:
    return "<p>" + "".join(f"<b {attribute.format(number)}>" for number in range(tags)) + "<p>x" * paragraphs


LARGE = _png("1", 6300, 6300)
NOISE = base64.b64encode(os.urandom(3_000_000)).decode()
HOSTILE: dict[str, list[dict[str, Any]]] = {
    "a heading of spaces": [_text("# a" + " " * 4000 + "b")],
    "headings of tabs and hashes": [_text(("# " + "a \t#" * 2000 + "b\n") * 20)],
    "a heading that announces points": [
        _text("# (" + "points " * 5000),
        _text("# " + "( " * 9000),
    ],
    "an attachment 700 times": [_text("![](attachment:a)" * 700, a=NOISE)],
    "an attachment 700 times as HTML": [_text("<img src='attachment:a'>" * 700, a=NOISE)],
    "an attachment in lines": [
        _text("![](attachment:a)" * 700, a=[NOISE[start : start + 76] for start in range(0, len(NOISE), 76)])
    ],
    "a large image 200 times": [_text("![](attachment:a)" * 200, a=LARGE)],
    "200 large images": _images(*[LARGE] * 200),
    "large images by many names": [
        _text(
            "".join(f"![](attachment:a{name})" for name in range(200)),
            **{f"a{name}": LARGE for name in range(200)},
        )
    ],
    "thousands of small images": _images(*[_png("RGB", 1, 1)] * 20_000),
    "tags that are never closed": [_html(_growing(2500, 3900)) for _ in range(5)],
    "one long tag that is never closed": [_html(_growing(1, 4000, f"title={'x' * 90_000}"))],
    "a tag that hides its length": [_html(_growing(80, 3800, f"title='>{'x' * 1000}{{}}'"))],
    "tags that are never closed, as markdown": [_text(_growing(800, 900)) for _ in range(40)],
    "white space as code": [_code(" \n" * 24_000 + "0")],
    "white space behind a keyword": [_code(f"{word} " + " " * 40_000 + "x") for word in ("case", "def", "from")],
    "white space in many cells": [_code(("case " + " " * 990 + "a" * 5000 + "\n") * 8) for _ in range(100)],
    "names that are never closed": [_code('"' + "\\N{" * 15_000) for _ in range(100)],
    "text without end": [_code("x = 1\n" * 10_000) for _ in range(2000)],
    "formulas": [_text("".join(f"${number}+{'x+' * 900}1$ " for number in range(25))) for _ in range(100)],
    "environments": [_text("\\begin{align}\n" * 3000) for _ in range(100)],
    "a table": [_text("a|b|c|d\n-|-|-|-\n" + "x\n" * 20_000) for _ in range(100)],
    "halves of characters": [_text("# \ud800 <b>\udcb0"), _code("\udcb0"), _html("<b>\ud800"), *_images("\ud800")],
    "a hundred thousand cells": [_text("a") for _ in range(100_000)],
}


def _content(group: str, cells: list[dict[str, Any]], **metadata: Any) -> bytes:
    answer = {**_text("## 1 Squares\n\nIt is **clear**."), "metadata": {"nbgrader": {"grade_id": "ex1_text"}}}
    notebook = {"cells": [answer, *cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    content = NotebookContent(
        name="sheet",
        content=json.dumps(notebook).encode(),
        marks={"ex1_text": Mark(1.5, 2, by_tutor=True)},
        comments={"ex1_text": "Well *done*."},
    )
    result = SubmissionResult(sheet="sheet", group=group)
    return msgspec.msgpack.encode(
        FeedbackContent(sheet="sheet", title="", group=group, notebooks=(content,), result=result, points=1.5)
    )


@pytest.fixture(scope="module")
def process() -> Iterator[PageProcess]:
    with PageProcess(MAKER, LIMITS) as started:
        yield started


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_is_handed_in_becomes_a_page_of_bounded_size(process: PageProcess, kind: str) -> None:
    page = process.make(_content("hostile", HOSTILE[kind])).decode()
    assert len(page) < 40_000_000
    # What people said is on it, however much there is beside it.
    assert "It is <strong>clear</strong>." in page
    assert "Well <em>done</em>." in page
    honest = _content("honest", [])
    assert process.make(honest) == process.make(honest)


def test_an_attachment_stands_on_a_page_once_and_what_is_missing_is_said_once() -> None:
    shown = _png("RGB", 5, 5, "red")
    markup = Renderer().markdown("![a](attachment:a)" * 700, {"a": {"image/png": shown}})
    assert markup.count("src=") == 1
    assert markup.count("An image is not shown: it stands above already.") == 1
    # In another cell it is another attachment.
    renderer = Renderer()
    for _ in range(2):
        assert renderer.markdown("![a](attachment:a)", {"a": {"image/png": shown}}).count("src=") == 1


def test_attachments_are_found_from_html_and_lead_nowhere_else() -> None:
    attached = {"a.png": {"image/png": _png("RGB", 5, 5)}}
    assert 'src="data:image/png' in Renderer().markdown('<img src="attachment:a.png" width="3">', attached)
    assert "attachment" not in Renderer().markdown("[a](attachment:a.png) <a href='attachment:a.png'>b</a>", attached)


def _output(renderer: Renderer, cell: dict[str, Any]) -> str:
    return renderer.output(NotebookNode(cell["outputs"][0]))


def test_images_of_a_page_share_its_pixels() -> None:
    images = Images(ImageLimits(page_pixels=1_000_000))
    renderer = Renderer(images)
    shown = [_output(renderer, cell) for cell in _images(*[_png("L", 600, 600)] * 3)]
    assert ["<img" in markup for markup in shown] == [True, True, False]
    assert "the images of a page may have 1,000,000 pixels together" in shown[2]


def test_photographs_are_unpacked_no_larger_than_they_are_shown() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8000, 4000), "teal").save(file, "JPEG")
    images = Images(ImageLimits(page_pixels=3_000_000))
    address = images.embed(base64.b64encode(file.getvalue()).decode())
    written = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    assert written.size == (2000, 1000)


def test_honest_tables_and_emphasis_are_shown() -> None:
    rows = "".join(
        f"<tr><td><b>{row}</b></td><td><a href='https://example.org/{row}'>{row}</a></td></tr>" for row in range(100)
    )
    assert _output(Renderer(), _html(f"<table>{rows}</table>")).count("<td>") == 200
    text = Renderer().markdown("".join(f"**Step {step}.** So $x_{{{step}}} > 0$.\n\n" for step in range(150)))
    assert (text.count("<strong>"), text.count("<math")) == (150, 150)


def test_a_page_says_where_it_is_full() -> None:
    renderer = Renderer(limits=TextLimits(shown=20_000))
    shown = [renderer.code(f"x = {number}") for number in range(50)]
    assert renderer.is_full
    told = [markup for markup in shown if "nothing more is shown: a page holds 20,000 characters" in markup]
    assert len(told) == 1
    assert shown[shown.index(told[0]) + 1 :] == [""] * (49 - shown.index(told[0]))
    assert "<em>tutor</em>" in renderer.comment("a *tutor*")


def test_a_page_that_has_taken_its_time_goes_on_as_plain_text() -> None:
    renderer = Renderer(limits=TextLimits(seconds=0))
    assert renderer.markdown("**bold** <b>") == '<pre class="text" tabindex="0">**bold** &lt;b&gt;</pre>'
    assert renderer.code("x = 1") == '<pre class="code" tabindex="0">x = 1</pre>'
    assert renderer.heading("**bold**") == "**bold**"


def test_what_no_budget_foresaw_ends_at_the_limits_of_the_process() -> None:
    with PageProcess(MAKER, PageLimits(cpu_seconds=2, memory_bytes=256 << 20, seconds=500)) as process:
        with pytest.raises(PageError, match="it took more than 2 seconds of the processor"):
            process.make(_content("scans", _images(_scans(2000))))
        with pytest.raises(PageError, match="256 MiB of memory"):
            process.make(_content("lists", [], many=[[]] * 4_000_000))
        assert b"Feedback for" in process.make(_content("honest", []))


def test_chance_finds_no_page_that_is_not_made(process: PageProcess) -> None:
    chance = random.Random(11)  # noqa: S311 # repeatable, not secret
    pieces = [
        "# ",
        "$",
        "$$",
        "`",
        "*",
        "_",
        "[",
        "](",
        "!",
        "<b>",
        "<p>",
        "<table>",
        "</",
        "&",
        "\\begin{a}",
        "\n",
        " " * 50,
        "|",
        "> ",
        "- ",
        "'''",
        '"',
        "{",
        "\\N{",
    ]
    for _ in range(10):
        cells = []
        for _ in range(20):
            source = "".join(chance.choices(pieces, k=chance.choice([10, 5000])))
            cells.append(_text(source) if chance.random() < 0.5 else _code(source))
        assert re.search(b"</html>", process.make(_content("chance", cells)))
