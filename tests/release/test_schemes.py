import pytest

from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.source import read_notebook
from sheetgrader.marking.rubric_file import rubric_file, write_rubrics
from sheetgrader.release.release import release
from sheetgrader.release.schemes import check_schemes, scheme_remarks

SCHEME = "### BEGIN MARK SCHEME\n{}\n### END MARK SCHEME"


def notebooks(sheet):
    return [read_notebook(path) for path in sheet.source_notebooks().values()]


def problems(sheet):
    return list(check_schemes(notebooks(sheet), CourseDelimiters.of(sheet.course.config)))


def remarks(sheet):
    return list(scheme_remarks(sheet, notebooks(sheet)))


@pytest.fixture
def sheet(builder):
    def make(scheme, *, points=1.0, kind="text"):
        text = "Answer.\n" + SCHEME.format(scheme)
        cell = (
            builder.task("ex1", text, points=points)
            if kind == "task"
            else builder.answer("ex1", text, points=points, markdown=True)
        )
        builder.source(cell)
        return builder.load().sheet("sheet")

    return make


@pytest.mark.parametrize("kind", ["text", "task"])
def test_a_scheme_that_does_not_reach_the_points_is_not_released(sheet, kind):
    made = sheet("- 0.5: right\n- subtract 0.5: wrong", kind=kind)
    report = release(made, grade=None)
    place = f"{made.source_notebooks()['sheet']}, cell 1 (ex1)"
    assert report.problems == (
        f"{place}, the lines of the marking scheme come to 0.5 points, but the cell is worth 1; change the lines or the"
        " cell's points",
    )
    assert not made.release_folder.exists()


def test_a_line_that_cannot_be_read_is_named(sheet):
    made = sheet("- 1: right\n- Subtract 0.1 for each plot.")
    (problem,) = problems(made)
    assert ", cell 1 (ex1), line 4: 'Subtract 0.1 for each plot.': its points cannot be read" in problem


@pytest.mark.parametrize("scheme", ["half a point for the sign", "One point: 1.\n\n- 0.5 for the sign", "", "- 1/2: b"])
def test_schemes_in_prose_are_released(sheet, scheme):
    report = release(sheet(scheme), grade=None)
    assert report.problems == ()
    assert report.released
    told = [remark for remark in report.remarks if "have no lines with points" in remark]
    assert len(told) == bool(scheme)
    assert all("the marking schemes of ex1 have" in remark for remark in told)


def test_a_course_without_schemes_hears_nothing_of_them(builder):
    builder.source(builder.answer("ex1", "Answer.", points=1.0, markdown=True))
    made = builder.load().sheet("sheet")
    assert problems(made) == remarks(made) == []


def test_extra_credit_is_released(sheet):
    assert release(sheet("- 0.5: elegant", points=0.0), grade=None).released


def test_a_note_that_states_a_rule_is_remarked(sheet):
    (remark,) = remarks(sheet("- 1: right\n- A slip: subtract 0.1."))
    assert "cell 1 (ex1), line 4: a note seems to state a rule ('A slip: subtract 0.1.')" in remark


def test_what_tutors_changed_is_shown(sheet):
    made = sheet("- 1: right")
    write_rubrics(made, [])
    assert remarks(made) == []
    changed = sheet("- 0.4: right\n- 0.6: shown")
    report = release(changed, grade=None)
    assert report.released
    path = rubric_file(made)
    assert report.remarks[:2] == (
        f"{path}, ex1, item a differs from the source: it is worth 1, there 0.4",
        f"{path}, ex1, item b is missing, though the source has it",
    )


def test_a_file_of_rubrics_that_cannot_be_read_is_remarked(sheet):
    made = sheet("- 1: right")
    write_rubrics(made, [])
    rubric_file(made).write_text("[[")
    report = release(made, grade=None)
    assert report.released
    assert any(remark.startswith(f"{rubric_file(made)} is no TOML") for remark in report.remarks)
