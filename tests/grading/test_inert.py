"""Nothing of a group's runs where its graded notebook is opened by nbgrader's or Jupyter's own programs."""

from __future__ import annotations

import html.parser
import random
from collections import Counter
from typing import Any

import nbconvert.filters
import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from sheetgrader.grading.inert import inert_text, is_inert_html, make_inert
from sheetgrader.items import SourceCell

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")

ACTING = [
    "<script>attack()</script>",
    "<SCRIPT src=//example.org/x.js></SCRIPT>",
    "<img src=x onerror=attack()>",
    "<img src='x'onerror='attack()'>",
    "<img/src=x/onerror=attack()>",
    "<b\nonmouseover\n=\nattack()>x</b>",
    "<svg onload=attack()><script>attack()</script></svg>",
    "<svg><animate onbegin=attack() attributeName=x></svg>",
    "<iframe src='javascript:attack()'></iframe>",
    "<iframe srcdoc='&lt;script&gt;attack()&lt;/script&gt;'></iframe>",
    "<details open ontoggle=attack()>x</details>",
    "<input autofocus onfocus=attack()>",
    "<a href='jAvAsCrIpT:attack()'>x</a>",
    "<a href='java&#115;cript:attack()'>x</a>",
    "<form action='javascript:attack()'><button>x</button></form>",
    "<object data='data:text/html,<script>attack()</script>'></object>",
    "<embed src='//example.org/x.swf'>",
    "<meta http-equiv=refresh content='0;url=javascript:attack()'>",
    "<base href='//example.org'>",
    "<link rel=stylesheet href='//example.org/x.css'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=attack()></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=attack()>'>",
    "<style>@import '//example.org/x.css';</style>",
    "<p style='background: url(//example.org/x.png)'>x</p>",
    "<x-y onclick=attack()>x</x-y>",
    "<!--><script>attack()</script>-->",
    "<b title='>'><script>attack()</script>",
    "</p title='<'><script>attack()</script>",
    "<a<b onclick=attack()>",
    "<marquee onstart=attack()>x</marquee>",
    "<textarea></textarea><script>attack()</script>",
    "<?xml ?><script>attack()</script>",
    "<![CDATA[<script>attack()</script>]]>",
]
MARKDOWN = [
    *ACTING,
    "text before `code <script>` <script>attack()</script>",
    "$a<b$ and <img src=x onerror=attack()>",
    '```"onload=attack()\n<script>attack()</script>\n```',
    "    <script>attack()</script>\n\n<script>attack()</script>",
    "<div>\n<script>attack()</script>\n\n<b$ onmouseover=attack()>\n</div>",
    '![x" onerror="attack()](y) [x](javascript:attack())',
    "$$<script>attack()</script>$$ \\begin{align}<script>attack()</script>\\end{align} $<script>attack()</script>$",
    '[x]: <javascript:attack()> "<script>attack()</script>"\n\n[x]',
]
HARMLESS = [
    "So $a<b$ and $c<d$, where x<y; once = more, only.",
    "`vector<int>` and\n\n```python\nif a<b: pass\n```",
    '<img src="plot.png" width=300> <br/> <b>bold</b> <font color=red>red</font>',
    '<a href="https://example.org/?a=1&b=2">link</a> <https://example.org> <!-- a note -->',
    "<details open><summary>More</summary>text</details>",
    "one < two > three",
]
#: What hides what stands after or around it, or draws in its place.
HIDING = [
    "<style>*{display:none}</style>",
    "<style>.dataframe th{color:red} .input{color:white}</style>",
    "<style>.dataframe, body{color:white}</style>",
    "<style>.dataframe ~ *{color:white}</style>",
    "<style>#T_a{} #notebook{color:white}</style>",
    "<style>.dataframe::after{content:'10 points'}</style>",
    "<div style='display: none'>x</div>",
    "<div style='display:/**/none'>x</div>",
    "<b style='VISIBILITY:hidden'>x</b>",
    "<p style='font-size:0'>x</p>",
    "<p style='max-height: 0px'>x</p>",
    "<p style='margin: -999em'>x</p>",
    "<p style='transform: scale(90)'>x</p>",
    "<p class='cell hidden'>x</p>",
    "<p class='jp-mod-noInput'>x</p>",
    "<pre class='mermaid'>graph TD; A-->B</pre>",
]
#: The same, by what is never closed; a page that markdown is made of has it closed, or is read as text.
OPEN = [
    "<table><tr><td>",
    "<b color=white>",
    "<font color=white><p>",
    "<b color=white><table><tr><td></b></td></tr></table>",
    "<table><table></table>",
    "</b><b>",
]
OF_LIBRARIES = [
    "<style>\n.dataframe > thead > tr,\n.dataframe > tbody > tr {\n  text-align: right;\n}\n</style>"
    "<table class='dataframe'><tr><td>1</td></tr></table>",
    '<style type="text/css">\n#T_1ab2_row0_col0, #T_1ab2_row1_col1 {\n  background-color: yellow;\n  width: 10em;\n}\n'
    "#T_1ab2 th.col_heading {\n  font-size: 11px;\n}\n</style>"
    "<table id='T_1ab2'><tr><td id='T_1ab2_row0_col0' class='data row0 col0'>1</td></tr></table>",
    "<div style='overflow-x: auto; max-height: 400px; width: 100%; display: inline-block'><b>1</b></div>",
]
TABLE = """<div>
<style scoped>
    .dataframe tbody tr th:only-of-type {
        vertical-align: middle;
    }
</style>
<table border="1" class="dataframe">
  <thead><tr style="text-align: right;"><th></th><th>a</th></tr></thead>
  <tbody><tr><th>0</th><td id="T_1_row0" data-x="1">1 &lt; 2</td></tr></tbody>
</table>
</div>"""


