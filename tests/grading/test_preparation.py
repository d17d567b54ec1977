import copy
import json
import warnings
from pathlib import Path

import msgspec
import nbformat
import nbgrader
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.autograde import Autograde
from traitlets.config import Config

from sheetgrader.course.directory import Course
from sheetgrader.errors import SubmissionError
from sheetgrader.grading.preparation import prepare, preprocessor_config, tidy
from sheetgrader.grading.sheet_cells import blank_notebook
from sheetgrader.store.generation import regenerate
from sheetgrader.store.material import sheet_material

NBGRADER_TESTS = Path(nbgrader.__file__).parent / "tests"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The work item's notebook of a sheet with every kind of cell, the skeleton, and nbgrader's gradebook for it."""
    root = tmp_path_factory.mktemp("course")

    def cell(kind, grade_id, source, **roles):
        metadata = {
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
            "schema_version": 3,
            "grade_id": grade_id,
            **roles,
        }
        return getattr(nbformat.v4, f"new_{kind}_cell")(source, id=grade_id, metadata={"nbgrader": metadata})

    cells = [
        nbformat.v4.new_markdown_cell("# Title", id="title"),
        cell("code", "imports", "import math", locked=True),
        cell("markdown", "question", "What is it?", locked=True),
        cell("code", "answer", "### BEGIN SOLUTION\nx = 2\n### END SOLUTION", solution=True),
        cell(
            "code",
            "answer_test",
            "assert x == 2\n### BEGIN HIDDEN TESTS\nassert x != 3\n### END HIDDEN TESTS",
            grade=True,
            locked=True,
            points=2,
        ),
        cell("code", "empty_test", "", grade=True, locked=True, points=1.5),
        cell("markdown", "text", "Because.", grade=True, solution=True, points=3),
        cell("code", "code_text", "y = 1", grade=True, solution=True, points=1),
        cell("markdown", "task", "Draw.", task=True, locked=True, points=1),
        nbformat.v4.new_code_cell("print(x)", id="end"),
    ]
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    source = root / "source/sheet/sheet.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), source)
    course = Course.load(root)
    (notebook,) = sheet_material(course.sheet("sheet")).notebooks
    skeleton = nbformat.read(regenerate(course.sheet("sheet"), root / "staging") / "sheet.ipynb", as_version=4)
    return notebook, skeleton, course.db_url


def handed_in(work, notebook, **changed):
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return msgspec.structs.replace(work, submitted=content, **changed)


def sanitized_by_nbgrader(content, db_url, config=None, *, notebook="sheet", assignment="sheet"):
    """Return what nbgrader makes of a notebook, or the error it raises."""
    exporter = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}, **(config or {})}))
    for kind in Autograde.class_traits()["sanitize_preprocessors"].default():
        exporter.register_preprocessor(kind, enabled=True)
    resources = {"nbgrader": {"notebook": notebook, "assignment": assignment, "student": "ada", "db_url": db_url}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            text, _ = exporter.from_notebook_node(nbformat.reads(content, as_version=4), resources=resources)
        except Exception as error:  # noqa: BLE001 # whatever it raises is what is compared
            return error
    return json.loads(text)


def without_ids(notebook):
    """Return a notebook as plain data without cell ids, of which nbformat makes up missing ones."""
    plain = (
        json.loads(nbformat.writes(nbformat.from_dict(notebook), version=nbformat.NO_CONVERT))
        if not isinstance(notebook, dict)
        else notebook
    )
    plain = json.loads(json.dumps(plain))
    for cell in plain["cells"]:
        cell.pop("id", None)
        cell["source"] = "".join(cell["source"])
    return plain


def names_of(notebook):
    """Return the names that cells claim, as far as they are texts."""
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    return [name for name in names if isinstance(name, str)]


def shown(notebook, *, without=()):
    """Return what stands in a notebook's cells and which names they have."""
    found = []
    for cell in without_ids(notebook)["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name not in without:
            found.append((cell["cell_type"], name, cell["source"], cell.get("outputs"), cell.get("attachments")))
    return found


def ours(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return json.loads(nbformat.writes(prepare(work).notebook))
        except SubmissionError as error:
            return error


# Tampering: each changes a notebook that is plain data, at a position, with a value.

OUTPUT = {"output_type": "stream", "name": "stdout", "text": "2"}
ODD = st.sampled_from(
    [None, True, False, 0, 1, 7.5, -1, "", "answer", "answer_test", "nobody", "ä b", [], {}, [1], {"a": 1}]
)
KEYS = st.sampled_from(
    ["grade", "solution", "locked", "task", "points", "grade_id", "schema_version", "checksum", "cell_type", "extra"]
)
SOURCES = st.sampled_from(
    ["", "x = 2", "raise SystemExit", "# YOUR CODE HERE\nraise NotImplementedError()", ["a\n", "b"], "ä\u2028\x00"]
)


def delete(notebook, position, _value):
    del notebook["cells"][position]


def repeat(notebook, position, value):
    notebook["cells"].insert(
        hash(str(value)) % (len(notebook["cells"]) + 1), copy.deepcopy(notebook["cells"][position])
    )


def move_to_front(notebook, position, _value):
    notebook["cells"].insert(0, notebook["cells"].pop(position))


def rewrite(notebook, position, value):
    notebook["cells"][position]["source"] = value


def turn_into_the_other_type(notebook, position, _value):
    cell = notebook["cells"][position]
    if cell["cell_type"] == "code":
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        cell["cell_type"] = "markdown"
    else:
        cell.update(cell_type="code", outputs=[], execution_count=None)


def run(notebook, position, _value):
    cell = notebook["cells"][position]
    if cell["cell_type"] == "code":
        cell.update(outputs=[OUTPUT], execution_count=3)
        cell["metadata"]["collapsed"] = True


def change_metadata(notebook, position, value):
    key, content = value
    notebook["cells"][position]["metadata"].setdefault("nbgrader", {})[key] = content


def drop_metadata(notebook, position, value):
    notebook["cells"][position]["metadata"].get("nbgrader", {}).pop(value, None)


def strip(notebook, position, _value):
    notebook["cells"][position]["metadata"] = {}


def change_anything(notebook, position, value):
    key, content = value
    notebook["cells"][position][key] = content


def change_notebook(notebook, _position, value):
    key, content = value
    notebook[key] = content


def other_kernel(notebook, _position, _value):
    notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}


def tampering():
    anything = st.tuples(
        st.sampled_from(["source", "metadata", "outputs", "cell_type", "id", "attachments", "nonsense"]), ODD
    )
    at_the_top = st.tuples(st.sampled_from(["metadata", "nbformat", "nbformat_minor", "nonsense"]), ODD)
    kinds = [
        *(
            (change, st.integers(0, 9))
            for change in (delete, repeat, move_to_front, turn_into_the_other_type, run, strip, other_kernel)
        ),
        *((change, st.integers(0, 9)) for change in (delete, repeat, run)),
        (rewrite, SOURCES),
        (rewrite, SOURCES),
        (change_metadata, st.tuples(KEYS, ODD)),
        (drop_metadata, KEYS),
        (change_anything, anything),
        (change_notebook, at_the_top),
    ]
    return st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind[0]), st.integers(0, 30), kind[1]))


