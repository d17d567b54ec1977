"""Marks a hundred thousand lines of its own as hidden tests, so that each is looked for in each of its outputs.

Must not: take more than its time.
Stopped by: only the instructor's cells hold hidden tests; all lines of theirs are looked for at once.
"""

# %% hand in
from nbformat.v4 import new_code_cell

lines = "\n".join(f"#x{number:014d}" for number in range(100_000))
marked = f"### BEGIN HIDDEN TESTS\n{lines}\n### END HIDDEN TESTS"
printing = [new_code_cell("print('#x0' * 1_300_000)", id=f"printing-{number}") for number in range(10)]
notebook.cells[1:1] = [new_code_cell(marked, id="marked"), *printing]