class _Page(html.parser.HTMLParser):
    """Counts what in a page runs, loads or leads to a program."""

    def __init__(self) -> None:
        super().__init__()
        self.running: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "form", "input", "meta", "link", "svg"):
            self.running[tag] += 1
        for name, value in attributes:
            address = (value or "").strip().lower() if name in ("href", "src", "data", "action") else ""
            if name.startswith("on") or name == "srcdoc" or address.startswith(("javascript:", "//example")):
                self.running[f"{tag} {name}"] += 1


def _running(page: str) -> Counter[str]:
    found = _Page()
    found.feed(page)
    return found.running


def _exported(notebook: NotebookNode, template: str) -> str:
    page, _ = HTMLExporter(template_name=template).from_notebook_node(nbformat.reads(nbformat.writes(notebook), 4))
    return page


def _display(**data: str) -> NotebookNode:
    return new_output("display_data", data={kind.replace("_", "/"): content for kind, content in data.items()})


def _widget(text: str) -> NotebookNode:
    view = {"model_id": "a", "note": text}
    return new_output("display_data", data={"application/vnd.jupyter.widget-view+json": view, "text/plain": "text"})


def _notebook(text: str) -> NotebookNode:
    """A notebook with ``text`` in all places that are a group's to fill."""
    outputs = [
        _display(text_html=text, text_plain="text"),
        _display(text_markdown=text),
        _display(text_latex=text),
        _display(text_plain=text),
        new_output("display_data", data={"application/javascript": text}),
        new_output("display_data", data={"text/vnd.mermaid": text}),
        new_output("display_data", data={"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>"}),
        _widget(text),
        new_output("stream", name="stdout", text=text),
        new_output("error", ename=text, evalue=text, traceback=[text]),
    ]
    raw = new_raw_cell(text, metadata={"raw_mimetype": "text/html", "format": "text/html"})
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"model_name": "HTMLModel", "value": text}}}}
    return new_notebook(
        cells=[new_markdown_cell(text), new_code_cell(text, outputs=outputs), raw], metadata={"widgets": state}
    )


@pytest.fixture(scope="module")
def of_ours() -> dict[str, Counter[str]]:
    """What the templates themselves have that runs."""
    return {template: _running(_exported(_notebook("text"), template)) for template in ("lab", "classic")}


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_nothing_of_a_group_runs_in_an_export_of_jupyters(of_ours, template: str) -> None:
    # All in one: an export takes most of its time to begin.
    notebook, plain = (
        new_notebook(
            cells=[cell for text in texts for cell in _notebook(text).cells], metadata=_notebook(texts[0]).metadata
        )
        for texts in (MARKDOWN, ["text"] * len(MARKDOWN))
    )
    assert _running(_exported(notebook, template)) - _running(_exported(plain, template))
    remarks = make_inert(notebook, ())
    make_inert(plain, ())
    assert len(remarks) == 1
    assert remarks[0].startswith("What would act where the notebook is shown was made text or taken out (cell 1, ")
    page = _exported(notebook, template)
    assert not _running(page) - _running(_exported(plain, template))
    assert "attack()" in page


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_runs_nothing_whatever_is_in_it(text: str) -> None:
    assert not _running(nbconvert.filters.markdown2html(inert_text(text)))


