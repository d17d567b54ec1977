"""An answer as a document of its own: complete, and nothing in it acts or tells what only instructors may read."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from sheetgrader.marking.rubrics import Rule
from sheetgrader.report.marking_page.assembling import bundle, json_in_script, modules, packed_page
from sheetgrader.report.marking_page.documents import AnswerContent, Texts, TextsContent, make
from sheetgrader.report.marking_page.payload import ShownItem, items_of
from sheetgrader.report.marking_page.rendered import RenderedAnswers
from sheetgrader.results import CellResult, CriterionResult, Outcome


def _document(*cells: dict[str, object]) -> str:
    return make(msgspec.msgpack.encode(AnswerContent(cells=cells))).decode()


def test_what_would_run_is_text_or_gone() -> None:
    text = _document(
        {"cell_type": "markdown", "source": "<script>alert(1)</script><img src=x onerror=alert(2)>\n\n$x^2$"},
        {"cell_type": "markdown", "source": "[a](javascript:alert(3)) <svg onload=alert(4)></svg>"},
        {"cell_type": "code", "source": "print('</style><script>alert(5)</script>')", "outputs": []},
    )
    body = text.partition("<body>")[2]
    assert "<script" not in body
    assert "<svg" not in body
    assert not re.search(r"<[^>]* on\w+=", body)
    assert "<msup>" in body
    assert "default-src 'none'" in text


def test_nothing_written_is_said() -> None:
    assert "Nothing was written here." in _document({"cell_type": "markdown", "source": " \n"})


@pytest.mark.parametrize(
    "cell",
    [{}, {"cell_type": "code"}, {"cell_type": 7, "source": 3},
     {"cell_type": "code", "source": ["a", 1], "outputs": [1, {}]},
     {"cell_type": "markdown", "source": "x", "attachments": []}, {"cell_type": "code", "source": "x", "outputs": {}}],
)  # fmt: skip
def test_odd_cells_are_shown_as_far_as_they_go(cell: dict[str, object]) -> None:
    assert "<body>" in _document(cell)


def test_a_frame_holds_no_name_of_a_hidden_test_and_no_detail() -> None:
    criterion = CriterionResult(
        name="test_secret.py::test_hidden",
        rubric="It is symmetric",
        weight=1,
        outcome=Outcome.WRONG,
        fraction=0,
        message="`f(1)` is 2",
        detail="the reference says 3",
    )
    verdict = CellResult(
        notebook="sheet", grade_id="ex1", max_points=1, points=0, outcome=Outcome.WRONG, criteria=(criterion,)
    )
    with RenderedAnswers() as rendered:
        text = rendered.document(({"cell_type": "code", "source": "x = 1", "outputs": []},), verdict)
        assert rendered.document(({"cell_type": "code", "source": "x = 1", "outputs": []},), verdict) is text
    assert "It is symmetric" in text
    assert "<code>f(1)</code>" in text
    assert "test_secret" not in text
    assert "test_hidden" not in text
    assert "reference says" not in text


def test_lines_of_rubrics_are_clean_html() -> None:
    made = make(msgspec.msgpack.encode(TextsContent(texts=("$x^2$ is **right**", "<script>alert(1)</script>"))))
    formula, script = msgspec.msgpack.decode(made, type=Texts).html
    assert "<math" in formula
    assert "<strong>" in formula
    assert "<script" not in script


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028 & \u2029", 'a"b\\'])
def test_json_stays_inside_its_script(text: str) -> None:
    written = json_in_script({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": text}


def test_a_packet_is_one_file_that_names_its_only_script() -> None:
    page = packed_page('A "title" <b>', {"packet": "x"}, {"sheet/ex1": {"answers": {"a": "</script>"}}})
    assert len(re.findall(r"<script>", page)) == 1
    assert "&lt;b&gt;" in page
    assert " src=" not in page
    assert "script-src &#39;sha256-" in page


@pytest.mark.parametrize("first", ["served.js", "packed.js"])
def test_a_bundle_has_each_script_once_and_no_module_left(first: str) -> None:
    text = bundle(first)
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    assert len(set(modules(first))) == len(modules(first))
    names = re.findall(r"^(?:const|let|class|function|async function|function\*) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), "two scripts have the same name for something: a packet would not start"


def test_rubrics_that_no_one_writes_are_refused() -> None:
    item = ShownItem(id="a", rule=Rule.NOTE, points=0)
    for _ in range(20):
        item = ShownItem(id="a", rule=Rule.NOTE, points=0, items=(item,))
    with pytest.raises(ValueError, match="deep"):
        items_of((item,))
