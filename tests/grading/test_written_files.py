from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgrader.grading.repeating import LineSearch
from sheetgrader.grading.written_files import folder_limits, keep_written, wanted_files
from sheetgrader.items import GradingLimits
from sheetgrader.sandbox.work_folder import FolderContent

NOTHING_HIDDEN = LineSearch([])
LIMITS = GradingLimits(written_bytes=100, written_files=5)


def keep(*files, own=(), hidden=NOTHING_HIDDEN, limits=LIMITS):
    return keep_written([FolderContent(files=each) for each in files], own, hidden, limits)


def test_files_are_kept_and_nothing_is_said():
    assert keep({"a.txt": b"a", "folder/b.txt": b"b"}) == ({"a.txt": b"a", "folder/b.txt": b"b"}, [])


def test_of_two_notebooks_files_with_one_name_the_later_counts():
    assert keep({"a.txt": b"first"}, {"a.txt": b"second"})[0] == {"a.txt": b"second"}


@pytest.mark.parametrize(
    "name", ["line\nbreak", "back\\slash", "\x1b[31mred", "x" * 201, "bad/\u202ename", "raw\udcff"], ids=ascii
)
def test_a_name_that_cannot_be_shown_is_refused_and_told(name):
    kept, remarks = keep({name: b"", "good": b""})
    assert kept == {"good": b""}
    assert len(remarks) == 1
    assert remarks[0].isprintable()
    assert remarks[0].startswith("Not all files that the notebook wrote are kept (")


@pytest.mark.parametrize(("own", "written"), [("data", "data/x"), ("data/x", "data")])
def test_what_stands_in_the_way_of_handed_in_files_is_refused(own, written):
    kept, remarks = keep({written: b""}, own=[own])
    assert not kept
    assert remarks


def test_more_bytes_or_files_than_the_limits_are_cut_and_told():
    kept, remarks = keep({"a": b"x" * 60, "b": b"x" * 60, "c": b"x" * 40})
    assert set(kept) == {"a", "c"}
    assert "(b)" in remarks[0]
    assert len(keep({str(number): b"" for number in range(9)})[0]) == LIMITS.written_files


def test_where_more_was_there_than_was_looked_at_it_is_told():
    _, remarks = keep_written([FolderContent(is_cut=True)], (), NOTHING_HIDDEN, LIMITS)
    assert remarks == [
        "Not all files that the notebook wrote are kept: only plain files are, 5 of them at most, with 9.54e-05 MiB"
        " together."
    ]


def test_a_file_that_repeats_hidden_tests_is_left_out_and_told():
    kept, remarks = keep(
        {"loot.txt": b"\xff stolen: assert f(271828) == 314159", "a": b"a"},
        hidden=LineSearch(["assert f(271828) == 314159"]),
    )
    assert kept == {"a": b"a"}
    assert remarks == ["Files that the notebook wrote (loot.txt) repeated hidden tests and were left out."]


PARTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map("/".join)


@settings(deadline=None)
@given(first=st.dictionaries(PARTS, st.binary(max_size=60)), second=st.dictionaries(PARTS, st.binary(max_size=60)),
       own=st.sets(PARTS))  # fmt: skip
def test_what_is_kept_can_be_written_beside_what_was_handed_in(first, second, own):
    own = {path for path in own if not any(str(parent) in own for parent in PurePosixPath(path).parents)}
    kept, remarks = keep(*({path: each[path] for path in each if path not in own} for each in (first, second)), own=own)
    together = own | kept.keys()
    assert not any(str(parent) in together for path in together for parent in PurePosixPath(path).parents)
    assert sum(map(len, kept.values())) <= LIMITS.written_bytes
    assert len(kept) <= LIMITS.written_files
    assert remarks or kept.keys() == (first.keys() | second.keys()) - own


def test_only_files_that_the_code_added_are_wanted(make_item):
    is_wanted = wanted_files(make_item([("ex1_code", "")], files={"data/given.csv": b""}))
    wanted = ["result.csv", "models/best.pt", "sub/timestamp.txt", "data/new.csv"]
    unwanted = ["timestamp.txt", "submission_secret.txt", "sheet.ipynb", "other.ipynb", "sheet.html", "data/given.csv"]
    unwanted += [".cache/x", "a/.b", "m.pyc", "__pycache__/m.txt"]
    assert [path for path in (*wanted, *unwanted) if is_wanted(PurePosixPath(path))] == wanted


def test_what_cells_write_comes_back_with_the_graded_submission(grade):
    code = """
import contextlib, os
open('result.csv', 'w').write('1,2')
os.mkdir('plots')
open('plots/a.txt', 'w').write('a')
open('given.txt', 'w').write('changed')
open('bad\\u202ename', 'w').write('x')
with contextlib.suppress(OSError):
    os.symlink('/etc/passwd', 'link')
with contextlib.suppress(OSError):
    os.mkfifo('pipe')
"""
    graded = grade([("ex1_code", code), ("ex1_test", "assert True")], files={"given.txt": b"given"})
    assert [cell.points for cell in graded.result.cells] == [1.0]
    assert graded.written == {"result.csv": b"1,2", "plots/a.txt": b"a"}
    assert [note for note in graded.result.notes if note.startswith("Not all files that the notebook wrote are kept")]


def test_what_was_written_before_the_kernel_died_is_there(grade):
    graded = grade([("ex1_code", "open('result.csv', 'w').write('1,2')\nimport os\nos._exit(1)")])
    assert graded.written == {"result.csv": b"1,2"}


def test_a_flood_of_files_is_cut_and_told(grade):
    graded = grade([("ex1_code", "for n in range(300):\n    open(f'{n}.txt', 'w').write('x')")], written_files=20)
    assert len(graded.written) == 20
    assert [note for note in graded.result.notes if note.startswith("Not all files that the notebook wrote are kept")]


def test_a_course_that_wants_none_gets_none(grade):
    limits = GradingLimits(written_files=0)
    assert folder_limits(limits).files == 0
    assert grade([("ex1_code", "open('x', 'w').write('x')")], written_files=0).written == {}
