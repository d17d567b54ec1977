import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.release.leaks import find_leaks

FORMULA = "return 1.0 / (1.0 + np.exp(-x))"


@pytest.fixture
def source(builder):
    return new_notebook(
        cells=[
            builder.locked("imports", "import numpy as np\nfrom math import pi"),
            builder.answer(
                "ex1_code",
                f"def sigmoid(x):\n    ### BEGIN SOLUTION\n    import math\n    pass\n    {FORMULA}\n    ### END"
                " SOLUTION",
            ),
            builder.tests(
                "ex1_test",
                "assert sigmoid(0) == 0.5\n### BEGIN HIDDEN TESTS\nassert sigmoid(800) == 1.0\n### END HIDDEN TESTS",
            ),
            builder.answer("ex1_text", "By symmetry of the exponential function.", points=1.0, markdown=True),
            builder.answer("ex2_code", "short = 1\nanswer_to_all = 42\nimport numpy as np"),
            builder.task("ex3", "Draw it.\n### BEGIN MARK SCHEME\nOne point for the axes.\n### END MARK SCHEME"),
        ]
    )


def leaks(source, graders=None, **released):
    files = {
        name.replace("__", "."): content if isinstance(content, bytes) else content.encode()
        for name, content in released.items()
    }
    return find_leaks([source], graders or {}, files, CourseDelimiters.of(Config()))


def notebook_with(*cells, **metadata):
    return nbformat.writes(new_notebook(cells=list(cells), metadata=metadata))


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (FORMULA, "the solution of ex1_code"),
        ("assert sigmoid(800) == 1.0", "a hidden test of ex1_test"),
        ("By symmetry of the exponential function.", "the answer of ex1_text"),
        ("answer_to_all = 42", "the answer of ex2_code"),
        ("One point for the axes.", "the marking scheme of ex3"),
    ],
)
@pytest.mark.parametrize(
    "release",
    [
        lambda text: {"sheet__ipynb": notebook_with(new_code_cell(f"x = 1\n    {text}"))},
        lambda text: {"sheet__ipynb": notebook_with(new_markdown_cell(f"# Title\n\n{text}\n"))},
        lambda text: {
            "sheet__ipynb": notebook_with(
                new_code_cell("", outputs=[new_output("stream", name="stdout", text=f"a\n{text}\nb")])
            )
        },
        lambda text: {
            "sheet__ipynb": notebook_with(
                new_code_cell("", outputs=[new_output("execute_result", data={"text/plain": f"'{text}'"})])
            )
        },
        lambda text: {"sheet__ipynb": notebook_with(new_code_cell("", metadata={"old": {"source": [text]}}))},
        lambda text: {"sheet__ipynb": notebook_with(note=text)},
        lambda text: {"helper__py": f"def f():\n\t{text}\n"},
        lambda text: {"notes__txt": f"   {text.replace(' ', '  ')}   \n"},
    ],
    ids=["code", "markdown", "stream", "result", "cell metadata", "notebook metadata", "script", "spacing"],
)
def test_secret_lines_are_found_wherever_they_are(source, text, owner, release):
    if "'" in str(release(text)) and len(text) < 16:
        pytest.skip("a short line is looked for as a whole line only")
    (sentence,) = leaks(source, **release(text))
    assert f"gives away {owner}: {text!r}" in sentence


def test_a_traceback_that_shows_a_solution_line_in_colour_is_found(source):
    coloured = FORMULA.replace(" / ", " \x1b[0m/ ")
    shown = f"\x1b[1;32m      3\x1b[0m     {coloured}"
    error = new_output("error", ename="E", evalue="", traceback=[shown])
    (sentence,) = leaks(source, sheet__ipynb=notebook_with(new_code_cell("", outputs=[error])))
    assert "the solution of ex1_code" in sentence


def test_what_everybody_may_know_is_no_leak(source):
    released = notebook_with(
        new_code_cell(
            "import numpy as np\nimport math\npass\nshort = 1\n# YOUR CODE HERE\nraise NotImplementedError()"
        ),
        new_code_cell("def sigmoid(x):\n    return 0\nassert sigmoid(0) == 0.5"),
        new_markdown_cell("YOUR ANSWER HERE\n\nDraw it."),
    )
    assert leaks(source, sheet__ipynb=released, data__bin=b"\0\0" + FORMULA.encode()) == []


def test_a_line_that_stands_in_the_open_elsewhere_is_no_secret(source, builder):
    source.cells.append(builder.locked("hint", f"# as in\n# {FORMULA}", markdown=True))
    assert leaks(source, helper__py=f"    {FORMULA}") == []


def test_lines_of_hidden_graders_are_secret_as_well(source):
    graders = {"test_a.py": b"import numpy as np\nexpected = np.tanh(x) ** 2\n"}
    (sentence,) = leaks(source, graders, helper__py="expected = np.tanh(x) ** 2")
    assert "helper.py gives away the grader test_a.py" in sentence


def test_an_image_attached_to_an_answer_is_found(source):
    cell = new_markdown_cell("YOUR ANSWER HERE", metadata={"nbgrader": {"solution": True, "grade_id": "ex1_text"}})
    cell["attachments"] = {"scan.png": {"image/png": "aGVsbG8="}}
    (sentence,) = leaks(source, sheet__ipynb=notebook_with(cell))
    assert sentence.endswith("cell 1 (ex1_text) gives away what is attached to the answer: scan.png")
    cell["source"] = "![](attachment:scan.png)\nYOUR ANSWER HERE"
    assert leaks(source, sheet__ipynb=notebook_with(cell)) == []


def test_many_lines_of_one_place_make_one_sentence(source):
    (sentence,) = leaks(source, helper__py=f"{FORMULA}\nanswer_to_all = 42\nassert sigmoid(800) == 1.0")
    assert sentence.endswith("and 2 more")


@pytest.mark.parametrize(
    ("source_lines", "inside", "outside"),
    [
        ("a\nBEGIN SOLUTION\nb\nEND SOLUTION\nc", ("b",), ("a", "c")),
        ("BEGIN SOLUTION\nb", ("b",), ()),
        ("END SOLUTION\nb", (), ("b",)),
        ("", (), ("",)),
    ],
)
def test_lines_are_sorted_as_nbgrader_does(source_lines, inside, outside):
    parts = split(source_lines, CourseDelimiters.of(Config()).solution)
    assert (parts.inside, parts.outside) == (inside, outside)
