import subprocess
import sys

PROGRAM = """
import sys
from sheetgrader import quick_imports
import nbformat
assert "lark" not in sys.modules, "the parser was built all the same"
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
nbformat.validate(notebook)
notebook.cells[0]["execution_count"] = "one"
try:
    nbformat.validate(notebook)
except nbformat.ValidationError:
    print("refused")
"""


def test_notebooks_are_checked_without_the_slow_parser():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert ran.stdout == "refused\n"
