"""Puts out as much as a cell may, in a thousand cells, so that their outputs come to gigabytes together.

Must not: fill the grader's memory, or a disk.
Stopped by: a limit on the outputs of all cells of a notebook together; what is over it is cut, and the cell says so.
"""

# %% hand in
from nbformat.v4 import new_code_cell

kinds = (
    "print('four mebibytes' * 300_000)",
    "import sys; sys.stderr.write('four mebibytes' * 300_000)",
    "'four mebibytes' * 300_000",
    "raise ValueError('four mebibytes' * 300_000)",
)
notebook.cells[1:1] = [new_code_cell(kinds[number % 4], id=f"cell-{number}") for number in range(1000)]
