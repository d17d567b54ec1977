from __future__ import annotations

import base64
import html
import io
from typing import Any

import nbformat.v4
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from PIL import Image

from sheetgrader.report.images import Images
from sheetgrader.report.rendering import Renderer, TextLimits

from .dangers import dangers


def _pixel() -> str:
    written = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


PIXEL = _pixel()


def _display(**data: Any) -> NotebookNode:
    return nbformat.v4.new_output(
        "display_data", data={kind.replace("_", "/"): content for kind, content in data.items()}
    )


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>click</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>click</a>",
    "<iframe src='https://example.org'></iframe>",
    "<style>body { display: none }</style><p style='position: fixed'>over the page</p>",
    "<form action='https://example.org'><input name=password></form>",
    "<meta http-equiv=refresh content='0;url=https://example.org'><base href='https://example.org'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<p id=total>10 / 10</p>",
    "<img srcset='https://example.org/x.png 1x' src='https://example.org/x.png'>",
    "[link](javascript:alert(1)) ![image](javascript:alert(1)) ![image](data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=)",
    "$\\href{javascript:alert(1)}{x}$ $\\text{<img src=x onerror=alert(1)>}$",
    "$$\\style{position:fixed}{x}$$ \\begin{align}<script>alert(1)</script>\\end{align}",
    "</div></section><script>alert(1)</script>",
    "<details ontoggle=alert(1) open>x</details>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_that_students_write_acts(source: str) -> None:
    renderer = Renderer()
    for markup in (
        renderer.markdown(source),
        renderer.heading(source),
        renderer.code(source),
        renderer.output(_display(text_html=source)),
        renderer.output(_display(text_markdown=source)),
        renderer.output(_display(text_plain=source)),
        renderer.output(nbformat.v4.new_output("stream", name="stdout", text=source)),
        renderer.output(nbformat.v4.new_output("error", ename="E", evalue=source, traceback=[source])),
    ):
        assert dangers(markup) == [], markup


@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                '"',
                "'",
                "=",
                "/",
                "img ",
                "src",
                "onerror",
                "script",
                "$",
                "\\",
                "`",
                "[",
                "](",
                ")",
                "a",
                " ",
                "\n",
                "&",
            ]
        )
    )
)
def test_no_mixture_of_markup_acts(parts: list[str]) -> None:
    source = "".join(parts)
    renderer = Renderer()
    assert dangers(renderer.markdown(source)) == []
    assert dangers(renderer.output(_display(text_html=source))) == []


def test_markdown_keeps_what_students_write() -> None:
    markup = Renderer().markdown(
        "**bold** and `code`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- item\n\n[page](https://example.org)"
    )
    for part in (
        "<strong>bold</strong>",
        "<code>code</code>",
        "<td>1</td>",
        "<li>item</li>",
        'href="https://example.org"',
    ):
        assert part in markup


@pytest.mark.parametrize(
    "source",
    [
        "$\\sigma(x)$",
        "$ \\sigma(x) $",
        "$$\n\\sigma(x)\n$$",
        "before $$\\sigma(x)$$ after",
        "\\begin{align}\\sigma(x)\\end{align}",
    ],
)
def test_formulas_become_mathml(source: str) -> None:
    markup = Renderer().markdown(source)
    assert "<math" in markup
    assert "<mi>σ</mi>" in markup


def test_formula_that_cannot_be_read_stays_as_it_was_written() -> None:
    assert "<code>$a_b_c$</code>" in Renderer().markdown("so $a_b_c$ holds")
    assert f"<code>${'x' * 3000}$</code>" in Renderer().markdown(f"${'x' * 3000}$")


def test_attached_scan_is_shown() -> None:
    markup = Renderer().markdown("![my proof](attachment:scan%20of%20it.png)", {"scan of it.png": {"image/png": PIXEL}})
    assert 'src="data:image/png;base64,' in markup
    assert 'alt="my proof"' in markup


@pytest.mark.parametrize(
    "source", ["![scan](scan.png)", "![scan](attachment:other.png)", "![scan](https://example.org/scan.png)"]
)
def test_image_from_elsewhere_is_told_about(source: str) -> None:
    markup = Renderer().markdown(source, {"scan.png": {"image/png": PIXEL}})
    assert "src=" not in markup
    assert "An image is not shown: it is not part of the notebook." in markup


def test_table_with_an_image_inside_is_kept() -> None:
    markup = Renderer().output(
        _display(
            text_html=f"<table><tr><td>1</td><td><img src='data:image/png;base64,{PIXEL}'></td></tr></table>",
            text_plain="no",
        )
    )
    assert "<td>1</td>" in markup
    assert 'src="data:image/png;base64,' in markup


def test_plots_are_shown_and_drawings_are_not() -> None:
    renderer = Renderer()
    assert '<img src="data:image/png;base64,' in renderer.output(_display(image_png=PIXEL, text_plain="<Figure>"))
    assert "SVG is not shown" in renderer.output(
        nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg></svg>"})
    )
    assert "An image is not shown: it is damaged." in renderer.output(_display(image_png="%%%"))


def test_output_of_programs_is_plain_text() -> None:
    markup = Renderer().output(nbformat.v4.new_output("stream", name="stdout", text="\x1b[31m10 %\r100 %\x1b[0m <b>"))
    assert markup == '<pre class="text" tabindex="0">100 % &lt;b&gt;</pre>'


