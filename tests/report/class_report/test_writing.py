import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from typer.testing import CliRunner

from sheetgrader.cli import app
from sheetgrader.course.directory import Course
from sheetgrader.items import DrawnAxes
from sheetgrader.marking.rubric_file import read_rubrics, write_rubrics
from sheetgrader.report.class_report.facts import ClassFacts
from sheetgrader.report.class_report.writing import LeftOut, pages_folder, write_report
from sheetgrader.store.kept_curves import curves_file, read_curves
from sheetgrader.store.kept_results import keep_result, read_result

from ...conftest import CourseBuilder
from .small_class import GROUPS, OUTLIER, TEXTS, make_small_class


@pytest.fixture(scope="module")
def graded(tmp_path_factory, zygote):
    return make_small_class(CourseBuilder(tmp_path_factory.mktemp("class") / "course"), zygote)


@pytest.fixture
def sheet(graded, tmp_path):
    return Course.load(Path(shutil.copytree(graded, tmp_path / "course"))).sheet("sheet")


@pytest.fixture(scope="module")
def written(graded):
    sheet = Course.load(graded).sheet("sheet")
    steps = []
    report = write_report(ClassFacts(sheet), lambda: steps.append(1))
    assert len(steps) == len(GROUPS)
    return report, pages_folder(sheet)


class _Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.sources, self.tags = [], set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.links += [found["href"]] if tag == "a" else []
        self.ids |= {found["id"]} if "id" in found else set()
        self.sources += [found["src"]] if "src" in found else []


def _text(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def test_all_pages_are_written(written):
    report, folder = written
    assert report.groups == len(GROUPS)
    assert report.left_out == ()
    assert report.trouble == ""
    assert report.most_bytes < 5_000_000
    assert {path.name for path in (folder / "groups").iterdir()} == {f"{group}.html" for group in GROUPS}
    assert report.pages == len(list(folder.rglob("*.html")))


def test_every_link_leads_to_something(written):
    _, folder = written
    for path in folder.rglob("*.html"):
        for link in _Page(path).links:
            if link.startswith(("http:", "https:", "mailto:")):
                continue
            address, _, anchor = link.partition("#")
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), (path, link)
            assert not anchor or anchor in _Page(target).ids, (path, link)


def test_pages_load_nothing_and_run_only_our_own_script(written):
    _, folder = written
    for path in folder.rglob("*.html"):
        page = _Page(path)
        assert all(source.startswith("data:image/") for source in page.sources)
        policy = next(found["content"] for tag, found in page.tags if found.get("http-equiv"))
        assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
        assert "unsafe" not in policy
        assert sum(tag == "script" for tag, _ in page.tags) == 1
        assert not [found for _, found in page.tags if any(name.startswith("on") for name in found)]
        assert not [found for _, found in page.tags if "style" in found]


def test_what_students_wrote_is_there_and_does_nothing(written):
    _, folder = written
    page = _text(folder, "groups/hostile.html")
    assert "Because." in page
    assert "<script>document.title" not in page
    assert not [found for _, found in _Page(folder / "groups/hostile.html").tags if "onerror" in found]


def test_the_overview_has_everybody_with_points_and_flags(written):
    _, folder = written
    page = _text(folder, "index.html")
    rows = dict(re.findall(r'<tr><th scope="row" class="who"><a href="groups/(\w+)\.html">(.*?)</tr>', page))
    assert set(rows) == set(GROUPS)
    assert "<span>mark</span>" in rows["cleo"]
    assert "<span>similar code</span>" in rows["ada"]
    assert "<span>similar code</span>" not in rows["cleo"]


def test_a_question_tells_what_stopped_whom(written):
    _, folder = written
    page = _text(folder, "questions/01-ex1.html")
    criteria = re.findall(r'<th scope="row">(.*?)</th><td class="n">(\d+)</td><td class="n">(\d+)</td>', page)
    assert ("f(x) is the square of x.", "3", "6") in criteria
    assert ("f(0) is 0.", "2", "6") in criteria
    outcome = page.partition("Commonest wrong outcomes")[2].partition("</ol>")[0]
    assert "groups/cleo.html" in outcome
    assert "groups/emil.html" not in outcome


def test_a_rubrics_line_tells_whom_it_took_points_from(written):
    _, folder = written
    rubric = _text(folder, "questions/02-ex2.html").partition("<h2>Rubric</h2>")[2]
    numbers = re.findall(r'<td class="n">([\d.]+)</td>', rubric.partition("</table>")[0])
    assert "the reason is given" in rubric
    assert numbers == ["0.5", "2", "1", "3"]


def test_once_somebody_has_changed_a_rubric_it_is_the_scheme(sheet):
    (rubric,) = [each for each in read_rubrics(sheet).values() if each.items]
    items = (msgspec.structs.replace(rubric.items[0], text="the *new* reason is given"), *rubric.items[1:])
    write_rubrics(sheet, [msgspec.structs.replace(rubric, items=items)])
    (asked,) = [each for each in ClassFacts(sheet).asked if each.scheme]
    assert "<em>new</em> reason" in asked.scheme