def tampered(skeleton, changes):
    notebook = json.loads(json.dumps(skeleton))
    for change, position, value in changes:
        if not notebook["cells"]:
            break
        try:
            change(notebook, position % len(notebook["cells"]), copy.deepcopy(value))
        except (AttributeError, KeyError, TypeError):
            continue  # an earlier change has left nothing to change there
    return notebook


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(tampering(), max_size=5))
def test_what_nbgrader_accepts_comes_out_as_nbgrader_leaves_it(released, changes):
    work, skeleton, db_url = released
    notebook = tampered(skeleton, changes)
    theirs = sanitized_by_nbgrader(json.dumps(notebook), db_url)
    mine = ours(handed_in(work, notebook))
    if isinstance(theirs, Exception):
        assert not isinstance(mine, SubmissionError) or "\n" not in str(mine)
    elif len(names_of(notebook)) == len(set(names_of(notebook))):
        assert not isinstance(mine, Exception), mine
        put_back = set(names_of(mine)) - set(names_of(theirs))
        assert shown(mine, without=put_back) == shown(theirs)
        assert mine["metadata"] == theirs["metadata"]


@settings(max_examples=40, deadline=None)
@given(deleted=st.sets(st.integers(0, 9)))
def test_missing_cells_are_added_where_nbgrader_is_set_to_add_them(released, deleted):
    work, skeleton, db_url = released
    notebook = json.loads(nbformat.writes(skeleton))
    notebook["cells"] = [cell for position, cell in enumerate(notebook["cells"]) if position not in deleted]
    config = {"OverwriteCells": {"add_missing_cells": True}}
    theirs = sanitized_by_nbgrader(json.dumps(notebook), db_url, config)
    mine = ours(handed_in(work, notebook, preprocessor_config=json.dumps(config)))
    assert set(names_of(mine)) >= {cell.grade_id for cell in work.source_cells if cell.grade or cell.task}
    if not isinstance(theirs, Exception):
        assert shown(mine) == shown(theirs)