def test_floods_are_cut_short() -> None:
    renderer = Renderer()
    assert len(renderer.output(nbformat.v4.new_output("stream", name="stdout", text="x" * 4_000_000))) < 25_000
    assert len(renderer.code("x = 1\n" * 100_000)) < 60_000
    assert len(renderer.markdown("word " * 100_000)) < 60_000
    assert "too long to show" in renderer.output(_display(text_html="<p>" * 200_000))
    flood = [nbformat.v4.new_output("stream", name="stdout", text=f"{number}") for number in range(1000)]
    shown = renderer.outputs(flood)
    assert len(shown) == TextLimits().outputs + 1
    assert "950 more outputs are not shown." in shown[-1]


def test_a_page_formats_only_so_much() -> None:
    renderer = Renderer(limits=TextLimits(page=1000))
    assert "<strong>" in renderer.markdown("**bold**" * 10)
    for _ in range(20):
        last = renderer.markdown("**bold**" * 10)
    assert "<strong>" not in last


@pytest.mark.parametrize(
    "source",
    [
        "[" * 50_000,
        "*a **" * 10_000,
        ">" * 50_000,
        "`a" * 25_000,
        "[a](" * 12_500,
        "<a " * 16_000,
        "![" * 25_000,
        "$a " * 16_000,
        "- " * 25_000,
    ],
    ids=["brackets", "stars", "quotes", "backticks", "links", "tags", "images", "dollars", "lists"],
)
def test_markdown_made_to_be_slow_is_rendered_all_the_same(source: str) -> None:
    # Parsers that backtrack would not come back from this.
    assert dangers(Renderer().markdown(source)) == []


@pytest.mark.parametrize("tag", ["<ul><li>", "<div>", "<table>", "<math>", "<b>", "<a href=x>"])
def test_html_nested_without_end_is_not_parsed(tag: str) -> None:
    source = tag * (190_000 // len(tag))
    assert "too long to show" in Renderer().output(_display(text_html=source))
    assert Renderer().markdown(source).startswith('<pre class="text"')


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data"},
        {"output_type": "display_data", "data": "text"},
        {"output_type": "display_data", "data": {"image/png": ["a", 3], "text/plain": None}},
        {"output_type": "display_data", "data": {"text/plain": {"a": 1}}},
        {"output_type": "stream"},
        {"output_type": "error", "traceback": [None, 3]},
        {"output_type": "of a later format"},
        {},
    ],
)
def test_outputs_that_no_kernel_makes_are_survived(output: dict[str, Any]) -> None:
    assert dangers(Renderer(Images()).output(nbformat.from_dict(output))) == []


@pytest.mark.parametrize(
    ("formula", "sign"),
    [
        ("a \\not= b", "&#x02260;"),
        ("a \\not{=} b", "&#x02260;"),
        ("a \\not < b", "&#x0226E;"),
        ("a \\not\\in B", "&#x02209;"),
    ],
)
def test_a_relation_that_is_struck_out_is_one_sign(formula: str, sign: str) -> None:
    shown = Renderer().markdown(f"${formula}$")
    assert html.unescape(sign) in html.unescape(shown)
    assert "mpadded" not in shown


@pytest.mark.parametrize(
    "address", ["data/x.csv", "#ex1", "../other/page.html", "/etc/passwd", "//example.org/x", "?a=1", "file:x"]
)
def test_links_that_lead_nowhere_from_the_page_are_text(address: str) -> None:
    for text in (f"[the data]({address})", f'<a href="{address}">the data</a>'):
        shown = Renderer().markdown(text)
        assert "the data" in shown
        assert "href" not in shown


@pytest.mark.parametrize("address", ["https://example.org/a?b=1", "HTTP://example.org", "mailto:ada@example.org"])
def test_other_links_stay(address: str) -> None:
    assert f'href="{address}"' in Renderer().markdown(f'<a href="{address}">there</a>')


def test_long_formulas_can_be_reached_from_the_keyboard() -> None:
    assert '<math display="block" tabindex="0">' in Renderer().markdown("$$x$$")
    assert "tabindex" not in Renderer().markdown("$x$")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<table><tr><th scope='col'></th><th>a</th></tr></table>", "<td></td><th>a</th>"),
        ("<h1></h1><p>a</p>", "<p>a</p>"),
        ("<p><a href='https://example.org'></a>b</p>", "<p>b</p>"),
        ("<h1>a</h1><h6>b</h6>", "<h3>a</h3><h3>b</h3>"),
        ('<p lang="xx-yy">a</p>', "<p>a</p>"),
    ],
)
def test_nothing_is_left_that_a_screen_reader_stumbles_over(source: str, shown: str) -> None:
    assert shown in Renderer().markdown(source)


def test_header_cells_that_hold_a_formula_alone_are_cells() -> None:
    shown = Renderer().markdown("| $x$ | b |\n|---|---|\n| 1 | 2 |")
    assert shown.count("<th>") == shown.count("</th>") == 1
    assert shown.count("<td>") == shown.count("</td>") == 3


def test_images_without_a_description_get_one() -> None:
    shown = Renderer().markdown(f'<img src="data:image/png;base64,{PIXEL}">')
    assert shown.count('alt="') == 1
