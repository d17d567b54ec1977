import threading
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from sheetgrader.errors import CourseError
from sheetgrader.marking.rubric_file import (
    RubricChangedError,
    differences,
    locked_folder,
    read_rubrics,
    rubric_file,
    write_rubrics,
)
from sheetgrader.marking.rubric_toml import decode, encode
from sheetgrader.marking.rubrics import Item, Rule

from ..conftest import CourseBuilder
from .rubric_strategies import PATIENT, RUBRICS

SCHEME = "### BEGIN MARK SCHEME\n{}\n### END MARK SCHEME"
FIRST, SECOND = ("sheet", "ex1_text"), ("sheet", "ex2")


@pytest.fixture
def builder(tmp_path):
    """Writes a course from nothing."""
    return CourseBuilder(tmp_path / "course")


@pytest.fixture
def sheet(builder):
    def make(first="- 0.5: the sign of $\\sigma'$\n- 0.5: the rest", second="- 2: a curve\n- subtract 1: no labels"):
        builder.source(
            builder.answer("ex1_text", SCHEME.format(first), points=1.0, markdown=True),
            builder.task("ex2", "Draw.\n" + SCHEME.format(second), points=2.0),
        )
        return builder.load().sheet("sheet")

    make()
    return make


def reworded(rubric, identifier, **changes):
    items = tuple(msgspec.structs.replace(item, **changes) if item.id == identifier else item for item in rubric.items)
    return msgspec.structs.replace(rubric, items=items)


@PATIENT
@given(RUBRICS, RUBRICS)
def test_rubrics_are_read_as_they_were_written(one, other):
    rubrics = {("sheet 1", "ex.1"): one.items, ("sheet 1", "ex2"): other.items, ("b", "ex1"): ()}
    assert decode(encode(rubrics), Path("rubric.toml")) == rubrics


def test_words_of_any_kind_are_kept():
    texts = ["it's", 'a "b"', "\\sigma 'x'", "two\nlines", "'''\"\"\"", "\t\x7f", "é\u2028", "[[a.b]]", ""]
    items = tuple(Item(id=f"i{number}", text=text) for number, text in enumerate(texts))
    assert decode(encode({("a", "b"): items}), Path("rubric.toml")) == {("a", "b"): items}


def test_one_table_is_one_item():
    inner = Item(id="a1", rule=Rule.DEDUCTION, points=0.1, each=True, at_most=0.3, text="slip")
    text = encode({("sheet", "ex1_text"): (Item(id="a", points=1.0, text="$\\sigma$", items=(inner,)),)})
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        "",
        "[[sheet.ex1_text]]",
        'id = "a"',
        "points = 1.0",
        "text = '$\\sigma$'",
        "",
        "[[sheet.ex1_text]]",
        'id = "a1"',
        'under = "a"',
        'rule = "deduction"',
        "points = 0.1",
        "each = true",
        "at_most = 0.3",
        "text = 'slip'",
    ]


def test_the_source_rules_until_there_is_a_file(sheet):
    assert [item.text for item in read_rubrics(sheet())[FIRST].items] == ["the sign of $\\sigma'$", "the rest"]
    assert not rubric_file(sheet()).exists()
    now = sheet("- 1: all of it")
    assert [item.text for item in read_rubrics(now)[FIRST].items] == ["all of it"]
    assert differences(now) == ()


def test_from_the_first_change_on_the_file_rules_for_all_cells(sheet):
    before = read_rubrics(sheet())
    changed = reworded(before[FIRST], "b", text="what follows")
    write_rubrics(sheet(), [changed], instead_of=[before[FIRST]])
    now = sheet("- 1: all of it", "- 2: two curves")
    assert read_rubrics(now) == {FIRST: changed, SECOND: before[SECOND]}
    assert [path.name for path in rubric_file(now).parent.iterdir()] == ["rubric.toml"]


def test_the_points_of_a_cell_are_those_of_the_source(sheet, builder):
    write_rubrics(sheet(), [])
    builder.source(builder.task("ex2", "Draw.\n" + SCHEME.format("- 3: a curve"), points=3.0))
    now = builder.load().sheet("sheet")
    assert read_rubrics(now)[SECOND].max_points == 3.0
    told = "\n".join(differences(now))
    assert "ex1_text: no such cell of sheet.ipynb is marked by people" in told
    assert "ex2, item a differs from the source: it is worth 2, there 3" in told
    assert "ex2: the lines of the marking scheme come to 2 points, but the cell is worth 3" in told
    # What others were marked by is not thrown away.
    write_rubrics(now, [])
    assert "[[sheet.ex1_text]]" in rubric_file(now).read_text()


def test_each_difference_is_one_sentence(sheet):
    before = read_rubrics(sheet())
    first = reworded(before[FIRST], "a", text="the sign", points=0.4)
    first = msgspec.structs.replace(first, items=(*first.items, Item(id="x1", points=0.1, text="a new one")))
    second = msgspec.structs.replace(before[SECOND], items=before[SECOND].items[:1])
    write_rubrics(sheet(), [first, second])
    path = rubric_file(sheet())
    assert differences(sheet()) == (
        f"{path}, ex1_text, item a differs from the source: it is worth 0.4, there 0.5; it is worded otherwise",
        f"{path}, ex1_text, item x1 is not in the source",
        f"{path}, ex2, item b is missing, though the source has it",
    )
    turned = msgspec.structs.replace(before[FIRST], items=before[FIRST].items[::-1])
    into = msgspec.structs.replace(
        before[SECOND],
        items=(msgspec.structs.replace(before[SECOND].items[0], items=before[SECOND].items[1:]),),
    )
    write_rubrics(sheet(), [turned, into])
    assert differences(sheet()) == (
        f"{path}, ex1_text, the items stand in another order than in the source",
        f"{path}, ex2, item b differs from the source: it stands in item a, there by itself",
    )


