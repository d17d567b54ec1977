"""Files that may be a sheet's notebook under another name."""

import pytest

from sheetgrader.course.notebook_names import look_alikes


@pytest.mark.parametrize(
    "path",
    ["s1 (1).ipynb", "final/s1.ipynb", "S1.IPYNB", "s1.ipynb.txt", "s1.ipynb.json", "s1.json", "mine.ipynb", "S1.json"],
)
def test_the_only_notebook_may_go_by_any_name(path):
    assert look_alikes("s1", ["s1.ipynb", path, "data.json", "notes.txt"], ["s1"]) == [path]


@pytest.mark.parametrize("path", ["data.json", "s1.txt", "s1.py", "._s1.ipynb", "s1.ipynb.zip", "s1.ipynb"])
def test_other_files_are_none(path):
    assert look_alikes("s1", [path], ["s1"]) == []


def test_of_several_notebooks_each_has_those_that_begin_like_it():
    paths = ["one.ipynb", "one (1).ipynb", "one_b (1).ipynb", "Two-final.ipynb", "other.ipynb"]
    found = {name: look_alikes(name, paths, ["one", "one_b", "two"]) for name in ("one", "one_b", "two")}
    assert found == {"one": ["one (1).ipynb"], "one_b": ["one_b (1).ipynb"], "two": ["Two-final.ipynb"]}