JUDGED = ("answer_test", "empty_test")
GRADED = (*JUDGED, "text", "code_text", "task")
ANSWERS = {"answer": "x = 2  # mine", "text": "My proof.", "code_text": "y = 7  # mine"}


def answered(skeleton):
    notebook = json.loads(nbformat.writes(skeleton))
    for cell in notebook["cells"]:
        cell["source"] = ANSWERS.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    return notebook


def copy_with(notebook, position, value):
    where, source = value
    double = copy.deepcopy(notebook["cells"][position])
    double["source"] = source or double["source"]
    notebook["cells"].insert(where % (len(notebook["cells"]) + 1), double)


def move(notebook, position, where):
    notebook["cells"].insert(where % len(notebook["cells"]), notebook["cells"].pop(position))


def strip_all(notebook, _position, _value):
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def mishaps():
    place = st.integers(0, 30)
    words = st.sampled_from(["", "", "x = 3  # a copy", "assert True  # mine"])
    kinds = [
        (delete, st.none()),
        (strip, st.none()),
        (strip_all, st.none()),
        (move, place),
        (copy_with, st.tuples(place, words)),
        (rewrite, words),
        (turn_into_the_other_type, st.none()),
        (change_metadata, st.tuples(KEYS, ODD)),
        (drop_metadata, KEYS),
    ]
    return st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind[0]), place, kind[1]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(mishaps(), max_size=7), judged=st.booleans())