def test_answers_stand_beside_the_marking_scheme(written):
    _, folder = written
    page = _text(folder, "questions/02-ex2-answers.html")
    assert "the reason is given" in page
    assert page.count('<article class="card answer">') == len(GROUPS)
    assert "BEGIN MARK SCHEME" not in page


def test_every_groups_figure_is_on_the_contact_sheet(written):
    _, folder = written
    page = _Page(folder / "questions/03-ex3-figures.html")
    assert {f"Figure 1 of {group}" for group in GROUPS} == {found["alt"] for tag, found in page.tags if tag == "img"}


def test_all_curves_are_in_one_plot_and_the_odd_one_first(written):
    _, folder = written
    page = _text(folder, "questions/03-ex3-curves.html")
    assert len(re.findall('<path class="curve', page)) == len(GROUPS)
    assert len(re.findall('<path class="curve outlier"', page)) == 1
    assert re.search(r'<ol class="apart"><li class="out"><a href="\.\./groups/(\w+)\.html">', page)[1] == OUTLIER


def test_the_curves_that_are_kept_are_what_was_drawn(graded):
    sheet = Course.load(graded).sheet("sheet")
    (axes,) = read_curves(sheet, "emil")
    assert (axes.notebook, axes.cell, axes.xlabel) == ("sheet", "ex3_code", "x")
    assert axes.curves[0].label == "f"
    assert axes.curves[0].y[10] == pytest.approx(1.0)
    assert msgspec.json.decode(curves_file(sheet, "emil").read_bytes(), type=tuple[DrawnAxes, ...]) == (axes,)


def test_what_was_graded_without_curves_still_opens(sheet):
    shutil.rmtree(sheet.course.reports_folder / "sheet/curves")
    report = write_report(ClassFacts(sheet), lambda: None)
    assert report.left_out == ()
    assert not list(pages_folder(sheet).rglob("*-curves.html"))


def test_two_who_marked_the_same_are_compared(written):
    _, folder = written
    page = _text(folder, "statistics.html")
    assert re.search(r'ex2_text</th><td>Ada, Ben</td><td class="n">3</td><td class="n">2</td>', page)


def test_similar_code_stands_side_by_side(written):
    _, folder = written
    page = _text(folder, "pairs/1.html")
    assert "<h1>ada and bob</h1>" in page
    assert page.count("<mark>") >= 2


def test_scans_are_on_the_groups_page(written):
    _, folder = written
    page = _text(folder, "groups/emil.html")
    assert page.count('alt="Page ') == 2
    assert "scan.pdf: on page 2 hardly anything can be read" in page


def test_a_regrade_is_told(sheet):
    before = read_result(sheet, "cleo")
    cells = tuple(
        msgspec.structs.replace(cell, points=1.5) if cell.grade_id == "ex1_test" else cell for cell in before.cells
    )
    keep_result(sheet, msgspec.structs.replace(before, cells=cells), before)
    write_report(ClassFacts(sheet), lambda: None)
    page = _text(pages_folder(sheet), "regrades.html")
    assert re.search(r"ex1_test: .* → 1\.5", page)
    assert "groups/cleo.html" in page


def test_a_damaged_notebook_costs_its_own_answers_alone(sheet):
    (sheet.autograded_folder("bob") / "sheet.ipynb").write_bytes(b"{ no notebook")
    report = write_report(ClassFacts(sheet), lambda: None)
    why = "a graded notebook is lost or damaged (sheetgrader grade sheet --force makes it anew)"
    assert report.left_out == (LeftOut(group="bob", why=why),)
    assert "sheet.ipynb cannot be read" in _text(pages_folder(sheet), "groups/bob.html")
    assert "Because." in _text(pages_folder(sheet), "groups/hostile.html")


def test_a_report_takes_the_place_of_the_one_before(sheet):
    folder = pages_folder(sheet)
    (folder / "groups").mkdir(parents=True, exist_ok=True)
    (folder / "groups/gone.html").write_text("of somebody who is gone")
    write_report(ClassFacts(sheet), lambda: None)
    assert not (folder / "groups/gone.html").exists()
    assert read_result(sheet, "ada") is not None


def test_the_command_writes_it_and_tells_where(sheet):
    root = str(sheet.course.root)
    told = CliRunner().invoke(app, ["--course", root, "report", "sheet", "--json"])
    assert told.exit_code == 0
    assert Path(msgspec.json.decode(told.stdout)["overview"]).is_file()


def test_a_sheet_that_nobody_has_handed_in_has_a_report_too(tmp_path):
    builder = CourseBuilder(tmp_path / "course")
    builder.source(builder.answer("ex1_text", "Because.", points=1.0, markdown=True))
    sheet = builder.load().sheet("sheet")
    assert write_report(ClassFacts(sheet), lambda: None).groups == 0
    assert "Nothing is graded yet." in _text(pages_folder(sheet), "statistics.html")


def test_an_answer_that_is_as_it_was_given_out_is_told_in_one_line(sheet):
    notebook = sheet.autograded_folder("cleo") / "sheet.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace(TEXTS["cleo"], "YOUR ANSWER HERE"))
    write_report(ClassFacts(sheet), lambda: None)
    page = _text(pages_folder(sheet), "questions/02-ex2-answers.html")
    assert page.count("Left unanswered.") == 1
    assert "YOUR ANSWER HERE" not in page
