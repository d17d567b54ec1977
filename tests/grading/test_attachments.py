"""Attached pictures, read as nbconvert reads them."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sheetgrader.grading.attachments import mend_attachments

PICTURE = "iVBORw0KGgo="
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")


@pytest.fixture(scope="module")
def page():
    exporter = HTMLExporter(template_name="classic", embed_images=True)
    return lambda notebook: exporter.from_notebook_node(copy.deepcopy(notebook))[0]


def notebook_of(source, *names):
    attachments = {name: {"image/png": PICTURE} for name in names}
    return new_notebook(cells=[new_markdown_cell(source, attachments=attachments)])


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("![x](attachment:image.png)", ["image.png"]),
        ("![x](attachment:image.png 'a title')", ["image.png"]),
        ("![x][y]\n\n[y]: attachment:image.png", ["image.png"]),
        ("![x](attachment:image(1).png)", ["image(1).png"]),
        ("![x](attachment:My%20plot.png)", ["My plot.png"]),
        ("![x](attachment:Lösung.png)", ["Lösung.png"]),
        ("![x](attachment:L%C3%B6sung.png)", ["Lösung.png"]),
    ],
)
def test_a_picture_that_is_there_is_shown(page, source, names):
    notebook = notebook_of(source, *names)
    assert mend_attachments(notebook) == []
    assert f"data:image/png;base64,{PICTURE}" in page(notebook)


MISSING = [
    "![x](attachment:gone.png)",
    "![x](<attachment:gone.png>)",
    "![x](<attachment:a b.png>)",
    "![x](attachment:)",
    "![x](\n  attachment:gone.png)",
    "![x][y]\n\n[y]: attachment:gone.png",
    "![x][y]\n\n[y]:\n  <attachment:gone.png>",
    "> ![x][y]\n>\n> [y]:\n> attachment:gone.png",
    "![x](attachment&#58;gone.png)",
    "![x](attachment\\:gone.png)",
    "![x](&#97;ttachment:gone.png)",
    "![x](attachment:image.png&amp;)",
    "![x](attachment:image.png\\))",
    "![x](attachment:image.png#gone)",
    "[![x](attachment:gone.png)](attachment:gone.png)",
    "<img src='attachment:gone.png'>",
]


@pytest.mark.parametrize("source", MISSING)
def test_one_that_is_not_there_costs_the_picture_and_not_the_page(page, source):
    notebook = notebook_of(f"Before.\n\n{source}\n\nAfter.", "image.png")
    (note,) = mend_attachments(notebook)
    assert note == "Pictures are missing from the notebook that its text refers to (cell 1)."
    assert "Before." in page(notebook)
    assert "After." in page(notebook)


def test_an_attachment_that_holds_nothing_is_not_there(page):
    notebook = notebook_of("![x](attachment:a)")
    notebook.cells[0].attachments = {"a": {}}
    assert mend_attachments(notebook)
    page(notebook)


def test_what_cells_put_out_has_no_attachments(page):
    output = new_output("display_data", data={"text/markdown": "![x](attachment:gone.png)"})
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[output])])
    assert mend_attachments(notebook) == []
    page(notebook)


@pytest.mark.parametrize("source", ["An attachment: see below.", "No pictures.", "attachments", "$a$ \\\\ b"])
def test_other_texts_stay_as_they_are(source):
    notebook = notebook_of(source)
    assert mend_attachments(notebook) == []
    assert notebook.cells[0].source == source


PIECES = [
    *(
        "![x](",
        "attachment:",
        "image.png",
        "a b",
        ")",
        "(",
        "<",
        ">",
        "\n",
        "[y]:",
        "![y]",
        " ",
        "\\",
        "&#58;",
        "&amp;",
    ),
    *("%20", "attachment", ":", "'t'", '"', "`", "> ", "- ", "é", "![x][y]", "<img src=", "[", "]", "!"),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_written_the_page_opens(page, source):
    notebook = notebook_of(source, "image.png", "a b", "é", "a")
    mend_attachments(notebook)
    page(notebook)