def test_whatever_becomes_of_cells_no_answer_is_lost_and_every_graded_cell_is_there(released, changes, judged):
    work, skeleton, _ = released
    notebook = tampered(answered(skeleton), changes)
    prepared = prepare(handed_in(work, notebook, judged=JUDGED if judged else ()))
    cells = prepared.notebook.cells
    stubs = {cell.source for cell in work.source_cells} | {""}
    locked = {cell.grade_id: cell for cell in work.source_cells if cell.locked}
    sources = [cell.source for cell in cells]
    for cell in notebook["cells"]:
        # What is written into the instructor's own cells is no answer.
        if "".join(cell["source"]) not in stubs and names_of({"cells": [cell]}) not in [[name] for name in locked]:
            assert "".join(cell["source"]) in sources
    names = [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    assert len(names) == len(set(names))
    assert set(names) >= {cell.grade_id for cell in work.source_cells if cell.grade or cell.task}
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in locked:
            assert (cell.source, cell.cell_type) == (locked[name].source, locked[name].cell_type)
            assert cell.metadata.nbgrader.grade == locked[name].grade
        elif name is not None:
            written = [each for each in notebook["cells"] if names_of({"cells": [each]}) == [name]]
            if any("".join(each["source"]) not in stubs for each in written):
                assert cell.source not in stubs


@settings(max_examples=80, deadline=None)
@given(
    changes=st.lists(tampering().filter(lambda change: change[0] not in (change_anything, change_notebook)), max_size=6)
)
def test_a_cell_that_graders_judge_is_always_there_once_as_the_instructor_wrote_it(released, changes):
    work, skeleton, _ = released
    mine = ours(handed_in(work, tampered(skeleton, changes), judged=JUDGED))
    if isinstance(mine, SubmissionError):
        return
    sources = {cell.grade_id: cell for cell in work.source_cells}
    for grade_id in JUDGED:
        (cell,) = [cell for cell in mine["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]
        metadata = cell["metadata"]["nbgrader"]
        assert "".join(cell["source"]) == sources[grade_id].source
        assert (metadata["grade"], metadata["points"], metadata["locked"], metadata["solution"]) == (
            True,
            sources[grade_id].max_points,
            True,
            False,
        )
        assert cell["cell_type"] == "code"


@pytest.mark.parametrize(
    "change",
    [
        delete,
        strip,
        turn_into_the_other_type,
        *(lambda notebook, position, _, key=key, value=value: change_metadata(notebook, position, (key, value))
          for key, value in
          (("grade", False), ("points", 100), ("solution", True), ("locked", False), ("schema_version", 1),
            ("task", True), ("points", "many"))),
    ],
)  # fmt: skip
def test_no_change_to_a_judged_cell_costs_its_points(released, change):
    work, skeleton, _ = released
    notebook = json.loads(nbformat.writes(skeleton))
    change(notebook, 4, None)
    prepared = prepare(handed_in(work, notebook, judged=JUDGED))
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in prepared.notebook.cells]
    assert [grade_id for grade_id in ids if grade_id] == [cell.grade_id for cell in work.source_cells]


def test_a_judged_cell_is_put_back_after_the_last_known_cell_before_it(released):
    work, skeleton, _ = released
    notebook = json.loads(nbformat.writes(skeleton))
    notebook["cells"] = [
        cell for cell in notebook["cells"] if cell["id"] not in ("answer_test", "empty_test", "imports")
    ]
    prepared = prepare(handed_in(work, notebook, judged=JUDGED))
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in prepared.notebook.cells]
    assert ids == [None, "question", "answer", "answer_test", "empty_test", "text", "code_text", "task", None]
    assert prepared.notes == (
        "The cell answer_test was missing from the notebook and was put back.",
        "The cell empty_test was missing from the notebook and was put back.",
        "The cell imports is missing from the notebook.",
    )
    assert prepare(handed_in(work, notebook, judged=JUDGED)) == prepared


def test_graded_cells_of_a_notebook_that_lost_all_names_are_put_at_its_end(released):
    work, skeleton, _ = released
    notebook = answered(skeleton)
    strip_all(notebook, 0, None)
    prepared = prepare(handed_in(work, notebook, judged=JUDGED))
    put_back = ["answer_test", "empty_test", "text", "code_text", "task"]
    own = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert [cell.source for cell in prepared.notebook.cells[:-5]] == own
    assert [cell.metadata.nbgrader.grade_id for cell in prepared.notebook.cells[-5:]] == put_back
    assert prepared.put_back == {"text", "code_text", "task"}
    assert [cell.source for cell in prepared.notebook.cells[-3:]] == ["", "", "Draw."]
    nbformat.validate(prepared.notebook)


@pytest.mark.parametrize("metadata", [
    {"grade_id": "last_sheet", "solution": True, "grade": False, "locked": False, "schema_version": 3},
    {"grade_id": "remark", "solution": False, "grade": False, "locked": True, "schema_version": 3},
    {"grade_id": "old_test", "solution": False, "grade": True, "locked": True, "points": 50, "schema_version": 1},
    {"grade_id": "bad id/ü", "solution": True}, {"grade_id": 7, "locked": True}, {"grade_id": "", "solution": True},
])  # fmt: skip
def test_a_cell_with_a_name_of_another_sheet_is_the_groups_own(released, metadata):
    work, skeleton, _ = released
    notebook = answered(skeleton)
    metadata = {"deletable": False, "nbgrader": metadata}
    notebook["cells"].insert(2, nbformat.v4.new_code_cell("helper = 1", id="pasted", metadata=metadata))
    prepared = prepare(handed_in(work, notebook))
    (note,) = prepared.notes
    assert "come from another sheet or an older release" in note
    assert (
        str(metadata["nbgrader"]["grade_id"]) if metadata["nbgrader"]["grade_id"] not in (7, "") else "cell 3"
    ) in note
    assert (prepared.notebook.cells[2].source, prepared.notebook.cells[2].metadata.get("nbgrader")) == (
        "helper = 1",
        None,
    )
    assert len(prepared.notebook.cells) == len(notebook["cells"])


@pytest.mark.parametrize("minor", [4, 5])
@pytest.mark.parametrize("position", [3, 4, 6])
def test_a_cell_that_was_made_another_type_is_what_it_was(released, minor, position):
    work, skeleton, _ = released
    notebook = answered(skeleton)
    expected = shown(json.loads(nbformat.writes(prepare(handed_in(work, notebook)).notebook)))
    turn_into_the_other_type(notebook, position, None)
    notebook["nbformat_minor"] = minor
    if minor < 5:
        for cell in notebook["cells"]:
            del cell["id"]
    prepared = prepare(handed_in(work, notebook))
    assert shown(json.loads(nbformat.writes(prepared.notebook))) == expected


@pytest.mark.parametrize("metadata", [{}, None, {"grade": False, "grade_id": "x", "locked": False, "solution": False}])
def test_metadata_that_say_nothing_go_without_a_word(released, metadata):
    work, skeleton, _ = released
    notebook = answered(skeleton)
    notebook["cells"].append(nbformat.v4.new_code_cell("y = 1", id="own", metadata={"nbgrader": metadata}))
    prepared = prepare(handed_in(work, notebook))
    assert prepared.notes == ()
    assert prepared.notebook.cells[-1].metadata == {}


def test_a_notebook_without_version_numbers_is_read_as_it_was_released(released):
    work, skeleton, _ = released
    notebook = answered(skeleton)
    expected = prepare(handed_in(work, notebook))
    for cell in notebook["cells"]:
        cell["metadata"].get("nbgrader", {}).pop("schema_version", None)
    prepared = prepare(handed_in(work, notebook))
    assert prepared.notes == ()
    assert shown(json.loads(nbformat.writes(prepared.notebook))) == shown(
        json.loads(nbformat.writes(expected.notebook))
    )


LAST, WORKED_ON = "the last one counts", "the last one that was worked on counts"
LOOK = ", and where it loses points, a tutor looks at the others"


@pytest.mark.parametrize(
    ("sources", "kept", "counts", "doubtful"),
    [
        (["x = 3", "x = 2"], ["x = 3", "x = 2"], LAST + LOOK, True),
        (["x = 2", "x = 2"], ["x = 2", "x = 2"], LAST, False),
        ([None, "x = 2"], [None, "x = 2"], LAST, False),
        (["x = 2", None], ["x = 2"], WORKED_ON, False),
        (["x = 3", "x = 2", None], ["x = 3", "x = 2"], WORKED_ON + LOOK, True),
        ([None, None], [None, None], LAST, False),
    ],
)
def test_of_copies_the_last_one_that_was_worked_on_counts(released, sources, kept, counts, doubtful):
    work, skeleton, _ = released
    notebook = json.loads(nbformat.writes(skeleton))
    (place,) = [place for place, cell in enumerate(notebook["cells"]) if cell["id"] == "answer"]
    stub = notebook["cells"][place]
    stub["source"] = "".join(stub["source"])
    notebook["cells"][place : place + 1] = [
        {**copy.deepcopy(stub), "source": source or stub["source"]} for source in sources
    ]
    prepared = prepare(handed_in(work, notebook))
    assert prepared.notes == (f"The cell answer is there {len(sources)} times; {counts}.",)
    copies = prepared.notebook.cells[place : place + len(kept)]
    assert [cell.source for cell in copies] == [source or stub["source"] for source in kept]
    assert [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in copies] == [None] * (len(kept) - 1) + [
        "answer"
    ]
    assert prepared.notebook.cells[place + len(kept)].metadata.nbgrader.grade_id == "answer_test"
    assert prepared.doubtful == ({"answer_test": "answer", "empty_test": "answer"} if doubtful else {})


def test_a_blank_notebook_has_every_graded_cell_and_no_answer(released):
    work, _, _ = released
    blank = blank_notebook(work)
    nbformat.validate(blank)
    assert [cell.metadata.nbgrader.grade_id for cell in blank.cells[1:]] == [
        cell.grade_id for cell in work.source_cells
    ]
    assert {cell.source for cell in blank.cells if cell.metadata.get("nbgrader", {}).get("solution")} == {""}
    assert "was not handed in" in blank.cells[0].source
    assert "cannot be read" in blank_notebook(msgspec.structs.replace(work, submitted=b"")).cells[0].source
    assert prepare(handed_in(work, json.loads(nbformat.writes(blank)))).notes == ()


def test_what_is_missing_or_doubled_is_said(released):
    work, skeleton, _ = released
    notebook = json.loads(nbformat.writes(skeleton))
    notebook["cells"] = [
        cell for cell in notebook["cells"] if cell["id"] not in ("answer_test", "answer", "question", "task")
    ]
    notebook["cells"].append(copy.deepcopy(next(cell for cell in notebook["cells"] if cell["id"] == "text")))
    next(cell for cell in notebook["cells"] if cell["id"] == "code_text")["metadata"]["nbgrader"]["solution"] = False
    prepared = prepare(handed_in(work, notebook))
    assert prepared.notes == (
        "The cell text is there 2 times; the last one counts.",
        "The cell answer_test was missing from the notebook and was put back; a tutor will look at it.",
        "The cell task was missing from the notebook and was put back; a tutor will look at it.",
        "The cell answer is missing from the notebook.",
        "The cell code_text is no longer marked as an answer; it is graded as a test.",
    )
    assert prepared.put_back == {"answer_test", "task"}


def test_an_untouched_notebook_has_no_notes(released):
    work, skeleton, _ = released
    assert prepare(handed_in(work, nbformat.writes(skeleton).encode())).notes == ()


NOTEBOOK = b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}'


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "the notebook sheet.ipynb is missing"),
        (b"", "sheet.ipynb is empty"),
        (b" \n\t\0\0", "sheet.ipynb is empty"),
        (b"# Solution\n", r"it is no JSON \(line 1, column 1"),
        (NOTEBOOK[:-5], r"it is no JSON \(line 1, column"),
        (b'{"cells": [}', r"it is no JSON"),
        (b"PK\x03\x04\xff", r"not encoded as UTF-8 \(byte 4\)"),
        ('{"a": "Übung"}'.encode("latin-1"), "not encoded as UTF-8"),
        (b"[]", "is no valid notebook"),
        (b"3", "is no valid notebook"),
        (b"null", "is no valid notebook"),
        (b"{}", "sheet.ipynb"),
        (b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', "format that is not known here .*99"),
        (b'{"nbformat": "four", "nbformat_minor": 0, "metadata": {}, "cells": []}', "format that is not known here"),
        (b'{"nbformat": [4], "cells": []}', "is no valid notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": 3}', "sheet.ipynb"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [3]}', "sheet.ipynb"),
        (b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}}', "sheet.ipynb"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"nbformat": ' + b"9" * 10_000 + b"}", "is no notebook"),
        (
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {"\\ud800": 1, "kernelspec": "\\ud800"}, "cells": []}',
            "sheet.ipynb",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [' + b"{}," * 3_000 + b"{}]}",
            "has 3,001 cells, where 2,000 are the most",
        ),
        (
            b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [' + b"{}," * 3_000 + b"{}]}]}",
            "has 3,001 cells",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {"a": [' + b"[]," * 3_000_000 + b'0]}, "cells": []}',
            "holds too many values",
        ),
    ],
)
def test_what_is_no_notebook_is_one_sentence(released, content, complaint):
    work, _, _ = released
    with pytest.raises(SubmissionError, match=complaint) as caught:
        prepare(msgspec.structs.replace(work, submitted=content))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value).encode()) < 500