@pytest.mark.parametrize("text", ACTING)
def test_html_that_acts_is_known(text: str) -> None:
    assert not is_inert_html(text)
    assert not is_inert_html(f"<p>text</p>{text}")


@pytest.mark.parametrize("text", [*HIDING, *OPEN])
def test_html_that_hides_what_is_around_it_is_known(text: str) -> None:
    assert not is_inert_html(text)


@pytest.mark.parametrize("text", HIDING)
def test_markdown_hides_nothing(text: str) -> None:
    assert inert_text(f"Text.\n\n{text}\n").startswith("Text.\n\n< ")


@pytest.mark.parametrize(
    "fence", ["```mermaid\nx\n```", "~~~~ \tmermaid now\nx\n~~~~", "> - ```mermaid\n>   x\n>   ```"]
)
def test_code_is_shown_as_code(fence: str) -> None:
    assert 'class="mermaid"' in nbconvert.filters.markdown2html(fence)
    assert 'class="mermaid"' not in nbconvert.filters.markdown2html(inert_text(fence))


@pytest.mark.parametrize("text", OF_LIBRARIES)
def test_tables_of_libraries_are_shown(text: str) -> None:
    assert is_inert_html(text)


@pytest.mark.parametrize("text", [*HARMLESS, TABLE])
def test_what_harms_nobody_stays_as_it_is(text: str) -> None:
    notebook = new_notebook(cells=[new_markdown_cell(text), new_code_cell("1", outputs=[_display(text_html=TABLE)])])
    before = nbformat.writes(notebook)
    assert make_inert(notebook, ()) == []
    assert nbformat.writes(notebook) == before


def test_the_sheets_own_cells_are_the_instructors_affair() -> None:
    own = SourceCell(
        grade_id="ex1", cell_type="markdown", source="", locked=True, grade=False, solution=False, task=False,
        max_points=None, checksum="",
    )  # fmt: skip
    text = "<iframe src='https://example.org/video'></iframe>"
    cells = [new_markdown_cell(text, metadata={"nbgrader": {"grade_id": name}}) for name in ("ex1", "ex1_text")]
    notebook = new_notebook(cells=cells)
    assert make_inert(notebook, [own]) == [
        "What would act where the notebook is shown was made text or taken out (ex1_text)."
    ]
    assert [cell.source for cell in notebook.cells] == [text, text.replace("<", "< ")]


def test_attachments_are_images_or_nothing() -> None:
    bundle = {"image/png": "aGVsbG8=", "text/html": "<script>", 'image/png" onerror="attack()': "aGVsbG8="}
    cell = new_markdown_cell("![x](attachment:a)", attachments={"a": bundle, "b": {"image/png": '" onerror="attack()'}})
    assert make_inert(new_notebook(cells=[cell]), ())
    assert cell.attachments == {"a": {"image/png": "aGVsbG8="}, "b": {}}


def test_what_chance_makes_of_pieces_runs_nothing() -> None:
    chance = random.Random(9)  # noqa: S311 # repeatable, not secret
    pieces: list[Any] = [
        *ACTING, "<", ">", "<b", "<p>", "</", "'", '"', "`", "```\n", "$", "$$", "\n", "\n\n", "    ", "<!--", "-->",
        "&lt;",
        " onerror=attack() ", "\\", "=", "/", "x", "[", "](", ")", "<div>", "</div>", "<style>", "</style>",
        "<script", "-", "#",
    ]  # fmt: skip
    for _ in range(400):
        text = "".join(chance.choices(pieces, k=chance.randint(2, 9)))
        assert not _running(nbconvert.filters.markdown2html(inert_text(text))), text
        if is_inert_html(text):
            assert not _running(text), text
