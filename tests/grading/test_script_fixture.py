"""What graders ask of a group's scripts."""

from __future__ import annotations

GRADERS = '''
from sheetgrader import criterion

@criterion("ex1")
def test_output(script):
    """The script writes its result."""
    run = script("work.py", output="{output}")
    run.check()
    assert run.file("result") == b"made"
'''
CELLS = [("ex1_code", ""), ("ex1_test", "#")]


def _earned(grade, script: str, files: dict[str, bytes], output: str = "output") -> float | None:
    graded = grade(CELLS, GRADERS.format(output=output), files={"work.py": script.encode(), **files})
    (cell,) = (cell for cell in graded.result.cells if cell.grade_id == "ex1_test")
    return cell.points


def test_what_was_handed_in_as_a_result_is_none(grade):
    writes = "import os\nos.makedirs('output')\nopen('output/result', 'w').write('made')"
    assert _earned(grade, writes, {"output/result": b"handed in"}) == 1.0
    assert _earned(grade, "pass", {"output/result": b"made"}) == 0.0
    # A folder of another name is the group's own.
    assert _earned(grade, "import os\nos.rename('outputs', 'output')", {"outputs/result": b"made"}) == 1.0


def test_the_whole_work_folder_can_be_asked_for(grade):
    assert _earned(grade, "open('result', 'w').write('made')", {}, output=".") == 1.0