@pytest.mark.parametrize(("encoding", "name"), [("utf-8-sig", "UTF-8 with a byte order mark"), ("utf-16", "UTF-16")])
def test_other_encodings_that_can_be_told_are_read_with_a_note(released, encoding, name):
    work, skeleton, _ = released
    prepared = prepare(handed_in(work, nbformat.writes(skeleton).encode(encoding)))
    assert prepared.notebook == prepare(handed_in(work, nbformat.writes(skeleton).encode())).notebook
    assert prepared.notes == (f"sheet.ipynb is encoded as {name}, not as plain UTF-8; it was read all the same.",)


def test_a_notebook_of_format_3_is_read_as_nbgrader_does(released):
    work, _, db_url = released
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[nbformat.v3.new_code_cell(input="x = 2"), nbformat.v3.new_text_cell("markdown", source="Hi")]
            )
        ]
    )
    content = json.dumps(old)
    theirs, mine = sanitized_by_nbgrader(content, db_url), ours(handed_in(work, content.encode()))
    assert shown(mine, without=GRADED) == shown(theirs)


def _nbgraders_notebooks():
    return sorted([*NBGRADER_TESTS.glob("apps/files/*.ipynb"), *NBGRADER_TESTS.glob("preprocessors/files/*.ipynb")])