def test_an_emptied_rubric_stays_empty(sheet):
    before = read_rubrics(sheet())
    write_rubrics(sheet(), [msgspec.structs.replace(before[SECOND], items=())])
    assert read_rubrics(sheet())[SECOND].items == ()


def test_nothing_is_written_over_what_somebody_else_changed(sheet):
    seen = read_rubrics(sheet())[FIRST]
    write_rubrics(sheet(), [reworded(seen, "a", text="one")], instead_of=[seen])
    kept = rubric_file(sheet()).read_bytes()
    with pytest.raises(RubricChangedError, match="somebody else has changed the rubric of ex1_text meanwhile"):
        write_rubrics(sheet(), [reworded(seen, "a", text="two")], instead_of=[seen])
    assert rubric_file(sheet()).read_bytes() == kept


def test_changes_to_different_cells_at_the_same_time_are_all_kept(sheet):
    sheet_now, seen = sheet(), read_rubrics(sheet())

    def change(question, text):
        write_rubrics(sheet_now, [reworded(seen[question], "a", text=text)], instead_of=[seen[question]])

    threads = [threading.Thread(target=change, args=each) for each in ((FIRST, "one"), (SECOND, "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = read_rubrics(sheet_now)
    assert [now[FIRST].items[0].text, now[SECOND].items[0].text] == ["one", "two"]


def test_comments_and_another_layout_are_read(sheet):
    write_rubrics(sheet(), [])
    path = rubric_file(sheet())
    path.write_text("# ours\n" + path.read_text().replace("points = 0.5", "points = .5 # half").replace(".5", "0.5"))
    path.write_text(path.read_text().replace("00.5", "0.5"))
    assert read_rubrics(sheet())[FIRST].items[0].points == 0.5


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[[sheet.ex1_text]]\nid = "a"\npoints = 0,1', "is no TOML: .*line 3"),
        ('[[sheet.ex1_text]]\nid = "a"\n\n[[sheet.ex1_text]]\nid = "b"\npoints = -1', "line 4: this item cannot be"),
        ('[[sheet.ex1_text]]\nid = "a"\npoints = nan', "line 1: "),
        ('[[sheet.ex1_text]]\nid = "a"\npoints = inf', "line 1: "),
        ('[[sheet.ex1_text]]\nid = "a"\npoint = 1', "line 1: .*unknown field `point`"),
        ('[[sheet.ex1_text]]\nid = "a b"', "line 1: "),
        ("[[sheet.ex1_text]]\npoints = 1", "line 1: .*missing required field `id`"),
        ('[[sheet.ex1_text]]\nid = "a"\nrule = "bonus"', "line 1: .*'bonus'"),
        ('[[sheet.ex1_text]]\nid = "a"\n[[sheet.ex1_text]]\nid = "a"', "line 3: there are two items a"),
        ('[[sheet.ex1_text]]\nid = "a"\nunder = "b"', "line 1: item a stands under 'b', but no item before it"),
        ('[[sheet.ex1_text]]\nid = "a"\nunder = "a"', "line 1: item a stands under 'a', but no item before it"),
        ("sheet = 1", "sheet is no notebook with cells"),
        ("[sheet]\nex1_text = 1", "sheet.ex1_text is no list of items"),
        ("[sheet]\nex1_text = [1]", "sheet.ex1_text: this item cannot be read"),
        ("sheet = " + "[" * 10_000, "is no TOML"),
        (
            "".join(f'[[s.e]]\nid = "a{i}"\n' + (f'under = "a{i - 1}"\n' if i else "") for i in range(40)),
            "stands more than 16 items deep",
        ),
        (b"\xff", "is not encoded as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(sheet, content, complaint):
    path = rubric_file(sheet())
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError, match=complaint) as raised:
        read_rubrics(sheet())
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)
    before = path.read_bytes()
    with pytest.raises(CourseError):
        write_rubrics(sheet(), [])
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told(sheet):
    path = rubric_file(sheet())
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("in the way")
    with pytest.raises(CourseError, match="cannot be written"):
        write_rubrics(sheet(), [])


def test_the_file_is_toml(sheet):
    write_rubrics(sheet(), [])
    content = tomllib.loads(rubric_file(sheet()).read_text())
    assert [item["points"] for item in content["sheet"]["ex1_text"]] == [0.5, 0.5]


def test_a_file_that_a_windows_editor_has_saved_is_read(sheet):
    write_rubrics(sheet(), read_rubrics(sheet()).values())
    path = rubric_file(sheet())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_rubrics(sheet())[FIRST].items


def test_nobody_waits_for_ever_for_a_folder_that_another_program_holds(tmp_path):
    with (
        locked_folder(tmp_path),
        pytest.raises(CourseError, match="is held by another program"),
        locked_folder(tmp_path, patience=0.2),
    ):
        pass