@pytest.mark.parametrize("path", _nbgraders_notebooks(), ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_nbgraders_own_notebooks_come_out_as_nbgrader_leaves_them(released, path):
    work, _, db_url = released
    content = path.read_text(encoding="utf-8")
    theirs = sanitized_by_nbgrader(content, db_url)
    mine = ours(handed_in(work, content.encode()))
    if isinstance(theirs, Exception):
        names = names_of(json.loads(content))
        assert isinstance(mine, SubmissionError) == (len([name for name in names if name]) >= 3)
    else:
        assert shown(mine, without=GRADED) == shown(theirs)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("test-v0", "older version of nbgrader; have it brought up to date with: nbgrader update sheet.ipynb"),
        ("test-v1", "older version of nbgrader"),
        ("test-v2", "older version of nbgrader"),
    ],
)
def test_metadata_of_another_version_say_what_to_do(released, name, complaint):
    work, _, _ = released
    with pytest.raises(SubmissionError, match=complaint):
        prepare(handed_in(work, (NBGRADER_TESTS / f"apps/files/{name}.ipynb").read_bytes()))


def test_only_settings_that_differ_from_nbgraders_travel(released):
    assert preprocessor_config(Config()) == {}
    config = Config(
        {
            "LimitOutput": {"max_lines": 3},
            "ClearOutput": {"remove_metadata_fields": {"b", "a"}},
            "Execute": {"timeout": 3},
        }
    )
    assert preprocessor_config(config) == {
        "LimitOutput": {"max_lines": 3},
        "ClearOutput": {"remove_metadata_fields": ["a", "b"]},
    }


def test_tidying_drops_ignored_output_and_cuts_long_output(released):
    work, skeleton, _ = released
    config = {"IgnorePattern": {"enabled": True, "pattern": "harmless"}, "LimitOutput": {"max_lines": 3}}
    notebook = copy.deepcopy(skeleton)
    cell = notebook.cells[-1]
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="a harmless warning"),
        nbformat.v4.new_output("stream", name="stdout", text="1\n2\n3\n4\n5"),
    ]
    tidy(notebook, msgspec.structs.replace(work, preprocessor_config=json.dumps(config)))
    assert [output.text for output in cell.outputs] == ["1\n2\n... Output truncated ..."]


@pytest.mark.parametrize("language", ["blah", "R"])
def test_a_notebook_of_another_language_is_refused_in_a_sentence(released, language):
    work, skeleton = released[:2]
    book = copy.deepcopy(skeleton)
    book.metadata["kernelspec"] = {"name": "other", "display_name": "Other", "language": language}
    with pytest.raises(SubmissionError, match=f"it is a notebook of the language {language}; only Python is graded"):
        prepare(msgspec.structs.replace(work, submitted=nbformat.writes(book).encode(), kernelspec=None))
